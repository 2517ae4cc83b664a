/* Every cap of pycore, with its unit and what it protects. Counts, sizes and links in a core are not to be
 * believed: each meets its cap here before it sizes, loops or recurses anything. Reaching one is never silent:
 * the node is marked "truncated" or a diagnostic says so. */
#ifndef PC_BASE_LIMITS_H
#define PC_BASE_LIMITS_H

/* The machine: what a run takes unless the user allows more or less. Inflating a core has to end at half of the time, reading it
 * at three quarters of both, so that what was found can still be told. */
#define PC_LIMIT_TIME 60               /* seconds, --limit-time: a hung disk or pipe, debug information made to be slow */
#define PC_LIMIT_TIME_MOST 100000000   /* seconds: three years */
#define PC_LIMIT_MEMORY (1u << 30)     /* bytes, --limit-memory: a hostile core, or one with millions of frames; mapped files do not count */
#define PC_LIMIT_MEMORY_OWN (8u << 20) /* bytes that the program and its libraries have before anything is read: not counted */
#define PC_LIMIT_MEMORY_LOOKS 256      /* after each of these parts of it, asked for, what is in use is looked at */
#define PC_LIMIT_READ_AGAIN 3          /* times that a core is read again after a file was lost (cut off by somebody) meanwhile */
#define PC_LIMIT_LOST_PAGES 4096       /* pages of lost files, each of which costs a signal */

/* Lists in the target: items. A corrupt link would otherwise be followed until memory is full. */
#define PC_LIMIT_INTERPRETERS 4096
#define PC_LIMIT_THREADS 1000000
#define PC_LIMIT_FRAMES 20000000       /* of one thread; each costs some 100 bytes of ours */
#define PC_LIMIT_TRACEBACK 100000      /* entries of one traceback */
#define PC_LIMIT_EXCEPTIONS 2000       /* exceptions met from one thread, chains and groups included */
#define PC_LIMIT_EXCEPTION_DEPTH 500   /* nesting of cause, context and group: recursion of ours, and of those who parse JSON */
#define PC_LIMIT_EXC_INFO 4096         /* linked exc_info items of one thread (one per running generator) */
#define PC_LIMIT_HELD_OBJECTS 20000    /* containers, instances and generators of one thread that are searched for exceptions */
#define PC_LIMIT_HELD_STACKS 1000      /* innermost frames of a thread whose evaluation stacks are searched, too */
#define PC_LIMIT_HELD_ITEMS 10000      /* items of one of them */
#define PC_LIMIT_HELD_DEPTH 3          /* steps from a frame's variable */
#define PC_LIMIT_MODULES_WALKED 20000  /* sys.modules, when functions are looked for by their code */
#define PC_LIMIT_FUNCTIONS 400000      /* functions indexed by their code, over all modules */
#define PC_LIMIT_CONTEXT_VARS 100000   /* nodes of the map of one context's variables */
#define PC_LIMIT_MRO 1000              /* classes in one method resolution order */

/* ELF core files. */
#define PC_LIMIT_SEGMENTS 4000000      /* program headers: Linux's max_map_count is 65530, raised by some to 2^20 */
#define PC_LIMIT_NOTES_SIZE (1u << 30) /* bytes of one PT_NOTE: 1 MB holds some 500 threads */
#define PC_LIMIT_NT_FILE 1000000       /* mappings in NT_FILE */
#define PC_LIMIT_LINK_MAP 100000       /* libraries in the dynamic linker's list */
#define PC_LIMIT_DYNAMIC 4096          /* entries of a dynamic section */
#define PC_LIMIT_ELF_PHDRS 4096        /* program headers of one module */
#define PC_LIMIT_SYMBOLS 20000000      /* symbols of one module that are looked at for a name, in all its tables */
#define PC_LIMIT_INTERPRETER_FILES 16  /* modules that may hold the interpreter: reading the DWARF of each takes its time */
#define PC_LIMIT_AUXV 4096             /* bytes of NT_AUXV: Linux writes some 350, and they are searched for on the stack */
#define PC_LIMIT_STACK_ARGS 4096       /* arguments read back from the initial stack */
#define PC_LIMIT_STACK_BYTES (8u << 20)/* bytes of all of them: Linux allows 6 MB */
#define PC_LIMIT_ABORT_MESSAGE 4096    /* bytes of glibc's abort message */

/* Compressed cores. */
#define PC_LIMIT_STORED (1ull << 40)   /* bytes of an inflated core, holes included: a few bytes of zstd can ask for more */
#define PC_LIMIT_STORED_IN_MEMORY (64u << 20) /* bytes that are inflated in memory before the disk is used */
#define PC_LIMIT_STORED_PEEK (8u << 20) /* bytes that are read for the first ones inflated: a block of LZ4 has up to 4 MiB */
#define PC_LIMIT_ZSTD_WINDOW_LOG 27    /* log2 of the window, which is kept in memory: 128 MiB, zstd's own limit */
#define PC_LIMIT_XZ_MEMORY (256u << 20)/* bytes of memory for xz: its highest preset takes 65 MiB */
#define PC_LIMIT_FACTS 65536           /* bytes of one text beside a core: ABRT's files, apport's fields, attributes */
#define PC_LIMIT_ZIP_ENTRIES 65536     /* files in a zip archive that are looked at */

