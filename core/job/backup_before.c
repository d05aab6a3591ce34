/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/base/path.h"
#include "core/job/backup_internal.h"
#include "core/job/keyless.h"
#include "core/mail/names.h"

int
before_load(struct backup *b, struct error *err)
{
	const struct catalog_mailbox *m;
	struct buf key = BUF_EMPTY;
	size_t i;
	int rc;

	rc = catalog_head(b->job->catalog, b->arena, &b->head, err);
	if (rc <= 0)
		return rc;
	b->has_head = true;
	if (job_mailboxes(b->job, NULL, b->head.row, false, b->arena, &b->before, err) < 0)
		return -1;
	for (i = 0; i < b->before.n; i++) {
		m = &b->before.items[i];
		mailbox_key(&key, m->home, m->store, m->path, m->name);
		map_put(&b->before_keys, buf_slice(&key), i);
	}
	buf_free(&key);
	return 0;
}

/* The snapshot before, read from the archive when it is first needed. */
static int
load_snapshot(struct backup *b, struct error *err)
{
	if (b->before_snapshot.id)
		return 0;
	return keyless_snapshot(b->job, b->head.id, b->arena, &b->before_snapshot, err);
}

static const char *
absolute(struct backup *b, const struct snapshot_store *s, struct slice path)
{
	const char *text = arena_string_of(b->arena, path);

	if (path.n && path.p[0] == '/')
		return text;
	return path_join(b->arena, arena_string_of(b->arena, s->home), text);
}

static void
key_of(struct backup *b, const struct snapshot_store *s, const struct snapshot_mailbox *m,
    struct buf *key)
{
	struct buf name = BUF_EMPTY;

	mailbox_name_add(&name, m->components, m->depth);
	mailbox_key(key, arena_string_of(b->arena, s->home), absolute(b, s, s->path),
	    absolute(b, s, m->path), buf_text(&name));
	buf_free(&name);
}

/* Enter a mailbox of the snapshot before into this one.  False: the catalog
 * does not know it, or it stands here already. */
static bool
carry(struct backup *b, struct store_rows *rows, const struct snapshot_store *s,
    const struct snapshot_mailbox *m, bool stale)
{
	struct buf key = BUF_EMPTY;
	struct outcome *o;
	uint64_t index;
	bool ok;

	key_of(b, s, m, &key);
	ok = map_get(&b->before_keys, buf_slice(&key), &index) &&
	    !map_get(&b->now_keys, buf_slice(&key), NULL);
	if (ok) {
		o = mem_alloc(sizeof(*o));
		o->keep = true;
		o->key = arena_copy(b->arena, buf_slice(&key));
		o->mailbox = b->before.items[index];
		map_put(&b->now_keys, o->key, b->outcomes.n);
		*(struct outcome **)vec_push(&b->outcomes) = o;
		*(struct snapshot_mailbox *)vec_push(&rows->mailboxes) = *m;
		rows->mailboxes.items[rows->mailboxes.n - 1].stale = stale || m->stale;
	}
	buf_free(&key);
	return ok;
}

int
before_carry_mailbox(struct backup *b, struct store_rows *rows, struct slice key,
    struct error *err)
{
	struct buf other = BUF_EMPTY;
	size_t i, k;
	int rc = 0;

	if (!map_get(&b->before_keys, key, NULL))
		return 0;
	if (load_snapshot(b, err) < 0)
		return -1;
	for (i = 0; i < b->before_snapshot.store_count && rc == 0; i++) {
		const struct snapshot_store *s = &b->before_snapshot.stores[i];

		for (k = 0; k < s->mailbox_count && rc == 0; k++) {
			key_of(b, s, &s->mailboxes[k], &other);
			if (slice_equal(buf_slice(&other), key))
				rc = carry(b, rows, s, &s->mailboxes[k], true);
		}
	}
	buf_free(&other);
	return rc;
}

