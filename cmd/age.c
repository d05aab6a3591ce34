/* SPDX-License-Identifier: MIT */
#include "cmd/age.h"

#include <inttypes.h>

#include "core/base/buf.h"

bool
age_parse(const char *text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	struct slice s = slice_string(text);
	uint64_t n;
	size_t i;

	if (s.n < 2 || !slice_number(slice_sub(s, 0, s.n - 1), 1000000, &n))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (s.p[s.n - 1] == (unsigned char)units[i].unit) {
			*out = (int64_t)n * units[i].seconds;
			return true;
		}
	}
	return false;
}

void
age_add(struct buf *out, int64_t seconds)
{
	if (seconds < 0)
		buf_add_string(out, "in the future, by this clock");
	else if (seconds < 2 * 3600)
		buf_add_format(out, "%" PRId64 " minutes ago", seconds / 60);
	else if (seconds < 2 * 86400)
		buf_add_format(out, "%" PRId64 " hours ago", seconds / 3600);
	else
		buf_add_format(out, "%" PRId64 " days ago", seconds / 86400);
}
