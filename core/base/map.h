/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_MAP_H
#define CORE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * A hash table from byte strings to 64-bit numbers (often an index into a
 * vec).  Keys are copied.  Iterate with map_next(&at): at starts at 0.
 */
struct map {
	struct map_slot *slots;
	size_t n, cap;
	struct buf keys;        /* the copies, one behind the other */
};

#define MAP_EMPTY { NULL, 0, 0, BUF_EMPTY }

bool map_get(const struct map *m, struct slice key, uint64_t *out);     /* out may be NULL */
/* True when the key was new.  An existing value is replaced. */
bool map_put(struct map *m, struct slice key, uint64_t value);
bool map_next(const struct map *m, size_t *at, struct slice *key, uint64_t *value);
void map_clear(struct map *m);
void map_free(struct map *m);

#endif
