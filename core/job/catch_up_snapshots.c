/* SPDX-License-Identifier: MIT */
#include "core/job/catch_up_internal.h"

#include <stdlib.h>

#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/json.h"
#include "core/base/path.h"
#include "core/mail/names.h"

static const char *
absolute(struct arena *a, const struct snapshot_store *s, struct slice path)
{
	const char *text = arena_string_of(a, path);

	if (path.n && path.p[0] == '/')
		return text;
	return path_join(a, arena_string_of(a, s->home), text);
}

static int
enter_placements(struct job *j, struct catalog *db, const struct digest *root, struct error *err)
{
	struct listing_reader *listing = NULL;
	struct arena a = ARENA_EMPTY;
	struct placement p;
	int next, rc = -1;

	if (listing_open(j->archive, &j->finder, root, &listing, err) < 0) {
		if (!catch_up_is_damage(err))
			return -1;
		job_notice(j, "%s; run \"mailcask check\"", err->text);
		error_clear(err);
		return 0;
	}
	for (;;) {
		arena_reset(&a);
		next = listing_next(listing, &a, &p, err);
		if (next < 0 && catch_up_is_damage(err)) {
			job_notice(j, "%s; run \"mailcask check\"", err->text);
			error_clear(err);
			listing_skip_run(listing);
			continue;
		}
		if (next <= 0)
			break;
		if (p.kind != PLACED_MESSAGE || p.dead)
			continue;
		if (catalog_place(db, &p.id, p.flags, &p.tags, err) < 0)
			goto out;
	}
	rc = next;

out:
	listing_close(listing);
	arena_free(&a);
	return rc;
}

/* What the catalog calls a mailbox of a snapshot. */
static int
find_row(struct catalog *db, const struct snapshot_store *s, const struct snapshot_mailbox *m,
    struct arena *a, struct catalog_mailbox *out, struct error *err)
{
	struct buf name = BUF_EMPTY;

	mailbox_name_add(&name, m->components, m->depth);
	*out = (struct catalog_mailbox){
		.client = s->client,
		.account = s->account,
		.kind = s->kind,
		.format = s->format,
		.layout = s->layout,
		.home = arena_string_of(a, s->home),
		.store = absolute(a, s, s->path),
		.path = absolute(a, s, m->path),
		.name = arena_string(a, buf_text(&name)),
		.listing = m->listing,
		.messages = m->messages,
		.unread = m->unread,
		.bytes = m->bytes,
	};
	buf_free(&name);
	return catalog_mailbox_row(db, out, &out->row, err);
}

/* listings: mailbox row → the listing that the catalog holds now. */
static int
enter_mailbox(struct job *j, struct catalog *db, int64_t number, const struct snapshot_store *s,
    const struct snapshot_mailbox *m, struct map *listings, struct arena *a, struct error *err)
{
	struct catalog_mailbox row;
	struct fingerprint now = fingerprint128(digest_slice(&m->listing));
	uint64_t before;
	struct slice key;

	if (find_row(db, s, m, a, &row, err) < 0)
		return -1;
	key = slice_of(&row.row, sizeof(row.row));
	if (map_get(listings, key, &before) && before == now.low)
		return catalog_keep_mailbox(db, number, row.row, err);
	map_put(listings, key, now.low);
	if (catalog_set_mailbox(db, number, &row, err) < 0 ||
	    enter_placements(j, db, &m->listing, err) < 0)
		return -1;
	return catalog_placed(db, err);
}

static int
enter_backup(struct job *j, struct catalog *db, const struct snapshot *s, struct map *listings,
    struct arena *a, struct error *err)
{
	struct catalog_snapshot row = {
		.id = s->id, .time = s->time, .host = s->host, .user = s->user, .seen = s->seen,
		.saved = s->saved, .had = s->had, .failed = s->failed_count, .alarm = s->alarm,
	};
	int64_t number;
	size_t i, k;

