/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_KMAIL_H
#define BACKENDS_FORMATS_KMAIL_H

#include "backends/formats/folders.h"

/*
 * A tree as KMail lays it out (libmaildir's maildir.cpp, KMail 1's
 * kmfoldermaildir.cpp): folder X is a Maildir, or an mbox file, and its folders
 * lie in ".X.directory" beside it.  Names are UTF-8 as typed.
 *
 * The directory at where is a folder of its own only if it holds mail, or if
 * layout is "kmail-folder": the client was told that it is no container.
 */
int kmail_walk(struct folders *f, const struct location *where, struct error *err);

#endif
