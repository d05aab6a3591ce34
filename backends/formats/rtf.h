/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_RTF_H
#define BACKENDS_FORMATS_RTF_H

#include "core/base/buf.h"
#include "core/base/error.h"

/* The plain bytes of compressed RTF ([MS-OXRTFCP]), which replace out. */
int rtf_expand(struct slice packed, size_t max, struct buf *out, struct error *err);

/*
 * Outlook wraps HTML and plain text into RTF ([MS-OXRTFEX]).  out is replaced
 * by what was wrapped, as UTF-8 of at most max bytes.
 */
enum rtf_kind { RTF_OTHER, RTF_HTML, RTF_TEXT };

enum rtf_kind rtf_unwrap(struct slice rtf, size_t max, struct buf *out);

#endif
