/* SPDX-License-Identifier: MIT */
#include "core/archive/snapshot.h"
#include "tests/fuzz/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_name(struct buf *out, struct archive *a, const struct digest *id)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(id, hex);
	(void)a;
	buf_add_format(out, "snapshots/2026-11-23T020004Z-%.8s.json.zst", hex);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive *a = fuzz_archive(CODEC_ZSTD);
	struct buf name = BUF_EMPTY;
	struct arena arena = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct snapshot s;
	struct digest digest;

	fuzz_put_plain(a, slice_of(data, size), &digest, &name, add_name);
	snapshot_read(a, arena_string_of(&arena, slice_sub(buf_slice(&name), strlen("snapshots/"),
	    SNAPSHOT_ID_LENGTH)), &arena, &s, &err);
	arena_free(&arena);
	buf_free(&name);
	return 0;
}
