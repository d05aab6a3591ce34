/* SPDX-License-Identifier: MIT */
#include "core/mail/message_internal.h"

#include <assert.h>

#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values of fields: encoded words, parameters, dates. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "name", "filename", "charset", "boundary" };
	struct arena a = ARENA_EMPTY;
	struct buf out = BUF_EMPTY;
	const char *text = message_decode_text(slice_of(data, size), "koi8-r", &a);
	struct message m;
	size_t i;

	assert(text_is_utf8(slice_string(text)) && strpbrk(text, "\r\n\x1b") == NULL);
	for (i = 0; i < 4; i++)
		message_parameter(slice_of(data, size), names[i], i > 1, &a, &out);
	assert(out.n <= 4 * 3 * size);
	buf_clear(&out);
	buf_add_string(&out, "Date: ");
	buf_add_bytes(&out, data, size);
	message_open(buf_slice(&out), &a, &m);
	assert(m.date_source != DATE_NONE || m.date == 0);
	buf_free(&out);
	arena_free(&a);
	return 0;
}
