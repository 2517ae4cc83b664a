#include "layout/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "layout/built_in.h"

#define FIRST_READ 4096
#define MOST_WORDS 12 /* of a line */
#define MOST_OF_WORD (3 * PC_TABLE_WORD - 1)

static const char *const kind_names[] = {"pointer", "unsigned", "signed", "bits", "float", "embedded"};

void pc_table_deinit(pc_table *table)
{
    if (!table)
        return;
    free(table->path);
    free(table->builds);
    pc_layout_deinit(table->layout);
    free(table->layout);
    *table = (pc_table){0};
}

void pc_table_begin(pc_table *table)
{
    table->layout = pc_malloc(sizeof(*table->layout));
    pc_layout_init(table->layout);
}

void pc_layout_forget(pc_layout *layout, pc_layout_module module)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module)
            layout->structs[i] = (pc_struct_place){0};
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == module)
            layout->fields[i] = (pc_field_place){0};
}

void pc_layout_adopt(pc_layout *layout, pc_layout_module module, const pc_layout *from)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module)
            layout->structs[i] = from->structs[i];
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == module)
            layout->fields[i] = from->fields[i];
}

bool pc_table_has_build(const pc_table *table, pc_layout_module module, const char *build_id)
{
    for (size_t i = 0; build_id && i < table->build_count; i++)
        if (table->builds[i].module == module && !strcmp(table->builds[i].build_id, build_id))
            return true;
    return false;
}

/* ---- reading ---- */

