#include "target/core_writer.h"

#include <stdlib.h>
#include <string.h>

#include "target/distilled.h"
#include "target/redact_notes.h"

#define GAP 64 /* bytes between two runs that cost less than a program header of its own */

typedef struct piece { /* of a segment, one program header: first what is saved, then what is not */
    pc_addr start;
    uint64_t saved, size;
    const pc_segment *segment; /* NULL: the bytes are of a file that the core has no segment for */
} piece;

typedef struct writer {
    pc_core *core;
    FILE *out;
    const pc_redaction *redaction; /* NULL: none */
    const pc_touched *touched;
    bool arguments_known;
    pc_buffer runs; /* contents of the note of that name */
    piece *pieces;
    size_t count, capacity;
} writer;

static void add(writer *w, pc_addr start, uint64_t size, bool saved, const pc_segment *segment)
{
    piece *last = w->count ? &w->pieces[w->count - 1] : NULL;
    if (!size)
        return;
    if (last && last->segment == segment && last->start + last->size == start && (!saved || last->saved == last->size)) {
        last->size += size;
        last->saved += saved ? size : 0;
        return;
    }
    w->pieces = pc_grow(w->pieces, w->count, &w->capacity, sizeof(*w->pieces));
    w->pieces[w->count++] = (piece){.start = start, .size = size, .saved = saved ? size : 0, .segment = segment};
}

/* What of [start, start + size) can be read, as pieces; the rest as pieces without bytes. */
static void add_readable(writer *w, pc_addr start, uint64_t size, const pc_segment *segment)
{
    pc_memory *memory = &w->core->memory;
    while (size) {
        uint64_t there;
        bool readable = pc_memory_span(memory, start, size, &there) != NULL;
        if (!readable) {
            pc_addr next = start;
            /* a byte at a time up to where something is: runs are short */
            while (next - start < size && !pc_memory_is_readable(memory, next))
                next++;
            there = next - start;
        }
        if (readable || segment)
            add(w, start, there, readable, segment);
        start += there;
        size -= there;
    }
}

static uint64_t min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Segments and runs are in order of their addresses; what of a run lies in no segment comes from a file alone. */
static void cut_into_pieces(writer *w, const pc_touched_run *runs, size_t run_count)
{
    size_t r = 0;
    uint64_t used = 0; /* of the run r */
    for (size_t i = 0; i < w->core->segment_count; i++) {
        const pc_segment *s = &w->core->segments[i];
        pc_addr at = s->start, end = s->start + s->size; /* does not wrap: checked when it was read */
        while (r < run_count && runs[r].first + used < end) {
            pc_addr first = runs[r].first + used;
            uint64_t left = runs[r].size - used, length;
            if (first < at) {
                length = min(left, at - first);
                add_readable(w, first, length, NULL);
            } else {
                add(w, at, first - at, false, s);
                length = min(left, end - first);
                add_readable(w, first, length, s);
                at = first + length;
            }
            used += length;
            if (used == runs[r].size) {
                r++;
                used = 0;
            }
        }
        add(w, at, end - at, false, s);
    }
    for (; r < run_count; r++, used = 0)
        add_readable(w, runs[r].first + used, runs[r].size - used, NULL);
}

static void put(writer *w, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[w->core->big_endian ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
    fwrite(bytes, 1, width, w->out);
}

static void put_phdr(writer *w, uint32_t type, uint32_t flags, uint64_t offset, pc_addr address, uint64_t saved, uint64_t size)
{
    size_t word = w->core->bits / 8;
    put(w, type, 4);
    if (word == 8)
        put(w, flags, 4);
    put(w, offset, word);
    put(w, address, word);
    put(w, 0, word);
    put(w, saved, word);
    put(w, size, word);
    if (word == 4)
        put(w, flags, 4);
    put(w, 1, word);
}

static void put_header(writer *w, uint64_t phdr_count, uint64_t section_offset)
{
    const GElf_Ehdr *h = &w->core->header;
    size_t word = w->core->bits / 8;
    bool many = phdr_count >= PN_XNUM;
    fwrite(h->e_ident, 1, EI_NIDENT, w->out);
    put(w, ET_CORE, 2);
    put(w, h->e_machine, 2);
    put(w, EV_CURRENT, 4);
    put(w, 0, word);
    put(w, word == 8 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), word);
    put(w, many ? section_offset : 0, word);
    put(w, h->e_flags, 4);
    put(w, word == 8 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), 2);
    put(w, word == 8 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), 2);
    put(w, many ? PN_XNUM : phdr_count, 2);
    put(w, word == 8 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), 2);
    put(w, many ? 1 : 0, 2);
    put(w, 0, 2);
}

