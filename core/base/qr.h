/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_QR_H
#define CORE_BASE_QR_H

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Append text as a QR code (ISO/IEC 18004), drawn with half blocks, two rows of
 * it in each line, dark on light, a margin around; every line begins with
 * prefix.  ERR_LIMIT: text is too long for one.
 */
int qr_add(struct buf *out, const char *prefix, const char *text, struct error *err);

#endif
