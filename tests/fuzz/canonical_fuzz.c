/* SPDX-License-Identifier: MIT */
#include "core/mail/canonical.h"

#include <assert.h>

#include "core/mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken off, put back, gives the same bytes.  Four bytes say what the
 * reader of a format would. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct framing framing = { 0 };
	struct placement p = { .dead = false };
	struct buf message = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct slice stored = slice_from(slice_of(data, size), 4);

	if (size >= 4)
		framing = (struct framing){ .lead = data[0], .trail = data[1],
			.quoting = (enum quoting)(data[2] % 3), .decor = data[3],
			.gap_at = data[0] + data[2] / 3, .gap = data[2] / 3 };
	canonical_take(stored, &framing, &a, &message, &p);
	assert(placement_rejoin(&p, buf_slice(&message), &out, &err) == 0);
	assert(slice_equal(buf_slice(&out), stored) && p.stored_size == stored.n);
	canonical_take_head(slice_sub(stored, 0, stored.n / 2), stored.n, &framing, &a, &p);
	canonical_take_head(stored, stored.n, &framing, &a, &p);
	buf_free(&message);
	buf_free(&out);
	arena_free(&a);
	return 0;
}
