/* SPDX-License-Identifier: MIT */
#ifndef CORE_CATALOG_CATALOG_INTERNAL_H
#define CORE_CATALOG_CATALOG_INTERNAL_H

#include <sqlite3.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/base/vec.h"
#include "core/catalog/catalog.h"

/*
 * What the files of this folder share: the handle, its prepared statements,
 * and the way from SQLite's errors to ours.
 */

/* Every statement that stays prepared; its SQL stands where it is used. */
enum catalog_sql {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
	SQL_ADD_PACK, SQL_ADD_FRAME, SQL_ADD_OBJECT, SQL_FIND_OBJECT, SQL_HAS_NAME, SQL_ADD_NAME,
	SQL_NAME_AFTER,
	SQL_FIND_MESSAGE, SQL_IS_TEXTED, SQL_ADD_MESSAGE, SQL_ADD_SUMMARY, SQL_ADD_WORDS, SQL_REMOVE_WORDS,
	SQL_OLD_WORDS, SQL_SET_TEXTED, SQL_UNTEXTED,
	SQL_ADD_SNAPSHOT, SQL_END_SNAPSHOT, SQL_FIND_MAILBOX, SQL_ADD_MAILBOX, SQL_SET_MAILBOX,
	SQL_LIVE_STATE, SQL_CLOSE_STATE, SQL_OPEN_STATE, SQL_LIVE_STATES,
	SQL_LIVE_PLACEMENTS, SQL_CLOSE_PLACEMENT, SQL_OPEN_PLACEMENT,
	SQL_MESSAGE_PLACED, SQL_MESSAGE_PLACEMENTS, SQL_MESSAGE_STATE,
	SQL_FIND_TAGSET, SQL_ADD_TAGSET, SQL_TAGSET,
	SQL_HEAD, SQL_SNAPSHOT_AT, SQL_SNAPSHOT_PREFIX, SQL_SNAPSHOTS, 
	SQL_NEWEST, SQL_MAILBOXES, SQL_MESSAGES, SQL_MESSAGES_NAMED, SQL_SUMMARY,
	SQL_PLACES, SQL_MAILBOX_NAMES, SQL_SNAPSHOT_UP_TO,
	SQL_READING_STATE, SQL_READING, SQL_PUT_READING, SQL_FORGET_READINGS,
	SQL_TOTALS,
	SQL_RELEASE_NAME, SQL_RELEASED_AFTER, SQL_FORGET_SNAPSHOT, SQL_ADD_FORGOTTEN, SQL_SET_TIP,
	SQL_KEPT_MAILBOX, SQL_HAS_PLACE, SQL_STILL_KEPT, SQL_ROW_AT, SQL_ROW_BEHIND, SQL_KEEP_STATE,
	SQL_UNCOVERED, SQL_SHOW_KEPT, SQL_PACKS, SQL_DROP_PACK,
	SQL_COUNT_OBJECTS, SQL_DROP_OBJECT, SQL_HAS_PACK,
	SQL_ADD_SEEN, SQL_SEEN, SQL_SEEN_AFTER, SQL_CLEAR_HEAD, SQL_PUT_HEAD, SQL_HEAD_DOCUMENT,
	SQL_FORGET_NAME, SQL_ADD_UNREAD, SQL_HAS_UNREAD, SQL_CLEAR_UNREAD,
	SQL_COUNT
};

/* Stands for "no snapshot yet" in the column gone, so that what lies there
 * now and what lay there later than some snapshot are one range. */
#define LIVE INT64_MAX
#define LIVE_SQL "9223372036854775807"

/* Values of message.state.  One that is dropped is not found any more; its row
 * stays until its bytes are gone, for it may come again before that. */
enum { MESSAGE_UNPLACED, MESSAGE_LIVE, MESSAGE_GONE, MESSAGE_DROPPED };
#define IS_FOUND_SQL "m.state <> 3"
/* In message.flags beside those of mail/flags.h: a placement that counts has
 * tags, so it is worth looking for them. */
#define FLAG_HAS_TAGS 256u

struct placed {
	int64_t message;
	int64_t flags, tagset;
	int64_t n;
};

/* ---- known.c ---- */

struct known_mailbox {
	const char *client, *account, *name;    /* in the arena of known */
};

struct known_snapshot {
	int64_t row, time;              /* 0: there is none */
};

/* Good for one answer: the first statement of the next one empties it, unless
 * an iterator over places is open. */
struct known {
	unsigned users;
	struct map mailbox_rows, snapshot_rows; /* row → place in the vectors */
	VEC(struct known_mailbox) mailboxes;
	VEC(struct known_snapshot) snapshots;
	struct arena arena;
};

struct catalog {
	sqlite3 *db;
	char *path;
	enum catalog_mode mode;
	sqlite3_stmt *sql[SQL_COUNT];
	struct tokenizer *tokenizer;
	struct buf tags, folded;        /* scratch */

	/* Between catalog_begin_snapshot() and catalog_end_snapshot(). */
	int64_t snapshot;               /* 0: none */
	int64_t mailbox;                /* being set; 0: none */
	VEC(int64_t) named;             /* kept or set */
	VEC(struct placed) placed;      /* of the mailbox being set */
	/* The last tags looked up: mail that has any mostly has the same. */
	struct buf last_tags;
	int64_t last_tagset;
	struct known known;
};

