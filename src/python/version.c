#include "python/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static void claim(pc_version_claims *claims, const char *where, unsigned major, unsigned minor, int micro)
{
    bool sane = (major == 2 && minor < 8) || (major == 3 && minor < 100);
    if (!sane || claims->count == PC_ARRAY_SIZE(claims->items))
        return;
    claims->items[claims->count++] = (pc_version_claim){
        .where = where, .major = major, .minor = minor, .micro = micro < 0 ? 0 : (unsigned)micro, .has_micro = micro >= 0};
}

static void claim_hex(pc_version_claims *claims, const char *where, uint64_t hex)
{
    if (hex <= UINT32_MAX)
        claim(claims, where, (unsigned)(hex >> 24), (unsigned)(hex >> 16 & 0xff), (int)(hex >> 8 & 0xff));
}

bool pc_version_of_runtime(pc_memory *memory, pc_addr runtime, uint64_t *ret_hex, bool *ret_free_threaded)
{
    uint64_t free_threaded;
    const uint8_t *cookie = pc_memory_peek(memory, runtime, sizeof(PC_DEBUG_COOKIE) - 1);
    if (!cookie || memcmp(cookie, PC_DEBUG_COOKIE, sizeof(PC_DEBUG_COOKIE) - 1) || !pc_ok(pc_memory_uint(memory, runtime + 8, 8, ret_hex)) ||
        !pc_ok(pc_memory_uint(memory, runtime + 16, 8, &free_threaded)))
        return false;
    *ret_free_threaded = free_threaded;
    return true;
}

static bool parse_number(const char **text, const char *end, unsigned *ret_number)
{
    const char *p = *text;
    unsigned value = 0;
    while (p < end && p - *text < 4 && isdigit((unsigned char)*p))
        value = value * 10 + (unsigned)(*p++ - '0');
    if (p == *text || p - *text > 3)
        return false;
    *text = p;
    *ret_number = value;
    return true;
}

/* "3.11.7" with a NUL behind it. More than one version proves nothing: other software has versions too. *found: there was one. */
static bool version_in_bytes(const char *data, size_t size, bool *found, unsigned *ret_parts)
{
    const char *end = data + size;
    for (const char *p = data; p < end && (p = memchr(p, '.', (size_t)(end - p))); p++) {
        if (p == data || (p[-1] != '2' && p[-1] != '3') || (p - data >= 2 && (isdigit((unsigned char)p[-2]) || p[-2] == '.')))
            continue;
        const char *at = p + 1;
        unsigned parts[3] = {(unsigned)(p[-1] - '0'), 0, 0};
        if (!parse_number(&at, end, &parts[1]) || at == end || *at++ != '.' || !parse_number(&at, end, &parts[2]))
            continue;
        while (at < end && (islower((unsigned char)*at) || isdigit((unsigned char)*at) || *at == '+') && at - p < 16)
            at++;
        bool sane = parts[0] == 2 ? parts[1] == 7 : parts[1] >= 5 && parts[1] < 30;
        if (at == end || *at || !sane)
            continue;
        if (*found && (parts[0] != ret_parts[0] || parts[1] != ret_parts[1] || parts[2] != ret_parts[2]))
            return false;
        memcpy(ret_parts, parts, sizeof(parts));
        *found = true;
    }
    return true;
}

static bool is_constant(const GElf_Phdr *p, const pc_image *image)
{
    return !(p->p_flags & PF_W) && p->p_offset <= image->file.size && p->p_filesz <= image->file.size - p->p_offset;
}

/* In the file's constants. They are in segments of their own, or with the code; the rest of a file, most of which is often debug
 * information, is not looked at. */
static bool version_in_file(pc_image *image, unsigned *ret_parts)
{
    bool found = false, apart = false;
    const char *bytes = (const char *)pc_image_bytes(image);
    for (size_t i = 0; i < image->segment_count; i++)
        apart |= is_constant(&image->segments[i], image) && !(image->segments[i].p_flags & PF_X);
    for (size_t i = 0; bytes && i < image->segment_count; i++) {
        const GElf_Phdr *p = &image->segments[i];
        if (is_constant(p, image) && !(apart && (p->p_flags & PF_X)) && !version_in_bytes(bytes + p->p_offset, p->p_filesz, &found, ret_parts))
            return false;
    }
    return found;
}

/* "python3.11" in a path. */
static bool version_in_path(const char *path, unsigned *ret_major, unsigned *ret_minor)
{
    for (const char *p = path; (p = strstr(p, "python")); p += 6) {
        const char *at = p + 6, *end = at + strlen(at);
        if (parse_number(&at, end, ret_major) && *at++ == '.' && parse_number(&at, end, ret_minor))
            return true;
    }
    return false;
}

