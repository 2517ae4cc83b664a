#include "target/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/sort.h"
#include "base/text.h"

static void parse_prstatus(pc_core *core, const uint8_t *desc, size_t size)
{
    pc_note_layout layout = pc_note_layout_for(core->bits, 0);
    if (size < layout.prstatus_registers)
        return;
    core->lwps = pc_grow(core->lwps, core->lwp_count, &core->lwp_capacity, sizeof(*core->lwps));
    pc_lwp *lwp = &core->lwps[core->lwp_count++];
    *lwp = (pc_lwp){
        .tid = pc_sign_extend(pc_load_uint(desc + layout.prstatus_pid, 4, core->big_endian), 32),
        .signal = (int)pc_load_uint(desc + layout.prstatus_signal, 2, core->big_endian),
        .registers = desc + layout.prstatus_registers,
        .registers_size = size - layout.prstatus_registers,
    };
    if (core->machine && core->machine->thread_pointer)
        pc_core_register(core, lwp, core->machine->thread_pointer, &lwp->thread_pointer);
}

/* i386 has the thread's pointer not in a register but in the segment that one names: NT_386_TLS has these, after the
 * NT_PRSTATUS of its thread, as (number, base, limit, flags). */
static void parse_segments(pc_core *core, const uint8_t *desc, size_t size)
{
    pc_lwp *lwp = core->lwp_count ? &core->lwps[core->lwp_count - 1] : NULL;
    uint64_t selector;
    if (!lwp || lwp->thread_pointer || !core->machine || core->machine->e_machine != EM_386 || !pc_core_register(core, lwp, "gs", &selector))
        return;
    for (size_t at = 0; size - at >= 16; at += 16)
        if (pc_load_uint(desc + at, 4, core->big_endian) == (selector & 0xffff) >> 3)
            lwp->thread_pointer = pc_load_uint(desc + at + 4, 4, core->big_endian);
}

static const char *fixed_text(pc_core *core, const uint8_t *bytes, size_t size)
{
    PC_AUTO_BUFFER text = {0};
    pc_text_put_bytes(&text, (const char *)bytes, strnlen((const char *)bytes, size));
    return pc_arena_strdup(core->arena, pc_buffer_text(&text));
}

static void parse_psinfo(pc_core *core, const uint8_t *desc, size_t size)
{
    pc_note_layout layout = pc_note_layout_for(core->bits, size);
    if (core->has_psinfo || size < (size_t)layout.psinfo_arguments + PC_PSINFO_ARGUMENTS_SIZE)
        return;
    core->has_psinfo = true;
    core->uid = (int64_t)pc_load_uint(desc + layout.psinfo_uid, layout.psinfo_id_size, core->big_endian);
    core->gid = (int64_t)pc_load_uint(desc + layout.psinfo_uid + layout.psinfo_id_size, layout.psinfo_id_size, core->big_endian);
    core->pid = pc_sign_extend(pc_load_uint(desc + layout.psinfo_pid, 4, core->big_endian), 32);
    core->ppid = pc_sign_extend(pc_load_uint(desc + layout.psinfo_pid + 4, 4, core->big_endian), 32);
    core->command = fixed_text(core, desc + layout.psinfo_command, PC_PSINFO_COMMAND_SIZE);
    const uint8_t *arguments = desc + layout.psinfo_arguments;
    core->arguments_80 = fixed_text(core, arguments, PC_PSINFO_ARGUMENTS_SIZE);
    core->arguments_80_full = strnlen((const char *)arguments, PC_PSINFO_ARGUMENTS_SIZE) >= PC_PSINFO_ARGUMENTS_SIZE - 1;
}

