/* SPDX-License-Identifier: MIT */
#include "core/base/text.h"

#define BAD_CODE 0xfffdu

/* Bytes of the well-formed sequence that p starts with (Unicode, table 3-7),
 * 0 where there is none; n > 0. */
static size_t
sequence(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t i, size;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	size = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < size)
		return 0;
	switch (p[0]) {
	case 0xe0: low = 0xa0; break;
	case 0xed: high = 0x9f; break;
	case 0xf0: low = 0x90; break;
	case 0xf4: high = 0x8f; break;
	default: break;
	}
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < size; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

/* How many bytes from the start are valid. */
static size_t
valid_prefix(struct slice s)
{
	uint64_t eight;
	size_t at = 0, size;

	while (at < s.n) {
		if (s.n - at >= 8) {
			memcpy(&eight, s.p + at, 8);
			if ((eight & 0x8080808080808080u) == 0) {
				at += 8;
				continue;
			}
		}
		size = sequence(s.p + at, s.n - at);
		if (size == 0)
			break;
		at += size;
	}
	return at;
}

size_t
text_plain_prefix(struct slice s)
{
	/* In each byte the highest bit tells: not ASCII; below ' ' (for then
	 * the subtraction borrows); DEL (which the addition carries over). */
	const uint64_t high = 0x8080808080808080u, blank = 0x2020202020202020u;
	const uint64_t one = 0x0101010101010101u;
	uint64_t eight;
	size_t at = 0;

	for (; s.n - at >= 8; at += 8) {
		memcpy(&eight, s.p + at, 8);
		if (((eight | (eight + one) | ~((eight | high) - blank)) & high) != 0)
			break;
	}
	while (at < s.n && s.p[at] >= 0x20 && s.p[at] < 0x7f)
		at++;
	return at;
}

bool
text_is_utf8(struct slice s)
{
	return valid_prefix(s) == s.n;
}

void
text_add_utf8(struct buf *out, struct slice s)
{
	size_t good;

	for (;;) {
		good = valid_prefix(s);
		buf_add(out, slice_sub(s, 0, good));
		if (good == s.n)
			return;
		text_add_code(out, BAD_CODE);
		s = slice_from(s, good + 1);
	}
}

bool
text_next(struct slice *rest, uint32_t *code)
{
	const unsigned char *p = rest->p;
	size_t i, size;

	if (rest->n == 0)
		return false;
	size = sequence(p, rest->n);
	if (size <= 1) {
		*code = size == 1 ? p[0] : BAD_CODE;
		size = 1;
	} else {
		*code = p[0] & (0x7fu >> size);
		for (i = 1; i < size; i++)
			*code = *code << 6 | (p[i] & 0x3fu);
	}
	rest->p += size;
	rest->n -= size;
	return true;
}

