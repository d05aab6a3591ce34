/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_RANGE_H
#define BACKENDS_TARGETS_RANGE_H

#include "backends/targets/http.h"
#include "core/base/arena.h"

/* Part of a file over HTTP (RFC 9110 14). */

/* The header that asks for n bytes from at, n > 0; most: of the answer. */
const char *range_header(struct arena *a, uint64_t at, uint64_t n, uint64_t *most);
/* What was asked for, out of the answer; ERR_CORRUPT where it is something
 * else.  1: the status is none that says anything of bytes. */
int range_take(const struct http_answer *answer, uint64_t at, uint64_t n, struct buf *out,
    struct error *err);

#endif
