/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_ARCHIVEFLAGS_H
#define BACKENDS_FORMATS_ARCHIVEFLAGS_H

#include "core/base/map.h"
#include "core/mail/flags.h"

/*
 * Flags of messages that lie in an archive as a Maildir or MH tree: in their
 * names, and in side files (dovecot-keywords, .mh_sequences) that may come
 * before or behind them.
 */
struct mail_member {
	size_t index;                   /* in the archive */
	size_t folder;
	uint64_t size;
	uint64_t number;                /* of an MH message, or 0 */
	unsigned flags;
	uint64_t tags;                  /* bit i: member_side.tags[i] */
};

/* A side file, by the directory that it speaks of. */
struct member_side {
	struct slice directory, text;
	bool is_mh;
	const struct slice *tags;       /* what the bits stand for, once it was applied */
};

struct member_sides {
	struct member_side *items;
	size_t n, cap;
	struct map by_directory;
	struct arena arena;
};

/* Is the file called so one of them?  Then its text goes to sides_add(). */
bool sides_want(struct slice name);
void sides_add(struct member_sides *s, struct slice name, struct slice text);
void sides_free(struct member_sides *s);

/* What the name alone tells.  *directory becomes the one that is the folder:
 * that of the file, or the Maildir that it lies in the cur or new of; true for
 * the latter. */
bool member_name_read(struct slice name, struct mail_member *out, struct slice *directory);

/* All members of the folder that directory is, n in members: set their flags
 * and tags.  What the bits stand for, or NULL. */
const struct slice *sides_apply(struct member_sides *s, struct slice directory,
    struct mail_member **members, size_t n);

#endif
