/* An ELF file on this machine: an executable, a shared library or a debug file. Never executed. When it is opened its headers and
 * its build-id are read, and it is mapped once more of it is asked for. */
#ifndef PC_TARGET_IMAGE_H
#define PC_TARGET_IMAGE_H

#include <gelf.h>

#include "base/error.h"
#include "target/backing.h"
#include "target/sysroot.h"

/* What tells a file from another at the same path, and from itself after a change. */
typedef struct pc_file_identity {
    uint64_t device, inode;
    int64_t modified, changed; /* nanoseconds since 1970 */
} pc_file_identity;

typedef struct pc_image {
    unsigned users; /* pc_image_destroy() counts them down */
    char *path;
    char *asked; /* by what a cache finds it; NULL: in none */
    pc_backing file; /* its bytes: pc_image_bytes() */
    pc_file_identity identity;
    Elf *elf; /* pc_image_elf() */
    GElf_Ehdr header;
    GElf_Phdr *segments; /* its PT_LOADs */
    size_t segment_count;
    bool segments_known; /* false: its program headers cannot be read, or are too many */
    char *build_id; /* lower-case hex, NULL if it has none */
    const char *root;   /* below which it was found by the rules of sysroot.h; NULL: where the user said. Borrowed */
    const char *inside; /* its path below that root */
    struct pc_image *debug; /* its separate debug file, once looked for and found; owned */
    struct pc_image *supplement; /* what dwz has put into a file of its own; likewise */
    bool debug_searched, supplement_searched, has_no_supplement;
    void *types; /* what the layouts' reader keeps of the file (layout/dwarf.c), and what ends that; NULL: nothing */
    void (*close_types)(void *types);
} pc_image;

/* A symbol as the file has it: an address before relocation. */
typedef struct pc_symbol {
    pc_addr value;
    uint64_t size;
} pc_symbol;

/* Opens a regular file that is ELF; anything else is PC_ERROR_IO or PC_ERROR_FORMAT, told in one line. The path is the
 * user's, or below a folder of his. */
pc_error *pc_image_open(const char *path, pc_image **ret_image);
/* The same for a path that comes out of a core or a file, by the rules of sysroot.h, and its folders. */
pc_error *pc_image_open_below(pc_folders *folders, const char *root, const char *path, pc_image **ret_image);
/* The same for what is open already; takes fd over. */
pc_error *pc_image_from_fd(int fd, const char *path, pc_image **ret_image);
void pc_image_destroy(pc_image *image);

/* The whole file; NULL where it cannot be mapped. */
const uint8_t *pc_image_bytes(pc_image *image);
/* For libelf; NULL where it cannot be mapped, or is no longer what it was when it was opened. */
Elf *pc_image_elf(pc_image *image);

/* Finds the defined symbols of these names in .dynsym, .symtab and the separate debug file's .symtab; found ones
 * fill ret_symbols and set their bit in the result. At most 32 names. */
uint32_t pc_image_symbols(pc_image *image, const char *const *names, size_t count, pc_symbol *ret_symbols);

/* The same of what the file exports (.dynsym) alone. */
uint32_t pc_image_dynamic_symbols(pc_image *image, const char *const *names, size_t count, pc_symbol *ret_symbols);

/* A section that has bytes, within the file. */
bool pc_image_has_section(pc_image *image, const char *name);
bool pc_image_section_bytes(pc_image *image, const char *name, const uint8_t **ret_data, size_t *ret_size);
/* Where a section is when the file is loaded, before relocation; false if it has none of that name. */
bool pc_image_section(pc_image *image, const char *name, pc_addr *ret_address);

/* Hex of a build-id in ELF notes; caller frees. NULL if there is none. */
char *pc_build_id_from_notes(const uint8_t *notes, size_t size, uint64_t alignment, bool big_endian);

#endif
