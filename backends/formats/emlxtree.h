/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EMLXTREE_H
#define BACKENDS_FORMATS_EMLXTREE_H

#include "backends/formats/folders.h"
#include "core/base/vec.h"

/*
 * Where Apple Mail keeps mailboxes:
 *
 *	A.mbox/UUID/Data/1/4/Messages/41567.emlx        10.7 and later
 *	A.mbox/B.mbox/…                                 a mailbox in it
 *	A.mbox/Messages/12.emlx, A.imapmbox/…           10.4 to 10.6
 *	A/B.mbox/…                                      a mailbox in A there
 *	A.mbox/mbox                                     10.3 and before, and exports
 *
 * and Attachments beside Messages.  A directory of .emlx files without such a
 * name is a mailbox too.  What is neither a message nor a mailbox is kept.
 */
struct bundle_kind {
	const char *suffixes[2];        /* of mailboxes; the second may be NULL */
	const char *message;            /* the suffix of messages */
	bool is_percent;                /* names are written with %XX */
	bool has_mbox;                  /* a mailbox may be a file "mbox" in the bundle */
};

extern const struct bundle_kind bundle_apple;
/* MailMate: A.mailbox/Messages/12.eml, A.mailbox/B.mailbox/… */
extern const struct bundle_kind bundle_mailmate;

struct emlx_directory {
	const char *sub;                /* below the mailbox; "" for itself */
	bool is_attachments;            /* that directory, or below one */
};

struct emlx_box {
	VEC(struct emlx_directory) directories;         /* parents before children */
	/* Files in them that are no mail: they stand in the listing, for there may
	 * be as many as messages.  Long and empty ones are kept beside it. */
	VEC(const char *) sides;
	bool has_messages, has_mbox;
};

struct emlx_tree {
	const struct bundle_kind *kind;
	/* All files outside the mailboxes are kept.  Not so where a person named a
	 * directory that may hold anything; an mbox file there is read. */
	bool keeps_all;
	struct folders folders;
	VEC(struct emlx_box) boxes;     /* as folders.items */
};

/* Is the file called as a message is?  ".partial.emlx" as well. */
bool emlx_is_called(const struct bundle_kind *kind, struct slice name);
/* The number that begins its name: the row of the index; 0: none. */
uint64_t emlx_number(const char *name);
/* The length of the suffix that makes a mailbox of the name; 0: it has none. */
size_t emlx_suffix(const struct bundle_kind *kind, struct slice name);
/* Does a mailbox of this kind lie in the directory, or near below?  How sure, 0
 * to 85, less where there is mail of other kinds beside; -1 where the directory
 * cannot be looked at. */
int emlx_bid(const struct bundle_kind *kind, const char *path, struct error *err);
/* Collect what lies at path, a directory; t->kind is set. */
int emlx_tree_walk(struct emlx_tree *t, const char *path, struct error *err);
void emlx_tree_free(struct emlx_tree *t);

#endif
