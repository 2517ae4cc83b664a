/* What two cores of the same defect have in common, as a short text and a digest of it: pycore-signature(7) has the rules, and
 * they are a contract: a rule that changes the text of a report that had one needs another version. */
#ifndef PC_REPORT_SIGNATURE_H
#define PC_REPORT_SIGNATURE_H

#include "report/report.h"

#define PC_SIGNATURE_VERSION "1" /* begins the text, so that it is part of the digest */

/* Sets report->signature; text NULL where there is nothing to tell cores apart by. Lives in the report's arena. */
void pc_signature_make(pc_report *report);

/* An exception's class as a signature names it: module.qualname, builtins and __main__ bare, also of 2.7, where tracebacks have the
 * name alone. NULL: not known. */
const char *pc_signature_exception(pc_arena *arena, const pc_exception *exception);

/* 16 hexadecimal digits: FNV-1a of the bytes, with 64 bits (draft-eastlake-fnv-21). */
void pc_signature_digest(const char *text, char ret_hash[17]);

/* A function as a signature names it: "module:qualname". module NULL: by the file name, without what comes before site-packages
 * and the like; so is __main__, whose files are many. Appended. */
void pc_signature_put_function(pc_buffer *buffer, const char *module, const char *filename, const char *qualname);
/* Whether its functions only carry others: they start threads, tasks and requests. NULL does not. */
bool pc_signature_is_carrier(const char *module);

#endif
