/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_INDEXWRITE_H
#define CORE_ARCHIVE_INDEXWRITE_H

#include "core/archive/writer.h"

/* As index_write() of index.h, telling the size of the index object. */
int index_put(struct archive *a, struct pack_record *const *records, size_t n,
    const char *spool, uint64_t *size, struct error *err);

#endif
