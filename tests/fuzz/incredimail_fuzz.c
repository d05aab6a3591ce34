/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/boxes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With each of its indexes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const indexes[] = { "In.imh", "Containers.db", "MessageStore.db" };
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	size_t i;

	for (i = 0; i < 3; i++) {
		fuzz_boxes(&format_incredimail, data, size, "In.imm", indexes[i]);
		file_remove(path_join(&a, path_join(&a, fuzz_home(&a), "store"), indexes[i]), &err);
	}
	arena_free(&a);
	return 0;
}
