/* SPDX-License-Identifier: MIT */
#ifndef CORE_CATALOG_CATALOG_H
#define CORE_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/digest.h"
#include "core/base/error.h"
#include "core/mail/flags.h"

/*
 * The catalog: a local SQLite database that knows what is where, and the
 * search index.  A cache: all of it can be made again from the archive, so
 * losing it loses nothing.  One file for each archive, never at a target.
 *
 * One writer at a time (the caller holds the run's lock), any number of
 * readers; a handle belongs to one thread at a time.  Constant SQL and bound
 * values only.  Every COMMIT passes file_fault_point() before and after.
 *
 * Numbers that stand for rows (snapshot, mailbox, message) are good for this
 * catalog file only.
 */
struct catalog;

enum catalog_mode { CATALOG_READ, CATALOG_WRITE };

/*
 * Open path; CATALOG_WRITE creates it.  ERR_NOT_FOUND: there is none to read;
 * ERR_CORRUPT: damaged, of another archive, or a version unknown here: the
 * caller removes it with catalog_remove() and rebuilds.  A path on a network
 * file system is ERR_USAGE unless allow_remote.
 */
int catalog_open(const char *path, enum catalog_mode mode, const char *archive_id,
    bool allow_remote, struct catalog **out, struct error *err);
void catalog_close(struct catalog *c);          /* rolls back; NULL is fine */
int catalog_remove(const char *path, struct error *err);        /* with -wal and -shm */
/* PRAGMA quick_check; ERR_CORRUPT. */
int catalog_check(struct catalog *c, struct error *err);

/* All that a reading handle reads from here on, until it is closed, is of one
 * state, and takes no lock each time.  Nothing for a writing one. */
int catalog_hold(struct catalog *c, struct error *err);
int catalog_begin(struct catalog *c, struct error *err);
int catalog_commit(struct catalog *c, struct error *err);
void catalog_roll_back(struct catalog *c);
/* Before a first load or a rebuild, after it: bulk loading settings (cache
 * and hash sizes, merges put off).  Crash safety is not given up. */
int catalog_bulk(struct catalog *c, bool on, struct error *err);

/* ---- What lies where in the archive ---- */

struct catalog_place {
	struct digest pack;
	uint64_t frame_at, frame_n, frame_plain;
	uint64_t at, n;
	bool is_recipe;
};

/* kind is an enum object_kind, a small number to us. */
int catalog_add_pack(struct catalog *c, const struct digest *pack, uint64_t size, int64_t *row,
    struct error *err);
int catalog_add_frame(struct catalog *c, int64_t pack_row, uint32_t frame, uint64_t at, uint64_t n,
    uint64_t plain, struct error *err);
int catalog_add_object(struct catalog *c, int kind, const struct digest *id, bool is_recipe,
    int64_t pack_row, uint32_t frame, uint64_t at, uint64_t n, struct error *err);
int catalog_find_object(struct catalog *c, int kind, const struct digest *id,
    struct catalog_place *out, struct error *err);              /* 1, 0, -1 */

/* Names of archive files that the catalog has taken in ("index/…",
 * "snapshots/…"): what is at the target and not here is to be read. */
int catalog_has_name(struct catalog *c, const char *name, struct error *err);   /* 1, 0, -1 */
int catalog_add_name(struct catalog *c, const char *name, struct error *err);
int catalog_forget_name(struct catalog *c, const char *name, struct error *err);
/* Replace name by the next one in their order ("" gives the first); 0 at the
 * end.  Only names that the archive must still have. */
int catalog_name_after(struct catalog *c, struct buf *name, struct error *err);

/*
 * The digests of all snapshots that this machine has seen: what tells a file
 * at a target that was put in the place of another.  The first that is told
 * of an id stays.
 */
int catalog_add_seen(struct catalog *c, const char *id, const struct digest *digest,
    struct error *err);
int catalog_seen(struct catalog *c, const char *id, struct digest *out, struct error *err);     /* 1, 0, -1 */
/* Replace id by the next one in their order ("" gives the first) of those that
 * the archive must still have; 0 at the end. */
int catalog_seen_after(struct catalog *c, struct buf *id, struct digest *out, struct error *err);

/*
 * The newest snapshot as bytes that core/archive understands: a machine without
 * the key of the archive cannot read it there.  Only the last one is kept.
 */
int catalog_put_head(struct catalog *c, const char *id, struct slice document,
    struct error *err);
/* 1 with the document of this snapshot in out; 0: it is not kept. */
int catalog_get_head(struct catalog *c, const char *id, struct buf *out, struct error *err);

/* Names of files that could not be read for want of the key, and were told to
 * the person.  add gives 1 the first time. */
int catalog_add_unread(struct catalog *c, const char *name, struct error *err);
int catalog_has_unread(struct catalog *c, const char *name, struct error *err); /* 1, 0, -1 */
int catalog_clear_unread(struct catalog *c, struct error *err);

/* ---- Messages ---- */

