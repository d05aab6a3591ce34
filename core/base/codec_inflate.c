/* SPDX-License-Identifier: MIT */
#include "core/base/codec.h"

#include <zlib.h>

#include "core/base/limits.h"

int
codec_inflate(struct slice packed, size_t plain, struct buf *out, struct error *err)
{
	uLongf n = plain;
	int rc;

	buf_clear(out);
	if (plain > OBJECT_MAX || packed.n > OBJECT_MAX)
		return fail(err, ERR_LIMIT, "inflate: more bytes than allowed");
	rc = uncompress(buf_extend(out, plain), &n, packed.p, packed.n);
	if (rc == Z_OK && n == plain)
		return 0;
	buf_clear(out);
	return fail(err, ERR_FORMAT, "inflate: damaged bytes");
}
