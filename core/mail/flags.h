/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_FLAGS_H
#define CORE_MAIL_FLAGS_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

/*
 * What a client remembers about a message: the system flags of IMAP (RFC
 * 9051, 2.3.2) that mail clients share, "$Forwarded", and tags, which are free
 * words in UTF-8 (IMAP keywords, Thunderbird tags, Gmail labels …).
 */
enum {
	FLAG_SEEN = 1u,
	FLAG_ANSWERED = 2u,
	FLAG_FLAGGED = 4u,
	FLAG_DRAFT = 8u,
	FLAG_DELETED = 16u,     /* marked by the person, still shown or awaiting expunge */
	FLAG_FORWARDED = 32u,
	FLAG_ALL = 63u
};

/* "seen answered": the names in this order, separated by one blank. */
void flags_add_names(struct buf *out, unsigned flags);
unsigned flags_parse_names(struct slice names); /* unknown names are ignored */
const char *flag_name(unsigned flag);           /* of one bit */

/* X-Mozilla-Status and X-Mozilla-Status2, both in hexadecimal (Thunderbird:
 * nsMsgMessageFlags.idl).  *expunged: deleted, waits for compaction. */
unsigned flags_of_mozilla(uint32_t status, uint32_t status2, bool *expunged);
/* Status and X-Status values (mutt, Alpine, Dovecot): "RO", "AF". */
unsigned flags_of_status(struct slice status, struct slice x_status);
/* The letters behind ":2," of a Maildir name; lower-case ones are keywords
 * and left to the caller. */
unsigned flags_of_maildir(struct slice letters);
void flags_add_maildir(struct buf *out, unsigned flags);        /* ASCII order */

/* Tags: a sorted set without duplicates. */
struct tags {
	struct slice *items;
	size_t n;
};

void tags_add(struct tags *tags, struct arena *a, struct slice tag);    /* copies */
bool tags_equal(const struct tags *a, const struct tags *b);

#endif
