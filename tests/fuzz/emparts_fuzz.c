/* SPDX-License-Identifier: MIT */
#include "backends/formats/emparts.h"

#include <assert.h>
#include <string.h>

#include "core/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PARTS 16

/* Name, header and body of each part, with a byte 0 behind each: built twice,
 * it is the same, and holds no more than was given and what parts parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct em_part parts[PARTS];
	struct buf one = BUF_EMPTY, two = BUF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct slice rest = slice_of(data, size), name;
	size_t n = 0;

	while (n < PARTS && slice_field(&rest, 0, &name)) {
		parts[n] = (struct em_part){ arena_string_of(&a, name), SLICE_EMPTY, SLICE_EMPTY };
		slice_field(&rest, 0, &parts[n].header);
		slice_field(&rest, 0, &parts[n].body);
		n++;
	}
	assert(em_message_build(parts, n, &one) == em_message_build(parts, n, &two));
	assert(slice_equal(buf_slice(&one), buf_slice(&two)));
	buf_free(&one);
	buf_free(&two);
	arena_free(&a);
	return 0;
}
