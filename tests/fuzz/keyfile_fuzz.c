/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "core/archive/keyfile.h"
#include "tests/fuzz/fuzzkit.h"

/* A file that somebody says is a key; one behind a passphrase only where that
 * is no work. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);
	struct identities ids = { NULL, 0, 0 };
	struct buf plain = BUF_EMPTY;
	struct error err = ERROR_NONE;

	if (keyfile_parse(text, &ids, &err) == 0)
		assert(ids.n > 0);
	if (keyfile_wants_passphrase(text) && slice_find_bytes(text, 0, SLICE_OF(" 1\n")) < text.n)
		keyfile_decrypt(text, SLICE_OF("x"), &plain, &err);
	identities_free(&ids);
	buf_free(&plain);
	return 0;
}
