/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_SNAPSHOT_H
#define CORE_ARCHIVE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/archive/archive.h"
#include "core/archive/index.h"
#include "core/base/map.h"

/*
 * What all stores looked like at one backup.  FORMAT.md, 7.  A snapshot's
 * id is its file's name without directory and suffix:
 * "2026-11-23T020004Z-1a2b3c4d".
 */
struct snapshot_mailbox {
	const struct slice *components;
	size_t depth;
	struct slice path;
	const char *layout;             /* "file", "files", "extracted" */
	struct digest listing;
	uint64_t messages, unread, bytes;
	uint64_t size;                  /* these four for "file" only */
	uint32_t mode;
	int64_t mtime_ns;
	struct fingerprint fingerprint;
	bool stale;                     /* could not be read this time: as it was before */
};

struct snapshot_file {
	struct slice path;
	const char *role;
	uint64_t size;
	uint32_t mode;
	int64_t mtime_ns;
	struct digest *chunks;
	size_t chunk_count;
};

struct snapshot_directory {
	struct slice path;
	uint32_t mode;
	int64_t mtime_ns;
};

struct snapshot_failure {
	struct slice path;
	const char *reason;
};

struct snapshot_store {
	const char *client, *account, *kind, *format, *layout;
	struct slice path, home;        /* home empty: outside any */
	struct snapshot_mailbox *mailboxes;
	size_t mailbox_count;
	struct snapshot_file *files;
	size_t file_count;
	struct snapshot_directory *directories;
	size_t directory_count;
};

/* A value; everything lives in one arena. */
struct snapshot {
	const char *id;                 /* set by snapshot_read() and snapshot_write() */
	struct digest digest;           /* of its file */
	int64_t time;
	const char *host, *user, *program;
	const char *parent;             /* NULL: the first */
	struct digest parent_digest;
	struct snapshot_store *stores;
	size_t store_count;
	struct snapshot_failure *failed;
	size_t failed_count;
	/* For a machine that cannot read it again: what snapshot_recall() takes.
	 * Only of an encrypted archive; set by snapshot_read() and _write(). */
	struct slice document;
	uint64_t seen, saved, had;
	const char *alarm;              /* NULL: none */
	struct digest *indexes;         /* set by snapshot_read(): put since the parent */
	size_t index_count;
	/* Of one that was written by forget or repair: */
	const char **forgotten;         /* ids that were removed on purpose */
	size_t forgotten_count;
	const char *repeats;            /* id of the backup that this one repeats; NULL: none */
	struct snapshot_store *kept;    /* messages that no snapshot holds any more */
	size_t kept_count;
};

/* Put it at the target, durable; sets id and digest.  It names the index
 * objects that wait for it (index.h). */
int snapshot_write(struct archive *a, struct snapshot *s, const char *spool, struct arena *arena,
    uint64_t *bytes, struct error *err);
/* The digest is checked against the eight digits in the name. */
int snapshot_read(struct archive *a, const char *id, struct arena *arena, struct snapshot *out,
    struct error *err);
/* The same out of a document that was kept, without the target and the key. */
int snapshot_recall(struct archive *a, const char *id, const struct digest *digest,
    struct slice document, struct arena *arena, struct snapshot *out, struct error *err);
/* Ids, sorted by the time they carry. */
int snapshot_list(struct archive *a, struct arena *arena, struct name_list *out,
    struct error *err);
/*
 * Put ids in the order they were written: a parent before its children, and
 * by time where the chain says nothing.  Clocks are set back, and two backups
 * fall into one second, so time alone may name the wrong one as the newest.
 * Snapshots that cannot be read keep their place in time.  What they say was
 * forgotten is put into forgotten (ids; NULL: not wanted).
 */
int snapshot_sort(struct archive *a, struct name_list *names, struct map *forgotten,
    struct error *err);
/* The time that an id carries; false for what is no id. */
bool snapshot_id_time(const char *id, int64_t *out);

#endif
