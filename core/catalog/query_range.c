/* SPDX-License-Identifier: MIT */
#include "core/base/text.h"
#include "core/catalog/query.h"

#define DAY 86400

/* ---- Dates ---- */

/* The day that begins at midnight where the person is. */
static void
set_days(int64_t day, int64_t next, const struct search_options *o, int64_t *from,
    int64_t *before)
{
	*from = day * DAY - (int64_t)o->zone_minutes * 60;
	*before = next * DAY - (int64_t)o->zone_minutes * 60;
}

static int64_t
today(const struct search_options *o)
{
	int64_t seconds = o->now + (int64_t)o->zone_minutes * 60;

	return seconds / DAY - (seconds % DAY < 0);
}

/* "today", "yesterday", and "7d", "2w", "3m", "1y": that long ago. */
static bool
parse_relative(struct slice s, const struct search_options *o, int64_t *from, int64_t *before)
{
	static const struct {
		char letter;
		unsigned days;
	} units[] = { { 'd', 1 }, { 'w', 7 }, { 'm', 30 }, { 'y', 365 } };
	uint64_t n;
	int64_t day = today(o);
	size_t i;

	if (slice_equal_nocase(s, SLICE_OF("yesterday"))) {
		day--;
	} else if (!slice_equal_nocase(s, SLICE_OF("today"))) {
		if (s.n < 2 || !slice_number(slice_sub(s, 0, s.n - 1), 10000, &n))
			return false;
		for (i = 0; i < 4 && units[i].letter != (s.p[s.n - 1] | 0x20); i++)
			;
		if (i == 4)
			return false;
		day -= (int64_t)(n * units[i].days);
	}
	set_days(day, day + 1, o, from, before);
	return true;
}

/* Two digits and what separates them from what stands before. */
static bool
take_two(struct slice *rest, uint64_t min, uint64_t max, unsigned *out)
{
	uint64_t n;

	if (rest->n < 3 || (rest->p[0] != '-' && rest->p[0] != '/') ||
	    !slice_number(slice_sub(*rest, 1, 2), max, &n) || n < min)
		return false;
	*rest = slice_from(*rest, 3);
	*out = (unsigned)n;
	return true;
}

/* "2024", "2024-05", "2024-05-03", and with "/". */
static bool
parse_calendar(struct slice s, const struct search_options *o, int64_t *from, int64_t *before)
{
	struct slice rest = slice_from(s, 4);
	unsigned month = 1, day = 1;
	int64_t first, next;
	uint64_t year;

	if (s.n < 4 || !slice_number(slice_sub(s, 0, 4), 9999, &year))
		return false;
	if (rest.n == 0) {
		set_days(text_days((int)year, 1, 1), text_days((int)year + 1, 1, 1), o, from, before);
		return true;
	}
	if (!take_two(&rest, 1, 12, &month))
		return false;
	first = text_days((int)year, month, 1);
	next = month == 12 ? text_days((int)year + 1, 1, 1) : text_days((int)year, month + 1, 1);
	if (rest.n > 0) {
		if (!take_two(&rest, 1, 31, &day) || rest.n > 0 || first + day > next)
			return false;
		first += day - 1;
		next = first + 1;
	}
	set_days(first, next, o, from, before);
	return true;
}

static int
parse_date(struct slice field, struct slice s, const struct search_options *o, int64_t *from,
    int64_t *before, struct error *err)
{
	bool is_date;

	if (parse_relative(s, o, from, before) || parse_calendar(s, o, from, before))
		return 0;
	if (text_parse_time(s, o->zone_minutes, from, &is_date)) {
		*before = *from + (is_date ? DAY : 1);
		return 0;
	}
	return fail(err, ERR_USAGE, "%.*s:%.*s is not a date; say 2024, 2024-05, 2024-05-03, "
	    "today, 7d, or a range as 2024-01..2024-06", (int)field.n, (const char *)field.p,
	    s.n > 200 ? 200 : (int)s.n, (const char *)s.p);
}

int
query_parse_dates(struct slice field, struct slice text,
    const struct search_options *options, int64_t *from, int64_t *before, struct error *err)
{
	size_t dots = slice_find_bytes(text, 0, SLICE_OF(".."));
	struct slice first = slice_sub(text, 0, dots), last = slice_from(text, dots + 2);
	int64_t unused;

	*from = INT64_MIN;
	*before = INT64_MAX;
	if (slice_equal_nocase(field, SLICE_OF("before")))
		return parse_date(field, text, options, before, &unused, err);
	if (slice_equal_nocase(field, SLICE_OF("after")))
		return parse_date(field, text, options, from, &unused, err);
	if (dots == text.n || (first.n == 0 && last.n == 0))
		return parse_date(field, text, options, from, before, err);
	if (first.n > 0 && parse_date(field, first, options, from, &unused, err) < 0)
		return -1;
	if (last.n > 0 && parse_date(field, last, options, &unused, before, err) < 0)
		return -1;
	if (*from >= *before)
		return fail(err, ERR_USAGE, "%.*s:%.*s ends before it begins", (int)field.n,
		    (const char *)field.p, (int)text.n, (const char *)text.p);
	return 0;
}

/* ---- Sizes ---- */

static bool
parse_unit(struct slice s, int64_t *unit)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} units[] = {
		{ "", 1 }, { "b", 1 }, { "k", 1000 }, { "kb", 1000 }, { "kib", 1 << 10 },
		{ "m", 1000000 }, { "mb", 1000000 }, { "mib", 1 << 20 }, { "g", 1000000000 },
		{ "gb", 1000000000 }, { "gib", 1 << 30 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (slice_equal_nocase(s, slice_string(units[i].name))) {
			*unit = units[i].bytes;
			return true;
		}
	}
	return false;
}

static size_t
digits(struct slice s, size_t from)
{
	size_t i = from;

	while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
		i++;
	return i - from;
}

/* "500", "10k", "1.5M", "2 GB" without the blank. */
static bool
parse_size(struct slice s, int64_t *out)
{
	size_t whole_n = digits(s, 0), part_n = 0, at = whole_n;
	uint64_t whole, part = 0;
	int64_t unit, scale = 1;

	if (!slice_number(slice_sub(s, 0, whole_n), 1000000000, &whole))
		return false;
	if (at < s.n && s.p[at] == '.') {
		part_n = digits(s, at + 1);
		if (part_n == 0 || part_n > 6 ||
		    !slice_number(slice_sub(s, at + 1, part_n), 999999, &part))
			return false;
		at += 1 + part_n;
	}
	if (!parse_unit(slice_from(s, at), &unit))
		return false;
	while (part_n-- > 0)
		scale *= 10;
	*out = (int64_t)whole * unit + (int64_t)part * unit / scale;
	return true;
}

int
query_parse_sizes(struct slice field, struct slice text, int64_t *from, int64_t *before,
    struct error *err)
{
	int64_t size;

	if (!parse_size(text, &size))
		return fail(err, ERR_USAGE, "%.*s:%.*s is not a size; say 500, 10k, 1.5M or 2G",
		    (int)field.n, (const char *)field.p, text.n > 200 ? 200 : (int)text.n,
		    (const char *)text.p);
	if (slice_equal_nocase(field, SLICE_OF("larger"))) {
		*from = size + 1;
		*before = INT64_MAX;
	} else {
		*from = 0;
		*before = size;
	}
	return 0;
}
