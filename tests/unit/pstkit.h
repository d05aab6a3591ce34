/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_PSTKIT_H
#define TESTS_UNIT_PSTKIT_H

#include <stdlib.h>
#include <zlib.h>

#include "backends/formats/mapi.h"
#include "backends/formats/pstfile.h"
#include "core/base/arena.h"
#include "core/base/vec.h"

/*
 * A writer of small PST and OST files of every kind, after [MS-PST]: no
 * allocation maps, for no reader looks at them.  Blocks are as short as the
 * test likes, so that little data makes deep trees.
 */
enum pstkit_kind { PSTKIT_ANSI, PSTKIT_UNICODE, PSTKIT_4K };

struct pstkit_block {
	uint64_t id, at;
	size_t n, plain;
};

struct pstkit {
	enum pstkit_kind kind;
	unsigned encoding;
	size_t block_max;               /* bytes of a data block */
	struct buf file;
	struct arena arena;
	VEC(struct pstkit_block) blocks;
	VEC(struct pst_node) nodes;
	uint64_t next_block;
};

/* A property; text is UTF-8 (plain ASCII where the file is ANSI). */
struct pstkit_property {
	uint16_t id, type;
	struct slice value;             /* little-endian, or text */
	uint64_t data, sub;             /* MAPI_OBJECT, and bytes that are a node */
};

struct pstkit_set {
	const struct pstkit_property *items;
	size_t n;
};

#define PSTKIT_TEXT(id, text) { id, MAPI_UNICODE, SLICE_OF(text), 0, 0 }
#define PSTKIT_BYTES(id, text) { id, MAPI_BINARY, SLICE_OF(text), 0, 0 }
#define PSTKIT_LONG(id, text) { id, MAPI_LONG, SLICE_OF(text), 0, 0 }
#define PSTKIT_SET(array) { array, sizeof(array) / sizeof((array)[0]) }

static inline void
pstkit_put(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		buf_add_byte(b, (unsigned char)v);
}

static inline void
pstkit_set_at(struct buf *b, size_t at, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		b->p[at++] = (unsigned char)v;
}

static inline unsigned
pstkit_id(const struct pstkit *k)
{
	return k->kind == PSTKIT_ANSI ? 4 : 8;
}

static inline void
pstkit_open(struct pstkit *k, enum pstkit_kind kind, unsigned encoding, size_t block_max)
{
	memset(k, 0, sizeof(*k));
	k->kind = kind;
	k->encoding = encoding;
	k->block_max = block_max;
	k->next_block = 4;
	memset(buf_extend(&k->file, 0x400), 0, 0x400);
}

static inline void
pstkit_free(struct pstkit *k)
{
	buf_free(&k->file);
	arena_free(&k->arena);
	vec_free(&k->blocks);
	vec_free(&k->nodes);
}

/* ---- Blocks ---- */

static inline uint64_t
pstkit_block(struct pstkit *k, struct slice plain, bool internal)
{
	const size_t unit = k->kind == PSTKIT_4K ? 512 : 64;
	const size_t trailer = k->kind == PSTKIT_ANSI ? 12 : k->kind == PSTKIT_4K ? 24 : 16;
	struct pstkit_block *b = vec_push(&k->blocks);
	struct buf bytes = BUF_EMPTY, packed = BUF_EMPTY;
	uLongf n = compressBound(plain.n);
	size_t room, end;

	b->id = k->next_block | (internal ? 2 : 0);
	k->next_block += 4;
	b->plain = plain.n;
	buf_add(&bytes, plain);
	if (!internal)
		pst_encode(k->encoding, b->id, bytes.p, bytes.n);
	if (k->kind == PSTKIT_4K && plain.n > 64 && compress2(buf_extend(&packed, n), &n, bytes.p,
	    bytes.n, 9) == Z_OK && n < bytes.n) {
		buf_truncate(&packed, n);
		buf_take(&bytes, &packed);
	}
	buf_free(&packed);
	b->n = bytes.n;
	b->at = k->file.n;
	room = (bytes.n + trailer + unit - 1) / unit * unit;
	end = k->file.n + room - trailer;
	memset(buf_extend(&k->file, room), 0, room);
	memcpy(k->file.p + b->at, bytes.p, bytes.n);
	pstkit_set_at(&k->file, end, bytes.n, 2);
	if (k->kind == PSTKIT_ANSI) {
		pstkit_set_at(&k->file, end + 4, b->id, 4);
		pstkit_set_at(&k->file, end + 8, pst_checksum(buf_slice(&bytes)), 4);
	} else {
		pstkit_set_at(&k->file, end + 4, pst_checksum(buf_slice(&bytes)), 4);
		pstkit_set_at(&k->file, end + 8, b->id, 8);
	}
	buf_free(&bytes);
	return b->id;
}