/* Objects. Bytes or items. */
#define PC_LIMIT_REFERENCES (INT64_C(1) << 40) /* to one object: each takes memory, eight terabytes these */
#define PC_LIMIT_NAME 4096             /* bytes of a C string that is a name (tp_name, ml_name) */
#define PC_LIMIT_STRING (64u << 20)    /* code units of a str that is read whole: names and messages */
#define PC_LIMIT_CODE (4u << 20)       /* bytes of bytecode, line table or exception table of one code object */
#define PC_LIMIT_LOCALS 100000         /* names in one code object or namespace */
#define PC_LIMIT_SLOTS 10000           /* names in __slots__ of one class with its bases */
#define PC_LIMIT_ATTRIBUTES 1000000    /* attributes of one instance, whatever --max-attributes asks */
#define PC_LIMIT_INT_DIGITS 500000     /* digits (30 bit) of an int that is turned into decimals: some 4.5 million, a second */
#define PC_LIMIT_TABLE_SLOTS (1u << 30)/* slots of a dict or set whose table is walked */
#define PC_LIMIT_REPR_DEPTH 200        /* nesting of a value, whatever --max-depth asks: recursion of ours */
#define PC_LIMIT_REPR_NESTING 500      /* objects within objects in one value, those that --max-depth does not count too */
#define PC_LIMIT_REPR (64u << 20)      /* characters of one value, whatever --max-repr asks */
#define PC_LIMIT_VALUE_WORK 4000000    /* objects visited for one value, so that shared structure cannot explode */

/* Redaction: what is looked for in every text costs time for each of them. */
#define PC_LIMIT_SECRETS 20000         /* known values, in all their forms */
#define PC_LIMIT_SECRET 131072         /* characters of one: Linux allows no longer string in an environment */
#define PC_LIMIT_SECRET_CUT 1024       /* characters of one at the end of a text that was cut */
#define PC_LIMIT_SECRET_URL 4096       /* characters of a URL that are looked at for a password */
#define PC_LIMIT_REDACTED_UNITS (4u << 20) /* characters of a text that are looked at; what is behind them is not shown */
#define PC_LIMIT_BLANKED 1000000       /* ranges that a small core says were blanked */

/* The report. Work is counted in looks at memory, of some 30 ns each (see target/memory.h); what costs more counts as more.
 * A whole report may cost PC_LIMIT_WORK and 1 for each byte of the core, up to PC_LIMIT_WORK_BYTES: damaged links and counts
 * can ask for years, while 100,000 frames with all their variables need 60 million. The shares, in per cent of what is
 * left, keep one damaged part from taking all. */
#define PC_LIMIT_WORK 50000000         /* looks at memory: some seconds */
#define PC_LIMIT_WORK_BYTES (1u << 29) /* bytes of a core that count: some 700,000 frames with all their variables */
#define PC_LIMIT_THREAD_SHARE 80       /* frames and exceptions of one thread */
#define PC_LIMIT_EXCEPTION_SHARE 60    /* one exception with all that it is chained to */
#define PC_LIMIT_HELD_SHARE 10         /* the search for suspended generators that hold exceptions */
#define PC_LIMIT_INDEX_SHARE 25        /* the names of all functions, to 3.10 */
#define PC_LIMIT_VALUE_SHARE 25        /* one value */
#define PC_WORK_FRAME 200              /* what describing a frame costs beside its reads, mostly our memory */
#define PC_WORK_LOCAL 50               /* a variable with its value */
#define PC_WORK_VARIABLE 16            /* a variable of a code object */
#define PC_LIMIT_REPEATED (64u << 20)  /* bytes of attributes in JSON that stand there already: 1,000 threads with 30 frames */
#define PC_LIMIT_SOURCE (16 << 20)     /* bytes of a source file that is read for its lines */
#define PC_LIMIT_DIAGNOSTICS 1000      /* kept; those beyond are counted */

/* Looking for an interpreter that no symbol names: linear in the memory that is saved. */
#define PC_LIMIT_SCAN_HITS 256         /* places that look like an interpreter state */
#define PC_LIMIT_SCAN_RINGS 64         /* different places of a thread's link to its interpreter, over all tables */
#define PC_LIMIT_LAYOUTS 64            /* layouts that are tried on one core */

