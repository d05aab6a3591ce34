/* SPDX-License-Identifier: MIT */
#include "core/archive/needed.h"
#include "core/archive/repair_internal.h"
#include "core/base/map.h"

#define ROUNDS 8        /* a listing names runs, those messages, those parts */

/* Objects that snapshots need and nothing here names or has. */
struct fetching {
	struct repair *repair;
	struct memory_index *index;     /* of what is here */
	struct memory_index **others;
	struct map lost;
	uint64_t fetched;               /* in this round */
};

static int
load_orphans(struct fetching *f, struct error *err)
{
	struct pack_record *record;
	struct name_list names;
	size_t i, damaged;

	if (archive_orphans(f->repair->archive, &f->repair->arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		if (pack_scan(f->repair->archive, names.items[i], &record, &damaged, err) < 0)
			return -1;
		memory_index_add(f->index, record);
		pack_record_free(record);
	}
	memory_index_sort(f->index);
	return 0;
}

static int
find_lost(struct fetching *f, struct error *err)
{
	struct map forgotten = MAP_EMPTY;
	struct needed_parts parts = { NULL, 0, 0 };
	unsigned char *marks;
	size_t n, damaged;
	int rc = -1;

	memory_index_free(f->index);
	f->index = NULL;
	map_clear(&f->lost);
	if (memory_index_load(f->repair->archive, &f->index, &damaged, err) < 0 ||
	    load_orphans(f, err) < 0)
		return -1;
	memory_index_objects(f->index, &n);
	marks = mem_alloc(n);
	rc = needed_mark(f->repair->archive, f->index, f->repair->settings->progress, marks,
	    &f->lost, &forgotten, &parts, err);
	mem_free(marks);
	map_free(&forgotten);
	vec_free(&parts);
	return rc;
}

static int
fetch_object(struct fetching *f, struct archive_writer *w, struct slice key, struct error *err)
{
	const struct repair_settings *s = f->repair->settings;
	enum object_kind kind = (enum object_kind)key.p[0];
	struct object_finder *finder;
	struct object_place place;
	struct digest id;
	struct buf bytes = BUF_EMPTY;
	struct error ignored;
	size_t i;
	int rc = 0;

	memcpy(id.bytes, key.p + 1, DIGEST_BYTES);
	for (i = 0; i < s->other_count && rc == 0; i++) {
		finder = memory_index_finder(f->others[i]);
		if (finder->find(finder, kind, &id, &place, &ignored) != 1 ||
		    archive_read_place(s->others[i], &place, kind, &id, &bytes, &ignored) < 0)
			continue;
		rc = archive_writer_add(w, kind, place.is_recipe, &id, buf_slice(&bytes),
		    SLICE_EMPTY, err);
		f->fetched += rc == 1;
	}
	buf_free(&bytes);
	return rc < 0 ? -1 : 0;
}

static int
fetch_round(struct fetching *f, struct error *err)
{
	const struct repair_settings *s = f->repair->settings;
	struct archive_writer *w = NULL;
	struct slice key;
	uint64_t ignored;
	size_t at = 0;
	int rc = -1;

	f->fetched = 0;
	if (archive_writer_open(f->repair->archive, NULL, s->workers, s->spool, 0, &w, err) < 0)
		goto out;
	while (map_next(&f->lost, &at, &key, &ignored))
		if (fetch_object(f, w, key, err) < 0)
			goto out;
	rc = archive_writer_finish(w, err);

out:
	archive_writer_close(w);
	return rc;
}

int
repair_needed(struct repair *r, struct error *err)
{
	struct fetching f = { .repair = r };
	uint64_t all = 0;
	size_t i, damaged;
	unsigned round;
	int rc = -1;

	if (r->settings->other_count == 0)
		return 0;
	f.others = arena_alloc(&r->arena, r->settings->other_count * sizeof(*f.others));
	for (i = 0; i < r->settings->other_count; i++)
		if (memory_index_load(r->settings->others[i], &f.others[i], &damaged, err) < 0)
			goto out;
	for (round = 0; round < ROUNDS; round++) {
		if (find_lost(&f, err) < 0 || (f.lost.n > 0 && fetch_round(&f, err) < 0))
			goto out;
		all += f.fetched;
		if (f.lost.n == 0 || f.fetched == 0)
			break;
	}
	if (all > 0)
		repair_deed(r, "packs", "%llu objects that were missing came from another copy",
		    (unsigned long long)all);
	r->report->salvaged += all;
	rc = 0;

out:
	for (i = 0; i < r->settings->other_count; i++)
		memory_index_free(f.others[i]);
	memory_index_free(f.index);
	map_free(&f.lost);
	return rc;
}