struct catalog_message {
	struct digest id;
	uint64_t bytes;                 /* canonical */
	int64_t date;                   /* 0: unknown */
	struct slice from, to, cc, subject, message_id; /* UTF-8, decoded */
	const struct slice *attachments;        /* names */
	size_t attachment_count;
	struct slice text;              /* for the index; not kept */
	bool has_text;                  /* false: only the summary is known (a new machine) */
};

/* 2: known with its text; 1: known by its summary; 0: unknown; -1. */
int catalog_has_message(struct catalog *c, const struct digest *id, struct error *err);
/* Insert, or add the text to a message known by its summary only.  A message
 * known with its text is left alone. */
int catalog_add_message(struct catalog *c, const struct catalog_message *m, struct error *err);
/* Messages without text, for catching up: up to n ids; *count of them. */
int catalog_untexted(struct catalog *c, struct digest *out, size_t n, size_t *count,
    struct error *err);

/* ---- Snapshots, mailboxes, placements ---- */

struct catalog_snapshot {
	int64_t row;                    /* in the order of time */
	const char *id;
	int64_t time;
	const char *host, *user;
	uint64_t seen, saved, had, failed, mailboxes;
	const char *alarm;              /* NULL: none */
	const char *tip;                /* the end of the chain here: id, or what repeats it */
};

struct catalog_mailbox {
	int64_t row;
	const char *client, *account, *kind, *format, *layout;
	const char *home;               /* "" : outside any */
	const char *store;              /* absolute path of the store */
	const char *path;               /* of the mailbox, absolute */
	const char *name;               /* components joined as mailbox_name_add() does */
	/* As of the snapshot asked for: */
	bool has_twin;                  /* another has the same client, account and name */
	struct digest listing;
	uint64_t messages, unread, bytes;
	int64_t snapshot;               /* the newest one it was seen in, up to that */
};

/* Begin taking in a snapshot: it becomes the newest.  Between begin and end:
 * each mailbox of it once, by keep (its listing is the one of the snapshot
 * before) or by set and its placements.  end closes what was not named.  All
 * of it in one transaction, so that half a snapshot is never there to read. */
int catalog_begin_snapshot(struct catalog *c, const struct catalog_snapshot *s, int64_t *row,
    struct error *err);
/* Find or make the row of a mailbox: identified by home, store and path and name. */
int catalog_mailbox_row(struct catalog *c, const struct catalog_mailbox *m, int64_t *row,
    struct error *err);
int catalog_keep_mailbox(struct catalog *c, int64_t snapshot, int64_t mailbox, struct error *err);
/* listing, messages, unread, bytes of m are used.  Then every live placement
 * by catalog_place(), then catalog_placed(). */
int catalog_set_mailbox(struct catalog *c, int64_t snapshot, const struct catalog_mailbox *m,
    struct error *err);
int catalog_place(struct catalog *c, const struct digest *message, unsigned flags,
    const struct tags *tags, struct error *err);
int catalog_placed(struct catalog *c, struct error *err);
int catalog_end_snapshot(struct catalog *c, const struct catalog_snapshot *s, struct error *err);

/* The newest snapshot: 1 with row and id (arena), 0: none. */
int catalog_head(struct catalog *c, struct arena *a, struct catalog_snapshot *out,
    struct error *err);
/* The snapshot an --at names: an id, the beginning of one that is the only
 * such, or the newest at or before a time.  0: none. */
int catalog_find_snapshot(struct catalog *c, const char *id_prefix, struct arena *a,
    struct catalog_snapshot *out, struct error *err);
int catalog_snapshot_at(struct catalog *c, int64_t time, struct arena *a,
    struct catalog_snapshot *out, struct error *err);

/* ---- What last night's reading found, so that tonight's can be short ---- */

struct catalog_reading {
	struct fingerprint state;       /* mailbox.state or file_meta_fingerprint() */
	struct slice memory;            /* bytes that core/job understands */
};

/* key: the absolute path and what else tells it apart.  memory lives in the arena;
 * with want_memory false only state is given.  1, 0, -1. */
int catalog_get_reading(struct catalog *c, struct slice key, bool want_memory, struct arena *a,
    struct catalog_reading *out, struct error *err);
int catalog_put_reading(struct catalog *c, struct slice key, const struct catalog_reading *r,
    struct error *err);
int catalog_forget_readings(struct catalog *c, struct error *err);

/* ---- Asking ---- */

/* Iterators: open, next until 0, close.  Strings live until the next call. */
struct catalog_rows;
void catalog_rows_close(struct catalog_rows *r);        /* NULL is fine */

int catalog_snapshots(struct catalog *c, struct catalog_rows **out, struct error *err);
int catalog_next_snapshot(struct catalog_rows *r, struct catalog_snapshot *out,
    struct error *err);

/* Mailboxes as of a snapshot row (0: the newest), sorted by client, account
 * and name.  With gone set also those that are no longer there. */
int catalog_mailboxes(struct catalog *c, int64_t snapshot, bool gone, struct catalog_rows **out,
    struct error *err);
int catalog_next_mailbox(struct catalog_rows *r, struct catalog_mailbox *out, struct error *err);

