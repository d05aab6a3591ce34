/* SPDX-License-Identifier: MIT */
#include "core/archive/needed.h"

#include <stdlib.h>

#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/json.h"
#include "core/base/map.h"
#include "core/base/vec.h"
#include "core/mail/parts.h"
#include "core/port/progress.h"

struct walk {
	struct archive *archive;
	struct memory_index *index;
	struct progress *progress;
	unsigned char *marks;
	struct map *lost;
	struct needed_parts *parts;
	struct buf run;
};

static void
show(struct walk *w, const char *doing)
{
	if (w->progress == NULL)
		return;
	w->progress->doing = doing;
	w->progress->update(w->progress);
}

struct slice
needed_key(enum object_kind kind, const struct digest *id, unsigned char key[NEEDED_KEY])
{
	key[0] = (unsigned char)kind;
	memcpy(key + 1, id->bytes, DIGEST_BYTES);
	return slice_of(key, NEEDED_KEY);
}

/* 1 the first time; 0: it was marked before, or there is none to be marked. */
static int
mark(struct walk *w, enum object_kind kind, const struct digest *id)
{
	size_t first, i, copies = memory_index_copies(w->index, kind, id, &first);
	unsigned char key[NEEDED_KEY];

	if (copies == 0)
		map_put(w->lost, needed_key(kind, id, key), 1);
	if (copies == 0 || w->marks[first] != 0)
		return 0;
	for (i = first; i < first + copies; i++)
		w->marks[i] = 1;
	return 1;
}

/* ---- Listings ---- */

/* Most lines begin so (lines.c); the others are read as JSON. */
static bool
take_id(struct slice line, struct digest *out)
{
	static const char begin[] = "{\"id\":\"";

	return slice_starts(line, begin) &&
	    digest_parse(slice_sub(line, sizeof(begin) - 1, DIGEST_HEX), out);
}

static int
mark_line(struct walk *w, struct slice line, struct error *err)
{
	struct json *json;
	struct digest id;
	int rc = 0;

	if (take_id(line, &id)) {
		mark(w, OBJECT_MESSAGE, &id);
		return 0;
	}
	if (json_parse(line, &json, err) < 0)
		return -1;
	if (json_get_digest(json, "id", &id))
		mark(w, OBJECT_MESSAGE, &id);
	else if (json_get_digest(json, "chunk", &id))
		mark(w, OBJECT_CHUNK, &id);
	else
		rc = fail(err, ERR_CORRUPT, "a line in a listing is no placement");
	json_free(json);
	return rc;
}

static int
mark_run(struct walk *w, const struct listing_run *run, struct error *err)
{
	struct slice rest, line;

	mark(w, OBJECT_LISTING, &run->state);
	if (mark(w, OBJECT_LISTING, &run->what) == 0)
		return 0;
	if (archive_read_object(w->archive, memory_index_finder(w->index), OBJECT_LISTING,
	    &run->what, &w->run, err) < 0)
		return -1;
	rest = buf_slice(&w->run);
	while (slice_line(&rest, &line))
		if (mark_line(w, line, err) < 0)
			return -1;
	return 0;
}

static int
mark_listing(struct walk *w, const struct digest *root, struct error *err)
{
	struct listing_reader *l = NULL;
	struct listing_run run;
	int rc;

	if (mark(w, OBJECT_LISTING, root) == 0)
		return 0;
	rc = listing_open(w->archive, memory_index_finder(w->index), root, &l, err);
	while (rc >= 0 && (rc = listing_next_run(l, &run, err)) > 0)
		if (mark_run(w, &run, err) < 0)
			rc = -1;
	listing_close(l);
	return rc;
}

/* ---- Snapshots ---- */

static int
mark_stores(struct walk *w, const struct snapshot_store *stores, size_t n, struct error *err)
{
	size_t i, k, m;

	for (i = 0; i < n; i++) {
		for (k = 0; k < stores[i].mailbox_count; k++)
			if (mark_listing(w, &stores[i].mailboxes[k].listing, err) < 0)
				return -1;
		for (k = 0; k < stores[i].file_count; k++)
			for (m = 0; m < stores[i].files[k].chunk_count; m++)
				mark(w, OBJECT_CHUNK, &stores[i].files[k].chunks[m]);
	}
	return 0;
}

/* A snapshot that is gone without anybody having said so may come back, from
 * another copy of the archive: what it needs must not go before. */
