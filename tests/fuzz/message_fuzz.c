/* SPDX-License-Identifier: MIT */
#include "core/mail/message.h"

#include <assert.h>

#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *s)
{
	assert(text_is_utf8(slice_string(s)) && strpbrk(s, "\r\n\x1b") == NULL);
}

/* Whatever it is, it reads as text, and its parts lie inside. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct buf out = BUF_EMPTY;
	struct message m;
	size_t i;

	message_open(slice_of(data, size), &a, &m);
	check(m.subject), check(m.from), check(m.to), check(m.message_id), check(m.references);
	for (i = 0; i < m.part_count; i++) {
		assert(m.parts[i].at <= size && m.parts[i].n <= size - m.parts[i].at);
		check(m.parts[i].name ? m.parts[i].name : "");
		buf_clear(&out);
		message_add_part(&m, i, 100000, &out);
		assert(out.n == 100000 || out.n == message_part_size(&m, i));
	}
	buf_clear(&out);
	message_add_text(&m, false, 5000, &out);
	assert(out.n <= 5000 && text_is_utf8(buf_slice(&out)));
	buf_free(&out);
	arena_free(&a);
	return 0;
}
