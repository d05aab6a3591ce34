/* SPDX-License-Identifier: MIT */
/* What every target promises, one case a promise: long, for the table of cases
 * is read as one document. */
#include "core/port/target.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "backends/registry.h"
#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "tests/memorytarget.h"
#include "tests/t.h"

/*
 * What every target has to keep, whatever lies behind it.
 *
 *	targetcontract_test [URL [FILES [LARGE-MIB]]]
 *
 * URL is an empty place, or none yet; without one a directory and the memory
 * are tried.  FILES: how many lie there for the longest list.
 */
struct contract {
	const char *url;        /* NULL: t cannot be opened a second time */
	struct target *t;
	size_t files, large_mib;
	struct arena arena;
};

#define PACK(n) "packs/" n "/" n "0123456789abcdef.tar.zst"

static const char *
spool(struct contract *c, struct slice bytes)
{
	const char *directory = c->t->spool != NULL ? c->t->spool : t_directory();
	struct error err = ERROR_NONE;
	char *path = NULL;
	int fd = -1;

	T(file_make_directories(directory, 0700, &err) == 0 &&
	    file_temporary(directory, "mailcask-", &c->arena, &path, &fd, &err) == 0 &&
	    file_write(fd, bytes, &err) == 0, "spool: %s", err.text);
	file_close(fd);
	return path;
}

/* The code that a put of these bytes gives. */
static enum error_code
put(struct contract *c, const char *name, struct slice bytes)
{
	struct error err = ERROR_NONE, ignored;
	const char *path = spool(c, bytes);

	if (c->t->ops->put(c->t, name, path, true, &err) == 0)
		return ERR_NONE;
	file_remove(path, &ignored);
	return err.code;
}

static enum error_code
put_text(struct contract *c, const char *name, const char *text)
{
	return put(c, name, slice_string(text));
}

static bool
gives(struct contract *c, const char *name, uint64_t at, uint64_t n, struct slice want)
{
	struct buf out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	bool same;

	buf_add_string(&out, "from before");
	same = c->t->ops->get(c->t, name, at, n, &out, &err) == 0 &&
	    slice_equal(buf_slice(&out), want);
	T(same, "get %s %llu %llu: %zu bytes, %s", name, (unsigned long long)at,
	    (unsigned long long)n, out.n, err.text);
	buf_free(&out);
	return same;
}

static size_t
listed(struct contract *c, const char *prefix, struct target_item **items)
{
	struct error err = ERROR_NONE;
	size_t n = 0;

	T(c->t->ops->list(c->t, prefix, &c->arena, items, &n, &err) == 0, "list %s: %s", prefix,
	    err.text);
	return n;
}

/* ---- Opening ---- */

static void
nothing_there(struct contract *c)
{
	struct target *t = NULL;
	struct error err = ERROR_NONE;
	const char *url = c->url;

	if (url == NULL)
		return;
	T(target_open(url, false, &t, &err) < 0 && err.code == ERR_UNREACHABLE,
	    "opened without an archive: %d %s", err.code, err.text);
	T(strstr(err.text, c->t->ops->scheme[0] == 'f' ? "archive.json" : url) != NULL,
	    "names the place: %s", err.text);
}

static void
identity(struct contract *c)
{
	struct target *t = NULL;
	struct error err = ERROR_NONE;

	T(put_text(c, "README.txt", "how to read this\n") == ERR_NONE, "README.txt");
	if (c->url != NULL) {
		/* What an interrupted init left is no obstacle. */
		T(target_open(c->url, true, &t, &err) == 0, "%s", err.text);
		t->ops->close(t);
	}
	T(put_text(c, "archive.json", "{}\n") == ERR_NONE, "archive.json");
	if (c->url == NULL)
		return;
	T(target_open(c->url, false, &t, &err) == 0, "%s", err.text);
	t->ops->close(t);
	/* For init to say that an archive is here already. */
	T(target_open(c->url, true, &t, &err) == 0, "%s", err.text);
	t->ops->close(t);
}

