/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_INDEX_H
#define CORE_ARCHIVE_INDEX_H

#include "core/archive/writer.h"

/*
 * Reading what the index objects say.  FORMAT.md, 5.
 */

/* Names of the index objects at the target ("index/….jsonl.zst"), sorted. */
struct name_list {
	const char **items;     /* arena */
	uint64_t *sizes;
	size_t n;
};

int index_list(struct archive *a, struct arena *arena, struct name_list *out, struct error *err);

/* The index objects that the next snapshot will name: those put since this
 * archive was opened or wrote a snapshot, and what the caller adds that no
 * snapshot may have named, because the run that put them died. */
struct digests *archive_new_indexes(struct archive *a);

/* One index object: pack by pack.  next() gives 1 with a record the caller
 * frees; its summaries live in it. */
struct index_reader;
int index_open(struct archive *a, const char *name, struct index_reader **out, struct error *err);
int index_next(struct index_reader *r, struct pack_record **out, struct error *err);
/* Index objects that were removed once this one was there; known after open. */
const struct digests *index_replaces(const struct index_reader *r);
void index_close(struct index_reader *r);

/*
 * An index held in memory: a finder for check, repair and the first moments
 * on a new machine.  Sorted arrays, 72 bytes an object.  An index object that cannot
 * be read is counted in damaged and skipped.
 */
struct memory_index;
int memory_index_load(struct archive *a, struct memory_index **out, size_t *damaged,
    struct error *err);
struct object_finder *memory_index_finder(struct memory_index *m);
void memory_index_free(struct memory_index *m);

/* Packs at the target that no index names (an interrupted run's). */
int archive_orphans(struct archive *a, struct arena *arena, struct name_list *out,
    struct error *err);
/* Read a pack through its tar headers; every object is checked against its
 * digest (recipes: that they parse).  The record has no summaries.  Damaged
 * objects are left out and counted. */
int pack_scan(struct archive *a, const char *name, struct pack_record **out, size_t *damaged,
    struct error *err);
/* Write an index for records that have none (adopted orphans); durable on
 * return. */
int index_write(struct archive *a, struct pack_record *const *records, size_t n,
    const char *spool, struct error *err);

#endif
