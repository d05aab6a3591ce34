/* SPDX-License-Identifier: MIT */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

#include "core/archive/keyfile.h"

/*
 * Where identities come from: a file that was named, what a command prints,
 * the files in the configuration directory, or the person.  Never the
 * command line, which everybody on the machine can read.
 */
struct keys {
	struct key_source source;
	const char *file;               /* --identity, MAILCASK_IDENTITY; NULL: none */
	const char *command;            /* --identity-command, MAILCASK_IDENTITY_COMMAND */
	const char *directory;          /* of identities; NULL: none */
	bool may_ask;                   /* a person waits for the outcome */
};

void keys_open(struct keys *k);

/* The identities of a file; the person is asked for its passphrase. */
int keys_read_file(const struct keys *k, const char *path, struct identities *out,
    struct error *err);
/* Ask on the terminal, without echo: what for, and a colon is put behind it.
 * out is to be given to secret_free().  ERR_KEY where there is no terminal. */
int keys_ask(const char *what, struct buf *out, struct error *err);

#endif
