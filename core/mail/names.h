/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_NAMES_H
#define CORE_MAIL_NAMES_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

/*
 * Names of folders and files as clients write them on disk.  Each decoder
 * gives false, and leaves out alone, where the bytes are not of its kind.
 */

/* Modified UTF-7 (RFC 3501, 5.1.3); accepted only if encoding the result
 * again gives the same bytes.  A name without "&" is not of the kind. */
bool name_decode_utf7(struct slice raw, struct buf *out);
void name_encode_utf7(struct buf *out, struct slice utf8);
/* %XX escapes, when every "%" is followed by two hexadecimal digits. */
bool name_decode_percent(struct slice raw, struct buf *out);
/* Append UTF-8 with its accents composed (NFC); HFS+ keeps names in pieces. */
void name_compose(struct slice raw, struct buf *out);
/* Evolution: _2E and _5F (camel-maildir-store.c). */
bool name_decode_evolution(struct slice raw, struct buf *out);

/* A Maildir file name (cr.yp.to/proto/maildir.html): base, and what follows
 * from the separator on.  Separators ":", "!", ";", "-" and the private-use
 * characters that SMB and FAT copies put there are known before "2," (or "1,");
 * letters are those behind it. */
struct maildir_name {
	struct slice base, info, letters;
};

void maildir_name_parse(struct slice name, struct maildir_name *out);

/*
 * The components of a mailbox as one string for command lines and tables:
 * joined by "/", with "/" and "%" inside a component as %2F and %25.
 */
void mailbox_name_add(struct buf *out, const struct slice *components, size_t n);
/* The next component of such a string replaces out; false at the end. */
bool mailbox_name_next(struct slice *rest, struct buf *out);

#endif
