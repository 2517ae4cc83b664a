#include "target/modules.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "target/link_map.h"
#include "target/module_file.h"
#include "target/program_headers.h"

static void group_mappings(pc_modules *modules)
{
    pc_core *core = modules->core;
    for (size_t i = 0; i < core->mapping_count; i++) {
        const pc_mapping *m = &core->mappings[i];
        pc_module *last = modules->count ? &modules->items[modules->count - 1] : NULL;
        /* a file may be mapped twice (dlmopen, a data file): a second offset 0 begins another module */
        if (last && !strcmp(last->raw_path, m->path) && last->first_mapping + last->mapping_count == i && m->offset) {
            last->mapping_count++;
            last->end = m->end;
            continue;
        }
        modules->items = pc_grow(modules->items, modules->count, &modules->capacity, sizeof(*modules->items));
        PC_AUTO_BUFFER text = {0};
        pc_text_put_bytes(&text, m->path, strlen(m->path));
        modules->items[modules->count++] = (pc_module){
            .raw_path = m->path, .path = pc_arena_strdup(core->arena, pc_buffer_text(&text)),
            .first_mapping = i, .mapping_count = 1, .start = m->start, .end = m->end,
        };
    }
}

static bool are_in_order(const pc_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++)
        if (modules->items[i].end < modules->items[i].start || (i && modules->items[i].start < modules->items[i - 1].end))
            return false;
    return true;
}

static void read_header(pc_modules *modules, pc_module *module)
{
    pc_core *core = modules->core;
    uint64_t magic;
    module->has_header = core->mappings[module->first_mapping].offset == 0 && pc_memory_is_saved(&core->memory, module->start) &&
                         pc_ok(pc_memory_uint(&core->memory, module->start, 4, &magic));
    if (!module->has_header)
        return;
    GElf_Phdr phdrs[PC_MEMORY_PHDRS];
    size_t count = pc_memory_phdrs(core, module->start, phdrs, PC_MEMORY_PHDRS);
    module->is_elf = count > 0;
    module->has_bias = pc_phdrs_bias(core, module->start, phdrs, count, &module->bias);
    for (size_t i = 0; i < count && !module->build_id && module->has_bias; i++) {
        if (phdrs[i].p_type != PT_NOTE || phdrs[i].p_filesz > 65536)
            continue;
        const uint8_t *notes = pc_memory_peek(&core->memory, module->bias + phdrs[i].p_vaddr, phdrs[i].p_filesz);
        char *id = notes ? pc_build_id_from_notes(notes, phdrs[i].p_filesz, phdrs[i].p_align, core->big_endian) : NULL;
        module->build_id = pc_arena_strdup(core->arena, id);
        free(id);
    }
}

static bool file_says_writable(const pc_image *image, uint64_t offset)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const GElf_Phdr *p = &image->segments[i];
        if ((p->p_flags & PF_W) && offset >= p->p_offset / 4096 * 4096 && offset < p->p_offset + p->p_filesz)
            return true;
    }
    return !image->segments_known;
}

/* Whether the dumper saved what was written to private memory. If it did, a private file mapping that it left out was
 * not modified, even a writable one; if it did not, a writable one may have changed and the file's bytes prove nothing.
 * The stack is such memory in every process. */
static bool saves_modified_pages(pc_core *core)
{
    uint64_t stack;
    return (pc_core_auxv(core, AT_RANDOM, &stack) || pc_core_auxv(core, AT_EXECFN, &stack)) && pc_memory_is_saved(&core->memory, stack);
}

static void serve_from_file(pc_core *core, const pc_module *module, bool modified_saved)
{
    pc_image *image = module->image;
    for (size_t i = 0; i < module->mapping_count; i++) {
        const pc_mapping *m = &core->mappings[module->first_mapping + i];
        const pc_segment *segment = pc_core_segment(core, m->start);
        if (m->offset >= image->file.size)
            continue;
        /* what a cut file has lost was saved once, so it may have been modified */
        if (segment && !segment->omitted && segment->saved < segment->size && segment->writable)
            continue;
        bool writable = (segment && segment->writable) || file_says_writable(image, m->offset);
        if (writable && !modified_saved)
            continue;
        uint64_t size = m->end - m->start, there = image->file.size - m->offset;
        pc_ranges_add_file(&core->memory.file, m->start, size < there ? size : there, &image->file, m->offset);
    }
}

static void mark_executable(pc_modules *modules)
{
    uint64_t address;
    pc_module *module = NULL;
    if (pc_core_auxv(modules->core, AT_PHDR, &address))
        module = pc_modules_find(modules, address);
    if (!module && pc_core_auxv(modules->core, AT_ENTRY, &address))
        module = pc_modules_find(modules, address);
    if (module)
        module->is_executable = true;
}

static bool has_executable_pages(const pc_core *core, const pc_module *module)
{
    for (size_t i = 0; i < module->mapping_count; i++) {
        const pc_segment *s = pc_core_segment(core, core->mappings[module->first_mapping + i].start);
        if (s && s->executable)
            return true;
    }
    return false;
}

