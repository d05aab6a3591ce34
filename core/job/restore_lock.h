/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_RESTORE_LOCK_H
#define CORE_JOB_RESTORE_LOCK_H

#include "core/base/arena.h"
#include "core/base/error.h"

/*
 * One restore or export at a time to one place: their temporary names follow
 * from it.  Other places do not wait.  The lock lies in our own data
 * directory, so that nothing of ours is ever left at the place itself.
 */
struct restore_lock {
	int fd;
	const char *path;
	struct arena arena;
};

#define RESTORE_LOCK_NONE { -1, NULL, ARENA_EMPTY }

/* to: the place, or NULL for in place.  ERR_LOCKED. */
int restore_lock_take(struct restore_lock *lock, const char *data_directory, const char *to,
    struct error *err);
void restore_lock_drop(struct restore_lock *lock);

#endif
