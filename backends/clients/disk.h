/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_DISK_H
#define BACKENDS_CLIENTS_DISK_H

#include <stdbool.h>
#include <stddef.h>

#include "backends/clients/homes.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/port/locator.h"

/*
 * Finding one's way in a home that may lie on a mounted disk.  There, links
 * are walked as its own system would, and never out of the mount point;
 * names of Windows and macOS are compared without case where the exact one
 * is missing, and links of Windows (junctions) are not followed at all.
 *
 * All paths handed out are absolute, clean, in the arena, and were there when
 * they were looked for.
 */
struct disk {
	const struct home *home;
	struct arena *arena;
	enum home_system system;
	bool is_mounted;        /* the home's root is not "/" */
	struct disk_listings *listings; /* of directories that were read before; or NULL */
};

/* -1 only where the home itself cannot be looked at. */
int disk_open(struct disk *d, const struct home *home, struct arena *a, struct error *err);

/* An absolute path on the disk; NULL where nothing is. */
const char *disk_at(const struct disk *d, const char *path);
/* The same with a path relative to a directory; ".." is taken by text. */
const char *disk_below(const struct disk *d, const char *directory, const char *relative);
const char *disk_in_home(const struct disk *d, const char *relative);

/*
 * A path as a configuration file of that system spells it: absolute ("C:\…"
 * on Windows), beginning with "~/", or relative to base.  An absolute one
 * that is not there is looked for at the same place in this home, for homes
 * are copied and moved.  With mark, a path is believed only if it has an
 * entry of that name.
 */
const char *disk_named(const struct disk *d, const char *base, struct slice name,
    const char *mark);
/* Does such a path name another volume of a Windows system? */
bool disk_is_elsewhere(const struct disk *d, struct slice name);

struct paths {
	const char **items;
	size_t n, cap;
};

/* Append what matches a relative path whose components may hold "*" and "?"
 * (not matching a leading dot), in order. */
void disk_match(const struct disk *d, const char *directory, const char *pattern,
    struct paths *out);

/* Is the home this path, or below it?  Such a tree is not all mail, whatever
 * a configuration says, and is never walked. */
bool disk_holds_home(const struct disk *d, const char *path);

/* "~/Mail" for a path in the home, else the path itself. */
const char *disk_tilde(const struct disk *d, const char *path);
/* The target of a link as it is written, or NULL. */
const char *disk_link(const struct disk *d, const char *path);

#endif
