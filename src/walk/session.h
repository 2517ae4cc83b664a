/* From a path to a finished walk: opens the core and the modules, finds the interpreter, loads and validates its
 * layout, walks. */
#ifndef PC_WALK_SESSION_H
#define PC_WALK_SESSION_H

#include "python/runtime.h"
#include "walk/walk.h"

typedef struct pc_session_options {
    const char *executable; /* NULL: as the core names it */
    const char *layout;     /* a table that is to be used; NULL: what pycore finds */
    pc_search search; /* where files are looked for; its diagnostics are the session's */
    pc_walk_options walk;
    pc_cache *cache; /* of layouts; NULL: all are read from debug information */
    pc_tables *tables; /* that several sessions share; NULL: it has its own */
    pc_redact redact; /* at least; a small core may be redacted more */
    bool objects_only; /* the walk is made ready, and no thread is read */
    const pc_distilled *replay; /* what was noted of this very core by a session before; NULL: nothing */
    pc_touched *touched;        /* takes down what is looked at; NULL: nobody wants to know */
    const pc_progress *progress; /* of inflating a compressed core; NULL: nobody wants to know */
} pc_session_options;

typedef struct pc_session {
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_search search;
    pc_folders folders;
    pc_modules modules;
    pc_layout layout;
    bool layout_named; /* by the user: of a small core, not the one in it */
    bool layout_exact; /* from the very build: equal build-ids */
    bool layout_cached; /* it was in the user's cache */
    pc_cache *cache;
    pc_runtime_symbols symbols; /* by which the interpreter was found */
    size_t diagnostics_before_walk;
    pc_tables *tables; /* the caller's, or its own */
    pc_tables own_tables;
    pc_table table_file; /* the user's */
    bool has_table_file;
    int layouts_tried;
    pc_python py;
    pc_redaction redaction;
    pc_walk walk;
    int files_tried;   /* modules with an interpreter's symbols */
    const char *reason; /* why no Python state was found, one line; NULL if it was */
} pc_session;

/* An error only where the core's ELF header or the user's layout cannot be read; the session is deinited then. A core without Python state is a
 * session with a reason. */
pc_error *pc_session_open(pc_session *session, const char *path, const pc_session_options *options);
void pc_session_deinit(pc_session *session);
/* Instead, where the process ends soon and no other session follows: what it has, memory and mapped files, goes with the process,
 * which takes a part of the time that letting go of each takes. Builds with a sanitizer deinit, to find what is lost on the way; the
 * session has to be static, or valgrind takes it all for lost. */
void pc_session_leave(pc_session *session);
/* The layout as reports name it: of a small core, that of the core that it was made of. */
const char *pc_session_layout_source(const pc_session *session);
const char *pc_session_layout_origin(const pc_session *session); /* NULL: not known */

#endif
