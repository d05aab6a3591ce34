/* SPDX-License-Identifier: MIT */
#include "core/mail/header.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fields lie behind one another, and inside. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size), before = rest;
	struct header_field field;

	while (header_next(&rest, &field)) {
		assert(field.raw.p == before.p && field.raw.n > field.name.n);
		assert(field.raw.n + rest.n == before.n && rest.p == before.p + field.raw.n);
		before = rest;
	}
	assert(header_end(slice_of(data, size)) <= size);
	header_find(slice_of(data, size), "Subject", &field);
	return 0;
}
