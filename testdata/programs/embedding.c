/* A program that embeds the interpreter: runs a script, while a thread that Python knows nothing of waits.
 * The interpreter is a library here (or part of this executable), and main() is not Python's. */
#include <Python.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    FILE *script;

    if (argc != 2 || !(script = fopen(argv[1], "r")))
        return 64;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        return 71;
    Py_Initialize();
    PyRun_SimpleFile(script, argv[1]);
    return 70;  /* the script should have crashed */
}
