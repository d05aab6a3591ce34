/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is each of the files in turn, cut at NUL bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "box/.mixmeta", "box/.mixindex", "box/.mixstatus",
		"box/.mix00000001" };
	struct arena a = ARENA_EMPTY;
	const char *home = fuzz_home(&a);
	struct slice rest = slice_of(data, size), part;
	size_t i, n;

	for (i = 0; i < 4; i++) {
		n = i < 3 ? slice_find(rest, 0, '\0') : rest.n;
		part = slice_sub(rest, 0, n);
		rest = slice_from(rest, n + 1);
		fuzz_write(path_join(&a, home, names[i]), part);
	}
	fuzz_read(&format_mix, path_join(&a, home, "box"), "plain", NULL);
	arena_free(&a);
	return 0;
}
