#include "target/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

const uint8_t *pc_image_bytes(pc_image *image)
{
    return pc_backing_bytes(&image->file);
}

Elf *pc_image_elf(pc_image *image)
{
    const uint8_t *bytes = image->elf ? NULL : pc_image_bytes(image);
    if (!bytes)
        return image->elf;
    elf_version(EV_CURRENT);
    /* of a file that it has open itself, libdw asks /proc for the name, to find further files that nobody has checked */
    image->elf = elf_memory((char *)bytes, image->file.size);
    return image->elf;
}

/* What is read of a file when it is opened. Program headers and notes are mostly in the first page. */
typedef struct beginning {
    uint8_t bytes[4096];
    size_t size;
    GElf_Phdr *phdrs;
    size_t phdr_count;
} beginning;

static GElf_Phdr phdr_at(const uint8_t *p, bool wide, bool big_endian)
{
    size_t word = wide ? 8 : 4;
    return (GElf_Phdr){
        .p_type = (Elf64_Word)pc_load_uint(p, 4, big_endian),
        .p_flags = (Elf64_Word)pc_load_uint(p + (wide ? 4 : 24), 4, big_endian),
        .p_offset = pc_load_uint(p + (wide ? 8 : 4), word, big_endian),
        .p_vaddr = pc_load_uint(p + (wide ? 16 : 8), word, big_endian),
        .p_paddr = pc_load_uint(p + (wide ? 24 : 12), word, big_endian),
        .p_filesz = pc_load_uint(p + (wide ? 32 : 16), word, big_endian),
        .p_memsz = pc_load_uint(p + (wide ? 40 : 20), word, big_endian),
        .p_align = pc_load_uint(p + (wide ? 48 : 28), word, big_endian),
    };
}

/* The headers, where they are as linkers write them: then libelf would take the file, and find the same. */
static bool read_plain_headers(pc_image *image, beginning *b)
{
    GElf_Ehdr h = {0};
    b->size = image->file.size < sizeof(b->bytes) ? image->file.size : sizeof(b->bytes);
    if (b->size < sizeof(Elf64_Ehdr) || !pc_backing_read(&image->file, 0, b->bytes, b->size) || memcmp(b->bytes, ELFMAG, SELFMAG))
        return false;
    memcpy(h.e_ident, b->bytes, EI_NIDENT);
    bool wide = h.e_ident[EI_CLASS] == ELFCLASS64, big_endian = h.e_ident[EI_DATA] == ELFDATA2MSB;
    if ((!wide && h.e_ident[EI_CLASS] != ELFCLASS32) || (!big_endian && h.e_ident[EI_DATA] != ELFDATA2LSB) || h.e_ident[EI_VERSION] != EV_CURRENT)
        return false;
    size_t word = wide ? 8 : 4, ehdr = wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    size_t phdr = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), shdr = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    pc_cursor c = pc_cursor_over(b->bytes + EI_NIDENT, ehdr - EI_NIDENT, big_endian);
    h.e_type = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_machine = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_version = (Elf64_Word)pc_cursor_uint(&c, 4);
    h.e_entry = pc_cursor_uint(&c, word);
    h.e_phoff = pc_cursor_uint(&c, word);
    h.e_shoff = pc_cursor_uint(&c, word);
    h.e_flags = (Elf64_Word)pc_cursor_uint(&c, 4);
    h.e_ehsize = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_phentsize = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_phnum = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_shentsize = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_shnum = (Elf64_Half)pc_cursor_uint(&c, 2);
    h.e_shstrndx = (Elf64_Half)pc_cursor_uint(&c, 2);
    if (!h.e_phnum || h.e_phnum == PN_XNUM || h.e_phentsize != phdr || h.e_phoff < ehdr || h.e_phoff > b->size ||
        h.e_phnum > (b->size - h.e_phoff) / phdr || !h.e_shnum || h.e_shentsize != shdr || h.e_shoff < ehdr || h.e_shoff > image->file.size ||
        h.e_shnum > (image->file.size - h.e_shoff) / shdr)
        return false;
    image->header = h;
    image->segments_known = true;
    b->phdr_count = h.e_phnum;
    b->phdrs = pc_malloc(b->phdr_count * sizeof(*b->phdrs));
    for (size_t i = 0; i < b->phdr_count; i++)
        b->phdrs[i] = phdr_at(b->bytes + h.e_phoff + i * phdr, wide, big_endian);
    return true;
}

/* Any headers, as libelf has them. */
static bool read_headers(pc_image *image, beginning *b)
{
    const uint8_t *bytes = image->file.size >= SELFMAG ? pc_image_bytes(image) : NULL;
    Elf *elf = bytes && !memcmp(bytes, ELFMAG, SELFMAG) ? pc_image_elf(image) : NULL;
    size_t count;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &image->header))
        return false;
    b->size = 0;
    image->segments_known = !elf_getphdrnum(elf, &count) && count <= PC_LIMIT_ELF_PHDRS;
    if (!image->segments_known)
        return true;
    b->phdrs = pc_malloc(count * sizeof(*b->phdrs));
    while (b->phdr_count < count && gelf_getphdr(elf, (int)b->phdr_count, &b->phdrs[b->phdr_count]))
        b->phdr_count++;
    return true;
}