/* Blocks of blocks: two levels where one would have more than fanout. */
static inline uint64_t
pstkit_tree(struct pstkit *k, const uint64_t *ids, size_t n, size_t total, size_t fanout)
{
	struct buf list = BUF_EMPTY;
	uint64_t above[256], id;
	size_t i, upper = 0;
	unsigned level = n > fanout ? 2 : 1;

	if (n == 1 && level == 1)
		return ids[0];
	for (i = 0; level == 2 && i < n; i += fanout)
		above[upper++] = pstkit_tree(k, ids + i, n - i < fanout ? n - i : fanout, 0,
		    SIZE_MAX);
	pstkit_put(&list, 1, 1);
	pstkit_put(&list, level, 1);
	pstkit_put(&list, level == 2 ? upper : n, 2);
	pstkit_put(&list, total, 4);
	for (i = 0; i < (level == 2 ? upper : n); i++)
		pstkit_put(&list, level == 2 ? above[i] : ids[i], pstkit_id(k));
	id = pstkit_block(k, buf_slice(&list), true);
	buf_free(&list);
	return id;
}

/* Below the second level a list is needed even of one block. */
static inline uint64_t
pstkit_data(struct pstkit *k, struct slice bytes)
{
	VEC(uint64_t) ids = VEC_EMPTY;
	struct slice rest = bytes;
	uint64_t id;
	size_t fanout = 7;

	do {
		*(uint64_t *)vec_push(&ids) = pstkit_block(k, slice_sub(rest, 0, k->block_max), false);
		rest = slice_from(rest, k->block_max);
	} while (rest.n > 0);
	if (ids.n > fanout && ids.n % fanout == 1)
		fanout++;
	id = pstkit_tree(k, ids.items, ids.n, bytes.n, fanout);
	vec_free(&ids);
	return id;
}

static inline uint64_t
pstkit_subnodes(struct pstkit *k, const struct pst_node *nodes, size_t n)
{
	struct buf list = BUF_EMPTY;
	uint64_t id;
	size_t i;

	if (n == 0)
		return 0;
	pstkit_put(&list, 2, 1);
	pstkit_put(&list, 0, 1);
	pstkit_put(&list, n, 2);
	pstkit_put(&list, 0, k->kind == PSTKIT_ANSI ? 0 : 4);
	for (i = 0; i < n; i++) {
		pstkit_put(&list, nodes[i].nid, pstkit_id(k));
		pstkit_put(&list, nodes[i].data, pstkit_id(k));
		pstkit_put(&list, nodes[i].sub, pstkit_id(k));
	}
	id = pstkit_block(k, buf_slice(&list), true);
	buf_free(&list);
	return id;
}

static inline void
pstkit_node(struct pstkit *k, uint32_t nid, uint32_t parent, struct pst_node made)
{
	made.nid = nid;
	made.parent = parent;
	*(struct pst_node *)vec_push(&k->nodes) = made;
}

/* ---- Heaps ---- */

struct pstkit_heap {
	struct pstkit *k;
	VEC(struct slice) pieces;
	VEC(struct pst_node) inside;
	uint32_t next_inside;
};

static inline uint32_t
pstkit_piece(struct pstkit_heap *h, struct slice bytes)
{
	*(struct slice *)vec_push(&h->pieces) = arena_copy(&h->k->arena, bytes);
	return (uint32_t)(h->pieces.n << 5);
}

static inline uint32_t
pstkit_inside(struct pstkit_heap *h, uint32_t nid, uint64_t data, uint64_t sub)
{
	struct pst_node *node = vec_push(&h->inside);

	node->nid = nid ? nid : (h->next_inside += 0x20) | 0x1f;
	node->data = data;
	node->sub = sub;
	return node->nid;
}

/* What does not fit into a block is a node inside. */
static inline uint32_t
pstkit_value(struct pstkit_heap *h, struct slice bytes)
{
	if (bytes.n == 0)
		return 0;
	if (bytes.n <= 200)
		return pstkit_piece(h, bytes);
	return pstkit_inside(h, 0, pstkit_data(h->k, bytes), 0);
}

