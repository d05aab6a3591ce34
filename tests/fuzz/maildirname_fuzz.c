/* SPDX-License-Identifier: MIT */
/* Names of message files and folders on disk. */
#include "core/mail/flags.h"
#include "core/mail/names.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice name = slice_of(data, size);
	struct buf shown = BUF_EMPTY, again = BUF_EMPTY;
	struct maildir_name parsed;

	maildir_name_parse(name, &parsed);
	assert(parsed.base.n + parsed.info.n == size);
	assert(slice_equal(parsed.base, slice_sub(name, 0, parsed.base.n)));
	assert(slice_equal(parsed.info, slice_from(name, parsed.base.n)));
	flags_of_maildir(parsed.letters);
	if (name_decode_utf7(name, &shown)) {
		name_encode_utf7(&again, buf_slice(&shown));
		assert(slice_equal(buf_slice(&again), name));
	}
	name_decode_percent(name, &shown);
	name_decode_evolution(name, &shown);
	buf_free(&shown);
	buf_free(&again);
	return 0;
}