/* Layout tables: anyone may have written them. */
#define PC_LIMIT_TABLE (4u << 20)      /* bytes: one has some 40,000 */
#define PC_LIMIT_TABLE_HEAD (256u << 10) /* bytes of one that are read for what stands before its first module */
#define PC_LIMIT_TABLE_BUILDS 1000     /* files that gave one table */
#define PC_LIMIT_TABLES 4096           /* tables in one directory */
#define PC_LIMIT_STRUCT (64u << 20)    /* bytes of one struct: an interpreter state has 200,000 */

/* The user's folder of layouts that were read before. */
#define PC_LIMIT_CACHE_ENTRY (1 << 20) /* bytes of one: the interpreter's has some 3,000 */
#define PC_LIMIT_CACHE_ENTRIES 1000    /* of all builds: an interpreter has one, and each of its extension modules */
#define PC_LIMIT_CACHE_NAMES 100000    /* in its folder that are looked at when room is made */
#define PC_LIMIT_CACHE_UNFINISHED 3600 /* seconds after which what is not finished never will be */
#define PC_LIMIT_CACHE_SETTLED 2       /* seconds that a file's times may be coarse by: FAT counts so */

/* Many cores. */
#define PC_LIMIT_SCAN_TRIES 3           /* scans of a file that kills its worker, or takes more than it may; then it is left alone */
#define PC_LIMIT_STATE_WAIT 60          /* seconds that other processes may keep a state locked; they need milliseconds */
#define PC_LIMIT_STATE_REPORT (1u << 30) /* bytes of a report that comes out of a state */
#define PC_LIMIT_OUTCOME_FRAMES 12      /* innermost functions that are kept of a core, in memory and in a state */
#define PC_LIMIT_COMPARE_CORES 1000     /* cores that are compared with each other */
#define PC_LIMIT_COMPARE_THREADS 500    /* threads of each of them: each is held against each */
#define PC_LIMIT_COMPARE_ROWS 1000      /* different threads of all of them */
#define PC_LIMIT_COMPARE_FRAMES 1000    /* frames at the outer ends of two stacks that tell how much they are alike */
#define PC_LIMIT_LIST_PATH 65536       /* bytes of one path in a list: Linux opens none of more than 4096 */
#define PC_LIMIT_GROUP_NAMES 16         /* versions and commands that are kept of one group */
#define PC_LIMIT_JOBS 1024              /* workers at once */
#define PC_LIMIT_REPORT_NAME 150        /* bytes of a core's name that are kept in the names of its reports: file systems allow 255 */
#define PC_LIMIT_WORKER_MESSAGE 1000    /* bytes of what a worker wrote to standard error that are looked at for why it gave up */
#define PC_LIMIT_SCAN_ALONE 8           /* cores before layout tables are read ahead for those that follow */
#define PC_LIMIT_WORKER_GRACE 10        /* seconds beyond --limit-time after which a worker that does not end is killed */
#define PC_LIMIT_OUTPUT (256u << 20)    /* bytes that a worker may hand over, --limit-output: kept in memory until they are written */

/* Files that belong to a core. */
#define PC_LIMIT_DEBUG_FILE (4ull << 30) /* bytes of a file that are read for its checksum */
#define PC_LIMIT_CONTENTS (1u << 30)   /* bytes of the core that files without build-ids have to agree with, all together */
#define PC_LIMIT_MODULE_FILES 20000    /* modules whose files are looked for: real processes have hundreds */
#define PC_LIMIT_DEBUGINFOD_FILES 32   /* files that servers are asked for in one run */
#define PC_LIMIT_DEBUGINFOD_SILENCE 8  /* seconds in which a server has to answer, or to send more */
#define PC_LIMIT_DEBUGINFOD_TIME 40    /* seconds of all waiting in one run */
#define PC_LIMIT_DEBUGINFOD_SIZE (1L << 30) /* bytes of one file */
#define PC_LIMIT_IMPORT_DEPTH 64       /* units that import units: recursion of ours */

/* DWARF: dies visited per file, and depth of typedef chains. */
#define PC_LIMIT_DIES 50000000
#define PC_LIMIT_ABBREVIATIONS 65536   /* the code that a table's last one may have: compilers count from 1 */
#define PC_LIMIT_INDEX_ABBREVIATIONS 4096 /* of one table of .debug_names: real ones have tens */
#define PC_LIMIT_INDEX_STEPS 20000000 /* units, names and entries of .debug_names that are looked at in all */
#define PC_LIMIT_INDEX_TABLES 100000   /* of .debug_names: one for each unit at most */
#define PC_LIMIT_UNIT_DIES 1000000     /* of a unit that are kept for a closer look: imports, and types of wanted names */
#define PC_LIMIT_INFLATED (2ull << 30) /* bytes of compressed sections, as their headers tell: libdw inflates them in memory */
#define PC_LIMIT_KEPT_MEMBERS 256      /* of a struct, so that they are read once; those behind them are read whenever they are asked for */
#define PC_LIMIT_TYPE_CHAIN 64

#endif