/* One block: pieces, then the map of where they begin. */
static inline struct pst_node
pstkit_close_heap(struct pstkit_heap *h, unsigned kind, uint32_t root)
{
	struct buf b = BUF_EMPTY, map = BUF_EMPTY;
	struct pst_node made = { 0, 0, 0, 0 };
	size_t i;

	pstkit_put(&b, 0, 2);
	pstkit_put(&b, 0xec, 1);
	pstkit_put(&b, kind, 1);
	pstkit_put(&b, root, 4);
	pstkit_put(&b, 0, 4);
	pstkit_put(&map, h->pieces.n, 2);
	pstkit_put(&map, 0, 2);
	for (i = 0; i < h->pieces.n; i++) {
		pstkit_put(&map, b.n, 2);
		buf_add(&b, h->pieces.items[i]);
	}
	pstkit_put(&map, b.n, 2);
	if (b.n % 2 != 0)
		buf_add_byte(&b, 0);
	pstkit_set_at(&b, 0, b.n, 2);
	buf_add(&b, buf_slice(&map));
	made.data = pstkit_block(h->k, buf_slice(&b), false);
	made.sub = pstkit_subnodes(h->k, h->inside.items, h->inside.n);
	buf_free(&b);
	buf_free(&map);
	vec_free(&h->pieces);
	vec_free(&h->inside);
	return made;
}

static inline uint32_t
pstkit_btree(struct pstkit_heap *h, unsigned key, unsigned value, struct slice records)
{
	uint32_t root = records.n ? pstkit_piece(h, records) : 0;
	struct buf head = BUF_EMPTY;
	uint32_t id;

	pstkit_put(&head, 0xb5, 1);
	pstkit_put(&head, key, 1);
	pstkit_put(&head, value, 1);
	pstkit_put(&head, 0, 1);
	pstkit_put(&head, root, 4);
	id = pstkit_piece(h, buf_slice(&head));
	buf_free(&head);
	return id;
}

static inline struct slice
pstkit_text(struct pstkit *k, const struct pstkit_property *p)
{
	struct slice rest = p->value, out;
	struct buf wide = BUF_EMPTY;
	size_t i;

	if (p->type != MAPI_UNICODE || k->kind == PSTKIT_ANSI)
		return p->value;
	/* The tests' texts are ASCII and Latin-1. */
	for (i = 0; i < rest.n; i++) {
		if (rest.p[i] < 0xc0 || i + 1 == rest.n) {
			pstkit_put(&wide, rest.p[i], 2);
			continue;
		}
		pstkit_put(&wide, (uint64_t)(rest.p[i] & 3) << 6 | (rest.p[i + 1] & 0x3f), 2);
		i++;
	}
	out = arena_copy(&k->arena, buf_slice(&wide));
	buf_free(&wide);
	return out;
}

static inline uint16_t
pstkit_type(const struct pstkit *k, const struct pstkit_property *p)
{
	return p->type == MAPI_UNICODE && k->kind == PSTKIT_ANSI ? MAPI_STRING8 : p->type;
}

/* The four bytes that stand for a value. */
static inline void
pstkit_cell(struct pstkit_heap *h, const struct pstkit_property *p, struct buf *out)
{
	struct buf object = BUF_EMPTY;
	size_t i;

	if (p->type == MAPI_OBJECT) {
		pstkit_put(&object, pstkit_inside(h, 0, p->data, p->sub), 4);
		pstkit_put(&object, 0, 4);
		pstkit_put(out, pstkit_piece(h, buf_slice(&object)), 4);
		buf_free(&object);
	} else if (p->data) {
		pstkit_put(out, pstkit_inside(h, 0, p->data, 0), 4);
	} else if (p->type == MAPI_LONG || p->type == MAPI_SHORT || p->type == MAPI_BOOLEAN) {
		for (i = 0; i < 4; i++)
			buf_add_byte(out, i < p->value.n ? p->value.p[i] : 0);
	} else {
		pstkit_put(out, pstkit_value(h, pstkit_text(h->k, p)), 4);
	}
}

static inline int
pstkit_by_id(const void *a, const void *b)
{
	const struct pstkit_property *const *x = a, *const *y = b;

	return (int)(*x)->id - (int)(*y)->id;
}

