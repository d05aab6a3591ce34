/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "backends/formats/mapi.h"
#include "core/mail/rtf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Compressed, and as it lies. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf plain = BUF_EMPTY, inside = BUF_EMPTY;
	struct error err = ERROR_NONE;

	mapi_prepare();
	if (rtf_expand(slice_of(data, size), 65536, &plain, &err) == 0)
		rtf_unwrap(buf_slice(&plain), mapi_add_codepage, 65536, &inside);
	rtf_unwrap(slice_of(data, size), mapi_add_codepage, 65536, &inside);
	buf_free(&plain);
	buf_free(&inside);
	return 0;
}
