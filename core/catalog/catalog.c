/* SPDX-License-Identifier: MIT */
#include "core/catalog/catalog.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/catalog/catalog_internal.h"

#define APPLICATION_ID "1835232049"     /* "mck1" */
#define SCHEMA_VERSION "3"

/*
 * message is what a search filters and sorts by, one narrow row each;
 * summary is what is shown, and is read only for rows that are shown.  words
 * keeps no copy of the text (content='') nor its lengths (nothing is ranked).
 *
 * A placement is the interval [first, gone) of snapshots in which n copies of
 * a message lay in a mailbox with these flags and tags.  Its key begins with
 * (mailbox, gone), so what lies in a mailbox now, and what lay there at some
 * snapshot, each is one range; placement_message holds all but n.  The same
 * intervals, for a mailbox as a whole, are mailbox_state.
 *
 * A snapshot that was forgotten keeps its row: intervals end and begin there.
 * A message that was dropped leaves its words in the index, which cannot give
 * up what it keeps no copy of; so its row is never another's (AUTOINCREMENT).
 *
 * seen, head and unread are for archives that this machine cannot trust or
 * cannot read: heads.c.
 */
static const char SCHEMA[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE pack (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL);"
    "CREATE TABLE frame (pack INTEGER, frame INTEGER, at INTEGER NOT NULL,"
    " n INTEGER NOT NULL, plain INTEGER NOT NULL, PRIMARY KEY (pack, frame)) WITHOUT ROWID;"
    "CREATE TABLE object (id BLOB, kind INTEGER, pack INTEGER NOT NULL,"
    " frame INTEGER NOT NULL, at INTEGER NOT NULL, n INTEGER NOT NULL,"
    " recipe INTEGER NOT NULL, PRIMARY KEY (id, kind)) WITHOUT ROWID;"
    "CREATE TABLE name (name TEXT PRIMARY KEY, released INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE message (row INTEGER PRIMARY KEY AUTOINCREMENT, date INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, files INTEGER NOT NULL, flags INTEGER NOT NULL,"
    " state INTEGER NOT NULL, texted INTEGER NOT NULL);"
    "CREATE INDEX message_date ON message (date);"
    "CREATE INDEX message_untexted ON message (row) WHERE texted = 0;"
    "CREATE TABLE summary (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,"
    " message_id TEXT NOT NULL, sender TEXT NOT NULL,"
    " recipients TEXT NOT NULL, cc TEXT NOT NULL, subject TEXT NOT NULL,"
    " files TEXT NOT NULL);"
    "CREATE INDEX summary_message_id ON summary (message_id);"
    "CREATE VIRTUAL TABLE words USING fts5 (subject, sender, recipients, files, body,"
    " content='', columnsize=0, tokenize='mail');"
    "CREATE TABLE snapshot (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " time INTEGER NOT NULL, host TEXT NOT NULL, user TEXT NOT NULL,"
    " seen INTEGER NOT NULL, saved INTEGER NOT NULL, had INTEGER NOT NULL,"
    " failed INTEGER NOT NULL, mailboxes INTEGER NOT NULL, alarm TEXT, tip TEXT,"
    " forgotten INTEGER NOT NULL);"
    "CREATE INDEX snapshot_time ON snapshot (time);"
    "CREATE TABLE mailbox (row INTEGER PRIMARY KEY, home TEXT NOT NULL,"
    " store TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL, client TEXT NOT NULL,"
    " account TEXT NOT NULL, kind TEXT NOT NULL, format TEXT NOT NULL,"
    " layout TEXT NOT NULL, folded_name TEXT NOT NULL, folded_client TEXT NOT NULL,"
    " folded_account TEXT NOT NULL, UNIQUE (home, store, path, name));"
    "CREATE TABLE mailbox_state (mailbox INTEGER, gone INTEGER, first INTEGER NOT NULL,"
    " listing BLOB NOT NULL, messages INTEGER NOT NULL, unread INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, PRIMARY KEY (mailbox, gone)) WITHOUT ROWID;"
    "CREATE TABLE placement (mailbox INTEGER, gone INTEGER, message INTEGER,"
    " flags INTEGER, tagset INTEGER, first INTEGER, n INTEGER NOT NULL,"
    " PRIMARY KEY (mailbox, gone, message, flags, tagset, first)) WITHOUT ROWID;"
    "CREATE INDEX placement_message ON placement (message, mailbox, gone);"
    "CREATE INDEX placement_tagset ON placement (tagset) WHERE tagset <> 0;"
    "CREATE TABLE tagset (row INTEGER PRIMARY KEY, tags TEXT NOT NULL UNIQUE,"
    " folded TEXT NOT NULL);"
    "CREATE TABLE reading (row INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " low INTEGER NOT NULL, high INTEGER NOT NULL, memory BLOB NOT NULL);"
    "CREATE TABLE seen (id TEXT PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE head (id TEXT PRIMARY KEY, document BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE unread (name TEXT PRIMARY KEY) WITHOUT ROWID;"
    "PRAGMA application_id = " APPLICATION_ID ";"
    "PRAGMA user_version = " SCHEMA_VERSION ";";

