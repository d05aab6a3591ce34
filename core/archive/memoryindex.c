/* SPDX-License-Identifier: MIT */
#include "core/archive/memoryindex.h"

#include <stdlib.h>

/* Objects are looked for by bisection.  A frame of a pack is told once. */
struct memory_frame {
	uint32_t pack;
	uint32_t plain;
	uint64_t at, n;
};

struct memory_index {
	struct object_finder finder;
	VEC(struct digest) packs;
	VEC(struct memory_frame) frames;
	VEC(struct memory_object) objects;
};

static int
compare(const void *a, const void *b)
{
	const struct memory_object *x = a, *y = b;

	return x->kind != y->kind ? x->kind - y->kind : digest_compare(&x->id, &y->id);
}

static int
find(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	struct memory_index *m = (struct memory_index *)((char *)f -
	    offsetof(struct memory_index, finder));
	size_t first;

	(void)err;
	if (memory_index_copies(m, kind, id, &first) == 0)
		return 0;
	memory_index_place(m, &m->objects.items[first], out);
	return 1;
}

struct memory_index *
memory_index_open(void)
{
	struct memory_index *m = mem_alloc(sizeof(*m));

	m->finder.find = find;
	return m;
}

void
memory_index_add(struct memory_index *m, const struct pack_record *record)
{
	uint32_t first = (uint32_t)m->frames.n;
	struct memory_frame *f;
	struct memory_object *o;
	size_t i;

	for (i = 0; i < record->frames.n; i++) {
		f = vec_push(&m->frames);
		f->pack = (uint32_t)m->packs.n;
		f->plain = (uint32_t)record->frames.items[i].plain;
		f->at = record->frames.items[i].at;
		f->n = record->frames.items[i].n;
	}
	*(struct digest *)vec_push(&m->packs) = record->id;
	for (i = 0; i < record->objects.n; i++) {
		o = vec_push(&m->objects);
		o->id = record->objects.items[i].id;
		o->kind = (unsigned char)record->objects.items[i].kind;
		o->is_recipe = record->objects.items[i].is_recipe;
		o->frame = first + record->objects.items[i].frame;
		o->at = (uint32_t)record->objects.items[i].at;
		o->n = (uint32_t)record->objects.items[i].n;
	}
}

void
memory_index_sort(struct memory_index *m)
{
	if (m->objects.n > 0)
		qsort(m->objects.items, m->objects.n, sizeof(*m->objects.items), compare);
}

const struct memory_object *
memory_index_objects(const struct memory_index *m, size_t *n)
{
	*n = m->objects.n;
	return m->objects.items;
}

void
memory_index_place(const struct memory_index *m, const struct memory_object *o,
    struct object_place *out)
{
	const struct memory_frame *f = &m->frames.items[o->frame];

	out->pack = m->packs.items[f->pack];
	out->frame_at = f->at;
	out->frame_n = f->n;
	out->frame_plain = f->plain;
	out->at = o->at;
	out->n = o->n;
	out->is_recipe = o->is_recipe;
}

size_t
memory_index_pack(const struct memory_index *m, const struct memory_object *o)
{
	return m->frames.items[o->frame].pack;
}

size_t
memory_index_copies(const struct memory_index *m, enum object_kind kind,
    const struct digest *id, size_t *first)
{
	struct memory_object key = { .id = *id, .kind = (unsigned char)kind };
	size_t low = 0, high = m->objects.n, middle, end;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(&m->objects.items[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*first = low;
	for (end = low; end < m->objects.n && compare(&m->objects.items[end], &key) == 0; end++)
		;
	return end - low;
}

static int
compare_places(const void *a, const void *b, void *objects)
{
	const struct memory_object *all = objects, *x = &all[*(const size_t *)a],
	    *y = &all[*(const size_t *)b];

	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

size_t *
memory_index_by_place(const struct memory_index *m)
{
	size_t *order = mem_alloc_array(m->objects.n, sizeof(*order)), i;

	for (i = 0; i < m->objects.n; i++)
		order[i] = i;
	if (m->objects.n > 0)
		qsort_r(order, m->objects.n, sizeof(*order), compare_places, m->objects.items);
	return order;
}

static int
load_one(struct archive *a, struct memory_index *m, const char *name, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	int rc;

	if (index_open(a, name, &r, err) < 0)
		return -1;
	while ((rc = index_next(r, &record, err)) > 0) {
		memory_index_add(m, record);
		pack_record_free(record);
	}
	index_close(r);
	return rc;
}

int
memory_index_load(struct archive *a, struct memory_index **out, size_t *damaged,
    struct error *err)
{
	struct memory_index *m = memory_index_open();
	struct arena arena = ARENA_EMPTY;
	struct name_list names;
	struct error why;
	int rc = -1;
	size_t i;

	*damaged = 0;
	if (index_list(a, &arena, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		if (load_one(a, m, names.items[i], &why) == 0)
			continue;
		if (why.code == ERR_VERSION || why.code == ERR_KEY) {
			*err = why;
			goto out;
		}
		(*damaged)++;
	}
	memory_index_sort(m);
	*out = m;
	m = NULL;
	rc = 0;

out:
	memory_index_free(m);
	arena_free(&arena);
	return rc;
}

struct object_finder *
memory_index_finder(struct memory_index *m)
{
	return &m->finder;
}

void
memory_index_free(struct memory_index *m)
{
	if (m == NULL)
		return;
	vec_free(&m->packs);
	vec_free(&m->frames);
	vec_free(&m->objects);
	mem_free(m);
}