/* An object; inside are nodes it has beside those of its values. */
static inline struct pst_node
pstkit_object(struct pstkit *k, struct pstkit_set set, const struct pst_node *inside, size_t n)
{
	const struct pstkit_property *sorted[64];
	struct pstkit_heap h = { .k = k, .next_inside = 0x8000 };
	struct buf records = BUF_EMPTY;
	uint32_t root;
	size_t i;

	for (i = 0; i < n; i++)
		pstkit_inside(&h, inside[i].nid, inside[i].data, inside[i].sub);
	for (i = 0; i < set.n; i++)
		sorted[i] = &set.items[i];
	qsort(sorted, set.n, sizeof(sorted[0]), pstkit_by_id);
	for (i = 0; i < set.n; i++) {
		pstkit_put(&records, sorted[i]->id, 2);
		pstkit_put(&records, pstkit_type(k, sorted[i]), 2);
		pstkit_cell(&h, sorted[i], &records);
	}
	root = pstkit_btree(&h, 2, 6, buf_slice(&records));
	buf_free(&records);
	return pstkit_close_heap(&h, 0xbc, root);
}

/* A table: each row an id and properties; columns are those of the first. */
static inline struct pst_node
pstkit_table(struct pstkit *k, const uint32_t *ids, const struct pstkit_set *rows, size_t n)
{
	struct pstkit_heap h = { .k = k, .next_inside = 0x8000 };
	struct buf info = BUF_EMPTY, index = BUF_EMPTY, matrix = BUF_EMPTY;
	size_t columns = n > 0 && rows ? rows[0].n : 0, width = 8 + 4 * columns, i, j;
	size_t bits = (columns + 2 + 7) / 8;
	uint32_t by_id, root, at;

	for (i = 0; i < n; i++) {
		pstkit_put(&index, ids[i], 4);
		pstkit_put(&index, i, k->kind == PSTKIT_ANSI ? 2 : 4);
		pstkit_put(&matrix, ids[i], 4);
		pstkit_put(&matrix, 0, 4);
		for (j = 0; j < columns; j++)
			pstkit_cell(&h, &rows[i].items[j], &matrix);
		for (j = 0; j < bits; j++)
			buf_add_byte(&matrix, 0xff);
	}
	by_id = pstkit_btree(&h, 4, k->kind == PSTKIT_ANSI ? 2 : 4, buf_slice(&index));
	at = matrix.n == 0 ? 0 : matrix.n <= 200 ? pstkit_piece(&h, buf_slice(&matrix)) : 0;
	if (matrix.n > 200) {
		VEC(uint64_t) blocks = VEC_EMPTY;
		size_t per_block = k->block_max / (width + bits) * (width + bits);

		for (i = 0; i < matrix.n; i += per_block)
			*(uint64_t *)vec_push(&blocks) = pstkit_block(k,
			    slice_sub(buf_slice(&matrix), i, per_block), false);
		at = pstkit_inside(&h, 0, pstkit_tree(k, blocks.items, blocks.n, matrix.n, 1000), 0);
		vec_free(&blocks);
	}
	pstkit_put(&info, 0x7c, 1);
	pstkit_put(&info, columns + 2, 1);
	pstkit_put(&info, width, 2);
	pstkit_put(&info, width, 2);
	pstkit_put(&info, width, 2);
	pstkit_put(&info, width + bits, 2);
	pstkit_put(&info, by_id, 4);
	pstkit_put(&info, at, 4);
	pstkit_put(&info, 0, 4);
	for (j = 0; j < columns + 2; j++) {
		pstkit_put(&info, j < 2 ? MAPI_LONG : pstkit_type(k, &rows[0].items[j - 2]), 2);
		pstkit_put(&info, j < 2 ? 0x67f2 + j : rows[0].items[j - 2].id, 2);
		pstkit_put(&info, 4 * j, 2);
		pstkit_put(&info, 4, 1);
		pstkit_put(&info, j, 1);
	}
	root = pstkit_piece(&h, buf_slice(&info));
	buf_free(&info);
	buf_free(&index);
	buf_free(&matrix);
	return pstkit_close_heap(&h, 0x7c, root);
}

/* ---- The two trees and the head ---- */

