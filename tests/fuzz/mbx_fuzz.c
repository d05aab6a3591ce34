/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	const char *path = path_join(&a, fuzz_home(&a), "box");

	fuzz_write(path, slice_of(data, size));
	fuzz_read(&format_mbx, path, "plain", NULL);
	arena_free(&a);
	return 0;
}
