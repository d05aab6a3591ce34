/* SPDX-License-Identifier: MIT */
#include "core/job/keep.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

#define SPAN_MAX 10000u

bool
keep_has_rules(const struct keep_rules *r)
{
	return r->last > 0 || r->hourly > 0 || r->daily > 0 || r->weekly > 0 || r->monthly > 0 ||
	    r->yearly > 0 || r->has_within || r->alarmed;
}

const char *
keep_word(unsigned bit)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{ KEEP_NEWEST, "newest" }, { KEEP_LAST, "last" }, { KEEP_HOURLY, "hourly" },
		{ KEEP_DAILY, "daily" }, { KEEP_WEEKLY, "weekly" }, { KEEP_MONTHLY, "monthly" },
		{ KEEP_YEARLY, "yearly" }, { KEEP_WITHIN, "within" }, { KEEP_ALARMED, "alarmed" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].bit == bit)
			return words[i].word;
	return "";
}

bool
keep_parse_span(const char *text, struct keep_span *out)
{
	static const char units[] = "ymwdh";
	unsigned numbers[5] = { 0 };
	struct slice rest = slice_string(text);
	size_t digits, unit = 0;
	uint64_t n;

	if (rest.n == 0)
		return false;
	while (rest.n > 0) {
		for (digits = 0; digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9';)
			digits++;
		if (digits == rest.n || !slice_number(slice_sub(rest, 0, digits), SPAN_MAX, &n))
			return false;
		while (unit < 5 && (unsigned char)units[unit] != rest.p[digits])
			unit++;
		if (unit == 5)
			return false;
		numbers[unit++] = (unsigned)n;
		rest = slice_from(rest, digits + 1);
	}
	*out = (struct keep_span){ .years = numbers[0], .months = numbers[1],
		.days = numbers[2] * 7 + numbers[3], .hours = numbers[4] };
	return true;
}

/* ---- Choosing ---- */

static int64_t
floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
hour_of(int64_t time)
{
	return floor_divide(time, 3600);
}

static int64_t
day_of(int64_t time)
{
	return floor_divide(time, 86400);
}

/* 1970-01-01 was a Thursday. */
static int64_t
week_of(int64_t time)
{
	return floor_divide(day_of(time) + 3, 7);
}

static int64_t
year_of(int64_t time)
{
	time_t t = (time_t)time;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 0 : tm.tm_year;
}

static int64_t
month_of(int64_t time)
{
	time_t t = (time_t)time;
	struct tm tm;

	return gmtime_r(&t, &tm) == NULL ? 0 : (int64_t)tm.tm_year * 12 + tm.tm_mon;
}

/* By the calendar: a month before 31 March is 31 February, which is 3 March. */
static int64_t
span_before(int64_t time, const struct keep_span *span)
{
	time_t t = (time_t)time;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return time;
	tm.tm_year -= (int)span->years;
	tm.tm_mon -= (int)span->months;
	tm.tm_mday -= (int)span->days;
	tm.tm_hour -= (int)span->hours;
	return (int64_t)timegm(&tm);
}

struct group {
	struct keep_item **newest_first;
	size_t n;
};

/* The newest of each of the newest most periods. */
static void
keep_periods(const struct group *g, uint64_t most, int64_t (*period)(int64_t), unsigned bit)
{
	int64_t last = 0, now;
	size_t i;
	bool any = false;

	for (i = 0; i < g->n && most > 0; i++) {
		now = period(g->newest_first[i]->time);
		if (any && now == last)
			continue;
		g->newest_first[i]->why |= bit;
		last = now;
		any = true;
		most--;
	}
}

static void
choose(const struct keep_rules *r, const struct group *g)
{
	int64_t oldest;
	size_t i;

	for (i = 0; i < g->n && i < r->last; i++)
		g->newest_first[i]->why |= KEEP_LAST;
	keep_periods(g, r->hourly, hour_of, KEEP_HOURLY);
	keep_periods(g, r->daily, day_of, KEEP_DAILY);
	keep_periods(g, r->weekly, week_of, KEEP_WEEKLY);
	keep_periods(g, r->monthly, month_of, KEEP_MONTHLY);
	keep_periods(g, r->yearly, year_of, KEEP_YEARLY);
	oldest = span_before(g->newest_first[0]->time, &r->within);
	for (i = 0; i < g->n && r->has_within; i++)
		if (g->newest_first[i]->time >= oldest)
			g->newest_first[i]->why |= KEEP_WITHIN;
	for (i = 0; i < g->n && r->alarmed; i++) {
		if (!g->newest_first[i]->has_alarm)
			continue;
		g->newest_first[i]->why |= KEEP_ALARMED;
		if (i + 1 < g->n)
			g->newest_first[i + 1]->why |= KEEP_ALARMED;
	}
}

/* By host and user, the newest first; of one second the one written last. */
static int
compare(const void *pa, const void *pb)
{
	const struct keep_item *a = *(struct keep_item *const *)pa,
	    *b = *(struct keep_item *const *)pb;
	int order = strcmp(a->host, b->host);

	if (order == 0)
		order = strcmp(a->user, b->user);
	if (order != 0)
		return order;
	if (a->time != b->time)
		return a->time > b->time ? -1 : 1;
	return a > b ? -1 : a < b;
}

void
keep_choose(const struct keep_rules *r, struct keep_item *items, size_t n)
{
	struct keep_item **order = mem_alloc_array(n + 1, sizeof(struct keep_item *));
	struct group g;
	size_t i, first;

	for (i = 0; i < n; i++) {
		items[i].why = i + 1 == n ? KEEP_NEWEST : 0;
		order[i] = &items[i];
	}
	if (n > 0)
		qsort(order, n, sizeof(struct keep_item *), compare);
	for (first = 0; first < n; first += g.n) {
		g = (struct group){ &order[first], 1 };
		while (first + g.n < n && strcmp(order[first]->host, order[first + g.n]->host) == 0 &&
		    strcmp(order[first]->user, order[first + g.n]->user) == 0)
			g.n++;
		choose(r, &g);
	}
	mem_free(order);
}
