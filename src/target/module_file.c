#include "target/module_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/limits.h"
#include "target/program_headers.h"

/* How a file came about. */
typedef enum file_source {
    FILE_OF_CORE,       /* at the path that the core names */
    FILE_BESIDE_SYSROOT, /* at that path on this machine, which need not have to do with what the process saw */
    FILE_OF_USER,       /* the executable that the user named */
    FILE_BY_NAME,       /* of that base name, in a folder of the user's */
    FILE_OF_DEBUGINFOD,
} file_source;

#define DELETED " (deleted)" /* what the kernel puts behind the path of a file that is gone */

static bool is_deleted(const char *path)
{
    size_t length = strlen(path), tail = sizeof(DELETED) - 1;
    return length > tail && !strcmp(path + length - tail, DELETED);
}

/* Whether the mappings are those that the file's segments would give. */
static bool mappings_agree(const pc_core *core, const pc_module *module, const pc_image *image)
{
    uint64_t page = core->page_size;
    for (size_t i = 0; i < module->mapping_count; i++) {
        const pc_mapping *m = &core->mappings[module->first_mapping + i];
        bool fits = false;
        for (size_t k = 0; k < image->segment_count && !fits; k++) {
            const GElf_Phdr *p = &image->segments[k];
            uint64_t low = p->p_offset / page * page, high = (p->p_offset + p->p_filesz + page - 1) / page * page;
            fits = m->offset >= low && m->offset + (m->end - m->start) <= high;
        }
        if (!fits)
            return false;
    }
    return image->segments_known;
}

static bool relocates_text(pc_image *image)
{
    Elf *elf = pc_image_elf(image);
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr shdr;
        GElf_Dyn dyn;
        if (!gelf_getshdr(section, &shdr) || shdr.sh_type != SHT_DYNAMIC)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        for (int i = 0; data && i < PC_LIMIT_DYNAMIC && gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++)
            if (dyn.d_tag == DT_TEXTREL || (dyn.d_tag == DT_FLAGS && (dyn.d_un.d_val & DF_TEXTREL)))
                return true;
    }
    return false;
}

/* Whether the core's bytes from address on, as far as it has them, are the file's. */
static bool bytes_agree(pc_core *core, const uint8_t *file, pc_addr address, uint64_t size, uint64_t *left)
{
    while (size) {
        const pc_range *range = pc_ranges_find(&core->memory.saved, address);
        uint64_t step = core->page_size - address % core->page_size;
        if (range && range->bytes && range->last - address < UINT64_MAX)
            step = range->last - address + 1;
        if (step > size)
            step = size;
        if (range && range->bytes) {
            if (step > *left)
                step = *left;
            if (!step)
                return true;
            if (memcmp(range->bytes + (address - range->first), file, step))
                return false;
            *left -= step;
        }
        address += step;
        file += step;
        size -= step;
    }
    return true;
}

/* Whether all that the core has of what nobody writes to is what the file has there. */
static bool contents_agree(pc_core *core, const pc_module *module, pc_image *image, uint64_t *left)
{
    const uint8_t *file = pc_image_bytes(image);
    if (!file || !image->segments_known)
        return false;
    bool text_is_written = relocates_text(image);
    for (size_t i = 0; i < module->mapping_count; i++) {
        const pc_mapping *m = &core->mappings[module->first_mapping + i];
        const pc_segment *segment = pc_core_segment(core, m->start);
        if (segment && segment->writable)
            continue;
        for (size_t k = 0; k < image->segment_count && *left; k++) {
            const GElf_Phdr *p = &image->segments[k];
            if ((p->p_flags & PF_W) || ((p->p_flags & PF_X) && text_is_written) || p->p_offset > image->file.size ||
                p->p_filesz > image->file.size - p->p_offset)
                continue;
            uint64_t size = m->end - m->start, low = p->p_offset, high = p->p_offset + p->p_filesz;
            if (m->offset > UINT64_MAX - size || m->offset >= high || m->offset + size <= low)
                continue;
            low = low > m->offset ? low : m->offset;
            high = high < m->offset + size ? high : m->offset + size;
            if (!bytes_agree(core, file + low, m->start + (low - m->offset), high - low, left))
                return false;
        }
    }
    return true;
}

