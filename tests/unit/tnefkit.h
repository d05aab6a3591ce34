/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_TNEFKIT_H
#define TESTS_UNIT_TNEFKIT_H

#include "core/base/buf.h"

/* TNEF streams, as small as they can be: see tnef.c. */

static inline void
tnefkit_number(struct buf *b, uint64_t v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		buf_add_byte(b, (unsigned char)(v >> 8 * i));
}

static inline void
tnefkit_begin(struct buf *b)
{
	buf_clear(b);
	buf_add(b, SLICE_OF("\x78\x9f\x3e\x22\1\0"));
}

static inline void
tnefkit_attribute(struct buf *b, unsigned level, uint32_t id, struct slice data)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < data.n; i++)
		sum += data.p[i];
	buf_add_byte(b, (unsigned char)level);
	tnefkit_number(b, id, 4);
	tnefkit_number(b, data.n, 4);
	buf_add(b, data);
	tnefkit_number(b, sum, 2);
}

/* Properties are put one behind the other into a buffer of their own, which
 * begins with their number. */
static inline void
tnefkit_property(struct buf *b, unsigned type, unsigned id, struct slice value)
{
	if (b->n == 0)
		tnefkit_number(b, 0, 4);
	b->p[0]++;
	tnefkit_number(b, type, 2);
	tnefkit_number(b, id, 2);
	if (type == 0x03) {
		buf_add(b, value);
		return;
	}
	tnefkit_number(b, 1, 4);
	tnefkit_number(b, value.n, 4);
	buf_add(b, value);
	while (b->n % 4 != 0)
		buf_add_byte(b, 0);
}

#endif
