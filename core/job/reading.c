/* SPDX-License-Identifier: MIT */
#include "core/job/reading.h"

#include "core/base/codec.h"
#include "core/base/limits.h"
#include "core/base/map.h"

/*
 * A record, integers little-endian:
 *
 *	 0  8  content
 *	 8  8  outside
 *	16  8  size
 *	24 32  id
 *	56  1  kind
 *	57  1  flags
 *	58  1  1 dead, 2 has tags
 *	59  4  length of what
 *	63  4  length of state
 *	67     what, state
 */
#define RECORD_HEAD 67u
#define PORTION_RECORDS 2048u
#define PORTION_MAX (32u * MIB)
#define WINDOW_PORTIONS 6u
#define MISSES_MAX 512u                 /* in a row, before the window moves on */

static void
put_le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		buf_add_byte(b, (unsigned char)v);
}

static void
portion_key(struct slice key, size_t n, struct buf *out)
{
	buf_clear(out);
	buf_add_format(out, "portion %zu ", n);
	buf_add(out, key);
}

static int
end_portion(struct reading_writer *w, struct error *err)
{
	struct buf packed = BUF_EMPTY;
	struct compressor *c;
	int rc;

	if (w->records == 0)
		return 0;
	c = compressor_open(CODEC_ZSTD, 1);
	rc = compressor_frame(c, buf_slice(&w->plain), &packed, err);
	compressor_close(c);
	/* A copy, for the compressor asked for room for the worst case. */
	if (rc == 0)
		buf_set(vec_push(&w->portions), buf_slice(&packed));
	buf_free(&packed);
	buf_free(&w->plain);
	w->records = 0;
	return rc;
}

void
reading_writer_add(struct reading_writer *w, const struct reading_record *r)
{
	struct error ignored = ERROR_NONE;

	put_le(&w->plain, r->content, 8);
	put_le(&w->plain, r->outside, 8);
	put_le(&w->plain, r->size, 8);
	buf_add(&w->plain, digest_slice(&r->id));
	buf_add_byte(&w->plain, (unsigned char)r->kind);
	buf_add_byte(&w->plain, (unsigned char)r->flags);
	buf_add_byte(&w->plain, (unsigned char)((r->dead ? 1 : 0) | (r->has_tags ? 2 : 0)));
	put_le(&w->plain, r->what.n, 4);
	put_le(&w->plain, r->state.n, 4);
	buf_add(&w->plain, r->what);
	buf_add(&w->plain, r->state);
	/* A portion that cannot be compressed is not remembered: it is a cache. */
	if (++w->records == PORTION_RECORDS || w->plain.n > PORTION_MAX / 4)
		(void)end_portion(w, &ignored);
}

int
reading_writer_end(struct reading_writer *w, struct error *err)
{
	return end_portion(w, err);
}

int
reading_writer_store(struct reading_writer *w, struct catalog *c, struct slice key,
    struct error *err)
{
	struct catalog_reading r = { .state = { 0, 0 } };
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc = -1;

	/* One empty portion behind the last says that older ones end here. */
	for (i = 0; i <= w->portions.n; i++) {
		portion_key(key, i, &name);
		r.memory = i < w->portions.n ? buf_slice(&w->portions.items[i]) : SLICE_EMPTY;
		if (catalog_put_reading(c, buf_slice(&name), &r, err) < 0)
			goto out;
	}
	rc = 0;

out:
	buf_free(&name);
	return rc;
}

void
reading_writer_free(struct reading_writer *w)
{
	size_t i;

	for (i = 0; i < w->portions.n; i++)
		buf_free(&w->portions.items[i]);
	vec_free(&w->portions);
	buf_free(&w->plain);
}

/* ---- Remembering ---- */

struct portion {
	struct buf plain;
	VEC(size_t) offsets;
};

struct reading_memory {
	struct catalog *catalog;
	struct buf key;
	struct portion window[WINDOW_PORTIONS];
	size_t first, loaded;   /* portions in the window: [first, first + loaded) */
	size_t misses;          /* since the last hit */
	bool at_end;
	struct map places;      /* content or outside, and size → place */
};

struct reading_memory *
reading_memory_open(struct catalog *c, struct slice key)
{
	struct reading_memory *m = mem_alloc(sizeof(*m));

	m->catalog = c;
	buf_set(&m->key, key);
	return m;
}

void
reading_memory_close(struct reading_memory *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < WINDOW_PORTIONS; i++) {
		buf_free(&m->window[i].plain);
		vec_free(&m->window[i].offsets);
	}
	map_free(&m->places);
	buf_free(&m->key);
	mem_free(m);
}

static bool
record_parse(struct cursor *c, struct reading_record *out)
{
	struct slice id;
	unsigned char bits;
	size_t what_n, state_n;

	out->content = cursor_le64(c);
	out->outside = cursor_le64(c);
	out->size = cursor_le64(c);
	id = cursor_take(c, DIGEST_BYTES);
	if (c->bad)
		return false;
	memcpy(out->id.bytes, id.p, DIGEST_BYTES);
	out->kind = cursor_byte(c) == PLACED_CHUNKS ? PLACED_CHUNKS : PLACED_MESSAGE;
	out->flags = cursor_byte(c) & FLAG_ALL;
	bits = cursor_byte(c);
	out->dead = bits & 1;
	out->has_tags = bits & 2;
	what_n = cursor_le32(c);
	state_n = cursor_le32(c);
	out->what = cursor_take(c, what_n);
	out->state = cursor_take(c, state_n);
	return !c->bad;
}

