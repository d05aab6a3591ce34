/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_MESSAGE_INTERNAL_H
#define CORE_MAIL_MESSAGE_INTERNAL_H

#include "core/mail/charset.h"
#include "core/mail/header.h"
#include "core/mail/libgmime.h"
#include "core/mail/message.h"

/*
 * message.c reads the header, messageparts.c finds the parts, messagetext.c
 * decodes them, words.c and parameters.c read what fields hold, charset.c
 * makes UTF-8 of anything.
 *
 * GMime decodes: dates and bodies.  Its parser is not given
 * anything, because its memory and time are the sender's choice: 16 MiB of
 * empty parts took 17 s and 4.3 GB, of short header fields 2.7 GB, a "To" of
 * that size over a minute, and one of nested groups ended it (3.2.13).
 */

/* A value is cut here before it is looked at: no real one comes near. */
#define HEADER_VALUE_MAX (512u * KIB)       /* 10,000 recipients, as a rule */
#define PARAMETERS_MAX (16u * KIB)

/* What decoding bodies needs; encodings are in step with the message's parts. */
struct message_handle {
	struct slice raw;               /* empty when fd is used */
	int fd;                         /* -1 when raw is */
	uint64_t size;
	GMimeContentEncoding *encodings;
	struct slice inner_headers;     /* subjects and people of messages inside */
};

/*
 * A raw header value as text: unfolded, RFC 2047 words decoded, raw 8-bit
 * bytes taken for UTF-8, charset (may be NULL) or windows-1252, whichever
 * fits first; always valid UTF-8 on one line.
 */
const char *message_decode_text(struct slice value, const char *charset, struct arena *a);

/* The same without decoding words: folds and control characters are blanks. */
const char *message_clean_line(struct slice value, struct arena *a);

/* Append s, a value in UTF-8, with its RFC 2047 words decoded. */
void message_add_words(struct buf *out, struct slice s);

/* Append the value of one parameter, without quotes, and in UTF-8 where it
 * says its charset; is_token: a blank ends it where it is not quoted.  False:
 * there is none. */
bool message_parameter(struct slice value, const char *name, bool is_token, struct arena *a,
    struct buf *out);

/* The next field of a header as mail has it: a line that is no field is passed
 * over when another field follows, and ends the header otherwise.  False at
 * the end; *rest is the body then. */
bool message_next_field(struct slice *rest, struct header_field *out);

/* Base64, quoted-printable or uuencode: the bytes are not those that count. */
bool message_is_encoded(GMimeContentEncoding encoding);

/* Fill m->parts and the handle; m->handle says where the bytes are. */
void message_find_parts(struct message *m, struct arena *a);

/* Add the parts that lie inside attachments. */
void message_find_inside(struct message *m, struct arena *a);
/* Append the text of one part, which need not be among those of m, at most
 * about max bytes. */
void message_add_part_text(const struct message *m, const struct message_part *p,
    GMimeContentEncoding encoding, size_t max, struct buf *out);

/* Cut what was added behind start to max bytes of UTF-8, or to the few less
 * that leave no character in two. */
void message_cut_text(struct buf *out, size_t start, size_t max);

#endif
