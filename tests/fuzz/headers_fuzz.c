/* SPDX-License-Identifier: MIT */
#include "core/archive/headers.h"
#include "tests/fuzz/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Headers beside the files of an archive: what is given is bounded. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive *a = fuzz_archive(CODEC_ZSTD);
	struct headers *h = NULL;
	struct buf name = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct digest digest;
	struct slice text;
	uint64_t nonce;
	size_t at = 0;

	digest_of(slice_of(data, size), &digest);
	buf_add_string(&name, "headers/");
	digest_add_hex(&name, &digest);
	buf_add_string(&name, ".jsonl");
	fuzz_put(a, buf_text(&name), slice_of(data, size));
	if (headers_load(archive_target(a), &h, &err) == 0) {
		while (headers_next(h, "packs/x", &at, &text, &nonce))
			assert(text.n > 0 && text.n <= AGE_HEADER_MAX && nonce <= AGE_HEADER_MAX);
		headers_free(h);
	}
	buf_free(&name);
	return 0;
}
