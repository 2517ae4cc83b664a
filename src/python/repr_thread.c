/* Locks, their repr(), and that of thread handles (Modules/_threadmodule.c). */
#include "python/lock.h"
#include "python/repr_parts.h"

static pc_error *read_recursive(pc_python *py, pc_addr object, pc_lock *lock)
{
    PC_TRY(pc_field_uint(py, PC_RLOCK_OWNER, object, &lock->owner));
    if (pc_has(py, PC_RLOCK_COUNT)) {
        PC_TRY(pc_field_uint(py, PC_RLOCK_COUNT, object, &lock->count));
        lock->locked = lock->count > 0;
        return NULL;
    }
    uint64_t bits;
    PC_TRY(pc_field_uint(py, PC_RLOCK_BITS, object, &bits));
    PC_TRY(pc_field_uint(py, PC_RLOCK_LEVEL, object, &lock->count));
    lock->locked = bits & 1;
    lock->count = lock->locked ? lock->count + 1 : 0;
    return NULL;
}

pc_error *pc_lock_read(pc_python *py, pc_addr object, pc_lock *ret_lock)
{
    const pc_type *type;
    pc_lock lock = {0};
    uint64_t locked;
    PC_TRY(pc_type_of(py, object, &type));
    if (type->kind == PC_TYPE_RLOCK) {
        lock.recursive = true;
        PC_TRY(read_recursive(py, object, &lock));
    } else if (type->kind == PC_TYPE_LOCK) {
        PC_TRY(pc_field_uint(py, PC_LOCK_LOCKED, object, &locked));
        lock.locked = locked & 1;
    } else {
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " is not a lock", object);
    }
    *ret_lock = lock;
    return NULL;
}

pc_error *pc_write_lock(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_lock lock = {0};
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_lock_read(w->py, object, &lock));
    pc_write_printf(w, "<%s %s object", lock.locked ? "locked" : "unlocked", type->tp_name);
    if (lock.recursive)
        pc_write_printf(w, " owner=%" PRIu64 " count=%" PRIu64, lock.owner, lock.count);
    pc_write_printf(w, " at " PC_ADDR ">", object);
    return NULL;
}

pc_error *pc_write_thread_handle(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr handle;
    uint64_t ident;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_THREAD_HANDLE, object, &handle));
    PC_TRY(pc_field_uint(w->py, PC_THREAD_HANDLE_IDENT, handle, &ident));
    pc_write_printf(w, "<%s object: ident=%" PRIu64 ">", type->tp_name, ident);
    return NULL;
}
