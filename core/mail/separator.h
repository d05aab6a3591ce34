/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_SEPARATOR_H
#define CORE_MAIL_SEPARATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * The "From " line of the mbox family (RFC 4155 and what real writers do).
 * strong: it carries a date in one of the known shapes; weak: it begins with
 * "From " and no date was understood.  A weak one separates only when the
 * next line looks like a header field, and the caller checks that.
 */
enum separator { SEPARATOR_NO, SEPARATOR_WEAK, SEPARATOR_STRONG };

struct from_line {
	struct slice sender;    /* may be empty; "-" and "???@???" as they are */
	int64_t date;           /* seconds since 1970, a missing zone read as UTC */
	bool has_date;
};

/* line is one line with or without its line end; out may be NULL. */
enum separator separator_parse(struct slice line, struct from_line *out);

/* "From sender Thu Nov 23 12:29:40 2026\n": what our own mbox writer puts. */
void separator_add(struct buf *out, struct slice sender, int64_t date);

/* Does a separator stand in s behind lines that are none: a strong one below
 * an empty line, or above a header field?  Of s whole lines are looked at. */
bool separator_follows(struct slice s);

/* Does the line begin with a header field name and a colon (RFC 5322, 2.2)? */
bool header_line_looks_good(struct slice line);

#endif
