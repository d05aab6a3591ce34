/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that belong to somebody else.  Dies with its owner. */
struct slice {
	const unsigned char *p;
	size_t n;
};

#define SLICE_EMPTY ((struct slice){ (const unsigned char *)"", 0 })
#define SLICE_OF(literal) ((struct slice){ (const unsigned char *)(literal), sizeof(literal) - 1 })

struct slice slice_of(const void *p, size_t n);
struct slice slice_string(const char *s);       /* s may be NULL: empty */
bool slice_equal(struct slice a, struct slice b);
bool slice_equal_nocase(struct slice a, struct slice b);        /* ASCII only */
int slice_compare(struct slice a, struct slice b);      /* as memcmp, the shorter first */
bool slice_is(struct slice a, const char *s);
bool slice_starts(struct slice a, const char *prefix);
bool slice_starts_nocase(struct slice a, const char *prefix);   /* ASCII only */
bool slice_ends(struct slice a, const char *suffix);
struct slice slice_sub(struct slice a, size_t from, size_t n);  /* clipped */
struct slice slice_from(struct slice a, size_t from);           /* clipped */
struct slice slice_trim(struct slice a);        /* ASCII blanks, CR and LF at both ends */
/* Offset of the first c at or after from; a.n where there is none. */
size_t slice_find(struct slice a, size_t from, unsigned char c);
size_t slice_find_bytes(struct slice a, size_t from, struct slice needle);
/* Take the next line off *rest, its LF included (the last may have none).
 * False at the end. */
bool slice_line(struct slice *rest, struct slice *line);
/* The line without its CRLF or LF. */
struct slice slice_chomp(struct slice line);
/* The next run of bytes up to sep, taken off *rest; false at the end. */
bool slice_field(struct slice *rest, unsigned char sep, struct slice *field);
/* Decimal or hexadecimal digits and nothing else; false when not so or over max. */
bool slice_number(struct slice a, uint64_t max, uint64_t *out);
bool slice_hex_number(struct slice a, uint64_t max, uint64_t *out);

/*
 * Bytes of our own that grow.  p is never NULL once something was put in and
 * p[n] is always 0, so that text can be printed; the bytes may hold NUL all
 * the same.  Start with BUF_EMPTY, end with buf_free().
 */
struct buf {
	unsigned char *p;
	size_t n;
	size_t cap;
};

#define BUF_EMPTY { NULL, 0, 0 }

void buf_free(struct buf *b);           /* leaves it empty and usable */
void buf_clear(struct buf *b);          /* keeps the memory */
void buf_reserve(struct buf *b, size_t more);
unsigned char *buf_extend(struct buf *b, size_t more);  /* n grows; the new bytes are not set */
void buf_truncate(struct buf *b, size_t n);
void buf_add(struct buf *b, struct slice s);
void buf_add_bytes(struct buf *b, const void *p, size_t n);
void buf_add_byte(struct buf *b, unsigned char c);
void buf_add_string(struct buf *b, const char *s);
void buf_add_format(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_add_u64(struct buf *b, uint64_t v);    /* decimal */
void buf_set(struct buf *b, struct slice s);
void buf_take(struct buf *to, struct buf *from);        /* frees to, empties from */
struct slice buf_slice(const struct buf *b);
const char *buf_text(const struct buf *b);      /* NUL-terminated, "" when empty */
char *buf_detach(struct buf *b);        /* the caller mem_free()s; b is empty after */

/*
 * Reading foreign bytes: past the end nothing is yielded and bad is set, so
 * that a parser checks once, at its end.
 */
struct cursor {
	const unsigned char *p;
	size_t n;       /* left */
	bool bad;
};

struct cursor cursor_of(struct slice s);
struct slice cursor_take(struct cursor *c, size_t n);
unsigned char cursor_byte(struct cursor *c);
uint16_t cursor_le16(struct cursor *c);
uint32_t cursor_le32(struct cursor *c);
uint64_t cursor_le64(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);
void cursor_skip(struct cursor *c, size_t n);

#endif
