/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_FOUND_H
#define BACKENDS_CLIENTS_FOUND_H

#include "backends/clients/disk.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/port/locator.h"

/* Reporting what was found.  A location handed out here is valid until the
 * next one is added. */

/* A supported local location; the caller fills in what differs. */
struct location *found_add(const struct disk *d, struct locations *out, const char *client,
    const char *account, const char *format, const char *layout, const char *path);
/* One that cannot be read, with a sentence for the person. */
struct location *found_unsupported(const struct disk *d, struct locations *out,
    const char *client, const char *account, const char *format, const char *path,
    const char *reason);
/* The same where the system refused, with its reason in err. */
struct location *found_unreadable(const struct disk *d, struct locations *out,
    const char *client, const char *path, const struct error *err);
/* Does one of the locations from index first on have this path? */
bool found_has(const struct locations *list, size_t first, const char *path);

/* The sentence for what a mounted Windows has on a volume of its own. */
#define FOUND_ELSEWHERE "It lies on another volume: mount that one as well and name the " \
    "directory by hand."

/* Replace out with a configuration file.  False where it is not there or
 * cannot be read; the latter is reported as a location. */
bool found_read(const struct disk *d, struct locations *list, const char *client,
    const char *path, struct buf *out);

/* What a client keeps beside the mail: patterns as for disk_match(), up to
 * one whose pattern is NULL. */
struct keep {
	const char *pattern;
	const char *role;
};

struct companions {
	struct companion *items;
	size_t n, cap;
};

void companions_add(const struct disk *d, struct companions *list, const char *path,
    const char *role);
void companions_keep(const struct disk *d, struct companions *list, const char *directory,
    const struct keep *keep);
/* Append the list to those of a location, and empty it. */
void companions_give(struct companions *list, struct arena *a, struct location *to);
/* The same with the first supported location from index first on: there stand
 * settings that several accounts share.  Without one the list is only emptied. */
void companions_give_first(struct companions *list, struct arena *a, struct locations *out,
    size_t first);

#endif
