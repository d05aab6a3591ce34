/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_TNEF_H
#define CORE_MAIL_TNEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

/*
 * A TNEF stream ([MS-OXTNEF]): the attachment "winmail.dat" into which
 * Outlook and Exchange put what MIME cannot say of a message, and with it the
 * message's own attachments.  Nothing is copied but names: a part is where its
 * bytes lie in the stream.
 */
#define TNEF_MAGIC "\x78\x9f\x3e\x22"

enum tnef_kind {
	TNEF_FILE,              /* an attachment */
	TNEF_TEXT,              /* the body of the message; one of these three */
	TNEF_HTML,
	TNEF_RTF,               /* compressed ([MS-OXRTFCP]) */
	TNEF_MESSAGE            /* an attachment that is a message: a stream too, whose parts
	                         * follow, one deeper */
};

struct tnef_part {
	enum tnef_kind kind;
	unsigned depth;         /* 0: of the message whose stream it is */
	const char *name;       /* UTF-8; or NULL */
	const char *type;       /* as it says, "image/png", lower case; or NULL */
	const char *charset;    /* of TNEF_TEXT and TNEF_HTML; or NULL */
	size_t at, n;
};

struct tnef {
	struct tnef_part *items;
	size_t n, cap;
	struct buf subjects;    /* of the message and those inside, UTF-8, a line each */
};

#define TNEF_EMPTY { NULL, 0, 0, BUF_EMPTY }

/* Append the parts, in order.  What is damaged ends the reading: what came
 * before it is there.  False where it is no such stream. */
bool tnef_read(struct slice stream, struct arena *a, struct tnef *out);
void tnef_free(struct tnef *t);

#endif
