/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_LOCATE_H
#define CORE_JOB_LOCATE_H

#include "core/job/job.h"

/*
 * Where the mail is: what the locators find under some homes, and what a
 * person named by hand.  Each store once (device and inode), in the order of
 * homes and locators; what a person named comes first.
 */
struct place {
	struct location where;
	/* Filled by place_count(). */
	uint64_t mailboxes, bytes;
	int64_t messages;               /* -1: only a full read would tell */
	struct error error;             /* why it could not be looked into, known at once of what a
	                                 * person named; code ERR_NONE: fine */
};

struct places {
	struct place *items;
	size_t n, cap;
};

/* paths: mailboxes or directories of any known format, recognised by looking
 * at them; one that is of no format or missing becomes a place with its error
 * set.  With paths and no homes only those are taken. */
int job_locate(const struct ports *ports, const struct home *homes, size_t home_count,
    const char *const *paths, size_t path_count, struct arena *a, struct places *out,
    struct error *err);

/* Count mailboxes, messages and bytes without reading mail. */
void place_count(const struct ports *ports, struct place *place);

/* The format of that name, or NULL. */
const struct format_ops *format_named(const struct ports *ports, const char *name);
const struct writer_ops *writer_named(const struct ports *ports, const char *name);

#endif
