#include "scan/list.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"

#define PIECE 65536

#define TEXT_OF(number) #number
#define TEXT_OF_LIMIT(limit) TEXT_OF(limit)

void pc_list_init(pc_list *list, int fd, char end)
{
    *list = (pc_list){.fd = fd, .end = end};
}

void pc_list_deinit(pc_list *list)
{
    if (list)
        pc_buffer_deinit(&list->buffer);
}

/* What is there, without waiting: the descriptor is shared with other processes, so that it cannot be made non-blocking. */
static void read_piece(pc_list *list)
{
    struct pollfd ready = {.fd = list->fd, .events = POLLIN};
    char piece[PIECE];
    if (poll(&ready, 1, 0) <= 0)
        return;
    ssize_t n = read(list->fd, piece, sizeof(piece));
    if (n > 0) {
        pc_buffer_append(&list->buffer, piece, (size_t)n);
    } else if (!n || (errno != EINTR && errno != EAGAIN)) {
        list->error = n ? errno : 0;
        list->ended = true;
    }
}

/* The bytes of the buffer that were given before go. */
static void forget_taken(pc_list *list)
{
    pc_buffer *b = &list->buffer;
    if (!list->taken)
        return;
    memmove(b->data, b->data + list->taken, b->length - list->taken);
    pc_buffer_cut(b, b->length - list->taken);
    list->searched -= list->taken;
    list->taken = 0;
}

static pc_list_step bad(pc_list *list, const char *reason)
{
    list->reason = reason;
    return PC_LIST_BAD;
}

/* One that is in the buffer; PC_LIST_WAIT: there is none. */
static pc_list_step from_buffer(pc_list *list, const char **ret_path)
{
    pc_buffer *b = &list->buffer;
    while (b->data) {
        char *path = b->data + list->taken, *end = memchr(b->data + list->searched, list->end, b->length - list->searched);
        bool skips = list->skips;
        size_t length = end ? (size_t)(end - path) : b->length - list->taken;
        if (!end && (length <= PC_LIMIT_LIST_PATH || skips) && !list->ended) {
            list->searched = b->length;
            if (skips)
                list->taken = b->length;
            return PC_LIST_WAIT;
        }
        if (!end && !length)
            break;
        list->searched = list->taken += length + (end ? 1 : 0);
        list->skips = !end && !list->ended;
        path[length] = 0; /* over its end, or over the NUL that is behind the buffer's bytes */
        if (skips || !length)
            continue;
        *ret_path = path;
        if (length > PC_LIMIT_LIST_PATH) {
            path[PC_LIMIT_LIST_PATH] = 0;
            return bad(list, "a path of more than " TEXT_OF_LIMIT(PC_LIMIT_LIST_PATH) " bytes");
        }
        return strlen(path) == length ? PC_LIST_PATH : bad(list, "a path with a NUL in it");
    }
    return list->ended ? PC_LIST_END : PC_LIST_WAIT;
}

pc_list_step pc_list_next(pc_list *list, const char **ret_path)
{
    pc_list_step step = from_buffer(list, ret_path);
    if (step != PC_LIST_WAIT)
        return step;
    forget_taken(list);
    read_piece(list);
    return from_buffer(list, ret_path);
}