/* Two keys a record: by content, and by what lay outside; they cannot meet
 * because the first byte differs. */
static struct slice
place_key(unsigned char bytes[17], bool by_content, uint64_t value, uint64_t size)
{
	bytes[0] = by_content ? 1 : 2;
	memcpy(bytes + 1, &value, 8);
	memcpy(bytes + 9, &size, 8);
	return slice_of(bytes, 17);
}

static void
remember_portion(struct reading_memory *m, size_t slot)
{
	struct portion *p = &m->window[slot];
	struct cursor c = cursor_of(buf_slice(&p->plain));
	struct reading_record r;
	unsigned char key[17];
	uint64_t place;

	vec_clear(&p->offsets);
	while (c.n) {
		size_t offset = p->plain.n - c.n;

		if (!record_parse(&c, &r))
			break;
		place = (uint64_t)slot << 32 | p->offsets.n;
		*(size_t *)vec_push(&p->offsets) = offset;
		map_put(&m->places, place_key(key, true, r.content, r.size), place);
		map_put(&m->places, place_key(key, false, r.outside, r.size), place);
	}
}

/* The n-th portion under key; false: there is none. */
static bool
load_portion(struct catalog *c, struct slice key, size_t n, struct buf *plain)
{
	struct error ignored = ERROR_NONE;
	struct catalog_reading r;
	struct buf name = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	bool is_there;

	portion_key(key, n, &name);
	is_there = catalog_get_reading(c, buf_slice(&name), true, &a, &r, &ignored) == 1 &&
	    r.memory.n > 0 &&
	    codec_expand(CODEC_ZSTD, r.memory, PORTION_MAX, plain, &ignored) == 0;
	buf_free(&name);
	arena_free(&a);
	return is_there;
}

static bool
load_into(struct reading_memory *m, size_t n)
{
	m->at_end = !load_portion(m->catalog, buf_slice(&m->key), n,
	    &m->window[n % WINDOW_PORTIONS].plain);
	return !m->at_end;
}

/* Load the next portion while there is room.  False: full, or at the end. */
static bool
fill(struct reading_memory *m)
{
	size_t n = m->first + m->loaded;

	if (m->at_end || m->loaded == WINDOW_PORTIONS || !load_into(m, n))
		return false;
	m->loaded++;
	remember_portion(m, n % WINDOW_PORTIONS);
	return true;
}

/* The window moves on by one portion; the oldest is forgotten. */
static bool
slide(struct reading_memory *m)
{
	size_t n = m->first + m->loaded, i;

	if (m->at_end || m->loaded < WINDOW_PORTIONS || !load_into(m, n))
		return false;
	m->first++;
	map_clear(&m->places);
	for (i = m->first; i < m->first + m->loaded; i++)
		remember_portion(m, i % WINDOW_PORTIONS);
	return true;
}

bool
reading_memory_find(struct reading_memory *m, uint64_t content, uint64_t outside, uint64_t size,
    struct reading_record *out)
{
	struct slice name;
	struct cursor c;
	unsigned char key[17];
	uint64_t place;
	struct portion *p;
	size_t age;

	name = content ? place_key(key, true, content, size) : place_key(key, false, outside, size);
	while (!map_get(&m->places, name, &place)) {
		if (fill(m))
			continue;
		/* New mail makes a few misses; a long row of them means that
		 * much was removed in front of what comes. */
		if (++m->misses % MISSES_MAX != 0 || !slide(m))
			return false;
	}
	m->misses = 0;
	age = ((place >> 32) + WINDOW_PORTIONS - m->first % WINDOW_PORTIONS) % WINDOW_PORTIONS;
	if (age > WINDOW_PORTIONS / 2 && slide(m) && !map_get(&m->places, name, &place))
		return false;
	p = &m->window[place >> 32];
	c = cursor_of(slice_from(buf_slice(&p->plain), p->offsets.items[place & 0xffffffffu]));
	return record_parse(&c, out) && out->size == size &&
	    (content ? out->content == content : out->outside == outside);
}

/* ---- All of them ---- */

struct reading_records {
	struct catalog *catalog;
	struct buf key, plain;
	size_t portion;                 /* the next to be loaded */
	struct cursor at;
};

struct reading_records *
reading_records_open(struct catalog *c, struct slice key)
{
	struct reading_records *r = mem_alloc(sizeof(*r));

	r->catalog = c;
	buf_set(&r->key, key);
	return r;
}

bool
reading_records_next(struct reading_records *r, struct reading_record *out)
{
	while (r->at.n == 0) {
		if (!load_portion(r->catalog, buf_slice(&r->key), r->portion++, &r->plain))
			return false;
		r->at = cursor_of(buf_slice(&r->plain));
	}
	return record_parse(&r->at, out);
}

void
reading_records_close(struct reading_records *r)
{
	if (r == NULL)
		return;
	buf_free(&r->key);
	buf_free(&r->plain);
	mem_free(r);
}