static void
place_is_taken(struct contract *c)
{
	struct target *t = NULL;
	struct error err = ERROR_NONE;

	if (c->url == NULL)
		return;
	T(c->t->ops->remove(c->t, "archive.json", &err) == 0, "%s", err.text);
	T(put_text(c, PACK("aa"), "somebody's") == ERR_NONE, "put");
	T(target_open(c->url, true, &t, &err) < 0 && err.code == ERR_EXISTS,
	    "a place with other files: %d %s", err.code, err.text);
	T(c->t->ops->remove(c->t, PACK("aa"), &err) == 0, "%s", err.text);
	T(put_text(c, "archive.json", "{}\n") == ERR_NONE, "archive.json again");
}

static void
two_at_once(struct contract *c)
{
	struct contract other = *c;
	struct error err = ERROR_NONE;

	if (c->url == NULL)
		return;
	if (!T(target_open(c->url, false, &other.t, &err) == 0, "%s", err.text))
		return;
	T(put_text(c, PACK("ab"), "seen by both") == ERR_NONE, "put");
	gives(&other, PACK("ab"), 0, 100, SLICE_OF("seen by both"));
	T(put_text(&other, PACK("ab"), "seen by both") == ERR_EXISTS, "put by the other");
	T(other.t->ops->remove(other.t, PACK("ab"), &err) == 0, "%s", err.text);
	T(put_text(c, PACK("ab"), "once more") == ERR_NONE, "put again");
	gives(&other, PACK("ab"), 0, 100, SLICE_OF("once more"));
	T(c->t->ops->remove(c->t, PACK("ab"), &err) == 0, "%s", err.text);
	c->arena = other.arena;
	other.t->ops->close(other.t);
}

/* ---- put ---- */

static void
put_and_get(struct contract *c)
{
	T(put_text(c, PACK("01"), "the bytes of a pack") == ERR_NONE, "put");
	gives(c, PACK("01"), 0, 1000, SLICE_OF("the bytes of a pack"));
}

static void
create_only(struct contract *c)
{
	T(put_text(c, PACK("01"), "other bytes") == ERR_EXISTS, "other bytes");
	gives(c, PACK("01"), 0, 1000, SLICE_OF("the bytes of a pack"));
	T(put_text(c, PACK("01"), "the bytes of a pack") == ERR_EXISTS, "the same bytes");
	gives(c, PACK("01"), 0, 1000, SLICE_OF("the bytes of a pack"));
}

static void
taken_or_left(struct contract *c)
{
	struct error err = ERROR_NONE;
	const char *path = spool(c, SLICE_OF("twice"));

	T(c->t->ops->put(c->t, PACK("02"), path, false, &err) == 0, "%s", err.text);
	T(file_exists(path), "left");
	T(c->t->ops->put(c->t, PACK("02"), path, true, &err) < 0 && err.code == ERR_EXISTS,
	    "exists: %s", err.text);
	T(file_exists(path), "left at a failure");
	error_clear(&err);
	T(c->t->ops->put(c->t, PACK("03"), path, true, &err) == 0, "%s", err.text);
	T(!file_exists(path), "taken");
	gives(c, PACK("02"), 0, 10, SLICE_OF("twice"));
	gives(c, PACK("03"), 0, 10, SLICE_OF("twice"));
}

static void
from_another_disk(struct contract *c)
{
	struct error err = ERROR_NONE;
	struct contract elsewhere = *c;
	struct target without = *c->t;
	const char *path;

	without.spool = NULL;
	elsewhere.t = &without;
	path = spool(&elsewhere, SLICE_OF("from elsewhere"));
	c->arena = elsewhere.arena;
	T(c->t->ops->put(c->t, PACK("04"), path, true, &err) == 0, "%s", err.text);
	T(!file_exists(path), "taken");
	gives(c, PACK("04"), 0, 100, SLICE_OF("from elsewhere"));
}

