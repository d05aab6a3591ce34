/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MOZILLA_H
#define BACKENDS_FORMATS_MOZILLA_H

#include <stdbool.h>

#include "backends/formats/folders.h"
#include "core/mail/tagnames.h"

/*
 * A Thunderbird account's directory (clients.md 3.1), both types:
 *
 *	Inbox       mbox file, or a directory with cur/ (the maildir type)
 *	Inbox.msf   its summary
 *	Inbox.sbd/  the folders inside it
 */
enum mozilla_type { MOZILLA_MBOX, MOZILLA_MAILDIR };

/* IMAP, by the location's kind or by the path it has in a profile. */
bool mozilla_is_imap(const struct location *where);
/* Does the directory hold a summary (Mork), or folders.sbd? */
bool mozilla_recognises(const struct directory *entries, const char *path);
/* Collect the folders of that type, and the files to keep. */
int mozilla_walk(struct folders *f, const struct location *where, enum mozilla_type type,
    struct error *err);

/* What the person calls the tags, from the preferences of the profile that
 * the account is in.  Without any the five that come with the client have the
 * names that it shows in English. */
void mozilla_read_tag_names(const struct location *where, struct tag_names *out);

/* The summary is part of the state of such a mailbox. */
void mozilla_measure_summary(const struct folder *folder, struct mailbox *out);

/* Set flags, tags and dead of what inner hands out, from the summary: for
 * IMAP, where the file itself never has them.  inner is owned by the new
 * reader, and returned as it is when the summary does not fit the mailbox. */
struct reader *mozilla_reader_open(struct reader *inner, const struct folder *folder);

#endif
