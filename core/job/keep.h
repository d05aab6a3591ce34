/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_KEEP_H
#define CORE_JOB_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which backups stay.  A backup is kept when any rule keeps it:
 *
 *	last N		the newest N
 *	hourly N …	of the newest N hours (days, weeks, months, years) that have
 *			a backup, the newest backup of each
 *	within SPAN	all that are not older than the newest by more than SPAN
 *	alarmed		those that found mail missing, and the one before each,
 *			which has it still
 *
 * The rules are applied to the backups of each host and user apart.  Hours and
 * days are those of UTC, so that every machine chooses the same; weeks begin on
 * Monday (ISO 8601).  The newest backup of all always stays: the next one
 * builds on it.
 */
struct keep_span {
	unsigned years, months, days, hours;
};

struct keep_rules {
	uint64_t last, hourly, daily, weekly, monthly, yearly;  /* 0: no such rule */
	struct keep_span within;
	bool has_within;
	bool alarmed;
};

enum {
	KEEP_NEWEST = 1, KEEP_LAST = 2, KEEP_HOURLY = 4, KEEP_DAILY = 8, KEEP_WEEKLY = 16,
	KEEP_MONTHLY = 32, KEEP_YEARLY = 64, KEEP_WITHIN = 128, KEEP_ALARMED = 256
};

struct keep_item {
	int64_t time;
	const char *host, *user;
	bool has_alarm;
	unsigned why;           /* set by keep_choose(); 0: it goes */
};

/* False where there is no rule: then nothing may be forgotten. */
bool keep_has_rules(const struct keep_rules *r);
/* "1y2m3w4d5h", each at most once, in this order; false where it is none. */
bool keep_parse_span(const char *text, struct keep_span *out);
/* Items in the order they were written, oldest first. */
void keep_choose(const struct keep_rules *r, struct keep_item *items, size_t n);
/* "hourly": the word of one of the bits above. */
const char *keep_word(unsigned bit);

#endif
