/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_MESSAGE_H
#define CORE_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * A message as a person reads it: decoded header fields, its MIME parts as
 * one flat array, and its text.  Through GMime; this is its only door.  Mail
 * is odd, never invalid: opening cannot fail, whatever the bytes; what is
 * over a limit of limits.h is left undecoded.  The raw bytes must outlive
 * the message.  Several threads may each have messages open.
 */
void mail_init(void);   /* load what decodes mail, so that no first message waits for it */

/* Of the field Date, of the newest Received; or, set by who knows the mailbox,
 * of its separator line or its file. */
enum date_source { DATE_NONE, DATE_HEADER, DATE_RECEIVED, DATE_STORE };

struct message_part {
	const char *number;     /* "1.2", as IMAP counts (RFC 9051, 6.4.5) */
	const char *type;       /* "text/plain", lower case */
	const char *charset;    /* or NULL */
	const char *name;       /* decoded file name in UTF-8, not yet tamed; or NULL */
	uint64_t at, n;         /* the body as it lies in the raw bytes */
	bool is_attachment;     /* disposition attachment, or named, or neither text nor multipart */
	bool is_container;      /* multipart/…, message/rfc822 or winmail.dat with parts of its own */
	/* In an attachment of Outlook's (winmail.dat): at counts from the beginning
	 * of the decoded bytes of part outer, where the body may be compressed. */
	bool is_inside, is_packed;
	size_t outer;
};

struct message {
	/* Decoded, UTF-8, unfolded, never NULL. */
	const char *subject, *from, *to, *cc, *bcc;
	const char *message_id; /* without angle brackets */
	const char *in_reply_to, *references;   /* as they stand, unfolded */
	const char *list_id;
	int64_t date;           /* seconds since 1970; 0 with DATE_NONE */
	enum date_source date_source;
	int date_zone_minutes;
	struct message_part *parts;
	size_t part_count;
	struct message_handle *handle;  /* GMime's objects */
};

/* Fill out; strings and parts live in the arena. */
void message_open(struct slice raw, struct arena *a, struct message *out);
/* The same for a message too long for memory, from a descriptor at offset 0;
 * fd must stay open. */
void message_open_fd(int fd, struct arena *a, struct message *out);
void message_close(struct message *m);  /* the arena's things stay */

/* Append the text for the index and for reading: each text part decoded to
 * UTF-8 (unknown or wrong charsets are guessed at and never refused), HTML as
 * text, at most max bytes, parts separated by a newline.  Attached text files
 * are left out when bodies_only is set. */
void message_add_text(const struct message *m, bool bodies_only, size_t max, struct buf *out);
/* Append the decoded bytes of one part (no charset conversion), at most max. */
void message_add_part(const struct message *m, size_t part, size_t max, struct buf *out);
/* How many bytes one part has when it is decoded. */
uint64_t message_part_size(const struct message *m, size_t part);
/* Write the decoded bytes of one part to a descriptor, whatever its size. */
int message_write_part(const struct message *m, size_t part, int fd, struct error *err);

/* HTML to text: tags and comments dropped, script and style with what they
 * hold, entities decoded, block elements begin a line, blanks folded.
 * A tokenizer, no parser: linear, nothing is loaded. */
void html_add_text(struct slice html_utf8, size_t max, struct buf *out);

#endif
