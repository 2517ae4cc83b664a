#include "target/sysroot.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

#define MAX_LINKS 40 /* as the kernel follows */

static void pop_component(pc_buffer *path)
{
    size_t length = path->length;
    while (length && path->data[length - 1] != '/')
        length--;
    pc_buffer_cut(path, length ? length - 1 : 0);
}

/* Appends name to path, which begins at the root, unless it is a link: then its target comes before the rest. */
static bool step(const char *root, pc_buffer *path, const char *name, size_t length, pc_buffer *rest, int *links)
{
    char target[PATH_MAX];
    PC_AUTO_BUFFER full = {0}, before = {0};
    struct stat st;
    pc_buffer_printf(&full, "%s%s/%.*s", root, pc_buffer_text(path), (int)length, name);
    if (full.length >= PATH_MAX || lstat(full.data, &st))
        return false;
    if (!S_ISLNK(st.st_mode)) {
        pc_buffer_putc(path, '/');
        pc_buffer_append(path, name, length);
        return S_ISDIR(st.st_mode) || !rest->length;
    }
    ssize_t size = readlink(full.data, target, sizeof(target));
    if (size <= 0 || (size_t)size == sizeof(target) || ++*links > MAX_LINKS || rest->length >= PATH_MAX)
        return false;
    if (target[0] == '/')
        pc_buffer_cut(path, 0);
    pc_buffer_append(&before, target, (size_t)size);
    pc_buffer_putc(&before, '/');
    pc_buffer_append(&before, pc_buffer_text(rest), rest->length);
    pc_buffer_cut(rest, 0);
    pc_buffer_append(rest, before.data, before.length);
    return true;
}

char *pc_sysroot_path(const char *root, const char *path)
{
    PC_AUTO_BUFFER found = {0}, rest = {0};
    int links = 0;
    if (strlen(path) >= PATH_MAX)
        return NULL;
    pc_buffer_puts(&rest, path);
    while (rest.length) {
        PC_AUTO_BUFFER name = {0}, behind = {0};
        size_t length = strcspn(rest.data, "/"), next = length + strspn(rest.data + length, "/");
        pc_buffer_append(&name, rest.data, length);
        pc_buffer_puts(&behind, rest.data + next);
        pc_buffer_cut(&rest, 0);
        pc_buffer_append(&rest, pc_buffer_text(&behind), behind.length);
        if (!length || !strcmp(name.data, "."))
            continue;
        if (!strcmp(name.data, ".."))
            pop_component(&found);
        else if (!step(root, &found, name.data, length, &rest, &links))
            return NULL;
    }
    PC_AUTO_BUFFER full = {0};
    pc_buffer_printf(&full, "%s%s", root, pc_buffer_text(&found));
    return strdup(full.data);
}
