/* SPDX-License-Identifier: MIT */
#include "core/archive/repair.h"

#include <stdlib.h>

#include "core/archive/check.h"
#include "core/archive/identity.h"
#include "core/archive/memoryindex.h"
#include "core/archive/names.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "tests/samplearchive.h"

/*
 * Small archives, damaged at random in every way a disk or a person can think
 * of.  Whatever was done to them, check and repair end, and what could be given
 * back before can be given back after.  MAILCASK_DAMAGED says how many (10000 for
 * a night; 120 without).
 */
#define ITERATIONS 120

static uint64_t seed;
static char *head;              /* the newest snapshot, as a machine remembers it */

static size_t
below(size_t n)
{
	return n == 0 ? 0 : (size_t)(sample_random(&seed) % n);
}

/* ---- Copies in memory ---- */

static struct memory_target *
copy_target(const struct memory_target *from)
{
	struct memory_target *m = memory_target_open(NULL);
	struct memory_file *f;
	size_t i;

	for (i = 0; i < from->files.n; i++) {
		f = vec_push(&m->files);
		*f = (struct memory_file){ mem_string(from->files.items[i].name), BUF_EMPTY };
		buf_add(&f->bytes, buf_slice(&from->files.items[i].bytes));
	}
	return m;
}

/* ---- What can be given back ---- */

struct rescue {
	struct object_finder finder;
	struct archive *archive;
	struct memory_index *index;
};

/* The first copy that is whole. */
static int
find_whole(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	struct rescue *r = (struct rescue *)(void *)f;
	const struct memory_object *objects;
	struct buf bytes = BUF_EMPTY;
	size_t n, first, i, copies = memory_index_copies(r->index, kind, id, &first);
	int rc = -1;

	(void)err;
	objects = memory_index_objects(r->index, &n);
	for (i = first; i < first + copies && rc < 0; i++) {
		struct error ignored;

		memory_index_place(r->index, &objects[i], out);
		rc = archive_read_place(r->archive, out, kind, id, &bytes, &ignored);
	}
	buf_free(&bytes);
	return rc == 0;
}

static void
load(struct rescue *r)
{
	struct arena a = ARENA_EMPTY;
	struct error err;
	struct index_reader *reader;
	struct pack_record *record;
	struct name_list names;
	size_t i, damaged;

	r->index = memory_index_open();
	if (index_list(r->archive, &a, &names, &err) < 0)
		names.n = 0;
	for (i = 0; i < names.n; i++) {
		if (index_open(r->archive, names.items[i], &reader, &err) < 0)
			continue;
		while (index_next(reader, &record, &err) == 1) {
			memory_index_add(r->index, record);
			pack_record_free(record);
		}
		index_close(reader);
	}
	if (archive_orphans(r->archive, &a, &names, &err) < 0)
		names.n = 0;
	for (i = 0; i < names.n; i++) {
		if (pack_scan(r->archive, names.items[i], &record, &damaged, &err) < 0)
			continue;
		memory_index_add(r->index, record);
		pack_record_free(record);
	}
	memory_index_sort(r->index);
	arena_free(&a);
}

static void
add_mailbox(struct rescue *r, const struct snapshot_mailbox *m, struct map *out)
{
	struct listing_reader *l = NULL;
	struct arena a = ARENA_EMPTY;
	struct buf key = BUF_EMPTY, bytes = BUF_EMPTY;
	struct placement p;
	struct error err;
	int rc;

	if (listing_open(r->archive, &r->finder, &m->listing, &l, &err) < 0)
		goto out;
	while ((rc = listing_next(l, &a, &p, &err)) != 0) {
		if (rc < 0) {
			listing_skip_run(l);
			continue;
		}
		if ((p.kind == PLACED_CHUNKS ? archive_read_object(r->archive, &r->finder,
		    OBJECT_CHUNK, &p.id, &bytes, &err) : archive_read_message(r->archive,
		    &r->finder, &p.id, MESSAGE_IN_MEMORY, &bytes, &err)) < 0)
			continue;
		buf_set(&key, m->path);
		buf_add(&key, digest_slice(&p.id));
		map_put(out, buf_slice(&key), 1);
	}

out:
	listing_close(l);
	buf_free(&key);
	buf_free(&bytes);
	arena_free(&a);
}

/* Mailboxes and messages of all snapshots that can be read. */
static void
restorable(struct archive *archive, struct map *out)
{
	struct rescue r = { .finder = { find_whole }, .archive = archive };
	struct arena a = ARENA_EMPTY;
	struct name_list names;
	struct snapshot s;
	struct error err;
	size_t i, k, n;

	load(&r);
	if (snapshot_list(archive, &a, &names, &err) < 0)
		names.n = 0;
	for (i = 0; i < names.n; i++) {
		if (snapshot_read(archive, names.items[i], &a, &s, &err) < 0)
			continue;
		for (k = 0; k < s.store_count; k++)
			for (n = 0; n < s.stores[k].mailbox_count; n++)
				add_mailbox(&r, &s.stores[k].mailboxes[n], out);
	}
	memory_index_free(r.index);
	arena_free(&a);
}

