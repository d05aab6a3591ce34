/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HIVEKIT_H
#define TESTS_UNIT_HIVEKIT_H

#include "backends/clients/registryhive.h"
#include "core/base/buf.h"

/*
 * Hives of the registry, as small as they can be: a tree of keys, all names in
 * 8 bits unless they are wide.  A path names keys with "\" between them.
 */

static inline void
hivekit_set(struct buf *b, size_t at, uint64_t v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		b->p[at + i] = (unsigned char)(v >> 8 * i);
}

static inline uint32_t
hivekit_get(const struct buf *b, size_t at)
{
	struct cursor c = cursor_of(slice_from(buf_slice(b), at));

	return cursor_le32(&c);
}

/* A cell with room for n bytes; where it is, as other cells name it. */
static inline uint32_t
hivekit_cell(struct buf *b, size_t n)
{
	size_t at = b->n, size = (n + 4 + 7) / 8 * 8;

	memset(buf_extend(b, size), 0, size);
	hivekit_set(b, at, 0 - (uint64_t)size, 4);
	return (uint32_t)(at - 4096);
}

static inline uint32_t
hivekit_new_key(struct buf *b, struct slice name)
{
	uint32_t at = hivekit_cell(b, 0x4C + name.n);
	size_t p = at + 4096 + 4;

	memcpy(b->p + p, "nk\x20\0", 4);
	memcpy(b->p + p + 0x4C, name.p, name.n);
	hivekit_set(b, p + 0x48, name.n, 2);
	hivekit_set(b, p + 0x1C, UINT32_MAX, 4);
	hivekit_set(b, p + 0x28, UINT32_MAX, 4);
	return at;
}

static inline void
hivekit_begin(struct buf *b)
{
	buf_clear(b);
	memset(buf_extend(b, 4096 + 32), 0, 4096 + 32);
	memcpy(b->p, "regf", 4);
	memcpy(b->p + 4096, "hbin", 4);
	hivekit_set(b, 0x14, 1, 4);
	hivekit_set(b, 0x18, 3, 4);
	hivekit_set(b, 0x20, 1, 4);
	hivekit_set(b, 0x24, hivekit_new_key(b, SLICE_OF("ROOT")), 4);
	b->p[4096 + 32 + 4 + 2] |= 0x0C;
}

/* One more in a list that a key has: a new list, the old one is left behind.
 * Lists of keys have a head and a hash with each. */
static inline void
hivekit_append(struct buf *b, uint32_t key, size_t count_at, size_t list_at, uint32_t item)
{
	bool is_keys = count_at == 0x14;
	size_t p = key + 4096 + 4, n = hivekit_get(b, p + count_at), step = is_keys ? 8 : 4, head,
	    to, from;

	head = is_keys ? 4 : 0;
	to = hivekit_cell(b, head + (n + 1) * step) + 4096 + 4;
	from = hivekit_get(b, p + list_at) + 4096 + 4;
	if (is_keys) {
		memcpy(b->p + to, "lh", 2);
		hivekit_set(b, to + 2, n + 1, 2);
	}
	if (n > 0)
		memcpy(b->p + to + head, b->p + from + head, n * step);
	hivekit_set(b, to + head + n * step, item, 4);
	hivekit_set(b, p + count_at, n + 1, 4);
	hivekit_set(b, p + list_at, to - 4096 - 4, 4);
}

/* The key of that path, made where it is not there. */
static inline uint32_t
hivekit_key(struct buf *b, const char *path)
{
	struct slice rest = slice_string(path), name;
	struct hive h = { .file = *b, .root = hivekit_get(b, 0x24) };
	struct hive_key key = hive_root(&h), next;
	char one[256];
	uint32_t made;

	while (slice_field(&rest, '\\', &name)) {
		memcpy(one, name.p, name.n);
		one[name.n] = '\0';
		h.file = *b;
		next = hive_find(&h, key, one);
		if (next.at == 0) {
			made = hivekit_new_key(b, name);
			hivekit_append(b, key.at, 0x14, 0x1C, made);
			hivekit_set(b, made + 4096 + 4 + 0x10, key.at, 4);
			next.at = made;
		}
		key = next;
	}
	return key.at;
}

static inline void
hivekit_value(struct buf *b, const char *path, const char *name, uint32_t type, struct slice data)
{
	uint32_t key = hivekit_key(b, path), value, at;
	size_t p;

	value = hivekit_cell(b, 0x14 + strlen(name));
	p = value + 4096 + 4;
	memcpy(b->p + p, "vk", 2);
	memcpy(b->p + p + 0x14, name, strlen(name));
	hivekit_set(b, p + 2, strlen(name), 2);
	hivekit_set(b, p + 0xC, type, 4);
	hivekit_set(b, p + 0x10, 1, 2);
	if (data.n <= 4) {
		hivekit_set(b, p + 4, data.n | 0x80000000u, 4);
		memcpy(b->p + p + 8, data.p, data.n);
	} else {
		at = hivekit_cell(b, data.n);
		memcpy(b->p + at + 4096 + 4, data.p, data.n);
		hivekit_set(b, p + 4, data.n, 4);
		hivekit_set(b, p + 8, at, 4);
	}
	hivekit_append(b, key, 0x24, 0x28, value);
}

/* A text of ASCII and Latin-1 in UTF-16, with the NUL behind it. */
static inline void
hivekit_text(struct buf *b, const char *path, const char *name, uint32_t type, const char *text)
{
	struct buf wide = BUF_EMPTY;
	size_t i;

	for (i = 0; i <= strlen(text); i++) {
		buf_add_byte(&wide, (unsigned char)text[i]);
		buf_add_byte(&wide, 0);
	}
	hivekit_value(b, path, name, type, buf_slice(&wide));
	buf_free(&wide);
}

/* Round it up to whole pages, as a hive on a disk is. */
static inline void
hivekit_end(struct buf *b)
{
	size_t n = (b->n + 4095) / 4096 * 4096 - b->n, at = b->n, i;
	uint32_t sum = 0;

	if (n > 0) {
		memset(buf_extend(b, n), 0, n);
		hivekit_set(b, at, n, 4);
	}
	hivekit_set(b, 4096 + 8, b->n - 4096, 4);
	hivekit_set(b, 0x28, b->n - 4096, 4);
	hivekit_set(b, 4, 1, 4);
	hivekit_set(b, 8, 1, 4);
	for (i = 0; i < 0x1FC; i += 4)
		sum ^= hivekit_get(b, i);
	hivekit_set(b, 0x1FC, sum, 4);
}

#endif
