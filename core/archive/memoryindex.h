/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_MEMORYINDEX_H
#define CORE_ARCHIVE_MEMORYINDEX_H

#include "core/archive/index.h"

/* What check needs of the index in memory beyond index.h. */

struct memory_index *memory_index_open(void);
/* Records may come in any order; the finder works after sort(). */
void memory_index_add(struct memory_index *m, const struct pack_record *record);
void memory_index_sort(struct memory_index *m);

/* By number, from 0, as they stand after sort(): copies of one object, of
 * which an interrupted run may leave two, stand together. */
struct memory_object {
	struct digest id;
	uint32_t frame;         /* counted through all packs */
	uint32_t at, n;
	unsigned char kind;
	bool is_recipe;
};

const struct memory_object *memory_index_objects(const struct memory_index *m, size_t *n);
void memory_index_place(const struct memory_index *m, const struct memory_object *o,
    struct object_place *out);
/* The number, counted as they were added, of the pack that an object lies in. */
size_t memory_index_pack(const struct memory_index *m, const struct memory_object *o);
/* How many copies, from number *first on. */
size_t memory_index_copies(const struct memory_index *m, enum object_kind kind,
    const struct digest *id, size_t *first);
/* The numbers in the order in which the objects lie; the caller mem_free()s. */
size_t *memory_index_by_place(const struct memory_index *m);

#endif
