/* SPDX-License-Identifier: MIT */
/* A file of Apple Mail's, by itself, partial, and as the index of a store. */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	const char *account = path_join(&a, fuzz_home(&a), "V10/A");
	const char *inside = path_join(&a, account, "INBOX.mbox/U/Data/Messages");
	struct slice bytes = slice_of(data, size);

	fuzz_write(path_join(&a, inside, "7.emlx"), bytes);
	fuzz_read(&format_emlx, path_join(&a, inside, "7.emlx"), "plain", NULL);
	fuzz_write(path_join(&a, inside, "8.partial.emlx"), bytes);
	fuzz_write(path_join(&a, inside, "8.2.emlxpart"), SLICE_OF("VGV4dA==\n"));
	fuzz_write(path_join(&a, inside, "../Attachments/8/2/a.txt"), SLICE_OF("Text"));
	fuzz_write(path_join(&a, account, "../MailData/Envelope Index"), bytes);
	fuzz_read(&format_emlx, account, "plain", NULL);
	arena_free(&a);
	return 0;
}
