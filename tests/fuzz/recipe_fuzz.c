/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "core/mail/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rests of a good recipe are all that stands behind its lines. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	struct recipe recipe;
	size_t i, rest = 0;

	if (recipe_parse(slice_of(data, size), &a, &recipe, &err) == 0) {
		for (i = 0; i < recipe.n; i++) {
			buf_clear(&out);
			recipe_add(&recipe.steps[i], slice_of(data, size < 200 ? size : 200), &out);
			rest += recipe.steps[i].rest.n;
		}
		assert(rest <= size && slice_find_bytes(slice_of(data, size), 0, SLICE_OF("\n\n")) ==
		    size - rest - 2);
	}
	buf_free(&out);
	arena_free(&a);
	return 0;
}
