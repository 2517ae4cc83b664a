#include "target/debug_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#define SYSTEM_DEBUG "/usr/lib/debug"

static void PC_PRINTF(2, 3) refuse(const pc_search *search, const char *format, ...)
{
    va_list args;
    PC_AUTO_BUFFER text = {0};
    if (!search->diagnostics)
        return;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    pc_diagnose(search->diagnostics, PC_SEVERITY_WARNING, "wrong-file", "%s", text.data);
}

static bool is_big_endian(const pc_image *image)
{
    return image->header.e_ident[EI_DATA] == ELFDATA2MSB;
}

/* The file if it has the debug information of that build (NULL: of any) of path; another one, or none, is closed. */
static pc_image *the_one(pc_image *debug, const char *build_id, const char *path, const pc_search *search)
{
    if (!debug)
        return NULL;
    bool other = build_id && (!debug->build_id || strcmp(debug->build_id, build_id));
    if (!other && pc_image_has_section(debug, ".debug_info"))
        return debug;
    if (other)
        refuse(search, "%s is not the debug information of %s (build-id %s, wanted %s); it is not used", debug->path, path,
               debug->build_id ? debug->build_id : "none", build_id);
    pc_image_destroy(debug);
    return NULL;
}

static bool checksum_is(pc_image *debug, uint32_t wanted)
{
    size_t size = debug->file.size;
    const uint8_t *bytes = size > PC_LIMIT_DEBUG_FILE ? NULL : pc_image_bytes(debug);
    if (!bytes)
        return false;
    uLong sum = crc32(0, NULL, 0);
    for (size_t at = 0, step; at < size; at += step) {
        step = size - at < (1u << 30) ? size - at : 1u << 30;
        sum = crc32(sum, bytes + at, (uInt)step);
    }
    return sum == wanted;
}

static bool have_same_bytes(pc_image *a, pc_image *b)
{
    return a->file.size == b->file.size && pc_image_bytes(a) && pc_image_bytes(b) && !memcmp(pc_image_bytes(a), pc_image_bytes(b), a->file.size);
}