	for (i = 0; i < s->store_count; i++)
		row.mailboxes += s->stores[i].mailbox_count;
	if (catalog_begin_snapshot(db, &row, &number, err) < 0)
		return -1;
	row.row = number;
	for (i = 0; i < s->store_count; i++) {
		for (k = 0; k < s->stores[i].mailbox_count; k++) {
			if (enter_mailbox(j, db, number, &s->stores[i], &s->stores[i].mailboxes[k],
			    listings, a, err) < 0)
				return -1;
		}
	}
	if (catalog_end_snapshot(db, &row, err) < 0 ||
	    catalog_put_head(db, s->id, s->document, err) < 0)
		return -1;
	return catalog_add_name(db, s->id, err);
}

/* ---- What forget left ---- */

/* One placement of a message that no snapshot holds. */
static int
enter_kept_lines(struct catalog *db, struct catalog_kept *k, struct slice what,
    struct slice state, struct arena *a, struct error *err)
{
	struct placement p;
	struct json *times = NULL;
	int rc = -1;

	if (placement_parse(what, state, a, &p, err) < 0 || json_parse(state, &times, err) < 0)
		goto out;
	if (p.kind != PLACED_MESSAGE || !json_get_time(times, "first", &k->first_seen) ||
	    !json_get_time(times, "last", &k->last_seen)) {
		fail(err, ERR_CORRUPT, "a kept message that was never seen");
		goto out;
	}
	k->id = p.id;
	k->flags = p.flags;
	rc = catalog_keep(db, k, &p.tags, err);

out:
	json_free(times);
	return rc;
}

static int
enter_kept_mailbox(struct job *j, struct catalog *db, const struct snapshot_store *s,
    const struct snapshot_mailbox *m, struct arena *a, struct error *err)
{
	struct listing_reader *listing = NULL;
	struct arena one = ARENA_EMPTY;
	struct catalog_kept k = { .first_seen = 0 };
	struct slice what, state;
	int64_t first = INT64_MAX, last = 0;
	int next, rc = -1;

	if (find_row(db, s, m, a, &k.mailbox, err) < 0 ||
	    listing_open(j->archive, &j->finder, &m->listing, &listing, err) < 0)
		goto out;
	while ((next = listing_next_lines(listing, &what, &state, err)) == 1) {
		arena_reset(&one);
		if (enter_kept_lines(db, &k, what, state, &one, err) < 0)
			goto out;
		first = k.first_seen < first ? k.first_seen : first;
		last = k.last_seen > last ? k.last_seen : last;
	}
	rc = next < 0 ? -1 : catalog_keep_listing(db, &k.mailbox, first, last, err);

out:
	listing_close(listing);
	arena_free(&one);
	return rc;
}

