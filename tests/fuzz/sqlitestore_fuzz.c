/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as the database of each client that has one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	const char *home = fuzz_home(&a), *e = path_join(&a, home, "e");
	struct slice bytes = slice_of(data, size);

	fuzz_write(path_join(&a, home, "geary.db"), bytes);
	fuzz_read(&format_geary, path_join(&a, home, "geary.db"), "sqlite", NULL);
	fuzz_write(path_join(&a, home, "em/folders.dat"), bytes);
	fuzz_write(path_join(&a, home, "em/mail_index.dat"), bytes);
	fuzz_write(path_join(&a, home, "em/mail_data.dat"), bytes);
	fuzz_read(&format_emclient, path_join(&a, home, "em"), "plain", NULL);
	fuzz_write(path_join(&a, home, "akonadi.db"), bytes);
	fuzz_read(&format_akonadi, path_join(&a, home, "akonadi.db"), "sqlite", NULL);
	fuzz_write(path_join(&a, home, "m/cur/1.R1.host"), SLICE_OF("Subject: x\n\n"));
	fuzz_read(&format_maildir, path_join(&a, home, "m"), "kmail-folder", home);
	fuzz_write(path_join(&a, e, "folders/INBOX/cur/07/7"), SLICE_OF("Subject: x\n\n"));
	fuzz_write(path_join(&a, e, "folders.db"), bytes);
	fuzz_read(&format_evolution, e, "imap", NULL);
	arena_free(&a);
	return 0;
}