static int by_noted_start(const void *key, const void *item)
{
    pc_addr start = *(const pc_addr *)key, other = ((const pc_distilled_module *)item)->start;
    return start < other ? -1 : start > other;
}

/* A small core has all that its report needs: no file is opened for it. */
static void take_noted(pc_modules *modules, const pc_distilled *distilled)
{
    for (size_t i = 0; i < modules->count; i++) {
        pc_module *m = &modules->items[i];
        const pc_distilled_module *noted =
            distilled->module_count ? bsearch(&m->start, distilled->modules, distilled->module_count, sizeof(*noted), by_noted_start) : NULL;
        m->is_elf = noted != NULL;
        m->build_id = noted ? noted->build_id : NULL;
        m->file = noted ? noted->file : NULL;
        m->matches = !noted || noted->matches < 0 ? PC_MATCH_UNKNOWN : noted->matches ? PC_MATCH_YES : PC_MATCH_NO;
    }
}

void pc_modules_init(pc_modules *modules, pc_core *core, const char *executable, const pc_search *search)
{
    static const pc_search nowhere = {0};
    *modules = (pc_modules){.core = core, .search = search ? search : &nowhere};
    bool by_linker = !core->mapping_count && pc_link_map_read(core), listed = core->mapping_count;
    group_mappings(modules);
    modules->in_order = are_in_order(modules);
    mark_executable(modules);
    bool modified_saved = saves_modified_pages(core);
    bool used = false;
    for (size_t i = 0; i < modules->count; i++)
        read_header(modules, &modules->items[i]);
    if (core->distilled) {
        take_noted(modules, core->distilled);
        return;
    }
    for (size_t i = 0; i < modules->count; i++) {
        pc_module *module = &modules->items[i];
        if (module->has_header && !module->is_elf)
            continue; /* a data file: locale archive, memory-mapped table */
        if (!module->has_header && !has_executable_pages(core, module))
            continue;
        module->is_elf = true;
        pc_module_file_find(modules, module, module->is_executable ? executable : NULL);
        if (module->is_executable && executable) {
            used = module->image && module->of_user;
            modules->executable_refused = !used;
        }
        /* known to be another build: its bytes are not those of the process */
        if (module->image && module->matches != PC_MATCH_NO)
            serve_from_file(core, module, modified_saved);
    }
    pc_ranges_finish(&core->memory.file);
    pc_memory_changed(&core->memory);
    if (executable && !used && !modules->executable_refused)
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "executable-unused",
                    "%s could not be used: the core does not tell where its executable was mapped", executable);
    if (!listed && core->lwp_count)
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "no-nt-file", "the core has no NT_FILE note: the mapped files are not known");
    else if (by_linker)
        pc_diagnose(core->diagnostics, PC_SEVERITY_INFO, "no-nt-file", "the core has no NT_FILE note: its modules are those that the dynamic linker lists");
}

void pc_modules_deinit(pc_modules *modules)
{
    if (!modules)
        return;
    for (size_t i = 0; i < modules->count; i++)
        pc_image_destroy(modules->items[i].image);
    for (size_t i = 0; i < modules->images.capacity; i++)
        pc_image_destroy(modules->images.values[i]);
    pc_map_deinit(&modules->images);
    free(modules->items);
    *modules = (pc_modules){0};
}

pc_module *pc_modules_find(pc_modules *modules, pc_addr address)
{
    if (modules->in_order) {
        size_t low = 0, high = modules->count; /* of the first that ends behind it */
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (modules->items[middle].end <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low < modules->count && modules->items[low].start <= address ? &modules->items[low] : NULL;
    }
    for (size_t i = 0; i < modules->count; i++) {
        pc_module *m = &modules->items[i];
        if (address >= m->start && address < m->end)
            return m;
    }
    return NULL;
}

pc_module *pc_modules_executable(pc_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++)
        if (modules->items[i].is_executable)
            return &modules->items[i];
    return NULL;
}

int pc_module_matches(const pc_module *m)
{
    return m->matches == PC_MATCH_NO ? 0 : m->file && m->matches == PC_MATCH_YES ? 1 : -1;
}

bool pc_modules_abort_message(pc_modules *modules, pc_addr *ret_address)
{
    if (modules->core->distilled) {
        *ret_address = modules->core->distilled->abort_message;
        return *ret_address;
    }
    for (size_t i = 0; i < modules->count; i++)
        if (strstr(modules->items[i].raw_path, "libc") && pc_module_symbol(&modules->items[i], "__abort_msg", ret_address))
            return true;
    return false;
}

bool pc_module_symbol(pc_module *module, const char *name, pc_addr *ret_address)
{
    pc_symbol symbol;
    if (!module->image || module->matches == PC_MATCH_NO || !module->has_bias || !pc_image_symbols(module->image, &name, 1, &symbol))
        return false;
    *ret_address = module->bias + symbol.value;
    return true;
}
