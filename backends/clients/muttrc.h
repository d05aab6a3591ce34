/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_MUTTRC_H
#define BACKENDS_CLIENTS_MUTTRC_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/map.h"
#include "core/base/vec.h"

/*
 * The command language of mutt and neomutt (muttrc(5)): words in quotes,
 * "$variable", "\" before a line end, ";" between commands, "#" to the end
 * of the line.  Nothing is ever run: a word with a `command` in it, or with a
 * variable that is not known, is handed out empty.
 *
 * Call order: init, set() what the environment gives, push() a text, then
 * next() until false; push() another between two calls for "source".
 */
struct muttrc {
	struct arena *arena;
	struct map names;               /* to an index into values */
	VEC(struct slice) values;
	VEC(struct slice) texts;        /* what is left of each, the innermost last */
	VEC(struct slice) words;        /* of the command handed out last */
	struct buf line;
	size_t rest_at;                 /* in line: behind that command */
	uint64_t expanded;              /* bytes that variables gave so far */
};

struct muttrc_command {
	const struct slice *words;      /* at least one; until the next call */
	size_t n;
};

void muttrc_init(struct muttrc *rc, struct arena *a);
void muttrc_set(struct muttrc *rc, struct slice name, struct slice value);
/* False where it is not set; text and value must live as long as rc. */
bool muttrc_get(const struct muttrc *rc, const char *name, struct slice *out);
/* Read this next.  False where files source each other too deeply. */
bool muttrc_push(struct muttrc *rc, struct slice text);
/* The next command.  An assignment ("set a = b") is one word "a=b", with one
 * blank-free "=" behind the name. */
bool muttrc_next(struct muttrc *rc, struct muttrc_command *out);
void muttrc_free(struct muttrc *rc);

#endif
