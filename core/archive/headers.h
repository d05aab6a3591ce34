/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_HEADERS_H
#define CORE_ARCHIVE_HEADERS_H

#include "core/archive/archive.h"

struct progress;
struct target;

/*
 * Headers in the place of those that files bear, for keys that were added
 * later: files are never changed, so what opens them to another key lies
 * beside them.  FORMAT.md, 10.1.
 */
struct headers;

/* All that are at the target.  A file of them that is damaged is left out. */
int headers_load(struct target *t, struct headers **out, struct error *err);
void headers_free(struct headers *h);   /* NULL is fine */
/* The headers for a file, from number *at on, which is 0 at first and
 * HEADERS_END behind the last: the text, and where the nonce lies in the file.
 * False: no more. */
#define HEADERS_END SIZE_MAX
bool headers_next(const struct headers *h, const char *name, size_t *at, struct slice *text,
    uint64_t *nonce);

/* "headers/DIGEST.jsonl"; false for another name. */
bool headers_parse_name(struct slice name, struct digest *out);

/* Put headers for these recipients for all packs, indexes and snapshots that are
 * there; durable on return.  The archive has to be open to its identities.
 * A file that they do not open is counted in missed. */
int archive_rewrap(struct archive *a, const struct recipients *to, const char *spool,
    struct progress *progress, size_t *count, size_t *missed, struct error *err);

#endif