bool pc_debuglink_parse(const uint8_t *data, size_t size, bool big_endian, const char **ret_name, uint32_t *ret_crc)
{
    const char *name = (const char *)data;
    size_t length = strnlen(name, size), at = (length + 4) / 4 * 4;
    if (!length || length == size || at > size || size - at < 4 || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
        return false;
    pc_cursor c = pc_cursor_over(data + at, 4, big_endian);
    *ret_crc = (uint32_t)pc_cursor_uint(&c, 4);
    *ret_name = name;
    return true;
}

/* A file where .gnu_debuglink leads. below: the root that its path is taken from; NULL: it is the user's. */
static bool try_link(pc_image *image, const char *below, const char *path, uint32_t crc, const pc_search *search)
{
    pc_image *debug;
    pc_error *error = below ? pc_image_open_below(search->folders, below, path, &debug) : pc_image_open(path, &debug);
    if (!pc_ok(error))
        return false;
    if (have_same_bytes(debug, image)) { /* itself, under the same name */
        pc_image_destroy(debug);
        return false;
    }
    if (!checksum_is(debug, crc)) {
        refuse(search, "%s is not the debug information of %s: its checksum is not %08" PRIx32 "; it is not used", debug->path, image->path, crc);
        pc_image_destroy(debug);
        return false;
    }
    image->debug = the_one(debug, image->build_id, image->path, search);
    return image->debug;
}

/* Beside the file, in .debug/ there, and below each tree of debug files in the folder that it is in. */
static void follow_link(pc_image *image, const pc_search *search)
{
    const uint8_t *data;
    size_t size;
    const char *name;
    uint32_t crc;
    if (!pc_image_section_bytes(image, ".gnu_debuglink", &data, &size) || !pc_debuglink_parse(data, size, is_big_endian(image), &name, &crc))
        return;
    const char *path = image->root ? image->inside : image->path, *slash = strrchr(path, '/');
    PC_AUTO_BUFFER folder = {0};
    pc_buffer_append(&folder, path, slash ? (size_t)(slash - path) : 0);
    if (!slash)
        pc_buffer_puts(&folder, ".");
    static const char *const beside[] = {"", "/.debug"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(beside); i++) {
        PC_AUTO_BUFFER at = {0};
        pc_buffer_printf(&at, "%s%s/%s", pc_buffer_text(&folder), beside[i], name);
        if (try_link(image, image->root, at.data, crc, search))
            return;
    }
    if (folder.data && folder.data[0] == '.')
        return;
    for (size_t i = 0; i < search->debug_dir_count; i++) {
        PC_AUTO_BUFFER at = {0};
        pc_buffer_printf(&at, "%s%s/%s", search->debug_dirs[i], pc_buffer_text(&folder), name);
        if (try_link(image, NULL, at.data, crc, search))
            return;
    }
    if (image->root && *image->root) {
        PC_AUTO_BUFFER at = {0};
        pc_buffer_printf(&at, SYSTEM_DEBUG "%s/%s", pc_buffer_text(&folder), name);
        try_link(image, image->root, at.data, crc, search);
    }
}

/* DIR/.build-id/xx/yyyy.debug of every tree. */
static pc_image *open_by_build_id(const char *build_id, const char *sysroot, const pc_search *search, size_t tree)
{
    pc_image *image = NULL;
    PC_AUTO_BUFFER path = {0};
    if (strlen(build_id) < 4)
        return NULL;
    bool last = tree == search->debug_dir_count;
    pc_buffer_printf(&path, "%s/.build-id/%.2s/%s.debug", last ? SYSTEM_DEBUG : search->debug_dirs[tree], build_id, build_id + 2);
    if (last && !sysroot)
        return NULL;
    return pc_ok(last ? pc_image_open_below(search->folders, sysroot, path.data, &image) : pc_image_open(path.data, &image)) ? image : NULL;
}

/* The debug information of that build-id from a server; NULL, with a diagnostic, where there is none. */
static pc_image *ask_debuginfod(const char *build_id, const pc_search *search)
{
    int fd;
    char *path;
    pc_image *debug;
    pc_error *error = pc_debuginfod_debuginfo(search->debuginfod, build_id, &fd, &path);
    if (!error) {
        error = pc_image_from_fd(fd, path, &debug);
        free(path);
    }
    if (!error)
        return debug;
    if (search->diagnostics)
        pc_diagnose(search->diagnostics, PC_SEVERITY_INFO, "debuginfod", "%s", error->message);
    pc_error_destroy(error);
    return NULL;
}

static pc_image *look_in_trees(const char *build_id, const char *path, const char *sysroot, const pc_search *search)
{
    pc_image *debug = NULL;
    for (size_t i = 0; i <= search->debug_dir_count && !debug; i++)
        debug = the_one(open_by_build_id(build_id, sysroot, search, i), build_id, path, search);
    return debug;
}

static pc_image *look_at_servers(const char *build_id, const char *path, const pc_search *search)
{
    return search->debuginfod ? the_one(ask_debuginfod(build_id, search), build_id, path, search) : NULL;
}

pc_image *pc_image_debug(pc_image *image, const pc_search *search)
{
    if (pc_image_has_section(image, ".debug_info"))
        return image;
    if (image->debug_searched)
        return image->debug;
    image->debug_searched = true;
    const char *sysroot = image->root && *image->root ? image->root : search->sysroot;
    if (image->build_id)
        image->debug = look_in_trees(image->build_id, image->path, sysroot, search);
    if (!image->debug)
        follow_link(image, search);
    if (!image->debug && image->build_id)
        image->debug = look_at_servers(image->build_id, image->path, search);
    return image->debug;
}

pc_image *pc_debug_of_build_id(const char *build_id, const char *path, const pc_search *search)
{
    pc_image *debug = look_in_trees(build_id, path, search->sysroot, search);
    return debug || strlen(build_id) < 4 ? debug : look_at_servers(build_id, path, search);
}

/* What a file says of its supplement. */
typedef struct alternate {
    const char *name;
    char *build_id;
} alternate;

static char *hex(const uint8_t *data, size_t size)
{
    PC_AUTO_BUFFER text = {0};
    pc_text_put_hex(&text, (const char *)data, size);
    return pc_strdup(pc_buffer_text(&text));
}

static bool names_alternate(pc_image *image)
{
    const uint8_t *data;
    size_t size;
    /* a supplement has .debug_sup, too, and a flag in it */
    return pc_image_has_section(image, ".gnu_debugaltlink") ||
           (pc_image_section_bytes(image, ".debug_sup", &data, &size) && !(size > 2 && data[2]));
}

/* A name, and the build-id behind it. DWARF 5 (.debug_sup) has a version, a flag and the id's size, too. */
static bool parse_alternate(pc_image *image, alternate *ret)
{
    const uint8_t *data;
    size_t size;
    if (pc_image_section_bytes(image, ".debug_sup", &data, &size)) {
        if (size < 4)
            return false;
        data += 3;
        size -= 3;
        size_t length = strnlen((const char *)data, size);
        if (length == size || size - length < 2 || data[length + 1] > 64 || data[length + 1] != size - length - 2)
            return false;
        *ret = (alternate){.name = (const char *)data, .build_id = hex(data + length + 2, data[length + 1])};
        return true;
    }
    if (!pc_image_section_bytes(image, ".gnu_debugaltlink", &data, &size))
        return false;
    size_t length = strnlen((const char *)data, size);
    if (length == size || size - length - 1 > 64)
        return false;
    *ret = (alternate){.name = (const char *)data, .build_id = hex(data + length + 1, size - length - 1)};
    return true;
}

static bool take_supplement(pc_image *image, pc_image *supplement, const char *build_id, const pc_search *search)
{
    if (supplement->build_id && !strcmp(supplement->build_id, build_id)) {
        image->supplement = supplement;
        return true;
    }
    refuse(search, "%s is not what %s names for the rest of its debug information (build-id %s, wanted %s); it is not used", supplement->path,
           image->path, supplement->build_id ? supplement->build_id : "none", build_id);
    pc_image_destroy(supplement);
    return false;
}

static bool try_supplement(pc_image *image, const char *root, const char *path, const char *build_id, const pc_search *search)
{
    pc_image *supplement;
    return pc_ok(pc_image_open_below(search->folders, root, path, &supplement)) && take_supplement(image, supplement, build_id, search);
}

/* By its name: as it stands, from the folder of the file that names it; and below other trees what it would be below the
 * system's. */
static bool find_by_name(pc_image *image, const alternate *a, const pc_search *search)
{
    const char *root = image->root ? image->root : "", *path = image->root ? image->inside : image->path;
    PC_AUTO_BUFFER at = {0};
    char *real = NULL;
    if (a->name[0] != '/') {
        if (!image->root)
            path = real = realpath(image->path, NULL); /* .build-id has links to where the file is, and the name counts from there */
        const char *slash = path ? strrchr(path, '/') : NULL;
        pc_buffer_append(&at, slash ? path : "", slash ? (size_t)(slash - path + 1) : 0);
    }
    pc_buffer_puts(&at, a->name);
    free(real);
    if (a->name[0] == '/' && search->sysroot && root != search->sysroot && try_supplement(image, search->sysroot, at.data, a->build_id, search))
        return true;
    if (at.data[0] == '/' && try_supplement(image, root, at.data, a->build_id, search))
        return true;
    const char *dwz = strstr(a->name, "/.dwz/"), *tail = NULL;
    if (!strncmp(a->name, SYSTEM_DEBUG "/", sizeof(SYSTEM_DEBUG)))
        tail = a->name + sizeof(SYSTEM_DEBUG);
    else if (dwz || !strncmp(a->name, ".dwz/", 5))
        tail = dwz ? dwz + 1 : a->name;
    for (size_t i = 0; tail && i < search->debug_dir_count; i++) {
        PC_AUTO_BUFFER other = {0};
        pc_buffer_printf(&other, "/%s", tail);
        if (try_supplement(image, search->debug_dirs[i], other.data, a->build_id, search))
            return true;
    }
    return false;
}

static void find_supplement(pc_image *image, const alternate *a, const pc_search *search)
{
    const char *sysroot = image->root && *image->root ? image->root : search->sysroot;
    for (size_t i = 0; i <= search->debug_dir_count; i++) {
        pc_image *supplement = open_by_build_id(a->build_id, sysroot, search, i);
        if (supplement && take_supplement(image, supplement, a->build_id, search))
            return;
    }
    if (find_by_name(image, a, search) || !search->debuginfod || strlen(a->build_id) < 4)
        return;
    pc_image *asked = ask_debuginfod(a->build_id, search);
    if (asked)
        take_supplement(image, asked, a->build_id, search);
}

pc_error *pc_image_supplement(pc_image *debug, const pc_search *search, pc_image **ret_supplement)
{
    alternate a;
    if (debug->supplement) {
        *ret_supplement = debug->supplement;
        return NULL;
    }
    debug->has_no_supplement = debug->has_no_supplement || !names_alternate(debug);
    if (debug->has_no_supplement) {
        *ret_supplement = NULL;
        return NULL;
    }
    if (!parse_alternate(debug, &a))
        return pc_error_create(PC_ERROR_FORMAT, "%s: what it says of the rest of its debug information cannot be read", debug->path);
    if (!debug->supplement_searched)
        find_supplement(debug, &a, search);
    debug->supplement_searched = true;
    pc_error *error = NULL;
    if (debug->supplement)
        *ret_supplement = debug->supplement;
    else
        error = pc_error_create(PC_ERROR_NOT_FOUND, "%s has a part of its debug information in %s (build-id %s), which is not there: "
                                "install it, or name a tree that has it with --debug-dir", debug->path, a.name, a.build_id);
    free(a.build_id);
    return error;
}