typedef struct reader {
    const char *at, *end;
    const char *name; /* of the file */
    unsigned line;
    char text[MOST_WORDS * (MOST_OF_WORD + 1)]; /* of the words, each with a NUL */
    const char *words[MOST_WORDS];
    size_t count;   /* words of the line */
    bool indented;
    pc_table *table;
    pc_layout_module module;
    pc_struct_id owner;
    bool in_module, in_struct;
    size_t next_struct, next_field; /* where the next one is looked for first: they stand in this order */
    bool may_be_older; /* fields that it does not mention are the caller's concern */
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

/* The next line that is not empty, split into words; *ret_more is false at the end. */
static pc_error *next_line(reader *r, bool *ret_more)
{
    while (r->at < r->end) {
        const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
        const char *stop = newline ? newline : r->end;
        char *to = r->text;
        r->line++;
        r->count = 0;
        r->indented = r->at < stop && *r->at == ' ';
        for (const char *p = r->at; p < stop;) {
            if (*p == ' ') {
                p++;
                continue;
            }
            if (*p == '#')
                break;
            const char *word = p;
            while (p < stop && *p > ' ' && *p <= '~')
                p++;
            size_t length = (size_t)(p - word);
            if (length && (r->count == MOST_WORDS || length > MOST_OF_WORD))
                return wrong(r, "too long");
            if (p < stop && *p != ' ')
                return wrong(r, "a character that cannot be here");
            memcpy(to, word, length);
            to[length] = 0;
            r->words[r->count++] = to;
            to += length + 1;
        }
        r->at = newline ? newline + 1 : r->end;
        if (r->count) {
            *ret_more = true;
            return NULL;
        }
    }
    *ret_more = false;
    return NULL;
}

static bool is(const reader *r, size_t i, const char *word)
{
    return i < r->count && !strcmp(r->words[i], word);
}

static bool number(const char *text, uint64_t limit, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t digits = 0;
    for (; digits <= 10 && text[digits] >= '0' && text[digits] <= '9'; digits++)
        value = value * 10 + (uint64_t)(text[digits] - '0');
    if (!digits || text[digits] || (digits > 1 && *text == '0') || value > limit)
        return false;
    *ret_value = value;
    return true;
}

static bool parse_flags(const char *p, pc_abi *abi)
{
    size_t at = 0;
    if (p[at] == 'd') {
        abi->debug = true;
        at++;
    }
    if (p[at] == 't') {
        abi->free_threaded = true;
        at++;
    }
    if (p[at] == 'u' && (p[at + 1] == '2' || p[at + 1] == '4')) {
        abi->unicode = (unsigned)(p[at + 1] - '0');
        at += 2;
    }
    return !p[at];
}

static bool parse_version(const char **text, unsigned count, unsigned *ret_parts)
{
    const char *p = *text;
    for (unsigned i = 0; i < count; i++) {
        const char *first = p;
        for (ret_parts[i] = 0; *p >= '0' && *p <= '9' && p - first <= 3; p++)
            ret_parts[i] = ret_parts[i] * 10 + (unsigned)(*p - '0');
        if (p == first || p - first > 3)
            return false;
        if (i + 1 < count && *p++ != '.')
            return false;
    }
    *text = p;
    return true;
}

bool pc_abi_parse(const char *text, pc_abi *abi)
{
    unsigned parts[3];
    pc_abi result = *abi;
    if (!parse_version(&text, 3, parts))
        return false;
    result.major = parts[0];
    result.minor = parts[1];
    result.micro = parts[2];
    /* a pre-release: 3.15.0a2, 3.14.0rc1 */
    size_t letters = *text == 'a' || *text == 'b' ? 1 : !strncmp(text, "rc", 2) ? 2 : 0;
    if (letters && strspn(text + letters, "0123456789"))
        text += letters + strspn(text + letters, "0123456789");
    text += *text == '+';
    if (!parse_flags(text, &result))
        return false;
    *abi = result;
    return true;
}

static void print_flags(const pc_abi *abi, pc_buffer *buffer)
{
    if (abi->debug)
        pc_buffer_putc(buffer, 'd');
    if (abi->free_threaded)
        pc_buffer_putc(buffer, 't');
    if (abi->unicode)
        pc_buffer_printf(buffer, "u%u", abi->unicode);
}

void pc_abi_print(const pc_abi *abi, pc_buffer *buffer)
{
    pc_buffer_printf(buffer, "%u.%u", abi->major, abi->minor);
    print_flags(abi, buffer);
}

static pc_error *parse_python(reader *r)
{
    pc_abi *abi = &r->table->abi;
    unsigned parts[2];
    const char *version = r->words[1];
    if (r->count != 8 || !is(r, 0, "python") || !is(r, 2, "flags") || !is(r, 4, "word") || !is(r, 6, "order"))
        return wrong(r, "a line 'python VERSION flags FLAGS word BITS order ORDER' was to come here");
    if (!parse_version(&version, 2, parts) || *version)
        return wrong(r, "'%s' is not a version such as 3.11", r->words[1]);
    abi->major = parts[0];
    abi->minor = parts[1];
    if (!is(r, 3, "-") && !parse_flags(r->words[3], abi))
        return wrong(r, "'%s' are not flags", r->words[3]);
    if (!is(r, 5, "32") && !is(r, 5, "64"))
        return wrong(r, "a word has 32 or 64 bits");
    abi->bits = is(r, 5, "32") ? 32 : 64;
    if (!is(r, 7, "little") && !is(r, 7, "big"))
        return wrong(r, "the order is little or big");
    abi->big_endian = is(r, 7, "big");
    return NULL;
}

static pc_error *parse_build(reader *r)
{
    pc_table *t = r->table;
    pc_table_build build = {0};
    pc_abi abi = {0};
    if (r->count != 5)
        return wrong(r, "a build is a module, a version, a build-id and where it came from");
    /* of a module that this pycore does not know */
    if (!pc_layout_module_of(r->words[1], &build.module))
        return NULL;
    if (strlen(r->words[2]) >= sizeof(build.version) || !pc_abi_parse(r->words[2], &abi) || abi.major != t->abi.major || abi.minor != t->abi.minor)
        return wrong(r, "'%s' is not a version of %u.%u", r->words[2], t->abi.major, t->abi.minor);
    bool none = is(r, 3, "-");
    if (!none && (strlen(r->words[3]) >= sizeof(build.build_id) || r->words[3][strspn(r->words[3], "0123456789abcdef")]))
        return wrong(r, "'%s' is not a build-id", r->words[3]);
    if (strlen(r->words[4]) >= sizeof(build.origin))
        return wrong(r, "too long");
    if (t->build_count == PC_LIMIT_TABLE_BUILDS)
        return wrong(r, "too many builds");
    build.micro = abi.micro;
    strcpy(build.version, r->words[2]);
    strcpy(build.build_id, none ? "" : r->words[3]);
    strcpy(build.origin, r->words[4]);
    t->builds = pc_grow(t->builds, t->build_count, &t->build_capacity, sizeof(build));
    t->builds[t->build_count++] = build;
    return NULL;
}

/* Whether the table tells of all fields of the struct that this pycore knows: a field that it does not mention is not known to
 * be absent, and what is absent tells builds apart. */
static pc_error *end_struct(const reader *r)
{
    for (size_t i = pc_layout_first_field(r->owner); r->in_struct && !r->may_be_older && pc_layout_is_field_of(i, r->owner); i++)
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
    size_t i = r->next_struct;
    if (i == PC_STRUCT_COUNT || strcmp(pc_struct_definitions[i].id, r->words[1]))
        for (i = 0; i < PC_STRUCT_COUNT && strcmp(pc_struct_definitions[i].id, r->words[1]);)
            i++;
    /* one that another pycore has: its fields are passed over */
    if (i == PC_STRUCT_COUNT)
        return NULL;
    if (pc_struct_definitions[i].module != r->module || r->seen_struct[i])
        return wrong(r, "%s is of another module, or was there before", r->words[1]);
    r->seen_struct[i] = r->in_struct = true;
    r->owner = (pc_struct_id)i;
    r->next_struct = i + 1;
    if (r->count == 4 && is(r, 3, "absent"))
        return NULL;
    if (r->count != 5 || !is(r, 3, "size") || !number(r->words[4], PC_LIMIT_STRUCT, &size))
        return wrong(r, "the size of %s is missing or too large", r->words[1]);
    r->table->layout->structs[i] = (pc_struct_place){.source = PC_SOURCE_TABLE, .size = (uint32_t)size};
    return NULL;
}

/* The alternative of the definition's path that the table names. */
static const char *find_path(const char *alternatives, const char *path)
{
    size_t length = strlen(path);
    for (const char *p = alternatives; *p;) {
        size_t n = strcspn(p, "|");
        if (n == length && !memcmp(p, path, n))
            return p;
        p += n + (p[n] == '|');
    }
    return NULL;
}

static pc_error *parse_field(reader *r)
{
    size_t i = r->next_field, tried = 0;
    for (; tried < PC_FIELD_COUNT; tried++, i++) {
        if (i >= PC_FIELD_COUNT)
            i = 0;
        if (pc_field_definitions[i].owner == r->owner && !strcmp(pc_field_definitions[i].id, r->words[0]))
            break;
    }
    if (tried == PC_FIELD_COUNT)
        return NULL; /* another pycore's */
    r->next_field = i + 1;
    const pc_field_definition *d = &pc_field_definitions[i];
    if (r->seen_field[i])
        return wrong(r, "%s was there before", d->id);
    r->seen_field[i] = true;
    if (r->count == 2 && is(r, 1, "absent"))
        return NULL;
    pc_field_place place = {.source = PC_SOURCE_TABLE, .path = find_path(d->path, r->words[1]), .path_length = strlen(r->words[1])};
    const pc_struct_place *owner = &r->table->layout->structs[r->owner];
    uint64_t offset, size, bits = 0, shift = 0;
    bool is_bits = r->count == 10 && is(r, 6, "bits") && is(r, 8, "at");
    if (!place.path || (r->count != 7 && !is_bits) || !is(r, 2, "offset") || !is(r, 4, "size") || !number(r->words[3], PC_LIMIT_STRUCT, &offset) ||
        !number(r->words[5], PC_LIMIT_STRUCT, &size))
        return wrong(r, "%s: its path, offset or size is not as it can be", d->id);
    if (is_bits && (!number(r->words[7], 64, &bits) || !number(r->words[9], 63, &shift) || !bits || size > 8 || shift + bits > size * 8))
        return wrong(r, "%s: there are no such bits", d->id);
    if (!is_bits && strcmp(r->words[6], kind_names[d->kind]))
        return wrong(r, "%s is %s, not %s", d->id, kind_names[d->kind], r->words[6]);
    if (!owner->source || (d->kind != PC_KIND_EMBEDDED && (!size || size > 8)) || offset > owner->size ||
        (d->kind != PC_KIND_EMBEDDED && size > owner->size - offset))
        return wrong(r, "%s is not within its struct", d->id);
    place.offset = (uint32_t)offset;
    place.size = (uint32_t)size;
    place.bits = (uint8_t)bits;
    place.shift = (uint8_t)shift;
    r->table->layout->fields[i] = place;
    return NULL;
}

static pc_error *parse_module(reader *r)
{
    PC_TRY(end_module(r));
    r->in_struct = r->in_module = false;
    if (r->count != 2)
        return wrong(r, "a module has a name");
    if (!pc_layout_module_of(r->words[1], &r->module))
        return NULL;
    if (r->table->modules[r->module])
        return wrong(r, "%s was there before", r->words[1]);
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
    return wrong(r, "'%s' cannot be here", r->words[0]);
}

static pc_error *parse(reader *r, bool head_only)
{
    bool more = false, head = true;
    PC_TRY(next_line(r, &more));
    if (!more || r->count != 2 || !is(r, 0, "pycore-layout") || r->indented)
        return pc_error_create(PC_ERROR_FORMAT, "%s: not a layout table", r->name);
    if (!is(r, 1, "1"))
        return wrong(r, "a table of format %s, which this pycore does not know", r->words[1]);
    PC_TRY(next_line(r, &more));
    if (!more)
        return wrong(r, "it ends too early");
    PC_TRY(parse_python(r));
    for (;;) {
        PC_TRY(next_line(r, &more));
        if (!more)
            break;
        if (is(r, 0, "module") && !r->indented && head_only)
            return NULL;
        PC_TRY(parse_line(r, head));
        head = head && !is(r, 0, "module");
    }
    return end_module(r);
}

static pc_error *parse_text(const char *text, size_t size, const char *path, bool head_only, bool *ret_told, pc_table *ret_table)
{
    pc_table table = {0};
    if (!head_only)
        pc_table_begin(&table);
    reader *r = pc_malloc(sizeof(*r));
    *r = (reader){.at = text, .end = text + size, .name = path, .table = &table, .may_be_older = ret_told};
    pc_error *error = size > PC_LIMIT_TABLE ? pc_error_create(PC_ERROR_FORMAT, "%s: too large for a layout table", path) : parse(r, head_only);
    if (!error && ret_told)
        memcpy(ret_told, r->seen_field, sizeof(r->seen_field));
    free(r);
    if (error) {
        pc_table_deinit(&table);
        return error;
    }
    table.path = pc_strdup(path);
    if (table.layout)
        table.layout->origin = pc_strdup(path);
    *ret_table = table;
    return NULL;
}

pc_error *pc_table_parse(const char *text, size_t size, const char *path, bool head_only, pc_table *ret_table)
{
    return parse_text(text, size, path, head_only, NULL, ret_table);
}

pc_error *pc_table_parse_older(const char *text, size_t size, const char *path, bool told[PC_FIELD_COUNT], pc_table *ret_table)
{
    return parse_text(text, size, path, false, told, ret_table);
}

/* Whether the text has all that stands before the first module. */
static bool has_head(const char *text, size_t size)
{
    return memmem(text, size, "\nmodule ", 8);
}

pc_error *pc_table_read(const char *path, bool head_only, pc_table *ret_table)
{
    if (!strncmp(path, PC_BUILT_IN, strlen(PC_BUILT_IN))) {
        const char *head;
        char *whole;
        size_t length;
        if (head_only) {
            PC_TRY(pc_built_in_head(path, &head, &length));
            return pc_table_parse(head, length, path, true, ret_table);
        }
        PC_TRY(pc_built_in_read(path, &whole, &length));
        pc_error *refused = pc_table_parse(whole, length, path, false, ret_table);
        free(whole);
        return refused;
    }
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return pc_error_create(PC_ERROR_IO, "%s: not a regular file", path);
    }
    size_t wanted = head_only ? PC_LIMIT_TABLE_HEAD : PC_LIMIT_TABLE + 1, size = 0;
    if (st.st_size >= 0 && (uint64_t)st.st_size < wanted)
        wanted = (size_t)st.st_size;
    char *text = pc_malloc(wanted + 1);
    /* most heads are short, and all of a folder are read */
    size_t step = head_only && wanted > FIRST_READ ? FIRST_READ : wanted;
    for (ssize_t n; size < wanted && (n = read(fd, text + size, step - size)) > 0;) {
        size += (size_t)n;
        if (size == step && step < wanted) {
            if (has_head(text, size))
                break;
            step = wanted;
        }
    }
    close(fd);
    pc_error *error = pc_table_parse(text, size, path, head_only, ret_table);
    free(text);
    return error;
}

