/* SPDX-License-Identifier: MIT */
#include "backends/formats/marks.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* iamglass up to its length in the first byte, then the table. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct marks marks = MARKS_EMPTY;
	const char *home = fuzz_home(&a);
	struct slice rest = slice_from(slice_of(data, size), 1);
	size_t n = size > 0 ? data[0] : 0;

	fuzz_write(path_join(&a, home, "x/iamglass"), slice_sub(rest, 0, n));
	fuzz_write(path_join(&a, home, "x/postlist.glass"), slice_from(rest, n));
	notmuch_marks_read(path_join(&a, home, "x"), &marks, &err);
	marks_free(&marks);
	arena_free(&a);
	return 0;
}
