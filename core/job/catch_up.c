/* SPDX-License-Identifier: MIT */
#include "core/job/catch_up.h"

#include "core/archive/index.h"
#include "core/archive/listing.h"
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/job/summary.h"
#include "core/mail/names.h"

#define TEXT_BATCH 256u                 /* messages whose text is fetched at a time */

/* ---- What is to be done ---- */

/* Names at the target that the catalog has not taken in. */
static int
unknown_names(struct job *j, const struct name_list *names, size_t *count, struct error *err)
{
	size_t i;
	int has;

	*count = 0;
	for (i = 0; i < names->n; i++) {
		has = catalog_has_name(j->catalog, names->items[i], err);
		if (has < 0)
			return -1;
		*count += has == 0;
	}
	return 0;
}

int
catch_up_needed(struct job *j, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct name_list names;
	uint64_t messages, objects, untexted;
	size_t unknown = 0, snapshots = 0;
	int rc = -1;

	if (index_list(j->archive, &a, &names, err) < 0 ||
	    unknown_names(j, &names, &unknown, err) < 0)
		goto out;
	if (snapshot_list(j->archive, &a, &names, err) < 0 ||
	    unknown_names(j, &names, &snapshots, err) < 0)
		goto out;
	rc = unknown + snapshots > 0;
	if (rc == 0 && j->settings.want_text) {
		if (catalog_totals(j->catalog, &messages, &objects, &untexted, err) < 0)
			rc = -1;
		else
			rc = untexted > 0;
	}

out:
	arena_free(&a);
	return rc;
}

int
catch_up_lost(struct job *j, struct arena *a, const char **name, struct error *err)
{
	struct name_list indexes, snapshots;
	struct map there = MAP_EMPTY;
	struct buf known = BUF_EMPTY;
	size_t i;
	int rc = -1;

	if (index_list(j->archive, a, &indexes, err) < 0 ||
	    snapshot_list(j->archive, a, &snapshots, err) < 0)
		goto out;
	for (i = 0; i < indexes.n; i++)
		map_put(&there, slice_string(indexes.items[i]), 0);
	for (i = 0; i < snapshots.n; i++)
		map_put(&there, slice_string(snapshots.items[i]), 0);
	while ((rc = catalog_name_after(j->catalog, &known, err)) == 1) {
		if (!map_get(&there, buf_slice(&known), NULL)) {
			*name = arena_string(a, buf_text(&known));
			break;
		}
	}

out:
	map_free(&there);
	buf_free(&known);
	return rc;
}

/* Damage costs what it hit: check names it, the rest goes on. */
static bool
is_damage(const struct error *err)
{
	return err->code == ERR_CORRUPT || err->code == ERR_NOT_FOUND;
}

/* All of a message that fits into memory; bytes becomes the length of all. */
static int
read_beginning(struct job *j, const struct digest *id, struct buf *raw, uint64_t *bytes,
    struct error *err)
{
	struct message_stream *s = NULL;
	struct slice piece;
	int more;

	buf_clear(raw);
	if (message_stream_open(j->archive, &j->finder, id, &s, err) < 0)
		return -1;
	while ((more = message_stream_next(s, &piece, err)) > 0) {
		*bytes += piece.n;
		buf_add(raw, slice_sub(piece, 0, MESSAGE_IN_MEMORY - raw->n));
	}
	message_stream_close(s);
	return more;
}

/* Close m on success. */
static int
look_at_message(struct job *j, const struct digest *id, struct buf *raw, struct arena *a,
    struct message *m, struct summary *summary, struct error *err)
{
	uint64_t bytes = 0;

	if (read_beginning(j, id, raw, &bytes, err) < 0) {
		/* Damaged: nothing more is known of it. */
		if (!is_damage(err))
			return -1;
		error_clear(err);
		buf_clear(raw);
	}
	message_open(buf_slice(raw), a, m);
	summary_of_message(m, bytes, a, summary);
	return 0;
}

/* ---- Packs ---- */

