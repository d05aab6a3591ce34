/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_CHARSET_H
#define CORE_MAIL_CHARSET_H

#include <stdint.h>

#include "core/base/buf.h"

/* Append s, bytes in charset (may be NULL, unknown or wrong), as valid UTF-8.
 * Without a charset that iconv knows, and where ISO-8859-1 is said, it is
 * taken for UTF-8 if it is that, and for windows-1252 otherwise. */
void charset_add_text(struct buf *out, struct slice s, const char *charset);
/* The code point of a byte of windows-1252; U+FFFD where it has none. */
uint32_t charset_code_of_1252(unsigned char c);

#endif