/* The one section header that says how many program headers there are, where the ELF header's 16 bits do not hold it. */
static void put_count_section(writer *w, uint64_t phdr_count)
{
    size_t word = w->core->bits / 8;
    for (int i = 0; i < 2; i++)
        put(w, 0, 4);
    for (int i = 0; i < 4; i++)
        put(w, 0, word);
    put(w, 0, 4);
    put(w, phdr_count, 4);
    put(w, 0, word);
    put(w, 0, word);
}

static uint64_t padded(uint64_t size)
{
    return (size + 3) & ~UINT64_C(3);
}

static void put_padding(writer *w, uint64_t size)
{
    put(w, 0, (size_t)(padded(size) - size));
}

static void put_note(writer *w, uint32_t type, const char *text, size_t size)
{
    put(w, sizeof(PC_DISTILLED_NOTE), 4);
    put(w, size, 4);
    put(w, type, 4);
    fwrite(PC_DISTILLED_NOTE, 1, sizeof(PC_DISTILLED_NOTE), w->out);
    put_padding(w, sizeof(PC_DISTILLED_NOTE));
    fwrite(text, 1, size, w->out);
    put_padding(w, size);
}

/* Ours come first: what is damaged in the others must not hide them. */
static void put_notes(writer *w, const char *note, size_t note_size)
{
    put_note(w, PC_DISTILLED_TYPE, note, note_size);
    if (w->redaction)
        put_note(w, PC_DISTILLED_RUNS_TYPE, pc_buffer_text(&w->runs), w->runs.length);
    for (size_t i = 0; i < w->core->notes_count; i++) {
        size_t size = w->core->notes[i].size;
        uint8_t *copy = pc_malloc(size + 1);
        memcpy(copy, w->core->notes[i].bytes, size);
        if (w->redaction)
            pc_redact_notes(w->redaction, w->core, w->arguments_known, copy, size);
        fwrite(copy, 1, size, w->out);
        put_padding(w, size);
        free(copy);
    }
}

static uint64_t notes_size(const writer *w, size_t note_size)
{
    uint64_t size = 12 + padded(sizeof(PC_DISTILLED_NOTE)) + padded(note_size);
    if (w->redaction)
        size += 12 + padded(sizeof(PC_DISTILLED_NOTE)) + padded(w->runs.length);
    for (size_t i = 0; i < w->core->notes_count; i++)
        size += padded(w->core->notes[i].size);
    return size;
}

static void put_length(pc_buffer *buffer, uint64_t length)
{
    for (; length > 0x7f; length >>= 7)
        pc_buffer_putc(buffer, (char)(0x80 | (length & 0x7f)));
    pc_buffer_putc(buffer, (char)length);
}

#define CHUNK ((uint64_t)65536)

/* The next bytes of a piece as they are to be written, in `bytes` of at least CHUNK; 0 at its end. */
static size_t take_bytes(const writer *w, const piece *p, uint64_t done, uint8_t *bytes)
{
    uint64_t there, wanted = min(p->saved - done, CHUNK);
    const uint8_t *from = wanted ? pc_memory_span(&w->core->memory, p->start + done, wanted, &there) : NULL;
    if (!from)
        return 0; /* its end; else it cannot be: they were there when the pieces were cut */
    memcpy(bytes, from, (size_t)there);
    return (size_t)there;
}

