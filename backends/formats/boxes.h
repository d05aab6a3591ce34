/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_BOXES_H
#define BACKENDS_FORMATS_BOXES_H

#include "backends/formats/folders.h"

/*
 * A store whose mailboxes are files, or lists of files, that know nothing of
 * each other: once it was found what there is, all such formats are alike.
 */
struct box_kind {
	const struct format_ops *ops;
	/* Collect the folders, and the files to keep, of the store at where. */
	int (*find)(struct folders *f, const struct location *where, struct error *err);
	/* A reader of one that is a file. */
	int (*read)(const struct folder *folder, struct reader **out, struct error *err);
};

int boxes_open(const struct box_kind *kind, const struct location *where, struct store **out,
    struct error *err);

/* The other members of format_ops. */
int boxes_next_mailbox(struct store *store, struct arena *a, struct mailbox *out,
    struct error *err);
int boxes_next_file(struct store *store, struct arena *a, struct kept_file *out,
    struct error *err);
int boxes_read(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err);
void boxes_close(struct store *store);

/* A mailbox of its own for the file at path. */
struct folder *boxes_add(struct folders *f, const struct slice *parents, size_t depth,
    struct slice name, const char *path);
/* Append the name of a file of Windows without its extension. */
void boxes_add_base(struct buf *out, const char *path);
/* Names of Windows have no case. */
bool boxes_ends_nocase(struct slice name, const char *suffix);
/* The entry of that name in whatever case, or NULL. */
const char *boxes_find_entry(const struct directory *all, const char *name);

#endif
