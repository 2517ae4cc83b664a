/* What the walk finds, as plain data: no target memory behind it. Text is valid UTF-8 in the walk's arena; NULL is "not
 * known", as is a negative number where a field says so. */
#ifndef PC_WALK_RESULT_H
#define PC_WALK_RESULT_H

#include "python/code.h"
#include "python/repr.h"

typedef enum pc_known { PC_UNKNOWN = -1, PC_FALSE = 0, PC_TRUE = 1 } pc_known;

struct pc_attributes;

typedef enum pc_generator_state {
    PC_GENERATOR_CREATED,
    PC_GENERATOR_RUNNING,
    PC_GENERATOR_SUSPENDED,
    PC_GENERATOR_CLOSED,
} pc_generator_state;

typedef struct pc_generator {
    pc_generator_state state;
    const char *qualname, *filename;
    int64_t line; /* where it stands, its first one where it has not begun; -1: not known, or it has ended */
} pc_generator;

typedef struct pc_value {
    const char *type; /* module.qualname, builtins bare */
    pc_addr address;
    pc_repr repr;
    bool is_definition; /* a module, class or function: in a list of names it says little */
    const pc_generator *generator; /* NULL: it is neither a generator nor a coroutine */
    const struct pc_attributes *attributes; /* shared by all that name the object; NULL: none, or not asked for */
} pc_value;

typedef struct pc_attribute {
    const char *name;
    pc_value value; /* without attributes of its own */
} pc_attribute;

typedef struct pc_attributes {
    pc_attribute *items; /* slots, those of the outermost base first, then the dict in its order */
    size_t count;
    uint64_t left_out; /* by --max-attributes */
    pc_status status;
} pc_attributes;

typedef struct pc_globals {
    pc_addr address;    /* of the dict */
    const char *module; /* its __name__ */
    pc_attribute *names;
    size_t count;
    pc_status status;
} pc_globals;

typedef enum pc_local_kind { PC_LOCAL_ARGUMENT, PC_LOCAL_LOCAL, PC_LOCAL_CELL, PC_LOCAL_FREE, PC_LOCAL_NAME } pc_local_kind;

/* A variable of a frame. There may be a million: what is told of its value stands elsewhere, once for all that name the object; and of
 * an int of few digits the number here, whose text pc_local_value() makes when it is wanted. */
typedef struct pc_local {
    const char *name;
    union {
        const pc_value *value; /* without attributes */
        pc_addr address;       /* is_number: of the int */
    };
    union {
        const struct pc_attributes *attributes; /* shared by all that name the object; NULL: none, or not asked for */
        int64_t number;                         /* is_number */
    };
    pc_local_kind kind;
    bool captured;
    bool is_number;
} pc_local;

#define PC_LOCAL_ROOM 24 /* for a number's text */

/* An instruction of a function: what the frames that stand there have in common. A stack of 100,000 frames has few. */
typedef struct pc_place {
    const char *name, *qualname, *module, *filename;
    pc_position position;
    int64_t first_line;  /* -1: not known */
    int64_t instruction; /* byte offset; -1: not known, or before the first one */
    pc_addr globals;     /* of the dict; 0: not known */
    bool is_module_body; /* its names are the module's globals */
} pc_place;

typedef struct pc_stack_values {
    size_t count;
    pc_value items[]; /* the bottom first; address 0: a slot with nothing in it */
} pc_stack_values;

/* There may be very many, and what is said of all of them reads them several times over: it is kept small. */
typedef struct pc_frame {
    pc_addr address;
    const pc_place *place; /* never NULL: nothing in it is known where nothing is */
    pc_local *locals;
    pc_stack_values *stack; /* the evaluation stack; NULL: not asked for, or its depth is not known */
    uint32_t local_count;
    pc_known entry : 8;    /* the interpreter's loop was entered anew from C for it */
    pc_status status : 8;
    bool has_locals;       /* they were asked for and looked at */
    bool only_ints;        /* and are ints of few digits, all of them */
} pc_frame;

/* Whose code str() of an exception is. */
typedef enum pc_message_source {
    PC_MESSAGE_KNOWN,         /* the interpreter's: it is told */
    PC_MESSAGE_CLASS_CODE,    /* its class's own */
    PC_MESSAGE_ARGUMENT_CODE, /* that of the class of an argument */
    PC_MESSAGE_UNKNOWN,       /* the interpreter's, for a case that is not known here, or that would have no end */
    PC_MESSAGE_UNREADABLE,    /* the interpreter's, but what it needs cannot be read */
} pc_message_source;

/* A member of an exception that its builtin class defines: errno, offset, value ... */
typedef struct pc_detail {
    const char *name;
    const char *value; /* its repr(); NULL: cannot be read */
} pc_detail;

