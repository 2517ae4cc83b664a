#include "target/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/stop.h"
#include "base/text.h"

#define MAX_BUILD_ID 64 /* bytes; SHA-1 has 20, SHA-256 would have 32 */

char *pc_build_id_from_notes(const uint8_t *notes, size_t size, uint64_t alignment, bool big_endian)
{
    size_t align = alignment == 8 ? 8 : 4;
    pc_cursor c = pc_cursor_over(notes, size, big_endian);
    while (c.left >= 12 && !c.failed) {
        uint64_t name_size = pc_cursor_uint(&c, 4), desc_size = pc_cursor_uint(&c, 4), type = pc_cursor_uint(&c, 4);
        const uint8_t *name = c.at;
        size_t at_desc = (12 + name_size + align - 1) / align * align - 12;
        if (!pc_cursor_skip(&c, at_desc) || desc_size > c.left)
            return NULL;
        const uint8_t *desc = c.at;
        if (type == NT_GNU_BUILD_ID && name_size == 4 && !memcmp(name, "GNU", 4) && desc_size && desc_size <= MAX_BUILD_ID) {
            PC_AUTO_BUFFER hex = {0};
            pc_text_put_hex(&hex, (const char *)desc, desc_size);
            return pc_strdup(hex.data);
        }
        size_t step = (desc_size + align - 1) / align * align;
        pc_cursor_skip(&c, step < c.left ? step : c.left);
    }
    return NULL;
}

static void find_build_id(pc_image *image)
{
    size_t count = 0;
    if (elf_getphdrnum(image->elf, &count) || count > PC_LIMIT_ELF_PHDRS)
        count = 0;
    bool big_endian = image->header.e_ident[EI_DATA] == ELFDATA2MSB;
    for (size_t i = 0; i < count && !image->build_id; i++) {
        GElf_Phdr phdr;
        /* in a debug file the segments' contents are not there, but the notes' section is */
        if (gelf_getphdr(image->elf, (int)i, &phdr) && phdr.p_type == PT_NOTE && phdr.p_offset <= image->size &&
            phdr.p_filesz <= image->size - phdr.p_offset)
            image->build_id = pc_build_id_from_notes(image->data + phdr.p_offset, phdr.p_filesz, phdr.p_align, big_endian);
    }
    Elf_Scn *section = NULL;
    while (!image->build_id && (section = elf_nextscn(image->elf, section))) {
        GElf_Shdr shdr;
        if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_NOTE && shdr.sh_offset <= image->size &&
            shdr.sh_size <= image->size - shdr.sh_offset)
            image->build_id = pc_build_id_from_notes(image->data + shdr.sh_offset, shdr.sh_size, shdr.sh_addralign, big_endian);
    }
}

static int64_t nanoseconds(const struct timespec *t)
{
    int64_t all;
    return __builtin_mul_overflow((int64_t)t->tv_sec, INT64_C(1000000000), &all) || __builtin_add_overflow(all, (int64_t)t->tv_nsec, &all) ? INT64_MAX : all;
}

pc_error *pc_image_from_fd(int fd, const char *path, pc_image **ret_image)
{
    struct stat st;
    elf_version(EV_CURRENT);
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) { /* another file by now */
        close(fd);
        return pc_error_create(PC_ERROR_IO, "%s: not a regular file", path);
    }
    pc_image *image = pc_malloc(sizeof(*image));
    *image = (pc_image){.users = 1, .size = (size_t)st.st_size, .path = pc_strdup(path)};
    image->identity = (pc_file_identity){.device = st.st_dev, .inode = st.st_ino, .modified = nanoseconds(&st.st_mtim), .changed = nanoseconds(&st.st_ctim)};
    /* private: layout/dwarf.c changes section headers, whose pages it makes writable */
    void *data = image->size >= SELFMAG ? mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    image->data = data == MAP_FAILED ? NULL : data;
    close(fd);
    /* of a file that it has open itself, libdw asks /proc for the name, to find further files that nobody has checked */
    if (image->data && !memcmp(image->data, ELFMAG, SELFMAG))
        image->elf = elf_memory(data, image->size);
    if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &image->header)) {
        pc_error *error = pc_error_create(PC_ERROR_FORMAT, "%s: not an ELF file", path);
        pc_image_destroy(image);
        return error;
    }
    find_build_id(image);
    *ret_image = image;
    return NULL;
}

pc_error *pc_image_open(const char *path, pc_image **ret_image)
{
    struct stat st;
    /* a device is not even opened, for some act on that (tapes, watchdogs) */
    if (stat(path, &st))
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return pc_error_create(PC_ERROR_IO, "%s: not a regular file", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, strerror(errno));
    return pc_image_from_fd(fd, path, ret_image);
}

pc_error *pc_image_open_below(pc_folders *folders, const char *root, const char *path, pc_image **ret_image)
{
    int fd;
    char *found;
    PC_TRY(pc_sysroot_open(folders, root, path, &fd, &found));
    pc_image *image = NULL;
    pc_error *error = pc_image_from_fd(fd, found, &image);
    if (image) {
        size_t length = strlen(root);
        while (length && root[length - 1] == '/')
            length--;
        image->root = root;
        image->inside = image->path + length;
        *ret_image = image;
    }
    free(found);
    return error;
}

