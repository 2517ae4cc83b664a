#include "tests/synth.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const synth_target synth_targets[SYNTH_TARGETS] = {
    {"x86_64", 64, false, EM_X86_64},
    {"i386", 32, false, EM_386},
    {"s390x", 64, true, EM_S390},
    {"ppc", 32, true, EM_PPC},
};

void synth_bytes_deinit(synth_bytes *bytes)
{
    free(bytes->data);
    bytes->data = NULL;
    bytes->size = bytes->capacity = 0;
}

static uint8_t *room(synth_bytes *bytes, size_t count)
{
    while (bytes->size + count > bytes->capacity) {
        bytes->capacity = bytes->capacity ? bytes->capacity * 2 : 256;
        bytes->data = pc_realloc(bytes->data, bytes->capacity);
    }
    bytes->size += count;
    return bytes->data + bytes->size - count;
}

void synth_raw(synth_bytes *bytes, const void *data, size_t size)
{
    if (size)
        memcpy(room(bytes, size), data, size);
}

void synth_zeros(synth_bytes *bytes, size_t count)
{
    if (count)
        memset(room(bytes, count), 0, count);
}

void synth_align(synth_bytes *bytes, size_t alignment)
{
    while (bytes->size % alignment)
        synth_zeros(bytes, 1);
}

void synth_patch(synth_bytes *bytes, size_t at, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        size_t from_low = bytes->target.big_endian ? width - 1 - i : i;
        bytes->data[at + i] = (uint8_t)(value >> (from_low * 8));
    }
}

void synth_uint(synth_bytes *bytes, uint64_t value, size_t width)
{
    synth_zeros(bytes, width);
    synth_patch(bytes, bytes->size - width, value, width);
}

void synth_word(synth_bytes *bytes, uint64_t value)
{
    synth_uint(bytes, value, bytes->target.bits / 8);
}

void synth_text(synth_bytes *bytes, const char *text)
{
    synth_raw(bytes, text, strlen(text) + 1);
}

/* ---- core files ---- */

void synth_core_init(synth_core *core, synth_target target)
{
    *core = (synth_core){.target = target, .type = ET_CORE, .notes = {.target = target}};
}

void synth_core_deinit(synth_core *core)
{
    synth_bytes_deinit(&core->notes);
}

synth_segment *synth_load(synth_core *core, uint64_t address, const void *bytes, size_t file_size,
                          uint64_t memory_size, uint32_t flags)
{
    if (core->segment_count == SYNTH_SEGMENTS)
        abort();
    synth_segment *segment = &core->segments[core->segment_count++];
    *segment = (synth_segment){.address = address, .memory_size = memory_size, .claimed_size = file_size,
                               .bytes = bytes,
                               .file_size = file_size, .flags = flags};
    return segment;
}

void synth_note(synth_core *core, const char *name, uint32_t type, const void *desc, size_t size)
{
    synth_bytes *notes = &core->notes;
    synth_uint(notes, strlen(name) + 1, 4);
    synth_uint(notes, size, 4);
    synth_uint(notes, type, 4);
    synth_text(notes, name);
    synth_align(notes, 4);
    synth_raw(notes, desc, size);
    synth_align(notes, 4);
}

static void put_note(synth_core *core, uint32_t type, synth_bytes *desc)
{
    synth_note(core, "CORE", type, desc->data, desc->size);
}

/* struct elf_prstatus of linux/elfcore.h, member by member. */
void synth_prstatus(synth_core *core, int32_t tid, int signal, const void *registers, size_t registers_size)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    size_t word = core->target.bits / 8;
    synth_uint(&d, (uint64_t)signal, 4); /* si_signo, si_code, si_errno */
    synth_zeros(&d, 8);
    synth_uint(&d, (uint64_t)signal, 2); /* pr_cursig */
    synth_align(&d, word);
    synth_zeros(&d, 2 * word); /* pr_sigpend, pr_sighold */
    synth_uint(&d, (uint64_t)tid, 4);
    synth_zeros(&d, 3 * 4);    /* pr_ppid, pr_pgrp, pr_sid */
    synth_zeros(&d, 8 * word); /* four times */
    if (registers)
        synth_raw(&d, registers, registers_size);
    else
        synth_zeros(&d, registers_size);
    synth_zeros(&d, 4); /* pr_fpvalid */
    synth_align(&d, word);
    put_note(core, NT_PRSTATUS, &d);
}

