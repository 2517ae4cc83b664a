#include "target/link_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "target/program_headers.h"

typedef struct mapping_list {
    pc_mapping *items;
    size_t count, capacity;
} mapping_list;

static bool word_at(pc_core *core, pc_addr base, size_t index, uint64_t *ret)
{
    return pc_ok(pc_memory_pointer(&core->memory, base + index * (core->bits / 8), ret));
}

/* The segments of a module whose ELF header is at `header`, as the kernel would have listed them. */
static bool add_module(pc_core *core, mapping_list *list, pc_addr header, const char *path)
{
    GElf_Phdr phdrs[PC_MEMORY_PHDRS];
    size_t count = pc_memory_phdrs(core, header, phdrs, PC_MEMORY_PHDRS);
    uint64_t page = core->page_size;
    pc_addr bias;
    bool any = false;
    if (!pc_phdrs_bias(core, header, phdrs, count, &bias))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (phdrs[i].p_type != PT_LOAD || !phdrs[i].p_filesz || phdrs[i].p_filesz > core->size + (UINT64_C(1) << 32))
            continue;
        pc_addr start = (bias + phdrs[i].p_vaddr) / page * page;
        pc_addr end = (bias + phdrs[i].p_vaddr + phdrs[i].p_filesz + page - 1) / page * page;
        if (end <= start)
            continue;
        list->items = pc_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
        list->items[list->count++] = (pc_mapping){.start = start, .end = end, .offset = phdrs[i].p_offset / page * page, .path = path};
        any = true;
    }
    return any;
}

static const char *path_at(pc_core *core, pc_addr address)
{
    PC_AUTO_BUFFER path = {0};
    if (!address || !pc_ok(pc_memory_string(&core->memory, address, PC_LIMIT_NAME, &path)) || !path.length)
        return NULL;
    return pc_arena_strdup(core->arena, path.data);
}

/* The executable's header and bias, by the auxiliary vector: AT_PHDR points to its program headers in memory. */
static bool find_executable(pc_core *core, pc_addr *ret_header, pc_addr *ret_dynamic)
{
    uint64_t phdr, phnum;
    GElf_Phdr phdrs[PC_MEMORY_PHDRS];
    if (!pc_core_auxv(core, AT_PHDR, &phdr) || !pc_core_auxv(core, AT_PHNUM, &phnum))
        return false;
    pc_addr header = phdr / core->page_size * core->page_size;
    size_t count = pc_memory_phdrs(core, header, phdrs, PC_MEMORY_PHDRS);
    pc_addr dynamic = 0, bias;
    for (size_t i = 0; i < count; i++)
        if (phdrs[i].p_type == PT_DYNAMIC)
            dynamic = phdrs[i].p_vaddr;
    if (count != phnum || !pc_phdrs_bias(core, header, phdrs, count, &bias))
        return false;
    *ret_header = header;
    *ret_dynamic = dynamic ? bias + dynamic : 0;
    return true;
}

/* DT_DEBUG's value, which the dynamic linker has set to its r_debug. */
static bool find_debug(pc_core *core, pc_addr dynamic, pc_addr *ret_debug)
{
    for (size_t i = 0; i < PC_LIMIT_DYNAMIC; i++) {
        uint64_t tag, value;
        if (!word_at(core, dynamic, i * 2, &tag) || !word_at(core, dynamic, i * 2 + 1, &value) || tag == DT_NULL)
            return false;
        if (tag == DT_DEBUG) {
            *ret_debug = value;
            return value != 0;
        }
    }
    return false;
}

size_t pc_link_map_read(pc_core *core)
{
    pc_addr header, dynamic, debug, map = 0;
    uint64_t name;
    mapping_list list = {0};
    if (core->mapping_count || !find_executable(core, &header, &dynamic))
        return 0;
    const char *path = pc_core_auxv(core, AT_EXECFN, &name) ? path_at(core, name) : NULL;
    size_t modules = add_module(core, &list, header, path ? path : "(executable)");
    /* r_debug: r_version, r_map; link_map: l_addr, l_name, l_ld, l_next */
    if (dynamic && find_debug(core, dynamic, &debug))
        word_at(core, debug, 1, &map);
    pc_map seen;
    pc_map_init(&seen);
    while (map && seen.count < PC_LIMIT_LINK_MAP && pc_map_add(&seen, map)) {
        uint64_t address, name_at, next;
        if (!word_at(core, map, 0, &address) || !word_at(core, map, 1, &name_at) || !word_at(core, map, 3, &next))
            break;
        path = path_at(core, name_at);
        /* the first is the executable and has no name; the vdso's is no path */
        if (path && path[0] == '/')
            modules += add_module(core, &list, address, path);
        map = next;
    }
    pc_map_deinit(&seen);
    core->mappings = pc_arena_array(core->arena, list.count, sizeof(*list.items));
    core->mapping_count = list.count;
    if (list.count)
        memcpy(core->mappings, list.items, list.count * sizeof(*list.items));
    pc_core_sort_mappings(core);
    free(list.items);
    return modules;
}
