/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(struct slice s);
/* Append s; every byte that is not part of valid UTF-8 becomes U+FFFD. */
void text_add_utf8(struct buf *out, struct slice s);
/* Decode one code point off *rest; U+FFFD for a bad byte; false at the end. */
bool text_next(struct slice *rest, uint32_t *code);
void text_add_code(struct buf *out, uint32_t code);
/* Append UTF-16, little-endian; half of a pair alone becomes U+FFFD, and a
 * last odd byte is left out. */
void text_add_utf16(struct buf *out, struct slice s);

/*
 * Append s so that it can do no harm on a terminal: C0 and C1 controls, DEL,
 * bidi controls (U+202A–202E, U+2066–2069, U+200E, U+200F, U+061C), line and
 * paragraph separators and invalid bytes are shown as escapes (\x1b, \u202e).
 * Newline and tab are kept where multiline is set, else escaped too.
 */
void text_add_printable(struct buf *out, struct slice s, bool multiline);
bool text_is_control(uint32_t code);    /* one of those */

/* How many bytes from the start are printable ASCII: what needs no looking at. */
size_t text_plain_prefix(struct slice s);

/* Columns of a terminal that valid UTF-8 takes (wide characters two,
 * combining ones none), and s cut to at most columns, "…" when it was. */
unsigned text_width(struct slice s);
void text_add_cut(struct buf *out, struct slice s, unsigned columns);

/* RFC 3339 in UTC: "2026-11-23T02:00:04Z"; seconds since 1970.  A time outside
 * the years 0 to 9999 is shown as the nearest inside. */
void text_add_time(struct buf *out, int64_t seconds);
/* As above, or a date, with "T" or a blank, with or without seconds and zone
 * (none means local time as given in minutes east of UTC).  False: not a time.
 * is_date tells that no time of day was given. */
bool text_parse_time(struct slice s, int zone_minutes, int64_t *seconds, bool *is_date);
/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
int64_t text_days(int year, unsigned month, unsigned day);
/* "1.4 GB": decimal units, at most three figures, one of them a decimal. */
void text_add_size(struct buf *out, uint64_t bytes);

#endif
