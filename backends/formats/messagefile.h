/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MESSAGEFILE_H
#define BACKENDS_FORMATS_MESSAGEFILE_H

#include "core/port/format.h"

/*
 * A message in a file of its own: Maildir, MH, eml.  One struct serves a
 * whole mailbox; what it read last stays valid until the next read.
 */
struct message_file {
	int fd;                 /* of a large message, or -1 */
	struct buf bytes;
};

#define MESSAGE_FILE_EMPTY { -1, BUF_EMPTY }

/*
 * Fill kind, bytes, size, is_large and meta of out.  1: out is an entry,
 * ENTRY_FAILED where the file cannot be read or does not stop changing.
 * 0: no such file (any more).
 */
int message_file_read(struct message_file *f, const char *path, struct entry *out);
/* Does the caller know the file at path already?  out has its names and flags;
 * kind, meta, size and is_unread are filled here. */
bool message_file_is_known(const struct reader *reader, const char *path, struct entry *out);
int message_file_bytes(struct message_file *f, uint64_t at, void *p, size_t n,
    struct error *err);
/* Bytes of the separator line that procmail and others put before a message
 * in a file of its own too; mostly 0. */
size_t message_file_separator(struct slice bytes);
void message_file_free(struct message_file *f);

#endif
