/* SPDX-License-Identifier: MIT */
#include "core/base/buf.h"

#include <assert.h>
#include <stdio.h>

#include "core/base/mem.h"

#define BUF_START 64

struct slice
slice_of(const void *p, size_t n)
{
	return p != NULL ? (struct slice){ p, n } : SLICE_EMPTY;
}

struct slice
slice_string(const char *s)
{
	return s != NULL ? (struct slice){ (const unsigned char *)s, strlen(s) } : SLICE_EMPTY;
}

bool
slice_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

bool
slice_equal_nocase(struct slice a, struct slice b)
{
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int
slice_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool
slice_is(struct slice a, const char *s)
{
	return slice_equal(a, slice_string(s));
}

bool
slice_starts(struct slice a, const char *prefix)
{
	struct slice want = slice_string(prefix);

	return a.n >= want.n && slice_equal(slice_sub(a, 0, want.n), want);
}

bool
slice_starts_nocase(struct slice a, const char *prefix)
{
	struct slice want = slice_string(prefix);

	return a.n >= want.n && slice_equal_nocase(slice_sub(a, 0, want.n), want);
}

bool
slice_ends(struct slice a, const char *suffix)
{
	struct slice want = slice_string(suffix);

	return a.n >= want.n && slice_equal(slice_from(a, a.n - want.n), want);
}

struct slice
slice_sub(struct slice a, size_t from, size_t n)
{
	if (from > a.n)
		from = a.n;
	if (n > a.n - from)
		n = a.n - from;
	return (struct slice){ from > 0 ? a.p + from : a.p, n };
}

struct slice
slice_from(struct slice a, size_t from)
{
	return slice_sub(a, from, a.n);
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice a)
{
	while (a.n > 0 && is_blank(a.p[a.n - 1]))
		a.n--;
	while (a.n > 0 && is_blank(a.p[0])) {
		a.p++;
		a.n--;
	}
	return a;
}

size_t
slice_find(struct slice a, size_t from, unsigned char c)
{
	const unsigned char *hit;

	if (from >= a.n)
		return a.n;
	hit = memchr(a.p + from, c, a.n - from);
	return hit != NULL ? (size_t)(hit - a.p) : a.n;
}

size_t
slice_find_bytes(struct slice a, size_t from, struct slice needle)
{
	const unsigned char *hit;

	if (from >= a.n)
		return a.n;
	hit = memmem(a.p + from, a.n - from, needle.p, needle.n);
	return hit != NULL ? (size_t)(hit - a.p) : a.n;
}

bool
slice_line(struct slice *rest, struct slice *line)
{
	const unsigned char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = end != NULL ? (size_t)(end - rest->p) + 1 : rest->n;
	rest->p += line->n;
	rest->n -= line->n;
	return true;
}

struct slice
slice_chomp(struct slice line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n') {
		line.n--;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
	}
	return line;
}

bool
slice_field(struct slice *rest, unsigned char sep, struct slice *field)
{
	size_t end;

	if (rest->n == 0)
		return false;
	end = slice_find(*rest, 0, sep);
	*field = slice_sub(*rest, 0, end);
	*rest = slice_from(*rest, end < rest->n ? end + 1 : end);
	return true;
}

static unsigned
digit_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - (unsigned)'0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 : 16;
}

static bool
number(struct slice a, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	unsigned digit;
	size_t i;

	if (a.n == 0)
		return false;
	for (i = 0; i < a.n; i++) {
		digit = digit_value(a.p[i]);
		if (digit >= base || digit > max || v > (max - digit) / base)
			return false;
		v = v * base + digit;
	}
	*out = v;
	return true;
}

bool
slice_number(struct slice a, uint64_t max, uint64_t *out)
{
	return number(a, 10, max, out);
}

bool
slice_hex_number(struct slice a, uint64_t max, uint64_t *out)
{
	return number(a, 16, max, out);
}

void
buf_free(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf)BUF_EMPTY;
}