static void parse_siginfo(pc_core *core, const uint8_t *desc, size_t size)
{
    size_t at = pc_note_layout_for(core->bits, 0).siginfo_union, word = core->bits / 8;
    if (core->has_siginfo || size < at + 8)
        return;
    bool code_first = core->machine && core->machine->is_mips;
    core->has_siginfo = true;
    core->signal_number = (int)pc_load_uint(desc, 4, core->big_endian);
    core->signal_code = (int)pc_sign_extend(pc_load_uint(desc + (code_first ? 4 : 8), 4, core->big_endian), 32);
    /* what follows is a union: which member is meant only number and code tell; see signals.c */
    core->fault_address = pc_load_uint(desc + at, word, core->big_endian);
    core->sender_pid = pc_sign_extend(pc_load_uint(desc + at, 4, core->big_endian), 32);
    core->sender_uid = (int64_t)pc_load_uint(desc + at + 4, 4, core->big_endian);
}

static int by_start(const void *a, const void *b)
{
    const pc_mapping *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

void pc_core_sort_mappings(pc_core *core)
{
    pc_sort(core->mappings, core->mapping_count, sizeof(*core->mappings), by_start);
}

/* count, page size, count times (start, end, offset in pages), then count paths; words of the target's width */
static void parse_nt_file(pc_core *core, const uint8_t *desc, size_t size)
{
    size_t word = core->bits / 8;
    pc_cursor numbers = pc_cursor_over(desc, size, core->big_endian);
    uint64_t count = pc_cursor_uint(&numbers, word);
    uint64_t page_size = pc_cursor_uint(&numbers, word);
    if (core->mapping_count || numbers.failed)
        return;
    if (count > PC_LIMIT_NT_FILE || count > numbers.left / (3 * word)) {
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "corrupt", "NT_FILE: a count of %" PRIu64 " mappings in %zu bytes", count, size);
        return;
    }
    pc_cursor names = numbers;
    pc_cursor_skip(&names, count * 3 * word);
    core->page_size = page_size;
    core->mappings = pc_arena_array(core->arena, count, sizeof(*core->mappings));
    for (uint64_t i = 0; i < count; i++) {
        pc_mapping m = {.start = pc_cursor_uint(&numbers, word), .end = pc_cursor_uint(&numbers, word)};
        uint64_t pages = pc_cursor_uint(&numbers, word);
        m.path = pc_cursor_string(&names);
        if (!m.path) {
            pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "corrupt", "NT_FILE: the paths end early");
            break;
        }
        if (m.start < m.end && !__builtin_mul_overflow(pages, page_size, &m.offset))
            core->mappings[core->mapping_count++] = m;
    }
    pc_core_sort_mappings(core);
}

static void parse_distilled(pc_core *core, const uint8_t *desc, size_t size)
{
    pc_distilled *distilled = PC_NEW(core->arena, pc_distilled);
    pc_error *error = pc_distilled_parse((const char *)desc, size, core->arena, distilled);
    if (error) {
        pc_diagnose_error(core->diagnostics, PC_SEVERITY_WARNING, error, "this small core");
        return;
    }
    core->distilled = distilled;
    for (size_t i = 0; i < distilled->blank_count; i++)
        pc_ranges_add(distilled->blanks[i].name ? &core->memory.hidden : &core->memory.blanked, distilled->blanks[i].first, distilled->blanks[i].size, NULL);
    core->truncated |= distilled->truncated;
    core->facts.hostname = distilled->hostname;
    core->facts.has_time = distilled->has_time;
    core->facts.time = distilled->time;
}

/* Leaves of the ranges, which are in the order of their segments, what the note says is there; what it does not speak of is not. */
static void keep_runs(pc_core *core)
{
    pc_ranges all = core->memory.saved;
    size_t range = 0, at = 0;
    uint64_t used = 0; /* of that range */
    bool there = true;
    core->memory.saved = (pc_ranges){0};
    while (at < core->runs_size && range < all.count) {
        uint64_t length = 0;
        for (unsigned shift = 0; at < core->runs_size; shift += 7) {
            uint8_t byte = core->runs[at++];
            length |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
            if (!(byte & 0x80))
                break;
        }
        while (length && range < all.count) {
            const pc_range *r = &all.items[range];
            uint64_t left = r->last - r->first - used + 1, n = left && left < length ? left : length;
            if (there)
                pc_ranges_add(&core->memory.saved, r->first + used, n, r->bytes + used);
            used += n;
            length -= n;
            if (n == left) {
                range++;
                used = 0;
            }
        }
        there = !there;
    }
    free(all.items);
}

