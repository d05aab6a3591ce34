/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_VERIFY_NAMES_H
#define CORE_JOB_VERIFY_NAMES_H

#include "core/archive/check.h"
#include "core/job/job.h"

/*
 * What a check found, said in mail: which messages each fault costs, and in
 * which mailboxes they lay.  From the catalog where there is one, else from
 * the archive's own snapshots and listings as far as those can be read.
 */
struct damage {
	const char *object;
	struct buf reason;
	VEC(struct digest) messages;
	VEC(const char *) mailboxes;    /* full names; the same one may come again */
	size_t files;                   /* kept files that are hit; the first are named in reason */
};

struct damages {
	struct arena arena;
	VEC(struct damage) items;
};

void damages_name(struct damages *out, struct job *j, const struct check_report *report);
void damages_free(struct damages *d);

#endif
