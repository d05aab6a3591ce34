/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_PARTS_H
#define CORE_MAIL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/*
 * Taking attachments out of a message.  A body of base64 lines is taken out
 * only when encoding its bytes again gives the very same lines; so what is
 * a part is a question of bytes, not of MIME, and broken structure cannot
 * lose anything.  FORMAT.md, "Recipes", has the grammar:
 *
 *	mailcask-parts 1
 *	rest 1234
 *	base64 76 lf <sha256>
 *	chunk <sha256>
 *	rest 40
 *	<empty line>
 *	the bytes that rest lines count, one behind the other
 *
 * base64 W EOL ID stands for the bytes of part ID encoded in lines of W
 * characters, each line but the last followed by EOL (lf or crlf).  chunk ID
 * stands for the bytes of that chunk (messages too long for memory).
 */
#define PART_MIN 1024u          /* decoded bytes; smaller bodies stay */

struct taken_part {
	struct digest id;
	struct slice bytes;     /* decoded; lives in split.decoded */
	uint64_t at, n;         /* the encoded lines in the message */
	unsigned width;
	bool crlf;
	bool is_read;           /* its header says text/…, or its bytes begin as TNEF: wanted
	                         * for the index */
};

struct split {
	struct taken_part *parts;       /* arena */
	size_t part_count;
	struct buf decoded;             /* all decoded bytes */
	struct buf object;              /* recipe and rest: what the archive keeps */
};

#define SPLIT_EMPTY { NULL, 0, BUF_EMPTY, BUF_EMPTY }

/* Split message.  part_count 0: nothing to take out, object is empty and the
 * message is to be kept whole.  Reuses the buffers of out. */
void parts_split(struct slice message, struct arena *a, struct split *out);
void split_free(struct split *s);

/* The message with the taken parts that nobody reads left out: what is worth
 * parsing for the index.  Replaces out. */
void parts_view(struct slice message, const struct split *split, struct buf *out);

/* ---- The way back ---- */

enum recipe_op { RECIPE_REST, RECIPE_BASE64, RECIPE_CHUNK };

struct recipe_step {
	enum recipe_op op;
	struct slice rest;      /* RECIPE_REST: a look into the object */
	struct digest id;
	unsigned width;
	bool crlf;
};

struct recipe {
	struct recipe_step *steps;      /* arena */
	size_t n;
};

/* object must outlive out.  ERR_CORRUPT; ERR_VERSION for a newer recipe. */
int recipe_parse(struct slice object, struct arena *a, struct recipe *out, struct error *err);
/* Append what one step stands for; part is the object that it names (ignored
 * for RECIPE_REST). */
void recipe_add(const struct recipe_step *step, struct slice part, struct buf *out);
/* Write a recipe made of chunks: begin, one chunk each, end. */
void recipe_begin(struct buf *object);
void recipe_chunk(struct buf *object, const struct digest *id);
void recipe_end(struct buf *object);

#endif