static size_t
count_missing(const struct map *before, const struct map *after)
{
	struct slice key;
	uint64_t ignored;
	size_t at = 0, missing = 0;

	while (map_next(before, &at, &key, &ignored))
		missing += !map_get(after, key, NULL);
	return missing;
}

/* ---- Damage ---- */

static void
damage_file(struct memory_target *m, struct memory_file *f)
{
	size_t at = below(f->bytes.n), n = below(f->bytes.n - at) + 1;
	const struct memory_file *other;

	switch (below(7)) {
	case 0:
		if (f->bytes.n > 0)
			f->bytes.p[at] ^= (unsigned char)(1u << below(8));
		break;
	case 1:
		if (f->bytes.n > 0)
			memset(f->bytes.p + at, 0, n);
		break;
	case 2:
		buf_truncate(&f->bytes, at);
		break;
	case 3:
		sample_noise(&f->bytes, below(100) + 1, seed);
		break;
	case 4:
		other = &m->files.items[below(m->files.n)];
		if (other != f)
			buf_set(&f->bytes, buf_slice(&other->bytes));
		break;
	case 5:
		buf_clear(&f->bytes);
		sample_noise(&f->bytes, below(300), seed);
		break;
	default:
		buf_clear(&f->bytes);
	}
}

/* archive.json is left alone: without it there is no archive to look for. */
static void
damage(struct memory_target *m, size_t times)
{
	struct memory_file *f;
	struct error err;

	while (times-- > 0) {
		f = &m->files.items[below(m->files.n)];
		if (strcmp(f->name, IDENTITY_NAME) == 0)
			continue;
		if (below(5) == 0) {
			char *name = mem_string(f->name);

			m->target.ops->remove(&m->target, name, &err);
			mem_free(name);
		} else {
			damage_file(m, f);
		}
	}
}

/* ---- One archive ---- */

struct bench {
	struct memory_target *whole;
	struct workers *workers;
	size_t all;                     /* what can be given back of the whole one */
	unsigned long runs, losses;
};

/* Files whose bytes do not match their names: there is none after a repair. */
static bool
is_mismatch(const struct check_fault *f)
{
	return f->file != NULL && (strstr(f->what, "do not match") != NULL ||
	    strstr(f->what, "has version") != NULL);
}

static void
check_after(struct archive *a, bool wants_clean, uint64_t started)
{
	struct check_report report;
	struct error err = ERROR_NONE;
	size_t i, mismatches = 0;

	if (!T(archive_check(a, CHECK_ALL, NULL, NULL, NULL, &report, &err) == 0,
	    "%llu: check after: %s", (unsigned long long)started, err.text))
		return;
	for (i = 0; i < report.faults.n; i++)
		mismatches += is_mismatch(&report.faults.items[i]);
	T(mismatches == 0, "%llu: %zu damaged files after", (unsigned long long)started, mismatches);
	T(!wants_clean || report.faults.n == 0, "%llu: %s: %s", (unsigned long long)started,
	    report.faults.n > 0 && report.faults.items[0].file ? report.faults.items[0].file : "",
	    report.faults.n > 0 ? report.faults.items[0].what : "");
	check_report_free(&report);
}

static int
run_repair(struct archive *a, struct archive *other, struct workers *workers, struct error *err)
{
	struct repair_settings settings = { .others = &other, .other_count = other != NULL,
		.workers = workers, .spool = t_directory(), .program = "test",
		.wanted = head };
	struct repair_report report;
	int rc;

	memset(&report, 0, sizeof(report));
	rc = archive_repair(a, &settings, &report, err);
	repair_report_free(&report);
	return rc;
}

