/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_OUTTREE_H
#define BACKENDS_FORMATS_OUTTREE_H

#include <stdbool.h>

#include "core/base/map.h"
#include "core/port/format.h"

/*
 * What the writers have in common: a directory below which they create and
 * never replace, names made harmless, and one way to end.
 */
struct outtree {
	struct writer writer;
	struct root *root;
	char *directory;
	struct map taken;       /* paths in use by now: how often each was wanted */
	struct error failure;   /* the first; close() tells it again */
};

#define OUT_FILE_MODE 0600u
#define OUT_DIRECTORY_MODE 0700u

int outtree_open(struct outtree *t, const struct writer_ops *ops, const char *directory,
    struct error *err);
/* Remember *err as what went wrong; returns -1. */
int outtree_fail(struct outtree *t, const struct error *err);
/* Everything on disk, and the end of t; -1 with the failure if there was one. */
int outtree_close(struct outtree *t, struct error *err);

/* Append the name of a folder as any system takes it.  It never ends in suffix,
 * which the files of mailboxes or messages beside it do ("": none), and is none
 * of those that would make a Maildir of the directory it lies in. */
void outtree_add_component(struct slice name, const char *suffix, struct buf *out);
/* stem + suffix, or "stem (2)" + suffix … when that was given out before:
 * two names that are alike once they are harmless get a place each. */
void outtree_add_unique(struct outtree *t, struct slice stem, const char *suffix,
    struct buf *out);

/* Copy a message to fd; ERR_CHANGED if it is not as long as it said. */
int outtree_copy(struct source *message, int fd, struct error *err);
/* A new file with the message in it, its time being the message's date; none
 * is left behind on failure. */
int outtree_put(struct outtree *t, const char *path, struct source *message, int64_t date,
    struct error *err);
/* The same with bytes of the format's own around it. */
int outtree_put_between(struct outtree *t, const char *path, struct slice before,
    struct source *message, struct slice behind, int64_t date, struct error *err);

#endif
