/* SPDX-License-Identifier: MIT */
#include "core/job/keep.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "tests/t.h"

/* What a set of rules keeps, one letter a backup from the oldest on: "." goes,
 * "K" stays, and with bit set "x" stays because of that. */
static void
keeps_of(const struct keep_rules *r, const struct keep_item *items, size_t n, unsigned bit,
    const char *want)
{
	struct keep_item copy[64];
	char have[65] = "";
	size_t i;

	memcpy(copy, items, n * sizeof(*items));
	keep_choose(r, copy, n);
	for (i = 0; i < n; i++)
		have[i] = copy[i].why == 0 ? '.' : bit != 0 && (copy[i].why & bit) != 0 ? 'x' : 'K';
	T(strcmp(have, want) == 0, "have %s, want %s", have, want);
}

static int64_t
at(const char *text)
{
	int64_t time = 0;
	bool is_date;

	T(text_parse_time(slice_string(text), 0, &time, &is_date), "%s", text);
	return time;
}

static size_t
make(struct keep_item *items, const char *const *times)
{
	size_t n;

	for (n = 0; times[n] != NULL; n++)
		items[n] = (struct keep_item){ .time = at(times[n]), .host = "a", .user = "p" };
	return n;
}

static void
periods(void)
{
	static const char *const times[] = {
		"2023-12-30T02:00:00Z",         /* Saturday */
		"2024-12-29T02:00:00Z",         /* Sunday */
		"2024-12-30T02:00:00Z",         /* Monday of the first week of 2025 */
		"2025-01-01T02:00:00Z",
		"2025-01-31T23:59:59Z",
		"2025-02-01T00:00:00Z",
		"2025-02-01T00:59:59Z",
		"2025-02-01T01:00:00Z",
		"2025-02-01T23:00:00Z",
		NULL
	};
	struct keep_item items[64];
	size_t n = make(items, times);

	keeps_of(&(struct keep_rules){ .last = 3 }, items, n, KEEP_LAST, "......xxx");
	keeps_of(&(struct keep_rules){ .last = 100 }, items, n, KEEP_LAST, "xxxxxxxxx");
	keeps_of(&(struct keep_rules){ .hourly = 3 }, items, n, KEEP_HOURLY, "......xxx");
	keeps_of(&(struct keep_rules){ .hourly = 4 }, items, n, KEEP_HOURLY, "....x.xxx");
	keeps_of(&(struct keep_rules){ .daily = 2 }, items, n, KEEP_DAILY, "....x...x");
	keeps_of(&(struct keep_rules){ .daily = 5 }, items, n, KEEP_DAILY, ".xxxx...x");
	/* 31 January and 1 February are one week; 30 December and 1 January too. */
	keeps_of(&(struct keep_rules){ .weekly = 4 }, items, n, KEEP_WEEKLY, "xx.x....x");
	keeps_of(&(struct keep_rules){ .monthly = 3 }, items, n, KEEP_MONTHLY, "..x.x...x");
	keeps_of(&(struct keep_rules){ .yearly = 9 }, items, n, KEEP_YEARLY, "x.x.....x");
	keeps_of(&(struct keep_rules){ .yearly = 1, .daily = 2 }, items, n, KEEP_YEARLY, "....K...x");
	/* A month before 1 February at 23 is 1 January at 23. */
	keeps_of(&(struct keep_rules){ .has_within = true, .within = { .months = 1 } }, items, n,
	    KEEP_WITHIN, "....xxxxx");
	keeps_of(&(struct keep_rules){ .has_within = true, .within = { .hours = 24 } }, items, n,
	    KEEP_WITHIN, "....xxxxx");
	keeps_of(&(struct keep_rules){ .has_within = true, .within = { .hours = 22 } }, items, n,
	    KEEP_WITHIN, ".......xx");
	keeps_of(&(struct keep_rules){ .has_within = true, .within = { .years = 1, .days = 3 } },
	    items, n, KEEP_WITHIN, ".xxxxxxxx");
}

static void
before_1970(void)
{
	static const char *const times[] = {
		"1969-12-28T23:00:00Z", "1969-12-29T01:00:00Z", "1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00Z", NULL
	};
	struct keep_item items[64];
	size_t n = make(items, times);

	keeps_of(&(struct keep_rules){ .daily = 2 }, items, n, KEEP_DAILY, "..xx");
	keeps_of(&(struct keep_rules){ .weekly = 2 }, items, n, KEEP_WEEKLY, "x..x");
	keeps_of(&(struct keep_rules){ .yearly = 2 }, items, n, KEEP_YEARLY, "..xx");
}

/* Each host and user by itself; the newest of all in any case. */
static void
groups(void)
{
	static const char *const times[] = {
		"2025-01-01T02:00:00Z", "2025-01-02T02:00:00Z", "2025-01-03T02:00:00Z",
		"2025-01-04T02:00:00Z", "2025-01-05T02:00:00Z", NULL
	};
	struct keep_item items[64];
	size_t n = make(items, times);

	items[0].host = items[2].host = "b";
	items[3].user = "q";
	keeps_of(&(struct keep_rules){ .last = 1 }, items, n, KEEP_LAST, "..xxx");
	items[4].time = at("2025-01-01T00:00:00Z");     /* a clock set back */
	keeps_of(&(struct keep_rules){ .last = 1 }, items, n, KEEP_LAST, ".xxxK");
	keeps_of(&(struct keep_rules){ .last = 1 }, items, n, KEEP_NEWEST, ".KKKx");
	items[1].has_alarm = true;
	items[4].time = at("2025-01-05T00:00:00Z");
	items[0].host = "a";
	keeps_of(&(struct keep_rules){ .alarmed = true }, items, n, KEEP_ALARMED, "xx..K");
	keeps_of(&(struct keep_rules){ .alarmed = false }, items, n, 0, "....K");
	keeps_of(&(struct keep_rules){ .last = 1 }, items, 0, 0, "");
}

static void
spans(void)
{
	struct keep_span s;
	static const char *const bad[] = { "", "3", "d", "3q", "3d4", "4h3d", "3d3d", "-1d", "1 d",
		"99999y", "3D" };
	size_t i;

	T(keep_parse_span("1y2m3w4d5h", &s) && s.years == 1 && s.months == 2 && s.days == 25 &&
	    s.hours == 5, "all of it");
	T(keep_parse_span("36h", &s) && s.years == 0 && s.hours == 36, "hours");
	T(keep_parse_span("10d", &s) && s.days == 10 && s.hours == 0, "days");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(!keep_parse_span(bad[i], &s), "\"%s\"", bad[i]);
	T(!keep_has_rules(&(struct keep_rules){ .last = 0 }) &&
	    keep_has_rules(&(struct keep_rules){ .alarmed = true }) &&
	    keep_has_rules(&(struct keep_rules){ .weekly = 1 }), "rules");
	T(strcmp(keep_word(KEEP_ALARMED), "alarmed") == 0 && strcmp(keep_word(0), "") == 0, "words");
}

int
main(void)
{
	periods();
	before_1970();
	groups();
	spans();
	return t_done();
}