/* struct elf_prpsinfo. */
void synth_psinfo(synth_core *core, int32_t pid, int32_t ppid, uint32_t uid, uint32_t gid, const char *command,
                  const char *arguments, bool narrow_ids)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    size_t word = core->target.bits / 8, id = narrow_ids ? 2 : 4;
    char text[80] = {0};
    synth_zeros(&d, 4);
    synth_align(&d, word);
    synth_word(&d, 0x400600); /* pr_flag */
    synth_uint(&d, uid, id);
    synth_uint(&d, gid, id);
    synth_uint(&d, (uint64_t)pid, 4);
    synth_uint(&d, (uint64_t)ppid, 4);
    synth_zeros(&d, 8); /* pr_pgrp, pr_sid */
    memcpy(text, command, strlen(command) < 16 ? strlen(command) : 16);
    synth_raw(&d, text, 16);
    memset(text, 0, sizeof(text));
    memcpy(text, arguments, strlen(arguments) < 80 ? strlen(arguments) : 80);
    synth_raw(&d, text, 80);
    put_note(core, NT_PRPSINFO, &d);
}

static void siginfo_head(const synth_core *core, synth_bytes *d, int signal, int code)
{
    synth_uint(d, (uint64_t)signal, 4);
    synth_zeros(d, 4); /* si_errno */
    synth_uint(d, (uint64_t)code, 4);
    synth_align(d, core->target.bits / 8);
}

void synth_siginfo(synth_core *core, int signal, int code, uint64_t address)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    siginfo_head(core, &d, signal, code);
    synth_word(&d, address);
    synth_zeros(&d, 128 - d.size);
    put_note(core, NT_SIGINFO, &d);
}

void synth_siginfo_sender(synth_core *core, int signal, int code, int32_t pid, uint32_t uid)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    siginfo_head(core, &d, signal, code);
    synth_uint(&d, (uint64_t)pid, 4);
    synth_uint(&d, uid, 4);
    synth_zeros(&d, 128 - d.size);
    put_note(core, NT_SIGINFO, &d);
}

void synth_nt_file(synth_core *core, const synth_mapping *mappings, size_t count, uint64_t page_size)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    synth_word(&d, count);
    synth_word(&d, page_size);
    for (size_t i = 0; i < count; i++) {
        synth_word(&d, mappings[i].start);
        synth_word(&d, mappings[i].end);
        synth_word(&d, mappings[i].page_offset);
    }
    for (size_t i = 0; i < count; i++)
        synth_text(&d, mappings[i].path);
    put_note(core, NT_FILE, &d);
}

void synth_auxv(synth_core *core, const uint64_t *pairs, size_t pair_count)
{
    SYNTH_AUTO_BYTES d = {.target = core->target};
    for (size_t i = 0; i < 2 * pair_count; i++)
        synth_word(&d, pairs[i]);
    synth_word(&d, AT_NULL);
    synth_word(&d, 0);
    put_note(core, NT_AUXV, &d);
}

/* The offset of the section headers is 0 where there are none. */
void synth_elf_header(synth_bytes *b, uint16_t type, uint16_t phnum, uint64_t shoff, uint16_t shnum, uint16_t shstrndx)
{
    bool wide = b->target.bits == 64;
    const uint8_t ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', wide ? ELFCLASS64 : ELFCLASS32,
                                      b->target.big_endian ? ELFDATA2MSB : ELFDATA2LSB, EV_CURRENT};
    synth_raw(b, ident, sizeof(ident));
    synth_uint(b, type, 2);
    synth_uint(b, b->target.machine, 2);
    synth_uint(b, EV_CURRENT, 4);
    synth_word(b, 0); /* e_entry */
    synth_word(b, wide ? 64 : 52);
    synth_word(b, shoff);
    synth_uint(b, 0, 4); /* e_flags */
    synth_uint(b, wide ? 64 : 52, 2);
    synth_uint(b, wide ? 56 : 32, 2);
    synth_uint(b, phnum, 2);
    synth_uint(b, wide ? 64 : 40, 2);
    synth_uint(b, shnum, 2);
    synth_uint(b, shstrndx, 2);
}

static void put_phdr(synth_bytes *b, uint32_t type, uint32_t flags, uint64_t offset, uint64_t address,
                     uint64_t file_size,
                     uint64_t memory_size, uint64_t alignment)
{
    bool wide = b->target.bits == 64;
    synth_uint(b, type, 4);
    if (wide)
        synth_uint(b, flags, 4);
    synth_word(b, offset);
    synth_word(b, address);
    synth_word(b, address);
    synth_word(b, file_size);
    synth_word(b, memory_size);
    if (!wide)
        synth_uint(b, flags, 4);
    synth_word(b, alignment);
}

