/* SPDX-License-Identifier: MIT */
#include "backends/formats/mork.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct buf shown = BUF_EMPTY, online = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct mork_message message;
	struct mork *m;
	size_t i;

	if (mork_open(path, &m, &err) == 0) {
		for (i = 0; i < mork_message_count(m); i++) {
			assert(i == 0 || mork_message_offset(m, i - 1) <= mork_message_offset(m, i));
			assert(mork_message_at(m, mork_message_offset(m, i), &message));
		}
		mork_close(m);
	}
	mork_folder_names(path, &shown, &online);
	buf_free(&shown);
	buf_free(&online);
	return 0;
}
