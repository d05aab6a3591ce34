/* SPDX-License-Identifier: MIT */
/* winmail.dat, alone and in a message */
#include "core/mail/tnef.h"
#include "core/base/arena.h"
#include "core/mail/message.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_ready;
	struct slice stream = slice_of(data, size);
	struct tnef t = TNEF_EMPTY;
	struct arena a = ARENA_EMPTY;
	struct buf raw = BUF_EMPTY, out = BUF_EMPTY;
	struct message m;
	size_t i;

	if (!is_ready)
		mail_init();
	is_ready = true;
	tnef_read(stream, &a, &t);
	for (i = 0; i < t.n; i++)
		assert(t.items[i].at <= size && t.items[i].n <= size - t.items[i].at);
	tnef_free(&t);
	buf_add_string(&raw, "Content-Type: application/ms-tnef\n\n");
	buf_add(&raw, stream);
	message_open(buf_slice(&raw), &a, &m);
	message_add_text(&m, false, 65536, &out);
	for (i = 0; i < m.part_count; i++) {
		buf_clear(&out);
		message_add_part(&m, i, 65536, &out);
		if (!m.parts[i].is_packed)
			assert(out.n == (m.parts[i].n < 65536 ? m.parts[i].n : 65536));
	}
	message_close(&m);
	buf_free(&raw);
	buf_free(&out);
	arena_free(&a);
	return 0;
}
