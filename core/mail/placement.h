/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_PLACEMENT_H
#define CORE_MAIL_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/mail/flags.h"

/*
 * One message in one mailbox, and all that is needed to give its stored
 * bytes back exactly:
 *
 *	stored = expand(canonical message) with the insertions put in
 *
 * where expand() turns each LF into CR LF if crlf is set, and each insertion
 * stands before the byte at its offset of the expanded bytes (several at one
 * offset in their order; PLACEMENT_END: behind the last byte).  An insertion
 * whose text is part of the client's changing state (X-Mozilla-Status …) is
 * marked, so that a listing can keep it apart.  FORMAT.md says how it is
 * written down.
 */
#define PLACEMENT_END UINT64_MAX

struct insertion {
	uint64_t at;
	struct slice text;
	bool is_state;
};

enum placement_kind {
	PLACED_MESSAGE,         /* id names a message */
	PLACED_CHUNKS           /* bytes that are no mail (c-client's pseudo message, rubbish
	                         * before the first separator): id names a chunk */
};

struct placement {
	/* What: rarely changes. */
	enum placement_kind kind;
	struct digest id;
	bool crlf;
	struct insertion *insertions;
	size_t insertion_count;
	/* For a message in a file of its own: path = [directory "/"] name info,
	 * relative to the mailbox.  name is empty when the mailbox is one file. */
	struct slice name;
	uint32_t mode;
	int64_t mtime_ns;
	/* State: changes when the person reads, flags, files. */
	struct slice directory; /* "cur", "new", or empty */
	struct slice info;      /* ":2,FS", or empty */
	unsigned flags;
	struct tags tags;
	bool dead;              /* in the file, but no longer shown by its client:
	                         * restored with the file, listed nowhere */
	/* Not archived: sizes known to whoever made it. */
	uint64_t stored_size;
};

/* How many bytes the rejoined placement has, given the canonical size and
 * the number of LF in it. */
uint64_t placement_stored_size(const struct placement *p, uint64_t size, uint64_t lf_count);

/*
 * Give stored bytes back, piece by piece: open, feed the canonical message
 * in order, end.  feed() and end() append to out.  ERR_CORRUPT when an
 * insertion lies behind the end of the message.
 */
struct rejoiner {
	const struct placement *placement;
	size_t next;            /* insertion */
	uint64_t at;            /* in the expanded bytes */
};

void rejoin_open(struct rejoiner *r, const struct placement *p);
void rejoin_feed(struct rejoiner *r, struct slice canonical, struct buf *out);
int rejoin_end(struct rejoiner *r, struct buf *out, struct error *err);

/* The same in one call; replaces out. */
int placement_rejoin(const struct placement *p, struct slice canonical, struct buf *out,
    struct error *err);

#endif
