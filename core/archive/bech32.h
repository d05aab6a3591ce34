/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_BECH32_H
#define CORE_ARCHIVE_BECH32_H

#include <stdbool.h>

#include "core/base/buf.h"

/*
 * Bech32 (BIP 173), as age writes its keys: a prefix, a "1", and the bytes in
 * characters that people do not take for one another, with a checksum that
 * finds any four of them that are wrong.  No limit on length.
 */

/* Append prefix (in lower case), "1" and the bytes. */
void bech32_add(struct buf *out, const char *prefix, struct slice bytes);
/* text must be of that prefix in every character and hold n bytes; all of it
 * in lower case. */
bool bech32_parse(struct slice text, const char *prefix, unsigned char *out, size_t n);

#endif