int
catalog_fail(struct catalog *c, int rc, const char *what, struct error *err)
{
	enum error_code code = ERR_SYSTEM;

	switch (rc & 0xff) {
	case SQLITE_CORRUPT: case SQLITE_NOTADB: case SQLITE_ERROR: case SQLITE_SCHEMA:
	case SQLITE_CONSTRAINT: case SQLITE_MISMATCH:
		/* The SQL is ours and constant: when SQLite finds it wrong,
		 * the schema in the file is not the one it was written for. */
		code = ERR_CORRUPT;
		break;
	case SQLITE_BUSY: case SQLITE_LOCKED:
		code = ERR_LOCKED;
		break;
	case SQLITE_TOOBIG:
		code = ERR_LIMIT;
		break;
	default:
		break;
	}
	fail(err, code, "%s: %s", what, c->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(c->db));
	return fail_in(err, "catalog %s", c->path);
}

sqlite3_stmt *
catalog_use(struct catalog *c, enum catalog_sql which, const char *text, struct error *err)
{
	int rc;

	if (c->sql[which] == NULL) {
		rc = sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, &c->sql[which],
		    NULL);
		if (rc != SQLITE_OK)
			catalog_fail(c, rc, "prepare", err);
	}
	return c->sql[which];
}

int
catalog_step(struct catalog *c, sqlite3_stmt *s, struct error *err)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE) {
		sqlite3_reset(s);
		return 0;
	}
	catalog_fail(c, rc, "database", err);
	sqlite3_reset(s);
	return -1;
}

int
catalog_run(struct catalog *c, sqlite3_stmt *s, struct error *err)
{
	int rc = catalog_step(c, s, err);

	if (rc == 1)
		sqlite3_reset(s);
	return rc < 0 ? -1 : 0;
}

