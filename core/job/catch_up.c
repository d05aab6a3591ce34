/* SPDX-License-Identifier: MIT */
#include "core/job/catch_up_internal.h"

#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/base/limits.h"
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

/* Drop the names that the catalog has taken in already. */
int
catch_up_keep_unknown(struct catalog *db, struct name_list *names, struct error *err)
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

int
catch_up_lost(struct job *j, struct arena *a, const char **name, struct error *err)
{
	struct name_list indexes, snapshots;
	struct map there = MAP_EMPTY;
	struct buf known = BUF_EMPTY;
	bool has_excuses = false;
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
		if (map_get(&there, buf_slice(&known), NULL))
			continue;
		/* What was removed on purpose is told by what is new there. */
		if (!has_excuses &&
		    catch_up_excuses(j, &indexes, &snapshots, &there, err) < 0) {
			rc = -1;
			break;
		}
		has_excuses = true;
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
		if (!catch_up_is_damage(err))
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

/* The names that an index says it stands in the place of. */
static int
release_replaced(struct job *j, struct catalog *db, struct index_reader *index,
    struct error *err)
{
	const struct digests *replaced = index_replaces(index);
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc = 0;

	for (i = 0; i < replaced->n && rc == 0; i++) {
		buf_clear(&name);
		index_add_name(&name, archive_naming(j->archive), &replaced->items[i]);
		rc = catalog_release_name(db, buf_text(&name), err);
	}
	buf_free(&name);
	return rc;
}

/* Is all of this record in the catalog?  An index that stands in the place of
 * others says again what they said. */
static int
is_known(struct catalog *db, const struct pack_record *record, struct error *err)
{
	size_t i;
	int rc = catalog_has_pack(db, &record->id, err);

	for (i = 0; rc == 1 && i < record->objects.n; i++) {
		if (record->objects.items[i].kind != OBJECT_MESSAGE)
			continue;
		rc = catalog_has_message(db, &record->objects.items[i].id, err);
		return rc < 0 ? -1 : rc > 0;
	}
	return rc;
}

/* Packs that are gone, because nothing needs them, are passed over. */
static int
take_in_record(struct catalog *db, const struct pack_record *record, const struct map *packs,
    bool replaces, struct error *err)
{
	int known = replaces ? is_known(db, record, err) : 0;

	if (known != 0)
		return known < 0 ? -1 : 0;
	if (map_get(packs, digest_slice(&record->id), NULL) &&
	    catch_up_objects(db, record, err) < 0)
		return -1;
	return enter_messages(db, record, err);
}

static int
take_in_index(struct job *j, struct catalog *db, const char *name, const struct map *packs,
    struct error *err)
{
	struct index_reader *index = NULL;
	struct pack_record *record;
	int next, rc = -1;

	if (index_open(j->archive, name, &index, err) < 0)
		return -1;
	while ((next = index_next(index, &record, err)) == 1) {
		rc = take_in_record(db, record, packs, index_replaces(index)->n > 0, err);
		pack_record_free(record);
		if (rc < 0)
			goto out;
	}
	rc = next < 0 || release_replaced(j, db, index, err) < 0 ? -1 :
	    catalog_add_name(db, name, err);

out:
	index_close(index);
	return rc;
}

static int
take_in_indexes(struct job *j, struct catalog *db, const struct map *packs, bool may_write,
    struct error *err)
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
		if (take_in_index(j, db, names.items[i], packs, err) < 0) {
			if (!catch_up_is_damage(err))
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
			if (!catch_up_is_damage(err))
				goto out;
			job_notice(j, "%s", err->text);
			error_clear(err);
			continue;
		}
		*(struct pack_record **)vec_push(&out->records) = record;
		if (damaged > 0)
			job_notice(j, "%s is damaged; run \"mailcask check\"", names.items[i]);
		if (catch_up_objects(db, record, err) < 0)
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
adopt_orphans(struct job *j, struct catalog *db, const struct map *packs, bool may_write,
    struct error *err)
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
	rc = may_write && found.records.n > 0 ? take_in_indexes(j, db, packs, true, err) : 0;
	if (rc == 0)
		rc = catalog_commit(db, err);

out:
	for (i = 0; i < found.records.n; i++)
		pack_record_free(found.records.items[i]);
	vec_free(&found.records);
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
	struct map packs = MAP_EMPTY;
	int rc = -1;

	if (catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err) < 0)
		return -1;
	if (catch_up_packs_there(j, &packs, err) < 0)
		goto out;
	if (catalog_bulk(db, true, err) < 0 || catalog_begin(db, err) < 0)
		goto out;
	if (take_in_indexes(j, db, &packs, may_write, err) < 0 || catalog_commit(db, err) < 0)
		goto out;
	if (adopt_orphans(j, db, &packs, may_write, err) < 0)
		goto out;
	if (catch_up_packs_gone(j, db, &packs, err) < 0)
		goto out;
	if (catch_up_snapshots(j, db, err) < 0)
		goto out;
	if (with_text && fetch_text(j, db, err) < 0)
		goto out;
	if (catalog_clear_unread(db, err) < 0 || catalog_bulk(db, false, err) < 0)
		goto out;
	rc = 0;

out:
	catalog_close(db);
	map_free(&packs);
	return rc;
}
