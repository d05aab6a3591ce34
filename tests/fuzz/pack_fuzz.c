/* SPDX-License-Identifier: MIT */
#include "core/archive/writer.h"
#include "core/archive/index.h"
#include "tests/fuzz/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as a pack, and as the tar stream in one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive *a = fuzz_archive(size > 0 && data[0] == 0x1f ? CODEC_GZIP : CODEC_ZSTD);
	struct buf names[2] = { BUF_EMPTY, BUF_EMPTY };
	struct pack_record *record;
	struct error err = ERROR_NONE;
	struct digest id;
	size_t damaged, i;

	digest_of(slice_of(data, size), &id);
	pack_add_name(&names[0], a, &id);
	fuzz_put(a, buf_text(&names[0]), slice_of(data, size));
	fuzz_put_plain(a, slice_of(data, size), &id, &names[1], fuzz_add_pack_name);
	for (i = 0; i < 2; i++) {
		if (pack_scan(a, buf_text(&names[i]), &record, &damaged, &err) == 0)
			pack_record_free(record);
		buf_free(&names[i]);
	}
	return 0;
}
