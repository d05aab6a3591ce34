/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_NEEDED_H
#define CORE_ARCHIVE_NEEDED_H

#include "core/archive/memoryindex.h"

struct map;
struct progress;

/* Which parts and chunks the recipes of messages name, needed or not: numbers of
 * objects in the index, in the order of the messages. */
struct needed_part {
	uint32_t message, part;
};

struct needed_parts {
	struct needed_part *items;
	size_t n, cap;
};

#define NEEDED_KEY (1 + DIGEST_BYTES)
struct slice needed_key(enum object_kind kind, const struct digest *id,
    unsigned char key[NEEDED_KEY]);

/*
 * What the snapshots need, through all that they name: listings, messages, parts
 * and chunks.  Snapshots that are named as forgotten need nothing.
 *
 * marks has a byte for each object of the sorted index and is set to 1 for every
 * copy of a needed one.  forgotten becomes the ids that are named so.  What cannot
 * be read is an error, for nobody knows what it names; but recipes that nobody
 * needs name nothing then.  An object of which there is no copy is lost already,
 * and its key goes into lost.
 */
int needed_mark(struct archive *a, struct memory_index *m, struct progress *progress,
    unsigned char *marks, struct map *lost, struct map *forgotten,
    struct needed_parts *parts, struct error *err);

#endif
