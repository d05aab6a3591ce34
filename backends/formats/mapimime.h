/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAPIMIME_H
#define BACKENDS_FORMATS_MAPIMIME_H

#include <stdint.h>

#include "core/base/buf.h"

/*
 * Writing mail: lines end in LF, and the same values give the same bytes for
 * ever, for a message made of them is known by its bytes.
 */

/* "Name: value", folded; what is not ASCII as encoded words (RFC 2047). */
void mime_add_field(struct buf *out, const char *name, struct slice utf8);
/* The same of text that must not be encoded: ids, parameters. */
void mime_add_raw_field(struct buf *out, const char *name, struct slice text);
/* One address of a list, as "\"Anna\" <anna@example.org>"; either may be empty. */
void mime_add_address(struct buf *out, struct slice name, struct slice address);
/* "; name=value" on a line of its own (RFC 2231 where it is not ASCII). */
void mime_add_parameter(struct buf *out, const char *name, struct slice utf8);
/* RFC 5322, 3.3, in UTC. */
void mime_add_date(struct buf *out, int64_t seconds);
/* Text as quoted-printable; ends in LF.  No line of it can be a boundary of
 * ours, begin with "From ", or be taken for anything else. */
void mime_add_quoted(struct buf *out, struct slice text);

#endif
