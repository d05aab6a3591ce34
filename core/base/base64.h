/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_BASE64_H
#define CORE_BASE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/* RFC 4648 section 4: the standard alphabet with padding. */

/* Append the encoding of plain, without line ends. */
void base64_encode(struct slice plain, struct buf *out);

/* Append the encoding in lines of width characters (a multiple of 4), each
 * line but the last followed by eol. */
void base64_encode_lines(struct slice plain, unsigned width, const char *eol,
    struct buf *out);

/*
 * Append the plain bytes of text, which must be one line of the alphabet,
 * canonical: a whole number of quadruples, padding only at the very end,
 * unused bits zero.  False (out as before) when it is anything else.
 */
bool base64_decode(struct slice text, struct buf *out);

/* How many characters from p on are of the alphabet (no padding, no line
 * ends): the fast scan that finds base64 bodies. */
size_t base64_span(struct slice text);

#endif
