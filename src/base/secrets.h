/* What in a text is not for everybody: values of the process's environment, keys and tokens by their form, passwords in URLs,
 * what stands behind a name that says so (password=...). Texts are code points, or bytes; what is found are ranges of them.
 * Nothing here knows a target. */
#ifndef PC_BASE_SECRETS_H
#define PC_BASE_SECRETS_H

#include "base/buffer.h"
#include "base/spans.h"

#define PC_SECRETS_MARK "<redacted>" /* stands in the place of what was found */

typedef struct pc_needle {
    const uint32_t *units;
    size_t length;
    size_t next; /* position + 1 of the next one that begins like this; 0: none */
} pc_needle;

typedef struct pc_secrets {
    pc_needle *needles; /* known values, in the forms that they come in */
    size_t count, capacity;
    size_t first[256]; /* position + 1 in needles by the low byte of the first unit */
    size_t longest;
    uint64_t pairs[1024]; /* a bit for each two bytes that stand behind one another in one */
} pc_secrets;

/* What of a core is kept out of what is written. */
typedef enum pc_redact {
    PC_REDACT_NONE,
    PC_REDACT_SECRETS, /* what is found here, and values under names that say so */
    PC_REDACT_ALL,     /* every value; types, names, lines and lengths stay */
} pc_redact;

typedef struct pc_redaction {
    pc_redact level;
    pc_secrets secrets; /* of PC_REDACT_SECRETS */
} pc_redaction;

const char *pc_redact_name(pc_redact level);
/* The level of that name; false where there is none. */
bool pc_redact_parse(const char *name, pc_redact *ret_level);

/* How much of a text's form is trusted. */
typedef enum pc_secrets_form {
    PC_SECRETS_STRING,  /* a string of the program */
    PC_SECRETS_PRINTED, /* put together of several, with addresses and names between: long random strings are not looked for */
} pc_secrets_form;

void pc_secrets_init(pc_secrets *secrets);
void pc_secrets_deinit(pc_secrets *secrets);
/* NAME=VALUE of an environment, as bytes. A value counts when it has more than 8 characters, one under a name that says
 * so when it has 6; a password in a URL counts by itself. */
void pc_secrets_add_environment(pc_secrets *secrets, const char *name, size_t name_length, const char *value, size_t length);

/* Whether what has this name is not to be told: password, api_key, X-Auth-Token, dbPassword. */
bool pc_secrets_name(const char *name, size_t length);
/* Whether the text ends with such a name and what stands between it and its value: name=, 'name': and, in a pair, ('name', ;
 * of arguments, '--name', and of a member of an enum, <Class.name: */
bool pc_secrets_names_next(const char *text, size_t length);

/* Replaces what the spans had. */
void pc_secrets_find(const pc_secrets *secrets, const uint32_t *units, size_t count, pc_secrets_form form, pc_spans *spans);
/* The same of a text that was cut at its end, where the beginning of a known value counts as one. */
void pc_secrets_find_cut(const pc_secrets *secrets, const uint32_t *units, size_t count, pc_secrets_form form, pc_spans *spans);
/* Where the known values are in bytes, each unit of width bytes; appended to the spans. */
void pc_secrets_find_bytes(const pc_secrets *secrets, const uint8_t *bytes, size_t size, unsigned width, bool big_endian, pc_spans *spans);
/* Whether the bytes are a part of a known value. */
bool pc_secrets_has_part(const pc_secrets *secrets, const uint8_t *bytes, size_t count);
/* UTF-8 with marks in place of what is found, appended; false, and nothing appended, where nothing is. `cut`: the text was cut at its
 * end, where the beginning of a known value counts as one. */
bool pc_secrets_clean(const pc_secrets *secrets, const char *text, pc_secrets_form form, bool cut, pc_buffer *buffer);

#endif
