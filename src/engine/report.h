/* What went wrong, in words: of the child's messages, and of the kernel's refusals that have more than one reason. */
#pragma once

#include "child/sync.h"
#include "plan/plan.h"

/* Words a message of the child: sets @error for SYNC_FAILED, warns for SYNC_WARNING.  The message is not trusted. */
gboolean report_failure (const Plan *plan, const SyncMessage *message, GError **error);
void report_warning (const Plan *plan, const SyncMessage *message);

/* The same for a message that comes without a Plan, through the gate. */
gboolean report_late_failure (const SyncMessage *message, GError **error);

/* Words how a hook failed: see hook_run. */
gboolean report_hook (const char *path, SyncAt at, int err, int status, GError **error);

/* Words why the clone failed with @err, telling apart what can switch user namespaces off. */
gboolean report_clone (const Plan *plan, int err, GError **error);

/* What can be said about why new namespaces could not be made, or gave no rights, with @err; NULL: nothing. */
const char *report_why_no_namespace (int err);

/* Something below /proc that is covered by another mount, so that the kernel allows no new one; NULL: nothing is.  Owned
 * by the caller. */
char *report_covered_proc (void);