/* The rule at the head of modules.h. left: how many bytes may still be compared. */
static pc_match compare(pc_core *core, const pc_module *module, pc_image *image, uint64_t *left)
{
    if (module->build_id && image->build_id)
        return strcmp(module->build_id, image->build_id) ? PC_MATCH_NO : PC_MATCH_YES;
    if (module->has_header) {
        /* no id on one side, or its note lies outside of the page: the headers decide */
        uint64_t size = core->page_size;
        const uint8_t *page = pc_memory_peek(&core->memory, module->start, size);
        if (!page || size > image->file.size || !pc_image_bytes(image) || memcmp(page, pc_image_bytes(image), size))
            return PC_MATCH_NO;
    } else if (!mappings_agree(core, module, image)) {
        return PC_MATCH_NO;
    }
    if (!contents_agree(core, module, image, left))
        return PC_MATCH_NO;
    return module->has_header ? PC_MATCH_YES : PC_MATCH_UNKNOWN;
}

/* A core may say that one file was mapped 10,000 times. root: NULL for a path of the user's. */
static pc_error *open_shared(pc_modules *modules, const char *root, const char *path, pc_image **ret_image)
{
    PC_AUTO_BUFFER asked = {0};
    pc_buffer_puts(&asked, root ? root : "-");
    pc_buffer_putc(&asked, '\n');
    pc_buffer_puts(&asked, path);
    uint64_t key = pc_hash_text(PC_HASH_START, asked.data);
    pc_image *image = pc_map_get(&modules->images, key);
    if (image && !strcmp(image->asked, asked.data)) {
        image->users++;
        *ret_image = image;
        return NULL;
    }
    PC_TRY(root ? pc_image_open_below(modules->search->folders, root, path, &image) : pc_image_open(path, &image));
    image->asked = pc_strdup(asked.data);
    image->users++;
    pc_image_destroy(pc_map_get(&modules->images, key));
    pc_map_put(&modules->images, key, image);
    *ret_image = image;
    return NULL;
}

static void find_bias(const pc_core *core, pc_module *module, const pc_image *image)
{
    if (core->mappings[module->first_mapping].offset == 0)
        module->has_bias = pc_phdrs_bias(core, module->start, image->segments, image->segment_count, &module->bias);
}

static const char *or_none(const char *build_id, const char *none)
{
    return build_id ? build_id : none;
}

/* Takes the image over: it becomes the module's, or is refused. */
static bool take(pc_modules *modules, pc_module *module, pc_image *image, file_source source)
{
    pc_core *core = modules->core;
    uint64_t left = PC_LIMIT_CONTENTS - modules->compared, before = left;
    pc_match match = compare(core, module, image, &left);
    modules->compared += before - left;
    bool by_id = module->build_id && image->build_id, forced = false;
    /* what lies at this path here need not have to do with what the process saw: only the very build is taken */
    if (source == FILE_BESIDE_SYSROOT && !by_id)
        match = PC_MATCH_NO;
    if (match == PC_MATCH_NO) {
        forced = modules->search->force_executable && (source == FILE_OF_USER || (modules->forcing && source != FILE_BESIDE_SYSROOT));
        module->matches = PC_MATCH_NO;
        module->file_build_id = pc_arena_strdup(core->arena, image->build_id);
        if (forced || !modules->forcing) /* else it has been said */
            pc_diagnose(core->diagnostics, source == FILE_BESIDE_SYSROOT ? PC_SEVERITY_INFO : PC_SEVERITY_WARNING, forced ? "forced-file" : "wrong-file",
                        "%s is not the file that was mapped as %s (build-id %s, in the core %s); %s", image->path, module->raw_path,
                        or_none(image->build_id, "none"), or_none(module->build_id, "not known"),
                        forced ? "its symbols and its debug information are used, as --force-executable says" : "it is not used");
    }
    if (match == PC_MATCH_NO && !forced) {
        pc_image_destroy(image);
        return false;
    }
    module->image = image;
    module->file = image->path;
    module->matches = match;
    module->of_user = source == FILE_OF_USER;
    module->is_elf = true;
    if (!by_id && !forced)
        pc_diagnose(core->diagnostics, PC_SEVERITY_INFO, "unverified",
                    "%s is taken for %s, unverified: there is no build-id to compare; %" PRIu64 " bytes that the core has of it are the same", image->path,
                    module->raw_path, before - left);
    if (!module->has_bias)
        find_bias(core, module, image);
    return true;
}

static bool try_file(pc_modules *modules, pc_module *module, const char *root, const char *path, file_source source)
{
    pc_image *image = NULL;
    pc_error *error = open_shared(modules, root, path, &image);
    if (!error)
        return take(modules, module, image, source);
    if (source == FILE_OF_USER)
        pc_diagnose_error(modules->core->diagnostics, PC_SEVERITY_WARNING, error, "the executable that was given is not used");
    else
        pc_error_destroy(error);
    return false;
}