void
text_add_code(struct buf *out, uint32_t code)
{
	unsigned char bytes[4];
	size_t i, size;

	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = BAD_CODE;
	if (code < 0x80) {
		buf_add_byte(out, (unsigned char)code);
		return;
	}
	size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (i = size - 1; i > 0; i--) {
		bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	bytes[0] = (unsigned char)(0xf00u >> size | code);
	buf_add_bytes(out, bytes, size);
}

void
text_add_utf16(struct buf *out, struct slice s)
{
	struct cursor c = cursor_of(s);
	uint32_t code, low;

	while (c.n >= 2) {
		code = cursor_le16(&c);
		if (code >= 0xd800 && code < 0xdc00 && c.n >= 2) {
			low = c.p[0] | (uint32_t)c.p[1] << 8;
			if (low >= 0xdc00 && low < 0xe000) {
				cursor_skip(&c, 2);
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
			}
		}
		text_add_code(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	}
}

bool
text_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x61c ||
	    code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

void
text_add_printable(struct buf *out, struct slice s, bool multiline)
{
	struct slice rest = s;
	uint32_t code;
	size_t size;

	buf_reserve(out, s.n);
	for (; rest.n > 0; s = rest) {
		size = text_plain_prefix(rest);
		if (size > 0) {
			buf_add(out, slice_sub(rest, 0, size));
			rest = slice_from(rest, size);
			continue;
		}
		size = sequence(rest.p, rest.n);
		text_next(&rest, &code);
		if (size == 0)
			buf_add_format(out, "\\x%02x", s.p[0]);
		else if (!text_is_control(code) || (multiline && (code == '\n' || code == '\t')))
			buf_add_bytes(out, s.p, size);
		else
			buf_add_format(out, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
	}
}

/* The civil calendar in 400-year eras of 146,097 days that start on 1 March,
 * so that the leap day is the last of its year. */
int64_t
text_days(int year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	    day_of_year - 719468;
}

static void
civil(int64_t days, int *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t shifted = (5 * doy + 2) / 153;          /* March is 0 */

	*day = (unsigned)(doy - (153 * shifted + 2) / 5 + 1);
	*month = (unsigned)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

void
text_add_time(struct buf *out, int64_t seconds)
{
	const int64_t first = text_days(0, 1, 1) * 86400;
	const int64_t last = text_days(10000, 1, 1) * 86400 - 1;
	int64_t days, second;
	unsigned month, day;
	int year;

	seconds = seconds < first ? first : seconds > last ? last : seconds;
	days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
	second = seconds - days * 86400;
	civil(days, &year, &month, &day);
	buf_add_format(out, "%04d-%02u-%02uT%02d:%02d:%02dZ", year, month, day,
	    (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* Exactly n digits off *s, at most max. */
static bool
take_digits(struct slice *s, size_t n, unsigned max, unsigned *out)
{
	uint64_t v;

	if (s->n < n || !slice_number(slice_sub(*s, 0, n), max, &v))
		return false;
	*out = (unsigned)v;
	*s = slice_from(*s, n);
	return true;
}

static bool
take_byte(struct slice *s, const char *any)
{
	if (s->n == 0 || s->p[0] == '\0' || strchr(any, s->p[0]) == NULL)
		return false;
	*s = slice_from(*s, 1);
	return true;
}

static bool
parse_date(struct slice *s, int64_t *days)
{
	static const unsigned char lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year, month, day;
	bool leap;

	if (!take_digits(s, 4, 9999, &year) || !take_byte(s, "-") ||
	    !take_digits(s, 2, 12, &month) || !take_byte(s, "-") ||
	    !take_digits(s, 2, 31, &day) || month == 0 || day == 0)
		return false;
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (day > lengths[month - 1] + (unsigned)(leap && month == 2))
		return false;
	*days = text_days((int)year, month, day);
	return true;
}

/* Hours and minutes, then seconds and their fraction where they are given. A
 * leap second (60) counts as the next one. */
static bool
parse_clock(struct slice *s, int64_t *seconds)
{
	unsigned hour, minute, second = 0, digit;

	if (!take_digits(s, 2, 23, &hour) || !take_byte(s, ":") ||
	    !take_digits(s, 2, 59, &minute))
		return false;
	if (take_byte(s, ":")) {
		if (!take_digits(s, 2, 60, &second))
			return false;
		if (take_byte(s, ".")) {
			if (!take_digits(s, 1, 9, &digit))
				return false;
			while (take_digits(s, 1, 9, &digit))
				;
		}
	}
	*seconds = hour * 3600 + minute * 60 + second;
	return true;
}

/* "Z", "+01:00" or "+0100"; what is not there leaves *minutes alone. */
static bool
parse_zone(struct slice *s, int *minutes)
{
	unsigned hour, minute;
	int sign;

	if (s->n == 0)
		return true;
	if (take_byte(s, "Zz")) {
		*minutes = 0;
		return true;
	}
	sign = s->p[0] == '-' ? -1 : 1;
	if (!take_byte(s, "+-") || !take_digits(s, 2, 23, &hour))
		return false;
	take_byte(s, ":");
	if (!take_digits(s, 2, 59, &minute))
		return false;
	*minutes = sign * (int)(hour * 60 + minute);
	return true;
}

bool
text_parse_time(struct slice s, int zone_minutes, int64_t *seconds, bool *is_date)
{
	int64_t days, clock = 0;
	bool date_only;

	if (!parse_date(&s, &days))
		return false;
	date_only = s.n == 0;
	if (!date_only && (!take_byte(&s, "Tt ") || !parse_clock(&s, &clock) ||
	    !parse_zone(&s, &zone_minutes) || s.n > 0))
		return false;
	*seconds = days * 86400 + clock - (int64_t)zone_minutes * 60;
	*is_date = date_only;
	return true;
}

void
text_add_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000, tenths;
	size_t i = 0;

	if (bytes < 1000) {
		buf_add_format(out, "%u B", (unsigned)bytes);
		return;
	}
	/* The next unit is due where rounding would show a fourth figure. */
	while (i < 5 && bytes >= unit * 1000 - unit / 2) {
		unit *= 1000;
		i++;
	}
	tenths = bytes / (unit / 10) + (bytes % (unit / 10) >= unit / 20);
	if (tenths < 1000)
		buf_add_format(out, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
		    units[i]);
	else
		buf_add_format(out, "%u %s", (unsigned)(bytes / unit + (bytes % unit >= unit / 2)),
		    units[i]);
}
