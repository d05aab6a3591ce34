/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MORK_H
#define BACKENDS_FORMATS_MORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * A Thunderbird summary (.msf): Mork, a text database of rows of cells whose
 * names and values stand in dictionaries.  Only what a backup needs is read:
 * which messages the folder shows, their flags and keywords, and the
 * folder's name.  Bytes that make no sense end the reading; what is not
 * certain by then is not claimed.
 */
struct mork;

struct mork_message {
	uint32_t flags;         /* X-Mozilla-Status and -Status2 in one */
	struct slice keywords;  /* separated by blanks; until the next call */
};

/* ERR_FORMAT when it is no summary or breaks off, ERR_LIMIT when it is too
 * long to look at. */
int mork_open(const char *path, struct mork **out, struct error *err);
/* The message whose separator line stands at that offset of the mbox. */
bool mork_message_at(struct mork *m, uint64_t at, struct mork_message *out);
/* The message whose file in the maildir has that name: see storeToken. */
bool mork_message_named(struct mork *m, struct slice name, struct mork_message *out);
/* The i-th offset that it knows, in ascending order; count of them. */
size_t mork_message_count(const struct mork *m);
uint64_t mork_message_offset(const struct mork *m, size_t i);
void mork_close(struct mork *m);        /* NULL is fine */

/* What the summary at path says of the folder itself: the name that is shown,
 * and for IMAP the whole name on the server.  Both are replaced, and empty
 * where it says nothing. */
void mork_folder_names(const char *path, struct buf *shown, struct buf *online);

#endif
