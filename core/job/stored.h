/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_STORED_H
#define CORE_JOB_STORED_H

#include "core/archive/archive.h"
#include "core/mail/placement.h"

/*
 * The stored bytes of a placement, out of the archive: the message that it
 * names, with its decorations put back.
 */

/* Append them to out, where the message fits into memory; canonical is
 * scratch.  ERR_LIMIT: it does not, use stored_open().  On failure out is as
 * it was. */
int stored_add(struct archive *a, struct object_finder *f, const struct placement *p,
    struct buf *canonical, struct buf *out, struct error *err);

/* Piece by piece: next() gives 1 with a slice valid until the next call, 0 at
 * the end, where the digest was checked.  p must outlive it. */
struct stored;
int stored_open(struct archive *a, struct object_finder *f, const struct placement *p,
    struct stored **out, struct error *err);
int stored_next(struct stored *s, struct slice *out, struct error *err);
void stored_close(struct stored *s);            /* NULL is fine */

/* Read all of a message and throw it away: is it whole?  For a message too
 * long for memory, before its first byte goes where it cannot be taken
 * back.  *size: of the canonical bytes. */
int message_prove(struct archive *a, struct object_finder *f, const struct digest *id,
    uint64_t *size, struct error *err);

#endif
