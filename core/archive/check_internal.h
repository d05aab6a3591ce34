/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_CHECK_INTERNAL_H
#define CORE_ARCHIVE_CHECK_INTERNAL_H

#include "core/archive/check.h"
#include "core/archive/memoryindex.h"
#include "core/base/map.h"

/* What check.c (what the snapshots need), checkfiles.c (the files) and checkdata.c
 * (the bytes of the packs) share. */
struct check_pack {
	struct digest id;
	const char *name;
	uint64_t size;          /* as the index says */
	bool is_indexed, is_there;
	bool is_bad;            /* not the bytes that were written: look at each object */
	bool is_needed;         /* by a snapshot; of one that is gone: and nowhere else */
};

struct check {
	struct archive *archive;
	struct workers *workers;
	struct progress *progress;
	struct check_share share;       /* of the packs whose bytes are read */
	struct check_report *report;
	struct memory_index *index;
	struct object_finder finder;    /* copies that are not lost */
	VEC(struct check_pack) packs;
	struct map pack_of;     /* digest to number in packs */
	unsigned char *is_lost; /* by number in the index: this copy cannot be read */
	struct map seen;        /* kind and digest: was looked at already */
	struct map indexes;     /* digests of those that are there */
	struct map forgotten;   /* ids of snapshots that were removed on purpose */
	VEC(struct check_fault) missing;        /* indexes, as snapshots name them */
	bool has_bad_index;
	bool has_gap;           /* a snapshot cannot be read: what it needs is not known */
};

/* A sentence about a file. */
void check_file(struct check *c, const char *file, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* About an object: why is what reading it said, or NULL for one that is in no pack. */
void check_object(struct check *c, enum object_kind kind, bool is_recipe,
    const struct digest *id, const char *file, const struct error *why);
void check_doing(struct check *c, const char *doing, const char *item, uint64_t bytes);

/* archive.json and README.txt.  -1: there is no going on. */
int check_identity(struct check *c, struct error *err);
/* Headers for keys that were added (headers.h). */
int check_headers(struct check *c, struct error *err);
int check_indexes(struct check *c, struct error *err);
int check_packs(struct check *c, struct error *err);
/* Compare the packs of the share with their names; what differs becomes bad. */
void check_pack_bytes(struct check *c);
/* Look at each object of the bad packs. */
void check_bad_packs(struct check *c);

#endif
