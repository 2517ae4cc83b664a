#include "target/debuginfod.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/shared_library.h"

#ifdef HAVE_DEBUGINFOD
#include <elfutils/debuginfod.h>

#ifndef DEBUGINFOD_SONAME
#define DEBUGINFOD_SONAME "libdebuginfod.so.1"
#endif

typedef int find_function(debuginfod_client *client, const unsigned char *build_id, int build_id_size, char **path);

#define DEBUGINFOD(F) \
    F(debuginfod_, begin) F(debuginfod_, end) F(debuginfod_, set_progressfn) F(debuginfod_, find_executable) F(debuginfod_, find_debuginfo)
static PC_LIBRARY(DEBUGINFOD) debuginfod;
PC_LIBRARY_ALWAYS_LOADER(load_debuginfod, debuginfod, DEBUGINFOD_SONAME, DEBUGINFOD)

struct pc_debuginfod {
    debuginfod_client *client;
    int asked;
    double left;    /* seconds that this run may still wait */
    double begun, changed; /* of the file that is asked for now */
    long bytes;
    const char *stopped;     /* by the clock or the size of the file */
    char *failed;            /* why no server is asked any more */
};

/* The library tells its callback no more than the client. */
static pc_debuginfod *the_client;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Called about once a second; anything but 0 ends the transfer. */
static int progress(debuginfod_client *client, long bytes, long size)
{
    enum { ENOUGH = 64 };
    pc_debuginfod *c = the_client;
    (void)client;
    if (!c || c->stopped)
        return 1;
    double t = now();
    /* until a server has begun to send, it is the calls that are counted */
    if (bytes > c->bytes + ENOUGH)
        c->changed = t;
    c->bytes = bytes;
    if (bytes > PC_LIMIT_DEBUGINFOD_SIZE || size > PC_LIMIT_DEBUGINFOD_SIZE)
        c->stopped = "the file is too large";
    else if (t - c->changed > PC_LIMIT_DEBUGINFOD_SILENCE)
        c->stopped = "no answer";
    else if (t - c->begun > c->left)
        c->stopped = "it takes too long";
    return c->stopped != NULL;
}

bool pc_debuginfod_is_there(void)
{
    return true;
}

pc_error *pc_debuginfod_open(pc_debuginfod **ret_client)
{
    const char *urls = getenv(DEBUGINFOD_URLS_ENV_VAR);
    if (!urls || !urls[strspn(urls, " \t")])
        return pc_error_create(PC_ERROR_NOT_FOUND, "the environment's DEBUGINFOD_URLS names no server");
    PC_TRY(load_debuginfod());
    pc_debuginfod *c = pc_malloc(sizeof(*c));
    *c = (pc_debuginfod){.client = debuginfod.begin(), .left = PC_LIMIT_DEBUGINFOD_TIME};
    if (!c->client) {
        free(c);
        return pc_error_create(PC_ERROR_IO, "%s cannot be used", DEBUGINFOD_SONAME);
    }
    debuginfod.set_progressfn(c->client, progress);
    *ret_client = c;
    return NULL;
}

void pc_debuginfod_close(pc_debuginfod *c)
{
    if (!c)
        return;
    debuginfod.end(c->client);
    free(c->failed);
    free(c);
}

static pc_error *find(pc_debuginfod *c, find_function *function, const char *what, const char *build_id, int *ret_fd, char **ret_path)
{
    char *path = NULL;
    if (c->failed)
        return pc_error_create(PC_ERROR_IO, "%s", c->failed);
    if (c->asked++ >= PC_LIMIT_DEBUGINFOD_FILES)
        return pc_error_create(PC_ERROR_LIMIT, "debuginfod has been asked for %d files, more it is not", PC_LIMIT_DEBUGINFOD_FILES);
    c->begun = c->changed = now();
    c->bytes = 0;
    c->stopped = NULL;
    the_client = c;
    int fd = function(c->client, (const unsigned char *)build_id, 0, &path);
    the_client = NULL;
    c->left -= now() - c->begun;
    if (fd >= 0) {
        *ret_fd = fd;
        *ret_path = path;
        return NULL;
    }
    if (fd == -ENOENT && !c->stopped)
        return pc_error_create(PC_ERROR_NOT_FOUND, "debuginfod has no %s of build-id %s", what, build_id);
    pc_error *error = pc_error_create(PC_ERROR_IO, "debuginfod was asked for the %s of build-id %s: %s", what, build_id,
                                      c->stopped ? c->stopped : strerror(-fd));
    c->failed = pc_strdup(error->message);
    return error;
}

pc_error *pc_debuginfod_executable(pc_debuginfod *c, const char *build_id, int *ret_fd, char **ret_path)
{
    return find(c, debuginfod.find_executable, "executable", build_id, ret_fd, ret_path);
}

pc_error *pc_debuginfod_debuginfo(pc_debuginfod *c, const char *build_id, int *ret_fd, char **ret_path)
{
    return find(c, debuginfod.find_debuginfo, "debug information", build_id, ret_fd, ret_path);
}

#else

bool pc_debuginfod_is_there(void)
{
    return false;
}

pc_error *pc_debuginfod_open(pc_debuginfod **ret_client)
{
    (void)ret_client;
    return pc_error_create(PC_ERROR_NOT_FOUND, "this pycore was built without libdebuginfod");
}

void pc_debuginfod_close(pc_debuginfod *client)
{
    (void)client;
}

pc_error *pc_debuginfod_executable(pc_debuginfod *client, const char *build_id, int *ret_fd, char **ret_path)
{
    (void)client, (void)build_id, (void)ret_fd, (void)ret_path;
    return pc_error_create(PC_ERROR_NOT_FOUND, "this pycore was built without libdebuginfod");
}

pc_error *pc_debuginfod_debuginfo(pc_debuginfod *client, const char *build_id, int *ret_fd, char **ret_path)
{
    return pc_debuginfod_executable(client, build_id, ret_fd, ret_path);
}

#endif