static void parse_note(pc_core *core, uint32_t type, const char *name, size_t name_size, const uint8_t *desc, size_t size)
{
    if (type == PC_DISTILLED_RUNS_TYPE && name_size == sizeof(PC_DISTILLED_NOTE) && !memcmp(name, PC_DISTILLED_NOTE, name_size) && !core->runs) {
        core->runs = desc;
        core->runs_size = size;
    }
    if (type == PC_DISTILLED_TYPE && name_size == sizeof(PC_DISTILLED_NOTE) && !memcmp(name, PC_DISTILLED_NOTE, name_size) && !core->distilled)
        parse_distilled(core, desc, size);
    if (type == NT_386_TLS && name_size == sizeof("LINUX") && !memcmp(name, "LINUX", name_size))
        parse_segments(core, desc, size);
    /* gdb, systemd and others add notes under names of their own, with numbers that mean something else */
    if (name_size < 4 || memcmp(name, "CORE", 4))
        return;
    switch (type) {
    case NT_PRSTATUS:
        parse_prstatus(core, desc, size);
        break;
    case NT_PRPSINFO:
        parse_psinfo(core, desc, size);
        break;
    case NT_SIGINFO:
        parse_siginfo(core, desc, size);
        break;
    case NT_AUXV:
        core->auxv = desc;
        core->auxv_size = size < PC_LIMIT_AUXV ? size : PC_LIMIT_AUXV;
        break;
    case NT_FILE:
        parse_nt_file(core, desc, size);
        break;
    default:
        break;
    }
}

static void parse_notes(pc_core *core, const GElf_Phdr *phdr)
{
    uint64_t size = phdr->p_filesz;
    if (!size)
        return;
    if (phdr->p_offset >= core->size) {
        core->truncated = true;
        return;
    }
    if (size > core->size - phdr->p_offset) {
        core->truncated = true;
        size = core->size - phdr->p_offset;
    }
    if (size > PC_LIMIT_NOTES_SIZE)
        size = PC_LIMIT_NOTES_SIZE;
    core->notes = pc_grow(core->notes, core->notes_count, &core->notes_capacity, sizeof(*core->notes));
    core->notes[core->notes_count++] = (pc_notes){.bytes = core->data + phdr->p_offset, .size = size};
    /* Core notes are aligned to 4 on every machine, whatever p_align says. Read with our own cursor, since gelf_getnote
     * wants an Elf_Data, and elf_getdata_rawchunk refuses a chunk that the file's end has cut. */
    pc_cursor c = pc_cursor_over(core->data + phdr->p_offset, size, core->big_endian);
    while (c.left >= 12) {
        uint64_t name_size = pc_cursor_uint(&c, 4), desc_size = pc_cursor_uint(&c, 4);
        uint32_t type = (uint32_t)pc_cursor_uint(&c, 4);
        const char *name = (const char *)c.at;
        if (!pc_cursor_skip(&c, (name_size + 3) & ~UINT64_C(3)))
            break;
        const uint8_t *desc = c.at;
        uint64_t padded = (desc_size + 3) & ~UINT64_C(3);
        if (desc_size > c.left)
            break;
        parse_note(core, type, name, name_size, desc, desc_size);
        pc_cursor_skip(&c, padded < c.left ? padded : c.left);
    }
}