struct catalog_found {
	int64_t row;
	struct digest id;
	uint64_t bytes;
	int64_t date;
	const char *from, *to, *subject, *message_id;
	const char *attachments;        /* names, each ended by "\n" */
	unsigned flags;                 /* of the placement, or of all live ones together */
	const char *tags;               /* each ended by "\n" */
	bool deleted;                   /* lies nowhere any more */
};

/* Messages of one mailbox as of a snapshot row (0: the newest), oldest
 * first. */
int catalog_messages(struct catalog *c, int64_t mailbox, int64_t snapshot,
    struct catalog_rows **out, struct error *err);
int catalog_next_message(struct catalog_rows *r, struct catalog_found *out, struct error *err);

/* Where a message lies or lay: one row a mailbox. */
struct catalog_whereabouts {
	int64_t mailbox;
	const char *client, *account, *name;
	int64_t first_seen, last_seen;  /* times of snapshots */
	int64_t snapshot;               /* the last it was seen in; 0: no such */
	bool deleted;
	unsigned flags;
	const char *tags;
};

int catalog_places(struct catalog *c, int64_t message, struct catalog_rows **out,
    struct error *err);
int catalog_next_place(struct catalog_rows *r, struct catalog_whereabouts *out,
    struct error *err);

/* The message that a person names: the digest or the beginning of it (8
 * digits or more), or a Message-ID.  All that fit, as catalog_next_message(). */
int catalog_find_message(struct catalog *c, struct slice name, struct catalog_rows **out,
    struct error *err);
int catalog_message_of(struct catalog *c, const struct digest *id, struct catalog_found *out,
    struct catalog_rows **keep, struct error *err);     /* 1, 0, -1; close *keep after use */

/* ---- Retention ---- */

/* The archive says that this file was removed on purpose: catalog_has_name()
 * is 1 for it, and catalog_name_after() passes it over. */
int catalog_release_name(struct catalog *c, const char *name, struct error *err);
/* As catalog_name_after(), of those that were released. */
int catalog_released_after(struct catalog *c, struct buf *name, struct error *err);

/* A snapshot that was forgotten, in the order of time among those not taken in
 * yet: it is shown no more, and the intervals that end there stay. */
int catalog_forget_snapshot(struct catalog *c, const char *id, int64_t time, struct error *err);
/* tip repeats the snapshot id and stands behind it in the chain.  0: no such
 * snapshot is known; 1; -1. */
int catalog_set_tip(struct catalog *c, const char *id, const char *tip, struct error *err);

/* Messages that no snapshot holds any more but forgotten ones: a row for each
 * mailbox they lay in, by mailbox and message.  Iterate as catalog_rows. */
struct catalog_kept {
	struct catalog_mailbox mailbox;         /* of its strings and row */
	struct digest id;
	uint64_t bytes;
	unsigned flags;                         /* when it was last seen */
	const char *tags;                       /* each ended by "\n" */
	int64_t first_seen, last_seen;          /* times */
};

int catalog_uncovered(struct catalog *c, struct catalog_rows **out, struct error *err);
int catalog_next_kept(struct catalog_rows *r, struct catalog_kept *out, struct error *err);

/* Between begin_kept and end_kept each message that the archive keeps without
 * a snapshot; end drops all other messages that no snapshot holds, from
 * search as well.  In one transaction. */
int catalog_begin_kept(struct catalog *c, struct error *err);
int catalog_keep(struct catalog *c, const struct catalog_kept *k, const struct tags *tags,
    struct error *err);
/* A mailbox that only such messages are known of is listed as gone. */
int catalog_keep_listing(struct catalog *c, const struct catalog_mailbox *m, int64_t first_seen,
    int64_t last_seen, struct error *err);
int catalog_end_kept(struct catalog *c, uint64_t *dropped, struct error *err);

/* Packs that the catalog knows, and one that is gone with all that it held. */
int catalog_packs(struct catalog *c, struct catalog_rows **out, struct error *err);
int catalog_next_pack(struct catalog_rows *r, struct digest *out, struct error *err);
/* 1: known; 0; -1. */
int catalog_has_pack(struct catalog *c, const struct digest *pack, struct error *err);
/* marked: then catalog_drop_marked() once. */
int catalog_mark_pack(struct catalog *c, const struct digest *pack, struct error *err);
int catalog_drop_marked(struct catalog *c, struct error *err);
int catalog_drop_object(struct catalog *c, int kind, const struct digest *id, struct error *err);
/* Objects of one kind that the catalog has a place for. */
int catalog_count_objects(struct catalog *c, int kind, uint64_t *out, struct error *err);
/* Messages that lie in no mailbox and are in no pack any more; 0 is the kind of messages' objects. */
int catalog_drop_unplaced(struct catalog *c, struct error *err);

/* Mailboxes that a list of damaged messages lay in: "client account name". */
int catalog_totals(struct catalog *c, uint64_t *messages, uint64_t *objects, uint64_t *untexted,
    struct error *err);

#endif
