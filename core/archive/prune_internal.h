/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_PRUNE_INTERNAL_H
#define CORE_ARCHIVE_PRUNE_INTERNAL_H

#include "core/archive/memoryindex.h"
#include "core/archive/needed.h"
#include "core/archive/prune.h"
#include "core/base/map.h"

/* What prune.c (packs), prunefates.c (what is to become of each) and pruneindex.c (the
 * index objects that name them) share. */

enum fate { KEEP, DEAD, THIN, REMOVED };

struct prune_pack {
	struct digest id;
	const char *name;
	uint64_t size;
	double needed;                  /* bytes of the file, about */
	enum object_kind kind;          /* of its first object */
	enum fate fate;
	bool is_indexed;
	bool is_damaged;        /* stays as it is */
};

struct prune {
	struct archive *archive;
	struct prune_settings settings;
	struct prune_numbers numbers;
	struct arena arena;
	struct map pack_of;             /* digest → number in packs */
	VEC(struct prune_pack) packs;
	VEC(size_t) index_packs;        /* number in the memory index → number in packs */
	struct memory_index *index;
	unsigned char *marks;
	struct map missing;             /* objects of packs that are not there */
	struct needed_parts parts;
	struct map forgotten;           /* ids of snapshots */
	struct map stale;               /* index objects that name what is not there */
	struct digests gone_indexes;    /* damaged ones, to be named as replaced */
	struct archive_writer *writer;
	VEC(struct pack_record *) new_packs;
	size_t handed_out;
};

struct prune_pack *prune_pack_of(struct prune *p, const struct memory_object *o);
/* From the marks. */
void prune_choose_fates(struct prune *p);
void prune_show(struct prune *p, const char *doing, const char *item, uint64_t bytes);
/* Replace the index objects that name packs which are gone or going. */
int prune_rewrite_index(struct prune *p, struct error *err);

#endif