static int
check_parent(const struct snapshot *s, const struct map *there, const struct map *forgotten,
    struct error *err)
{
	if (s->parent == NULL || map_get(there, slice_string(s->parent), NULL) ||
	    map_get(forgotten, slice_string(s->parent), NULL))
		return 0;
	return fail(err, ERR_CORRUPT, "the snapshot %s is missing", s->parent);
}

static int
mark_snapshots(struct walk *w, struct map *forgotten, struct error *err)
{
	struct arena a = ARENA_EMPTY, one = ARENA_EMPTY;
	struct map there = MAP_EMPTY;
	struct name_list names;
	struct snapshot s;
	size_t i;
	int rc = -1;

	if (snapshot_list(w->archive, &a, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++)
		map_put(&there, slice_string(names.items[i]), 1);
	/* It gives what was forgotten; and one that cannot be read fails below. */
	if (snapshot_sort(w->archive, &names, forgotten, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		show(w, "reading snapshots");
		if (map_get(forgotten, slice_string(names.items[i]), NULL))
			continue;
		arena_reset(&one);
		if (snapshot_read(w->archive, names.items[i], &one, &s, err) < 0 ||
		    check_parent(&s, &there, forgotten, err) < 0 ||
		    mark_stores(w, s.stores, s.store_count, err) < 0 ||
		    mark_stores(w, s.kept, s.kept_count, err) < 0)
			goto out;
	}
	rc = 0;

out:
	map_free(&there);
	arena_free(&a);
	arena_free(&one);
	return rc;
}

/* ---- Recipes ---- */

static int
read_recipe(struct walk *w, const struct memory_object *o, struct buf *bytes, struct arena *a,
    struct recipe *out, struct error *err)
{
	struct object_place place;

	memory_index_place(w->index, o, &place);
	arena_reset(a);
	if (archive_read_place(w->archive, &place, OBJECT_MESSAGE, &o->id, bytes, err) < 0)
		return -1;
	return recipe_parse(buf_slice(bytes), a, out, err);
}

static void
take_parts(struct walk *w, size_t number, const struct recipe *recipe)
{
	struct needed_part *part;
	enum object_kind kind;
	size_t i, first;

	for (i = 0; i < recipe->n; i++) {
		if (recipe->steps[i].op == RECIPE_REST)
			continue;
		kind = recipe->steps[i].op == RECIPE_CHUNK ? OBJECT_CHUNK : OBJECT_PART;
		if (w->marks[number] != 0)
			mark(w, kind, &recipe->steps[i].id);
		if (memory_index_copies(w->index, kind, &recipe->steps[i].id, &first) == 0)
			continue;
		part = vec_push(w->parts);
		part->message = (uint32_t)number;
		part->part = (uint32_t)first;
	}
}

static int
compare_parts(const void *a, const void *b)
{
	const struct needed_part *x = a, *y = b;

	return x->message < y->message ? -1 : x->message > y->message;
}

/* In the order in which they lie, each once: a frame is read once.  Copies are read
 * one by one, for they may have been taken apart differently. */
static int
mark_recipes(struct walk *w, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY;
	const struct memory_object *objects;
	struct recipe recipe;
	size_t *order = memory_index_by_place(w->index), n, i;
	int rc = 0;

	objects = memory_index_objects(w->index, &n);
	for (i = 0; i < n && rc == 0; i++) {
		const struct memory_object *o = &objects[order[i]];

		if (i % 1024 == 0)
			show(w, "reading messages");
		if (o->kind != OBJECT_MESSAGE || !o->is_recipe)
			continue;
		if (read_recipe(w, o, &bytes, &a, &recipe, err) == 0)
			take_parts(w, order[i], &recipe);
		else if (w->marks[order[i]] != 0)
			rc = -1;
	}
	if (w->parts->n > 0)
		qsort(w->parts->items, w->parts->n, sizeof(*w->parts->items), compare_parts);
	mem_free(order);
	buf_free(&bytes);
	arena_free(&a);
	return rc;
}

int
needed_mark(struct archive *a, struct memory_index *m, struct progress *progress,
    unsigned char *marks, struct map *lost, struct map *forgotten,
    struct needed_parts *parts, struct error *err)
{
	struct walk w = { .archive = a, .index = m, .progress = progress, .marks = marks,
		.lost = lost, .parts = parts };
	int rc = mark_snapshots(&w, forgotten, err) < 0 || mark_recipes(&w, err) < 0 ? -1 : 0;

	buf_free(&w.run);
	return rc;
}