static void add_segment(pc_core *core, const GElf_Phdr *phdr)
{
    uint64_t mask = core->bits == 64 ? UINT64_MAX : UINT32_MAX;
    uint64_t saved = phdr->p_filesz, size = phdr->p_memsz > phdr->p_filesz ? phdr->p_memsz : phdr->p_filesz;
    if (saved && (phdr->p_offset >= core->size || saved > core->size - phdr->p_offset)) {
        core->truncated = true;
        saved = phdr->p_offset < core->size ? core->size - phdr->p_offset : 0;
    }
    pc_addr start = phdr->p_vaddr & mask;
    if (size > mask - start)
        size = mask - start + 1 ? mask - start + 1 : mask;
    if (saved > size)
        saved = size;
    core->segments = pc_grow(core->segments, core->segment_count, &core->segment_capacity, sizeof(*core->segments));
    core->segments[core->segment_count++] = (pc_segment){
        .start = start,
        .size = size,
        .saved = saved,
        .writable = phdr->p_flags & PF_W,
        .executable = phdr->p_flags & PF_X,
        .omitted = !phdr->p_filesz,
    };
    if (saved)
        pc_ranges_add(&core->memory.saved, start, saved, core->data + phdr->p_offset);
    pc_ranges_add(&core->memory.unsaved, start, size, NULL);
}

static int by_segment_start(const void *a, const void *b)
{
    const pc_segment *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* A structure of the file as gelf gives it, from bytes that were checked to be there. */
static bool translate(const pc_core *core, uint64_t offset, size_t file_size, Elf_Type type, void *out, size_t out_size)
{
    if (offset > core->size || file_size > core->size - offset)
        return false;
    Elf_Data from = {.d_buf = (void *)(core->data + offset), .d_type = type, .d_version = EV_CURRENT, .d_size = file_size};
    Elf_Data to = {.d_buf = out, .d_type = type, .d_version = EV_CURRENT, .d_size = out_size};
    return gelf_xlatetom(core->elf, &to, &from, core->header.e_ident[EI_DATA]) != NULL;
}

static bool read_phdr(const pc_core *core, uint64_t index, GElf_Phdr *ret)
{
    uint64_t offset;
    if (__builtin_mul_overflow(index, (uint64_t)core->header.e_phentsize, &offset) ||
        __builtin_add_overflow(offset, core->header.e_phoff, &offset))
        return false;
    if (core->bits == 64)
        return translate(core, offset, sizeof(Elf64_Phdr), ELF_T_PHDR, ret, sizeof(*ret));
    Elf32_Phdr p;
    if (!translate(core, offset, sizeof(p), ELF_T_PHDR, &p, sizeof(p)))
        return false;
    *ret = (GElf_Phdr){.p_type = p.p_type, .p_flags = p.p_flags, .p_offset = p.p_offset, .p_vaddr = p.p_vaddr,
                       .p_filesz = p.p_filesz, .p_memsz = p.p_memsz, .p_align = p.p_align};
    return true;
}

/* e_phnum has 16 bits; PN_XNUM in it says that the number stands in sh_info of section 0. */
static uint64_t phdr_count(pc_core *core)
{
    uint64_t count = core->header.e_phnum;
    if (count != PN_XNUM)
        return count;
    Elf64_Shdr s64;
    Elf32_Shdr s32;
    if (core->bits == 64 && translate(core, core->header.e_shoff, sizeof(s64), ELF_T_SHDR, &s64, sizeof(s64)))
        return s64.sh_info;
    if (core->bits == 32 && translate(core, core->header.e_shoff, sizeof(s32), ELF_T_SHDR, &s32, sizeof(s32)))
        return s32.sh_info;
    /* Linux writes that section behind everything else, so a cut core has lost it: take what lies together */
    core->truncated = true;
    return PC_LIMIT_SEGMENTS;
}

static void read_segments(pc_core *core)
{
    uint64_t count = phdr_count(core), read = 0, expected = count;
    GElf_Phdr first, phdr;
    /* where the number is lost: the headers end where the first segment's contents begin */
    uint64_t room = UINT64_MAX;
    if (core->header.e_phnum == PN_XNUM && core->truncated && read_phdr(core, 0, &first) && core->header.e_phentsize &&
        first.p_offset > core->header.e_phoff)
        expected = count = room = (first.p_offset - core->header.e_phoff) / core->header.e_phentsize;
    if (count > PC_LIMIT_SEGMENTS) {
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "limit", "%" PRIu64 " program headers; the first %d are read", count, PC_LIMIT_SEGMENTS);
        count = PC_LIMIT_SEGMENTS;
    }
    size_t min_size = core->bits == 64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (count && core->header.e_phentsize < min_size) {
        pc_diagnose(core->diagnostics, PC_SEVERITY_ERROR, "corrupt", "program headers of %u bytes", core->header.e_phentsize);
        return;
    }
    /* notes last: their registers do not depend on order, but the memory's ranges should be whole when they are used */
    for (read = 0; read < count && read_phdr(core, read, &phdr); read++)
        if (phdr.p_type == PT_LOAD)
            add_segment(core, &phdr);
    for (uint64_t i = 0; i < read && read_phdr(core, i, &phdr); i++)
        if (phdr.p_type == PT_NOTE)
            parse_notes(core, &phdr);
    if (core->runs)
        keep_runs(core);
    if (read < count && expected != UINT64_MAX)
        core->truncated = true;
    /* debuggers write sections too, behind all else; the kernel none */
    uint64_t sections = (uint64_t)core->header.e_shnum * core->header.e_shentsize;
    if (sections && (core->header.e_shoff > core->size || sections > core->size - core->header.e_shoff))
        core->truncated = true;
    pc_sort(core->segments, core->segment_count, sizeof(*core->segments), by_segment_start);
    pc_ranges_finish(&core->memory.saved);
    pc_ranges_finish(&core->memory.unsaved);
    pc_ranges_finish(&core->memory.blanked);
    pc_ranges_finish(&core->memory.hidden);
    pc_memory_changed(&core->memory);
}

