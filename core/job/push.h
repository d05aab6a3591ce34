/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_PUSH_H
#define CORE_JOB_PUSH_H

#include "core/job/copies.h"

/*
 * Give each copy of the open archive what it lacks: packs first, then index
 * objects, then snapshots, oldest first, so that a copy that is cut off in the
 * middle is what it was, and goes on there the next time.  Nothing is removed
 * from a copy.  What is damaged here is not spread: it is named.
 */
enum push_state {
	PUSH_DONE,              /* it has all there is */
	PUSH_AWAY,              /* it is not there, or another disk is */
	PUSH_FAILED             /* it was there, and something went wrong */
};

struct push_outcome {
	const struct copy *copy;
	enum push_state state;
	const char *reason;     /* NULL: done */
	uint64_t files, bytes;  /* that were put */
	VEC(const char *) damaged;      /* files of the archive that were left out */
};

struct push_request {
	unsigned transfers;     /* at a time, for each copy */
	const char *only;       /* one copy by its id, or NULL: all */
	const char *source;     /* the copy that stands in for the archive, or NULL */
};

struct push_result {
	VEC(struct push_outcome) items;
	struct arena strings;
};

/* For a job that is open for writing.  A copy that fails is an outcome; -1
 * where nothing can go on (ERR_CANCELLED, the archive's own list).  What is
 * remembered of each is kept up to date in all and in its file. */
int job_push(struct job *j, const struct push_request *request, struct copies *all,
    struct push_result *out, struct error *err);
void push_result_free(struct push_result *r);

/*
 * When the archive is away, a copy may take the backup in its place: one that
 * is there and has the newest snapshot that this machine knows of, so that
 * nothing is saved twice.  NULL: none.  of: as in struct copy.
 */
struct copy *push_stand_in(const char *data_directory, const struct ports *ports, const char *of,
    struct copies *all);
/* Give the archive at url what copies that are ahead of it have, before it is
 * opened: how many of them; 0: there was nothing to do. */
int push_bring_back(const struct job_settings *settings, const struct ports *ports, const char *of,
    const char *url, struct copies *all, struct error *err);

#endif
