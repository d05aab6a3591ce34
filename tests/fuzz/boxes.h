/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_BOXES_H
#define TESTS_FUZZ_BOXES_H

#include "tests/fuzz/store.h"

/*
 * A store that is a directory of one mailbox and one other file: the first two
 * bytes say how long the other one is, which comes next.
 */
static inline void
fuzz_boxes(const struct format_ops *ops, const uint8_t *data, size_t size, const char *box,
    const char *other)
{
	struct arena a = ARENA_EMPTY;
	const char *store = path_join(&a, fuzz_home(&a), "store");
	struct slice all = slice_of(data, size), rest = slice_from(all, 2);
	size_t n = size < 2 ? 0 : (size_t)data[0] | (size_t)data[1] << 8;

	fuzz_write(path_join(&a, store, other), slice_sub(rest, 0, n));
	fuzz_write(path_join(&a, store, box), slice_from(rest, n));
	fuzz_read(ops, store, "plain", NULL);
	fuzz_read(ops, path_join(&a, store, box), "plain", NULL);
	arena_free(&a);
}

#endif