static void
carry_store(struct backup *b, const struct snapshot_store *s, bool stale)
{
	struct store_rows *rows = mem_alloc(sizeof(*rows));
	size_t i;

	rows->store = *s;
	for (i = 0; i < s->mailbox_count; i++)
		carry(b, rows, s, &s->mailboxes[i], stale);
	for (i = 0; i < s->file_count; i++)
		*(struct snapshot_file *)vec_push(&rows->files) = s->files[i];
	for (i = 0; i < s->directory_count; i++)
		*(struct snapshot_directory *)vec_push(&rows->directories) = s->directories[i];
	*(struct store_rows **)vec_push(&b->stores) = rows;
}

int
before_carry_store(struct backup *b, const struct place *place, struct error *err)
{
	size_t i;

	if (!b->has_head)
		return 0;
	if (load_snapshot(b, err) < 0)
		return -1;
	for (i = 0; i < b->before_snapshot.store_count; i++) {
		const struct snapshot_store *s = &b->before_snapshot.stores[i];

		if (strcmp(absolute(b, s, s->path), place->where.path) == 0)
			carry_store(b, s, true);
	}
	return 0;
}

/* Did this run look where the store would be? */
static bool
was_searched(struct backup *b, const struct snapshot_store *s)
{
	const struct backup_request *r = b->request;
	const char *path = absolute(b, s, s->path);
	size_t i;

	for (i = 0; i < r->places->n; i++) {
		if (strcmp(r->places->items[i].where.path, path) == 0)
			return true;
	}
	for (i = 0; i < r->home_count; i++) {
		if (slice_is(s->home, r->homes[i].path))
			return true;
	}
	return false;
}

/* Without one store out of reach there is no need to read the old snapshot. */
static bool
all_were_searched(struct backup *b)
{
	struct snapshot_store s;
	size_t i;

	for (i = 0; i < b->before.n; i++) {
		memset(&s, 0, sizeof(s));
		s.home = slice_string(b->before.items[i].home);
		s.path = slice_string(b->before.items[i].store);
		if (!was_searched(b, &s))
			return false;
	}
	return true;
}

int
before_carry_over(struct backup *b, struct error *err)
{
	size_t i;

	if (!b->has_head || all_were_searched(b))
		return 0;
	if (load_snapshot(b, err) < 0)
		return -1;
	for (i = 0; i < b->before_snapshot.store_count; i++) {
		if (!was_searched(b, &b->before_snapshot.stores[i]))
			carry_store(b, &b->before_snapshot.stores[i], false);
	}
	return 0;
}

/* ---- Alarms ---- */

/* Where mail is thrown away on purpose, its vanishing is no event. */
static bool
is_dustbin(const char *name)
{
	static const char *const names[] = { "Trash", "Junk", "Spam", "Deleted Items",
		"Deleted Messages", "Deleted", "Bulk Mail", "Papierkorb", "Corbeille", "trash",
		"junk", "spam", "wastebasket", "Bin" };
	struct slice last = slice_string(name);
	size_t i, slash;

	while ((slash = slice_find(last, 0, '/')) < last.n)
		last = slice_from(last, slash + 1);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_is(last, names[i]))
			return true;
	}
	return false;
}

/* Ids of all messages placed in mailboxes that were read in this run, and
 * rows of those that are as they were. */
static void
collect_now(struct backup *b, struct map *ids, struct map *kept_rows)
{
	size_t i, k;

	for (i = 0; i < b->outcomes.n; i++) {
		const struct outcome *o = b->outcomes.items[i];
		uint64_t index;

		for (k = 0; k < o->placed.n; k++)
			map_put(ids, digest_slice(&o->placed.items[k].id), 0);
		if (o->keep && map_get(&b->before_keys, o->key, &index))
			map_put(kept_rows, slice_of(&b->before.items[index].row, sizeof(int64_t)),
			    0);
	}
}

/* Does the message lie in a mailbox that is as it was? */
static int
lies_elsewhere(struct backup *b, int64_t message, const struct map *kept_rows, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_whereabouts w;
	int next, found = 0;

	if (catalog_places(b->job->catalog, message, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_place(rows, &w, err)) == 1 && !found)
		found = !w.deleted && map_get(kept_rows, slice_of(&w.mailbox, sizeof(w.mailbox)),
		    NULL);
	catalog_rows_close(rows);
	return next < 0 ? -1 : found;
}

