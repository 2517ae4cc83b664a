#include "target/redact_notes.h"

#include <elf.h>
#include <string.h>

#include "base/cursor.h"
#include "target/distilled.h"

/* Those that say where a thread is, not what it computes with. */
static bool is_place(const char *name)
{
    static const char *const places[] = {"rip", "rsp", "rbp", "cs", "ss", "ds", "es", "fs", "gs", "fs_base", "gs_base", "eflags", "orig_rax",
                                         "eip", "esp", "ebp", "orig_eax"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(places); i++)
        if (!strcmp(name, places[i]))
            return true;
    return false;
}

#define LEAST 6 /* bytes of a known value in a register that are no accident */

bool pc_redact_register(const pc_redaction *r, const pc_core *core, const pc_lwp *lwp, const pc_register_layout *layout)
{
    if (!r || r->level == PC_REDACT_NONE || is_place(layout->name) || (size_t)layout->offset + layout->size > lwp->registers_size)
        return false;
    if (r->level == PC_REDACT_ALL)
        return true;
    const uint8_t *bytes = lwp->registers + layout->offset;
    size_t count = layout->size, blank = 0;
    while (blank < count && bytes[blank] == PC_DISTILLED_BLANK)
        blank++;
    if (core->distilled && core->distilled->redact != PC_REDACT_NONE && blank == count)
        return true;
    while (count && !bytes[count - 1])
        count--;
    return count >= LEAST && pc_secrets_has_part(&r->secrets, bytes, count);
}

static void redact_prstatus(const pc_redaction *r, const pc_core *core, uint8_t *desc, size_t size)
{
    size_t at = pc_note_layout_for(core->bits, 0).prstatus_registers;
    if (size <= at)
        return;
    const pc_lwp lwp = {.registers = desc + at, .registers_size = size - at};
    if (!core->machine) /* nobody knows what is where */
        memset(desc + at, PC_DISTILLED_BLANK, size - at);
    for (size_t i = 0; core->machine && i < core->machine->register_count; i++) {
        const pc_register_layout *l = &core->machine->registers[i];
        if (pc_redact_register(r, core, &lwp, l))
            memset(desc + at + l->offset, PC_DISTILLED_BLANK, l->size);
    }
}

static void redact_psinfo(const pc_redaction *r, const pc_core *core, bool whole, uint8_t *desc, size_t size)
{
    size_t at = pc_note_layout_for(core->bits, size).psinfo_arguments;
    if (size < at + PC_PSINFO_ARGUMENTS_SIZE)
        return;
    size_t length = strnlen((const char *)desc + at, PC_PSINFO_ARGUMENTS_SIZE);
    uint32_t units[PC_PSINFO_ARGUMENTS_SIZE];
    PC_AUTO_SPANS spans = {0};
    for (size_t i = 0; i < length; i++)
        units[i] = desc[at + i];
    if (whole || r->level == PC_REDACT_ALL)
        pc_spans_add(&spans, 0, length);
    else
        pc_secrets_find_cut(&r->secrets, units, length, PC_SECRETS_STRING, &spans);
    for (size_t i = 0; i < spans.count; i++)
        memset(desc + at + spans.items[i].first, PC_DISTILLED_BLANK, spans.items[i].end - spans.items[i].first);
    memset(desc + at + length, 0, PC_PSINFO_ARGUMENTS_SIZE - length);
}

static bool is_needed(uint32_t type)
{
    return type == NT_PRSTATUS || type == NT_PRPSINFO || type == NT_SIGINFO || type == NT_AUXV || type == NT_FILE;
}

void pc_redact_notes(const pc_redaction *r, const pc_core *core, bool arguments_known, uint8_t *bytes, size_t size)
{
    pc_cursor c = pc_cursor_over(bytes, size, core->big_endian);
    while (c.left >= 12) {
        uint64_t name_size = pc_cursor_uint(&c, 4), desc_size = pc_cursor_uint(&c, 4);
        uint32_t type = (uint32_t)pc_cursor_uint(&c, 4);
        const uint8_t *name = c.at;
        if (!pc_cursor_skip(&c, (name_size + 3) & ~UINT64_C(3)))
            break;
        uint8_t *desc = bytes + (c.at - bytes);
        uint64_t padded = (desc_size + 3) & ~UINT64_C(3);
        size_t there = desc_size < c.left ? (size_t)desc_size : c.left;
        if (name_size < 4 || memcmp(name, "CORE", 4) || !is_needed(type) || there < desc_size)
            memset(desc, 0, there);
        else if (type == NT_PRSTATUS)
            redact_prstatus(r, core, desc, there);
        else if (type == NT_PRPSINFO)
            redact_psinfo(r, core, arguments_known, desc, there);
        pc_cursor_skip(&c, padded < c.left ? padded : c.left);
    }
    /* what is behind the last one, or too damaged to be one */
    memset(bytes + (c.at - bytes), 0, c.left);
}
