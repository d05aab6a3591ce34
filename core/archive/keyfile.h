/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_KEYFILE_H
#define CORE_ARCHIVE_KEYFILE_H

#include "core/archive/crypt.h"

/*
 * The file that holds an identity, as age has it: lines with one each, lines
 * that begin with "#", and empty ones.  It may itself be a file of age that
 * wants a passphrase, armoured (in lines of base64) or not.
 */
#define KEYFILE_MAX 65536u

/* Append what stands in text.  ERR_KEY. */
int keyfile_parse(struct slice text, struct identities *out, struct error *err);
bool keyfile_wants_passphrase(struct slice text);
/* Replace out, to be given to secret_free(), by the text inside.  ERR_KEY where
 * the passphrase is wrong, or the file is no such file. */
int keyfile_decrypt(struct slice text, struct slice passphrase, struct buf *out,
    struct error *err);
/* The text of a new one, to be given to secret_free(). */
void keyfile_add(struct buf *out, const struct age_identity *id);
/* The same behind a passphrase. */
int keyfile_encrypt(struct slice text, struct slice passphrase, struct buf *out,
    struct error *err);

#endif