/* Bytes that are within the file. */
static char *build_id_at(pc_image *image, const beginning *b, uint64_t offset, uint64_t size, uint64_t alignment)
{
    uint8_t room[4096];
    const uint8_t *bytes = room;
    bool big_endian = image->header.e_ident[EI_DATA] == ELFDATA2MSB;
    if (offset > image->file.size || size > image->file.size - offset)
        return NULL;
    if (offset <= b->size && size <= b->size - offset)
        bytes = b->bytes + offset;
    else if (size > sizeof(room) || !pc_backing_read(&image->file, offset, room, size))
        bytes = pc_image_bytes(image) ? pc_image_bytes(image) + offset : NULL;
    return bytes ? pc_build_id_from_notes(bytes, size, alignment, big_endian) : NULL;
}

static void find_build_id(pc_image *image, const beginning *b)
{
    /* in a debug file the segments' contents are not there, but the notes' section is */
    for (size_t i = 0; i < b->phdr_count && !image->build_id; i++)
        if (b->phdrs[i].p_type == PT_NOTE)
            image->build_id = build_id_at(image, b, b->phdrs[i].p_offset, b->phdrs[i].p_filesz, b->phdrs[i].p_align);
    Elf_Scn *section = NULL;
    while (!image->build_id && (section = elf_nextscn(pc_image_elf(image), section))) {
        GElf_Shdr shdr;
        if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_NOTE)
            image->build_id = build_id_at(image, b, shdr.sh_offset, shdr.sh_size, shdr.sh_addralign);
    }
}

static void keep_segments(pc_image *image, const beginning *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->phdr_count; i++)
        count += b->phdrs[i].p_type == PT_LOAD;
    image->segments = pc_malloc(count * sizeof(*image->segments));
    for (size_t i = 0; i < b->phdr_count; i++)
        if (b->phdrs[i].p_type == PT_LOAD)
            image->segments[image->segment_count++] = b->phdrs[i];
}

static int64_t nanoseconds(const struct timespec *t)
{
    int64_t all;
    return __builtin_mul_overflow((int64_t)t->tv_sec, INT64_C(1000000000), &all) || __builtin_add_overflow(all, (int64_t)t->tv_nsec, &all) ? INT64_MAX : all;
}

/* Takes fd over, which is st. */
static pc_error *open_regular(int fd, const struct stat *st, const char *path, pc_image **ret_image)
{
    beginning b;
    pc_image *image = pc_malloc(sizeof(*image));
    *image = (pc_image){.users = 1, .path = pc_strdup(path)};
    image->identity = (pc_file_identity){.device = st->st_dev, .inode = st->st_ino, .modified = nanoseconds(&st->st_mtim), .changed = nanoseconds(&st->st_ctim)};
    pc_backing_init(&image->file, fd, (size_t)st->st_size);
    b.phdrs = NULL;
    b.phdr_count = 0;
    if (!read_plain_headers(image, &b) && !read_headers(image, &b)) {
        pc_image_destroy(image);
        return pc_error_create(PC_ERROR_FORMAT, "%s: not an ELF file", path);
    }
    find_build_id(image, &b);
    keep_segments(image, &b);
    free(b.phdrs);
    *ret_image = image;
    return NULL;
}

pc_error *pc_image_from_fd(int fd, const char *path, pc_image **ret_image)
{
    struct stat st;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode))
        return open_regular(fd, &st, path, ret_image);
    close(fd);
    return pc_error_create(PC_ERROR_IO, "%s: not a regular file", path); /* another file by now */
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
    struct stat st;
    char *found;
    PC_TRY(pc_sysroot_open(folders, root, path, &fd, &st, &found));
    pc_image *image = NULL;
    pc_error *error = open_regular(fd, &st, found, &image);
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
    pc_backing_deinit(&image->file);
    free(image->segments);
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

/* A symbol table with its names, and the names that are wanted. */
typedef struct symbol_search {
    Elf_Data *symbols, *strings;
    size_t symbol_count;
    const char *const *names;
    size_t lengths[32], count;
    pc_symbol *ret_symbols;
} symbol_search;

/* Whether the symbol is the wanted one, and is defined. */
static bool take_symbol(const symbol_search *s, size_t symbol, size_t entry_size, size_t wanted)
{
    GElf_Sym sym;
    Elf64_Word name; /* in both classes what a symbol begins with */
    memcpy(&name, (const char *)s->symbols->d_buf + symbol * entry_size, sizeof(name));
    if (!is_string(s->strings, name, s->names[wanted], s->lengths[wanted]) || !gelf_getsym(s->symbols, (int)symbol, &sym) || sym.st_shndx == SHN_UNDEF)
        return false;
    s->ret_symbols[wanted] = (pc_symbol){.value = sym.st_value, .size = sym.st_size};
    return true;
}