/* At the path where the process had it. Only absolute paths are the kernel's: what else stands there would be looked for
 * where we happen to be. */
static bool try_path(pc_modules *modules, pc_module *module)
{
    const char *sysroot = modules->search->sysroot;
    if (module->raw_path[0] != '/')
        return false;
    if (!sysroot)
        return try_file(modules, module, "", module->raw_path, FILE_OF_CORE);
    return try_file(modules, module, sysroot, module->raw_path, FILE_OF_CORE) ||
           try_file(modules, module, "", module->raw_path, FILE_BESIDE_SYSROOT);
}

/* What has taken the place of a file that was deleted is mostly its successor; in a tree from elsewhere it may be there. */
static bool try_undeleted(pc_modules *modules, pc_module *module, const char *path)
{
    const char *sysroot = modules->search->sysroot;
    return path[0] == '/' && is_deleted(module->raw_path) && try_file(modules, module, sysroot ? sysroot : "", path, FILE_OF_CORE);
}

static bool try_lib_dirs(pc_modules *modules, pc_module *module, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    if (!*base || !strcmp(base, ".") || !strcmp(base, ".."))
        return false;
    for (size_t i = 0; i < modules->search->lib_dir_count; i++) {
        PC_AUTO_BUFFER at = {0};
        pc_buffer_printf(&at, "%s/%s", modules->search->lib_dirs[i], base);
        if (try_file(modules, module, NULL, at.data, FILE_BY_NAME))
            return true;
    }
    return false;
}

static bool is_library(const pc_module *module)
{
    const char *slash = strrchr(module->raw_path, '/');
    return slash && !strncmp(slash + 1, "libpython", 9);
}

/* --force-executable: the interpreter may be in a library, which nobody can name; where there is none of the right build, the first
 * that there is. */
static bool try_forced(pc_modules *modules, pc_module *module, const char *path)
{
    if (!modules->search->force_executable || !is_library(module))
        return false;
    modules->forcing = true;
    bool found = try_path(modules, module) || try_undeleted(modules, module, path) || try_lib_dirs(modules, module, path);
    modules->forcing = false;
    return found;
}

/* Servers are asked only for what holds the interpreter. */
static bool try_debuginfod(pc_modules *modules, pc_module *module)
{
    int fd;
    char *path;
    pc_image *image;
    if (!modules->search->debuginfod || !module->build_id || (!module->is_executable && !is_library(module)))
        return false;
    pc_error *error = pc_debuginfod_executable(modules->search->debuginfod, module->build_id, &fd, &path);
    if (!error) {
        error = pc_image_from_fd(fd, path, &image);
        free(path);
    }
    if (!error)
        return take(modules, module, image, FILE_OF_DEBUGINFOD);
    pc_diagnose(modules->core->diagnostics, PC_SEVERITY_INFO, "debuginfod", "%s", error->message);
    pc_error_destroy(error);
    return false;
}

void pc_module_file_find(pc_modules *modules, pc_module *module, const char *executable)
{
    pc_diagnostics *said = modules->core->diagnostics;
    if (executable && try_file(modules, module, NULL, executable, FILE_OF_USER))
        return;
    if (modules->looked_for++ >= PC_LIMIT_MODULE_FILES) {
        if (modules->looked_for == PC_LIMIT_MODULE_FILES + 1)
            pc_diagnose(said, PC_SEVERITY_WARNING, "limit", "files are looked for of %d modules, and not of more", PC_LIMIT_MODULE_FILES);
        return;
    }
    size_t before = said->count;
    PC_AUTO_BUFFER path = {0};
    pc_buffer_puts(&path, module->raw_path);
    if (is_deleted(module->raw_path))
        pc_buffer_cut(&path, path.length - (sizeof(DELETED) - 1));
    if (!try_path(modules, module) && !try_undeleted(modules, module, pc_buffer_text(&path)) &&
        !try_lib_dirs(modules, module, pc_buffer_text(&path)) && !try_debuginfod(modules, module)) {
        try_forced(modules, module, pc_buffer_text(&path));
        return;
    }
    /* others that were looked at before the right one was found are no loss */
    for (size_t i = before; i < said->count; i++)
        if (said->items[i].severity == PC_SEVERITY_WARNING)
            said->items[i].severity = PC_SEVERITY_INFO;
}