static void
empty_file(struct contract *c)
{
	struct error err = ERROR_NONE;
	uint64_t size = 1;

	T(put_text(c, PACK("05"), "") == ERR_NONE, "put");
	T(c->t->ops->stat(c->t, PACK("05"), &size, &err) == 0 && size == 0, "%s", err.text);
	gives(c, PACK("05"), 0, 0, SLICE_EMPTY);
	gives(c, PACK("05"), 0, 10, SLICE_EMPTY);
	gives(c, PACK("05"), 10, 10, SLICE_EMPTY);
}

static void
every_byte(struct contract *c)
{
	unsigned char all[1024];
	size_t i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)(i * 7 + i / 256);
	T(put(c, "index/every-byte.jsonl.zst", slice_of(all, sizeof(all))) == ERR_NONE, "put");
	gives(c, "index/every-byte.jsonl.zst", 0, 2000, slice_of(all, sizeof(all)));
}

static void
no_spool_file(struct contract *c)
{
	struct error err = ERROR_NONE, why = ERROR_NONE;
	uint64_t size;

	T(c->t->ops->put(c->t, PACK("06"), t_path("nothing"), true, &err) < 0, "no spool file");
	T(err.text[0] != '\0', "it says why");
	T(c->t->ops->stat(c->t, PACK("06"), &size, &why) < 0 && why.code == ERR_NOT_FOUND,
	    "nothing came of it");
}

static void
names(struct contract *c)
{
	static const char *const good[] = { "snapshots/2026-11-23T020004Z-1a2b3c4d.json.zst",
		"target.json", "index/z", "packs/ff/f" };
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		T(put_text(c, good[i], good[i]) == ERR_NONE, "%s", good[i]);
		gives(c, good[i], 0, 100, slice_string(good[i]));
		T(c->t->ops->remove(c->t, good[i], &err) == 0, "%s", err.text);
	}
}

static void
names_that_lead_out(struct contract *c)
{
	static const char *const bad[] = { "../outside", "packs/../../outside", "/tmp/outside",
		"packs//x", "", "packs/", ".", "packs/./x" };
	struct error err;
	struct buf out = BUF_EMPTY;
	uint64_t size;
	size_t i;

	if (c->url == NULL)     /* memory leads nowhere */
		return;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T(put_text(c, bad[i], "x") != ERR_NONE, "put %s", bad[i]);
		T(c->t->ops->get(c->t, bad[i], 0, 10, &out, &err) < 0 && out.n == 0, "get %s", bad[i]);
		T(c->t->ops->stat(c->t, bad[i], &size, &err) < 0, "stat %s", bad[i]);
		T(c->t->ops->remove(c->t, bad[i], &err) < 0, "remove %s", bad[i]);
	}
	buf_free(&out);
}

/* ---- get ---- */

static const struct {
	const char *what;
	uint64_t at, n;
} ranges[] = {
	{ "range: all", 0, 10 },
	{ "range: the first byte", 0, 1 },
	{ "range: the middle", 3, 4 },
	{ "range: the last byte", 9, 1 },
	{ "range: one byte more than there is", 0, 11 },
	{ "range: over the end", 9, 2 },
	{ "range: far over the end", 5, 1000 },
	{ "range: at the end", 10, 1 },
	{ "range: nothing at the end", 10, 0 },
	{ "range: behind the end", 11, 1 },
	{ "range: far behind the end", 1000000, 5 },
	{ "range: nothing", 0, 0 },
	{ "range: nothing in the middle", 5, 0 },
	{ "range: as much as can be", 0, UINT64_MAX },
	{ "range: from the middle, as much as can be", 4, UINT64_MAX },
	{ "range: behind four gigabytes", (uint64_t)1 << 33, 7 },
};

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static void
digits(struct contract *c)
{
	T(put_text(c, PACK("07"), "0123456789") == ERR_NONE, "put");
}

static void
range(struct contract *c, uint64_t at, uint64_t n)
{
	gives(c, PACK("07"), at, n, slice_sub(slice_from(SLICE_OF("0123456789"),
	    at < 10 ? (size_t)at : 10), 0, n < 10 ? (size_t)n : 10));
}