/* gdb's gcore counts NT_FILE's offsets in bytes and calls that a page size of 1. */
static void settle_page_size(pc_core *core)
{
    uint64_t size = core->page_size;
    if (size < 4096 && !pc_core_auxv(core, AT_PAGESZ, &size))
        size = 4096;
    core->page_size = size < 4096 || size > 1 << 20 || (size & (size - 1)) ? 4096 : size;
}

static void settle_signal(pc_core *core)
{
    int number = core->lwp_count ? core->lwps[0].signal : core->has_siginfo && core->signal_number > 0 ? core->signal_number : 0;
    /* a debugger's snapshot: no signal, or the one that stopped it */
    if (!number || number == 19) {
        core->signal_number = 0;
        core->has_siginfo = false;
        return;
    }
    if (core->has_siginfo && core->signal_number != number) {
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "corrupt", "NT_SIGINFO tells of signal %d, NT_PRSTATUS of %d", core->signal_number, number);
        core->has_siginfo = false;
    }
    core->signal_number = number;
}

static pc_error *check_header(pc_core *core)
{
    const char *path = core->path;
    if (core->size < SELFMAG || memcmp(core->data, ELFMAG, SELFMAG))
        return pc_error_create(core->truncated ? PC_ERROR_FORMAT : PC_ERROR_NOT_CORE, core->compression ? "%s: what it holds, inflated, is not a core file (no ELF header)" : "%s: not a core file (no ELF header)", path);
    if (!(core->elf = elf_memory((char *)core->data, core->size)) || !gelf_getehdr(core->elf, &core->header))
        return pc_error_create(PC_ERROR_FORMAT, "%s: the ELF header cannot be read: %s", path, elf_errmsg(-1));
    if (core->header.e_type != ET_CORE)
        return pc_error_create(PC_ERROR_NOT_CORE, "%s: an ELF %s, not a core file", path,
                               core->header.e_type == ET_REL    ? "object file"
                               : core->header.e_type == ET_EXEC ? "executable"
                               : core->header.e_type == ET_DYN  ? "executable or library"
                                                                : "file of another type");
    return NULL;
}

