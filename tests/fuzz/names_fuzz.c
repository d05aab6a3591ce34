/* SPDX-License-Identifier: MIT */
#include "core/mail/names.h"

#include <assert.h>

#include "core/base/path.h"
#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = slice_of(data, size);
	struct buf out = BUF_EMPTY, again = BUF_EMPTY;
	struct maildir_name m;

	if (name_decode_utf7(raw, &out)) {
		name_encode_utf7(&again, buf_slice(&out));
		assert(slice_equal(buf_slice(&again), raw) && text_is_utf8(buf_slice(&out)));
	}
	buf_clear(&out);
	assert(name_decode_percent(raw, &out) || out.n == 0);
	buf_clear(&out);
	assert(name_decode_evolution(raw, &out) || out.n == 0);
	maildir_name_parse(raw, &m);
	assert(m.base.n + m.info.n == size);
	buf_clear(&out);
	path_add_tame(&out, raw);
	assert(path_name_is_safe(buf_slice(&out)) && out.n <= 120);
	buf_free(&out);
	buf_free(&again);
	return 0;
}
