/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_CATCH_UP_H
#define CORE_JOB_CATCH_UP_H

#include "core/job/job.h"

/*
 * Bring the catalog up to what lies at the target: take in index objects and
 * snapshots that it does not know, and packs that no index names (one is
 * written when writing is allowed), and fetch the text of messages known by
 * their summary only.
 */

/* 1 when something is to be done, 0 when the catalog is current. */
int catch_up_needed(struct job *j, struct error *err);
/* 1 when the archive lacks a file that the catalog has taken in: somebody
 * removed it, or the whole archive is an older copy.  *name is the first one. */
int catch_up_lost(struct job *j, struct arena *a, const char **name, struct error *err);
/* Packs that are gone hold nothing: what the catalog knows of them is not to
 * be relied on by who is going to write. */
int catch_up_gone(struct job *j, struct error *err);
/* with_text false: summaries, places and snapshots only; enough to list and
 * restore.  may_write: an index may be put at the target. */
int catch_up(struct job *j, bool with_text, bool may_write, struct error *err);

#endif
