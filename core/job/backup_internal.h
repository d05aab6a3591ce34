/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_BACKUP_INTERNAL_H
#define CORE_JOB_BACKUP_INTERNAL_H

#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/map.h"
#include "core/job/backup.h"
#include "core/job/pipe.h"
#include "core/job/reading.h"

/*
 * One backup under way.  backup.c runs it, backup_mailbox.c reads a mailbox,
 * backup_labels.c makes mailboxes of labels, backup_large.c keeps a message too long for memory, backup_files.c keeps other
 * files, backup_before.c compares with the snapshot before.
 *
 * Nothing of the new snapshot goes into the catalog before the snapshot is
 * durable: what is to be entered waits in outcomes.
 */

/* One live placement of a mailbox that was read. */
struct placed {
	struct digest id;
	unsigned flags;
	uint64_t size;          /* of the stored bytes */
	struct tags tags;       /* in the outcome's arena */
};

/* What is to be entered about one mailbox. */
struct outcome {
	struct catalog_mailbox mailbox; /* strings in the run's arena */
	bool has_labels;                /* its tags are labels of a server's */
	bool keep;                      /* as it was: nothing below counts */
	VEC(struct placed) placed;
	struct arena arena;
	struct slice key;               /* of its readings */
	struct fingerprint state;       /* zero: to be read again next time */
	struct buf brief;               /* backup_brief, encoded */
	struct reading_writer reading;
	struct pipe_tally tally;
	bool renamed;                   /* its tags may have other names than last time */
};

/* What is remembered of a mailbox that need not be opened. */
struct brief {
	struct digest listing;
	uint64_t entries;               /* messages, the dead ones included */
	uint64_t messages, unread, bytes, size;
	struct fingerprint fingerprint;
	bool has_labels, has_tags;
	struct fingerprint tag_names;   /* of the names by which its tags were told */
};

/* A kept file's chunks, to be remembered. */
struct kept {
	struct slice path;
	struct fingerprint state;
	struct digests chunks;
};

struct store_rows {
	struct snapshot_store store;
	VEC(struct snapshot_mailbox) mailboxes;
	VEC(struct snapshot_file) files;
	VEC(struct snapshot_directory) directories;
	struct map directory_paths;
	const struct place *place;      /* NULL: carried over */
};

struct backup {
	struct job *job;
	const struct backup_request *request;
	struct backup_result *result;
	struct arena *arena;            /* the result's */
	struct catalog *db;
	struct workers *cpu;
	struct archive_writer *writer;
	struct pipe *pipe;
	VEC(struct store_rows *) stores;
	VEC(struct outcome *) outcomes;
	struct outcome *current;        /* being read, not among outcomes yet */
	VEC(struct kept *) kept;
	struct map paths;               /* of mailboxes and kept files: each once */
	struct map failures;            /* paths and reasons that were noted */
	/* The snapshot before. */
	struct catalog_snapshot head;
	bool has_head;
	struct mailbox_list before;
	struct map before_keys;         /* mailbox key → index in before */
	struct snapshot before_snapshot;        /* read when first wanted: id is set */
	struct map now_keys;            /* mailbox key → index in outcomes */
};

/* The key of a mailbox: home, store, path and name, each ended by NUL. */
void mailbox_key(struct buf *out, const char *home, const char *store, const char *path,
    const char *name);
/* path as a snapshot has it: relative to the home when inside. */
struct slice snapshot_path(struct backup *b, const char *path, const char *home);
void outcome_free(struct outcome *o);   /* NULL is fine */
void backup_fail(struct backup *b, const char *path, const char *reason, uint64_t messages);
void backup_warn(struct backup *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void brief_encode(const struct brief *brief, struct buf *out);
bool brief_decode(struct slice s, struct brief *out);

/* ---- backup_mailbox.c ---- */

/* Keep one mailbox.  0 also when it failed and was noted; -1 ends the run (the
 * pipe may then still count into outcomes: they are dropped after it). */
int backup_mailbox(struct backup *b, struct store_rows *rows, struct store *store,
    const struct mailbox *mailbox, struct error *err);
/* The directories above path that belong to the store are kept as well. */
void backup_directories(struct backup *b, struct store_rows *rows, const char *path);
void backup_directory(struct backup *b, struct store_rows *rows, const char *path);

struct outcome *outcome_open(struct backup *b, const struct store_rows *rows,
    const struct mailbox *mailbox);
void outcome_add(struct outcome *o, const struct digest *id, unsigned flags,
    const struct tags *tags, uint64_t size);
/* Into the snapshot; o is the backup's from here on. */
void outcome_enter(struct backup *b, struct store_rows *rows, const struct mailbox *mailbox,
    struct outcome *o, const struct brief *brief);

/* ---- backup_labels.c ---- */

/* Mailboxes for the labels of a store, whose outcomes begin at first. */
int backup_labels(struct backup *b, struct store_rows *rows, size_t first, struct error *err);

/* ---- backup_large.c ---- */

struct large_entry {
	const struct job *job;
	struct reader *reader;
	const struct entry *entry;
	struct fingerprinter *file;     /* of the whole mailbox file, or NULL */
	bool source_failed;             /* the error is the source's */
};

/* The fingerprint of the stored bytes, fed to large->file as well. */
int large_fingerprint(struct large_entry *large, uint64_t *out, struct error *err);
/* Keep a message; out gets its placement.  *stored: it was not there before. */
int large_message(struct backup *b, struct large_entry *large, struct arena *a,
    struct placement *out, bool *stored, struct error *err);
/* Keep bytes that are no mail as chunks, a placement each. */
int large_filler(struct backup *b, struct large_entry *large, struct digests *out,
    struct error *err);

/* ---- backup_files.c ---- */

/* Keep one file, or a directory of files, as it lies. */
int backup_kept_file(struct backup *b, struct store_rows *rows, const char *path,
    const char *role, struct error *err);
int backup_companion(struct backup *b, struct store_rows *rows, const struct companion *c,
    struct error *err);

/* ---- backup_before.c ---- */

int before_load(struct backup *b, struct error *err);
/* A store that could not be opened stays as it was. */
int before_carry_store(struct backup *b, const struct place *place, struct error *err);
/* Stores that this run did not look at stay as they were. */
int before_carry_over(struct backup *b, struct error *err);
/* A mailbox that could not be read stays as it was: 1 done, 0 there is no before. */
int before_carry_mailbox(struct backup *b, struct store_rows *rows, struct slice key,
    struct error *err);
/* Mail that disappeared: one sentence each in result->alarms. */
int before_alarms(struct backup *b, struct error *err);

#endif