void
buf_clear(struct buf *b)
{
	buf_truncate(b, 0);
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t cap;

	if (more < b->cap - b->n)
		return;
	cap = b->cap + b->cap / 2;
	if (cap < BUF_START)
		cap = BUF_START;
	if (more >= SIZE_MAX - b->n)
		cap = SIZE_MAX;         /* never there: ends as out of memory */
	else if (cap <= b->n + more)
		cap = b->n + more + 1;
	b->p = mem_resize(b->p, cap);
	b->p[b->n] = '\0';
	b->cap = cap;
}

unsigned char *
buf_extend(struct buf *b, size_t more)
{
	unsigned char *p;

	buf_reserve(b, more);
	p = b->p + b->n;
	b->n += more;
	b->p[b->n] = '\0';
	return p;
}

void
buf_truncate(struct buf *b, size_t n)
{
	assert(n <= b->n);
	b->n = n;
	if (b->p != NULL)
		b->p[n] = '\0';
}

void
buf_add(struct buf *b, struct slice s)
{
	buf_add_bytes(b, s.p, s.n);
}

void
buf_add_bytes(struct buf *b, const void *p, size_t n)
{
	if (n > 0)
		memcpy(buf_extend(b, n), p, n);
}

void
buf_add_byte(struct buf *b, unsigned char c)
{
	*buf_extend(b, 1) = c;
}

void
buf_add_string(struct buf *b, const char *s)
{
	buf_add_bytes(b, s, strlen(s));
}

void
buf_add_format(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(n >= 0);
	buf_reserve(b, (size_t)n);
	va_start(args, fmt);
	vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, args);
	va_end(args);
	b->n += (size_t)n;
}

void
buf_add_u64(struct buf *b, uint64_t v)
{
	unsigned char digits[20], *p = digits + sizeof(digits);

	do {
		*--p = (unsigned char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	buf_add_bytes(b, p, (size_t)(digits + sizeof(digits) - p));
}

/* s may lie inside b. */
void
buf_set(struct buf *b, struct slice s)
{
	if (s.n >= b->cap) {
		buf_clear(b);
		buf_reserve(b, s.n);
	}
	if (s.n > 0)
		memmove(b->p, s.p, s.n);
	b->n = s.n;
	b->p[s.n] = '\0';
}

void
buf_take(struct buf *to, struct buf *from)
{
	buf_free(to);
	*to = *from;
	*from = (struct buf)BUF_EMPTY;
}

struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->p, b->n);
}

const char *
buf_text(const struct buf *b)
{
	return b->p != NULL ? (const char *)b->p : "";
}

char *
buf_detach(struct buf *b)
{
	char *text;

	buf_reserve(b, 0);
	text = (char *)b->p;
	*b = (struct buf)BUF_EMPTY;
	return text;
}

struct cursor
cursor_of(struct slice s)
{
	return (struct cursor){ s.p, s.n, false };
}

struct slice
cursor_take(struct cursor *c, size_t n)
{
	struct slice taken;

	if (n > c->n) {
		c->bad = true;
		c->n = 0;
		return SLICE_EMPTY;
	}
	taken = slice_of(c->p, n);
	c->p += n;
	c->n -= n;
	return taken;
}

static uint64_t
take_le(struct cursor *c, unsigned bytes)
{
	struct slice s = cursor_take(c, bytes);
	uint64_t v = 0;
	size_t i;

	for (i = s.n; i > 0; i--)
		v = v << 8 | s.p[i - 1];
	return v;
}

static uint64_t
take_be(struct cursor *c, unsigned bytes)
{
	struct slice s = cursor_take(c, bytes);
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

unsigned char
cursor_byte(struct cursor *c)
{
	return (unsigned char)take_le(c, 1);
}

uint16_t
cursor_le16(struct cursor *c)
{
	return (uint16_t)take_le(c, 2);
}

uint32_t
cursor_le32(struct cursor *c)
{
	return (uint32_t)take_le(c, 4);
}

uint64_t
cursor_le64(struct cursor *c)
{
	return take_le(c, 8);
}

uint16_t
cursor_be16(struct cursor *c)
{
	return (uint16_t)take_be(c, 2);
}

uint32_t
cursor_be32(struct cursor *c)
{
	return (uint32_t)take_be(c, 4);
}

void
cursor_skip(struct cursor *c, size_t n)
{
	cursor_take(c, n);
}
