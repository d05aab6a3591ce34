/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_RESTORE_LOCK_H
#define CORE_JOB_RESTORE_LOCK_H

#include "core/base/error.h"

/*
 * One restore or export at a time to one place: their temporary names follow
 * from it.  Other places do not wait.  The lock lies in our own data
 * directory, so that nothing of ours is ever left at the place itself.
 *
 * to: the place, or NULL for in place.  ERR_LOCKED; *fd is to be closed to
 * unlock.
 */
int restore_lock_take(const char *data_directory, const char *to, int *fd, struct error *err);

#endif
