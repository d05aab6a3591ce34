/* SPDX-License-Identifier: MIT */
#include "backends/targets/range.h"

#include <inttypes.h>

#include "core/base/limits.h"

const char *
range_header(struct arena *a, uint64_t at, uint64_t n, uint64_t *most)
{
	uint64_t last = n > INT64_MAX || at > INT64_MAX - n ? INT64_MAX : at + n - 1;

	/* A server that knows no ranges gives all of the file from its beginning;
	 * one that fails, a page that says so. */
	*most = last > (uint64_t)4 * SNAPSHOT_MAX ? (uint64_t)4 * SNAPSHOT_MAX : last + 1 + MIB;
	return arena_format(a, "Range: bytes=%" PRIu64 "-%" PRIu64, at > last ? last : at, last);
}

int
range_take(const struct http_answer *answer, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct slice body = buf_slice(&answer->body), said;
	uint64_t from;

	switch (answer->status) {
	case 404:
		return fail(err, ERR_NOT_FOUND, "not found");
	case 416:               /* behind the end */
		return 0;
	case 206:
		said = http_header(answer, "Content-Range");
		if (!slice_starts_nocase(said, "bytes ") || !slice_number(slice_sub(said, 6,
		    slice_find(said, 0, '-') - 6), UINT64_MAX, &from) || from != at || body.n > n)
			return fail(err, ERR_CORRUPT, "the server gives another range than was asked for");
		buf_set(out, body);
		return 0;
	case 200:               /* all of it */
		buf_set(out, slice_sub(slice_from(body, at < body.n ? (size_t)at : body.n), 0,
		    n < body.n ? (size_t)n : body.n));
		return 0;
	default:
		return 1;
	}
}
