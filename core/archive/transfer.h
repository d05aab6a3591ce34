/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_TRANSFER_H
#define CORE_ARCHIVE_TRANSFER_H

#include "core/archive/archive.h"

struct target;

/*
 * Whole files on their way to a target and back.  What goes there is made in
 * a spool directory, synced, and put.
 */

/* Begins the name of every file of ours in a spool directory. */
#define SPOOL_PREFIX "mailcask-"

/* The directory to spool in, made where missing: spool, or for NULL the
 * target's own, or the system's. */
int transfer_spool(struct target *t, const char *spool, const char **out, struct error *err);
/* Remove what interrupted runs left there. */
int transfer_sweep(const char *spool, struct error *err);

/* Put bytes under name; ERR_EXISTS. */
int transfer_put(struct target *t, const char *spool, const char *name, struct slice bytes,
    struct error *err);
/*
 * Put the finished, synced file at path, whose bytes have this digest.  A file
 * of this name that is there already, from an interrupted run, will do if it
 * has the same bytes.  A damaged one gives way: its name says which bytes
 * belong there, and these are they.  path is gone on success.
 */
int transfer_settle(struct target *t, const char *name, const char *path,
    const struct digest *digest, struct error *err);
int transfer_settle_bytes(struct target *t, const char *spool, const char *name,
    struct slice bytes, const struct digest *digest, struct error *err);

/* One frame. */
int transfer_compress(const struct archive *a, struct slice plain, struct buf *packed,
    struct error *err);

/* The whole of a file of at most max bytes: ERR_LIMIT, ERR_NOT_FOUND. */
int transfer_get(struct target *t, const char *name, uint64_t max, struct buf *out,
    struct error *err);
/* Digest and size of a file of any length. */
int transfer_digest(struct target *t, const char *name, struct digest *out, uint64_t *size,
    struct error *err);

#endif