/* All that no snapshot holds any more, and is not kept, goes. */
static int
enter_kept(struct job *j, struct catalog *db, const char *id, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	uint64_t dropped;
	size_t i, k;
	int rc = -1;

	memset(&s, 0, sizeof(s));
	if (snapshot_read(j->archive, id, &a, &s, err) < 0 || catalog_begin_kept(db, err) < 0)
		goto out;
	for (i = 0; i < s.kept_count; i++) {
		for (k = 0; k < s.kept[i].mailbox_count; k++) {
			if (enter_kept_mailbox(j, db, &s.kept[i], &s.kept[i].mailboxes[k], &a,
			    err) < 0)
				goto out;
		}
	}
	if (catalog_end_kept(db, &dropped, err) < 0 || catalog_add_name(db, id, err) < 0)
		goto out;
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

/* ---- All of them ---- */

struct taking {
	struct job *job;
	struct catalog *db;
	struct map listings;
	struct map forgotten;           /* ids; of those not taken in yet */
	VEC(const char *) old;          /* the same, by time */
	size_t next_old;
	const char *newest_repeat;      /* NULL: none */
	struct arena *arena;
};

static int
known_listings(struct taking *t, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_mailbox m;
	int next;

	if (catalog_mailboxes(t->db, 0, false, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_mailbox(rows, &m, err)) == 1)
		map_put(&t->listings, slice_of(&m.row, sizeof(m.row)),
		    fingerprint128(digest_slice(&m.listing)).low);
	catalog_rows_close(rows);
	return next;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_forgotten(struct taking *t)
{
	struct slice id;
	uint64_t ignored;
	size_t at = 0;

	while (map_next(&t->forgotten, &at, &id, &ignored))
		*(const char **)vec_push(&t->old) = arena_string_of(t->arena, id);
	if (t->old.n > 0)
		qsort(t->old.items, t->old.n, sizeof(*t->old.items), compare_ids);
}

/* Those older than the snapshot that comes next; NULL: all that are left. */
static int
enter_forgotten(struct taking *t, const char *before, struct error *err)
{
	int64_t time;

	if (t->next_old == t->old.n || catalog_begin(t->db, err) < 0)
		return t->next_old == t->old.n ? 0 : -1;
	for (; t->next_old < t->old.n; t->next_old++) {
		const char *id = t->old.items[t->next_old];

		if (before != NULL && strcmp(id, before) > 0)
			break;
		if (snapshot_id_time(id, &time) &&
		    catalog_forget_snapshot(t->db, id, time, err) < 0)
			return -1;
	}
	return catalog_commit(t->db, err);
}

static int
enter_snapshot(struct taking *t, const char *id, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	int rc = -1;

	memset(&s, 0, sizeof(s));
	if (snapshot_read(t->job->archive, id, &a, &s, err) < 0 ||
	    catalog_add_seen(t->db, id, &s.digest, err) < 0)
		goto out;
	rc = s.repeats ? catalog_set_tip(t->db, s.repeats, id, err) : 0;
	if (rc == 0)
		rc = enter_backup(t->job, t->db, &s, &t->listings, &a, err);
	else if (rc == 1)
		rc = 0;
	if (rc == 0 && s.repeats)
		t->newest_repeat = id;

out:
	arena_free(&a);
	return rc;
}

/* Each in its own transaction: a damaged one is left out whole. */
static int
take_in(struct taking *t, const char *id, int (*enter)(struct taking *, const char *,
    struct error *), struct error *err)
{
	if (catalog_begin(t->db, err) < 0)
		return -1;
	if (enter(t, id, err) == 0)
		return catalog_commit(t->db, err);
	catalog_roll_back(t->db);
	if (!catch_up_is_damage(err))
		return -1;
	job_notice(t->job, "snapshot %s: %s; run \"mailcask check\"", id, err->text);
	error_clear(err);
	map_clear(&t->listings);
	return 0;
}

static int
enter_newest_kept(struct taking *t, const char *id, struct error *err)
{
	return enter_kept(t->job, t->db, id, err);
}

int
catch_up_snapshots(struct job *j, struct catalog *db, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct taking t = { .job = j, .db = db, .arena = &a };
	struct name_list names;
	size_t i;
	int rc = -1;

	if (snapshot_list(j->archive, &a, &names, err) < 0 ||
	    catch_up_keep_unknown(db, &names, err) < 0 ||
	    snapshot_sort(j->archive, &names, &t.forgotten, err) < 0 ||
	    known_listings(&t, err) < 0)
		goto out;
	sort_forgotten(&t);
	for (i = 0; i < names.n; i++) {
		if (enter_forgotten(&t, names.items[i], err) < 0)
			goto out;
		/* One that a run was stopped before removing. */
		if (!map_get(&t.forgotten, slice_string(names.items[i]), NULL) &&
		    take_in(&t, names.items[i], enter_snapshot, err) < 0)
			goto out;
	}
	if (enter_forgotten(&t, NULL, err) < 0)
		goto out;
	/* When all is known that holds a message. */
	rc = t.newest_repeat ? take_in(&t, t.newest_repeat, enter_newest_kept, err) : 0;

out:
	map_free(&t.listings);
	map_free(&t.forgotten);
	vec_free(&t.old);
	arena_free(&a);
	return rc;
}
