/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_COPIES_H
#define CORE_JOB_COPIES_H

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/vec.h"
#include "core/job/job.h"

/*
 * Where copies of archives lie, besides the archive itself: DATA/targets.json.
 * It stays on this machine; nothing that a target says is put into it but the
 * id that tells one disk from another at the same place.
 */
struct copy {
	const char *archive;            /* id */
	const char *id;                 /* as target.json there has it */
	const char *url;
	int64_t added;
	int64_t pushed;                 /* when it last got all there was; 0: never */
	const char *snapshot;           /* the newest it had then, or NULL */
	const char *of;                 /* where the archive lies; "": in the data directory */
	/* A backup went here because the archive was away; it lacks that yet. */
	bool is_ahead;
};

struct copies {
	VEC(struct copy) items;         /* in the order in which they were added */
	struct arena strings;
};

#define COPIES_EMPTY { VEC_EMPTY, ARENA_EMPTY }

/* None where there is no such file. */
int copies_read(const char *data_directory, struct copies *out, struct error *err);
int copies_write(const char *data_directory, const struct copies *c, struct error *err);
void copies_free(struct copies *c);

/*
 * Make url one more copy of the open archive: a place that holds a copy of it
 * already, or an empty one, or none yet; nothing else makes one.  of: as in
 * struct copy.  *out: what is remembered.  ERR_EXISTS: something else lies there.
 */
int job_add_copy(struct job *j, const char *url, const char *of, struct copies *all,
    struct copy **out, struct error *err);
/* Forget the copy that word names (its id or the beginning of it, or its URL);
 * nothing at the target is changed.  ERR_NOT_FOUND, ERR_USAGE. */
int job_remove_copy(struct job *j, const char *word, struct copies *all, struct error *err);

/* What target.json at t says: 1; 0: there is none; -1. */
int copy_identity(struct target *t, const char *archive, char id[33], struct error *err);

#endif