void pc_image_destroy(pc_image *image)
{
    if (!image || --image->users)
        return;
    if (image->close_types)
        image->close_types(image->types);
    pc_image_destroy(image->debug);
    pc_image_destroy(image->supplement);
    elf_end(image->elf);
    if (image->data)
        munmap((void *)image->data, image->size);
    free(image->build_id);
    free(image->asked);
    free(image->path);
    free(image);
}

static Elf_Data *strings_of(Elf *elf, size_t index)
{
    GElf_Shdr shdr;
    Elf_Scn *section = elf_getscn(elf, index);
    bool good = section && gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_STRTAB && !(shdr.sh_flags & SHF_COMPRESSED);
    Elf_Data *data = good ? elf_getdata(section, NULL) : NULL;
    return data && data->d_buf ? data : NULL;
}

static bool is_string(const Elf_Data *strings, size_t at, const char *text, size_t length)
{
    return at < strings->d_size && length < strings->d_size - at && !memcmp((const char *)strings->d_buf + at, text, length + 1);
}

static uint32_t table_symbols(pc_image *image, unsigned type, const char *const *names, size_t count, uint32_t found,
                              pc_symbol *ret_symbols)
{
    Elf_Scn *section = NULL;
    uint32_t all = count >= 32 ? UINT32_MAX : (UINT32_C(1) << count) - 1;
    size_t left = PC_LIMIT_SYMBOLS; /* tables may overlap */
    size_t lengths[32];
    for (size_t k = 0; k < count; k++)
        lengths[k] = strlen(names[k]);
    while (found != all && (section = elf_nextscn(image->elf, section))) {
        GElf_Shdr shdr;
        if (!gelf_getshdr(section, &shdr) || shdr.sh_type != type || !shdr.sh_entsize)
            continue;
        Elf_Data *data = elf_getdata(section, NULL), *strings = strings_of(image->elf, shdr.sh_link);
        size_t size = gelf_fsize(image->elf, ELF_T_SYM, 1, EV_CURRENT), symbols = data && strings && size ? data->d_size / size : 0;
        for (size_t i = 1; i < symbols && found != all && left && !pc_is_stopped(); i++, left--) {
            GElf_Sym sym;
            Elf64_Word name; /* in both classes what a symbol begins with */
            memcpy(&name, (const char *)data->d_buf + i * size, sizeof(name));
            for (size_t k = 0; k < count; k++)
                if (!(found >> k & 1) && is_string(strings, name, names[k], lengths[k]) && gelf_getsym(data, (int)i, &sym) && sym.st_shndx != SHN_UNDEF) {
                    ret_symbols[k] = (pc_symbol){.value = sym.st_value, .size = sym.st_size};
                    found |= UINT32_C(1) << k;
                }
        }
    }
    return found;
}

uint32_t pc_image_symbols(pc_image *image, const char *const *names, size_t count, pc_symbol *ret_symbols)
{
    uint32_t found = table_symbols(image, SHT_DYNSYM, names, count, 0, ret_symbols);
    found = table_symbols(image, SHT_SYMTAB, names, count, found, ret_symbols);
    if (image->debug)
        found = table_symbols(image->debug, SHT_SYMTAB, names, count, found, ret_symbols);
    return found;
}

uint32_t pc_image_dynamic_symbols(pc_image *image, const char *const *names, size_t count, pc_symbol *ret_symbols)
{
    return table_symbols(image, SHT_DYNSYM, names, count, 0, ret_symbols);
}

bool pc_image_section(pc_image *image, const char *name, pc_addr *ret_address)
{
    size_t strings;
    if (elf_getshdrstrndx(image->elf, &strings))
        return false;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(image->elf, section));) {
        GElf_Shdr shdr;
        const char *have = gelf_getshdr(section, &shdr) ? elf_strptr(image->elf, strings, shdr.sh_name) : NULL;
        if (have && (shdr.sh_flags & SHF_ALLOC) && !strcmp(have, name)) {
            *ret_address = shdr.sh_addr;
            return true;
        }
    }
    return false;
}

bool pc_image_section_bytes(pc_image *image, const char *name, const uint8_t **ret_data, size_t *ret_size)
{
    size_t strings;
    if (elf_getshdrstrndx(image->elf, &strings))
        return false;
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(image->elf, section))) {
        GElf_Shdr shdr;
        const char *have = gelf_getshdr(section, &shdr) ? elf_strptr(image->elf, strings, shdr.sh_name) : NULL;
        if (!have || shdr.sh_type == SHT_NOBITS || strcmp(have, name))
            continue;
        if (shdr.sh_offset > image->size || shdr.sh_size > image->size - shdr.sh_offset)
            return false;
        *ret_data = image->data + shdr.sh_offset;
        *ret_size = shdr.sh_size;
        return true;
    }
    return false;
}

bool pc_image_has_section(pc_image *image, const char *name)
{
    const uint8_t *data;
    size_t size;
    return pc_image_section_bytes(image, name, &data, &size);
}