int
catalog_execute(struct catalog *c, const char *text, struct error *err)
{
	int rc = sqlite3_exec(c->db, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : catalog_fail(c, rc, "database", err);
}

/* Binding fails only for an index that is not in the SQL: a bug. */
static void
bound(int rc)
{
	assert(rc == SQLITE_OK || rc == SQLITE_NOMEM);
	if (rc == SQLITE_NOMEM)
		mem_check(NULL);
}

void
bind_int(sqlite3_stmt *s, int i, int64_t v)
{
	bound(sqlite3_bind_int64(s, i, v));
}

void
bind_u64(sqlite3_stmt *s, int i, uint64_t v)
{
	bound(sqlite3_bind_int64(s, i, v > INT64_MAX ? INT64_MAX : (int64_t)v));
}

void
bind_text(sqlite3_stmt *s, int i, struct slice text)
{
	const char *p = text.p == NULL ? "" : (const char *)text.p;

	if (text.n > HEADER_FIELD_MAX)
		text.n = HEADER_FIELD_MAX;
	bound(sqlite3_bind_text(s, i, p, (int)text.n, SQLITE_STATIC));
}

void
bind_string(sqlite3_stmt *s, int i, const char *text)
{
	if (text == NULL)
		bound(sqlite3_bind_null(s, i));
	else
		bind_text(s, i, slice_string(text));
}

void
bind_blob(sqlite3_stmt *s, int i, struct slice bytes)
{
	const void *p = bytes.n == 0 ? (const void *)"" : bytes.p;

	assert(bytes.n <= OBJECT_MAX);
	bound(sqlite3_bind_blob(s, i, p, (int)bytes.n, SQLITE_STATIC));
}

void
bind_digest(sqlite3_stmt *s, int i, const struct digest *d)
{
	bind_blob(s, i, digest_slice(d));
}

void
bind_text_copy(sqlite3_stmt *s, int i, struct slice text)
{
	assert(text.n <= OBJECT_MAX);
	bound(sqlite3_bind_text(s, i, (const char *)text.p, (int)text.n, SQLITE_TRANSIENT));
}

void
bind_digest_copy(sqlite3_stmt *s, int i, const struct digest *d)
{
	bound(sqlite3_bind_blob(s, i, d->bytes, DIGEST_BYTES, SQLITE_TRANSIENT));
}

void
bind_value(sqlite3_stmt *s, int i, sqlite3_value *v)
{
	bound(sqlite3_bind_value(s, i, v));
}

const char *
column_string(sqlite3_stmt *s, int i)
{
	const char *text = (const char *)sqlite3_column_text(s, i);

	return text == NULL ? "" : text;
}

uint64_t
column_u64(sqlite3_stmt *s, int i)
{
	int64_t v = sqlite3_column_int64(s, i);

	return v < 0 ? 0 : (uint64_t)v;
}

bool
column_digest(sqlite3_stmt *s, int i, struct digest *out)
{
	const void *p = sqlite3_column_blob(s, i);

	memset(out, 0, sizeof(*out));
	if (p == NULL || sqlite3_column_bytes(s, i) != DIGEST_BYTES)
		return false;
	memcpy(out->bytes, p, DIGEST_BYTES);
	return true;
}

/* ---- Opening ---- */

/* The single value of a query, appended to out; out empty when there is none. */
static int
ask(struct catalog *c, const char *text, struct buf *out, struct error *err)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(c->db, text, -1, &s, NULL);

	buf_clear(out);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(s);
		if (rc == SQLITE_ROW)
			buf_add_string(out, column_string(s, 0));
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		catalog_fail(c, rc, "open", err);
	sqlite3_finalize(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int
make_schema(struct catalog *c, const char *archive_id, struct error *err)
{
	sqlite3_stmt *s = NULL;
	int rc;

	if (catalog_execute(c, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (catalog_execute(c, SCHEMA, err) < 0)
		return -1;
	rc = sqlite3_prepare_v2(c->db, "INSERT INTO meta VALUES ('archive', ?)", -1, &s, NULL);
	if (rc == SQLITE_OK) {
		bind_string(s, 1, archive_id);
		rc = sqlite3_step(s);
	}
	sqlite3_finalize(s);
	if (rc != SQLITE_DONE)
		return catalog_fail(c, rc, "create", err);
	if (file_fault_point("catalog commit", err) < 0)
		return -1;
	if (catalog_execute(c, "COMMIT", err) < 0)
		return -1;
	return file_fault_point("catalog commit", err);
}

/* Ours, of this version, of this archive? */
static int
check_identity(struct catalog *c, const char *archive_id, struct error *err)
{
	struct buf value = BUF_EMPTY;
	int rc = -1;

	if (ask(c, "PRAGMA application_id", &value, err) < 0)
		goto out;
	if (strcmp(buf_text(&value), APPLICATION_ID) != 0) {
		fail(err, ERR_CORRUPT, "catalog %s: not a catalog", c->path);
		goto out;
	}
	if (ask(c, "PRAGMA user_version", &value, err) < 0)
		goto out;
	if (strcmp(buf_text(&value), SCHEMA_VERSION) != 0) {
		fail(err, ERR_CORRUPT, "catalog %s: version %s is not known", c->path,
		    buf_text(&value));
		goto out;
	}
	if (ask(c, "SELECT value FROM meta WHERE key = 'archive'", &value, err) < 0)
		goto out;
	if (strcmp(buf_text(&value), archive_id) != 0) {
		fail(err, ERR_CORRUPT, "catalog %s: of another archive", c->path);
		goto out;
	}
	rc = 0;
out:
	buf_free(&value);
	return rc;
}

/*
 * WAL: a writer that is killed at any instant leaves the last commit whole,
 * and readers go on beside it.  synchronous=NORMAL syncs at checkpoints
 * only: after a power failure the newest commits may be missing, but the
 * file is never torn, so it never claims what is not so (what a commit says
 * lies in the archive was made durable before).  OFF would save some 0.2 s of
 * a first backup and let a power failure tear pages unseen.  Wiping freed
 * pages (secure_delete, on in Debian's SQLite) would hide nothing that the
 * archive does not tell as well, and writes every merged segment once more.
 * Damage of another kind is met as SQLITE_CORRUPT where it is read; reading all of the
 * file at each start (quick_check) would cost more than the search it
 * guards, so that is catalog_check()'s.
 */
static int
configure(struct catalog *c, struct error *err)
{
	sqlite3_busy_timeout(c->db, 10000);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	if (c->mode == CATALOG_READ) {
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
		return catalog_execute(c, "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY;"
		    "PRAGMA cache_size = -8192; PRAGMA mmap_size = 1073741824", err);
	}
	return catalog_execute(c, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;"
	    "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
	    "PRAGMA cache_size = -8192; PRAGMA journal_size_limit = 33554432", err);
}

static int
open_database(struct catalog *c, const char *archive_id, struct error *err)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	struct buf value = BUF_EMPTY;
	struct stat st;
	int rc = -1, made;

	if (c->mode == CATALOG_READ && stat(c->path, &st) < 0)
		return fail_errno(err, "catalog %s", c->path);
	flags |= c->mode == CATALOG_READ ? SQLITE_OPEN_READONLY
	    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	made = sqlite3_open_v2(c->path, &c->db, flags, NULL);
	if (made != SQLITE_OK) {
		catalog_fail(c, made, "open", err);
		goto out;
	}
	if (configure(c, err) < 0 || tokenizer_register(c, err) < 0)
		goto out;
	if (ask(c, "SELECT count(*) FROM sqlite_schema", &value, err) < 0)
		goto out;
	/* An empty file is what a writer killed before its first commit left. */
	if (strcmp(buf_text(&value), "0") == 0) {
		if (c->mode == CATALOG_READ) {
			fail(err, ERR_NOT_FOUND, "catalog %s: empty", c->path);
			goto out;
		}
		if (make_schema(c, archive_id, err) < 0)
			goto out;
	}
	rc = check_identity(c, archive_id, err);
out:
	buf_free(&value);
	return rc;
}

int
catalog_open(const char *path, enum catalog_mode mode, const char *archive_id,
    bool allow_remote, struct catalog **out, struct error *err)
{
	struct catalog *c;

	*out = NULL;
	if (!allow_remote && file_is_remote(path))
		return fail(err, ERR_USAGE, "catalog %s: lies on a network file system, where SQLite "
		    "cannot lock reliably", path);
	c = mem_alloc(sizeof(*c));
	c->path = mem_string(path);
	c->mode = mode;
	if (open_database(c, archive_id, err) < 0) {
		catalog_close(c);
		return -1;
	}
	*out = c;
	return 0;
}

/*
 * The first reader after a run reads whatever the log holds, and so does each
 * reader after it that is alone: with 32 MiB of it a search took half as long
 * again.  A reader that is at work just now is not waited for.
 */
static void
empty_log(struct catalog *c)
{
	if (c->mode != CATALOG_WRITE || c->db == NULL || !sqlite3_get_autocommit(c->db))
		return;
	sqlite3_busy_timeout(c->db, 0);
	(void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void
catalog_close(struct catalog *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(c->sql[i]);
	empty_log(c);
	tokenizer_close(c->tokenizer);
	/* All iterators are closed by now: otherwise this is SQLITE_BUSY. */
	i = (size_t)sqlite3_close(c->db);
	assert(i == SQLITE_OK);
	vec_free(&c->named);
	vec_free(&c->placed);
	buf_free(&c->tags);
	buf_free(&c->folded);
	buf_free(&c->last_tags);
	known_free(&c->known);
	mem_free(c->path);
	mem_free(c);
}

int
catalog_remove(const char *path, struct error *err)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char *name;
	size_t i;
	int rc = 0;

	/* The database first: a WAL without it is ignored and removed. */
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]) && rc == 0; i++) {
		name = mem_format("%s%s", path, suffixes[i]);
		rc = file_remove(name, err);
		mem_free(name);
	}
	return rc;
}

int
catalog_check(struct catalog *c, struct error *err)
{
	struct buf value = BUF_EMPTY;
	int rc;

	/* It looks at every page, and a page that is mapped stays in memory. */
	if (ask(c, "PRAGMA mmap_size = 0", &value, err) < 0)
		return -1;
	rc = ask(c, "PRAGMA quick_check(1)", &value, err);
	if (rc == 0 && strcmp(buf_text(&value), "ok") != 0)
		rc = fail(err, ERR_CORRUPT, "catalog %s: %s", c->path, buf_text(&value));
	buf_free(&value);
	return rc;
}

/* ---- Transactions ---- */

int
catalog_hold(struct catalog *c, struct error *err)
{
	/* A second one: the first still holds. */
	if (c->mode != CATALOG_READ || !sqlite3_get_autocommit(c->db))
		return 0;
	return catalog_execute(c, "BEGIN", err);
}

int
catalog_begin(struct catalog *c, struct error *err)
{
	sqlite3_stmt *s = catalog_use(c, SQL_BEGIN, "BEGIN IMMEDIATE", err);

	return s == NULL ? -1 : catalog_run(c, s, err);
}

int
catalog_commit(struct catalog *c, struct error *err)
{
	sqlite3_stmt *s;

	/* Half a snapshot must never be there to be read. */
	assert(c->snapshot == 0);
	s = catalog_use(c, SQL_COMMIT, "COMMIT", err);
	if (s == NULL || file_fault_point("catalog commit", err) < 0)
		return -1;
	if (catalog_run(c, s, err) < 0)
		return -1;
	return file_fault_point("catalog commit", err);
}

void
catalog_roll_back(struct catalog *c)
{
	struct error ignored = ERROR_NONE;
	sqlite3_stmt *s;

	/* SQLite has rolled back by itself after a full disk and the like. */
	if (!sqlite3_get_autocommit(c->db)) {
		s = catalog_use(c, SQL_ROLLBACK, "ROLLBACK", &ignored);
		if (s != NULL)
			catalog_run(c, s, &ignored);
	}
	c->snapshot = c->mailbox = 0;
	buf_clear(&c->last_tags);
	c->last_tagset = 0;
}

/*
 * FTS5 gathers words in memory and writes a segment when it has hashsize bytes
 * of them, or at a commit.  Merging what was just written would take a third
 * of the time of a first load, and some twenty segments cost a search less
 * than a millisecond: they are left to the nights that follow.
 */
int
catalog_bulk(struct catalog *c, bool on, struct error *err)
{
	if (on)
		return catalog_execute(c, "PRAGMA wal_autocheckpoint = 4000;"
		    "INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);"
		    "INSERT INTO words (words, rank) VALUES ('crisismerge', 64);"
		    "INSERT INTO words (words, rank) VALUES ('automerge', 0)", err);
	return catalog_execute(c, "PRAGMA wal_autocheckpoint = 1000;"
	    "INSERT INTO words (words, rank) VALUES ('automerge', 4)", err);
}
