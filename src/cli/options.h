/* The options of all commands, parsed in one place: a command says which it takes, and its help what they mean. */
#ifndef PC_CLI_OPTIONS_H
#define PC_CLI_OPTIONS_H

#include "base/limits.h"
#include "cli/cli.h"
#include "walk/session.h"

/* What stands in the rows of options.c. */
enum { PC_TAKES_ANALYZE = 1, PC_TAKES_INSPECT = 2, PC_TAKES_LAYOUT = 4, PC_TAKES_DISTILL = 8, PC_TAKES_SCAN = 16, PC_TAKES_COMPARE = 32 };

typedef struct pc_command {
    const char *name, *help;
    unsigned takes; /* one of the above */
} pc_command;

typedef struct pc_options {
    bool json;
    const char *output; /* NULL: standard output */
    const char *color;
    const char *layout, *sysroot;
    pc_dirs lib_dirs;
    bool force_executable, debuginfod;
    const char *table, *origin; /* of the command layout */
    pc_dirs debug_dirs;   /* the system's last */
    bool no_locals;
    pc_redact redact;
    bool full; /* of the command distill */
    struct {
        uint64_t jobs, limit_output; /* processes; bytes */
        bool quiet, all, null;
        const char *summary_json; /* NULL: not asked for; "": to standard output */
        const char *output_dir, *state, *new_since, *group;
        pc_dirs filters;
    } scan;
    bool no_cache;
    pc_cache *cache; /* of the sessions; NULL: none */
    pc_tables *tables; /* likewise; NULL: each has its own */
    uint64_t limit_time, limit_memory; /* seconds, bytes; 0: none */
    pc_walk_options walk;
} pc_options;

/* ret_options has the command's defaults. -1: go on, with the operands from argv[optind] on; else the exit status. */
int pc_options_parse(const pc_command *command, int argc, char **argv, pc_options *ret_options);
bool pc_options_want_color(const pc_options *options);
/* Where files are looked for as the options want it; opens --debuginfod's client, and complains where that cannot be had. */
pc_search pc_options_search(const pc_options *options);
/* What a command's options begin with. */
#define PC_OPTIONS_LIMITS .limit_time = PC_LIMIT_TIME, .limit_memory = PC_LIMIT_MEMORY
#define PC_OPTIONS_WALK .walk = {.limits = {.max_repr = 200, .max_items = 20, .max_depth = 4}, .max_attributes = 50}
/* --jobs, set to what it is where it was not given; false after a complaint. */
bool pc_options_jobs(pc_options *options, const char *command);
/* A session as the options want it. */
pc_session_options pc_options_session(const pc_options *options, const char *executable);
/* Opens it; again where a file became shorter meanwhile. An error is the caller's. */
pc_error *pc_options_try_open(const pc_session_options *wanted, const char *core, pc_session *ret_session);
/* The same, with a bar while a compressed core is inflated. false after an error, which has been said. */
bool pc_options_open(const pc_session_options *wanted, const char *core, pc_session *ret_session);

#endif
