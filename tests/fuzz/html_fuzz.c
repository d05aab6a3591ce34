/* SPDX-License-Identifier: MIT */
#include "core/mail/message.h"

#include <assert.h>

#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Text comes out, on lines without blanks at their ends. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf html = BUF_EMPTY, out = BUF_EMPTY;

	text_add_utf8(&html, slice_of(data, size));
	html_add_text(buf_slice(&html), 1000, &out);
	assert(out.n <= 1000 && text_is_utf8(buf_slice(&out)));
	buf_clear(&out);
	html_add_text(buf_slice(&html), SIZE_MAX / 2, &out);
	assert(text_is_utf8(buf_slice(&out)) && out.n <= 2 * html.n + 1);
	assert(slice_find_bytes(buf_slice(&out), 0, SLICE_OF(" \n")) == out.n);
	buf_free(&html);
	buf_free(&out);
	return 0;
}
