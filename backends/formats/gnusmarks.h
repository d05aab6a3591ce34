/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_GNUSMARKS_H
#define BACKENDS_FORMATS_GNUSMARKS_H

#include "backends/formats/marks.h"
#include "backends/formats/mhmarks.h"

/*
 * What Gnus remembers of articles, which lies in no message.
 *
 * For nnml in ~/.newsrc.eld, a Lisp form for each group:
 *
 *	("nnml:mail.misc" 3 ((1 . 245)) ((tick 3 (5 . 7)) (reply 2)) …)
 *	 group, level, articles read, marks and whose they are
 *
 * A group is a folder whose components are joined by dots.
 */
void gnus_newsrc_read(struct slice newsrc, const struct mailbox *folder,
    struct mh_message *messages, size_t n);

/* For nnmaildir in the Maildir itself: an empty file .nnmaildir/marks/MARK/NAME
 * for each. */
void gnus_maildir_read(const char *maildir, struct marks *out);
bool gnus_maildir_is_one(const char *maildir);
/* Part of the state of such a Maildir. */
void gnus_maildir_measure(struct mailbox *out);

#endif
