/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_ARCHIVEEXPAND_H
#define BACKENDS_FORMATS_ARCHIVEEXPAND_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/* Replace out with the plain bytes of a bzip2 or xz stream.  At most max bytes
 * are produced: more is ERR_LIMIT.  Damage is ERR_FORMAT. */
int archive_expand(struct slice packed, uint64_t max, struct buf *out, struct error *err);

#endif
