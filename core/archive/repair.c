/* SPDX-License-Identifier: MIT */
#include "core/archive/repair.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/archive/crypt.h"
#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/archive/repair_internal.h"
#include "core/archive/snapshot.h"
#include "core/archive/transfer.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/port/progress.h"
#include "core/port/target.h"

#define QUARANTINE_TRIES 100            /* damaged copies of one file, at most */
#define IDENTITY_MAX MIB

void
repair_report_free(struct repair_report *r)
{
	vec_free(&r->deeds);
	arena_free(&r->arena);
	memset(r, 0, sizeof(*r));
}

static void add_deed(struct repair_report *report, const char *file, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
add_deed(struct repair_report *report, const char *file, const char *fmt, va_list ap)
{
	struct repair_deed *d = vec_push(&report->deeds);
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	d->file = arena_string(&report->arena, file);
	d->what = arena_string(&report->arena, text);
}

void
repair_deed(struct repair *r, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_deed(r->report, file, fmt, ap);
	va_end(ap);
}

void
repair_show(struct repair *r, const char *doing, const char *item, uint64_t bytes)
{
	struct progress *p = r->settings->progress;

	if (p == NULL)
		return;
	p->doing = doing;
	p->item = item;
	p->bytes += bytes;
	p->update(p);
	p->item = NULL;
}

/* ---- Damaged files ---- */

/* Under the first name that is free; one with the same bytes will do. */
int
repair_quarantine(struct target *t, const char *spool, const char *name,
    struct repair_report *report, struct error *err)
{
	struct buf bytes = BUF_EMPTY, there = BUF_EMPTY, to = BUF_EMPTY;
	unsigned i;
	int rc = transfer_get(t, name, SNAPSHOT_MAX, &bytes, err);

	if (rc < 0 && err->code == ERR_NOT_FOUND) {
		error_clear(err);
		rc = 0;
		goto out;
	}
	for (i = 1; rc == 0 && i <= QUARANTINE_TRIES; i++) {
		buf_clear(&to);
		buf_add_format(&to, i == 1 ? QUARANTINE "%s" : QUARANTINE "%s-%u", name, i);
		rc = transfer_put(t, spool, buf_text(&to), buf_slice(&bytes), err);
		if (rc == 0 || err->code != ERR_EXISTS)
			break;
		rc = transfer_get(t, buf_text(&to), SNAPSHOT_MAX, &there, err);
		if (rc == 0 && slice_equal(buf_slice(&bytes), buf_slice(&there)))
			break;
	}
	report->quarantined += rc == 0;

out:
	buf_free(&bytes);
	buf_free(&there);
	buf_free(&to);
	return rc;
}

static int
set_aside(struct repair *r, const char *name, struct error *err)
{
	struct target *t = archive_target(r->archive);

	if (repair_quarantine(t, r->settings->spool, name, r->report, err) < 0)
		return -1;
	return t->ops->remove(t, name, err);
}

int
repair_fetch(struct repair *r, const char *name, const struct digest *id, struct error *err)
{
	struct target *t = archive_target(r->archive), *other;
	struct buf bytes = BUF_EMPTY;
	struct error ignored;
	struct digest is;
	size_t i;
	int rc = 0;

	for (i = 0; i < r->settings->other_count && rc == 0; i++) {
		other = archive_target(r->settings->others[i]);
		if (transfer_get(other, name, SNAPSHOT_MAX, &bytes, &ignored) < 0)
			continue;
		digest_of(buf_slice(&bytes), &is);
		if (!digest_equal(&is, id))
			continue;
		if (repair_quarantine(t, r->settings->spool, name, r->report, err) < 0 ||
		    transfer_settle_bytes(t, r->settings->spool, name, buf_slice(&bytes), id,
		    err) < 0) {
			rc = -1;
			break;
		}
		repair_deed(r, name, "fetched from %s", other->url);
		r->report->fetched++;
		rc = 1;
	}
	buf_free(&bytes);
	return rc;
}

/* ---- archive.json and README.txt ---- */

int
repair_identity(struct target *t, struct target *const *others, size_t n,
    struct repair_report *out, struct error *err)
{
	struct identity identity;
	struct buf bytes = BUF_EMPTY;
	struct error ignored;
	struct repair_deed *d;
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		if (identity_read(others[i], &identity, &ignored) < 0 || !identity.is_whole ||
		    transfer_get(others[i], IDENTITY_NAME, IDENTITY_MAX, &bytes, &ignored) < 0)
			continue;
		if (repair_quarantine(t, NULL, IDENTITY_NAME, out, err) < 0 ||
		    t->ops->remove(t, IDENTITY_NAME, err) < 0 ||
		    transfer_put(t, NULL, IDENTITY_NAME, buf_slice(&bytes), err) < 0) {
			rc = -1;
			break;
		}
		d = vec_push(&out->deeds);
		d->file = IDENTITY_NAME;
		d->what = arena_format(&out->arena, "fetched from %s", others[i]->url);
		out->fetched++;
		rc = 1;
	}
	buf_free(&bytes);
	return rc;
}

