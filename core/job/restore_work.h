/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_RESTORE_WORK_H
#define CORE_JOB_RESTORE_WORK_H

#include "core/job/restore.h"
#include "core/job/restore_plan.h"

/*
 * Doing what a plan says, its items side by side on several threads.  The
 * bases' roots are open.  What happened is added to out in the order of the
 * plan, however the threads came along.
 */
int restore_work(struct job *j, const struct restore_plan *plan,
    const struct restore_request *request, struct restore_result *out, struct error *err);

/* Append; the strings are copied.  id may be NULL. */
void restore_failed(struct restore_result *out, const char *path, const struct digest *id,
    const char *reason);

/*
 * One item, or a share of one: what a single thread does.  Everything it
 * learns goes into result.
 */
struct restore_unit {
	struct job *job;                /* the handles of this thread */
	const struct restore_item *item;
	struct root *root;
	uint64_t number;                /* tells it apart from all others */
	bool in_place, overwrite;
	/* Of a mailbox of files: the entries to take. */
	uint64_t from, to;
	struct restore_result result;
	/* Of this thread, reused. */
	struct buf canonical, out;
	struct buf parent;              /* the last directory that was made sure of */
};

/* 0 also when something failed and was named; -1 ends the whole run. */
int restore_unit_run(struct restore_unit *u, struct error *err);

/* Damage is named and passed over; this is not damage. */
bool restore_must_stop(const struct error *err);

#endif
