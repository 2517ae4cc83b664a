"""The cores that are measured: small programs, the interpreters that run them, and how their core is kept."""
import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "scripts"))

import takecore

# Each thread has `depth` frames of work() on top of the three of the threading module, and sleeps in the last one.
PRELUDE = """
import mmap, os, sys, threading, time
SIZE = int(sys.argv[1])
FOLDER = sys.argv[2]
ready = threading.Semaphore(0)
def die():
    os.abort()
def work(number, left, text):
    if left > 1:
        values = [number, left, text]
        return work(number, left - 1, text + ".")
    ready.release()
    while True:
        time.sleep(1000)
def start_threads(count, depth):
    for number in range(count):
        thread = threading.Thread(target=work, args=(number, depth, "thread %d" % number))
        thread.daemon = True
        thread.start()
    for number in range(count):
        ready.acquire()
    time.sleep(0.2)
def fill(size):
    small = ["record %020d" % n + "x" * 60 for n in range(size // 2 // 137)]
    pattern = bytearray(range(1, 256)) * 257
    return small, [bytearray(pattern) for n in range(size // 2 // len(pattern))]
PRIVATE = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
threading.stack_size(256 * 1024)
"""

PROGRAMS = {
    # SIZE threads, each with 31 frames of work()
    "many": """
        start_threads(SIZE, 31)
        die()
    """,
    # SIZE frames in one thread
    "deep": """
        sys.setrecursionlimit(200000)
        def recurse(number):
            if number == 1:
                die()
            recurse(number - 1)
        if sys.version_info < (3, 11):      # each call of a function takes some of the C stack
            threading.stack_size(1000 * 1024 * 1024)
        thread = threading.Thread(target=recurse, args=(SIZE,))
        thread.start()
        thread.join()
    """,
    # SIZE bytes of heap that was written, half of them small objects, which no frame leads to; 4 threads
    "heap": """
        payload = [{"number": n, "name": "item %d" % n} for n in range(5000)]
        sys.kept = fill(SIZE)
        start_threads(4, 10)
        die()
    """,
    # SIZE bytes of which a page in 16,384 was written: the kernel leaves holes in the core
    "sparse": """
        space = mmap.mmap(-1, SIZE, flags=PRIVATE | 0x4000)     # MAP_NORESERVE
        for at in range(0, SIZE, 1 << 26):
            space[at] = 1
        start_threads(4, 10)
        die()
    """,
    # SIZE libraries of FOLDER
    "modules": """
        import ctypes
        libraries = [ctypes.CDLL(os.path.join(FOLDER, name)) for name in sorted(os.listdir(FOLDER))[:SIZE]]
        start_threads(4, 10)
        die()
    """,
    # SIZE variables in one frame
    "locals": """
        lines = ["def hold():"] + ["    variable_%d = 'value %d'" % (n, n) for n in range(SIZE)] + ["    die()"]
        exec("\\n".join(lines))
        hold()
    """,
    # SIZE mappings, of which no two have the same rights as the next one
    "ranges": """
        rights = (mmap.PROT_READ, mmap.PROT_READ | mmap.PROT_WRITE)
        pages = [mmap.mmap(-1, 4096, flags=PRIVATE, prot=rights[n % 2]) for n in range(SIZE)]
        start_threads(4, 10)
        die()
    """,
}


class Kind:
    """A core of the comparison: its name, what it is, the program with its size, the function whose frames are counted."""

    def __init__(self, name, title, program, size, function="work", frames=40, **more):
        self.name, self.title, self.program, self.size = name, title, program, size
        self.function, self.frames = function, frames
        self.packed = more.get("packed")            # the program that packs the core
        self.build = more.get("build", "as it is")  # or "stripped", or "unknown": the interpreter that is run
        self.debian = more.get("debian", False)     # the system's interpreter
        self.options = more.get("options", [])      # of pycore
        self.like = more.get("like")                # the core of another kind is used

    def is_light(self):
        """Takes no long time to make or to read."""
        return self.name not in ("many", "deep", "big", "sparse")


FOUR_THREADS = 20 * 10**6          # with the interpreter's own

KINDS = [
    Kind("threads", "30 MB, 4 threads, layout from the cache", "heap", FOUR_THREADS),
    Kind("cold", "30 MB, 4 threads, DWARF read anew", "heap", FOUR_THREADS, options=["--no-cache"], like="threads"),
    Kind("debian", "30 MB, 4 threads, Debian's python3 without debug information", "heap", FOUR_THREADS, debian=True,
         build="unknown"),
    Kind("stripped", "30 MB, 4 threads, interpreter stripped", "heap", FOUR_THREADS, build="stripped"),
    Kind("zstd", "the first one, compressed by zstd", "heap", FOUR_THREADS, packed="zstd", like="threads"),
    Kind("gzip", "the first one, compressed by gzip", "heap", FOUR_THREADS, packed="gzip", like="threads"),
    Kind("modules", "2,000 distinct modules", "modules", 2000),
    Kind("many", "1,000 threads x 34 frames", "many", 1000, frames=31000),
    Kind("deep", "100,000 frames", "deep", 100000, "recurse", 100000),
    Kind("big", "3 GB heap, 4 threads", "heap", 3 * 10**9),
    Kind("sparse", "10 GB, sparse", "sparse", 10 * 10**9),
]


