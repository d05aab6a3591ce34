/* SPDX-License-Identifier: MIT */
#include "backends/formats/lz4.h"

/*
 * A block is sequences: a byte of two lengths, the literals, how far back (16
 * bits) there is a run to repeat.  A length of 15 goes on in the bytes that
 * follow, up to one that is not 255.  The last sequence ends behind its
 * literals.
 */
#define RUN_MIN 4u
#define GOES_ON 15u

static bool
read_length(struct cursor *c, size_t first, size_t *out)
{
	unsigned char more = 255;

	*out = first;
	while (first == GOES_ON && more == 255) {
		more = cursor_byte(c);
		*out += more;
	}
	return !c->bad;
}

bool
lz4_expand(struct slice block, size_t max, struct buf *out)
{
	struct cursor c = cursor_of(block);
	size_t begin = out->n, literals, run, back, i;
	unsigned char token;

	while (c.n > 0) {
		token = cursor_byte(&c);
		if (!read_length(&c, token >> 4, &literals) ||
		    literals > max - (out->n - begin))
			return false;
		buf_add(out, cursor_take(&c, literals));
		if (c.n == 0)
			return !c.bad;
		back = cursor_le16(&c);
		if (!read_length(&c, token & 15u, &run))
			return false;
		run += RUN_MIN;
		if (back == 0 || back > out->n - begin || run > max - (out->n - begin))
			return false;
		/* Byte by byte: what is repeated may be what is being written. */
		buf_reserve(out, run);
		for (i = 0; i < run; i++)
			buf_add_byte(out, out->p[out->n - back]);
	}
	return false;
}
