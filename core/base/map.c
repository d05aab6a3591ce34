/* SPDX-License-Identifier: MIT */
#include "core/base/map.h"

#include "core/base/digest.h"
#include "core/base/mem.h"

#define MAP_START 16

/*
 * Open addressing with linear probing over a power of two of slots, at most
 * three quarters of them taken.
 */
struct map_slot {
	uint64_t hash;          /* 0: free */
	uint64_t value;
	size_t at, n;           /* of the key in keys */
};

static uint64_t
hash_of(struct slice key)
{
	uint64_t hash = fingerprint64(key);

	return hash != 0 ? hash : 1;
}

static struct slice
key_of(const struct map *m, const struct map_slot *slot)
{
	return slice_sub(buf_slice(&m->keys), slot->at, slot->n);
}

/* The slot of the key, or the free one where it belongs. */
static struct map_slot *
find(const struct map *m, uint64_t hash, struct slice key)
{
	size_t i = (size_t)hash & (m->cap - 1);

	while (m->slots[i].hash != 0 && (m->slots[i].hash != hash ||
	    !slice_equal(key_of(m, &m->slots[i]), key)))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void
grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t i, j, n = m->cap;

	m->cap = n > 0 ? n * 2 : MAP_START;
	m->slots = mem_alloc_array(m->cap, sizeof(*m->slots));
	for (i = 0; i < n; i++) {
		if (old[i].hash == 0)
			continue;
		for (j = (size_t)old[i].hash & (m->cap - 1); m->slots[j].hash != 0; )
			j = (j + 1) & (m->cap - 1);
		m->slots[j] = old[i];
	}
	mem_free(old);
}

bool
map_get(const struct map *m, struct slice key, uint64_t *out)
{
	const struct map_slot *slot;

	if (m->n == 0)
		return false;
	slot = find(m, hash_of(key), key);
	if (slot->hash == 0)
		return false;
	if (out != NULL)
		*out = slot->value;
	return true;
}

bool
map_put(struct map *m, struct slice key, uint64_t value)
{
	uint64_t hash = hash_of(key);
	struct map_slot *slot;

	if (m->n >= m->cap / 4 * 3)
		grow(m);
	slot = find(m, hash, key);
	if (slot->hash != 0) {
		slot->value = value;
		return false;
	}
	*slot = (struct map_slot){ hash, value, m->keys.n, key.n };
	buf_add(&m->keys, key);
	m->n++;
	return true;
}

bool
map_next(const struct map *m, size_t *at, struct slice *key, uint64_t *value)
{
	while (*at < m->cap && m->slots[*at].hash == 0)
		++*at;
	if (*at >= m->cap)
		return false;
	*key = key_of(m, &m->slots[*at]);
	*value = m->slots[*at].value;
	++*at;
	return true;
}

void
map_clear(struct map *m)
{
	if (m->cap > 0)
		memset(m->slots, 0, m->cap * sizeof(*m->slots));
	m->n = 0;
	buf_clear(&m->keys);
}

void
map_free(struct map *m)
{
	mem_free(m->slots);
	buf_free(&m->keys);
	*m = (struct map)MAP_EMPTY;
}