void known_clear(struct known *k);
void known_free(struct known *k);
/* *out: the place in known.mailboxes. */
int known_mailbox(struct catalog *c, int64_t row, size_t *out, struct error *err);
/* The newest snapshot whose row is at most that. */
int known_snapshot(struct catalog *c, int64_t most, struct known_snapshot *out,
    struct error *err);

/* Fill err from SQLite's result code; -1. */
int catalog_fail(struct catalog *c, int rc, const char *what, struct error *err);
/* The prepared statement, reset; NULL with err filled when SQLite refuses it. */
sqlite3_stmt *catalog_use(struct catalog *c, enum catalog_sql which, const char *text,
    struct error *err);
/* A step: 1 with a row, 0 at the end, -1.  At 0 and -1 the statement is reset. */
int catalog_step(struct catalog *c, sqlite3_stmt *s, struct error *err);
/* Step a statement that gives no rows. */
int catalog_run(struct catalog *c, sqlite3_stmt *s, struct error *err);
int catalog_execute(struct catalog *c, const char *text, struct error *err);

/* Bound bytes are not copied: they must live until the statement is reset. */
void bind_int(sqlite3_stmt *s, int i, int64_t v);
void bind_u64(sqlite3_stmt *s, int i, uint64_t v);
void bind_text(sqlite3_stmt *s, int i, struct slice text);     /* cut at HEADER_FIELD_MAX */
void bind_string(sqlite3_stmt *s, int i, const char *text);     /* NULL is NULL */
void bind_blob(sqlite3_stmt *s, int i, struct slice bytes);
void bind_digest(sqlite3_stmt *s, int i, const struct digest *d);
/* These are copied. */
void bind_text_copy(sqlite3_stmt *s, int i, struct slice text);
void bind_digest_copy(sqlite3_stmt *s, int i, const struct digest *d);
void bind_value(sqlite3_stmt *s, int i, sqlite3_value *v);
const char *column_string(sqlite3_stmt *s, int i);      /* never NULL */
uint64_t column_u64(sqlite3_stmt *s, int i);
/* False when the column is no digest. */
bool column_digest(sqlite3_stmt *s, int i, struct digest *out);

/* ---- rows.c ---- */

/* A row of placement, of one message. */
struct stay {
	int64_t mailbox, gone, tagset, first_seen, last_seen, snapshot;
	unsigned flags;
	size_t known;                   /* the mailbox in known.mailboxes */
};

/*
 * An iterator owns its statements while it is open: a second one of the same
 * kind prepares others, and the first closed go back to be used again.
 */
struct catalog_rows {
	struct catalog *c;
	sqlite3_stmt *main, *summary;
	enum catalog_sql main_slot;     /* SQL_COUNT: made for this once */
	bool done;
	bool of_mailbox;                /* messages with flags and tags of one mailbox */
	int64_t repeat;                 /* the same row so many times more */
	struct buf tags;
	VEC(struct stay) stays;         /* catalog_next_place() */
	size_t stay;
};

/* The statement out of its slot, or a new one; rows_open() owns it then. */
sqlite3_stmt *catalog_take(struct catalog *c, enum catalog_sql which, const char *text,
    struct error *err);
/*
 * main of catalog_next_message(): row, date, bytes, flags, state of message;
 * of_mailbox: flags, tagset and n of the placement as well.
 */
struct catalog_rows *rows_open(struct catalog *c, sqlite3_stmt *main, enum catalog_sql slot);
int rows_step(struct catalog_rows *r, struct error *err);

/* ---- objects.c ---- */

/* Replace name by the one that a statement of its kind finds behind it: 1, 0, -1. */
int catalog_step_name(struct catalog *c, sqlite3_stmt *s, struct buf *name, struct error *err);

/* ---- messages.c ---- */

/* Row of a message: 1, 0, -1. */
int catalog_message_row(struct catalog *c, const struct digest *id, int64_t *row,
    struct error *err);

/* ---- placements.c ---- */

/* Add the tags of a tag set that are not there yet, each ended by LF. */
int catalog_tagset_row(struct catalog *c, const struct tags *tags, int64_t *row,
    struct error *err);
int catalog_add_tagset(struct catalog *c, int64_t tagset, struct buf *out, struct error *err);
/* The same of all placements of a message that count: those that live, or
 * where none does those that went last. */
int catalog_add_tags(struct catalog *c, int64_t message, struct buf *out, struct error *err);
/* A mailbox that is no longer there: all that lay in it is gone. */
int catalog_end_mailbox(struct catalog *c, int64_t mailbox, struct error *err);

/* ---- tokenizer.c ---- */

struct tokenizer;

/*
 * The FTS5 tokenizer "mail": the tokens of unicode61 with remove_diacritics
 * 2, folded some more ("ß" is "ss", "ø" is "o", "ё" is "е"), but every
 * character of a script that is written without blanks between words is a
 * token of its own (a query for part of such text then is a phrase), and a
 * token is cut after TOKEN_MAX bytes.  What it does is part of the schema: a
 * change makes another SCHEMA_VERSION.
 */
#define TOKEN_MAX 64
int tokenizer_register(struct catalog *c, struct error *err);
void tokenizer_close(struct tokenizer *t);      /* NULL is fine */
/* Append the tokens of text, one blank between two; the number of them. */
size_t tokenizer_fold(struct tokenizer *t, struct slice text, struct buf *out);

#endif