void synth_elf_section(synth_bytes *b, uint32_t name, uint32_t type, uint64_t offset, uint64_t size, uint32_t link,
                       uint32_t info,
                       uint64_t alignment, uint64_t entry_size)
{
    synth_uint(b, name, 4);
    synth_uint(b, type, 4);
    synth_word(b, 0); /* sh_flags, sh_addr */
    synth_word(b, 0);
    synth_word(b, offset);
    synth_word(b, size);
    synth_uint(b, link, 4);
    synth_uint(b, info, 4);
    synth_word(b, alignment);
    synth_word(b, entry_size);
}

size_t synth_core_notes_at(const synth_core *core)
{
    bool wide = core->target.bits == 64;
    return (wide ? 64u : 52u) + (core->segment_count + 1) * (wide ? 56u : 32u);
}

void synth_core_write(const synth_core *core, synth_bytes *bytes)
{
    size_t at = synth_core_notes_at(core), total = at + core->notes.size;
    for (size_t i = 0; i < core->segment_count; i++)
        total += core->segments[i].file_size;
    bool extended = core->extended_numbering;
    size_t count = core->segment_count + 1;
    synth_elf_header(bytes, core->type, extended ? PN_XNUM : (uint16_t)count, extended ? total : 0, extended, 0);
    put_phdr(bytes, PT_NOTE, 0, at, 0, core->notes.size, 0, 4);
    at += core->notes.size;
    for (size_t i = 0; i < core->segment_count; i++) {
        const synth_segment *s = &core->segments[i];
        put_phdr(bytes, PT_LOAD, s->flags, at, s->address, s->claimed_size, s->memory_size, SYNTH_PAGE);
        at += s->file_size;
    }
    synth_raw(bytes, core->notes.data, core->notes.size);
    for (size_t i = 0; i < core->segment_count; i++)
        synth_raw(bytes, core->segments[i].bytes, core->segments[i].file_size);
    if (extended)
        synth_elf_section(bytes, 0, SHT_NULL, 0, 0, 0, (uint32_t)count, 0, 0);
}

/* ---- modules ---- */

static void put_symbols(synth_bytes *table, synth_bytes *strings, const synth_symbol *symbols, size_t count)
{
    bool wide = table->target.bits == 64;
    synth_zeros(table, wide ? 24 : 16);
    synth_zeros(strings, 1);
    for (size_t i = 0; i < count; i++) {
        uint16_t section = symbols[i].undefined ? SHN_UNDEF : SHN_ABS;
        uint8_t info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
        synth_uint(table, strings->size, 4);
        synth_text(strings, symbols[i].name);
        if (wide) {
            synth_uint(table, info, 1);
            synth_uint(table, 0, 1);
            synth_uint(table, section, 2);
        }
        synth_word(table, symbols[i].value);
        synth_word(table, 8);
        if (!wide) {
            synth_uint(table, info, 1);
            synth_uint(table, 0, 1);
            synth_uint(table, section, 2);
        }
    }
}

