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
    ("classes: [[]list[[]int], dict*[[]8]", (3, 10), (3, 10), "a typing special form computes its __qualname__"),
    ("code: *weakref.ref(wname)*", (3, 11), (3, 11), "whether __name__ of the object or of its type is shown differs within 3.11"),
    ("collections: *nsint*", (3, 6), (3, 8), "repr() raises: a key that is no str cannot be sorted among the others"),
    ("ctypes: *from_param*", (2, 7), (3, 99), "characters and floating-point numbers are printed by the C library"),
]


# {type that the plain form names: why its repr() is not known, wherever it is}
KNOWN_TYPES = {}
for _why, _names in (
    ("the kernel is asked for the addresses of an open socket", "socket.socket"),
    ("the hash's name is OpenSSL's, in structs that no header describes", "_hashlib.HASH"),
    ("code of the program's own answers for its items or attributes",
     "table_classes.DE table_classes.Getter table_classes.GetterOnly table_classes.PartialRepr table_collections.ItemsOrdered "
     "table_collections.IterDeque table_containers.OddSet table_library.StrDec table_library.SubDec table_library.SubPyd "
     "table_running.MyThread table_running.NameProp"),
    ("its C code is not read yet",
     "NoDefaultType _asyncio.Future _asyncio.Task _io.BufferedReader array.array table_collections.Arr ctypes.c_char_p "
     "ctypes.c_wchar_p ctypes.py_object datetime.IsoCalendarDate frame typing.ParamSpec typing.ParamSpecArgs "
     "typing.ParamSpecKwargs typing.TypeAliasType typing.TypeVar typing.TypeVarTuple typing.NoDefaultType zoneinfo.ZoneInfo"),
    ("its __repr__ is code of the standard library that is not known yet",
     "UserDict.IterableUserDict UserDict.UserDict _frozen_importlib.ModuleSpec _frozen_importlib_external.FileFinder "
     "_pydatetime.date _pydatetime.datetime _pydatetime.time _pydatetime.timedelta _pydatetime.timezone datetime.date "
     "datetime.datetime datetime.time datetime.timedelta datetime.timezone _weakrefset.WeakSet argparse.ArgumentParser "
     "argparse.FileType argparse.Namespace argparse._StoreAction asyncio.events.Handle asyncio.events.TimerHandle "
     "asyncio.locks.Barrier asyncio.locks.BoundedSemaphore asyncio.locks.Condition asyncio.locks.Event asyncio.locks.Lock "
     "asyncio.locks.Semaphore asyncio.queues.LifoQueue asyncio.queues.PriorityQueue asyncio.queues.Queue "
     "asyncio.streams.StreamReader asyncio.taskgroups.TaskGroup asyncio.tasks._GatheringFuture "
     "asyncio.unix_events._UnixSelectorEventLoop codecs.CodecInfo collections.Counter collections.abc._CallableGenericAlias "
     "concurrent.futures._base.Future configparser.SectionProxy ctypes.CDLL ctypes.PyDLL dataclasses.Field dataclasses.InitVar "
     "decimal.Context decimal.Decimal functools.partialmethod http.cookies.Morsel http.cookies.SimpleCookie "
     "inspect.BoundArguments inspect.Parameter inspect.Signature ipaddress.IPv4Address ipaddress.IPv4Interface "
     "ipaddress.IPv4Network ipaddress.IPv6Address ipaddress.IPv6Interface ipaddress.IPv6Network logging.LogRecord "
     "logging.Logger logging.LoggerAdapter logging.NullHandler logging.RootLogger logging.StreamHandler "
     "multiprocessing.context.Process multiprocessing.process._MainProcess optparse.Option optparse.Values "
     "pathlib.PureWindowsPath pathlib._PathParents pathlib._local.PureWindowsPath pathlib._local._PathParents "
     "subprocess.CompletedProcess subprocess.Popen tempfile.TemporaryDirectory threading.Barrier threading.BoundedSemaphore "
     "threading.Condition threading.Event threading.Semaphore threading.Thread threading.Timer threading._Condition "
     "threading._MainThread threading._RLock threading._Timer traceback.FrameSummary typing.ForwardRef typing.NewType "
     "typing._AnnotatedAlias typing._Any typing._AnyMeta typing._CallableGenericAlias typing._CallableType typing._ClassVar "
     "typing._ConcatenateGenericAlias typing._GenericAlias typing._LiteralGenericAlias typing._LiteralSpecialForm "
     "typing._NoReturn typing._SpecialForm typing._SpecialGenericAlias typing._TypedCacheSpecialForm typing._Union "
     "typing._UnionGenericAlias typing._UnpackGenericAlias typing._VariadicGenericAlias unittest.case.TestCase "
     "unittest.mock.MagicMock unittest.mock.Mock unittest.mock._ANY unittest.mock._Call unittest.mock._SentinelObject "
     "unittest.result.TestResult unittest.suite.TestSuite warnings.catch_warnings weakref.WeakKeyDictionary "
     "weakref.WeakValueDictionary weakref.finalize xml.dom.minidom.Element xml.dom.minidom.Text xml.etree.ElementTree.QName "
     "zipfile.ZipInfo"),
):
    KNOWN_TYPES.update((_name, _why) for _name in _names.split())


def reason_for(expression, types, version):
    """Why this value, with plain forms of these types in it, is not known; None where nobody has said so."""
    for pattern, first, last, why in KNOWN_UNKNOWN:
        if first <= version[:2] <= last and fnmatch.fnmatchcase(expression, pattern):
            return why
    if types and all(t in KNOWN_TYPES for t in types):
        return "; ".join(sorted(set(KNOWN_TYPES[t] for t in types)))
    return None
