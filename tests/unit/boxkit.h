/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_BOXKIT_H
#define TESTS_UNIT_BOXKIT_H

#include "tests/unit/formatkit.h"

/* Files of messages one behind the other, in pieces. */

static struct buf box;          /* the one being made */

static inline void
box_le(uint64_t value, size_t bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		buf_add_byte(&box, (unsigned char)value);
}

static inline void
box_be(uint64_t value, size_t bytes)
{
	while (bytes-- > 0)
		buf_add_byte(&box, bytes < 8 ? (unsigned char)(value >> bytes * 8) : 0);
}

/* n bytes of which s are the first. */
static inline void
box_field(const char *s, size_t n)
{
	size_t i, have = strlen(s);

	for (i = 0; i < n; i++)
		buf_add_byte(&box, i < have ? (unsigned char)s[i] : 0);
}

/* Write it, and begin another one. */
static inline void
box_write(const char *relative)
{
	kit_write_bytes(relative, buf_slice(&box));
	buf_clear(&box);
}

/* Whatever is cut off a file, or changed in it: what is read of it is what is
 * left, byte for byte, and no byte more is asked for. */
static inline void
box_survives(const struct format_ops *ops, const char *relative)
{
	struct buf whole = BUF_EMPTY;
	size_t n, bad = 0;

	if (file_read_all(kit_path(relative), 1 << 20, &whole, &kit.err) < 0)
		T(false, "%s", kit.err.text);
	for (n = 0; n <= whole.n * 2; n++) {
		struct slice part = slice_sub(buf_slice(&whole), 0, n <= whole.n ? n : whole.n);

		if (n > whole.n)
			whole.p[n - whole.n - 1] ^= 0x80;
		kit_write_bytes(relative, part);
		if (!kit_open(ops, relative, "plain") || (part.n > 0 && kit_read(0) == 0 &&
		    !slice_equal(kit_joined(), part)))
			bad++;
		if (n > whole.n)
			whole.p[n - whole.n - 1] ^= 0x80;
	}
	T(bad == 0, "%s: %zu of %zu damaged files", relative, bad, n);
	kit_write_bytes(relative, buf_slice(&whole));
	buf_free(&whole);
}

static inline int
box_done(void)
{
	kit_end();
	buf_free(&box);
	return t_done();
}

#endif
