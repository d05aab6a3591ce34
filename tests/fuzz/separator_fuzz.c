/* SPDX-License-Identifier: MIT */
#include "core/mail/separator.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line that is understood is understood again when we write it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct from_line one, two;
	struct buf out = BUF_EMPTY;

	if (separator_parse(slice_of(data, size), &one) == SEPARATOR_STRONG) {
		assert(one.has_date && one.sender.n < size);
		separator_add(&out, one.sender, one.date);
		assert(separator_parse(buf_slice(&out), &two) == SEPARATOR_STRONG);
		/* A zone may lead out of the years that have four figures. */
		assert(one.date == two.date || two.date == 0);
		assert(slice_find(buf_slice(&out), 0, '\n') == out.n - 1);
	}
	header_line_looks_good(slice_of(data, size));
	buf_free(&out);
	return 0;
}
