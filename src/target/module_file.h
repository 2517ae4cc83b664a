/* The file behind a module: where it is looked for, and what proves that it is the one that was mapped (modules.h). */
#ifndef PC_TARGET_MODULE_FILE_H
#define PC_TARGET_MODULE_FILE_H

#include "target/modules.h"

/* Sets the module's image, file and matches. executable: what the user named for it, NULL for other modules. What is refused
 * becomes a diagnostic of the core. */
void pc_module_file_find(pc_modules *modules, pc_module *module, const char *executable);

#endif
