#include "layout/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"

#define MOST_WORDS 12 /* of a line */
#define MOST_OF_WORD (3 * PC_TABLE_WORD - 1)
#define MOST_OF_BUILD_ID (2 * PC_TABLE_WORD)

/* ---- builds ---- */

/* A piece of the table's text, without a NUL. */
typedef struct word {
    const char *text;
    uint32_t length;
    bool hexadecimal; /* all of it */
} word;

static void add_build(pc_table *table, pc_layout_module module, unsigned micro, word build_id)
{
    pc_table_build build = {
        .build_id = pc_hash_bytes(PC_HASH_START, build_id.text, build_id.length),
        .words = (uint32_t)table->words.length,
        .micro = (uint16_t)micro,
        .module = (uint8_t)module,
    };
    table->builds = pc_grow(table->builds, table->build_count, &table->build_capacity, sizeof(build));
    table->builds[table->build_count++] = build;
}

static void add_word(pc_table *table, word w)
{
    pc_buffer_append(&table->words, w.text, w.length);
    pc_buffer_putc(&table->words, 0);
}

static word word_of(const char *text)
{
    return (word){.text = text, .length = (uint32_t)strlen(text)};
}

void pc_table_add_build(pc_table *table, pc_layout_module module, unsigned micro, const char *version, const char *build_id, const char *origin)
{
    add_build(table, module, micro, word_of(build_id));
    add_word(table, word_of(version));
    add_word(table, word_of(build_id));
    add_word(table, word_of(origin));
}

bool pc_table_has_build(const pc_table *table, pc_layout_module module, const char *build_id)
{
    if (!build_id || !*build_id)
        return false;
    uint64_t wanted = pc_hash_bytes(PC_HASH_START, build_id, strlen(build_id));
    for (size_t i = 0; i < table->build_count; i++) {
        const pc_table_build *b = &table->builds[i];
        if (b->build_id != wanted || b->module != module)
            continue;
        const char *version = table->words.data ? table->words.data + b->words : NULL;
        if (!version || !strcmp(version + strlen(version) + 1, build_id))
            return true;
    }
    return false;
}

/* ---- lines ---- */

typedef struct reader {
    const char *at, *end;
    const char *name; /* of the file */
    unsigned line;
    word words[MOST_WORDS];
    size_t count;   /* words of the line */
    bool indented;
    pc_table *table;
    pc_layout_module module;
    pc_struct_id owner;
    bool in_module, in_struct;
    word last_module, last_version; /* builds stand by module, and many have the same version */
    pc_layout_module last;
    unsigned last_micro;
    bool has_last;
    bool head_only;
    bool may_be_older; /* fields that it does not mention are the caller's concern */
    bool ended;        /* the head has, before the text */
    size_t next_struct, first_field, next_field; /* where the next one is looked for first: they stand in this order */
    bool seen_struct[PC_STRUCT_COUNT], seen_field[PC_FIELD_COUNT];
} reader;

static pc_error *wrong(const reader *r, const char *format, ...) PC_PRINTF(2, 3);

static pc_error *wrong(const reader *r, const char *format, ...)
{
    PC_AUTO_BUFFER text = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    return pc_error_create(PC_ERROR_FORMAT, "%s:%u: %s", r->name, r->line, pc_buffer_text(&text));
}

enum { LETTER = 1, HEXADECIMAL = 2 };

static const uint8_t classes[256] = {
    ['!' ... '/'] = LETTER,
    ['0' ... '9'] = LETTER | HEXADECIMAL,
    [':' ... '`'] = LETTER,
    ['a' ... 'f'] = LETTER | HEXADECIMAL,
    ['g' ... '~'] = LETTER,
};

/* The next line that is not empty, split into words; *ret_more is false at the end. The last line ends with a newline too. */
static pc_error *next_line(reader *r, bool *ret_more)
{
    const char *p = r->at;
    size_t count = 0;
    while (!count && p < r->end) {
        r->line++;
        r->indented = *p == ' ';
        for (;;) {
            while (*p == ' ')
                p++;
            if (*p == '#')
                p = memchr(p, '\n', (size_t)(r->end - p));
            const char *first = p;
            uint8_t class, all = HEXADECIMAL;
            for (; (class = classes[(uint8_t)*p]); p++)
                all &= class;
            if (p == first)
                break;
            if (count == MOST_WORDS || p - first > MOST_OF_WORD)
                return wrong(r, "too long");
            r->words[count++] = (word){first, (uint32_t)(p - first), all};
        }
        if (*p++ != '\n')
            return wrong(r, "a character that cannot be here");
    }
    r->at = p;
    r->count = count;
    *ret_more = count;
    return NULL;
}

