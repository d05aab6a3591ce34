/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_ARCHIVEMEMBER_H
#define BACKENDS_FORMATS_ARCHIVEMEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/file.h"

/*
 * Walking through a zip or tar file of somebody's, member by member, without
 * unpacking it.  Compression of the whole (gzip, bzip2, xz, zstd) is undone
 * on the way.  Only what libarchive does in this process is used.
 */
struct member_walk;

struct member {
	size_t index;           /* the how manyth, from 0 */
	struct slice name;      /* as it stands there, UTF-8 where that is known; until the next */
	uint64_t size;          /* 0 where the archive does not tell beforehand */
	bool is_regular;
	struct slice link;      /* the name of the member before it that this one is too, or empty */
};

int member_walk_open(const char *path, struct member_walk **out, struct error *err);
/* The next member; 1, 0, or -1 with ERR_FORMAT when nothing behind it can be read. */
int member_walk_next(struct member_walk *w, struct member *out, struct error *err);
/* Bytes of the member, in order: up to n, 0 at its end, -1 when this member
 * cannot be read (encrypted, damaged). */
int64_t member_walk_read(struct member_walk *w, void *p, size_t n, struct error *err);
/* Can the member of that index still come? */
bool member_walk_reaches(const struct member_walk *w, size_t index);
/* Is the file still what it was when it was opened?  Otherwise ERR_CHANGED. */
int member_walk_check(const struct member_walk *w, struct error *err);
void member_walk_close(struct member_walk *w);  /* NULL is fine */

/*
 * The same again for a member that turned out to be long: n bytes from at of
 * the member with that index.  Cheap as long as places ascend.
 */
struct member_again;
struct member_again *member_again_open(const char *path);
int member_again_bytes(struct member_again *m, size_t index, uint64_t at, void *p, size_t n,
    struct error *err);
void member_again_close(struct member_again *m);        /* NULL is fine */

#endif
