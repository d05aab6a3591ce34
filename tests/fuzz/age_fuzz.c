/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "core/archive/age.h"
#include "tests/fuzz/fuzzkit.h"

#define IDENTITY "AGE-SECRET-KEY-1RM4MY8ZY7C32S8DKG5XDX3C0H2T0YLX3QVJGKKXRC8SKV5E0XTHQ2GLFDU"

/*
 * A file as somebody sends it, and a key as somebody types it.  What a header
 * says is all of it before the chunks; what is read whole is what is read
 * chunk by chunk.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice file = slice_of(data, size), chunks, chunk;
	struct buf whole = BUF_EMPTY, parts = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct age_reader *r = age_reader_open();
	struct age_identity id;
	struct age_recipient to;
	struct age_file f;
	uint64_t number = 0;

	if (age_recipient_parse(file, &to)) {
		age_recipient_add(&whole, &to);
		assert(slice_equal(buf_slice(&whole), file));
	}
	if (!age_identity_parse(SLICE_OF(IDENTITY), &id))
		abort();
	if (age_open(file, &id, 1, &f, &err) == 1) {
		assert(f.header <= size);
		chunks = slice_from(file, (size_t)f.header);
		buf_clear(&whole);
		if (age_read(r, &f, chunks, 0, true, &whole, &err) == 0) {
			for (; chunks.n > 0; chunks = slice_from(chunks, chunk.n)) {
				chunk = slice_sub(chunks, 0, AGE_CHUNK + AGE_TAG);
				if (age_read(r, &f, chunk, number++, false, &parts, &err) < 0)
					abort();
			}
			assert(slice_equal(buf_slice(&whole), buf_slice(&parts)));
		}
	}
	age_reader_close(r);
	buf_free(&whole);
	buf_free(&parts);
	return 0;
}