static pc_error *map_file(pc_core *core, const pc_progress *progress)
{
    pc_stored stored;
    pc_error *error = pc_stored_open(&stored, core->path, core->arena, progress);
    if (error) {
        pc_error *named = pc_error_create(error->code, "%s: %s", core->path, error->message);
        pc_error_destroy(error);
        return named;
    }
    core->fd = stored.fd;
    core->compression = stored.compression;
    core->facts = stored.facts;
    if (stored.damage) {
        core->truncated = true;
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "truncated", "the core was not inflated to its end: %s", stored.damage);
    }
    void *data = mmap(NULL, (size_t)stored.size, PROT_READ, MAP_PRIVATE, core->fd, 0);
    if (data == MAP_FAILED)
        return pc_error_create(PC_ERROR_IO, "%s: cannot be mapped: %s", core->path, strerror(errno));
    core->data = data;
    core->size = stored.size;
    struct stat st;
    if (!fstat(core->fd, &st))
        core->modified = st.st_mtim;
    /* random access: reading ahead would bring pages in that nobody asked for */
    madvise(data, core->size, MADV_RANDOM);
    return check_header(core);
}

pc_error *pc_core_open(pc_core *core, const char *path, pc_arena *arena, pc_diagnostics *diagnostics, const pc_progress *progress)
{
    elf_version(EV_CURRENT);
    *core = (pc_core){.arena = arena, .diagnostics = diagnostics, .path = path, .fd = -1};
    pc_error *error = map_file(core, progress);
    if (error) {
        pc_core_deinit(core);
        return error;
    }
    core->bits = core->header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    core->big_endian = core->header.e_ident[EI_DATA] == ELFDATA2MSB;
    core->machine = pc_machine_find(core->header.e_machine, core->bits);
    pc_memory_init(&core->memory, core->bits / 8, core->big_endian);
    core->memory.work_left = PC_LIMIT_WORK + (core->size < PC_LIMIT_WORK_BYTES ? core->size : PC_LIMIT_WORK_BYTES);
    read_segments(core);
    settle_page_size(core);
    settle_signal(core);
    if (core->truncated)
        pc_diagnose(diagnostics, PC_SEVERITY_WARNING, "truncated", "the core file ends before its contents do: it was cut off (disk full, size limit?)");
    if (!core->lwp_count)
        pc_diagnose(diagnostics, PC_SEVERITY_WARNING, "no-threads", "the core has no NT_PRSTATUS note: nothing is known of the kernel's threads");
    return NULL;
}

bool pc_core_has_changed(const pc_core *core)
{
    struct stat st;
    if (fstat(core->fd, &st))
        return false;
    if ((uint64_t)st.st_size < core->size)
        pc_stop(PC_STOP_FILE);
    return (uint64_t)st.st_size != core->size || st.st_mtim.tv_sec != core->modified.tv_sec || st.st_mtim.tv_nsec != core->modified.tv_nsec;
}

void pc_core_deinit(pc_core *core)
{
    if (!core)
        return;
    elf_end(core->elf);
    pc_memory_deinit(&core->memory);
    free(core->segments);
    free(core->lwps);
    free(core->notes);
    if (core->data)
        munmap((void *)core->data, core->size);
    if (core->fd >= 0)
        close(core->fd);
    *core = (pc_core){.fd = -1};
}

bool pc_core_auxv(const pc_core *core, uint64_t type, uint64_t *ret_value)
{
    size_t word = core->bits / 8;
    pc_cursor c = pc_cursor_over(core->auxv, core->auxv_size, core->big_endian);
    while (c.left >= 2 * word) {
        uint64_t key = pc_cursor_uint(&c, word), value = pc_cursor_uint(&c, word);
        if (key == type && key != AT_NULL) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

bool pc_core_register(const pc_core *core, const pc_lwp *lwp, const char *name, uint64_t *ret_value)
{
    for (size_t i = 0; core->machine && i < core->machine->register_count; i++) {
        const pc_register_layout *r = &core->machine->registers[i];
        if (!strcmp(r->name, name) && (size_t)r->offset + r->size <= lwp->registers_size) {
            *ret_value = pc_load_uint(lwp->registers + r->offset, r->size, core->big_endian);
            return true;
        }
    }
    return false;
}

const pc_segment *pc_core_segment(const pc_core *core, pc_addr address)
{
    size_t low = 0, high = core->segment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (core->segments[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || address - core->segments[low - 1].start >= core->segments[low - 1].size)
        return NULL;
    return &core->segments[low - 1];
}
