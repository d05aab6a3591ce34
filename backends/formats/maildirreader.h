/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAILDIRREADER_H
#define BACKENDS_FORMATS_MAILDIRREADER_H

#include <stdbool.h>

#include "core/port/format.h"

struct marks;

/*
 * Reading one Maildir, new/ before cur/.  A file that was renamed since it
 * was listed (its flags changed, its client took it over) is looked for by
 * the unique part of its name; one that is gone is no longer mail.
 *
 * marks, NULL where there are none, say what the names of files do not, by
 * their unique parts, and must live as long as the reader.
 */
int maildirreader_open(const char *path, bool is_mozilla, struct marks *marks,
    struct reader **out, struct error *err);

#define MAILDIR_KEYWORDS 26u    /* letters that Dovecot has for them */

/* What the letters a, b, c … stand for by the text of a dovecot-keywords; of
 * those it does not name out is left alone.  They are looks into text. */
void maildir_keywords_read(struct slice text, struct slice out[MAILDIR_KEYWORDS]);

/* Everything is but directories and what is hidden: a link leads to a message, and
 * what is no file after all is named when it is read. */
bool maildir_is_message(const struct directory_entry *entry);

#endif