typedef struct pc_exception {
    pc_addr address;
    const char *type;      /* the class's __name__ */
    const char *full_type; /* as traceback.print_exception names it: module.qualname, builtins and __main__ bare; 2.7: the name */
    const char *module;
    const char *message;   /* what str() of it gives; NULL where that is code that was not run */
    bool message_exact;    /* to the character */
    pc_message_source message_source;
    const char *args;
    bool args_exact;
    bool redacted;    /* something of the above or below is left out for --redact */
    const pc_detail *details; /* NULL: its class has none */
    size_t detail_count;
    /* What traceback prints of a SyntaxError in place of its str(): lines above the last one, and the text in it; NULL: it
     * prints none, and the message */
    const char *position, *printed;
    const char **notes;
    size_t note_count;
    pc_known suppress_context;
    struct pc_exception *cause, *context;
    struct pc_exception **group; /* NULL: not a group */
    size_t group_count;
    pc_frame *traceback; /* outermost first; NULL: it has none */
    size_t traceback_count;
    pc_addr holder; /* a suspended generator or coroutine that holds it (pc_thread.held), else 0 */
    const char *holder_type, *holder_name; /* "generator", and its qualified name */
    pc_status status; /* PC_STATUS_REPEATED: told in full elsewhere in this thread, only the address stands here */
} pc_exception;

typedef struct pc_register {
    const char *name;
    uint64_t value;
    bool redacted; /* and so not to be told */
} pc_register;

typedef struct pc_thread {
    const pc_lwp *lwp; /* NULL: no thread of the kernel is known to be this one */
    pc_addr state;     /* the thread state; 0: no Python in this thread */
    bool has_pthread;
    pc_addr pthread;
    const char *name;
    const pc_register *registers;
    size_t register_count;
    int interpreter; /* index in the walk's interpreters; -1: none */
    bool main, crashed;
    pc_known holds_gil;
    pc_frame *frames; /* innermost first; of their own, not in the arena: there may be very many */
    size_t frame_count;
    bool frames_limited; /* --max-frames left some out */
    pc_exception *raised;
    pc_exception **handled; /* innermost first */
    size_t handled_count;
    pc_exception **held; /* by suspended generators and coroutines that its frames lead to */
    size_t held_count;
} pc_thread;

typedef struct pc_interpreter {
    pc_addr address;
    int64_t id; /* -1: not known */
    bool main;
    pc_known own_gil;
    pc_addr gil_holder; /* a thread state; 0: nobody */
    bool gil_known;
    pc_exception *last_exception; /* sys.last_exc, sys.last_value */
} pc_interpreter;

/* Of which values attributes are read. */
typedef enum pc_attributes_wanted {
    PC_ATTRIBUTES_NONE,
    PC_ATTRIBUTES_BARE_ARGUMENTS, /* of arguments, and self, whose text says no more than type and address */
    PC_ATTRIBUTES_ALL,
} pc_attributes_wanted;

typedef struct pc_walk_options {
    pc_repr_limits limits;
    bool locals;
    bool stack;   /* evaluation stacks */
    bool globals; /* of all frames' modules */
    pc_attributes_wanted attributes;
    uint64_t max_attributes; /* of one instance; 0: no limit */
    uint64_t max_frames; /* 0: no limit */
    const pc_redaction *redaction; /* NULL: none */
} pc_walk_options;

typedef struct pc_walk {
    pc_python *py; /* NULL: no interpreter was found; threads are the kernel's then */
    pc_core *core;
    pc_arena *arena;
    pc_diagnostics *diagnostics;
    pc_walk_options options;
    pc_interpreter *interpreters;
    size_t interpreter_count;
    pc_thread *threads; /* the core's order, the crashed one first; then those the kernel's notes do not have */
    size_t thread_count;
    pc_globals *globals; /* where they were asked for, in the order in which frames have them */
    size_t globals_count, globals_capacity;
    pc_map globals_seen;
    bool incomplete; /* a thread, frame, exception or value could not be read */
    pc_map values;   /* address -> pc_value: what many frames share is written once */
    pc_map hidden_values, hidden_attributes; /* the same for what is under names that say that it is secret */
    pc_map attributes; /* address -> pc_attributes */
    pc_map stacks;     /* hashes of stacks that attributes were read for */
    pc_map places;     /* hashes of what tells them apart -> the places of that hash */
    const pc_place *recent_place; /* of them, the one that was asked for last; NULL: none was */
    bool defer_attributes; /* pc_attributes_of_thread() will be called for the frames that are being read */
} pc_walk;

#endif
