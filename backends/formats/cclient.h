/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_CCLIENT_H
#define BACKENDS_FORMATS_CCLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/mail/flags.h"

/* What the formats of the c-client library (Alpine, Pine, UW IMAP) share. */

/* Bits of system flags (mail.h); the others are keywords by number. */
#define CCLIENT_EXPUNGED 0x8000u
unsigned cclient_flags(uint64_t bits);

/*
 * The line in front of a message of mbx, mtx and tenex:
 *
 *	mbx    23-Nov-2026 11:43:24 +0000,49;0000000c0001-00000007 CR LF
 *	             date, bytes; keywords 8, flags 4, UID 8, all hexadecimal
 *	mtx    23-Nov-2026 11:43:24 +0000,49;000000000001 CR LF
 *	             keywords 10 (the first one is the highest bit), flags 2, octal
 *	tenex  the same, with LF; the message's lines too
 */
struct cclient_line {
	size_t n;               /* bytes of the line */
	uint64_t size;          /* of the message behind it */
	uint64_t keywords, bits;
	bool is_octal;          /* mtx or tenex */
	int64_t date;
};

#define CCLIENT_LINE_MAX 128u

/* Does a whole such line begin s? */
bool cclient_line_parse(struct slice s, struct cclient_line *out);

#endif
