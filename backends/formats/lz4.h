/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_LZ4_H
#define BACKENDS_FORMATS_LZ4_H

#include <stdbool.h>

#include "core/base/buf.h"

/* Append the plain bytes of one block of LZ4's, max at most, to out; false:
 * damaged or longer. */
bool lz4_expand(struct slice block, size_t max, struct buf *out);

#endif
