/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DBOXTREE_H
#define BACKENDS_FORMATS_DBOXTREE_H

#include "backends/formats/folders.h"

/* How sdbox and mdbox stores lie on the disk, both alike:
 *
 *	mailboxes/A/dbox-Mails/         the mailbox A, names in modified UTF-7
 *	mailboxes/A/B/dbox-Mails/       B in it
 *	dbox-alt-root                   a link to storage of older mail
 */

/* prefix of a file that tells the kind: "u." in a dbox-Mails, "m." in storage. */
int dbox_tree_probe(const char *path, const char *prefix, struct error *err);
/* Folders whose path is their dbox-Mails. */
int dbox_tree_walk(struct folders *f, const char *path, struct error *err);
/* Keep the index of a directory with its logs. */
void dbox_tree_keep_index(struct folders *f, const char *directory, const char *name);
/* Keep what lies in the store's directories of attachments. */
void dbox_tree_keep_attachments(struct folders *f, const char *path);

#endif
