/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_CANONICAL_H
#define CORE_MAIL_CANONICAL_H

#include "core/mail/placement.h"

/*
 * Clients decorate messages: separator lines, ">From " quoting, status
 * headers, line ends.  The canonical bytes are the message with that taken
 * off, so that one message is the same in every client.
 */
enum quoting {
	QUOTING_NONE,           /* nothing is undone: no quoting, or one that is ambiguous (mboxo) */
	QUOTING_RD,             /* one ">" was put before every body line "^>*From " (mboxrd) */
	QUOTING_DOT             /* one "." was put before every body line "^\\." (RFC 5321, 4.5.2) */
};

/* Header fields a client puts in for itself; only fields of the families
 * named are looked for, so a message is never thinned by chance. */
enum {
	DECOR_MOZILLA = 1u,     /* the block at the very top: X-Mozilla-Status, -Status2, -Keys,
	                         * X-Account-Key, X-UIDL */
	DECOR_STATUS = 2u,      /* Status, X-Status, X-UID, X-IMAP, X-IMAPbase,
	                         * Content-Length, Lines, X-Label (c-client, Dovecot, mutt) */
	DECOR_EVOLUTION = 4u,   /* X-Evolution */
	DECOR_TAKEOUT = 8u,     /* X-GM-THRID, X-Gmail-Labels at the top */
	DECOR_OPERA = 16u,      /* X-Opera-Status, X-Opera-Location at the top */
	DECOR_OURS = 32u,       /* the block that our own mbox writer puts at the very top: Status,
	                         * X-Status, X-Label where there are labels, X-Keywords; what the
	                         * message has of these behind it is its own */
	DECOR_BECKY = 64u,      /* X-Becky-Status */
	DECOR_KEYWORDS = 128u   /* X-Keywords, where the store is one of Dovecot's or c-client's */
};

/* What a format reader knows about the bytes that it found. */
struct framing {
	size_t lead;            /* bytes of separator in front: "From - …\r\n" */
	size_t trail;           /* bytes of separator behind: the empty line */
	enum quoting quoting;
	unsigned decor;
	bool trail_is_state;    /* it changes as the person reads: Apple Mail's property list */
	/* What lead and trail tell of the message. */
	unsigned flags;
	struct tags tags;
	/* Of a message too long for memory: the trail, where its reader has it. */
	struct slice tail;
	/* Bytes in the middle that are none of the message: gap of them, from gap_at
	 * on.  Behind all decorations. */
	size_t gap_at, gap;
};

/*
 * Take the decorations off stored.  message is replaced by the canonical
 * bytes; out gets kind, id (SHA-256 of message), crlf, insertions, flags and
 * tags as far as header fields and the framing tell them, dead (X-Mozilla-Status 0008) and
 * stored_size; its other members are left as they are.  Insertion texts and tags live in
 * the arena.  The result was rejoined and compared with stored; where one
 * byte would differ the message is taken as it lies, without insertions.
 * Cannot fail.  Linear in stored.n.
 */
void canonical_take(struct slice stored, const struct framing *framing, struct arena *a,
    struct buf *message, struct placement *out);

/*
 * For a message too long for memory: head is its first bytes (the whole
 * header where that fits).  Only lead, trail and decorations inside head, and
 * a tail that is given, are taken off; line ends and quoting stay.  On return the canonical message is
 * stored without out's insertions, in order; id is not set.
 */
void canonical_take_head(struct slice head, uint64_t stored_size,
    const struct framing *framing, struct arena *a, struct placement *out);

#endif
