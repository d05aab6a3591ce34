/* SPDX-License-Identifier: MIT */
/* The same bytes as each kind of file that lies beside exported mail. */
#include "backends/formats/formats.h"
#include "tests/fuzz/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = ARENA_EMPTY;
	const char *home = fuzz_home(&a);
	struct slice bytes = slice_of(data, size), mail = SLICE_OF("Subject: x\n\ntext\n");

	fuzz_write(path_join(&a, home, "p/labels.json"), bytes);
	fuzz_write(path_join(&a, home, "p/1.eml"), mail);
	fuzz_write(path_join(&a, home, "p/1.metadata.json"), bytes);
	fuzz_read(&format_proton, path_join(&a, home, "p"), "plain", NULL);
	fuzz_write(path_join(&a, home, "v/.info/x"), mail);
	fuzz_write(path_join(&a, home, "v/db/2014-02/1.eml.gz"), bytes);
	fuzz_write(path_join(&a, home, "v/db/2014-02/1.meta"), bytes);
	fuzz_read(&format_gmvault, path_join(&a, home, "v"), "plain", NULL);
	fuzz_write(path_join(&a, home, "g/2019/1/1/1.eml"), mail);
	fuzz_write(path_join(&a, home, "g/msg-db.sqlite"), bytes);
	fuzz_read(&format_gyb, path_join(&a, home, "g"), "plain", NULL);
	arena_free(&a);
	return 0;
}
