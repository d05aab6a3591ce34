/* SPDX-License-Identifier: MIT */
#include "backends/formats/cclient.h"

#include <string.h>

#include "core/base/text.h"

unsigned
cclient_flags(uint64_t bits)
{
	static const struct {
		unsigned bit, flag;
	} known[] = {
		{ 0x01, FLAG_SEEN },
		{ 0x02, FLAG_DELETED },
		{ 0x04, FLAG_FLAGGED },
		{ 0x08, FLAG_ANSWERED },
		{ 0x20, FLAG_DRAFT },
	};
	unsigned flags = 0;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		flags |= bits & known[i].bit ? known[i].flag : 0;
	return flags;
}

/* n digits of the base off *s. */
static bool
take_digits(struct slice *s, size_t n, unsigned base, uint64_t *out)
{
	size_t i;

	if (s->n < n)
		return false;
	*out = 0;
	for (i = 0; i < n; i++) {
		uint64_t digit;

		if (!slice_hex_number(slice_sub(*s, i, 1), base - 1, &digit))
			return false;
		*out = *out * base + digit;
	}
	*s = slice_from(*s, n);
	return true;
}

/* " 1-Jan-2010 00:00:00 +0000" */
static bool
parse_date(struct slice s, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint64_t day, year, hour, minute, second, zone_hour, zone_minute;
	struct slice rest = s;
	int64_t zone;
	size_t month;

	if (rest.n != 26 || !slice_number(slice_trim(slice_sub(rest, 0, 2)), 31, &day))
		return false;
	month = slice_find_bytes(SLICE_OF(months), 0, slice_sub(rest, 3, 3));
	if (month % 3 != 0 || month >= sizeof(months) - 1)
		return false;
	if (!slice_number(slice_sub(rest, 7, 4), 9999, &year) ||
	    !slice_number(slice_sub(rest, 12, 2), 24, &hour) ||
	    !slice_number(slice_sub(rest, 15, 2), 60, &minute) ||
	    !slice_number(slice_sub(rest, 18, 2), 61, &second) ||
	    !slice_number(slice_sub(rest, 22, 2), 99, &zone_hour) ||
	    !slice_number(slice_sub(rest, 24, 2), 99, &zone_minute))
		return false;
	if (rest.p[2] != '-' || rest.p[6] != '-' || (rest.p[21] != '+' && rest.p[21] != '-'))
		return false;
	zone = (int64_t)(zone_hour * 60 + zone_minute) * 60;
	*out = text_days((int)year, (unsigned)month / 3 + 1, (unsigned)day) * 86400 +
	    (int64_t)(hour * 3600 + minute * 60 + second) - (rest.p[21] == '-' ? -zone : zone);
	return true;
}

bool
cclient_line_parse(struct slice s, struct cclient_line *out)
{
	struct slice rest = slice_sub(s, 0, CCLIENT_LINE_MAX), line, part;
	uint64_t uid;

	memset(out, 0, sizeof(*out));
	if (!slice_line(&rest, &line) || line.p[line.n - 1] != '\n')
		return false;
	out->n = line.n;
	line = slice_chomp(line);
	if (!slice_field(&line, ',', &part) || !parse_date(part, &out->date) ||
	    !slice_field(&line, ';', &part) || !slice_number(part, INT64_MAX, &out->size))
		return false;
	part = line;
	if (take_digits(&part, 8, 16, &out->keywords) && take_digits(&part, 4, 16, &out->bits) &&
	    slice_starts(part, "-")) {
		part = slice_from(part, 1);
		return take_digits(&part, 8, 16, &uid) && part.n == 0;
	}
	out->is_octal = true;
	part = line;
	return take_digits(&part, 10, 8, &out->keywords) && take_digits(&part, 2, 8, &out->bits) &&
	    part.n == 0;
}
