#include "target/advice.h"

#include <ctype.h>
#include <string.h>

/* The N.M behind a word in a file's name. */
static bool version_behind(const char *name, const char *word, int *ret_length)
{
    size_t length = strlen(word), at = length;
    if (strncmp(name, word, length) || !isdigit((unsigned char)name[at]))
        return false;
    while (isdigit((unsigned char)name[at]))
        at++;
    if (name[at] != '.' || !isdigit((unsigned char)name[at + 1]))
        return false;
    for (at++; isdigit((unsigned char)name[at]); at++) {
    }
    *ret_length = (int)(at - length);
    return at - length < 8;
}

/* Debian's and Ubuntu's package, where the path is one of theirs. */
static const char *package(pc_arena *arena, pc_wanted what, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *folder = strstr(path, "/python");
    int length;
    if (strncmp(path, "/usr/bin/", 9) && strncmp(path, "/usr/lib/", 9) && strncmp(path, "/lib/", 5))
        return NULL;
    if (version_behind(name, "python", &length)) {
        const char *version = name + strlen("python");
        return pc_arena_printf(arena, what == PC_WANTED_FILE ? "python%.*s" : "python%.*s-dbg", length, version);
    }
    if (version_behind(name, "libpython", &length)) {
        const char *version = name + strlen("libpython");
        return pc_arena_printf(arena, what == PC_WANTED_FILE ? "libpython%.*s" : "python%.*s-dbg", length, version);
    }
    if (folder && version_behind(folder + 1, "python", &length) && strstr(path, "/lib-dynload/")) {
        const char *version = folder + 1 + strlen("python");
        return pc_arena_printf(arena, what == PC_WANTED_FILE ? "libpython%.*s-stdlib" : "python%.*s-dbg", length, version);
    }
    return NULL;
}

size_t pc_advice(pc_arena *arena, pc_wanted what, const char *path, const char *build_id, const char *ret_how[PC_ADVICE_MAX])
{
    size_t count = 0;
    const char *name = package(arena, what, path);
    if (name)
        ret_how[count++] = pc_arena_printf(arena, "apt install %s (Debian and Ubuntu, of the very version that ran)", name);
    if (build_id)
        ret_how[count++] = pc_arena_printf(arena, "debuginfod-find %s %s, or --debuginfod", what == PC_WANTED_FILE ? "executable" : "debuginfo", build_id);
    if (what == PC_WANTED_FILE) {
        ret_how[count++] = "--sysroot=DIR with the tree of the container or host";
        ret_how[count++] = "--lib-path=DIR with a folder that has it";
    } else {
        ret_how[count++] = "--debug-dir=DIR with a tree of debug files";
    }
    return count;
}

const char *pc_advice_text(pc_arena *arena, pc_wanted what, const char *path, const char *build_id)
{
    const char *how[PC_ADVICE_MAX];
    PC_AUTO_BUFFER text = {0};
    size_t count = pc_advice(arena, what, path, build_id, how);
    for (size_t i = 0; i < count; i++)
        pc_buffer_printf(&text, "%s%s", !i ? "" : i + 1 == count ? "; or " : "; ", how[i]);
    return pc_arena_strdup(arena, pc_buffer_text(&text));
}