static inline uint64_t
pstkit_page(struct pstkit *k, unsigned type, unsigned level, struct slice entries, size_t entry)
{
	const size_t size = k->kind == PSTKIT_4K ? 4096 : 512;
	const size_t trailer = k->kind == PSTKIT_ANSI ? 12 : k->kind == PSTKIT_4K ? 24 : 16;
	const size_t counts = k->kind == PSTKIT_4K ? 4056 : size - trailer -
	    (k->kind == PSTKIT_ANSI ? 4 : 8);
	size_t at;

	while (k->file.n % 512 != 0)
		buf_add_byte(&k->file, 0);
	at = k->file.n;
	memset(buf_extend(&k->file, size), 0, size);
	memcpy(k->file.p + at, entries.p, entries.n);
	if (k->kind == PSTKIT_4K) {
		pstkit_set_at(&k->file, at + counts, entries.n / entry, 2);
		pstkit_set_at(&k->file, at + counts + 2, counts / entry, 2);
		pstkit_set_at(&k->file, at + counts + 4, entry, 1);
		pstkit_set_at(&k->file, at + counts + 5, level, 1);
	} else {
		pstkit_set_at(&k->file, at + counts, entries.n / entry, 1);
		pstkit_set_at(&k->file, at + counts + 1, counts / entry, 1);
		pstkit_set_at(&k->file, at + counts + 2, entry, 1);
		pstkit_set_at(&k->file, at + counts + 3, level, 1);
	}
	pstkit_set_at(&k->file, at + size - trailer, type * 0x101u, 2);
	pstkit_set_at(&k->file, at + size - trailer + (k->kind == PSTKIT_ANSI ? 8 : 4),
	    pst_checksum(slice_of(k->file.p + at, size - trailer)), 4);
	return at;
}

/* Leaves of a few entries each, and pages above them until one is left. */
static inline uint64_t
pstkit_pages(struct pstkit *k, unsigned type, struct slice entries, size_t entry)
{
	size_t step = entry * (k->kind == PSTKIT_4K ? 60 : 5);
	struct buf below = BUF_EMPTY, above = BUF_EMPTY;
	struct slice rest = entries;
	unsigned level = 0;
	uint64_t at;

	while (rest.n > step) {
		for (; rest.n > 0; rest = slice_from(rest, step)) {
			at = pstkit_page(k, type, level, slice_sub(rest, 0, step), entry);
			buf_add(&above, slice_sub(rest, 0, pstkit_id(k)));
			pstkit_put(&above, 0, pstkit_id(k));
			pstkit_put(&above, at, pstkit_id(k));
		}
		buf_take(&below, &above);
		rest = buf_slice(&below);
		entry = 3 * pstkit_id(k);
		step = entry * 20;
		level++;
	}
	at = pstkit_page(k, type, level, rest, entry);
	buf_free(&below);
	return at;
}

static inline int
pstkit_by_nid(const void *a, const void *b)
{
	const struct pst_node *x = a, *y = b;

	return x->nid < y->nid ? -1 : x->nid > y->nid;
}

static inline int
pstkit_by_block(const void *a, const void *b)
{
	const struct pstkit_block *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static inline struct slice
pstkit_close(struct pstkit *k)
{
	const unsigned id = pstkit_id(k), version = k->kind == PSTKIT_ANSI ? 14 :
	    k->kind == PSTKIT_4K ? 36 : 23;
	struct buf entries = BUF_EMPTY;
	uint64_t nodes, blocks;
	size_t i, at;

	qsort(k->nodes.items, k->nodes.n, sizeof(k->nodes.items[0]), pstkit_by_nid);
	for (i = 0; i < k->nodes.n; i++) {
		pstkit_put(&entries, k->nodes.items[i].nid, id);
		pstkit_put(&entries, k->nodes.items[i].data, id);
		pstkit_put(&entries, k->nodes.items[i].sub, id);
		pstkit_put(&entries, k->nodes.items[i].parent, id);
	}
	nodes = pstkit_pages(k, 0x81, buf_slice(&entries), 4 * id);
	buf_clear(&entries);
	qsort(k->blocks.items, k->blocks.n, sizeof(k->blocks.items[0]), pstkit_by_block);
	for (i = 0; i < k->blocks.n; i++) {
		pstkit_put(&entries, k->blocks.items[i].id, id);
		pstkit_put(&entries, k->blocks.items[i].at, id);
		pstkit_put(&entries, k->blocks.items[i].n, 2);
		pstkit_put(&entries, k->kind == PSTKIT_4K ? k->blocks.items[i].plain : 2, 2);
		pstkit_put(&entries, 0, k->kind == PSTKIT_ANSI ? 0 : 4);
	}
	blocks = pstkit_pages(k, 0x80, buf_slice(&entries), k->kind == PSTKIT_ANSI ? 12 : 24);
	buf_free(&entries);
	memcpy(k->file.p, "!BDN\0\0\0\0SM", 10);
	pstkit_set_at(&k->file, 10, version, 2);
	at = k->kind == PSTKIT_ANSI ? 0xb8 : 0xd8;
	pstkit_set_at(&k->file, at + id, nodes, id);
	pstkit_set_at(&k->file, at + 3 * id, blocks, id);
	k->file.p[k->kind == PSTKIT_ANSI ? 0x1cd : 0x201] = (unsigned char)k->encoding;
	return buf_slice(&k->file);
}

#endif
