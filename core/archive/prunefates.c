/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/archive/prune_internal.h"
#include "core/base/limits.h"

#define SMALL_PACK (16u * MIB)          /* half a pack: two of them become one */
#define TAR_BLOCK 512u

struct prune_pack *
prune_pack_of(struct prune *p, const struct memory_object *o)
{
	return &p->packs.items[p->index_packs.items[memory_index_pack(p->index, o)]];
}

/* What an object takes of its pack's bytes, about. */
static double
share_of(const struct prune *p, const struct memory_object *o)
{
	struct object_place place;
	uint64_t entry = (o->n + 2 * TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;

	memory_index_place(p->index, o, &place);
	return place.frame_plain == 0 ? 0 : (double)place.frame_n * (double)entry /
	    (double)place.frame_plain;
}

static void
weigh(struct prune *p)
{
	const struct memory_object *objects;
	size_t n, i;

	objects = memory_index_objects(p->index, &n);
	for (i = 0; i < p->packs.n; i++)
		p->packs.items[i].needed = 0;
	for (i = 0; i < n; i++)
		if (p->marks[i] != 0)
			prune_pack_of(p, &objects[i])->needed += share_of(p, &objects[i]);
}

static bool
is_better(const struct prune_pack *a, const struct prune_pack *b)
{
	if (a->is_indexed != b->is_indexed)
		return a->is_indexed;
	if (a->needed * (double)b->size != b->needed * (double)a->size)
		return a->needed * (double)b->size > b->needed * (double)a->size;
	return digest_compare(&a->id, &b->id) < 0;
}

/* Of several copies the one in the fullest pack is enough. */
static void
choose_copies(struct prune *p)
{
	const struct memory_object *objects;
	size_t n, i, k, copies, first, best;
	bool any;

	objects = memory_index_objects(p->index, &n);
	for (i = 0; i < n; i += copies) {
		copies = memory_index_copies(p->index, (enum object_kind)objects[i].kind,
		    &objects[i].id, &first);
		any = p->marks[i] != 0;
		for (best = i, k = i + 1; k < i + copies; k++) {
			any = any || p->marks[k] != 0;
			if (is_better(prune_pack_of(p, &objects[k]), prune_pack_of(p, &objects[best])))
				best = k;
		}
		for (k = i; k < i + copies && any; k++)
			p->marks[k] = k == best;
	}
}

static unsigned
stream_of(enum object_kind kind)
{
	return kind == OBJECT_MESSAGE ? 0 : kind == OBJECT_LISTING ? 2 : 1;
}

/* Small packs are made one with others of their sort. */
static void
choose_small(struct prune *p)
{
	struct prune_pack *pack;
	unsigned small[3] = { 0, 0, 0 };
	size_t i;

	for (i = 0; i < p->packs.n; i++) {
		pack = &p->packs.items[i];
		if (pack->is_indexed && pack->needed > 0 && pack->size < SMALL_PACK)
			small[stream_of(pack->kind)]++;
	}
	for (i = 0; i < p->packs.n; i++) {
		pack = &p->packs.items[i];
		if (!pack->is_indexed || pack->fate != KEEP || pack->needed <= 0 ||
		    pack->size >= SMALL_PACK || small[stream_of(pack->kind)] < 2)
			continue;
		pack->fate = THIN;
		p->numbers.small_packs++;
	}
}

/* with: bytes elsewhere that are needed only as long as this pack stays as it is. */
static bool
is_thin(const struct prune *p, const struct prune_pack *pack, double with)
{
	return pack->is_indexed && pack->needed > 0 && pack->needed * 100 <
	    ((double)pack->size + with) * p->settings.threshold;
}

static void
count(struct prune *p)
{
	const struct prune_pack *pack;
	size_t i;

	for (i = 0; i < p->packs.n; i++) {
		pack = &p->packs.items[i];
		if (pack->fate == DEAD) {
			p->numbers.dead_packs++;
			p->numbers.dead_bytes += pack->size;
		} else if (pack->fate == THIN) {
			p->numbers.thin_packs++;
			p->numbers.thin_bytes += pack->size;
			p->numbers.needed_bytes += (uint64_t)pack->needed;
		}
	}
}

/* ---- What would be left without its parts ---- */

/*
 * Whoever finds a message in the archive takes it for whole, and so does whoever
 * finds a listing: a backup stores neither again.  So a message that nobody needs,
 * in a pack that stays, keeps its parts; unless they weigh so much that the
 * pack is better made anew without it.  Listings weigh little: a pack with one
 * that nobody needs is made anew.
 */
static bool
is_marked(const struct prune *p, size_t first, size_t copies)
{
	size_t i;

	for (i = first; i < first + copies; i++)
		if (p->marks[i] != 0)
			return true;
	return false;
}

static int
find_part(const void *key, const void *item)
{
	uint32_t message = *(const uint32_t *)key, at = ((const struct needed_part *)item)->message;

	return message < at ? -1 : message > at;
}

/* The parts of a message that nobody needs: weigh those that nobody else needs
 * (with: by pack, see is_thin()), or where that is NULL mark them. */
static void
look_at_parts(struct prune *p, size_t message, double *with)
{
	const struct memory_object *objects;
	const struct needed_part *part, *end = p->parts.items + p->parts.n;
	size_t n, k, first, copies;
	uint32_t key = (uint32_t)message;

	if (p->parts.n == 0)
		return;
	part = bsearch(&key, p->parts.items, p->parts.n, sizeof(*part), find_part);
	if (part == NULL)
		return;
	while (part > p->parts.items && part[-1].message == key)
		part--;
	objects = memory_index_objects(p->index, &n);
	for (; part < end && part->message == key; part++) {
		copies = memory_index_copies(p->index, (enum object_kind)objects[part->part].kind,
		    &objects[part->part].id, &first);
		if (is_marked(p, first, copies))
			continue;
		if (with != NULL)
			with[prune_pack_of(p, &objects[message]) - p->packs.items] +=
			    share_of(p, &objects[first]);
		for (k = first; k < first + copies && with == NULL; k++)
			p->marks[k] = 1;
	}
}

static void
look_at_unneeded(struct prune *p, double *with)
{
	const struct memory_object *objects;
	struct prune_pack *pack;
	size_t n, i;

	objects = memory_index_objects(p->index, &n);
	for (i = 0; i < n; i++) {
		pack = prune_pack_of(p, &objects[i]);
		if (p->marks[i] != 0 || pack->fate != KEEP || pack->needed <= 0)
			continue;
		if (objects[i].kind == OBJECT_LISTING && pack->is_indexed)
			pack->fate = THIN;
		else if (objects[i].kind == OBJECT_MESSAGE && objects[i].is_recipe)
			look_at_parts(p, i, with);
	}
}

void
prune_choose_fates(struct prune *p)
{
	double *with = mem_alloc_array(p->packs.n + 1, sizeof(*with));
	struct prune_pack *pack;
	size_t i;

	weigh(p);
	choose_copies(p);
	weigh(p);
	choose_small(p);
	look_at_unneeded(p, with);
	for (i = 0; i < p->packs.n; i++) {
		pack = &p->packs.items[i];
		if (pack->fate == KEEP && stream_of(pack->kind) == 0 && is_thin(p, pack, with[i]))
			pack->fate = THIN;
	}
	look_at_unneeded(p, NULL);
	choose_copies(p);
	weigh(p);
	for (i = 0; i < p->packs.n; i++) {
		pack = &p->packs.items[i];
		if (pack->needed <= 0)
			pack->fate = DEAD;
		else if (is_thin(p, pack, 0))
			pack->fate = THIN;
	}
	mem_free(with);
	count(p);
}