static inline bool is_text(word w, const char *text, size_t length)
{
    return w.length == length && !memcmp(w.text, text, length);
}

/* Whether word i of the line is this literal. */
#define is(r, i, literal) ((i) < (r)->count && is_text((r)->words[i], literal, sizeof(literal) - 1))

/* Whether a name of a definition is this word. */
static inline bool is_name(const char *name, word w)
{
    return !strncmp(name, w.text, w.length) && !name[w.length];
}

/* The word with a NUL; what does not fit is cut, which no caller takes for whole. */
static const char *terminate(word w, char room[PC_TABLE_WORD + 1])
{
    size_t length = w.length < PC_TABLE_WORD ? w.length : PC_TABLE_WORD;
    memcpy(room, w.text, length);
    room[length] = 0;
    return room;
}

static bool number(word w, uint64_t limit, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (!w.length || w.length > 10 || (w.length > 1 && *w.text == '0'))
        return false;
    for (size_t i = 0; i < w.length; i++) {
        unsigned digit = (unsigned)(w.text[i] - '0');
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    if (value > limit)
        return false;
    *ret_value = value;
    return true;
}

static pc_error *wrong_word(const reader *r, size_t i, const char *what)
{
    return wrong(r, "'%.*s' %s", (int)r->words[i].length, r->words[i].text, what);
}

static pc_error *parse_python(reader *r)
{
    pc_abi *abi = &r->table->abi;
    char room[PC_TABLE_WORD + 1];
    if (r->count != 8 || !is(r, 0, "python") || !is(r, 2, "flags") || !is(r, 4, "word") || !is(r, 6, "order"))
        return wrong(r, "a line 'python VERSION flags FLAGS word BITS order ORDER' was to come here");
    if (!pc_abi_parse_minor(terminate(r->words[1], room), abi))
        return wrong_word(r, 1, "is not a version such as 3.11");
    if (!is(r, 3, "-") && !pc_abi_parse_flags(terminate(r->words[3], room), abi))
        return wrong_word(r, 3, "are not flags");
    if (!is(r, 5, "32") && !is(r, 5, "64"))
        return wrong(r, "a word has 32 or 64 bits");
    abi->bits = is(r, 5, "32") ? 32 : 64;
    if (!is(r, 7, "little") && !is(r, 7, "big"))
        return wrong(r, "the order is little or big");
    abi->big_endian = is(r, 7, "big");
    return NULL;
}

static bool find_module(reader *r, word name, pc_layout_module *ret_module)
{
    if (!is_text(name, r->last_module.text, r->last_module.length)) {
        r->last_module = name;
        r->has_last = pc_layout_module_of(name.text, name.length, &r->last);
    }
    if (r->has_last)
        *ret_module = r->last;
    return r->has_last;
}

static bool read_micro(reader *r, word version, unsigned *ret_micro)
{
    const pc_table *t = r->table;
    char room[PC_TABLE_WORD + 1];
    pc_abi abi = {0};
    if (!is_text(version, r->last_version.text, r->last_version.length)) {
        if (version.length >= PC_TABLE_WORD || !pc_abi_parse(terminate(version, room), &abi) || abi.major != t->abi.major || abi.minor != t->abi.minor)
            return false;
        r->last_version = version;
        r->last_micro = abi.micro;
    }
    *ret_micro = r->last_micro;
    return true;
}

static pc_error *parse_build(reader *r)
{
    pc_table *t = r->table;
    pc_layout_module module;
    unsigned micro;
    if (r->count != 5)
        return wrong(r, "a build is a module, a version, a build-id and where it came from");
    /* of a module that this pycore does not know */
    if (!find_module(r, r->words[1], &module))
        return NULL;
    if (!read_micro(r, r->words[2], &micro))
        return wrong(r, "'%.*s' is not a version of %u.%u", (int)r->words[2].length, r->words[2].text, t->abi.major, t->abi.minor);
    bool none = is(r, 3, "-");
    if (!none && (r->words[3].length > MOST_OF_BUILD_ID || !r->words[3].hexadecimal))
        return wrong_word(r, 3, "is not a build-id");
    if (r->words[4].length >= PC_TABLE_WORD)
        return wrong(r, "too long");
    if (t->build_count == PC_LIMIT_TABLE_BUILDS)
        return wrong(r, "too many builds");
    word build_id = none ? word_of("") : r->words[3];
    add_build(t, module, micro, build_id);
    if (!r->head_only) {
        add_word(t, r->words[2]);
        add_word(t, build_id);
        add_word(t, r->words[4]);
    }
    return NULL;
}

/* Whether the table tells of all fields of the struct that this pycore knows: a field that it does not mention is not known to
 * be absent, and what is absent tells builds apart. */
static pc_error *end_struct(const reader *r)
{
    for (size_t i = r->first_field; r->in_struct && !r->may_be_older && pc_layout_is_field_of(i, r->owner); i++)
        if (!r->seen_field[i])
            return wrong(r, "the struct before this line says nothing of %s: the table is of an older pycore", pc_field_definitions[i].id);
    return NULL;
}

static bool is_needed(pc_struct_id id)
{
    for (size_t i = pc_layout_first_field(id); pc_layout_is_field_of(i, id); i++)
        if (pc_field_definitions[i].required)
            return true;
    return false;
}

static pc_error *end_module(const reader *r)
{
    PC_TRY(end_struct(r));
    /* a struct of which nothing is required, and which an older table does not have, is not known */
    for (size_t i = 0; r->in_module && i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == r->module && !r->seen_struct[i] && is_needed((pc_struct_id)i))
            return wrong(r, "the module before this line says nothing of %s: the table is of an older pycore", pc_struct_definitions[i].id);
    return NULL;
}

static pc_error *parse_struct(reader *r)
{
    uint64_t size;
    PC_TRY(end_struct(r));
    r->in_struct = false;
    if (!r->in_module || r->count < 3)
        return wrong(r, "a struct is of a module, and has a name and a size");
    word name = r->words[1];
    size_t i = r->next_struct;
    if (i == PC_STRUCT_COUNT || !is_name(pc_struct_definitions[i].id, name))
        for (i = 0; i < PC_STRUCT_COUNT && !is_name(pc_struct_definitions[i].id, name);)
            i++;
    /* one that another pycore has: its fields are passed over */
    if (i == PC_STRUCT_COUNT)
        return NULL;
    const pc_struct_definition *d = &pc_struct_definitions[i];
    if (d->module != r->module || r->seen_struct[i])
        return wrong(r, "%s is of another module, or was there before", d->id);
    r->seen_struct[i] = r->in_struct = true;
    r->owner = (pc_struct_id)i;
    r->next_struct = i + 1;
    r->first_field = r->next_field = pc_layout_first_field(r->owner);
    if (r->count == 4 && is(r, 3, "absent"))
        return NULL;
    if (r->count != 5 || !is(r, 3, "size") || !number(r->words[4], PC_LIMIT_STRUCT, &size))
        return wrong(r, "the size of %s is missing or too large", d->id);
    r->table->layout->structs[i] = (pc_struct_place){.source = PC_SOURCE_TABLE, .size = (uint32_t)size};
    return NULL;
}

/* The alternative of the definition's path that the table names. */
static const char *find_path(const char *alternatives, word path)
{
    for (const char *p = alternatives;; p++) {
        size_t n = 0;
        while (n < path.length && p[n] == path.text[n] && p[n] != '|')
            n++;
        if (n == path.length && (!p[n] || p[n] == '|'))
            return p;
        for (p += n; *p && *p != '|';)
            p++;
        if (!*p)
            return NULL;
    }
}

static bool find_field(const reader *r, word name, size_t *ret_field)
{
    size_t i = r->next_field;
    if (!pc_layout_is_field_of(i, r->owner) || !is_name(pc_field_definitions[i].id, name))
        for (i = r->first_field; pc_layout_is_field_of(i, r->owner) && !is_name(pc_field_definitions[i].id, name);)
            i++;
    *ret_field = i;
    return pc_layout_is_field_of(i, r->owner);
}

static pc_error *parse_field(reader *r)
{
    size_t i;
    if (!find_field(r, r->words[0], &i))
        return NULL; /* another pycore's */
    r->next_field = i + 1;
    const pc_field_definition *d = &pc_field_definitions[i];
    if (r->seen_field[i])
        return wrong(r, "%s was there before", d->id);
    r->seen_field[i] = true;
    if (r->count == 2 && is(r, 1, "absent"))
        return NULL;
    uint64_t offset, size, bits = 0, shift = 0;
    const pc_struct_place *owner = &r->table->layout->structs[r->owner];
    const char *path = r->count > 1 ? find_path(d->path, r->words[1]) : NULL;
    bool is_bits = r->count == 10 && is(r, 6, "bits") && is(r, 8, "at");
    if (!path || (r->count != 7 && !is_bits) || !is(r, 2, "offset") || !is(r, 4, "size") || !number(r->words[3], PC_LIMIT_STRUCT, &offset) ||
        !number(r->words[5], PC_LIMIT_STRUCT, &size))
        return wrong(r, "%s: its path, offset or size is not as it can be", d->id);
    if (is_bits && (!number(r->words[7], 64, &bits) || !number(r->words[9], 63, &shift) || !bits || size > 8 || shift + bits > size * 8))
        return wrong(r, "%s: there are no such bits", d->id);
    if (!is_bits && !is_name(pc_field_kind_names[d->kind], r->words[6]))
        return wrong(r, "%s is %s, not %.*s", d->id, pc_field_kind_names[d->kind], (int)r->words[6].length, r->words[6].text);
    if (!pc_layout_is_within(d, owner, offset, size))
        return wrong(r, "%s is not within its struct", d->id);
    r->table->layout->fields[i] = (pc_field_place){
        .source = PC_SOURCE_TABLE,
        .offset = (uint32_t)offset,
        .size = (uint32_t)size,
        .bits = (uint8_t)bits,
        .shift = (uint8_t)shift,
        .path = path,
        .path_length = r->words[1].length,
    };
    return NULL;
}

static pc_error *parse_module(reader *r)
{
    PC_TRY(end_module(r));
    r->in_struct = r->in_module = false;
    if (r->count != 2)
        return wrong(r, "a module has a name");
    if (!pc_layout_module_of(r->words[1].text, r->words[1].length, &r->module))
        return NULL;
    if (r->table->modules[r->module])
        return wrong_word(r, 1, "was there before");
    r->table->modules[r->module] = r->in_module = true;
    return NULL;
}

static pc_error *parse_line(reader *r, bool head)
{
    if (r->indented) {
        if (head)
            return wrong(r, "a field before any struct");
        return r->in_struct ? parse_field(r) : NULL;
    }
    if (is(r, 0, "build") && head)
        return parse_build(r);
    if (is(r, 0, "module"))
        return parse_module(r);
    if (is(r, 0, "struct") && !head)
        return r->in_module ? parse_struct(r) : NULL;
    return wrong_word(r, 0, "cannot be here");
}

static pc_error *parse_lines(reader *r)
{
    bool more = false, head = true;
    PC_TRY(next_line(r, &more));
    if (!more || r->count != 2 || !is(r, 0, "pycore-layout") || r->indented)
        return pc_error_create(PC_ERROR_FORMAT, "%s: not a layout table", r->name);
    if (!is(r, 1, "1"))
        return wrong(r, "a table of format %.*s, which this pycore does not know", (int)r->words[1].length, r->words[1].text);
    PC_TRY(next_line(r, &more));
    if (!more)
        return wrong(r, "it ends too early");
    PC_TRY(parse_python(r));
    for (;;) {
        PC_TRY(next_line(r, &more));
        if (!more)
            break;
        bool is_module = is(r, 0, "module") && !r->indented;
        if (is_module && r->head_only) {
            r->ended = r->at[-1] == '\n';
            return NULL;
        }
        PC_TRY(parse_line(r, head));
        head = head && !is_module;
    }
    return end_module(r);
}

static pc_error *parse(reader *r, const char *text, size_t size, const char *name)
{
    r->at = text;
    r->end = text + size;
    r->name = name;
    if (size > PC_LIMIT_TABLE)
        return pc_error_create(PC_ERROR_FORMAT, "%s: too large for a layout table", name);
    if (!size || text[size - 1] == '\n')
        return parse_lines(r);
    PC_AUTO_BUFFER lines = {0};
    pc_buffer_append(&lines, text, size);
    pc_buffer_putc(&lines, '\n');
    r->at = lines.data;
    r->end = lines.data + lines.length;
    return parse_lines(r);
}

/* What was read, or nothing of it. */
static pc_error *finish(pc_error *error, pc_table *table, const char *path, pc_table *ret_table)
{
    if (error) {
        pc_table_deinit(table);
        return error;
    }
    table->path = pc_strdup(path);
    if (table->layout)
        table->layout->origin = pc_strdup(path);
    *ret_table = *table;
    return NULL;
}

pc_error *pc_table_parse(const char *text, size_t size, const char *path, pc_table *ret_table)
{
    pc_table table = {0};
    reader r = {.table = &table};
    pc_table_begin(&table);
    return finish(parse(&r, text, size, path), &table, path, ret_table);
}

pc_error *pc_table_parse_head(const char *text, size_t size, const char *path, bool *ret_ended, pc_table *ret_table)
{
    pc_table table = {0};
    reader r = {.table = &table, .head_only = true};
    pc_error *error = parse(&r, text, size, path);
    *ret_ended = r.ended;
    return finish(error, &table, path, ret_table);
}

pc_error *pc_table_parse_older(const char *text, size_t size, const char *path, bool told[PC_FIELD_COUNT], pc_table *ret_table)
{
    pc_table table = {0};
    reader r = {.table = &table, .may_be_older = true};
    pc_table_begin(&table);
    PC_TRY(finish(parse(&r, text, size, path), &table, path, ret_table));
    memcpy(told, r.seen_field, sizeof(r.seen_field));
    return NULL;
}
