/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "core/archive/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lines of a placement, written down again, are the same placement. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf what = BUF_EMPTY, state = BUF_EMPTY, one = BUF_EMPTY, two = BUF_EMPTY;
	struct slice rest = slice_of(data, size), line = SLICE_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct placement p, q;

	slice_line(&rest, &line);
	if (placement_parse(line, rest, &a, &p, &err) == 0) {
		placement_add_what(&what, &p);
		placement_add_state(&state, &p);
		assert(placement_parse(buf_slice(&what), buf_slice(&state), &a, &q, &err) == 0);
		assert(placement_rejoin(&p, line, &one, &err) == placement_rejoin(&q, line, &two, &err));
		assert(slice_equal(buf_slice(&one), buf_slice(&two)) && p.flags == q.flags);
	}
	buf_free(&what);
	buf_free(&state);
	buf_free(&one);
	buf_free(&two);
	arena_free(&a);
	return 0;
}
