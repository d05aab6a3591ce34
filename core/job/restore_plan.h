/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_RESTORE_PLAN_H
#define CORE_JOB_RESTORE_PLAN_H

#include "core/archive/snapshot.h"
#include "core/job/job.h"

/*
 * What a person's words choose out of a snapshot, and where each thing goes.
 * Read from the snapshot, not from the catalog: the catalog only knows which
 * mailboxes the words name.
 */

/* A directory below which things are made; no name leads out of it. */
struct restore_base {
	const char *directory;
	struct root *root;              /* opened by restore; NULL until then */
};

struct restore_place {
	size_t base;
	const char *path;               /* below the base; "" is the base itself */
};

enum restore_kind { RESTORE_MAILBOX_FILE, RESTORE_MAILBOX_FILES, RESTORE_FILE };

struct restore_item {
	enum restore_kind kind;
	struct restore_place place;
	const struct snapshot_store *store;
	const struct snapshot_mailbox *mailbox; /* or */
	const struct snapshot_file *file;
	const char *name;               /* for reports: full name of the mailbox, or the path */
	uint64_t bytes;                 /* about how much work it is */
};

struct restore_directory {
	struct restore_place place;
	uint32_t mode;
	int64_t mtime_ns;
	bool was_there;
};

/* A mailbox that was chosen, for conversion. */
struct restore_mailbox {
	const struct snapshot_store *store;
	const struct snapshot_mailbox *mailbox;
	const char *name;
};

struct restore_misplaced {
	const char *name, *reason;
};

struct restore_plan {
	struct arena arena;
	struct snapshot snapshot;
	VEC(struct restore_base) bases;
	VEC(struct restore_item) items;
	VEC(struct restore_directory) directories;
	VEC(struct restore_mailbox) mailboxes;
	/* Stores that something was chosen of. */
	VEC(const struct snapshot_store *) stores;
	/* What cannot be given back, because its name would lead outside. */
	VEC(struct restore_misplaced) misplaced;
};

struct restore_choice {
	const char *const *words;       /* as job_mailboxes() takes them; none: all */
	size_t word_count;
	const char *at;
	bool mail_only;                 /* of files only those that belong to mailboxes */
};

/* to: a directory, or NULL for in place. */
int restore_plan_make(struct job *j, const struct restore_choice *choice, const char *to,
    struct restore_plan *out, struct error *err);
void restore_plan_free(struct restore_plan *p);         /* closes the roots too */

/* The absolute path of what a snapshot says of a store. */
const char *restore_source_path(const struct snapshot_store *store, struct slice path,
    struct arena *a);

#endif