class Core:
    """A core that was made: where it is, the executable that a tool is given, how it was taken; its size outlives it."""

    def __init__(self, path, executable, how):
        self.path, self.executable, self.how = path, executable, how
        status = os.stat(path)
        self.size, self.bytes_on_disk = status.st_size, status.st_blocks * 512


class NoCore(Exception):
    """Why there is no core."""


def program_text(name):
    return PRELUDE + "".join(line[8:] + "\n" for line in PROGRAMS[name].splitlines())


def take(interpreter, program, size, core, folder, environment=None, libraries=""):
    """Runs a program by an interpreter and keeps its core in the file `core`. Returns how it was taken."""
    script = os.path.join(folder, program + ".py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(program_text(program))
    command = [interpreter, script, str(size), libraries]
    if environment:
        command = [shutil.which("env")] + ["%s=%s" % item for item in sorted(environment.items())] + command
    try:
        return takecore.take(command, core)
    except (takecore.NoCore, OSError, subprocess.TimeoutExpired) as error:
        raise NoCore(str(error)) from None


def make(kind, interpreter, folder):
    """The core of a kind; what it needs lies in folder."""
    core = os.path.join(folder, kind.name + ".core")
    environment, libraries = None, ""
    if kind.build != "as it is":
        interpreter, environment = copy_interpreter(interpreter, os.path.join(folder, kind.name), kind.build)
    if kind.program == "modules":
        libraries = make_libraries(interpreter, os.path.join(folder, "libraries"), kind.size)
    how = take(interpreter, kind.program, kind.size, core, folder, environment, libraries)
    return Core(core, interpreter, how)


def pack(core, by):
    """The same core, compressed by zstd or gzip, beside it."""
    program = shutil.which(by)
    if program is None:
        raise NoCore("%s is not installed" % by)
    path = core.path + {"zstd": ".zst", "gzip": ".gz"}[by]
    with open(path, "wb") as file:
        subprocess.run([program, "-c", core.path], stdout=file, check=True)
    return Core(path, core.executable, core.how)


# ---- Interpreters --------------------------------------------------------------------------------


def ask(interpreter, expression):
    """What an interpreter prints of an expression, or None."""
    try:
        done = subprocess.run([interpreter, "-c", "import sys, sysconfig; print(%s)" % expression], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def newest_interpreter():
    """The newest interpreter of pyenv that has ctypes, which one of the programs needs; else the one that runs this."""
    found = []
    for path in glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3")):
        version = re.match(r"(\d+)\.(\d+)\.(\d+)$", path.split("/")[-3])
        if version:
            found.append((tuple(map(int, version.groups())), path))
    for _, path in sorted(found, reverse=True):
        if ask(path, "__import__('ctypes') and 1") == "1":
            return os.path.realpath(path)
    return os.path.realpath(sys.executable)


def debian_interpreter():
    """The system's python3, where it is Debian's."""
    path = os.path.realpath("/usr/bin/python3")
    return path if os.path.exists("/etc/debian_version") and os.access(path, os.X_OK) else None


def copy_interpreter(interpreter, folder, how):
    """A copy of an interpreter and of its libpython in folder: "stripped" of symbols and debug information, or "unknown",
    with a build-id that no debug information belongs to. Returns (its executable, the environment that it needs)."""
    os.makedirs(folder, exist_ok=True)
    copy = os.path.join(folder, os.path.basename(interpreter))
    files = [interpreter]
    library = ask(interpreter, "sysconfig.get_config_var('INSTSONAME') if sysconfig.get_config_var('Py_ENABLE_SHARED') else ''")
    if library:
        files.append(os.path.join(ask(interpreter, "sysconfig.get_config_var('LIBDIR')"), library))
    for path in files:
        place = os.path.join(folder, os.path.basename(path))
        shutil.copyfile(os.path.realpath(path), place)
        os.chmod(place, 0o755)
        if how == "stripped":
            subprocess.run([shutil.which("strip") or "strip", place], check=True)
        else:
            write_build_id(place, 0)
    return copy, {"PYTHONHOME": ask(interpreter, "sys.base_prefix"), "LD_LIBRARY_PATH": folder}


def write_build_id(path, number):
    """Gives an ELF file another build-id, which `number` tells from others; False when it has none."""
    with open(path, "rb+") as file:
        data = file.read()
        at = data.find(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0")
        if at < 0:
            return False
        file.seek(at + 16)
        file.write(b"pycore-bench" + number.to_bytes(8, "little"))
    return True


def make_libraries(interpreter, folder, count):
    """Copies of one small extension module of the interpreter, each a file of its own with a build-id of its own."""
    os.makedirs(folder, exist_ok=True)
    places = glob.glob(os.path.join(ask(interpreter, "sysconfig.get_path('platstdlib')"), "lib-dynload", "_*.so"))
    places = [path for path in places if "_heapq" in path or "_bisect" in path]
    if not places:
        raise NoCore("this interpreter has no extension module _heapq or _bisect whose copies could be loaded")
    pattern = os.path.join(folder, "pattern")
    shutil.copyfile(min(places), pattern)
    subprocess.run([shutil.which("strip") or "strip", pattern], check=True)
    for number in range(count):
        path = os.path.join(folder, "module_%04d.so" % number)
        shutil.copyfile(pattern, path)
        write_build_id(path, number)
    os.remove(pattern)
    return folder
