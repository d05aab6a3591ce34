/* SPDX-License-Identifier: MIT */
#include "core/mail/header.h"

static bool
is_name_byte(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != ':';
}

bool
header_next(struct slice *rest, struct header_field *out)
{
	struct slice all = *rest, line;
	size_t colon = 0, name, n;

	if (!slice_line(&all, &line))
		return false;
	while (colon < line.n && is_name_byte(line.p[colon]))
		colon++;
	name = colon;
	/* RFC 5322, 4.5: obsolete syntax allows blanks before the colon. */
	while (colon < line.n && (line.p[colon] == ' ' || line.p[colon] == '\t'))
		colon++;
	if (name == 0 || colon == line.n || line.p[colon] != ':')
		return false;

	n = line.n;
	while (all.n > 0 && (all.p[0] == ' ' || all.p[0] == '\t')) {
		slice_line(&all, &line);
		n += line.n;
	}
	out->raw = slice_sub(*rest, 0, n);
	out->name = slice_sub(*rest, 0, name);
	out->value = slice_trim(slice_from(out->raw, colon + 1));
	*rest = all;
	return true;
}

size_t
header_end(struct slice message)
{
	struct slice rest = message, line;

	while (slice_line(&rest, &line)) {
		if (slice_chomp(line).n == 0 && line.p[line.n - 1] == '\n')
			return message.n - rest.n;
	}
	return message.n;
}

bool
header_find(struct slice message, const char *name, struct header_field *out)
{
	struct slice rest = message, wanted = slice_string(name), line;

	for (;;) {
		if (header_next(&rest, out)) {
			if (slice_equal_nocase(out->name, wanted))
				return true;
			continue;
		}
		/* A line that is no field (">From ", a fold that lost its
		 * blank) does not hide the fields behind it. */
		if (!slice_line(&rest, &line) || slice_chomp(line).n == 0)
			return false;
	}
}
