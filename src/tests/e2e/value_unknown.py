"""The values of the tables whose repr() pycore does not know, each with the reason."""
import fnmatch

# (pattern of "table: expression", first version, last version, why)
KNOWN_UNKNOWN = [
    ("extensions: *hashlib*", (3, 6), (3, 99), "the hash's name is OpenSSL's, in structs that no header describes"),
    ("files: *Named*", (3, 6), (3, 99), "a property of the program's own is asked for the name"),
    ("files: *Hooked*", (2, 7), (3, 99), "a __getattr__ of the program's own is asked for the name"),
    ("extensions: *FamilySocket()*", (3, 6), (3, 99), "a property of the program's own is asked for the family"),
    ("numpy: own", (3, 6), (3, 99), "numpy shows an array that holds itself in a way of its own"),
    ("numpy: *np.longdouble*", (3, 6), (3, 99), "structures, long doubles and dtypes are not printed"),
    ("numpy: *Own)*", (3, 6), (3, 99), "sub-classes of arrays may print otherwise"),
    ("numpy: *nditer*", (3, 6), (3, 99), "dtypes are not printed"),
    ("ctypes: *from_param*", (2, 7), (3, 99), "characters and floating-point numbers are printed by the C library"),
]


def reason_for(expression, version):
    """Why this value is not known, or None where nobody has said so."""
    for pattern, first, last, why in KNOWN_UNKNOWN:
        if first <= version[:2] <= last and fnmatch.fnmatchcase(expression, pattern):
            return why
    return None
