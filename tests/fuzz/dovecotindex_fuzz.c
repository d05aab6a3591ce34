/* SPDX-License-Identifier: MIT */
#include "backends/formats/dovecotindex.h"

#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as a log, and as an index. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "i/dovecot.index.log", "i/dovecot.index" };
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	const char *home = fuzz_home(&a);
	size_t i, k;

	for (i = 0; i < 2; i++) {
		struct dovecot_index x = DOVECOT_INDEX_EMPTY;

		fuzz_write(path_join(&a, home, names[i]), slice_of(data, size));
		if (dovecot_index_read(path_join(&a, home, "i"), "dovecot.index", "mdbox", &x, &err) == 0)
			for (k = 1; k < x.records.n; k++)
				assert(x.records.items[k - 1].uid < x.records.items[k].uid);
		dovecot_index_free(&x);
	}
	file_remove(path_join(&a, home, names[1]), &err);
	arena_free(&a);
	return 0;
}