/* What is there and what is not, in turns. */
static void find_runs(writer *w)
{
    uint8_t *bytes = pc_malloc(CHUNK);
    uint64_t length = 0;
    bool there = true;
    for (size_t i = 0; i < w->count; i++)
        for (uint64_t done = 0, got; (got = take_bytes(w, &w->pieces[i], done, bytes)); done += got)
            for (uint64_t at = 0, n; at < got; at += n) {
                bool is_there = false;
                n = pc_touched_filter(w->touched, w->pieces[i].start + done + at, bytes + at, got - at, PC_DISTILLED_BLANK, &is_there);
                if (is_there != there) {
                    put_length(&w->runs, length);
                    length = 0;
                    there = is_there;
                }
                length += n;
            }
    put_length(&w->runs, length);
    free(bytes);
}

static void put_pieces(writer *w)
{
    uint8_t *bytes = pc_malloc(CHUNK);
    for (size_t i = 0; i < w->count; i++)
        for (uint64_t done = 0, got; (got = take_bytes(w, &w->pieces[i], done, bytes)); done += got) {
            bool there;
            for (uint64_t at = 0; w->redaction && at < got;)
                at += pc_touched_filter(w->touched, w->pieces[i].start + done + at, bytes + at, got - at, PC_DISTILLED_BLANK, &there);
            fwrite(bytes, 1, (size_t)got, w->out);
        }
    free(bytes);
}

void pc_core_blank_known(pc_core *core, pc_touched *touched, const pc_secrets *secrets)
{
    static const unsigned widths[] = {1, 2, 4};
    core->memory.work_left = UINT64_MAX;
    core->memory.work_floor = 0;
    pc_touched_run *runs;
    size_t count = pc_touched_runs(touched, GAP, &runs);
    for (size_t i = 0; i < count; i++)
        for (uint64_t at = 0, there = 0; at < runs[i].size; at += there) {
            const uint8_t *bytes = pc_memory_span(&core->memory, runs[i].first + at, runs[i].size - at, &there);
            PC_AUTO_SPANS spans = {0};
            if (!bytes) {
                there = 1;
                continue;
            }
            for (size_t k = 0; k < PC_ARRAY_SIZE(widths); k++)
                pc_secrets_find_bytes(secrets, bytes, (size_t)there, widths[k], core->big_endian, &spans);
            for (size_t k = 0; k < spans.count; k++)
                pc_touched_blank(touched, runs[i].first + at + spans.items[k].first, spans.items[k].end - spans.items[k].first);
        }
    free(runs);
}

void pc_core_write_part(pc_core *core, const pc_touched *touched, const pc_redaction *redaction, bool arguments_known, const char *note,
                        size_t note_size, FILE *out)
{
    /* what a walk may cost has nothing to do with it */
    core->memory.work_left = UINT64_MAX;
    core->memory.work_floor = 0;
    writer w = {.core = core, .out = out, .touched = touched, .arguments_known = arguments_known};
    w.redaction = redaction && redaction->level != PC_REDACT_NONE ? redaction : NULL;
    pc_touched_run *runs;
    size_t run_count = pc_touched_runs(touched, GAP, &runs);
    cut_into_pieces(&w, runs, run_count);
    free(runs);
    if (w.redaction)
        find_runs(&w);
    bool wide = core->bits == 64;
    uint64_t phdr_count = w.count + 1, at = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    at += phdr_count * (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
    uint64_t section = at, notes = notes_size(&w, note_size);
    if (phdr_count >= PN_XNUM)
        at += wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    put_header(&w, phdr_count, section);
    put_phdr(&w, PT_NOTE, 0, at, 0, notes, 0);
    uint64_t data = at + notes;
    for (size_t i = 0; i < w.count; i++) {
        const piece *p = &w.pieces[i];
        uint32_t flags = PF_R | (p->segment && p->segment->writable ? PF_W : 0) | (p->segment && p->segment->executable ? PF_X : 0);
        put_phdr(&w, PT_LOAD, flags, data, p->start, p->saved, p->size);
        data += p->saved;
    }
    if (phdr_count >= PN_XNUM)
        put_count_section(&w, phdr_count);
    put_notes(&w, note, note_size);
    put_pieces(&w);
    pc_buffer_deinit(&w.runs);
    free(w.pieces);
}