void synth_module_write(const synth_module *module, synth_bytes *bytes)
{
    bool wide = module->target.bits == 64;
    size_t pages = (size_t)SYNTH_MODULE_PAGES * SYNTH_PAGE, header = wide ? 64 : 52, phdr = wide ? 56 : 32;
    size_t symbol_size = wide ? 24 : 16, note_at = header + 4 * phdr;
    uint64_t base = module->base;
    size_t note_size = module->build_id ? 16 + (module->build_id_size + 3) / 4 * 4 : 0;
    synth_bytes tables[4] = {{.target = module->target}, {.target = module->target}, {.target = module->target},
                             {.target = module->target}};
    put_symbols(&tables[0], &tables[1], module->dynamic_symbols, module->dynamic_symbol_count);
    put_symbols(&tables[2], &tables[3], module->symbols, module->symbol_count);
    static const char names[] = "\0.dynsym\0.dynstr\0.symtab\0.strtab\0.shstrtab\0.debug_info";
    size_t offsets[5], at = pages;
    for (size_t i = 0; i < 4; i++) {
        offsets[i] = at;
        at += (tables[i].size + 7) / 8 * 8;
    }
    offsets[4] = at;
    at += (sizeof(names) + 7) / 8 * 8;

    synth_elf_header(bytes, ET_DYN, 4, at, 7, 5);
    put_phdr(bytes, PT_LOAD, PF_R, 0, base, SYNTH_PAGE, SYNTH_PAGE, SYNTH_PAGE);
    put_phdr(bytes, PT_LOAD, PF_R | PF_X, SYNTH_PAGE, base + SYNTH_PAGE, SYNTH_PAGE, SYNTH_PAGE, SYNTH_PAGE);
    put_phdr(bytes, PT_LOAD, PF_R | PF_W, 2 * SYNTH_PAGE, base + 2 * SYNTH_PAGE, SYNTH_PAGE, SYNTH_PAGE, SYNTH_PAGE);
    put_phdr(bytes, module->build_id ? PT_NOTE : PT_NULL, PF_R, note_at, base + note_at, note_size, note_size, 4);
    if (module->build_id) {
        synth_uint(bytes, 4, 4);
        synth_uint(bytes, module->build_id_size, 4);
        synth_uint(bytes, NT_GNU_BUILD_ID, 4);
        synth_text(bytes, "GNU");
        synth_raw(bytes, module->build_id, module->build_id_size);
        synth_align(bytes, 4);
    }
    while (bytes->size < pages)
        synth_uint(bytes, module->filler, 1);
    for (size_t i = 0; i < 4; i++) {
        synth_raw(bytes, tables[i].data, tables[i].size);
        synth_align(bytes, 8);
    }
    synth_raw(bytes, names, sizeof(names));
    synth_align(bytes, 8);
    synth_elf_section(bytes, 0, SHT_NULL, 0, 0, 0, 0, 0, 0);
    synth_elf_section(bytes, 1, SHT_DYNSYM, offsets[0], tables[0].size, 2, 1, 8, symbol_size);
    synth_elf_section(bytes, 9, SHT_STRTAB, offsets[1], tables[1].size, 0, 0, 1, 0);
    synth_elf_section(bytes, 17, SHT_SYMTAB, offsets[2], tables[2].size, 4, 1, 8, symbol_size);
    synth_elf_section(bytes, 25, SHT_STRTAB, offsets[3], tables[3].size, 0, 0, 1, 0);
    synth_elf_section(bytes, 33, SHT_STRTAB, offsets[4], sizeof(names), 0, 0, 1, 0);
    synth_elf_section(bytes, module->has_debug_info ? 43 : 0, SHT_PROGBITS, 0, 16, 0, 0, 1, 0);
    for (size_t i = 0; i < 4; i++)
        synth_bytes_deinit(&tables[i]);
}

/* ---- files ---- */

static void write_all(int fd, const void *data, size_t size)
{
    const uint8_t *p = data;
    while (fd >= 0 && size) {
        ssize_t n = write(fd, p, size);
        if (n <= 0)
            break;
        p += n;
        size -= (size_t)n;
    }
    if (fd < 0 || size || close(fd)) {
        perror("unit: a temporary file");
        abort();
    }
}

const char *synth_temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

void synth_file_write(const void *data, size_t size, char **ret_path)
{
    char *path = NULL;
    if (asprintf(&path, "%s/pycore-unit-XXXXXX", synth_temporary_folder()) < 0)
        abort();
    write_all(mkstemp(path), data, size);
    *ret_path = path;
}

void synth_file_rewrite(const char *path, const void *data, size_t size)
{
    write_all(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), data, size);
}

void synth_file_remove(char **path)
{
    if (*path)
        unlink(*path);
    free(*path);
    *path = NULL;
}

void synth_open(synth_opened *opened, const void *data, size_t size)
{
    *opened = (synth_opened){0};
    synth_file_write(data, size, &opened->path);
    pc_arena_init(&opened->arena);
    pc_diagnostics_init(&opened->diagnostics, &opened->arena);
    opened->error = pc_core_open(&opened->core, opened->path, &opened->arena, &opened->diagnostics, NULL);
}

void synth_open_core(synth_opened *opened, const synth_core *core)
{
    SYNTH_AUTO_BYTES bytes = {.target = core->target};
    synth_core_write(core, &bytes);
    synth_open(opened, bytes.data, bytes.size);
}

void synth_close(synth_opened *opened)
{
    if (!opened->error)
        pc_core_deinit(&opened->core);
    pc_error_destroy(opened->error);
    pc_diagnostics_deinit(&opened->diagnostics);
    pc_arena_deinit(&opened->arena);
    synth_file_remove(&opened->path);
}

bool synth_diagnosed(const pc_diagnostics *diagnostics, const char *code)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (!strcmp(diagnostics->items[i].code, code))
            return true;
    return false;
}
