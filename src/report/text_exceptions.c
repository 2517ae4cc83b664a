/* Exceptions as traceback.print_exception() prints them: chains, groups in their frames, notes, where a SyntaxError is. What an
 * exception brings has lines of its own; all else in it is escaped. */
#include <stdlib.h>

#include "report/printer.h"

#define GROUP_WIDTH 15 /* what traceback shows of a group, and how deep */
#define GROUP_DEPTH 10

/* Every line of the text behind the prefix. */
static void put_lines(printer *p, const char *style, const char *text)
{
    for (;;) {
        size_t length = strcspn(text, "\n");
        PC_AUTO_BUFFER line = {0};
        pc_buffer_append(&line, text, length);
        indent(p, "");
        styled(p, style, pc_buffer_text(&line));
        newline(p);
        if (!text[length])
            break;
        text += length + 1;
    }
}

static const char *why_no_message(const pc_exception *e)
{
    switch (e->message_source) {
    case PC_MESSAGE_ARGUMENT_CODE:
        return "str() of its argument is code of the program";
    case PC_MESSAGE_UNKNOWN:
    case PC_MESSAGE_UNREADABLE:
        return "what str() gives is not known";
    default:
        return "str() is code of its class";
    }
}

static void put_status(printer *p, const pc_exception *e)
{
    if (e->status == PC_STATUS_STALE)
        put(p, DIM, "  [its handler has ended]");
    else if (e->status != PC_STATUS_COMPLETE)
        put(p, YELLOW, "  [%s]", pc_status_name(e->status));
}

/* Type: message, the first line in colour */
static void put_last_lines(printer *p, const pc_exception *e)
{
    const char *message = e->printed ? e->printed : e->message, *rest = message ? strchr(message, '\n') : NULL;
    if (e->position)
        put_lines(p, "", e->position);
    indent(p, "");
    styled(p, RED, e->full_type ? e->full_type : e->type ? e->type : "(unknown exception)");
    if (!message && e->args)
        put(p, NULL, " (%s; args: %s)", why_no_message(e), e->args);
    else if (!message && e->type)
        put(p, NULL, " (%s)", why_no_message(e));
    else if (message && *message)
        put(p, NULL, ": %.*s", rest ? (int)(rest - message) : (int)strlen(message), message);
    if (!rest)
        put_status(p, e);
    newline(p);
    if (rest)
        put_lines(p, "", rest + 1);
    if (rest && e->status != PC_STATUS_COMPLETE) {
        indent(p, "");
        put_status(p, e);
        newline(p);
    }
    for (size_t i = 0; i < e->note_count; i++) {
        if (e->notes[i]) {
            put_lines(p, "", e->notes[i]);
            continue;
        }
        indent(p, "");
        put(p, DIM, "(a note that is not known: its str() is code of the program, or it cannot be read)\n");
    }
}

/* The prefix of lines at the present depth of groups; free() the old one is the caller's, who keeps it. */
static void set_prefix(printer *p, pc_buffer *buffer, char margin)
{
    pc_buffer_cut(buffer, 0);
    if (p->group_depth)
        pc_buffer_printf(buffer, "%*s%c ", 2 * p->group_depth, "", margin);
    p->prefix = pc_buffer_text(buffer);
}

/* A line of the frame itself. */
static void put_frame_line(printer *p, const char *begin, const char *title)
{
    fprintf(p->out, "%*s%s+---------------- %s ----------------\n", 2 * p->group_depth, "", begin, title);
}

static void put_repeated(printer *p, const pc_exception *e)
{
    indent(p, "");
    put(p, DIM, "(the exception at " PC_ADDR ", shown elsewhere in this thread)\n", e->address);
}

static void put_one(printer *p, const pc_exception *e);

static void put_members(printer *p, const pc_exception *e)
{
    size_t shown = e->group_count <= GROUP_WIDTH ? e->group_count : GROUP_WIDTH + 1;
    p->group_open = false;
    for (size_t i = 0; i < shown; i++) {
        char title[24] = "...";
        const char *outer = p->prefix;
        PC_AUTO_BUFFER prefix = {0};
        if (i < GROUP_WIDTH)
            snprintf(title, sizeof(title), "%zu", i + 1);
        put_frame_line(p, i ? "  " : "+-", title);
        /* the frame of the last one is closed by the innermost group that ends there */
        p->group_open |= i + 1 == shown;
        p->group_depth++;
        set_prefix(p, &prefix, '|');
        if (i == GROUP_WIDTH) {
            size_t rest = e->group_count - GROUP_WIDTH;
            indent(p, "");
            put(p, NULL, "and %zu more exception%s\n", rest, rest == 1 ? "" : "s");
        } else {
            pc_print_exception(p, e->group[i]);
        }
        if (i + 1 == shown && p->group_open) {
            fprintf(p->out, "%*s+------------------------------------\n", 2 * p->group_depth, "");
            p->group_open = false;
        }
        p->group_depth--;
        p->prefix = outer;
    }
}

static void put_group(printer *p, const pc_exception *e)
{
    const char *outer = p->prefix;
    bool outermost = p->group_depth == 0;
    PC_AUTO_BUFFER prefix = {0};
    if (p->group_depth > GROUP_DEPTH) {
        indent(p, "");
        put(p, NULL, "... (max_group_depth is %d)\n", GROUP_DEPTH);
        return;
    }
    p->group_depth += outermost;
    set_prefix(p, &prefix, outermost ? '+' : '|');
    if (e->traceback_count) {
        indent(p, "");
        fputs("Exception Group Traceback (most recent call last):\n", p->out);
    }
    set_prefix(p, &prefix, '|');
    pc_print_frames(p, e->traceback, e->traceback_count, false, true);
    put_last_lines(p, e);
    put_members(p, e);
    p->group_depth -= outermost;
    p->prefix = outer;
}

/* Without what it is chained to. */
static void put_one(printer *p, const pc_exception *e)
{
    if (e->status == PC_STATUS_REPEATED) {
        put_repeated(p, e);
        return;
    }
    if (e->group) {
        put_group(p, e);
        return;
    }
    if (e->traceback_count) {
        indent(p, "");
        fputs("Traceback (most recent call last):\n", p->out);
        pc_print_frames(p, e->traceback, e->traceback_count, false, true);
    }
    put_last_lines(p, e);
}

void pc_print_exception(printer *p, const pc_exception *e)
{
    const pc_exception *before = e->cause ? e->cause : e->suppress_context != PC_TRUE ? e->context : NULL;
    if (before && e->status != PC_STATUS_REPEATED) {
        pc_print_exception(p, before);
        put_lines(p, "", e->cause ? "\nThe above exception was the direct cause of the following exception:\n"
                                  : "\nDuring handling of the above exception, another exception occurred:\n");
    }
    put_one(p, e);
}
