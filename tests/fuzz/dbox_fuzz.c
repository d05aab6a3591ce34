/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as a file of sdbox's and of mdbox's. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	const char *home = fuzz_home(&a), *s = path_join(&a, home, "s"), *m = path_join(&a, home, "m");

	fuzz_write(path_join(&a, s, "mailboxes/INBOX/dbox-Mails/u.1"), slice_of(data, size));
	fuzz_read(&format_sdbox, s, "plain", NULL);
	file_make_directories(path_join(&a, m, "mailboxes"), 0700, &err);
	fuzz_write(path_join(&a, m, "storage/m.1"), slice_of(data, size));
	fuzz_read(&format_mdbox, m, "plain", NULL);
	arena_free(&a);
	return 0;
}
