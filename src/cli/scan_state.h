/* What a scan does with its state beside reading cores: what is stored of a core, and lists of it. */
#ifndef PC_CLI_SCAN_STATE_H
#define PC_CLI_SCAN_STATE_H

#include "cli/options.h"
#include "scan/filter.h"
#include "scan/groups.h"
#include "scan/state.h"

/* What is stored of a file is enough: no filter needs what is in the core, and nothing is in the report that is not to be shown.
 * Else the core is to be read again, which is what false says. ret_line (NULL: no report is wanted) gets the report as one line
 * that names the file as it is named now. */
bool pc_scan_state_take(pc_state *state, const pc_options *options, const pc_filter *filter, pc_outcome *outcome, pc_buffer *ret_line);

/* The sorted groups as --summary-json and --json want them: to a file, and to out unless reports are written there. false after a complaint. */
bool pc_scan_write_summary(pc_groups *groups, const pc_options *options, const pc_summary_options *summary, FILE *out);

/* --new-since and --group: what is stored, and no core is read. Gives the exit status. */
int pc_scan_state_list(const pc_options *options, const pc_filter *filter);

#endif
