/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MARKS_H
#define BACKENDS_FORMATS_MARKS_H

#include "core/base/map.h"
#include "core/base/vec.h"
#include "core/port/format.h"

/*
 * What an index of a client says of messages beyond what their file names do,
 * by the client's own key: the base of a Maildir name, a UID.
 */
struct mark {
	unsigned flags;
	struct tags tags;
};

struct marks {
	struct arena arena;
	struct map keys;                /* to an index into items */
	VEC(struct mark) items;
	struct error failure;           /* to be told once */
};

#define MARKS_EMPTY { ARENA_EMPTY, MAP_EMPTY, VEC_EMPTY, ERROR_NONE }

/* The mark of a key, new where there was none; valid until the next call. */
struct mark *marks_of(struct marks *m, struct slice key);
/* What a word of IMAP's means: a system flag ("\\Seen"), "$Forwarded", or else
 * a tag.  "\\Recent" means nothing later on. */
void marks_take_word(struct slice word, struct arena *a, unsigned *flags, struct tags *tags);
/* Or-ed to flags and tags of the entry. */
void marks_apply(const struct marks *m, struct slice key, struct arena *a, struct entry *out);
void marks_free(struct marks *m);

/*
 * A database that cannot be read takes the flags with it, not the mail: such
 * a failure is kept, for tell_failure() to hand it out once as an entry, and
 * settle() gives 0.  A database that changed while it was read is worth
 * another attempt and stays a failure.
 */
int marks_settle(struct marks *m, int rc, struct error *err);
bool marks_tell_failure(struct marks *m, struct entry *out);

/*
 * Evolution's folders.db: flags and labels of one folder by its full name
 * ("Archive/2023"; a Maildir's own inbox is ".").
 */
int evolution_marks_read(const char *database, struct slice folder, struct marks *out,
    struct error *err);
/* notmuch's, which tags the files of Maildirs by their names: the database of
 * the store, of a directory above it, or of the home that this is; or NULL. */
const char *notmuch_find(const char *store, struct arena *a);
int notmuch_marks_read(const char *database, struct marks *out, struct error *err);
/* Akonadi's: flags and tags of all items that lie in files of their own. */
int akonadi_marks_read(const char *database, struct marks *out, struct error *err);

#endif
