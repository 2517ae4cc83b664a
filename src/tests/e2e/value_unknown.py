"""The values of the tables whose repr() pycore does not know, each with the reason."""
import fnmatch

# (pattern of "table: expression", first version, last version, why)
KNOWN_UNKNOWN = [
]


def reason_for(expression, version):
    """Why this value is not known, or None where nobody has said so."""
    for pattern, first, last, why in KNOWN_UNKNOWN:
        if first <= version[:2] <= last and fnmatch.fnmatchcase(expression, pattern):
            return why
    return None
