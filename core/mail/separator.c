/* SPDX-License-Identifier: MIT */
#include "core/mail/separator.h"

#include "core/base/text.h"

#define DAY_SECONDS 86400
/* Years that a date in a From_ line may have: 1900 to 9999. */
#define DATE_MIN (-INT64_C(2208988800))
#define DATE_MAX INT64_C(253402300799)

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* What stands in From_ lines of real files; a name not listed counts as UTC. */
static const struct {
	const char *name;
	int minutes;
} zones[] = {
	{ "EST", -300 }, { "EDT", -240 }, { "CST", -360 }, { "CDT", -300 }, { "MST", -420 },
	{ "MDT", -360 }, { "PST", -480 }, { "PDT", -420 }, { "BST", 60 }, { "WEST", 60 },
	{ "CET", 60 }, { "MET", 60 }, { "MEZ", 60 }, { "CEST", 120 }, { "MEST", 120 },
	{ "MESZ", 120 }, { "EET", 120 }, { "EEST", 180 }, { "MSK", 180 }, { "MSD", 240 },
	{ "IST", 330 }, { "JST", 540 }, { "KST", 540 }, { "AEST", 600 }, { "AEDT", 660 },
};

struct date {
	uint64_t year, month, day, hour, minute, second;
	int zone_minutes;
	bool has_year, has_time;
};

static bool
next_word(struct slice *rest, struct slice *word)
{
	size_t n = 0;

	while (rest->n > 0 && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = slice_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*word = slice_sub(*rest, 0, n);
	*rest = slice_from(*rest, n);
	return n > 0;
}

/* The index of a three-letter name in a table; -1: not there. */
static int
find_name(struct slice word, const char *table)
{
	size_t i;

	if (word.n != 3)
		return -1;
	for (i = 0; table[i] != '\0'; i += 3) {
		if (slice_equal_nocase(word, slice_of(table + i, 3)))
			return (int)(i / 3);
	}
	return -1;
}

/* hh:mm or hh:mm:ss. */
static bool
parse_clock(struct slice word, struct date *d)
{
	struct slice field;
	uint64_t *into[3];
	size_t i;

	into[0] = &d->hour;
	into[1] = &d->minute;
	into[2] = &d->second;
	for (i = 0; i < 3 && slice_field(&word, ':', &field); i++) {
		if (field.n == 0 || field.n > 2 || !slice_number(field, i == 0 ? 23 : 60, into[i]))
			return false;
	}
	return i >= 2 && word.n == 0 && d->minute < 60;
}

/* "+0100", or a name: letters, perhaps in parentheses, at most "(XXXXX)". */
static bool
parse_zone(struct slice word, struct date *d)
{
	uint64_t hhmm;
	size_t i;

	if (word.n == 5 && (word.p[0] == '+' || word.p[0] == '-') &&
	    slice_number(slice_from(word, 1), 9999, &hhmm) && hhmm % 100 < 60) {
		d->zone_minutes = (int)(hhmm / 100 * 60 + hhmm % 100);
		if (word.p[0] == '-')
			d->zone_minutes = -d->zone_minutes;
		return true;
	}
	if (word.n > 2 && word.p[0] == '(' && word.p[word.n - 1] == ')')
		word = slice_sub(word, 1, word.n - 2);
	if (word.n == 0 || word.n > 5)
		return false;
	for (i = 0; i < word.n; i++) {
		if ((word.p[i] | 0x20) < 'a' || (word.p[i] | 0x20) > 'z')
			return false;
	}
	/* "MET DST": one hour on top of the zone before it. */
	if (slice_equal_nocase(word, SLICE_OF("DST"))) {
		d->zone_minutes += 60;
		return true;
	}
	for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (slice_equal_nocase(word, slice_string(zones[i].name)))
			d->zone_minutes = zones[i].minutes;
	}
	return true;
}

static bool
parse_year(struct slice word, struct date *d)
{
	if (!slice_number(word, 9999, &d->year))
		return false;
	if (word.n == 2)
		d->year += d->year < 70 ? 2000 : 1900;
	else if (word.n != 4)
		return false;
	d->has_year = d->year >= 1900;
	return d->has_year;
}

/* "Nov 23" or "23 Nov", with one comma or none behind the word. */
static bool
parse_day(struct slice first, struct slice second, struct date *d)
{
	int month = find_name(first, months);
	struct slice day = second;

	if (month < 0) {
		month = find_name(second, months);
		day = first;
	}
	if (month < 0 || day.n > 2 || !slice_number(day, 31, &d->day) || d->day == 0)
		return false;
	d->month = (uint64_t)month + 1;
	return true;
}

