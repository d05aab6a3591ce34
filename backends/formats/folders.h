/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_FOLDERS_H
#define BACKENDS_FORMATS_FOLDERS_H

#include <stddef.h>

#include "core/base/map.h"
#include "core/port/format.h"

/* The store or reader that a format embedded its struct in. */
#define CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

struct message_list;

/*
 * What a store turned out to hold: collected once when it is opened, then
 * handed out one by one.  Paths and names live in its arena.
 */
struct folder {
	const struct slice *components;
	size_t depth;
	const char *path;
	const char *index;              /* the file beside it that knows more (.msf), or NULL */
	const struct message_list *list;        /* messagelist.h, or NULL */
	enum mailbox_layout layout;
	bool is_unreadable;
	bool is_maildir;                /* path is one, with cur and new in it */
};

struct folders {
	struct arena arena;
	struct folder *items;
	size_t n, cap;
	struct kept_file *files;
	size_t file_count, file_cap;
	struct map seen;                /* device and inode of directories entered */
	size_t next, next_file;
};

#define FOLDERS_EMPTY { ARENA_EMPTY, NULL, 0, 0, NULL, 0, 0, MAP_EMPTY, 0, 0 }
#define FOLDER_DEPTH_MAX 64u    /* directories in directories */

void folders_free(struct folders *f);

/* A new folder called name (UTF-8) inside parents; the strings are copied. */
struct folder *folders_add(struct folders *f, const struct slice *parents, size_t depth,
    struct slice name, const char *path);
/* A directory inside the store that could not be looked into becomes a folder
 * too: reading it says why, and the rest of the store is read. */
void folders_add_unreadable(struct folders *f, const struct slice *parents, size_t depth,
    const char *path);
/* parents and one more, in the arena. */
const struct slice *folders_extend(struct folders *f, const struct slice *parents, size_t depth,
    struct slice name);
/* Keep the file with the store; one that is gone is no failure. */
void folders_keep(struct folders *f, const char *path, const char *role);

/* The entries of a directory with links resolved: kind is what they lead to,
 * dangling links are left out, and linked entries come last.  1, or -1; 0 and
 * no entries for a directory that was listed before: links cannot make a loop. */
int folders_list(struct folders *f, const char *path, struct arena *a, struct directory *out,
    struct error *err);

/* Append the name of a folder as its owner knows it: modified UTF-7 where it
 * is that, else the bytes as UTF-8. */
void folder_name_add(struct buf *out, struct slice raw);

/* The next folder, or NULL; the next kept file, 1 or 0. */
const struct folder *folders_next(struct folders *f);
int folders_next_file(struct folders *f, struct arena *a, struct kept_file *out);
/* The folder that was described as mailbox. */
const struct folder *folders_of(const struct folders *f, const struct mailbox *mailbox);
/* What is common to all formats: components, path, layout, key. */
void folder_describe(const struct folders *f, const struct folder *folder, struct arena *a,
    struct mailbox *out);
/* For a mailbox that is one file: meta, state, bytes.  1, 0 when it is gone, -1. */
int folder_measure_file(const struct folder *folder, struct mailbox *out, struct error *err);
/*
 * For one whose messages are files: begin, then each directory (sub is "",
 * "cur", …; a missing one holds nothing), then each side file that holds
 * flags.  Every file is looked at once: 25,000 unchanged ones in some dozen
 * milliseconds are what a quiet night costs.
 */
int folder_measure_begin(const struct folder *folder, struct mailbox *out, struct error *err);
int folder_measure_files(const char *path, const char *sub,
    bool (*is_message)(const struct directory_entry *entry, const void *context),
    const void *context, struct mailbox *out, struct error *err);
void folder_measure_side_file(const char *path, const char *name, struct mailbox *out);
/* The state of a mailbox that could not be measured: read() will say why. */
void folder_measure_failed(struct mailbox *out);

#endif
