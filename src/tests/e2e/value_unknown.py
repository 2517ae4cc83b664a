"""The values of the tables whose repr() pycore does not know, each with the reason.

An entry that no value needs any more fails, once all versions that it is about have been run.
"""
import fnmatch
import json
import os

VERSIONS = [(2, 7)] + [(3, minor) for minor in range(6, 16)]     # those that an entry may be about

# (pattern of "table: expression", first version, last version, why)
KNOWN_UNKNOWN = [
    ("extensions: *hashlib*", (3, 6), (3, 15), "the hash's name is OpenSSL's, in structs that no header describes"),
    ("files: *Named*", (3, 6), (3, 15), "a property of the program's own is asked for the name"),
    ("files: *Hooked*", (2, 7), (3, 15), "a __getattr__ of the program's own is asked for the name"),
    ("extensions: *FamilySocket()*", (3, 6), (3, 15), "a property of the program's own is asked for the family"),
    ("numpy: own", (3, 6), (3, 15), "numpy shows an array that holds itself in a way of its own"),
    ("numpy: *np.longdouble*", (3, 6), (3, 15), "structures, long doubles and dtypes are not printed"),
    ("numpy: *Own)*", (3, 6), (3, 15), "sub-classes of arrays may print otherwise"),
    ("numpy: *nditer*", (3, 6), (3, 15), "dtypes are not printed"),
    ("classes: [[]list[[]int], dict*[[]8]", (3, 10), (3, 10), "a typing special form computes its __qualname__"),
    ("code: *weakref.ref(wname)*", (3, 11), (3, 11), "whether __name__ of the object or of its type is shown differs within 3.11"),
    ("collections: *nsint*", (3, 6), (3, 8), "repr() raises: a key that is no str cannot be sorted among the others"),
    ("references: *itertools.count()* [[]6]", (3, 12), (3, 13),
     "what begins with the largest C integer printed <NULL>, not since some patch release"),
    ("decimals: *all_signals[[]:4]*", (3, 13), (3, 15), "the dicts of signals are not read in builds of 3.13.15 and later"),
    ("*Gen*[[]int]*", (3, 15), (3, 15), "the __qualname__ of a type alias is asked for"),
    ("ctypes: *from_param*", (2, 7), (3, 15), "characters and floating-point numbers are printed by the C library"),
]


# (why, first version, last version, types that the plain form names: their repr() is not known, wherever it is)
KNOWN_TYPES = [
    ("the hash's name is OpenSSL's, in structs that no header describes", (2, 7), (3, 15),
     "_hashlib.HASH"),
    ("code of the program's own answers for its items or attributes", (2, 7), (3, 15),
     "table_classes.DE table_classes.Getter table_classes.GetterOnly table_classes.PartialRepr "
     "table_collections.ItemsOrdered table_collections.IterDeque table_containers.OddSet "
     "table_library.StrDec table_running.NameProp"),
    ("its C code is not read yet", (2, 7), (3, 15),
     "_io.BufferedReader array.array table_collections.Arr frame zoneinfo.ZoneInfo"),
    ("its __repr__ is code of the standard library that is not known yet", (2, 7), (3, 15),
     "_pydatetime.date _pydatetime.datetime _pydatetime.time _pydatetime.timedelta _pydatetime.timezone "
     "datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone argparse.FileType "
     "asyncio.events.Handle asyncio.events.TimerHandle asyncio.locks.Barrier collections.Counter "
     "collections.abc._CallableGenericAlias dataclasses.InitVar decimal.Context decimal.Decimal "
     "http.cookies.Morsel http.cookies.SimpleCookie inspect.Parameter inspect.Signature "
     "ipaddress.IPv4Interface ipaddress.IPv6Address ipaddress.IPv6Interface logging.LoggerAdapter "
     "multiprocessing.context.Process multiprocessing.process._MainProcess optparse.Option "
     "pathlib.PureWindowsPath pathlib._local.PureWindowsPath typing._Any typing._CallableGenericAlias "
     "typing._ClassVar typing._GenericAlias typing._NoReturn typing._Union typing._UnpackGenericAlias "
     "unittest.mock._Call weakref.finalize"),
]


def entries():
    """{how an entry is called: (first version, last version, the program whose values it is about)}"""
    found = {}
    for pattern, first, last, _ in KNOWN_UNKNOWN:
        found[pattern] = first, last, "value_third_party" if pattern.startswith("numpy:") else "value_table"
    for _, first, last, names in KNOWN_TYPES:
        found.update((name, (first, last, "value_table")) for name in names.split())
    return found


def reason_for(expression, types, version):
    """(why, {entry}): why this value, with plain forms of these types in it, is not known, and which entries say so. None
    where nobody has said it."""
    for pattern, first, last, why in KNOWN_UNKNOWN:
        if first <= version[:2] <= last and fnmatch.fnmatchcase(expression, pattern):
            return why, {pattern}
    known = {name: why for why, first, last, names in KNOWN_TYPES if first <= version[:2] <= last for name in names.split()}
    if types and all(t in known for t in types):
        return "; ".join(sorted(set(known[t] for t in types))), set(types)
    return None, set()


def note(folder, interpreter, program, used):
    """Keep which entries one program under one interpreter has needed."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "%s-%s.json" % (interpreter.name, program)), "w") as f:
        json.dump({"version": interpreter.version[:2], "program": program, "used": sorted(used)}, f)


def stale(folder):
    """([entry that nothing needs any more], how many could be judged): those of whose versions all have been run."""
    ran, used = set(), set()
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(os.path.join(folder, name)) as f:
            noted = json.load(f)
        ran.add((noted["program"], tuple(noted["version"])))
        used.update(noted["used"])
    judged = []
    for entry, (first, last, program) in entries().items():
        wanted = [v for v in VERSIONS if first <= v <= last]
        if program == "value_third_party":      # which has packages for few of them
            wanted = [v for p, v in ran if p == program and first <= v <= last]
        if wanted and all((program, v) in ran for v in wanted):
            judged.append(entry)
    return sorted(e for e in judged if e not in used), len(judged)
