/* SPDX-License-Identifier: MIT */
#include "core/archive/listing.h"
#include "tests/fuzz/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as a root, whose runs may be the bytes as well. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive *a = fuzz_archive(CODEC_ZSTD);
	struct listing_reader *l = NULL;
	struct arena arena = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct fuzz_object object;
	struct placement p;
	int rc;

	fuzz_object_open(&object, a, slice_of(data, size));
	rc = listing_open(a, &object.finder, &object.id, &l, &err);
	while (l != NULL && (rc = listing_next(l, &arena, &p, &err)) != 0)
		if (rc < 0)
			listing_skip_run(l);
	listing_close(l);
	arena_free(&arena);
	return 0;
}