static void
not_found(struct contract *c)
{
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	uint64_t size;

	buf_add_string(&out, "from before");
	T(c->t->ops->get(c->t, PACK("99"), 0, 10, &out, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "get: %d %s", err.code, err.text);
	T(out.n == 0, "nothing is left of what was there");
	T(strstr(err.text, PACK("99")) != NULL, "get names the file: %s", err.text);
	error_clear(&err);
	T(c->t->ops->get(c->t, PACK("99"), 0, 0, &out, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "get of no bytes: %d %s", err.code, err.text);
	error_clear(&err);
	T(c->t->ops->get(c->t, "nowhere/at/all", 0, 1, &out, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "get below nothing: %d %s", err.code, err.text);
	error_clear(&err);
	T(c->t->ops->stat(c->t, PACK("99"), &size, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "stat: %d %s", err.code, err.text);
	buf_free(&out);
}

static void
large_file(struct contract *c)
{
	size_t n = c->large_mib * MIB + 12345, i;
	uint32_t state = 1;
	struct buf bytes = BUF_EMPTY;
	struct error err = ERROR_NONE;
	uint64_t size = 0;

	buf_extend(&bytes, n);
	for (i = 0; i < n; i++) {
		state = state * 1664525 + 1013904223;
		bytes.p[i] = (unsigned char)(state >> 24);
	}
	T(put(c, PACK("08"), buf_slice(&bytes)) == ERR_NONE, "put");
	T(c->t->ops->stat(c->t, PACK("08"), &size, &err) == 0 && size == n, "%s", err.text);
	gives(c, PACK("08"), 0, n, buf_slice(&bytes));
	gives(c, PACK("08"), MIB - 1, 3 * MIB + 2, slice_sub(buf_slice(&bytes), MIB - 1, 3 * MIB + 2));
	gives(c, PACK("08"), n - 1, 5, slice_sub(buf_slice(&bytes), n - 1, 1));
	T(c->t->ops->remove(c->t, PACK("08"), &err) == 0, "%s", err.text);
	buf_free(&bytes);
}

static void
stat_sizes(struct contract *c)
{
	struct error err = ERROR_NONE;
	uint64_t size = 0;

	T(c->t->ops->stat(c->t, PACK("07"), &size, &err) == 0 && size == 10, "%s", err.text);
	T(c->t->ops->stat(c->t, "packs/07", &size, &err) < 0, "a directory is no file");
}

/* ---- list ---- */

static void
list_nothing(struct contract *c)
{
	struct target_item *items;

	T(listed(c, "", &items) == 0, "an empty place");
	T(listed(c, "packs/", &items) == 0, "no packs");
	T(listed(c, "no/such/", &items) == 0, "no such directory");
}

static void
list_some(struct contract *c)
{
	struct target_item *items;
	size_t n, i, packs, all;
	bool sorted = true, ten = false, below = true;

	T(put_text(c, "index/a", "12345") == ERR_NONE, "put");
	packs = listed(c, "packs/", &items);
	for (i = 0; i < packs; i++) {
		sorted = sorted && (i == 0 || strcmp(items[i - 1].name, items[i].name) < 0);
		below = below && strncmp(items[i].name, "packs/", 6) == 0;
		ten = ten || (strcmp(items[i].name, PACK("07")) == 0 && items[i].size == 10);
	}
	T(packs > 3 && sorted && below && ten, "packs: %zu %d %d %d", packs, sorted, below, ten);
	n = listed(c, "index/", &items);
	T(n == 2 && strcmp(items[0].name, "index/a") == 0 && items[0].size == 5, "index: %zu", n);
	all = listed(c, "", &items);
	T(all == packs + 2 + 2, "all: %zu", all);
	T(strcmp(items[0].name, "README.txt") == 0 && strcmp(items[1].name, "archive.json") == 0,
	    "%s %s", items[0].name, items[1].name);
	T(listed(c, "snapshots/", &items) == 0, "no snapshots");
}

static void
list_hides_temporaries(struct contract *c)
{
	struct target_item *items;
	size_t n = listed(c, "", &items), i;

	spool(c, SLICE_OF("in the spool"));
	for (i = 0; i < n; i++)
		T(strncmp(items[i].name, "tmp", 3) != 0, "%s", items[i].name);
	T(listed(c, "", &items) == n, "as many");
}

/* A file of this name; straight into a directory, where syncs would take most
 * of the time. */
static bool
lay(struct contract *c, const char *name)
{
	struct error err = ERROR_NONE;
	const char *path;
	int fd = -1, rc;

	if (c->t->directory == NULL)
		return put_text(c, name, name) == ERR_NONE;
	path = path_join(&c->arena, c->t->directory, name);
	rc = file_make_directory(path_parent(&c->arena, path), 0700, &err) < 0 ||
	    file_create(path, 0600, &fd, &err) < 0 || file_write(fd, slice_string(name), &err) < 0;
	file_close(fd);
	return rc == 0;
}

static void
list_many(struct contract *c)
{
	struct target_item *items;
	size_t i, n;
	unsigned long wrong = 0;

	for (i = 0; i < c->files; i++) {
		const char *name = arena_format(&c->arena, "snapshots/%05zu", i);

		wrong += !lay(c, name);
	}
	T(wrong == 0, "%lu puts failed", wrong);
	n = listed(c, "snapshots/", &items);
	if (T(n == c->files, "%zu of %zu", n, c->files))
		for (i = 0; i < n; i++)
			wrong += strcmp(items[i].name, arena_format(&c->arena, "snapshots/%05zu", i)) != 0 ||
			    items[i].size != strlen(items[i].name);
	T(wrong == 0, "%lu are wrong", wrong);
}

/* ---- remove ---- */

static void
remove_some(struct contract *c)
{
	struct target_item *items;
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	size_t before = listed(c, "packs/", &items);

	gives(c, PACK("07"), 0, 4, SLICE_OF("0123"));
	T(c->t->ops->remove(c->t, PACK("07"), &err) == 0, "%s", err.text);
	T(listed(c, "packs/", &items) == before - 1, "one less");
	T(c->t->ops->get(c->t, PACK("07"), 0, 10, &out, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "gone: %d %s", err.code, err.text);
	error_clear(&err);
	T(c->t->ops->remove(c->t, PACK("07"), &err) == 0, "again: %s", err.text);
	T(c->t->ops->remove(c->t, "nowhere/at/all", &err) == 0, "never there: %s", err.text);
	T(put_text(c, PACK("07"), "anew") == ERR_NONE, "put again");
	gives(c, PACK("07"), 0, 10, SLICE_OF("anew"));
	buf_free(&out);
}

/* ---- Several threads ---- */

struct thread {
	struct contract c;
	pthread_t id;
	unsigned number;
	unsigned long wrong, won, lost;
};

static void *
read_all(void *argument)
{
	struct thread *t = argument;
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	unsigned i;

	for (i = 0; i < t->c.files; i++)
		t->wrong += t->c.t->ops->get(t->c.t, PACK("01"), 4, 5, &out, &err) < 0 ||
		    !slice_equal(buf_slice(&out), SLICE_OF("bytes"));
	buf_free(&out);
	return NULL;
}

static void *
put_one(void *argument)
{
	struct thread *t = argument;
	struct error err = ERROR_NONE;
	const char *path = arena_format(&t->c.arena, "%s/one-%u", t_directory(), t->number);
	int fd = -1;

	if (file_create(path, 0600, &fd, &err) < 0 || file_write(fd, SLICE_OF("only one"), &err) < 0)
		t->wrong++;
	file_close(fd);
	if (t->c.t->ops->put(t->c.t, PACK("09"), path, true, &err) == 0)
		t->won++;
	else if (err.code == ERR_EXISTS)
		t->lost++;
	file_remove(path, &err);
	return NULL;
}

static void
at_once(struct contract *c, void *(*run)(void *), struct thread *sum)
{
	struct thread threads[4];
	size_t i;

	memset(threads, 0, sizeof(threads));
	memset(sum, 0, sizeof(*sum));
	t_directory();
	for (i = 0; i < 4; i++) {
		threads[i].c.t = c->t;
		threads[i].c.files = c->files < 20 ? c->files : 20;
		threads[i].number = (unsigned)i;
		pthread_create(&threads[i].id, NULL, run, &threads[i]);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i].id, NULL);
		sum->wrong += threads[i].wrong;
		sum->won += threads[i].won;
		sum->lost += threads[i].lost;
		arena_free(&threads[i].c.arena);
	}
}

static void
many_readers(struct contract *c)
{
	struct thread sum;

	at_once(c, read_all, &sum);
	T(sum.wrong == 0, "%lu reads were wrong", sum.wrong);
}

static void
many_writers(struct contract *c)
{
	struct thread sum;

	at_once(c, put_one, &sum);
	T(sum.won == 1 && sum.lost == 3 && sum.wrong == 0, "%lu won, %lu found it there, %lu wrong",
	    sum.won, sum.lost, sum.wrong);
	gives(c, PACK("09"), 0, 100, SLICE_OF("only one"));
}

static void
close_nothing(struct contract *c)
{
	c->t->ops->close(NULL);
	T(c->t->ops->scheme[0] != '\0' && c->t->url[0] != '\0', "it has a name");
}

static const struct {
	const char *what;
	void (*run)(struct contract *c);
} cases[] = {
	{ "no archive is there", nothing_there },
	{ "an empty list", list_nothing },
	{ "the identity", identity },
	{ "put and get", put_and_get },
	{ "put is create-only", create_only },
	{ "a spool file is taken, or left", taken_or_left },
	{ "a spool file on another disk", from_another_disk },
	{ "an empty file", empty_file },
	{ "every byte", every_byte },
	{ "no spool file", no_spool_file },
	{ "names", names },
	{ "names that lead out", names_that_lead_out },
	{ "ten digits", digits },
	{ "not found", not_found },
	{ "a large file", large_file },
	{ "sizes", stat_sizes },
	{ "a list", list_some },
	{ "a list hides temporaries", list_hides_temporaries },
	{ "removing", remove_some },
	{ "many readers", many_readers },
	{ "many writers of one name", many_writers },
	{ "a place that is taken", place_is_taken },
	{ "opened twice", two_at_once },
	{ "a long list", list_many },
	{ "closing nothing", close_nothing },
};

static void
run_all(struct contract *c)
{
	unsigned long before;
	size_t i, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		before = t_failed();
		cases[i].run(c);
		T(t_failed() == before, "%s: %s", c->t->url, cases[i].what);
		for (k = 0; cases[i].run == digits && k < RANGES; k++) {
			before = t_failed();
			range(c, ranges[k].at, ranges[k].n);
			T(t_failed() == before, "%s: %s", c->t->url, ranges[k].what);
		}
	}
	arena_free(&c->arena);
}

/* ---- What only a directory can be made to do ---- */

/* A put that fails at any of its durable calls leaves no file of that name,
 * or the whole of it; and can be done again. */
static void
interrupted_put(const char *directory, const char *kind)
{
	struct contract c = { .url = directory };
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	const char *name, *path;
	unsigned n, failed = 0;
	int rc = -1;

	T(target_open(directory, false, &c.t, &err) == 0, "%s", err.text);
	for (n = 1; rc < 0 && n < 100; n++) {
		name = arena_format(&c.arena, "packs/%c%c/%s-%u", 'a' + (int)(n / 10), '0' + (int)(n % 10),
		    kind, n);
		path = arena_format(&c.arena, "%s/spooled-%s-%u", t_directory(), kind, n);
		T(file_replace(path, 0600, SLICE_OF("whole"), &err) == 0, "%s", err.text);
		file_set_faults(arena_format(&c.arena, "%u:%s", n, kind), NULL, &err);
		rc = c.t->ops->put(c.t, name, path, false, &err);
		file_set_faults(NULL, NULL, &err);
		failed += rc < 0;
		if (c.t->ops->get(c.t, name, 0, 100, &out, &err) == 0)
			T(slice_equal(buf_slice(&out), SLICE_OF("whole")), "%s %u: %zu bytes", kind, n,
			    out.n);
		else
			T(rc < 0 && c.t->ops->put(c.t, name, path, false, &err) == 0, "%s %u again: %s",
			    kind, n, err.text);
	}
	T(rc == 0 && failed > 3, "%s: %u of %u failed", kind, failed, n - 1);
	c.t->ops->close(c.t);
	buf_free(&out);
	arena_free(&c.arena);
}

/* Links that somebody put there lead nowhere. */
static void
links(const char *directory)
{
	struct contract c = { .url = directory };
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	struct target_item *items;
	const char *outside = t_path("outside");

	T(target_open(directory, false, &c.t, &err) == 0, "%s", err.text);
	T(file_make_directories(outside, 0700, &err) == 0 &&
	    file_replace(t_path("outside/secret"), 0600, SLICE_OF("secret"), &err) == 0 &&
	    symlink(outside, arena_format(&c.arena, "%s/packs/ln", directory)) == 0 &&
	    symlink(t_path("outside/secret"), arena_format(&c.arena, "%s/index/ln", directory)) == 0,
	    "links: %s", err.text);
	T(c.t->ops->get(c.t, "packs/ln/secret", 0, 10, &out, &err) < 0 && out.n == 0, "through a link");
	T(c.t->ops->get(c.t, "index/ln", 0, 10, &out, &err) < 0 && out.n == 0, "a link");
	T(put_text(&c, "packs/ln/new", "x") != ERR_NONE, "put through a link");
	T(!file_exists(t_path("outside/new")), "nothing was written outside");
	T(listed(&c, "index/", &items) == 0, "links are not listed");
	T(c.t->ops->remove(c.t, "packs/ln/secret", &err) < 0 || file_exists(t_path("outside/secret")),
	    "nothing is removed outside");
	c.t->ops->close(c.t);
	buf_free(&out);
	arena_free(&c.arena);
}

/* What is mounted there is away: the empty mount point stays empty. */
static void
not_mounted(void)
{
	struct target *t = NULL;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory d;

	T(file_make_directories(t_path("mountpoint"), 0700, &err) == 0, "%s", err.text);
	T(target_open(t_path("mountpoint"), false, &t, &err) < 0 && err.code == ERR_UNREACHABLE,
	    "%d %s", err.code, err.text);
	T(directory_read(t_path("mountpoint"), false, &a, &d, &err) == 0 && d.n == 0,
	    "%zu files in it", d.n);
	arena_free(&a);
}

static const char *
variable(const char *name)
{
	return getenv(name);
}

static int64_t
seconds(void)
{
	return (int64_t)time(NULL);
}

static void
run_url(const char *url, size_t files, size_t large_mib)
{
	struct contract c = { .url = url, .files = files, .large_mib = large_mib };
	struct target_item *items;
	struct error err = ERROR_NONE;
	size_t i, n;

	if (!T(target_open(url, true, &c.t, &err) == 0, "%s", err.text))
		return;
	run_all(&c);
	n = listed(&c, "", &items);
	for (i = 0; i < n; i++)
		c.t->ops->remove(c.t, items[i].name, &err);
	c.t->ops->close(c.t);
	arena_free(&c.arena);
}

int
main(int argc, char **argv)
{
	const struct target_world world = { .variable = variable, .clock = seconds };
	struct memory_target *memory;
	struct error err = ERROR_NONE;
	struct contract c = { .files = 5000, .large_mib = 40 };

	target_settle(&world);
	if (argc > 1) {
		run_url(argv[1], argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 5000,
		    argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : 40);
		return t_done();
	}
	run_url(t_path("directory"), 5000, 40);
	T(file_replace(t_path("directory/archive.json"), 0600, SLICE_OF("{}\n"), &err) == 0, "%s",
	    err.text);
	interrupted_put(t_path("directory"), "EIO");
	interrupted_put(t_path("directory"), "ENOSPC");
	interrupted_put(t_path("directory"), "short");
	links(t_path("directory"));
	not_mounted();
	memory = memory_target_open(NULL);
	c.t = &memory->target;
	run_all(&c);
	c.t->ops->close(c.t);
	return t_done();
}
