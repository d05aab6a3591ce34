/* SPDX-License-Identifier: MIT */
/* The same bytes as a message source of Outlook's for Mac, and as its index. */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	const char *home = path_join(&a, fuzz_home(&a), "Data");
	struct slice bytes = slice_of(data, size);

	fuzz_write(path_join(&a, home, "Message Sources/1/A.olk15MsgSource"), bytes);
	fuzz_write(path_join(&a, home, "Message Sources/1/B.olk14MsgSource"), bytes);
	fuzz_write(path_join(&a, home, "Outlook.sqlite"), bytes);
	fuzz_read(&format_olk, home, "plain", NULL);
	arena_free(&a);
	return 0;
}
