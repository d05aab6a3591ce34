/* SPDX-License-Identifier: MIT */
#include "backends/formats/xapian.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define MAGIC SLICE_OF("\017\015Xapian Glass")
#define VERSION 0x046e          /* of 14 March 2016: all of 1.4 */
#define LEVELS_MAX 10u
#define BLOCK_HEAD 11u
#define VALUE_MAX (1u << 20)    /* of one term's piece; Xapian keeps them at some kB */

enum { ITEM_COMPRESSED = 0x8000, ITEM_LAST = 0x4000, ITEM_FIRST = 0x2000, ITEM_SIZE = 0x1fff };

struct block {
	struct buf bytes;
	size_t next, count;     /* item to be looked at, items */
};

struct xapian {
	int fd;
	char *path;             /* of iamglass */
	struct file_meta meta;  /* of it, when it was opened */
	uint32_t revision;
	uint64_t root;
	size_t level, block_size;
	bool is_empty;
	uint64_t budget;        /* blocks that may still be read */
	/* The walk: block[level] is the root's, block[0] the leaf's. */
	struct block blocks[LEVELS_MAX + 1];
	bool is_begun;
	struct buf prefix, key, value;
	VEC(uint32_t) documents;
};

/* ---- Numbers ---- */

static uint64_t
take_number(struct cursor *c)
{
	uint64_t n = 0;
	unsigned char byte;
	unsigned shift = 0;

	do {
		byte = cursor_byte(c);
		if (shift > 56)
			c->bad = true;
		else
			n |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) && !c->bad);
	return n;
}

/* The form that sorts as the numbers do: as many more bytes than two as there
 * are bits set at the top of the first. */
static uint64_t
take_sorted_number(struct cursor *c)
{
	unsigned char first = cursor_byte(c);
	unsigned more = 0, i;
	uint64_t n;

	while (more < 6 && (first & 0x80u >> more))
		more++;
	n = first & (0x7fu >> more);
	for (i = 0; i < more + 1; i++)
		n = n << 8 | cursor_byte(c);
	return n;
}

/* ---- Opening ---- */

static int
read_version(struct xapian *x, struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	struct cursor c;
	uint64_t packed;
	int rc = -1;

	if (file_stat(x->path, &x->meta, err) < 0 ||
	    file_read_all(x->path, 65536, &bytes, err) < 0)
		goto out;
	c = cursor_of(buf_slice(&bytes));
	if (!slice_equal(cursor_take(&c, MAGIC.n), MAGIC) || cursor_be16(&c) != VERSION) {
		fail(err, ERR_FORMAT, "%s: this is no database of Xapian 1.4", x->path);
		goto out;
	}
	cursor_skip(&c, 16);
	x->revision = (uint32_t)take_number(&c);
	x->root = take_number(&c);
	packed = take_number(&c);
	x->level = (size_t)(packed >> 2);
	x->is_empty = take_number(&c) == 0 || (packed & 1);
	x->block_size = (size_t)take_number(&c) << 11;
	if (c.bad || x->level > LEVELS_MAX || x->block_size < 2048 || x->block_size > 65536) {
		fail(err, ERR_FORMAT, "%s: what it says of its tables makes no sense", x->path);
		goto out;
	}
	rc = 0;

out:
	buf_free(&bytes);
	return rc;
}

int
xapian_open(const char *directory, struct xapian **out, struct error *err)
{
	struct xapian *x = mem_alloc(sizeof(*x));
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	int rc = -1;

	x->fd = -1;
	x->path = mem_string(path_join(&a, directory, "iamglass"));
	if (read_version(x, err) < 0 ||
	    file_open_read(path_join(&a, directory, "postlist.glass"), &x->fd, err) < 0 ||
	    file_stat_fd(x->fd, &meta, err) < 0)
		goto out;
	/* Each prefix may walk the whole of it, if need be. */
	x->budget = meta.size / x->block_size * 4 + LEVELS_MAX;
	*out = x;
	rc = 0;

out:
	if (rc < 0)
		xapian_close(x);
	arena_free(&a);
	return rc;
}

void
xapian_close(struct xapian *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i <= LEVELS_MAX; i++)
		buf_free(&x->blocks[i].bytes);
	buf_free(&x->prefix);
	buf_free(&x->key);
	buf_free(&x->value);
	vec_free(&x->documents);
	file_close(x->fd);
	mem_free(x->path);
	mem_free(x);
}

/* ---- The B-tree ---- */

/* A block that is newer than the version, or none, was written since: blocks
 * that no version needs are used again. */
static int
fail_block(const struct xapian *x, struct error *err)
{
	struct file_meta now;

	if (file_stat(x->path, &now, err) < 0 || !file_meta_same(&now, &x->meta))
		return fail(err, ERR_CHANGED, "%s: was written to while it was read", x->path);
	return fail(err, ERR_FORMAT, "%s: its postlist table is damaged", x->path);
}

static int
load(struct xapian *x, uint64_t number, size_t level, struct error *err)
{
	struct block *b = &x->blocks[level];
	struct cursor c;
	uint32_t revision, end;

	buf_clear(&b->bytes);
	if (x->budget == 0 || number > UINT32_MAX)
		return fail_block(x, err);
	x->budget--;
	if (file_read_at(x->fd, number * x->block_size, buf_extend(&b->bytes, x->block_size),
	    x->block_size, err) < 0)
		return fail_block(x, err);
	c = cursor_of(buf_slice(&b->bytes));
	revision = cursor_be32(&c);
	if (cursor_byte(&c) != level || revision > x->revision)
		return fail_block(x, err);
	cursor_skip(&c, 4);
	end = cursor_be16(&c);
	if (end < BLOCK_HEAD || end > x->block_size)
		return fail_block(x, err);
	b->next = 0;
	b->count = (end - BLOCK_HEAD) / 2;
	return 0;
}