/*
 * Everything behind the weekday: day and month in either order, then time,
 * year and zones in any order, then perhaps "remote from host" (UUCP).  All
 * of the rest must be understood: a sentence that goes on is no date.
 */
static bool
parse_date(struct slice rest, struct date *d)
{
	struct slice first, second, word;
	unsigned zone_words = 0;

	memset(d, 0, sizeof(*d));
	if (!next_word(&rest, &first) || !next_word(&rest, &second) ||
	    !parse_day(first, second, d))
		return false;
	while (next_word(&rest, &word)) {
		if (!d->has_time && slice_find(word, 0, ':') < word.n) {
			if (!parse_clock(word, d))
				return false;
			d->has_time = true;
		} else if (!d->has_year && parse_year(word, d)) {
			continue;
		} else if (d->has_time && d->has_year && slice_is(word, "remote")) {
			return next_word(&rest, &word) && slice_is(word, "from") &&
			    next_word(&rest, &word) && !next_word(&rest, &word);
		} else if (!d->has_time || ++zone_words > 2 || !parse_zone(word, d)) {
			return false;
		}
	}
	return d->has_time && d->has_year;
}

static int64_t
date_seconds(const struct date *d)
{
	int64_t days_since = text_days((int)d->year, (unsigned)d->month, (unsigned)d->day);

	return days_since * DAY_SECONDS + (int64_t)(d->hour * 3600 + d->minute * 60 + d->second) -
	    d->zone_minutes * 60;
}

enum separator
separator_parse(struct slice line, struct from_line *out)
{
	struct slice rest, before, word;
	struct date d;
	size_t at;

	if (!slice_starts(line, "From "))
		return SEPARATOR_NO;
	rest = slice_trim(slice_from(line, 5));
	if (out != NULL) {
		out->sender = rest;
		out->date = 0;
		out->has_date = false;
	}
	/* The date begins at a weekday; what stands before it is the sender,
	 * which may hold blanks ("ann at example.org", quoted names). */
	for (before = rest; next_word(&rest, &word);) {
		at = (size_t)(word.p - before.p);
		if (word.n == 4 && word.p[3] == ',')
			word.n = 3;
		if (find_name(word, days) < 0 || !parse_date(rest, &d))
			continue;
		if (out != NULL) {
			out->sender = slice_trim(slice_sub(before, 0, at));
			out->date = date_seconds(&d);
			out->has_date = true;
		}
		return SEPARATOR_STRONG;
	}
	return SEPARATOR_WEAK;
}

/* The civil date of a day since 1970, by counting in eras of 400 years that
 * begin on 1 March (Howard Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static void
civil_of_days(int64_t day, struct date *out)
{
	int64_t shifted = day + 719468, era = shifted / 146097;
	int64_t in_era = shifted - era * 146097;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	out->day = (uint64_t)(in_year - (153 * month + 2) / 5 + 1);
	out->month = (uint64_t)(month < 10 ? month + 3 : month - 9);
	out->year = (uint64_t)(year + era * 400 + (out->month <= 2));
}

void
separator_add(struct buf *out, struct slice sender, int64_t date)
{
	int64_t day, second;
	struct date d;
	size_t i;

	if (date < DATE_MIN || date > DATE_MAX)
		date = 0;
	second = ((date % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
	day = (date - second) / DAY_SECONDS;
	civil_of_days(day, &d);

	buf_add_string(out, "From ");
	/* A blank or a line end in the sender would make another line of it. */
	for (i = 0; i < sender.n; i++)
		buf_add_byte(out, sender.p[i] <= ' ' || sender.p[i] == 0x7f ? '-' : sender.p[i]);
	if (sender.n == 0)
		buf_add_string(out, "MAILER-DAEMON");
	buf_add_format(out, " %.3s %.3s %2u %02u:%02u:%02u %u\n",
	    days + 3 * ((day % 7 + 11) % 7), months + 3 * (d.month - 1), (unsigned)d.day,
	    (unsigned)(second / 3600), (unsigned)(second / 60 % 60), (unsigned)(second % 60),
	    (unsigned)d.year);
}

bool
separator_follows(struct slice s)
{
	struct slice line, next;
	bool behind_empty = false;

	while (slice_line(&s, &line)) {
		/* What a crash left may end in NUL bytes, right before a separator. */
		while (line.n > 0 && line.p[0] == '\0')
			line = slice_from(line, 1);
		if (line.p != NULL && separator_parse(line, NULL) == SEPARATOR_STRONG) {
			next = slice_sub(s, 0, slice_find(s, 0, '\n'));
			if (behind_empty || header_line_looks_good(next))
				return true;
		}
		behind_empty = slice_chomp(line).n == 0;
	}
	return false;
}

bool
header_line_looks_good(struct slice line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
		n++;
	return n > 0 && n < line.n && line.p[n] == ':';
}
