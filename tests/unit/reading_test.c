/* SPDX-License-Identifier: MIT */
#include "core/job/reading.h"

#include <stdio.h>

#include "core/base/path.h"
#include "tests/t.h"

static struct arena arena;

static struct catalog *
open_catalog(const char *name)
{
	struct error err = ERROR_NONE;
	struct catalog *c = NULL;

	if (catalog_open(path_join(&arena, t_directory(), name), CATALOG_WRITE,
	    "0123456789abcdef0123456789abcdef", true, &c, &err) < 0)
		T(false, "open: %s", err.text);
	return c;
}

/* The n-th record: everything in it follows from n. */
static void
make(uint64_t n, struct buf *what, struct buf *state, struct reading_record *out)
{
	buf_clear(what);
	buf_clear(state);
	buf_add_format(what, "{\"what\":%llu}", (unsigned long long)n);
	buf_add_format(state, "{\"state\":%llu}", (unsigned long long)n % 7);
	*out = (struct reading_record){
		.content = n * 2654435761u + 1,
		.outside = n * 40503u + 7,
		.size = 100 + n % 50,
		.kind = n % 11 == 0 ? PLACED_CHUNKS : PLACED_MESSAGE,
		.flags = (unsigned)n % (FLAG_ALL + 1),
		.dead = n % 5 == 0,
		.has_tags = n % 3 == 0,
		.what = buf_slice(what),
		.state = buf_slice(state),
	};
	digest_of(out->what, &out->id);
}

static void
store(struct catalog *c, const char *key, uint64_t n)
{
	struct error err = ERROR_NONE;
	struct reading_writer w = READING_WRITER_EMPTY;
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct reading_record r;
	uint64_t i;

	for (i = 0; i < n; i++) {
		make(i, &what, &state, &r);
		reading_writer_add(&w, &r);
	}
	T(reading_writer_end(&w, &err) == 0 && catalog_begin(c, &err) == 0 &&
	    reading_writer_store(&w, c, slice_string(key), &err) == 0 &&
	    catalog_commit(c, &err) == 0, "store %llu: %s", (unsigned long long)n, err.text);
	reading_writer_free(&w);
	buf_free(&what);
	buf_free(&state);
}

/* How many of from..to are found again, whole, asked for in that order. */
static uint64_t
found(struct catalog *c, const char *key, uint64_t from, uint64_t to, bool by_outside)
{
	struct reading_memory *m = reading_memory_open(c, slice_string(key));
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct reading_record want, got;
	uint64_t i, n = 0;

	for (i = from; i < to; i++) {
		make(i, &what, &state, &want);
		if (!reading_memory_find(m, by_outside ? 0 : want.content, want.outside, want.size,
		    &got))
			continue;
		n += got.content == want.content && got.outside == want.outside &&
		    got.size == want.size && digest_equal(&got.id, &want.id) &&
		    got.kind == want.kind && got.flags == want.flags && got.dead == want.dead &&
		    got.has_tags == want.has_tags && slice_equal(got.what, want.what) &&
		    slice_equal(got.state, want.state);
	}
	reading_memory_close(m);
	buf_free(&what);
	buf_free(&state);
	return n;
}

static void
remembers_all(struct catalog *c)
{
	static const uint64_t sizes[] = { 0, 1, 2047, 2048, 2049, 9000, 30000 };
	char key[32];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(key, sizeof(key), "all %zu", i);
		store(c, key, sizes[i]);
		T(found(c, key, 0, sizes[i], false) == sizes[i], "by content, %zu", i);
		T(found(c, key, 0, sizes[i], true) == sizes[i], "by what lay outside, %zu", i);
	}
}

/* New mail in between costs nothing that is remembered. */
static void
misses_do_not_lose(struct catalog *c)
{
	struct reading_memory *m;
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct reading_record want, got;
	uint64_t i, n = 0;

	store(c, "misses", 20000);
	m = reading_memory_open(c, SLICE_OF("misses"));
	for (i = 0; i < 20000; i++) {
		make(i + 1000000, &what, &state, &want);
		T(!reading_memory_find(m, want.content, 0, want.size, &got), "never stored");
		make(i, &what, &state, &want);
		n += reading_memory_find(m, want.content, 0, want.size, &got);
	}
	T(n == 20000, "%llu of 20000 between misses", (unsigned long long)n);
	reading_memory_close(m);
	buf_free(&what);
	buf_free(&state);
}

/* A compaction that removed the first half: the second is still known, but
 * for what it takes to notice. */
static void
survives_compaction(struct catalog *c)
{
	uint64_t n;

	store(c, "compacted", 40000);
	n = found(c, "compacted", 20000, 40000, false);
	T(n > 15000, "%llu of 20000 behind a removed half", (unsigned long long)n);
}

static void
size_counts(struct catalog *c)
{
	struct reading_memory *m;
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct reading_record want, got;

	store(c, "size", 10);
	m = reading_memory_open(c, SLICE_OF("size"));
	make(3, &what, &state, &want);
	T(!reading_memory_find(m, want.content, 0, want.size + 1, &got), "another size");
	T(!reading_memory_find(m, want.content + 1, 0, want.size, &got), "other content");
	T(reading_memory_find(m, want.content, 0, want.size, &got), "the record itself");
	reading_memory_close(m);
	buf_free(&what);
	buf_free(&state);
}

/* A shorter reading under the same key must not find the old one's end. */
static void
forgets_the_old(struct catalog *c)
{
	store(c, "again", 9000);
	store(c, "again", 100);
	T(found(c, "again", 100, 9000, false) == 0, "records of the longer reading before");
	T(found(c, "again", 0, 100, false) == 100, "records of the newer one");
}

/* All of them in order, however many portions they fill; a shorter reading
 * ends where it ends, though older portions lie behind it. */
static void
in_order(void)
{
	static const uint64_t counts[] = { 9000, 3000, 1, 0 };
	struct catalog *c = open_catalog("order");
	struct buf what = BUF_EMPTY, state = BUF_EMPTY;
	struct reading_record want, got;
	struct reading_records *r;
	uint64_t n, same;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		store(c, "order", counts[i]);
		r = reading_records_open(c, SLICE_OF("order"));
		for (n = same = 0; reading_records_next(r, &got); n++) {
			make(n, &what, &state, &want);
			same += digest_equal(&got.id, &want.id) && got.size == want.size &&
			    slice_equal(got.state, want.state) && got.flags == want.flags;
		}
		T(n == counts[i] && same == n, "%llu records of %llu", (unsigned long long)same,
		    (unsigned long long)counts[i]);
		reading_records_close(r);
	}
	buf_free(&what);
	buf_free(&state);
	catalog_close(c);
}

int
main(void)
{
	struct catalog *c = open_catalog("catalog.sqlite");

	remembers_all(c);
	misses_do_not_lose(c);
	survives_compaction(c);
	size_counts(c);
	forgets_the_old(c);
	catalog_close(c);
	in_order();
	arena_free(&arena);
	return t_done();
}