/* The i-th item of a block, from its beginning to the block's end. */
static struct cursor
item(const struct xapian *x, size_t level, size_t i)
{
	struct slice block = buf_slice(&x->blocks[level].bytes);
	struct cursor c = cursor_of(slice_from(block, BLOCK_HEAD + i * 2));

	return cursor_of(slice_from(block, cursor_be16(&c)));
}

static struct slice
inner_key(const struct xapian *x, size_t level, size_t i)
{
	struct cursor c = item(x, level, i);

	cursor_skip(&c, 4);
	return cursor_take(&c, cursor_byte(&c));
}

/* May keys with the prefix lie below the i-th item: from its key up to the
 * next one's? */
static bool
leads_there(const struct xapian *x, size_t level, size_t i)
{
	struct slice prefix = buf_slice(&x->prefix);

	if (i + 1 < x->blocks[level].count &&
	    slice_compare(inner_key(x, level, i + 1), prefix) < 0)
		return false;
	return i == 0 || slice_compare(slice_sub(inner_key(x, level, i), 0, prefix.n), prefix) <= 0;
}

/* The next leaf that may have keys with the prefix; 1, 0, -1. */
static int
next_leaf(struct xapian *x, struct error *err)
{
	size_t level = 1;
	struct cursor c;

	if (!x->is_begun) {
		x->is_begun = true;
		if (x->is_empty)
			return 0;
		if (load(x, x->root, x->level, err) < 0)
			return -1;
		if (x->level == 0)
			return 1;
		level = x->level;
	}
	while (level <= x->level) {
		struct block *b = &x->blocks[level];

		if (b->next == b->count) {
			level++;
			continue;
		}
		if (!leads_there(x, level, b->next++))
			continue;
		c = item(x, level, b->next - 1);
		if (load(x, cursor_be32(&c), level - 1, err) < 0)
			return -1;
		if (--level == 0)
			return 1;
	}
	return 0;
}

/* The next key with the prefix and its whole value; 1, 0, -1. */
static int
next_value(struct xapian *x, struct error *err)
{
	struct block *leaf = &x->blocks[0];
	struct slice key;
	struct cursor c;
	unsigned head;
	size_t size;
	int rc;

	for (;;) {
		while (!x->is_begun || leaf->next == leaf->count) {
			rc = next_leaf(x, err);
			if (rc <= 0)
				return rc;
		}
		c = item(x, 0, leaf->next++);
		size = c.n;
		head = cursor_be16(&c);
		key = cursor_take(&c, cursor_byte(&c));
		if ((head & ITEM_FIRST) == 0)
			cursor_skip(&c, 2);
		if (c.bad || (head & ITEM_SIZE) + 3u < size - c.n || (head & ITEM_SIZE) + 3u > size)
			return fail_block(x, err);
		if (!slice_equal(slice_sub(key, 0, x->prefix.n), buf_slice(&x->prefix)))
			continue;
		if (head & ITEM_FIRST) {
			buf_set(&x->key, key);
			buf_clear(&x->value);
		}
		if ((head & ITEM_COMPRESSED) || x->value.n > VALUE_MAX)
			return fail_block(x, err);
		buf_add(&x->value, cursor_take(&c, (head & ITEM_SIZE) + 3u - (size - c.n)));
		if (head & ITEM_LAST)
			return 1;
	}
}

void
xapian_seek(struct xapian *x, struct slice prefix)
{
	size_t i;

	buf_set(&x->prefix, prefix);
	x->is_begun = false;
	for (i = 0; i <= LEVELS_MAX; i++)
		x->blocks[i].next = x->blocks[i].count = 0;
}

/* ---- Documents ---- */

static void
take_documents(struct xapian *x, uint64_t first, struct cursor c)
{
	uint64_t document = first;

	cursor_byte(&c);        /* is it the last piece? */
	take_number(&c);        /* how far the last document is */
	take_number(&c);        /* how often in the first */
	while (!c.bad && document <= UINT32_MAX) {
		*vec_push(&x->documents) = (uint32_t)document;
		if (c.n == 0)
			break;
		document += take_number(&c) + 1;
		take_number(&c);
	}
}

int
xapian_next(struct xapian *x, struct xapian_posting *out, struct error *err)
{
	struct cursor c, number;
	struct slice key;
	uint64_t first;
	size_t end;
	int rc = next_value(x, err);

	if (rc <= 0)
		return rc;
	vec_clear(&x->documents);
	key = buf_slice(&x->key);
	end = slice_find(key, 0, '\0');
	c = cursor_of(buf_slice(&x->value));
	if (end == key.n) {
		take_number(&c);
		take_number(&c);
		first = take_number(&c) + 1;
	} else {
		number = cursor_of(slice_from(key, end + 1));
		first = take_sorted_number(&number);
		if (number.bad)
			return fail_block(x, err);
	}
	take_documents(x, first, c);
	out->term = slice_sub(key, 0, end);
	out->documents = x->documents.items;
	out->n = x->documents.n;
	return 1;
}
