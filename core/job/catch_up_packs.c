/* SPDX-License-Identifier: MIT */
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/job/catch_up_internal.h"
#include "core/port/target.h"

/* ---- What was removed on purpose ---- */

static void
excuse_indexes(struct job *j, const char *name, struct map *out)
{
	struct index_reader *index;
	struct buf replaced = BUF_EMPTY;
	struct error ignored;
	size_t i;

	/* One that is damaged excuses nothing. */
	if (index_open(j->archive, name, &index, &ignored) < 0)
		return;
	for (i = 0; i < index_replaces(index)->n; i++) {
		buf_clear(&replaced);
		index_add_name(&replaced, archive_naming(j->archive),
		    &index_replaces(index)->items[i]);
		map_put(out, buf_slice(&replaced), 1);
	}
	index_close(index);
	buf_free(&replaced);
}

static void
excuse_snapshots(struct job *j, const char *id, struct map *out)
{
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	struct error ignored;
	size_t i;

	if (snapshot_read(j->archive, id, &a, &s, &ignored) == 0)
		for (i = 0; i < s.forgotten_count; i++)
			map_put(out, slice_string(s.forgotten[i]), 1);
	arena_free(&a);
}

int
catch_up_excuses(struct job *j, const struct name_list *indexes,
    const struct name_list *snapshots, struct map *out, struct error *err)
{
	size_t i;
	int has;

	for (i = 0; i < indexes->n; i++) {
		has = catalog_has_name(j->catalog, indexes->items[i], err);
		if (has < 0)
			return -1;
		if (!has)
			excuse_indexes(j, indexes->items[i], out);
	}
	for (i = 0; i < snapshots->n; i++) {
		has = catalog_has_name(j->catalog, snapshots->items[i], err);
		if (has < 0)
			return -1;
		if (!has)
			excuse_snapshots(j, snapshots->items[i], out);
	}
	return 0;
}

/* ---- Packs ---- */

int
catch_up_objects(struct catalog *db, const struct pack_record *r, struct error *err)
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

int
catch_up_packs_there(struct job *j, struct map *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct target_item *items;
	struct digest pack;
	size_t i, n;
	int rc = j->target->ops->list(j->target, "packs/", &a, &items, &n, err);

	for (i = 0; rc == 0 && i < n; i++)
		if (pack_parse_name(slice_string(items[i].name), archive_naming(j->archive),
		    &pack))
			map_put(out, digest_slice(&pack), 1);
	arena_free(&a);
	return rc;
}

/* Packs that the catalog knows and that are not there. */
static int
find_gone(struct catalog *db, const struct map *there, struct map *out, struct error *err)
{
	struct catalog_rows *rows = NULL;
	struct digest pack;
	int next;

	if (catalog_packs(db, &rows, err) < 0)
		return -1;
	while ((next = catalog_next_pack(rows, &pack, err)) == 1)
		if (!map_get(there, digest_slice(&pack), NULL))
			map_put(out, digest_slice(&pack), 1);
	catalog_rows_close(rows);
	return next;
}

/* Packs that came back (repair fetches them), under an index that was taken in
 * long ago: 1, 0, -1. */
static int
has_new(struct catalog *db, const struct map *there, struct error *err)
{
	struct slice key;
	struct digest pack;
	uint64_t ignored;
	size_t at = 0;
	int known = 1;

	while (known == 1 && map_next(there, &at, &key, &ignored)) {
		memcpy(pack.bytes, key.p, DIGEST_BYTES);
		known = catalog_has_pack(db, &pack, err);
	}
	return known < 0 ? -1 : known == 0;
}

/* An object may have lain in another pack as well. */
static int
enter_copies(struct job *j, struct catalog *db, const struct map *there, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct index_reader *index;
	struct name_list names;
	struct pack_record *record;
	struct error damage;
	size_t i;
	int rc = -1;

	if (index_list(j->archive, &a, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		if (index_open(j->archive, names.items[i], &index, &damage) < 0)
			continue;
		rc = 0;
		while (rc == 0 && index_next(index, &record, &damage) == 1) {
			if (map_get(there, digest_slice(&record->id), NULL))
				rc = catch_up_objects(db, record, err);
			pack_record_free(record);
		}
		index_close(index);
		if (rc < 0)
			goto out;
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

/* Mail and pieces of files: what a reading (reading.h) remembers by its name only. */
static int
count_remembered(struct catalog *db, uint64_t *out, struct error *err)
{
	uint64_t messages = 0, chunks = 0;

	if (catalog_count_objects(db, OBJECT_MESSAGE, &messages, err) < 0 ||
	    catalog_count_objects(db, OBJECT_CHUNK, &chunks, err) < 0)
		return -1;
	*out = messages + chunks;
	return 0;
}

static int
drop_gone(struct job *j, struct catalog *db, const struct map *there, const struct map *gone,
    struct error *err)
{
	struct slice key;
	struct digest pack;
	uint64_t ignored, before, after;
	size_t at = 0;

	if (count_remembered(db, &before, err) < 0)
		return -1;
	while (map_next(gone, &at, &key, &ignored)) {
		memcpy(pack.bytes, key.p, DIGEST_BYTES);
		if (catalog_mark_pack(db, &pack, err) < 0)
			return -1;
	}
	if (catalog_drop_marked(db, err) < 0 || enter_copies(j, db, there, err) < 0 ||
	    catalog_drop_unplaced(db, err) < 0 || count_remembered(db, &after, err) < 0)
		return -1;
	/* What was remembered of the last readings relies on all of them: the stores
	 * are to be read again, and may have what is gone. */
	return after < before ? catalog_forget_readings(db, err) : 0;
}

int
catch_up_packs_gone(struct job *j, struct catalog *db, const struct map *there,
    struct error *err)
{
	struct map gone = MAP_EMPTY;
	int rc = find_gone(db, there, &gone, err);

	if (rc == 0)
		rc = gone.n > 0 ? 1 : has_new(db, there, err);
	if (rc == 1) {
		rc = catalog_begin(db, err);
		if (rc == 0 && (drop_gone(j, db, there, &gone, err) < 0 ||
		    catalog_commit(db, err) < 0)) {
			catalog_roll_back(db);
			rc = -1;
		}
	}
	map_free(&gone);
	return rc;
}

int
catch_up_gone(struct job *j, struct error *err)
{
	struct map there = MAP_EMPTY, gone = MAP_EMPTY;
	struct catalog *db = NULL;
	int rc = -1;

	if (catch_up_packs_there(j, &there, err) < 0 ||
	    find_gone(j->catalog, &there, &gone, err) < 0)
		goto out;
	rc = gone.n > 0 ? 1 : has_new(j->catalog, &there, err);
	if (rc <= 0)
		goto out;
	rc = catalog_open(j->catalog_path, CATALOG_WRITE, archive_id(j->archive),
	    j->settings.allow_remote_catalog, &db, err);
	if (rc == 0)
		rc = catch_up_packs_gone(j, db, &there, err);
	catalog_close(db);

out:
	map_free(&there);
	map_free(&gone);
	return rc;
}
