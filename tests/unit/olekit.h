/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_OLEKIT_H
#define TESTS_UNIT_OLEKIT_H

#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/vec.h"

/*
 * A writer of compound files after [MS-CFB]: sectors of 512 bytes, or 4096
 * where is_wide.  Siblings are a list, which is a tree too.
 */
struct olekit_entry {
	struct slice name, bytes;
	uint32_t parent, child, right, start;
	int kind;                       /* 1 a storage, 2 a stream, 5 the root */
};

struct olekit {
	struct arena arena;
	VEC(struct olekit_entry) entries;
	struct buf file;
	VEC(uint32_t) chains;
	bool is_wide;
};

static inline void
olekit_put(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		buf_add_byte(b, (unsigned char)v);
}

static inline size_t
olekit_sector(const struct olekit *k)
{
	return k->is_wide ? 4096 : 512;
}

static inline uint32_t
olekit_add(struct olekit *k, uint32_t parent, const char *name, int kind, struct slice bytes)
{
	struct olekit_entry *e = vec_push(&k->entries);
	uint32_t at = (uint32_t)k->entries.n - 1;

	e->name = arena_copy(&k->arena, slice_string(name));
	e->bytes = arena_copy(&k->arena, bytes);
	e->parent = parent;
	e->kind = kind;
	e->child = e->right = UINT32_MAX;
	e->start = 0xfffffffe;
	if (at > 0) {
		e->right = k->entries.items[parent].child;
		k->entries.items[parent].child = at;
	}
	return at;
}

static inline void
olekit_open(struct olekit *k, bool is_wide)
{
	memset(k, 0, sizeof(*k));
	k->is_wide = is_wide;
	olekit_add(k, 0, "Root Entry", 5, SLICE_EMPTY);
}

static inline void
olekit_free(struct olekit *k)
{
	arena_free(&k->arena);
	vec_free(&k->entries);
	vec_free(&k->chains);
	buf_free(&k->file);
}

/* Bytes as a chain of sectors; its first. */
static inline uint32_t
olekit_chain(struct olekit *k, struct slice bytes)
{
	const size_t sector = olekit_sector(k);
	uint32_t first = (uint32_t)k->chains.n;
	size_t n = (bytes.n + sector - 1) / sector, i;

	if (n == 0)
		return 0xfffffffe;
	for (i = 0; i < n; i++)
		*(uint32_t *)vec_push(&k->chains) = i + 1 < n ? first + (uint32_t)i + 1 : 0xfffffffe;
	buf_add(&k->file, bytes);
	while (k->file.n % sector != 0)
		buf_add_byte(&k->file, 0);
	return first;
}

static inline void
olekit_directory(struct olekit *k, uint64_t small_size, struct buf *out)
{
	size_t i, j, from;

	for (i = 0; i < k->entries.n; i++) {
		const struct olekit_entry *e = &k->entries.items[i];

		from = out->n;
		for (j = 0; j < e->name.n; j++)
			olekit_put(out, e->name.p[j], 2);
		while (out->n < from + 64)
			buf_add_byte(out, 0);
		olekit_put(out, e->name.n * 2 + 2, 2);
		olekit_put(out, (unsigned)e->kind, 1);
		olekit_put(out, 1, 1);
		olekit_put(out, UINT32_MAX, 4);
		olekit_put(out, e->right, 4);
		olekit_put(out, e->child, 4);
		while (out->n < from + 116)
			buf_add_byte(out, 0);
		olekit_put(out, e->start, 4);
		olekit_put(out, e->kind == 5 ? small_size : e->bytes.n, 8);
	}
}

static inline struct slice
olekit_close(struct olekit *k)
{
	const size_t sector = olekit_sector(k);
	struct buf small = BUF_EMPTY, small_chains = BUF_EMPTY, directory = BUF_EMPTY,
	    table = BUF_EMPTY, head = BUF_EMPTY;
	uint32_t start, small_table, dir, first_table;
	size_t i, j, n, small_sectors, tables;

	memset(buf_extend(&k->file, sector), 0, sector);
	for (i = 1; i < k->entries.n; i++) {
		struct olekit_entry *e = &k->entries.items[i];

		if (e->kind != 2 || e->bytes.n == 0)
			continue;
		if (e->bytes.n >= 4096) {
			e->start = olekit_chain(k, e->bytes);
			continue;
		}
		e->start = (uint32_t)(small.n / 64);
		n = (e->bytes.n + 63) / 64;
		for (j = 0; j < n; j++)
			olekit_put(&small_chains, j + 1 < n ? e->start + j + 1 : 0xfffffffe, 4);
		buf_add(&small, e->bytes);
		while (small.n % 64 != 0)
			buf_add_byte(&small, 0);
	}
	small_sectors = (small_chains.n + sector - 1) / sector;
	k->entries.items[0].start = olekit_chain(k, buf_slice(&small));
	start = olekit_chain(k, buf_slice(&small_chains));
	small_table = start;
	olekit_directory(k, small.n, &directory);
	dir = olekit_chain(k, buf_slice(&directory));
	/* The table describes its own sectors too. */
	first_table = (uint32_t)k->chains.n;
	for (tables = 1; tables * (sector / 4) < k->chains.n + tables; tables++)
		;
	for (i = 0; i < tables; i++)
		*(uint32_t *)vec_push(&k->chains) = 0xfffffffd;
	for (i = 0; i < k->chains.n; i++)
		olekit_put(&table, k->chains.items[i], 4);
	while (table.n < tables * sector)
		buf_add_byte(&table, 0xff);
	buf_add(&k->file, buf_slice(&table));

	buf_add(&head, SLICE_OF("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"));
	while (head.n < 24)
		buf_add_byte(&head, 0);
	olekit_put(&head, 0x3e, 2);
	olekit_put(&head, k->is_wide ? 4 : 3, 2);
	olekit_put(&head, 0xfffe, 2);
	olekit_put(&head, k->is_wide ? 12 : 9, 2);
	olekit_put(&head, 6, 2);
	while (head.n < 44)
		buf_add_byte(&head, 0);
	olekit_put(&head, tables, 4);
	olekit_put(&head, dir, 4);
	olekit_put(&head, 0, 4);
	olekit_put(&head, 4096, 4);
	olekit_put(&head, small_table, 4);
	olekit_put(&head, small_sectors, 4);
	olekit_put(&head, 0xfffffffe, 4);
	olekit_put(&head, 0, 4);
	for (i = 0; i < 109; i++)
		olekit_put(&head, i < tables ? first_table + i : 0xffffffff, 4);
	memcpy(k->file.p, head.p, head.n);
	buf_free(&small);
	buf_free(&small_chains);
	buf_free(&directory);
	buf_free(&table);
	buf_free(&head);
	return buf_slice(&k->file);
}

#endif
