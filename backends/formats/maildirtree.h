/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAILDIRTREE_H
#define BACKENDS_FORMATS_MAILDIRTREE_H

#include "backends/formats/folders.h"

/*
 * The Maildirs in a tree of directories, however the folders inside one are
 * called (clients.md 7.3):
 *
 *	.A.B/                   Maildir++: A/B, in modified UTF-7
 *	.A.B/ and ..maildir++   the same as Evolution writes it, with _2E for a dot
 *	A/B/                    directories in directories
 *	.A.directory/B/         KMail: A/B beside A/, in UTF-8
 */

/* Collect those at directory and below it, as folders inside parents; the
 * one of depth 0 is INBOX.  Side files that hold flags are kept. */
int maildir_tree_add(struct folders *f, const struct slice *parents, size_t depth,
    const char *directory, struct error *err);
/* For one of them: as folder_measure_begin() and its companions. */
int maildir_measure(const struct folder *folder, struct mailbox *out, struct error *err);

/* Is there a directory of that name among the entries? */
bool maildir_has(const struct directory *all, const char *name);
/* The A of ".A.directory"; empty when name is nothing like that. */
struct slice maildir_kmail_name(struct slice name);

#endif