/* other: 0 none, 1 one that is damaged as well, 2 a whole one. */
static void
one(struct bench *b, unsigned other)
{
	uint64_t started = seed;
	struct memory_target *m = copy_target(b->whole), *m2 = copy_target(b->whole);
	struct archive *a = NULL, *a2 = NULL;
	struct check_report report;
	struct map before = MAP_EMPTY, after = MAP_EMPTY;
	struct error err = ERROR_NONE;

	damage(m, below(4) + 1);
	if (other == 1)
		damage(m2, below(4) + 1);
	if (!T(archive_open(&m->target, &a, &err) == 0 &&
	    archive_open(&m2->target, &a2, &err) == 0, "open: %s", err.text))
		goto out;
	restorable(a, &before);
	T(archive_check(a, CHECK_ALL, NULL, NULL, NULL, &report, &err) == 0, "%llu: check: %s",
	    (unsigned long long)started, err.text);
	check_report_free(&report);
	if (!T(run_repair(a, other > 0 ? a2 : NULL, b->workers, &err) == 0, "%llu: repair: %s",
	    (unsigned long long)started, err.text))
		goto out;
	archive_close(a);
	a = NULL;
	if (!T(archive_open(&m->target, &a, &err) == 0, "open again: %s", err.text))
		goto out;
	restorable(a, &after);
	T(count_missing(&before, &after) == 0, "%llu: %zu of %zu are lost by repair",
	    (unsigned long long)started, count_missing(&before, &after), before.n);
	T(other < 2 || after.n == b->all, "%llu: %zu of %zu came back", (unsigned long long)started,
	    after.n, b->all);
	b->losses += after.n < b->all;
	check_after(a, other == 2, started);

out:
	b->runs++;
	map_free(&before);
	map_free(&after);
	archive_close(a);
	archive_close(a2);
	m->target.ops->close(&m->target);
	m2->target.ops->close(&m2->target);
}

/* Nothing is done where nothing is wrong. */
static void
leaves_alone(struct bench *b)
{
	struct memory_target *m = copy_target(b->whole);
	struct error err = ERROR_NONE;
	struct archive *a = NULL;
	bool same;
	size_t i;

	T(archive_open(&m->target, &a, &err) == 0 &&
	    run_repair(a, NULL, b->workers, &err) == 0, "%s", err.text);
	same = m->files.n == b->whole->files.n;
	for (i = 0; same && i < m->files.n; i++)
		same = strcmp(m->files.items[i].name, b->whole->files.items[i].name) == 0;
	T(same, "files came or went: %zu, %zu", m->files.n, b->whole->files.n);
	archive_close(a);
	m->target.ops->close(&m->target);
}

/* A repair that fails at its n-th call of the target, and the next one. */
static void
fails_anywhere(struct bench *b)
{
	struct memory_target *m;
	struct failing_target *f;
	struct map before = MAP_EMPTY, after = MAP_EMPTY;
	struct archive *a;
	struct error err = ERROR_NONE;
	uint64_t started = seed;
	unsigned at;
	int rc = -1;

	for (at = 1; rc < 0 && at < 2000; at += 1 + at / 60) {
		seed = started;
		m = copy_target(b->whole);
		damage(m, 3);
		f = failing_target_open(&m->target);
		map_clear(&before);
		map_clear(&after);
		if (T(archive_open(&m->target, &a, &err) == 0, "%s", err.text))
			restorable(a, &before);
		archive_close(a);
		if (archive_open(&f->target, &a, &err) == 0) {
			f->fail_at = f->calls + at;
			f->for_ever = true;
			rc = run_repair(a, NULL, b->workers, &err);
			archive_close(a);
		}
		if (T(archive_open(&m->target, &a, &err) == 0, "%s", err.text)) {
			restorable(a, &after);
			T(count_missing(&before, &after) == 0, "stopped at %u: %zu lost", at,
			    count_missing(&before, &after));
			T(run_repair(a, NULL, b->workers, &err) == 0, "after %u: %s", at, err.text);
			map_clear(&after);
			restorable(a, &after);
			T(count_missing(&before, &after) == 0, "after %u: %zu lost", at,
			    count_missing(&before, &after));
			check_after(a, false, at);
		}
		archive_close(a);
		f->target.ops->close(&f->target);
		m->target.ops->close(&m->target);
	}
	T(rc == 0, "some run is not stopped");
	map_free(&before);
	map_free(&after);
}

int
main(void)
{
	const char *wanted = getenv("MAILCASK_DAMAGED");
	unsigned long n = wanted ? strtoul(wanted, NULL, 10) : ITERATIONS, i;
	struct bench b = { .workers = workers_open(2) };
	struct buf mbox = BUF_EMPTY;
	struct map all = MAP_EMPTY;
	struct sample s;

	b.whole = memory_target_open(NULL);
	if (sample_open(&s, &b.whole->target, CODEC_ZSTD, true) && sample_fill(&s, 12, &mbox))
		restorable(s.archive, &all);
	head = mem_string(s.snapshot.id);
	sample_close(&s);
	b.all = all.n;
	T(b.all >= 12, "the sample has %zu", b.all);
	seed = 4711;
	leaves_alone(&b);
	for (i = 0; i < n; i++)
		one(&b, (unsigned)(i % 3));
	T(n < 100 || (b.losses > 0 && b.losses < b.runs), "%lu of %lu lost something: the damage "
	    "is too little or too much", b.losses, b.runs);
	seed = 815;
	fails_anywhere(&b);
	seed = 99;
	fails_anywhere(&b);
	b.whole->target.ops->close(&b.whole->target);
	workers_close(b.workers);
	buf_free(&mbox);
	map_free(&all);
	mem_free(head);
	return t_done();
}