/* ---- writing ---- */

static void print_field(const pc_layout *layout, size_t i, pc_buffer *buffer)
{
    const pc_field_place *f = &layout->fields[i];
    const pc_field_definition *d = &pc_field_definitions[i];
    if (!f->source) {
        pc_buffer_printf(buffer, "  %s absent\n", d->id);
        return;
    }
    pc_buffer_printf(buffer, "  %s %.*s offset %u size %u ", d->id, (int)f->path_length, f->path, f->offset, f->size);
    if (f->bits)
        pc_buffer_printf(buffer, "bits %u at %u\n", f->bits, f->shift);
    else
        pc_buffer_printf(buffer, "%s\n", kind_names[d->kind]);
}

void pc_table_print(const pc_table *table, pc_buffer *buffer)
{
    char name[PC_TABLE_WORD];
    PC_AUTO_BUFFER flags = {0};
    print_flags(&table->abi, &flags);
    pc_buffer_printf(buffer, "pycore-layout 1\npython %u.%u flags %s word %u order %s\n", table->abi.major, table->abi.minor,
                     flags.length ? flags.data : "-", table->abi.bits, table->abi.big_endian ? "big" : "little");
    for (size_t i = 0; i < table->build_count; i++) {
        const pc_table_build *b = &table->builds[i];
        pc_layout_module_name(b->module, name, sizeof(name));
        pc_buffer_printf(buffer, "build %s %s %s %s\n", name, b->version, *b->build_id ? b->build_id : "-", b->origin);
    }
    for (int m = 0; m < PC_MODULE_COUNT; m++) {
        if (!table->modules[m])
            continue;
        pc_layout_module_name((pc_layout_module)m, name, sizeof(name));
        pc_buffer_printf(buffer, "module %s\n", name);
        for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
            const pc_struct_definition *d = &pc_struct_definitions[i];
            if ((int)d->module != m)
                continue;
            pc_buffer_printf(buffer, "struct %s %.*s ", d->id, (int)strcspn(d->names, "|"), d->names);
            if (table->layout->structs[i].source)
                pc_buffer_printf(buffer, "size %u\n", table->layout->structs[i].size);
            else
                pc_buffer_puts(buffer, "absent\n");
            for (size_t k = 0; k < PC_FIELD_COUNT; k++)
                if (pc_field_definitions[k].owner == i)
                    print_field(table->layout, k, buffer);
        }
    }
}
