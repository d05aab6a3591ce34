/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "core/job/backup_internal.h"
#include "core/mail/names.h"

/*
 * Gmail has one heap of messages and labels on them; an export of it is one
 * file, or several that repeat messages.  Each label of a store becomes a
 * mailbox beside them, as IMAP shows it: placements of messages that are there
 * already, and no file.
 */
struct labelled {
	struct placed placed;
	uint64_t size;
};

struct label {
	struct slice name;
	VEC(size_t) messages;           /* into labels.all */
};

struct labels {
	struct arena arena;
	VEC(struct labelled) all;
	struct map ids;                 /* to all: a message once, however often it lies there */
	VEC(struct label) items;
	struct map names;               /* to items */
};

/* States that are written as labels, and what everything has. */
static bool
is_mailbox(struct slice name)
{
	static const char *const states[] = { "Opened", "Unread", "Important", "Archived" };
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (slice_equal_nocase(name, slice_string(states[i])))
			return false;
	return !slice_starts_nocase(name, "Category ") && !slice_starts_nocase(name, "CATEGORY_");
}

static void
add(struct labels *l, const struct digest *id, unsigned flags, const struct tags *tags,
    uint64_t size)
{
	struct labelled *m;
	uint64_t at, label;
	size_t i;

	if (!map_get(&l->ids, digest_slice(id), &at)) {
		at = l->all.n;
		map_put(&l->ids, digest_slice(id), at);
		m = vec_push(&l->all);
		m->placed.id = *id;
		m->size = size;
	}
	m = &l->all.items[at];
	m->placed.flags |= flags;
	for (i = 0; i < tags->n; i++) {
		tags_add(&m->placed.tags, &l->arena, tags->items[i]);
		if (!is_mailbox(tags->items[i]))
			continue;
		if (!map_get(&l->names, tags->items[i], &label)) {
			label = l->items.n;
			map_put(&l->names, tags->items[i], label);
			((struct label *)vec_push(&l->items))->name = arena_copy(&l->arena,
			    tags->items[i]);
		}
		*vec_push(&l->items.items[label].messages) = (size_t)at;
	}
}

/* ---- What was read, tonight or before ---- */

static int
add_remembered(struct backup *b, struct labels *l, const struct outcome *o, struct error *err)
{
	struct reading_records *records = reading_records_open(b->job->catalog, o->key);
	struct arena a = ARENA_EMPTY;
	struct reading_record r;
	struct placement p;
	int rc = 0;

	while (rc == 0 && reading_records_next(records, &r)) {
		if (r.kind != PLACED_MESSAGE || r.dead || !r.has_tags)
			continue;
		memset(&p, 0, sizeof(p));
		rc = placement_parse(r.what, r.state, &a, &p, err);
		if (rc == 0)
			add(l, &r.id, p.flags, &p.tags, r.size);
		arena_reset(&a);
	}
	reading_records_close(records);
	arena_free(&a);
	return rc;
}

static void
add_read(struct labels *l, const struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->placed.n; i++)
		if (o->placed.items[i].tags.n > 0)
			add(l, &o->placed.items[i].id, o->placed.items[i].flags,
			    &o->placed.items[i].tags, o->placed.items[i].size);
}

/* ---- A mailbox for each ---- */

static int
write_listing(struct backup *b, const struct labels *l, const struct label *label,
    struct outcome *o, struct brief *brief, struct error *err)
{
	struct listing_writer *listing = listing_writer_open(b->writer);
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	const struct labelled *m;
	struct placement p;
	size_t i;
	int rc = 0;

	for (i = 0; i < label->messages.n && rc == 0; i++) {
		m = &l->all.items[label->messages.items[i]];
		/* Several copies of a message come one behind the other here. */
		if (i > 0 && label->messages.items[i] == label->messages.items[i - 1])
			continue;
		memset(&p, 0, sizeof(p));
		p.kind = PLACED_MESSAGE;
		p.id = m->placed.id;
		p.flags = m->placed.flags;
		p.tags = m->placed.tags;
		buf_clear(&what);
		buf_clear(&state);
		placement_add_what(&what, &p);
		placement_add_state(&state, &p);
		rc = listing_writer_add(listing, &p.id, buf_slice(&what), buf_slice(&state), err);
		outcome_add(o, &p.id, p.flags, &p.tags, m->size);
		brief->messages++;
		brief->unread += !(p.flags & FLAG_SEEN);
		brief->bytes += m->size;
	}
	if (rc == 0)
		rc = listing_writer_end(listing, &brief->listing, err);
	listing_writer_close(listing);
	buf_free(&what);
	buf_free(&state);
	return rc;
}

static int
keep_label(struct backup *b, struct store_rows *rows, const struct labels *l,
    const struct label *label, struct error *err)
{
	struct slice components[64], rest = label->name, part;
	struct mailbox m = { .path = rows->place->where.path, .layout = MAILBOX_EXTRACTED };
	struct brief brief = { .messages = 0 };
	struct outcome *o;
	uint64_t before;

	while (m.depth < 64 && slice_field(&rest, '/', &part))
		if (part.n > 0)
			components[m.depth++] = part;
	if (m.depth == 0)
		return 0;
	m.components = components;
	o = outcome_open(b, rows, &m);
	if (map_get(&b->now_keys, o->key, NULL)) {
		outcome_free(o);
		return 0;
	}
	if (write_listing(b, l, label, o, &brief, err) < 0) {
		outcome_free(o);
		return -1;
	}
	o->keep = map_get(&b->before_keys, o->key, &before) &&
	    digest_equal(&brief.listing, &b->before.items[before].listing);
	outcome_enter(b, rows, &m, o, &brief);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

static int
by_name(const void *a, const void *b)
{
	return slice_compare(((const struct label *)a)->name, ((const struct label *)b)->name);
}

int
backup_labels(struct backup *b, struct store_rows *rows, size_t first, struct error *err)
{
	struct labels l = { .arena = ARENA_EMPTY };
	size_t i, last = b->outcomes.n;
	int rc = 0;

	for (i = first; i < last && rc == 0; i++) {
		const struct outcome *o = b->outcomes.items[i];

		if (!o->has_labels)
			continue;
		if (o->keep)
			rc = add_remembered(b, &l, o, err);
		else
			add_read(&l, o);
	}
	if (l.items.n > 0)
		qsort(l.items.items, l.items.n, sizeof(*l.items.items), by_name);
	for (i = 0; i < l.items.n; i++) {
		struct label *label = &l.items.items[i];

		if (rc == 0)
			qsort(label->messages.items, label->messages.n, sizeof(size_t), by_number);
		if (rc == 0)
			rc = keep_label(b, rows, &l, label, err);
		vec_free(&label->messages);
	}
	vec_free(&l.items);
	vec_free(&l.all);
	map_free(&l.ids);
	map_free(&l.names);
	arena_free(&l.arena);
	return rc;
}
