/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_BEHIND_H
#define CORE_JOB_BEHIND_H

#include "core/port/target.h"

/*
 * A target on another machine whose packs are put behind the caller's back,
 * over lines of their own, while the next ones are made.  put() of a pack takes
 * the spool file and returns; whatever else is put waits until all packs are
 * durable, so that the order of writing holds (FORMAT.md, promise 3), and
 * gives the error of a pack that failed.
 */
typedef int (*behind_opener)(const char *url, bool create, struct target **out,
    struct error *err);

/* inner is taken over: closed with what is returned.  open: how to get more
 * lines to it. */
struct target *behind_open(struct target *inner, behind_opener open);

#endif
