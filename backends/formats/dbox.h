/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DBOX_H
#define BACKENDS_FORMATS_DBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Files of Dovecot's sdbox and mdbox (dbox-file.h):
 *
 *	"2 M1e C6b06ba30" LF                   the file: M tells how long the head of
 *	                                       a message is, in hexadecimal
 *	01 02 "N          00000000000001B0" LF  the head: bytes of the body, in
 *	                                       hexadecimal, in the last 16 digits
 *	the body
 *	LF 01 03 LF                            metadata
 *	"R6b06ba23" LF …                       a letter and its value, each a line
 *	LF                                     an empty line ends it
 *
 * sdbox has one message in a file, mdbox any number, one behind the other.
 */
#define DBOX_FILE_HEAD_MAX 512u         /* bytes in which the first line ends */

/* Bytes of the file's first line, and of each message's head; false: no dbox. */
bool dbox_file_head(struct slice s, size_t *line, size_t *message_head);

struct dbox_message {
	uint64_t body, body_size;       /* from the message's head on */
	uint64_t metadata;              /* bytes behind the body */
	int64_t received;               /* R; 0: unknown */
	bool is_packed;                 /* Z: the body has another size than the message */
	struct slice mailbox;           /* B, or empty */
	struct slice parts;             /* X, or empty: attachments in files of their own */
};

/* The head of a message: where its body is. */
bool dbox_message_head(struct slice s, size_t message_head, struct dbox_message *out);
/* What lies behind the body; slices point into s.  False: it is cut. */
bool dbox_metadata(struct slice s, struct dbox_message *out);
#define DBOX_METADATA_MAX (64u * 1024u) /* that is looked at */

#define DBOX_MESSAGE_MAX (256u << 20)   /* unpacked, with its attachments */

/* Does a body look compressed or encrypted? */
bool dbox_is_packed(struct slice body);
/* Replace out with the plain bytes; those of a body that is not packed are its
 * own.  Bounded; ERR_FORMAT names a packing that is not read. */
int dbox_unpack(struct slice body, struct buf *out, struct error *err);

/*
 * The message as it came in: the body unpacked, attachments put back from
 * the directory where they lie (NULL: none is known).  Bounded.
 */
int dbox_restore(struct slice body, const struct dbox_message *message, const char *attachments,
    struct buf *out, struct error *err);
/* A directory of attachments in the store or beside it, or NULL: one that has
 * the file that parts names first. */
const char *dbox_attachments(const char *store, struct slice parts, struct arena *a);

#endif
