/* SPDX-License-Identifier: MIT */
#include "backends/clients/ini.h"

struct ini
ini_open(struct slice text)
{
	if (slice_starts(text, "\xef\xbb\xbf"))
		text = slice_from(text, 3);
	return (struct ini){ text, SLICE_EMPTY };
}

bool
ini_next(struct ini *ini, struct ini_line *out)
{
	struct slice line;
	size_t equals;

	while (slice_line(&ini->rest, &line)) {
		line = slice_trim(line);
		if (slice_starts(line, ";") || slice_starts(line, "#"))
			continue;
		if (slice_starts(line, "[")) {
			ini->section = slice_sub(line, 1, slice_find(line, 1, ']') - 1);
			continue;
		}
		equals = slice_find(line, 0, '=');
		if (equals == line.n)
			continue;
		out->section = ini->section;
		out->key = slice_trim(slice_sub(line, 0, equals));
		out->value = slice_trim(slice_from(line, equals + 1));
		return true;
	}
	return false;
}
