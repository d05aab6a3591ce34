/* SPDX-License-Identifier: MIT */
#ifndef CORE_CATALOG_SEARCH_H
#define CORE_CATALOG_SEARCH_H

#include "core/catalog/catalog.h"

/*
 * The query language.  Words are looked for in headers, attachment names and
 * text; all must be there.
 *
 *	word            the word, folded: case and accents do not matter
 *	wor*            words that begin so
 *	"two words"     the phrase
 *	from:anna to:bob subject:invoice file:report.pdf        in that field only
 *	                (to: looks at Cc too; field:"a phrase" and field:wor* too)
 *	folder:inbox    in a mailbox whose name contains it; client:, account: likewise
 *	tag:work  is:unread is:flagged is:answered is:draft is:deleted is:forwarded is:seen
 *	has:attachment
 *	date:2024  date:2024-05  date:2024-05-03  date:2024-01..2024-06  date:..2020
 *	before:DATE after:DATE  (after includes the day)
 *	larger:1M smaller:10k
 *	id:MESSAGE-ID
 *	-term           not; NOT term
 *	a OR b          either; ( ) group
 *
 * Whatever a person types is a query: a stray operator or quote is taken as
 * text, never as an error.  Only a date or size that makes no sense is
 * ERR_USAGE, with a sentence.  is:deleted: mail that lies nowhere any more.
 */
struct search_options {
	int64_t now;            /* for relative dates: date:today, date:yesterday, date:7d.. */
	int zone_minutes;       /* what a date without zone means */
	uint64_t limit;         /* 0: all */
	bool oldest_first;      /* default: newest first */
};

/* Results through catalog_next_message(); each message once. */
int catalog_search(struct catalog *c, struct slice query, const struct search_options *options,
    struct catalog_rows **out, struct error *err);

#endif
