/* SPDX-License-Identifier: MIT */
#include "core/archive/memoryindex.h"
#include "tests/fuzz/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_name(struct buf *out, struct archive *a, const struct digest *id)
{
	index_add_name(out, archive_naming(a), id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive *a = fuzz_archive(CODEC_ZSTD);
	struct buf name = BUF_EMPTY;
	struct memory_index *m = NULL;
	struct error err = ERROR_NONE;
	struct object_place place;
	struct digest id;
	size_t n = 0, damaged;

	fuzz_put_plain(a, slice_of(data, size), &id, &name, add_name);
	if (memory_index_load(a, &m, &damaged, &err) == 0)
		for (memory_index_objects(m, &n); n > 0; n--)
			memory_index_place(m, memory_index_objects(m, &damaged) + n - 1, &place);
	memory_index_free(m);
	buf_free(&name);
	return 0;
}