static int
count_vanished(struct backup *b, const struct catalog_mailbox *m, const struct map *ids,
    const struct map *kept_rows, uint64_t *out, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_found f;
	int next, found;

	*out = 0;
	if (catalog_messages(b->job->catalog, m->row, b->head.row, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_message(rows, &f, err)) == 1) {
		if (map_get(ids, digest_slice(&f.id), NULL))
			continue;
		found = lies_elsewhere(b, f.row, kept_rows, err);
		if (found < 0) {
			next = -1;
			break;
		}
		*out += !found;
	}
	catalog_rows_close(rows);
	return next < 0 ? -1 : 0;
}

static void
store_key(struct buf *out, const struct catalog_mailbox *m)
{
	mailbox_key(out, m->home, m->store, "", "");
}

/*
 * A store of which no mailbox is left: a disk that is not mounted, a directory
 * that was moved or removed.  That is an event even where every message lies
 * in another store as well.
 */
static void
alarm_lost_stores(struct backup *b)
{
	struct map there = MAP_EMPTY, lost = MAP_EMPTY;
	struct buf key = BUF_EMPTY, text = BUF_EMPTY;
	size_t i;

	for (i = 0; i < b->outcomes.n; i++) {
		store_key(&key, &b->outcomes.items[i]->mailbox);
		map_put(&there, buf_slice(&key), 0);
	}
	for (i = 0; i < b->before.n; i++) {
		const struct catalog_mailbox *m = &b->before.items[i];

		store_key(&key, m);
		if (m->messages == 0 || is_dustbin(m->name) ||
		    map_get(&there, buf_slice(&key), NULL) || map_get(&lost, buf_slice(&key), NULL))
			continue;
		map_put(&lost, buf_slice(&key), 0);
		buf_clear(&text);
		buf_add_format(&text, "%s: the whole store %s is not there any more; is its disk "
		    "mounted?", m->client, m->store);
		*(const char **)vec_push(&b->result->alarms) =
		    arena_string(b->arena, buf_text(&text));
	}
	map_free(&there);
	map_free(&lost);
	buf_free(&key);
	buf_free(&text);
}

int
before_alarms(struct backup *b, struct error *err)
{
	struct map ids = MAP_EMPTY, kept_rows = MAP_EMPTY;
	struct buf key = BUF_EMPTY, text = BUF_EMPTY;
	uint64_t index, now, vanished, percent = b->request->alarm_percent;
	bool collected = false;
	size_t i;
	int rc = -1;

	if (percent > 0)
		alarm_lost_stores(b);
	for (i = 0; i < b->before.n; i++) {
		const struct catalog_mailbox *m = &b->before.items[i];

		mailbox_key(&key, m->home, m->store, m->path, m->name);
		now = map_get(&b->now_keys, buf_slice(&key), &index) ?
		    b->outcomes.items[index]->mailbox.messages : 0;
		if (m->messages == 0 || now * 100 >= m->messages * percent || is_dustbin(m->name))
			continue;
		if (!collected)
			collect_now(b, &ids, &kept_rows);
		collected = true;
		if (count_vanished(b, m, &ids, &kept_rows, &vanished, err) < 0)
			goto out;
		if (vanished * 100 <= m->messages * (100 - percent))
			continue;
		buf_clear(&text);
		job_mailbox_name(&text, m->client, m->account, m->name);
		buf_add_format(&text, " had %" PRIu64 " messages and has %" PRIu64 "; %" PRIu64
		    " of them are in no mailbox any more", m->messages, now, vanished);
		*(const char **)vec_push(&b->result->alarms) =
		    arena_string(b->arena, buf_text(&text));
	}
	rc = 0;

out:
	map_free(&ids);
	map_free(&kept_rows);
	buf_free(&key);
	buf_free(&text);
	return rc;
}
