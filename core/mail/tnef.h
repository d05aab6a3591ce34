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
#define TNEF_DEPTH_MAX 8u       /* messages in messages; deeper ones are files */

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

/* ---- The stream's own pieces, for who wants all of it ---- */

#define TNEF_HEAD 6u            /* bytes before the first attribute */

struct tnef_attribute {
	unsigned level;         /* 1: of the message, 2: of an attachment */
	uint32_t id;
	struct slice data;
};

/* Attributes: 0x00018004 …; ids are those of [MS-OXTNEF] 2.1.3. */
enum {
	TNEF_FROM = 0x00008000, TNEF_SUBJECT = 0x00018004, TNEF_SENT = 0x00038005,
	TNEF_RECEIVED = 0x00038006, TNEF_CLASS = 0x00078008, TNEF_BODY = 0x0002800C,
	TNEF_DATA = 0x0006800F, TNEF_TITLE = 0x00018010, TNEF_RENDER = 0x00069002,
	TNEF_PROPERTIES = 0x00069003, TNEF_RECIPIENTS = 0x00069004,
	TNEF_ATTACHMENT = 0x00069005, TNEF_CODEPAGE = 0x00069007
};

/* MAPI's types that say how long a value is. */
enum { TNEF_STRING8 = 0x1e, TNEF_UNICODE = 0x1f, TNEF_OBJECT = 0x0d, TNEF_BINARY = 0x102,
	TNEF_MANY = 0x1000 };

struct tnef_property {
	unsigned type, id;
	/* From id 0x8000 on it has a name: a set, and a number or, not empty, a
	 * text in UTF-16. */
	struct slice set, text;
	uint32_t number;
	uint32_t values;
	struct slice value;     /* the first */
	struct slice all;       /* all of them as they lie */
};

/* The next one; false at the end, and where the rest makes no sense.  The
 * cursor of attributes stands behind the head; that of properties behind
 * their number. */
bool tnef_next_attribute(struct cursor *c, struct tnef_attribute *out);
bool tnef_next_property(struct cursor *c, struct tnef_property *out);
/* The next of several values with a length each. */
bool tnef_next_value(struct cursor *c, struct slice *out);
/* Is the value of an object a message?  Then stream is its own. */
bool tnef_is_message(struct slice object, struct slice *stream);

/* ---- Parts ---- */

/* Append the parts, in order.  What is damaged ends the reading: what came
 * before it is there.  False where it is no such stream. */
bool tnef_read(struct slice stream, struct arena *a, struct tnef *out);
void tnef_free(struct tnef *t);

#endif