/* The table by which the dynamic linker finds symbols of the section; NULL where there is none, or none of this form. */
static const uint8_t *hash_table(pc_image *image, Elf *elf, size_t of_section, size_t *ret_size)
{
    GElf_Shdr shdr;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));)
        if (gelf_getshdr(section, &shdr) && shdr.sh_type == SHT_GNU_HASH && shdr.sh_link == of_section && shdr.sh_offset <= image->file.size &&
            shdr.sh_size <= image->file.size - shdr.sh_offset) {
            *ret_size = shdr.sh_size;
            return pc_image_bytes(image) + shdr.sh_offset;
        }
    return NULL;
}

static uint32_t hash_of(const char *name)
{
    uint32_t h = 5381;
    for (; *name; name++)
        h = h * 33 + (uint8_t)*name;
    return h;
}

/* By that table, instead of a look at every symbol and its name: which lie in many pages. false where it is not sound.
 * Its words: how many buckets, the first symbol that is in it, how many words the filter has, a shift; the filter; the buckets, each
 * the first symbol of a chain; for each symbol its hash, whose lowest bit is set at the end of a chain. */
static bool hashed_symbols(const symbol_search *s, size_t entry_size, const uint8_t *table, size_t size, const GElf_Ehdr *header, uint32_t *found)
{
    bool big_endian = header->e_ident[EI_DATA] == ELFDATA2MSB;
    if (size < 16)
        return false;
    uint64_t buckets = pc_load_uint(table, 4, big_endian), first = pc_load_uint(table + 4, 4, big_endian), filter = pc_load_uint(table + 8, 4, big_endian);
    uint64_t at_buckets = 16 + filter * (header->e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4), at_chains = at_buckets + buckets * 4;
    if (!buckets || at_chains > size)
        return false;
    for (size_t k = 0; k < s->count; k++) {
        uint32_t wanted = hash_of(s->names[k]), hash = 0;
        uint64_t symbol = pc_load_uint(table + at_buckets + wanted % buckets * 4, 4, big_endian);
        for (; !(*found >> k & 1) && !(hash & 1) && symbol >= first && symbol < s->symbol_count && symbol - first < (size - at_chains) / 4; symbol++) {
            hash = (uint32_t)pc_load_uint(table + at_chains + (symbol - first) * 4, 4, big_endian);
            if ((hash | 1) == (wanted | 1) && take_symbol(s, symbol, entry_size, k))
                *found |= UINT32_C(1) << k;
        }
    }
    return true;
}

static uint32_t table_symbols(pc_image *image, unsigned type, const char *const *names, size_t count, uint32_t found,
                              pc_symbol *ret_symbols)
{
    Elf *elf = pc_image_elf(image);
    Elf_Scn *section = NULL;
    uint32_t all = count >= 32 ? UINT32_MAX : (UINT32_C(1) << count) - 1;
    size_t left = PC_LIMIT_SYMBOLS; /* tables may overlap */
    symbol_search s = {.names = names, .count = count, .ret_symbols = ret_symbols};
    for (size_t k = 0; k < count; k++)
        s.lengths[k] = strlen(names[k]);
    while (found != all && (section = elf_nextscn(elf, section))) {
        GElf_Shdr shdr;
        if (!gelf_getshdr(section, &shdr) || shdr.sh_type != type || !shdr.sh_entsize)
            continue;
        s.symbols = elf_getdata(section, NULL);
        s.strings = strings_of(elf, shdr.sh_link);
        size_t size = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT), table_size;
        s.symbol_count = s.symbols && s.strings && size ? s.symbols->d_size / size : 0;
        const uint8_t *table = type == SHT_DYNSYM && s.symbol_count ? hash_table(image, elf, elf_ndxscn(section), &table_size) : NULL;
        if (table && hashed_symbols(&s, size, table, table_size, &image->header, &found))
            continue;
        for (size_t i = 1; i < s.symbol_count && found != all && left && !pc_is_stopped(); i++, left--)
            for (size_t k = 0; k < count; k++)
                if (!(found >> k & 1) && take_symbol(&s, i, size, k))
                    found |= UINT32_C(1) << k;
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
    Elf *elf = pc_image_elf(image);
    if (elf_getshdrstrndx(elf, &strings))
        return false;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr shdr;
        const char *have = gelf_getshdr(section, &shdr) ? elf_strptr(elf, strings, shdr.sh_name) : NULL;
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
    Elf *elf = pc_image_elf(image);
    if (elf_getshdrstrndx(elf, &strings))
        return false;
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr shdr;
        const char *have = gelf_getshdr(section, &shdr) ? elf_strptr(elf, strings, shdr.sh_name) : NULL;
        if (!have || shdr.sh_type == SHT_NOBITS || strcmp(have, name))
            continue;
        if (shdr.sh_offset > image->file.size || shdr.sh_size > image->file.size - shdr.sh_offset)
            return false;
        *ret_data = pc_image_bytes(image) + shdr.sh_offset;
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
