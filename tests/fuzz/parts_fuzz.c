/* SPDX-License-Identifier: MIT */
#include "core/mail/parts.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Split and rejoined, the bytes are the same; other recipes are refused. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice message = slice_of(data, size);
	struct split split = SPLIT_EMPTY;
	struct recipe recipe;
	struct arena a = ARENA_EMPTY;
	struct buf out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i, part = 0;

	parts_split(message, &a, &split);
	if (split.part_count > 0) {
		assert(recipe_parse(buf_slice(&split.object), &a, &recipe, &err) == 0);
		for (i = 0; i < recipe.n; i++)
			recipe_add(&recipe.steps[i], recipe.steps[i].op == RECIPE_BASE64
			    ? split.parts[part++].bytes : SLICE_EMPTY, &out);
		assert(part == split.part_count && slice_equal(buf_slice(&out), message));
		parts_view(message, &split, &out);
	}
	assert(recipe_parse(message, &a, &recipe, &err) < 0 || recipe.n <= size);
	split_free(&split);
	buf_free(&out);
	arena_free(&a);
	return 0;
}
