/* SPDX-License-Identifier: MIT */
/* A zip or tar file of somebody's. */
#include "backends/formats/formats.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct location where = { .layout = "", .path = fuzz_file(data, size) };
	const struct format_ops *f = &format_archive;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct mailbox mailbox;
	struct reader *reader;
	struct store *store;
	struct entry e;
	unsigned n = 0;

	if (f->open(&where, &store, &err) == 0) {
		while (f->next_mailbox(store, &a, &mailbox, &err) == 1) {
			if (f->read(store, &mailbox, &reader, &err) < 0)
				continue;
			while (n++ < 1000 && reader->ops->next(reader, &e, &err) == 1)
				;
			reader->ops->close(reader);
		}
		f->close(store);
	}
	arena_free(&a);
	return 0;
}
