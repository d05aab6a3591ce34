/* SPDX-License-Identifier: MIT */
#include "backends/formats/ole.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/formats/mapi.h"
#include "core/base/text.h"
#include "core/base/vec.h"

#define HEAD 512u
#define HEAD_CHAINS 109u                /* parts of the table that the head names */
#define SECTOR_LAST 0xfffffffau         /* beyond: marks, no numbers */
#define ENTRY 128u
#define ENTRIES_MAX 1000000u
#define NO_ENTRY 0xffffffffu

bool
ole_sniff(struct slice head)
{
	return head.n >= 8 && memcmp(head.p, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

void
ole_free(struct ole *o)
{
	arena_free(&o->arena);
	vec_free(&o->chains);
	vec_free(&o->small_chains);
	vec_free(&o->small);
	mem_free(o->entries);
}

/* ---- Sectors ---- */

static uint64_t
sector_count(const struct ole *o)
{
	return o->in->size / o->sector;
}

static int
read_sector(struct ole *o, uint32_t sector, unsigned from, void *p, size_t n, struct error *err)
{
	/* The head takes the room of one. */
	uint64_t at = ((uint64_t)sector + 1) * o->sector + from;

	if (o->out)
		output_alive(o->out);
	if (sector >= SECTOR_LAST || at > o->in->size)
		return fail(err, ERR_FORMAT, "a sector lies outside the file");
	return confined_input_read(o->in, at, p, n, err);
}

static int
read_numbers(struct ole *o, uint32_t sector, struct ole_table *out, struct error *err)
{
	unsigned char bytes[4096];
	struct cursor c;

	if (read_sector(o, sector, 0, bytes, o->sector, err) < 0)
		return -1;
	c = cursor_of(slice_of(bytes, o->sector));
	while (c.n >= 4)
		*(uint32_t *)vec_push(out) = cursor_le32(&c);
	return 0;
}

/* The numbers of a chain from start: at most max, and fewer where it ends. */
static void
follow(const struct ole_table *chains, uint32_t start, uint64_t max, struct ole_table *out)
{
	for (; out->n < max && start < chains->n; start = chains->items[start])
		*(uint32_t *)vec_push(out) = start;
}

/* The table of chains: its sectors are named in the head, and then in sectors
 * that end in the number of the next of their kind. */
static int
read_chains(struct ole *o, const unsigned char *head, struct error *err)
{
	struct ole_table parts = { NULL, 0, 0 }, more = { NULL, 0, 0 };
	struct cursor c = cursor_of(slice_of(head + 68, HEAD - 68));
	uint32_t next = cursor_le32(&c);
	size_t i, k, per_sector = o->sector / 4, limit;
	int rc = -1;

	cursor_le32(&c);
	for (i = 0; i < HEAD_CHAINS; i++)
		*(uint32_t *)vec_push(&parts) = cursor_le32(&c);
	limit = (size_t)(sector_count(o) / per_sector) + 1;
	for (i = 0; next < SECTOR_LAST && i <= limit / per_sector + 1; i++) {
		vec_clear(&more);
		if (read_numbers(o, next, &more, err) < 0)
			goto out;
		for (k = 0; k + 1 < more.n; k++)
			*(uint32_t *)vec_push(&parts) = more.items[k];
		next = more.items[k];
	}
	for (i = 0; i < parts.n && i <= limit; i++) {
		if (parts.items[i] >= SECTOR_LAST)
			continue;
		if (read_numbers(o, parts.items[i], &o->chains, err) < 0)
			goto out;
	}
	rc = 0;

out:
	vec_free(&parts);
	vec_free(&more);
	return rc;
}

static int
read_small_chains(struct ole *o, const unsigned char *head, struct error *err)
{
	struct ole_table sectors = { NULL, 0, 0 };
	struct cursor c = cursor_of(slice_of(head + 60, 4));
	size_t i;
	int rc = 0;

	follow(&o->chains, cursor_le32(&c), sector_count(o), &sectors);
	for (i = 0; i < sectors.n && rc == 0; i++)
		rc = read_numbers(o, sectors.items[i], &o->small_chains, err);
	vec_free(&sectors);
	return rc;
}

/* ---- The directory ---- */

static void
take_entry(struct ole *o, struct slice bytes, bool is_wide, struct ole_entry *out)
{
	struct cursor c = cursor_of(slice_from(bytes, 64));
	struct buf name = BUF_EMPTY;
	unsigned n = cursor_le16(&c), kind = cursor_byte(&c);

	text_add_utf16(&name, slice_sub(bytes, 0, n >= 2 && n <= 64 ? n - 2 : 0));
	out->name = arena_copy(&o->arena, buf_slice(&name));
	out->kind = kind == 1 || kind == 5 ? OLE_STORAGE : kind == 2 ? OLE_STREAM : OLE_NONE;
	cursor_byte(&c);
	out->left = cursor_le32(&c);
	out->right = cursor_le32(&c);
	out->child = cursor_le32(&c);
	cursor_skip(&c, 36);
	out->start = cursor_le32(&c);
	out->size = is_wide ? cursor_le64(&c) : cursor_le32(&c);
	buf_free(&name);
}

static int
read_entries(struct ole *o, uint32_t start, bool is_wide, struct error *err)
{
	struct ole_table sectors = { NULL, 0, 0 };
	unsigned char bytes[4096];
	size_t i;
	unsigned at;
	int rc = -1;

	follow(&o->chains, start, sector_count(o), &sectors);
	for (i = 0; i < sectors.n; i++) {
		if (read_sector(o, sectors.items[i], 0, bytes, o->sector, err) < 0)
			goto out;
		for (at = 0; at < o->sector && o->n < ENTRIES_MAX; at += ENTRY) {
			o->entries = vec_grow(o->entries, &o->cap, o->n, sizeof(*o->entries));
			take_entry(o, slice_of(bytes + at, ENTRY), is_wide, &o->entries[o->n++]);
		}
	}
	if (o->n == 0) {
		fail(err, ERR_FORMAT, "its directory is missing");
		goto out;
	}
	rc = 0;

out:
	vec_free(&sectors);
	return rc;
}

int
ole_open(const struct confined_input *in, struct confined_output *out, struct ole *o,
    struct error *err)
{
	unsigned char head[HEAD];
	struct cursor c;
	unsigned major, shift, small_shift;
	uint32_t directory;

	memset(o, 0, sizeof(*o));
	o->in = in;
	o->out = out;
	if (confined_input_read(in, 0, head, sizeof(head), err) < 0)
		return -1;
	if (!ole_sniff(slice_of(head, sizeof(head))))
		return fail(err, ERR_FORMAT, "not a compound file");
	c = cursor_of(slice_of(head + 26, HEAD - 26));
	major = cursor_le16(&c);
	cursor_le16(&c);
	shift = cursor_le16(&c);
	small_shift = cursor_le16(&c);
	cursor_skip(&c, 14);
	directory = cursor_le32(&c);
	cursor_le32(&c);
	o->cutoff = cursor_le32(&c);
	if ((shift != 9 && shift != 12) || small_shift != 6)
		return fail(err, ERR_FORMAT, "a compound file of an unknown kind");
	o->sector = 1u << shift;
	o->small_sector = 1u << small_shift;
	if (read_chains(o, head, err) < 0 || read_small_chains(o, head, err) < 0 ||
	    read_entries(o, directory, major >= 4, err) < 0)
		return -1;
	follow(&o->chains, o->entries[OLE_ROOT].start, sector_count(o), &o->small);
	return 0;
}

static int
compare_entries(const void *a, const void *b, void *context)
{
	const struct ole *o = context;
	const uint32_t *x = a, *y = b;

	return slice_compare(o->entries[*x].name, o->entries[*y].name);
}

size_t
ole_list(struct ole *o, uint32_t storage, uint32_t **out)
{
	struct ole_table found = { NULL, 0, 0 }, waiting = { NULL, 0, 0 };
	unsigned char *met = mem_alloc(o->n);
	uint32_t at;
	size_t n;

	*(uint32_t *)vec_push(&waiting) = o->entries[storage].child;
	while (waiting.n > 0) {
		at = waiting.items[--waiting.n];
		if (at >= o->n || met[at])
			continue;
		met[at] = 1;
		if (o->entries[at].kind != OLE_NONE)
			*(uint32_t *)vec_push(&found) = at;
		*(uint32_t *)vec_push(&waiting) = o->entries[at].left;
		*(uint32_t *)vec_push(&waiting) = o->entries[at].right;
	}
	n = found.n;
	*out = arena_alloc(&o->arena, (n + 1) * sizeof(**out));
	if (n > 0) {
		qsort_r(found.items, n, sizeof(*found.items), compare_entries, o);
		memcpy(*out, found.items, n * sizeof(**out));
	}
	vec_free(&found);
	vec_free(&waiting);
	mem_free(met);
	return n;
}

bool
ole_find(struct ole *o, uint32_t storage, const char *name, uint32_t *out)
{
	uint32_t *all;
	size_t n = ole_list(o, storage, &all), i;

	for (i = 0; i < n; i++) {
		if (slice_is(o->entries[all[i]].name, name)) {
			*out = all[i];
			return true;
		}
	}
	return false;
}

/* ---- Streams ---- */

int
ole_stream_open(struct ole *o, uint32_t entry, struct ole_stream *out, struct error *err)
{
	const struct ole_entry *e = &o->entries[entry];
	unsigned width;
	uint64_t wanted;

	memset(out, 0, sizeof(*out));
	out->ole = o;
	out->left = e->size;
	out->is_small = e->size < o->cutoff;
	width = out->is_small ? o->small_sector : o->sector;
	wanted = e->size / width + (e->size % width != 0);
	if (e->size > o->in->size)
		return fail(err, ERR_FORMAT, "a stream is longer than the file");
	follow(out->is_small ? &o->small_chains : &o->chains, e->start, wanted, &out->sectors);
	if (out->sectors.n < wanted)
		return fail(err, ERR_FORMAT, "%" PRIu64 " of %" PRIu64 " sectors of a stream are "
		    "missing", wanted - out->sectors.n, wanted);
	return 0;
}

int64_t
ole_stream_read(struct ole_stream *s, void *p, size_t n, struct error *err)
{
	struct ole *o = s->ole;
	unsigned width = s->is_small ? o->small_sector : o->sector;
	uint32_t sector;
	uint64_t at;
	int rc;

	if (s->left == 0)
		return 0;
	if (n > s->left)
		n = (size_t)s->left;
	if (n > width - s->at)
		n = width - s->at;
	sector = s->sectors.items[s->next];
	if (!s->is_small) {
		rc = read_sector(o, sector, s->at, p, n, err);
	} else {
		at = (uint64_t)sector * width;
		if (at / o->sector >= o->small.n)
			return fail(err, ERR_FORMAT, "a small sector is missing");
		rc = read_sector(o, o->small.items[at / o->sector],
		    (unsigned)(at % o->sector) + s->at, p, n, err);
	}
	if (rc < 0)
		return -1;
	s->left -= n;
	s->at += (unsigned)n;
	if (s->at == width) {
		s->at = 0;
		s->next++;
	}
	return (int64_t)n;
}

void
ole_stream_free(struct ole_stream *s)
{
	vec_free(&s->sectors);
}

int
ole_read(struct ole *o, uint32_t entry, size_t max, struct buf *out, struct error *err)
{
	struct ole_stream s;
	int64_t got = 0;
	int rc = -1;

	buf_clear(out);
	if (ole_stream_open(o, entry, &s, err) < 0)
		goto out;
	if (s.left > max) {
		fail(err, ERR_LIMIT, "a value is over %zu bytes long", max);
		goto out;
	}
	buf_reserve(out, (size_t)s.left);
	while (s.left > 0) {
		got = ole_stream_read(&s, out->p + out->n, (size_t)s.left, err);
		if (got <= 0)
			goto out;
		buf_extend(out, (size_t)got);
	}
	rc = 0;

out:
	ole_stream_free(&s);
	return rc;
}
