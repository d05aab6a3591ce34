/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EMLXMARKS_H
#define BACKENDS_FORMATS_EMLXMARKS_H

#include "backends/formats/marks.h"

/*
 * Apple Mail's "Envelope Index", which knows flags before the files do, the
 * colour of a flag, and which labels of Gmail a message has.  It lies in
 * MailData, beside the directories of accounts; up to 10.6 among them.
 */

struct emlx_index {
	char *path;                     /* NULL: there is none */
	char *accounts;                 /* the directory that the accounts lie in */
	struct fingerprint state;       /* as it was when the store was opened, or before */
	struct sqlite_file *file;       /* opened when it is first needed, and once */
};

/* The index that a store at that path belongs to. */
void emlx_index_find(struct emlx_index *index, const char *store);
/* The marks of a mailbox's messages by their number; none without an index or
 * where it does not know the mailbox.  *are_final: its rows hold all flags. */
int emlx_index_read(struct emlx_index *index, const char *mailbox, struct marks *out,
    bool *are_final, struct error *err);
void emlx_index_close(struct emlx_index *index);

bool emlx_marks_has(const struct marks *m, uint64_t number);
/* Or-ed to flags and tags of the entry; false: the index has no such message. */
bool emlx_marks_apply(const struct marks *m, uint64_t number, struct arena *a,
    struct entry *out);

#endif
