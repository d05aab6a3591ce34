/* SPDX-License-Identifier: MIT */
#include "core/base/vec.h"

#include <stdint.h>
#include <string.h>

#define VEC_START 8

void *
vec_grow(void *items, size_t *cap, size_t n, size_t size)
{
	if (n >= *cap) {
		*cap = *cap > 0 ? *cap + *cap / 2 : VEC_START;
		/* SIZE_MAX bytes are never there: the overflow ends as out of memory. */
		items = mem_resize(items, *cap > SIZE_MAX / size ? SIZE_MAX : *cap * size);
	}
	memset((unsigned char *)items + n * size, 0, size);
	return items;
}