static int
mend_readme(struct repair *r, struct error *err)
{
	const struct identity *identity = archive_identity(r->archive);
	struct target *t = archive_target(r->archive);
	struct digest is, ours;
	uint64_t size;

	digest_of(readme_text(archive_is_encrypted(r->archive)), &ours);
	if (!identity->is_whole || (transfer_digest(t, README_NAME, &is, &size, err) == 0 &&
	    digest_equal(&is, &identity->readme)))
		return 0;
	error_clear(err);
	if (!digest_equal(&ours, &identity->readme))
		return repair_fetch(r, README_NAME, &identity->readme, err) < 0 ? -1 : 0;
	if (set_aside(r, README_NAME, err) < 0 ||
	    transfer_put(t, r->settings->spool, README_NAME,
	    readme_text(archive_is_encrypted(r->archive)), err) < 0)
		return -1;
	repair_deed(r, README_NAME, "written again");
	return 0;
}

/* ---- Index objects ---- */

static int
mend_indexes(struct repair *r, struct error *err)
{
	struct index_reader *reader;
	struct pack_record *record;
	struct name_list names;
	struct digest id;
	size_t i;
	int rc;

	if (index_list(r->archive, &r->arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		repair_show(r, "reading the index", names.items[i], names.sizes[i]);
		rc = index_open(r->archive, names.items[i], &reader, err);
		if (rc == 0) {
			while ((rc = index_next(reader, &record, err)) > 0)
				pack_record_free(record);
			index_close(reader);
		}
		if (rc == 0)
			continue;
		if (err->code != ERR_CORRUPT)
			return -1;
		if (!index_parse_name(slice_string(names.items[i]), archive_naming(r->archive), &id))
			continue;
		rc = repair_fetch(r, names.items[i], &id, err);
		if (rc < 0 || (rc == 0 && set_aside(r, names.items[i], err) < 0))
			return -1;
		if (rc == 0) {
			*(struct digest *)vec_push(&r->bad_indexes) = id;
			repair_deed(r, names.items[i], "in quarantine; what it told is told by the packs");
		}
	}
	return 0;
}

/* Those that snapshots name, that no other stands in the place of, and that another
 * copy has. */
static int
fetch_indexes(struct repair *r, struct error *err)
{
	struct map known = MAP_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct index_reader *reader;
	struct name_list names;
	struct snapshot s;
	struct buf name = BUF_EMPTY;
	struct digest id;
	size_t i, k;
	int rc = -1;

	if (index_list(r->archive, &r->arena, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		if (index_parse_name(slice_string(names.items[i]), archive_naming(r->archive), &id))
			map_put(&known, digest_slice(&id), 1);
		if (index_open(r->archive, names.items[i], &reader, err) < 0)
			goto out;
		for (k = 0; k < index_replaces(reader)->n; k++)
			map_put(&known, digest_slice(&index_replaces(reader)->items[k]), 1);
		index_close(reader);
	}
	if (snapshot_list(r->archive, &r->arena, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		arena_reset(&a);
		if (snapshot_read(r->archive, names.items[i], &a, &s, err) < 0)
			goto out;
		for (k = 0; k < s.index_count; k++) {
			if (!map_put(&known, digest_slice(&s.indexes[k]), 1))
				continue;
			buf_clear(&name);
			index_add_name(&name, archive_naming(r->archive), &s.indexes[k]);
			if (repair_fetch(r, buf_text(&name), &s.indexes[k], err) < 0)
				goto out;
		}
	}
	rc = 0;

out:
	map_free(&known);
	arena_free(&a);
	buf_free(&name);
	return rc;
}

/* ---- Snapshots ---- */

struct chain {
	struct map there;               /* ids of good snapshots */
	struct map forgotten;           /* all that any of them names, and what is lost */
	VEC(const char *) lost;
};

/* A snapshot's whole digest stands in its child alone; the name has a part. */
static int
fetch_snapshot(struct repair *r, const char *id, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	struct error ignored;
	size_t i;
	int rc = 0;

	snapshot_add_name(&name, archive_naming(r->archive), slice_string(id));
	for (i = 0; i < r->settings->other_count && rc == 0; i++)
		if (snapshot_read(r->settings->others[i], id, &a, &s, &ignored) == 0)
			rc = repair_fetch(r, buf_text(&name), &s.digest, err);
	arena_free(&a);
	buf_free(&name);
	return rc;
}

/* 1: it is good, and known; 0: it is lost. */
static int
mend_snapshot(struct repair *r, struct chain *c, const char *id, bool is_there, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	size_t i;
	int rc = 1;

	memset(&s, 0, sizeof(s));
	if (!is_there || snapshot_read(r->archive, id, &a, &s, err) < 0) {
		rc = is_there && err->code != ERR_CORRUPT && err->code != ERR_NOT_FOUND ? -1 :
		    fetch_snapshot(r, id, err);
		if (rc == 1 && snapshot_read(r->archive, id, &a, &s, err) < 0)
			rc = -1;
	}
	if (rc == 1) {
		map_put(&c->there, slice_string(id), 1);
		for (i = 0; i < s.forgotten_count; i++)
			map_put(&c->forgotten, slice_string(s.forgotten[i]), 1);
	}
	if (rc == 0) {
		snapshot_add_name(&name, archive_naming(r->archive), slice_string(id));
		rc = is_there ? set_aside(r, buf_text(&name), err) : 0;
		*(const char **)vec_push(&c->lost) = arena_string(&r->arena, id);
		if (rc == 0)
			repair_deed(r, buf_text(&name), is_there ? "in quarantine; no other copy has it" :
			    "it is missing, and no other copy has it");
	}
	arena_free(&a);
	buf_free(&name);
	return rc;
}

/* Parents that are not there, until the last one that is found has a known one. */
static int
mend_parents(struct repair *r, struct chain *c, const struct name_list *names,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct snapshot s;
	const char *id;
	size_t i;
	int rc = 0;

	for (i = 0; i < names->n && rc >= 0; i++) {
		id = map_get(&c->there, slice_string(names->items[i]), NULL) ? names->items[i] : NULL;
		while (id != NULL && rc >= 0) {
			if (snapshot_read(r->archive, id, &a, &s, err) < 0) {
				rc = -1;
				break;
			}
			id = NULL;
			if (s.parent == NULL || map_get(&c->there, slice_string(s.parent), NULL) ||
			    map_get(&c->forgotten, slice_string(s.parent), NULL))
				break;
			rc = mend_snapshot(r, c, s.parent, false, err);
			map_put(&c->forgotten, slice_string(s.parent), 1);
			id = rc == 1 ? s.parent : NULL;
		}
		arena_reset(&a);
	}
	arena_free(&a);
	return rc < 0 ? -1 : 0;
}

/* The newest that is good, and of what was kept the newest word. */
static int
find_newest(struct repair *r, struct snapshot *newest, struct snapshot *kept, struct error *err)
{
	struct name_list names;
	struct snapshot s;
	size_t i;

	if (snapshot_list(r->archive, &r->arena, &names, err) < 0 ||
	    snapshot_sort(r->archive, &names, NULL, err) < 0)
		return -1;
	memset(newest, 0, sizeof(*newest));
	memset(kept, 0, sizeof(*kept));
	for (i = 0; i < names.n; i++) {
		if (snapshot_read(r->archive, names.items[i], &r->arena, &s, err) < 0)
			return -1;
		*newest = s;
		if (s.repeats != NULL)
			*kept = s;
	}
	return newest->id != NULL;
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* FORMAT.md, 7.1: so that nobody misses what is lost. */
static int
write_repeat(struct repair *r, const struct chain *c, struct error *err)
{
	struct snapshot s, kept;
	struct slice id;
	const char **ids = arena_alloc(&r->arena, (c->forgotten.n + c->lost.n + 1) * sizeof(*ids));
	uint64_t ignored;
	size_t at = 0, n = 0, i;
	int rc = find_newest(r, &s, &kept, err);

	if (rc <= 0)
		return rc;
	while (map_next(&c->forgotten, &at, &id, &ignored))
		ids[n++] = arena_string_of(&r->arena, id);
	for (i = 0; i < c->lost.n; i++)
		if (!map_get(&c->forgotten, slice_string(c->lost.items[i]), NULL))
			ids[n++] = c->lost.items[i];
	qsort(ids, n, sizeof(*ids), compare_ids);
	s.repeats = s.repeats != NULL ? s.repeats : s.id;
	s.parent = s.id;
	s.parent_digest = s.digest;
	s.program = r->settings->program;
	s.alarm = NULL;
	s.forgotten = ids;
	s.forgotten_count = n;
	s.kept = kept.kept;
	s.kept_count = kept.kept_count;
	return snapshot_write(r->archive, &s, r->settings->spool, &r->arena, &ignored, err);
}

static int
mend_snapshots(struct repair *r, struct error *err)
{
	struct chain c = { MAP_EMPTY, MAP_EMPTY, VEC_EMPTY };
	struct name_list names;
	int64_t time;
	size_t i;
	int rc = -1;

	if (snapshot_list(r->archive, &r->arena, &names, err) < 0)
		goto out;
	for (i = 0; i < names.n; i++) {
		repair_show(r, "reading snapshots", names.items[i], names.sizes[i]);
		if (mend_snapshot(r, &c, names.items[i], true, err) < 0)
			goto out;
	}
	/* The newest is named by no other: who saw it knows. */
	if (r->settings->wanted != NULL && snapshot_id_time(r->settings->wanted, &time) &&
	    !map_get(&c.there, slice_string(r->settings->wanted), NULL) &&
	    !map_get(&c.forgotten, slice_string(r->settings->wanted), NULL) &&
	    mend_snapshot(r, &c, r->settings->wanted, false, err) < 0)
		goto out;
	if (snapshot_list(r->archive, &r->arena, &names, err) < 0 ||
	    mend_parents(r, &c, &names, err) < 0)
		goto out;
	rc = c.lost.n > 0 ? write_repeat(r, &c, err) : 0;

out:
	map_free(&c.there);
	map_free(&c.forgotten);
	vec_free(&c.lost);
	return rc;
}

int
archive_repair(struct archive *a, const struct repair_settings *settings,
    struct repair_report *out, struct error *err)
{
	struct repair r = { .archive = a, .settings = settings, .report = out };
	int rc = -1;

	if (!archive_identity(a)->is_whole) {
		fail(err, ERR_CORRUPT, IDENTITY_NAME " is damaged, and no other copy has it whole");
		goto out;
	}
	if (archive_unlock(a, err) == 0 && mend_readme(&r, err) == 0 &&
	    mend_snapshots(&r, err) == 0 && mend_indexes(&r, err) == 0 &&
	    fetch_indexes(&r, err) == 0 && repair_packs(&r, err) == 0 &&
	    repair_needed(&r, err) == 0)
		rc = 0;

out:
	vec_free(&r.bad_indexes);
	arena_free(&r.arena);
	return rc;
}
