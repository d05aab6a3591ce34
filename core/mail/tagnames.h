/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_TAGNAMES_H
#define CORE_MAIL_TAGNAMES_H

#include "core/base/digest.h"
#include "core/base/map.h"
#include "core/base/vec.h"
#include "core/mail/flags.h"

/*
 * What a person calls the tags, where a client keeps only keys with the
 * messages ("$label1") and the names for them among its settings.  Keys are
 * IMAP keywords: ASCII case does not matter (RFC 9051, 2.3.2).
 */
struct tag_names {
	struct map keys;                /* in lower case, to an index into names */
	VEC(struct slice) names;
	struct arena arena;
};

#define TAG_NAMES_EMPTY { MAP_EMPTY, VEC_EMPTY, ARENA_EMPTY }

/* The name of a key, in place of one it had.  A name that is no line of text
 * (empty, with control characters) is none: the key keeps the one it has. */
void tag_names_put(struct tag_names *t, struct slice key, struct slice name);
/* Add the name of each tag that has one; the keys stay among the tags. */
void tag_names_apply(const struct tag_names *t, struct arena *a, struct tags *tags);
/* Of all keys and names, whatever their order; zero for none. */
struct fingerprint tag_names_fingerprint(const struct tag_names *t);
void tag_names_free(struct tag_names *t);

#endif
