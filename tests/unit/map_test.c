/* SPDX-License-Identifier: MIT */
#include "core/base/map.h"

#include <stdio.h>

#include "core/base/mem.h"
#include "tests/t.h"

#define COUNT 100000

static struct slice
key_of(size_t i, char *room, size_t size)
{
	/* With a NUL inside, and one a prefix of another. */
	int n = snprintf(room, size, "%zu%c%.*s", i / 3, '\0', (int)(i % 3), "xx");

	return slice_of(room, (size_t)n);
}

static void
keeps_every_key(struct map *m)
{
	unsigned char *met = mem_alloc(COUNT);
	struct slice key;
	char room[64];
	uint64_t value;
	size_t i, at, n, bad = 0;

	for (i = 0; i < COUNT; i++) {
		key = key_of(i, room, sizeof(room));
		bad += map_get(m, key, NULL);
		bad += !map_put(m, key, i * 3);
		bad += !map_get(m, key, NULL);
	}
	T(m->n == COUNT, "%zu keys", m->n);
	for (i = 0; i < COUNT; i += 2)
		bad += map_put(m, key_of(i, room, sizeof(room)), i);
	for (i = 0; i < COUNT; i++) {
		value = UINT64_MAX;
		bad += !map_get(m, key_of(i, room, sizeof(room)), &value) ||
		    value != (i % 2 == 0 ? i : i * 3);
	}
	value = 77;
	bad += map_get(m, SLICE_OF("never"), &value) || value != 77;
	for (n = 0, at = 0; map_next(m, &at, &key, &value); n++) {
		i = value % 2 == 0 ? (size_t)value : (size_t)value / 3;
		bad += i >= COUNT || met[i]++ != 0 ||
		    !slice_equal(key, key_of(i, room, sizeof(room)));
	}
	T(n == COUNT, "%zu keys come by", n);
	T(bad == 0, "%zu answers", bad);
	mem_free(met);
}

static void
edges(void)
{
	struct map m = MAP_EMPTY;
	struct slice key;
	uint64_t value = 0;
	size_t at = 0, i;
	unsigned char byte;

	T(!map_get(&m, SLICE_EMPTY, &value) && !map_next(&m, &at, &key, &value), "empty");
	map_clear(&m);
	T(map_put(&m, SLICE_EMPTY, UINT64_MAX) && !map_put(&m, (struct slice){NULL, 0}, 5),
	    "empty key");
	T(map_get(&m, SLICE_EMPTY, &value) && value == 5 && m.n == 1, "its value");
	for (i = 0; i < 256; i++) {
		byte = (unsigned char)i;
		T(map_put(&m, slice_of(&byte, 1), i), "byte %zu", i);
	}
	map_clear(&m);
	T(m.n == 0 && !map_get(&m, SLICE_EMPTY, NULL), "cleared");
	map_free(&m);
	map_free(&m);
}

int
main(void)
{
	struct map m = MAP_EMPTY;

	edges();
	keeps_every_key(&m);
	map_clear(&m);
	keeps_every_key(&m);
	map_free(&m);
	return t_done();
}
