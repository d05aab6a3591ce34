/* SPDX-License-Identifier: MIT */
#include "core/mail/message_internal.h"

#include <assert.h>

#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line with a label, then bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size), line = SLICE_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct buf out = BUF_EMPTY;
	const char *label;

	slice_line(&rest, &line);
	label = arena_string_of(&a, slice_chomp(line));
	charset_add_text(&out, rest, *label == '\0' ? NULL : label);
	assert(text_is_utf8(buf_slice(&out)));
	buf_free(&out);
	arena_free(&a);
	return 0;
}