static int
enter_objects(struct catalog *db, const struct pack_record *r, struct error *err)
{
	int64_t row;
	size_t i;

	if (catalog_add_pack(db, &r->id, r->size, &row, err) < 0)
		return -1;
	for (i = 0; i < r->frames.n; i++) {
		const struct pack_frame *f = &r->frames.items[i];

		if (catalog_add_frame(db, row, (uint32_t)i, f->at, f->n, f->plain, err) < 0)
			return -1;
	}
	for (i = 0; i < r->objects.n; i++) {
		const struct pack_object *o = &r->objects.items[i];

		if (catalog_add_object(db, (int)o->kind, &o->id, o->is_recipe, row, o->frame,
		    o->at, o->n, err) < 0)
			return -1;
	}
	return 0;
}

static int
enter_messages(struct catalog *db, const struct pack_record *r, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct catalog_message m;
	size_t i;
	int rc = -1;

	for (i = 0; i < r->objects.n; i++) {
		const struct pack_object *o = &r->objects.items[i];

		if (o->kind != OBJECT_MESSAGE)
			continue;
		arena_reset(&a);
		memset(&m, 0, sizeof(m));
		m.id = o->id;
		summary_of_json(o->summary, &a, &m);
		if (catalog_add_message(db, &m, err) < 0)
			goto out;
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

static int
take_in_index(struct job *j, struct catalog *db, const char *name, struct error *err)
{
	struct index_reader *index = NULL;
	struct pack_record *record;
	int next, rc = -1;

	if (index_open(j->archive, name, &index, err) < 0)
		return -1;
	while ((next = index_next(index, &record, err)) == 1) {
		rc = enter_objects(db, record, err) < 0 ? -1 : enter_messages(db, record, err);
		pack_record_free(record);
		if (rc < 0)
			goto out;
	}
	rc = next < 0 ? -1 : catalog_add_name(db, name, err);

out:
	index_close(index);
	return rc;
}

static int
take_in_indexes(struct job *j, struct catalog *db, bool may_write, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct name_list names;
	struct digest id;
	size_t i;
	int rc = -1, has;

	if (index_list(j->archive, &a, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		has = catalog_has_name(db, names.items[i], err);
		if (has < 0)
			goto out;
		if (has)
			continue;
		if (take_in_index(j, db, names.items[i], err) < 0) {
			if (!is_damage(err))
				goto out;
			job_notice(j, "%s; run \"mailcask check\"", err->text);
			error_clear(err);
		} else if (may_write && index_parse_name(slice_string(names.items[i]),
		    archive_naming(j->archive), &id)) {
			/* The run that put it may have died before its snapshot. */
			*(struct digest *)vec_push(archive_new_indexes(j->archive)) = id;
		}
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

/* ---- Packs without index ---- */

struct orphans {
	VEC(struct pack_record *) records;
};

static int
enter_orphans(struct job *j, struct catalog *db, struct orphans *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct name_list names;
	struct pack_record *record;
	size_t i, damaged;
	int rc = -1;

	if (archive_orphans(j->archive, &a, &names, err) < 0 || catalog_begin(db, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		if (pack_scan(j->archive, names.items[i], &record, &damaged, err) < 0) {
			if (!is_damage(err))
				goto out;
			job_notice(j, "%s", err->text);
			error_clear(err);
			continue;
		}
		*(struct pack_record **)vec_push(&out->records) = record;
		if (damaged > 0)
			job_notice(j, "%s is damaged; run \"mailcask check\"", names.items[i]);
		if (enter_objects(db, record, err) < 0)
			goto out;
	}
	rc = catalog_commit(db, err);

out:
	arena_free(&a);
	return rc;
}

/* What the lost index line of a message said is in the message. */
static int
summarise(struct job *j, struct pack_record *record, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf raw = BUF_EMPTY;
	struct summary summary;
	struct message m;
	size_t i;
	int rc = 0;

	memset(&summary, 0, sizeof(summary));
	for (i = 0; i < record->objects.n && rc == 0; i++) {
		if (record->objects.items[i].kind != OBJECT_MESSAGE)
			continue;
		arena_reset(&a);
		rc = look_at_message(j, &record->objects.items[i].id, &raw, &a, &m, &summary, err);
		if (rc < 0)
			break;
		message_close(&m);
		record->objects.items[i].summary =
		    arena_copy(&record->strings, buf_slice(&summary.json));
	}
	buf_free(&raw);
	buf_free(&summary.json);
	arena_free(&a);
	return rc;
}

/*
 * A pack that no index names was left by a run that died, or its index is
 * gone or damaged.  Its tar headers tell where things lie; the rest is read
 * out of the messages, which are to be found once all these packs are known.
 */
static int
adopt_orphans(struct job *j, struct catalog *db, bool may_write, struct error *err)
{
	const char *spool = path_join(&j->arena, j->settings.data_directory, "spool");
	struct orphans found = { VEC_EMPTY };
	size_t i;
	int rc = -1;

	if (enter_orphans(j, db, &found, err) < 0)
		goto out;
	mail_init();
	for (i = 0; i < found.records.n; i++)
		if (summarise(j, found.records.items[i], err) < 0)
			goto out;
	if (catalog_begin(db, err) < 0)
		goto out;
	for (i = 0; i < found.records.n; i++) {
		/* Only a run that writes may take such a pack for a dead run's. */
		rc = may_write ? index_write(j->archive, &found.records.items[i], 1,
		    j->target->spool ? NULL : spool, err) :
		    enter_messages(db, found.records.items[i], err);
		if (rc < 0)
			goto out;
	}
	rc = may_write && found.records.n > 0 ? take_in_indexes(j, db, true, err) : 0;
	if (rc == 0)
		rc = catalog_commit(db, err);

out:
	for (i = 0; i < found.records.n; i++)
		pack_record_free(found.records.items[i]);
	vec_free(&found.records);
	return rc;
}

/* ---- Snapshots ---- */

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
		if (!is_damage(err))
			return -1;
		job_notice(j, "%s; run \"mailcask check\"", err->text);
		error_clear(err);
		return 0;
	}
	for (;;) {
		arena_reset(&a);
		next = listing_next(listing, &a, &p, err);
		if (next < 0 && is_damage(err)) {
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

/* listings: mailbox row → the listing that the catalog holds now. */
static int
enter_mailbox(struct job *j, struct catalog *db, int64_t number, const struct snapshot_store *s,
    const struct snapshot_mailbox *m, struct map *listings, struct arena *a, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct catalog_mailbox row;
	struct fingerprint now = fingerprint128(digest_slice(&m->listing));
	uint64_t before;
	struct slice key;

	mailbox_name_add(&name, m->components, m->depth);
	row = (struct catalog_mailbox){
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
	if (catalog_mailbox_row(db, &row, &row.row, err) < 0)
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
enter_snapshot(struct job *j, struct catalog *db, const char *id, struct map *listings,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct catalog_snapshot row;
	struct snapshot s;
	int64_t number;
	size_t i, k;
	int rc = -1;

	memset(&s, 0, sizeof(s));
	if (snapshot_read(j->archive, id, &a, &s, err) < 0)
		goto out;
	row = (struct catalog_snapshot){
		.id = s.id, .time = s.time, .host = s.host, .user = s.user, .seen = s.seen,
		.saved = s.saved, .had = s.had, .failed = s.failed_count, .alarm = s.alarm,
	};
	for (i = 0; i < s.store_count; i++)
		row.mailboxes += s.stores[i].mailbox_count;
	if (catalog_begin_snapshot(db, &row, &number, err) < 0)
		goto out;
	row.row = number;
	for (i = 0; i < s.store_count; i++) {
		for (k = 0; k < s.stores[i].mailbox_count; k++) {
			if (enter_mailbox(j, db, number, &s.stores[i], &s.stores[i].mailboxes[k],
			    listings, &a, err) < 0)
				goto out;
		}
	}
	if (catalog_end_snapshot(db, &row, err) < 0)
		goto out;
	rc = catalog_add_name(db, id, err);

out:
	arena_free(&a);
	return rc;
}

static int
known_listings(struct catalog *db, struct map *listings, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct catalog_mailbox m;
	int next;

	if (catalog_mailboxes(db, 0, false, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_mailbox(rows, &m, err)) == 1)
		map_put(listings, slice_of(&m.row, sizeof(m.row)),
		    fingerprint128(digest_slice(&m.listing)).low);
	catalog_rows_close(rows);
	return next;
}

/* Drop the names that the catalog has taken in already. */
static int
keep_unknown(struct catalog *db, struct name_list *names, struct error *err)
{
	size_t i, n = 0;
	int has;

	for (i = 0; i < names->n; i++) {
		has = catalog_has_name(db, names->items[i], err);
		if (has < 0)
			return -1;
		if (!has)
			names->items[n++] = names->items[i];
	}
	names->n = n;
	return 0;
}

static int
take_in_snapshots(struct job *j, struct catalog *db, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct map listings = MAP_EMPTY;
	struct name_list names;
	size_t i;
	int rc = -1;

	if (snapshot_list(j->archive, &a, &names, err) < 0 ||
	    keep_unknown(db, &names, err) < 0 ||
	    snapshot_sort(j->archive, &names, err) < 0 ||
	    known_listings(db, &listings, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		/* Each in its own transaction: a damaged one is left out whole. */
		if (catalog_begin(db, err) < 0)
			goto out;
		if (enter_snapshot(j, db, names.items[i], &listings, err) < 0) {
			catalog_roll_back(db);
			if (!is_damage(err))
				goto out;
			job_notice(j, "snapshot %s: %s; run \"mailcask check\"", names.items[i],
			    err->text);
			error_clear(err);
			map_clear(&listings);
			continue;
		}
		if (catalog_commit(db, err) < 0)
			goto out;
	}
	rc = 0;

out:
	map_free(&listings);
	arena_free(&a);
	return rc;
}

/* ---- Text ---- */

static int
enter_text(struct job *j, struct catalog *db, const struct digest *id, struct buf *raw,
    struct buf *text, struct summary *summary, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct message m;
	int rc;

	rc = look_at_message(j, id, raw, &a, &m, summary, err);
	if (rc < 0)
		goto out;
	buf_clear(text);
	message_add_text(&m, false, INDEX_TEXT_MAX, text);
	summary->message.id = *id;
	summary->message.text = buf_slice(text);
	summary->message.has_text = true;
	message_close(&m);
	rc = catalog_add_message(db, &summary->message, err);

out:
	arena_free(&a);
	return rc;
}

static int
fetch_text(struct job *j, struct catalog *db, struct error *err)
{
	struct digest *ids = mem_alloc_array(TEXT_BATCH, sizeof(*ids));
	struct buf raw = BUF_EMPTY, text = BUF_EMPTY;
	struct summary summary;
	size_t n, i;
	int rc = -1;

	memset(&summary, 0, sizeof(summary));
	mail_init();
	do {
		if (catalog_begin(db, err) < 0 ||
		    catalog_untexted(db, ids, TEXT_BATCH, &n, err) < 0)
			goto out;
		for (i = 0; i < n; i++) {
			if (enter_text(j, db, &ids[i], &raw, &text, &summary, err) < 0)
				goto out;
		}
		if (catalog_commit(db, err) < 0)
			goto out;
	} while (n > 0);
	rc = 0;

out:
	mem_free(ids);
	buf_free(&raw);
	buf_free(&text);
	buf_free(&summary.json);
	return rc;
}

int
catch_up(struct job *j, bool with_text, bool may_write, struct error *err)
{
	struct catalog *db = NULL;
	int rc = -1;

	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err) < 0)
		return -1;
	if (catalog_bulk(db, true, err) < 0 || catalog_begin(db, err) < 0)
		goto out;
	if (take_in_indexes(j, db, may_write, err) < 0 || catalog_commit(db, err) < 0)
		goto out;
	if (adopt_orphans(j, db, may_write, err) < 0)
		goto out;
	if (take_in_snapshots(j, db, err) < 0)
		goto out;
	if (with_text && fetch_text(j, db, err) < 0)
		goto out;
	if (catalog_bulk(db, false, err) < 0)
		goto out;
	rc = 0;

out:
	catalog_close(db);
	return rc;
}
