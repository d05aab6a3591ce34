/* SPDX-License-Identifier: MIT */
#ifndef CORE_PORT_FORMAT_H
#define CORE_PORT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/base/file.h"
#include "core/mail/canonical.h"
#include "core/mail/flags.h"
#include "core/port/locator.h"

/*
 * A store is a place where somebody else's program keeps mail.  mailcask
 * only ever reads it: no lock left behind, no file created, no time changed.
 *
 * Call order: open, then next_mailbox() until 0, next_file() until 0; read()
 * for any mailbox that was handed out, as long as the store is open; close.
 * Iterators return 1 with an item, 0 at the end, -1 on error.
 */
struct store;                   /* a format embeds it first: see struct store below */
struct reader;
struct tag_names;

enum mailbox_layout {
	MAILBOX_FILE,           /* the entries one behind the other are the file at path */
	MAILBOX_FILES,          /* each entry is a file below the directory at path */
	MAILBOX_EXTRACTED       /* messages taken out of a container; the file at path is kept
	                         * beside them as it lies, of a directory what next_file() names */
};

struct mailbox {
	const struct slice *components; /* decoded, as the client shows them, UTF-8; at least one */
	size_t depth;
	const char *path;               /* absolute: a file or a directory */
	enum mailbox_layout layout;
	struct file_meta meta;          /* of path */
	/* Of everything that a reading depends on (names, inodes, sizes, times of
	 * the files, of the index that holds the flags).  Equal to last night's:
	 * the mailbox need not be opened. */
	struct fingerprint state;
	uint64_t bytes;                 /* of the files that hold messages */
	int64_t messages;               /* -1: only a full read tells */
	const char *key;                /* the format's own, to find it again in read() */
	/* MAILBOX_FILES: directories below path whose modes and times are to be
	 * kept, relative to it, parents before children. */
	const char *const *directories;
	size_t directory_count;
	/* What the person calls the tags of its messages (tagnames.h), the store's;
	 * or NULL.  No part of state: the caller reads a mailbox anew for other
	 * names only where it has tags. */
	const struct tag_names *tag_names;
};

/* One file that is kept with the store as it lies: side files that hold
 * flags or names, or the container itself. */
struct kept_file {
	const char *path;               /* absolute */
	const char *role;               /* as companion.role */
	struct file_meta meta;
};

enum entry_kind {
	ENTRY_MESSAGE,
	ENTRY_FILLER,           /* bytes of the file that are no mail */
	ENTRY_FAILED,           /* one item could not be read: error says why; reading goes on */
	ENTRY_TORN              /* the end of a file that grew while we read: left for next time */
};

struct entry {
	enum entry_kind kind;
	/* The stored bytes, valid until the next call on the reader.  With
	 * is_large they are only the first ones (at least 1 MiB): size tells how
	 * many there are, and bytes() reads the rest. */
	struct slice bytes;
	uint64_t size;
	bool is_large;
	bool is_unread;         /* the caller knows it (struct familiar): bytes is empty */
	struct framing framing;
	/* MAILBOX_FILES: where the file lies, as struct placement has it.  Without
	 * a name: a message put together from other files of the store. */
	struct slice directory, name, info;
	struct file_meta meta;
	/* MAILBOX_FILE: offset in the file. */
	uint64_t at;
	/* What names, sequences and index files say; header fields are read by
	 * canonical_take() and or-ed to it unless flags_are_final. */
	unsigned flags;
	struct tags tags;
	bool are_labels;        /* the tags are labels of a server's, each a mailbox as well */
	bool flags_are_final;   /* the index knows better than the header fields */
	bool dead;
	int64_t date;           /* when it came in, as the store says; 0: unknown */
	struct error error;     /* ENTRY_FAILED, ENTRY_TORN; names the item */
};

struct format_ops {
	const char *name;       /* "maildir", as typed on the command line */

	/* How sure: 0 not ours, up to 100; -1 if we could not look.  path is a
	 * file or directory named by a person. */
	int (*probe)(const char *path, struct error *err);
	/* On success *out is owned by the caller; give it to close(). */
	int (*open)(const struct location *where, struct store **out, struct error *err);
	int (*next_mailbox)(struct store *store, struct arena *a, struct mailbox *out,
	    struct error *err);
	int (*next_file)(struct store *store, struct arena *a, struct kept_file *out,
	    struct error *err);
	/* ERR_NOT_FOUND if the mailbox went away. */
	int (*read)(struct store *store, const struct mailbox *mailbox, struct reader **out,
	    struct error *err);
	void (*close)(struct store *store);     /* NULL is fine */
};

/*
 * Reading one mailbox, from its first byte to its last, once.  A reader
 * compares the meta of what it read before and after: bytes that grew during
 * the reading end in ENTRY_TORN, anything else that changed is ERR_CHANGED,
 * and the caller may begin again.
 */
struct reader_ops {
	int (*next)(struct reader *reader, struct entry *out, struct error *err);
	/* Of the large entry handed out last: n bytes from at, all or -1. */
	int (*bytes)(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err);
	void (*close)(struct reader *reader);   /* NULL is fine */
};

struct store {
	const struct format_ops *ops;
};

/*
 * Whoever reads may know a message file by its name and meta from the last
 * time, and then need not have it opened.  knows() is asked about an entry
 * that has everything but its bytes.
 */
struct familiar {
	bool (*knows)(struct familiar *familiar, const struct entry *entry);
};

struct reader {
	const struct reader_ops *ops;
	struct familiar *familiar;      /* set by the caller after read(), or NULL; only readers
	                                 * of MAILBOX_FILES ask */
};

/* ---- Writing: restore and export into another format ---- */

/* The bytes of one message, however long; read() gives up to n, 0 at the
 * end, -1.  rewind() is not needed: writers read once. */
struct source {
	int64_t (*read)(struct source *source, void *p, size_t n, struct error *err);
	uint64_t size;
};

struct outgoing {
	unsigned flags;
	const struct tags *tags;
	int64_t date;           /* for the From_ line and the file's mtime; 0: unknown */
	struct slice sender;    /* for the From_ line; may be empty */
	struct slice subject;   /* for the names of eml files; may be empty */
	struct digest id;       /* of the message */
};

struct writer;

/*
 * A writer makes a tree of mailboxes in its format below a directory.  It
 * creates files only, never replaces one: ERR_EXISTS.  Call order: open;
 * then begin() a mailbox and put() its messages, any number of times; close(),
 * which is when all is on disk.  close() after an error returns -1 again and
 * frees.
 */
struct writer_ops {
	const char *name;
	int (*open)(const char *directory, struct writer **out, struct error *err);
	int (*begin)(struct writer *w, const struct slice *components, size_t depth,
	    struct error *err);
	int (*put)(struct writer *w, struct source *message, const struct outgoing *about,
	    struct error *err);
	int (*close)(struct writer *w, struct error *err);      /* NULL is fine */
};

struct writer {
	const struct writer_ops *ops;
};

#endif
