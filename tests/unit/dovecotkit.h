/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_DOVECOTKIT_H
#define TESTS_UNIT_DOVECOTKIT_H

#include "core/base/buf.h"

/* Writing index files and logs as Dovecot does, for the tests of its readers. */
static inline void
put16(struct buf *b, unsigned n)
{
	buf_add_byte(b, (unsigned char)n);
	buf_add_byte(b, (unsigned char)(n >> 8));
}

static inline void
put32(struct buf *b, uint32_t n)
{
	put16(b, n & 0xffff);
	put16(b, n >> 16);
}

static inline void
put_words(struct buf *b, const uint32_t *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put32(b, words[i]);
}

static inline void
put_log_head(struct buf *b, uint32_t seq)
{
	const uint32_t rest[] = { 77, seq, 0, 0, 0, 0, 0, 1 };

	buf_add_bytes(b, "\1\3\x28", 4);
	put_words(b, rest, 8);
	put32(b, 0);
}

/* One transaction; external ones are marked so by their maker. */
static inline void
put_record(struct buf *b, uint32_t type, struct slice payload)
{
	uint32_t size = (uint32_t)(payload.n + 8 + 3) / 4;

	buf_add_byte(b, (unsigned char)(0x80 | (size >> 21 & 0x7f)));
	buf_add_byte(b, (unsigned char)(0x80 | (size >> 14 & 0x7f)));
	buf_add_byte(b, (unsigned char)(0x80 | (size >> 7 & 0x7f)));
	buf_add_byte(b, (unsigned char)(0x80 | (size & 0x7f)));
	put32(b, type);
	buf_add(b, payload);
	while (b->n % 4 != 0)
		buf_add_byte(b, 0);
}

#define EXTERNAL 0x10000000u
#define WORDS(...) (const uint32_t[]){ __VA_ARGS__ }, \
    sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

static inline void
put_record_of(struct buf *b, uint32_t type, const uint32_t *words, size_t n)
{
	struct buf payload = BUF_EMPTY;

	put_words(&payload, words, n);
	put_record(b, type, buf_slice(&payload));
	buf_free(&payload);
}

static inline void
put_keyword(struct buf *b, unsigned how, const char *name, uint32_t uid1, uint32_t uid2)
{
	struct buf payload = BUF_EMPTY;

	put16(&payload, how);
	put16(&payload, (unsigned)strlen(name));
	buf_add_string(&payload, name);
	while (payload.n % 4 != 0)
		buf_add_byte(&payload, 0);
	put32(&payload, uid1);
	put32(&payload, uid2);
	put_record(b, 0x400 | EXTERNAL, buf_slice(&payload));
	buf_free(&payload);
}

static inline void
put_intro(struct buf *b, uint32_t id, const char *name, unsigned record_size)
{
	struct buf payload = BUF_EMPTY;

	put32(&payload, id);
	put32(&payload, 0);
	put32(&payload, 0);
	put16(&payload, record_size);
	put16(&payload, 4);
	put16(&payload, 0);
	put16(&payload, (unsigned)strlen(name));
	buf_add_string(&payload, name);
	put_record(b, 0x40 | EXTERNAL, buf_slice(&payload));
	buf_free(&payload);
}

/* A message as dbox stores it, and a file's first line. */
#define DBOX_HEAD "2 M1e C6b06ba30\n"

static inline void
put_dbox_message(struct buf *b, const char *old_uid, struct slice body, const char *metadata)
{
	buf_add_format(b, "\001\002N %8s %016zX\n", old_uid, body.n);
	buf_add(b, body);
	buf_add_format(b, "\n\001\003\n%s\n", metadata);
}

#endif
