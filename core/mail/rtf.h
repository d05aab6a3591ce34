/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_RTF_H
#define CORE_MAIL_RTF_H

#include "core/base/buf.h"
#include "core/base/error.h"

/* The plain bytes of compressed RTF ([MS-OXRTFCP]), which replace out. */
int rtf_expand(struct slice packed, size_t max, struct buf *out, struct error *err);

/* How 8-bit text becomes UTF-8, appended to out: a reader that is confined has
 * other means than one that is not. */
typedef void rtf_convert(struct buf *out, struct slice s, unsigned codepage);

/*
 * Outlook wraps HTML and plain text into RTF ([MS-OXRTFEX]).  out is replaced
 * by what was wrapped, as UTF-8 of at most max bytes.
 */
enum rtf_kind { RTF_OTHER, RTF_HTML, RTF_TEXT };

enum rtf_kind rtf_unwrap(struct slice rtf, rtf_convert *convert, size_t max, struct buf *out);
/* The same; of RTF in which nothing was wrapped (RTF_OTHER) its text, as far as
 * it goes without a layout. */
enum rtf_kind rtf_text(struct slice rtf, rtf_convert *convert, size_t max, struct buf *out);

#endif
