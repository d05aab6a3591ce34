/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_DBXKIT_H
#define TESTS_UNIT_DBXKIT_H

#include "core/base/buf.h"

/* Folders of Outlook Express, as small as they can be: see dbx.c. */
enum { DBXKIT_HEAD = 0x24BC, DBXKIT_TEXT = 64 };

static inline void
dbxkit_set(struct buf *b, size_t at, uint64_t v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		b->p[at + i] = (unsigned char)(v >> 8 * i);
}

static inline uint32_t
dbxkit_room(struct buf *b, size_t n)
{
	size_t at = b->n;

	memset(buf_extend(b, n), 0, n);
	return (uint32_t)at;
}

static inline void
dbxkit_head(struct buf *b, unsigned declared)
{
	buf_clear(b);
	dbxkit_room(b, DBXKIT_HEAD);
	memcpy(b->p, "\xCF\xAD\x12\xFE\xC5\xFD\x74\x6F", 8);
	dbxkit_set(b, 0xC4, declared, 4);
}

/* The same of a list of folders. */
static inline void
dbxkit_list_head(struct buf *b, unsigned declared)
{
	dbxkit_head(b, declared);
	b->p[4] = 0xC6;
}

/* The text in blocks of DBXKIT_TEXT; where it begins. */
static inline uint32_t
dbxkit_text(struct buf *b, const char *text)
{
	uint32_t first = 0, at, before = 0;
	size_t left = strlen(text), n;

	for (; left > 0; text += n, left -= n) {
		n = left < DBXKIT_TEXT ? left : DBXKIT_TEXT;
		at = dbxkit_room(b, 16 + DBXKIT_TEXT);
		dbxkit_set(b, at, at, 4);
		dbxkit_set(b, at + 4, DBXKIT_TEXT, 4);
		dbxkit_set(b, at + 8, n, 2);
		memcpy(b->p + at + 16, text, n);
		if (before != 0)
			dbxkit_set(b, before + 12, at, 4);
		else
			first = at;
		before = at;
	}
	return first;
}

/* A record with a flags value, a time received, and where the text is: 0, nowhere. */
static inline uint32_t
dbxkit_record(struct buf *b, uint32_t flags, uint64_t received, uint32_t text)
{
	uint32_t at = dbxkit_room(b, 12 + 12 + 12);

	dbxkit_set(b, at, at, 4);
	dbxkit_set(b, at + 4, 24, 4);
	b->p[at + 10] = 3;
	b->p[at + 12] = 0x81;
	dbxkit_set(b, at + 13, flags, 3);
	b->p[at + 16] = 0x12;
	b->p[at + 20] = 0x04;
	b->p[at + 21] = 8;
	dbxkit_set(b, at + 24, received, 8);
	dbxkit_set(b, at + 32, text, 4);
	return at;
}

/* A record of the list of folders: number, parent, and, where not NULL, the
 * name, the file, and what kind of root it is. */
static inline uint32_t
dbxkit_folder(struct buf *b, uint32_t id, uint32_t parent, const char *name, const char *file,
    const char *root)
{
	const char *const texts[] = { name, file, root };
	const unsigned char tags[] = { 2, 3, 5 };
	struct buf data = BUF_EMPTY;
	uint32_t at = dbxkit_room(b, 12 + 5 * 4);
	size_t i, n = 2;

	dbxkit_set(b, at + 12, 0x80 | id << 8, 4);
	dbxkit_set(b, at + 16, 0x81 | parent << 8, 4);
	/* All five are there: a text that is not is an empty one. */
	for (i = 0; i < 3; i++, n++) {
		dbxkit_set(b, at + 12 + n * 4, tags[i] | data.n << 8, 4);
		buf_add_string(&data, texts[i] != NULL ? texts[i] : "");
		buf_add_byte(&data, 0);
	}
	while (data.n % 4 != 0)
		buf_add_byte(&data, 0);
	buf_add(b, buf_slice(&data));
	dbxkit_set(b, at, at, 4);
	dbxkit_set(b, at + 4, 5 * 4 + data.n, 4);
	b->p[at + 10] = 5;
	buf_free(&data);
	return at;
}

/* A node: its first child, then records with a child each. */
static inline uint32_t
dbxkit_node(struct buf *b, uint32_t first, const uint32_t (*entries)[2], unsigned n)
{
	uint32_t at = dbxkit_room(b, 24 + 12 * n);
	unsigned i;

	dbxkit_set(b, at, at, 4);
	dbxkit_set(b, at + 8, first, 4);
	b->p[at + 17] = (unsigned char)n;
	for (i = 0; i < n; i++) {
		dbxkit_set(b, at + 24 + 12 * i, entries[i][0], 4);
		dbxkit_set(b, at + 28 + 12 * i, entries[i][1], 4);
	}
	return at;
}

#endif