static void search_constants(pc_version_claims *claims)
{
    unsigned parts[3] = {0};
    pc_version_claims behind = *claims;
    bool found = version_in_file(claims->unread->image, parts);
    claims->unread = NULL;
    if (!found)
        return;
    claims->count = claims->read;
    claim(claims, "the constants of its file", parts[0], parts[1], (int)parts[2]);
    for (size_t i = claims->read; i < behind.count && claims->count < PC_ARRAY_SIZE(claims->items); i++)
        claims->items[claims->count++] = behind.items[i];
}

void pc_version_gather(pc_modules *modules, pc_module *module, const pc_runtime_symbols *where, pc_version_claims *ret_claims)
{
    pc_version_claims claims = {.count = 0};
    pc_memory *memory = &modules->core->memory;
    uint64_t hex;
    unsigned parts[3] = {0};
    pc_addr at;
    if (where->has_runtime && pc_version_of_runtime(memory, where->runtime, &hex, &claims.free_threaded)) {
        claim_hex(&claims, "_Py_DebugOffsets", hex);
        claims.has_free_threaded = true;
    }
    /* 3.11 */
    if (module && pc_module_symbol(module, "Py_Version", &at) && pc_ok(pc_memory_uint(memory, at, modules->core->bits / 8, &hex)))
        claim_hex(&claims, "Py_Version", hex);
    if (module && module->image && module->matches != PC_MATCH_NO) {
        claims.unread = module;
        claims.read = claims.count;
        if (!claims.count)
            search_constants(&claims);
    }
    if (module && version_in_path(module->raw_path, &parts[0], &parts[1]))
        claim(&claims, "its path", parts[0], parts[1], -1);
    for (size_t i = 0; i < modules->count; i++)
        if (&modules->items[i] != module && version_in_path(modules->items[i].raw_path, &parts[0], &parts[1])) {
            claim(&claims, "the path of a mapped file", parts[0], parts[1], -1);
            break;
        }
    *ret_claims = claims;
}

pc_abi_hint pc_version_hint(const pc_core *core, const pc_module *module, const pc_version_claims *claims)
{
    pc_abi_hint hint = {.abi = {.bits = core->bits, .big_endian = core->big_endian}};
    if (module)
        hint.build_id = module->build_id ? module->build_id : module->image ? module->image->build_id : NULL;
    if (claims->count) {
        const pc_version_claim *c = &claims->items[0];
        hint.has_minor = true;
        hint.abi.major = c->major;
        hint.abi.minor = c->minor;
        for (size_t i = 0; i < claims->count && !hint.has_micro; i++)
            if (claims->items[i].has_micro && claims->items[i].major == c->major && claims->items[i].minor == c->minor) {
                hint.has_micro = true;
                hint.abi.micro = claims->items[i].micro;
            }
    }
    hint.abi.free_threaded = claims->has_free_threaded && claims->free_threaded;
    return hint;
}

static bool says_another(const pc_version_claim *c, unsigned major, unsigned minor, unsigned micro)
{
    return c->major != major || c->minor != minor || (c->has_micro && c->micro != micro);
}

void pc_version_compare(pc_python *py, pc_version_claims *claims)
{
    unsigned major = (unsigned)(py->hex_version >> 24), minor = (unsigned)(py->hex_version >> 16 & 0xff), micro = (unsigned)(py->hex_version >> 8 & 0xff);
    bool doubtful = false;
    for (size_t i = 0; i < claims->read; i++)
        doubtful |= says_another(&claims->items[i], major, minor, micro);
    if (claims->unread && doubtful)
        search_constants(claims);
    for (size_t i = 0; i < claims->count; i++) {
        const pc_version_claim *c = &claims->items[i];
        /* a path is a name that somebody gave: it is worth a word only where it is the module's own */
        if (!strcmp(c->where, "the path of a mapped file"))
            continue;
        if (!says_another(c, major, minor, micro))
            continue;
        pc_diagnose(py->diagnostics, PC_SEVERITY_WARNING, "version-disagrees",
                    c->has_micro ? "sys.hexversion says CPython %u.%u.%u, but %s says %u.%u.%u" : "sys.hexversion says CPython %u.%u.%u, but %s says %u.%u",
                    major, minor, micro, c->where, c->major, c->minor, c->micro);
    }
    const char *text = pc_runtime_version(py), *p = text;
    unsigned parts[3];
    bool numbers = text && parse_number(&p, text + strlen(text), &parts[0]) && *p++ == '.' && parse_number(&p, text + strlen(text), &parts[1]) &&
                   *p++ == '.' && parse_number(&p, text + strlen(text), &parts[2]);
    if (numbers && (parts[0] != major || parts[1] != minor || parts[2] != micro))
        pc_diagnose(py->diagnostics, PC_SEVERITY_WARNING, "version-disagrees", "sys.hexversion says CPython %u.%u.%u, but sys.version says %s", major, minor,
                    micro, text);
}
