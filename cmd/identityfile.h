/* SPDX-License-Identifier: MIT */
#ifndef CMD_IDENTITYFILE_H
#define CMD_IDENTITYFILE_H

#include "cmd/session.h"

/* Where a new identity goes when no place is named: a file of its own, named by
 * its recipient, where keys.h looks for it. */
const char *identityfile_place(struct session *s, const struct age_identity *id);

/*
 * Write a new identity to path, and its recovery sheet beside it; both are new
 * files for nobody else, and durable on return.  With a passphrase, unless that
 * is empty, the file wants it; the sheet does not.  archive: where it is, or "".
 */
int identityfile_write(const char *path, const struct age_identity *id, struct slice passphrase,
    const char *archive, struct error *err);
/* Say what was written, and what to do with it. */
void identityfile_tell(const char *path);

#endif
