/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_INDEXWRITE_H
#define CORE_ARCHIVE_INDEXWRITE_H

#include "core/archive/writer.h"

/* As index_write() of index.h, telling the size of the index object. */
int index_put(struct archive *a, struct pack_record *const *records, size_t n,
    const char *spool, uint64_t *size, struct error *err);
/* The same for one that stands in the place of others, which are removed once it
 * is there; *out is its digest. */
int index_put_replacing(struct archive *a, struct pack_record *const *records, size_t n,
    const struct digests *replaced, const char *spool, struct digest *out, struct error *err);

#endif
