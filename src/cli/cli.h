/* What the commands share: exit statuses, messages, options. Only src/cli prints diagnostics or exits. */
#ifndef PC_CLI_CLI_H
#define PC_CLI_CLI_H

#include <getopt.h>
#include <stdio.h>

#include "base/error.h"

#define PC_EXIT_COMPLETE 0
#define PC_EXIT_PARTIAL 1
#define PC_EXIT_NONE 2
#define PC_EXIT_USAGE 64
#define PC_EXIT_OUTPUT 74

/* One line on standard error, safe for a terminal: "pycore: ...". */
void pc_cli_complain(const char *format, ...) PC_PRINTF(1, 2);
/* The same for an error, which is destroyed. */
void pc_cli_complain_error(pc_error *error);
/* How to get help, after a complaint; gives PC_EXIT_USAGE. */
int pc_cli_usage_error(const char *command);

/* A number from 0 to 2^63-1; complains and gives false otherwise. */
bool pc_cli_number(const char *option, const char *text, uint64_t *ret_value);

/* A number of bytes, with K, M or G behind it for multiples of 1,024. */
bool pc_cli_size(const char *option, const char *text, uint64_t *ret_value);

/* The directories of an option that may be given more than once. */
typedef struct pc_dirs {
    const char *items[32];
    size_t count;
} pc_dirs;

/* Standard output, or the file of -o, which appears under its name only when it is whole. */
typedef struct pc_output {
    FILE *stream;
    const char *path; /* NULL: standard output */
    char *temporary;
} pc_output;
bool pc_output_open(pc_output *output, const char *path);
/* Flushes; false, after a complaint, where anything could not be written. */
bool pc_output_close(pc_output *output);
/* Gives up without leaving anything behind. */
void pc_output_abandon(pc_output *output);

int pc_command_analyze(int argc, char **argv);
int pc_command_inspect(int argc, char **argv);
int pc_command_distill(int argc, char **argv);
int pc_command_scan(int argc, char **argv);
int pc_command_compare(int argc, char **argv);
int pc_command_layout(int argc, char **argv);

#endif
