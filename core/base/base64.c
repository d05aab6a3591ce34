/* SPDX-License-Identifier: MIT */
#include "core/base/base64.h"

#include "core/base/base64_vector.h"

#define PAIRS 4096
#define BAD 0xff                /* in the fourth byte of a decode entry */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/*
 * pairs[v] holds the two characters of 12 bits.  decode[i][c] holds what the
 * i-th character of a quadruple gives to its three bytes, in the order of
 * memory: the four entries or-ed together are the bytes, and a fourth byte
 * that tells whether one was not of the alphabet.
 */
static uint16_t pairs[PAIRS];
static uint32_t decode[4][256];

__attribute__((constructor)) static void
fill(void)
{
	unsigned char bytes[4];
	unsigned i, c, v;

	for (v = 0; v < PAIRS; v++) {
		bytes[0] = (unsigned char)alphabet[v >> 6];
		bytes[1] = (unsigned char)alphabet[v & 63];
		memcpy(&pairs[v], bytes, 2);
	}
	for (i = 0; i < 4; i++) {
		memset(bytes, 0, 4);
		bytes[3] = BAD;
		for (c = 0; c < 256; c++)
			memcpy(&decode[i][c], bytes, 4);
		for (v = 0; v < 64; v++) {
			uint32_t bits = (uint32_t)v << (18 - 6 * i);

			bytes[0] = (unsigned char)(bits >> 16);
			bytes[1] = (unsigned char)(bits >> 8);
			bytes[2] = (unsigned char)bits;
			bytes[3] = 0;
			memcpy(&decode[i][(unsigned char)alphabet[v]], bytes, 4);
		}
	}
}

static unsigned char *
put_pair(unsigned char *to, unsigned bits)
{
	memcpy(to, &pairs[bits & (PAIRS - 1)], 2);
	return to + 2;
}

static uint64_t
get_be64(const unsigned char *p)
{
	uint64_t v;
	unsigned i;

	for (v = 0, i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Returns behind what was written. */
static unsigned char *
encode(const unsigned char *p, size_t n, unsigned char *to)
{
	size_t done = base64_vector_encode(p, n, to);
	uint64_t bits;
	uint32_t few;

	p += done;
	n -= done;
	to += done / 3 * 4;
	/* Six bytes a turn; eight are read. */
	for (; n >= 8; n -= 6, p += 6) {
		bits = get_be64(p);
		to = put_pair(to, (unsigned)(bits >> 52));
		to = put_pair(to, (unsigned)(bits >> 40));
		to = put_pair(to, (unsigned)(bits >> 28));
		to = put_pair(to, (unsigned)(bits >> 16));
	}
	for (; n >= 3; n -= 3, p += 3) {
		few = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		to = put_pair(to, few >> 12);
		to = put_pair(to, few);
	}
	if (n > 0) {
		few = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0);
		to = put_pair(to, few >> 12);
		to = put_pair(to, few);
		memset(to - (3 - n), '=', 3 - n);
	}
	return to;
}

void
base64_encode(struct slice plain, struct buf *out)
{
	encode(plain.p, plain.n, buf_extend(out, (plain.n + 2) / 3 * 4));
}

void
base64_encode_lines(struct slice plain, unsigned width, const char *eol, struct buf *out)
{
	size_t step = width / 4 * 3, eol_n = strlen(eol);
	size_t lines = (plain.n + step - 1) / step;
	unsigned char *to;

	if (lines == 0)
		return;
	to = buf_extend(out, (plain.n + 2) / 3 * 4 + (lines - 1) * eol_n);
	for (; plain.n > step; plain.p += step, plain.n -= step) {
		to = encode(plain.p, step, to);
		memcpy(to, eol, eol_n);
		to += eol_n;
	}
	encode(plain.p, plain.n, to);
}

static uint32_t
quadruple(const unsigned char *p)
{
	return decode[0][p[0]] | decode[1][p[1]] | decode[2][p[2]] | decode[3][p[3]];
}

static bool
is_bad(uint32_t entries)
{
	unsigned char bytes[4];

	memcpy(bytes, &entries, 4);
	return bytes[3] != 0;
}

/* The last quadruple, which may be padded.  -1, or how many bytes it gave. */
static int
decode_last(const unsigned char *p, unsigned char *to)
{
	unsigned char whole[4], bytes[4];
	uint32_t entries;
	int n = p[3] != '=' ? 3 : p[2] != '=' ? 2 : 1;

	memcpy(whole, p, 4);
	memset(whole + n + 1, 'A', 3 - (size_t)n);
	entries = quadruple(whole);
	memcpy(bytes, &entries, 4);
	if (bytes[3] != 0 || (n < 3 && bytes[n] != 0))
		return -1;
	memcpy(to, bytes, (size_t)n);
	return n;
}

bool
base64_decode(struct slice text, struct buf *out)
{
	const unsigned char *p = text.p, *last;
	unsigned char *to;
	uint32_t entries, all = 0;
	size_t done;
	int n;

	if (text.n % 4 != 0)
		return false;
	if (text.n == 0)
		return true;
	last = p + text.n - 4;
	buf_reserve(out, text.n / 4 * 3 + 1);   /* four are written for each three */
	to = out->p + out->n;
	done = base64_vector_decode(p, (size_t)(last - p), to);
	p += done;
	to += done / 4 * 3;
	for (; p < last; p += 4, to += 3) {
		entries = quadruple(p);
		memcpy(to, &entries, 4);
		all |= entries;
	}
	n = is_bad(all) ? -1 : decode_last(p, to);
	if (n < 0) {
		buf_truncate(out, out->n);
		return false;
	}
	buf_extend(out, (size_t)(to - out->p) - out->n + (size_t)n);
	return true;
}

size_t
base64_span(struct slice text)
{
	size_t n = base64_vector_span(text.p, text.n);

	while (n < text.n && !is_bad(decode[0][text.p[n]]))
		n++;
	return n;
}
