/* SPDX-License-Identifier: MIT */
#include "core/base/sqlitefile.h"

#include <sqlite3.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"

#define ATTEMPTS 8u             /* at a copy of files that stood still */
#define COPY_STEP (1u * MIB)
#define COPY_MAX (UINT64_C(32) * 1024 * MIB)

/* The database and what SQLite keeps beside it.  The "-shm" is an index of
 * the log, which is made anew in memory. */
#define PART_COUNT 3
static const char *const suffixes[PART_COUNT] = { "", "-wal", "-journal" };

struct parts {
	struct file_meta metas[PART_COUNT];
	bool there[PART_COUNT];
};

struct sqlite_file {
	sqlite3 *db;
	char *path;
	bool is_copy;
	struct parts parts;     /* when it was opened */
};

struct sqlite_query {
	struct sqlite_file *file;
	sqlite3_stmt *statement;
};

/* ---- Which files there are ---- */

/* Empty ones tell nothing: journal_mode=TRUNCATE leaves them. */
static int
look_at_parts(const char *path, struct parts *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct error missing = ERROR_NONE;
	size_t i;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < PART_COUNT && rc == 0; i++) {
		const char *name = arena_format(&a, "%s%s", path, suffixes[i]);

		if (file_stat(name, &out->metas[i], i == 0 ? err : &missing) == 0)
			out->there[i] = i == 0 || out->metas[i].size > 0;
		else if (i == 0)
			rc = -1;
		if (!out->there[i])
			memset(&out->metas[i], 0, sizeof(out->metas[i]));
	}
	arena_free(&a);
	return rc;
}

static bool
parts_same(const struct parts *a, const struct parts *b)
{
	size_t i;

	for (i = 0; i < PART_COUNT; i++) {
		if (a->there[i] != b->there[i] ||
		    (a->there[i] && !file_meta_same(&a->metas[i], &b->metas[i])))
			return false;
	}
	return true;
}

struct fingerprint
sqlite_file_state(const char *path)
{
	struct fingerprint state = { 0, 0 };
	struct error ignored = ERROR_NONE;
	struct parts parts;
	size_t i;

	if (look_at_parts(path, &parts, &ignored) < 0)
		return state;
	for (i = 0; i < PART_COUNT; i++) {
		if (parts.there[i])
			fingerprint_mix(&state, file_meta_fingerprint(suffixes[i], &parts.metas[i]));
	}
	return state;
}

bool
sqlite_file_is_open(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct parts parts;

	return look_at_parts(path, &parts, &ignored) == 0 && (parts.there[1] || parts.there[2]);
}

/* ---- The private copy ---- */

static int
copy_bytes(const char *from, uint64_t size, int to, struct error *err)
{
	struct buf step = BUF_EMPTY;
	uint64_t at;
	size_t n;
	int fd = -1, rc = -1;

	if (file_open_read(from, &fd, err) < 0)
		goto out;
	for (at = 0; at < size; at += n) {
		n = size - at < COPY_STEP ? (size_t)(size - at) : COPY_STEP;
		buf_clear(&step);
		if (file_read_at(fd, at, buf_extend(&step, n), n, err) < 0 ||
		    file_write(to, buf_slice(&step), err) < 0)
			goto out;
	}
	rc = 0;

out:
	file_close(fd);
	buf_free(&step);
	return rc;
}

/* Make the copy's files anew, and fill them. */
static int
copy_parts(const char *path, const struct parts *parts, const char *copy, struct arena *a,
    struct error *err)
{
	size_t i;
	int fd, rc = 0;

	for (i = 0; i < PART_COUNT && rc == 0; i++) {
		const char *to = arena_format(a, "%s%s", copy, suffixes[i]);

		rc = file_remove(to, err);
		if (rc < 0 || !parts->there[i])
			continue;
		if (file_create(to, 0600, &fd, err) < 0)
			return -1;
		rc = copy_bytes(arena_format(a, "%s%s", path, suffixes[i]), parts->metas[i].size, fd,
		    err);
		file_close(fd);
	}
	return rc;
}

static void
remove_copy(const char *copy, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	size_t i;

	for (i = 0; i < PART_COUNT; i++)
		file_remove(arena_format(a, "%s%s", copy, suffixes[i]), &ignored);
}

/* A file that ended early or went away is one that changed. */
static bool
is_worth_another(const struct error *err)
{
	return err->code == ERR_CHANGED || err->code == ERR_NOT_FOUND;
}

static int
copy_still(struct sqlite_file *f, const char *copy, struct arena *a, struct error *err)
{
	struct parts after;
	uint64_t total;
	unsigned attempt;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		total = f->parts.metas[0].size + f->parts.metas[1].size + f->parts.metas[2].size;
		if (total > COPY_MAX)
			return fail(err, ERR_LIMIT, "it is open, and too large to be copied");
		if (copy_parts(f->path, &f->parts, copy, a, err) == 0) {
			if (look_at_parts(f->path, &after, err) < 0)
				return -1;
			if (parts_same(&f->parts, &after))
				return 0;
		} else if (!is_worth_another(err)) {
			return -1;
		}
		if (look_at_parts(f->path, &f->parts, err) < 0)
			return -1;
	}
	return fail(err, ERR_CHANGED, "its client does not stop writing to it");
}

/* ---- Opening ---- */

static int
fail_sqlite(const struct sqlite_file *f, struct error *err)
{
	int code = sqlite3_errcode(f->db) & 0xff;

	return fail(err, code == SQLITE_NOMEM || code == SQLITE_FULL || code == SQLITE_IOERR ||
	    code == SQLITE_CANTOPEN ? ERR_SYSTEM : ERR_FORMAT, "%s", sqlite3_errmsg(f->db));
}

/* A stranger's file: what its schema says is not to be run. */
static int
prepare(struct sqlite_file *f, struct error *err)
{
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(f->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* Exclusive: the index of the log then is in memory.  The first SELECT
	 * reads the log or rolls the journal back. */
	if (sqlite3_exec(f->db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; "
	    "SELECT count(*) FROM sqlite_master;", NULL, NULL, NULL) != SQLITE_OK)
		return fail_sqlite(f, err);
	return 0;
}

static int
open_copy(struct sqlite_file *f, struct error *err)
{
	static const char *const places[] = { "/var/tmp", "/tmp" };
	struct arena a = ARENA_EMPTY;
	char *copy = NULL;
	int fd = -1, rc = -1;

	f->is_copy = true;
	if (file_temporary(places[0], "mailcask-", &a, &copy, &fd, err) < 0 &&
	    file_temporary(places[1], "mailcask-", &a, &copy, &fd, err) < 0) {
		arena_free(&a);
		return -1;
	}
	file_close(fd);
	if (copy_still(f, copy, &a, err) < 0)
		goto out;
	if (sqlite3_open_v2(copy, &f->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		fail_sqlite(f, err);
		goto out;
	}
	rc = prepare(f, err);

out:
	remove_copy(copy, &a);
	arena_free(&a);
	return rc;
}

static bool
is_plain_in_uri(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '/' || c == '.' || c == '_' || c == '-';
}

static int
open_in_place(struct sqlite_file *f, struct error *err)
{
	struct buf uri = BUF_EMPTY;
	const unsigned char *c;
	int rc;

	buf_add_string(&uri, "file:");
	for (c = (const unsigned char *)f->path; *c != '\0'; c++) {
		if (is_plain_in_uri(*c))
			buf_add_byte(&uri, *c);
		else
			buf_add_format(&uri, "%%%02X", *c);
	}
	buf_add_string(&uri, "?immutable=1");
	rc = sqlite3_open_v2(buf_text(&uri), &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
	    NULL) == SQLITE_OK ? prepare(f, err) : fail_sqlite(f, err);
	buf_free(&uri);
	return rc;
}

int
sqlite_file_open(const char *path, struct sqlite_file **out, struct error *err)
{
	struct sqlite_file *f = mem_alloc(sizeof(*f));
	unsigned char magic[16];
	int fd = -1, rc = -1;

	f->path = mem_string(path);
	if (file_open_read(path, &fd, err) < 0)
		goto out;
	if (file_read_at(fd, 0, magic, sizeof(magic), err) < 0 ||
	    memcmp(magic, "SQLite format 3", sizeof(magic)) != 0) {
		fail(err, ERR_FORMAT, "%s: this is no SQLite database", path);
		goto out;
	}
	if (look_at_parts(path, &f->parts, err) < 0)
		goto out;
	rc = f->parts.there[1] || f->parts.there[2] ? open_copy(f, err) : open_in_place(f, err);
	if (rc < 0)
		fail_in(err, "%s", path);

out:
	file_close(fd);
	if (rc == 0)
		*out = f;
	else
		sqlite_file_close(f);
	return rc;
}

int
sqlite_file_check(const struct sqlite_file *f, struct error *err)
{
	struct parts now;

	if (f->is_copy)
		return 0;
	if (look_at_parts(f->path, &now, err) < 0 || !parts_same(&f->parts, &now))
		return fail(err, ERR_CHANGED, "%s: was written to while it was read", f->path);
	return 0;
}

void
sqlite_file_close(struct sqlite_file *f)
{
	if (f == NULL)
		return;
	sqlite3_close(f->db);
	mem_free(f->path);
	mem_free(f);
}

/* A view or a virtual table may be anything; only what lies in pages counts. */
bool
sqlite_file_has(const struct sqlite_file *f, const char *table, const char *column)
{
	sqlite3_stmt *s = NULL;
	bool has;

	if (sqlite3_prepare_v2(f->db, column == NULL ?
	    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name = ?1 "
	    "COLLATE NOCASE" :
	    "SELECT 1 FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND "
	    "m.rootpage > 0 AND m.name = ?1 COLLATE NOCASE AND c.name = ?2 COLLATE NOCASE",
	    -1, &s, NULL) != SQLITE_OK)
		return false;
	sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
	if (column != NULL)
		sqlite3_bind_text(s, 2, column, -1, SQLITE_STATIC);
	has = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_finalize(s);
	return has;
}

int
sqlite_file_bytes(struct sqlite_file *f, const char *table, const char *column, int64_t row,
    uint64_t at, void *p, size_t n, struct error *err)
{
	sqlite3_blob *blob = NULL;
	int rc = -1;

	if (sqlite3_blob_open(f->db, "main", table, column, row, 0, &blob) != SQLITE_OK) {
		fail_sqlite(f, err);
		goto out;
	}
	if (at > INT32_MAX || n > INT32_MAX || sqlite3_blob_read(blob, p, (int)n, (int)at) != SQLITE_OK) {
		fail(err, ERR_FORMAT, "a value is shorter than it was");
		goto out;
	}
	rc = 0;

out:
	sqlite3_blob_close(blob);
	return rc;
}

/* ---- Queries ---- */

void
sqlite_add_name(struct buf *sql, struct slice name)
{
	size_t i;

	buf_add_byte(sql, '"');
	for (i = 0; i < name.n; i++) {
		if (name.p[i] == '"')
			buf_add_byte(sql, '"');
		buf_add_byte(sql, name.p[i]);
	}
	buf_add_byte(sql, '"');
}

int
sqlite_query_open(struct sqlite_file *f, const char *sql, struct sqlite_query **out,
    struct error *err)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(f->db, sql, -1, &statement, NULL) != SQLITE_OK) {
		fail_sqlite(f, err);
		return fail_in(err, "%s", f->path);
	}
	*out = mem_alloc(sizeof(**out));
	(*out)->file = f;
	(*out)->statement = statement;
	return 0;
}

void
sqlite_query_bind(struct sqlite_query *q, int parameter, int64_t value)
{
	sqlite3_bind_int64(q->statement, parameter + 1, value);
}

void
sqlite_query_bind_text(struct sqlite_query *q, int parameter, struct slice value)
{
	sqlite3_bind_text64(q->statement, parameter + 1, (const char *)value.p, value.n,
	    SQLITE_TRANSIENT, SQLITE_UTF8);
}

int
sqlite_query_next(struct sqlite_query *q, struct error *err)
{
	switch (sqlite3_step(q->statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		fail_sqlite(q->file, err);
		return fail_in(err, "%s", q->file->path);
	}
}

int64_t
sqlite_query_number(struct sqlite_query *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

bool
sqlite_query_is_null(struct sqlite_query *q, int column)
{
	return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

struct slice
sqlite_query_bytes(struct sqlite_query *q, int column)
{
	const void *p = sqlite3_column_type(q->statement, column) == SQLITE_BLOB ?
	    sqlite3_column_blob(q->statement, column) :
	    (const void *)sqlite3_column_text(q->statement, column);

	return p == NULL ? SLICE_EMPTY :
	    slice_of(p, (size_t)sqlite3_column_bytes(q->statement, column));
}

void
sqlite_query_reset(struct sqlite_query *q)
{
	sqlite3_reset(q->statement);
}

void
sqlite_query_close(struct sqlite_query *q)
{
	if (q == NULL)
		return;
	sqlite3_finalize(q->statement);
	mem_free(q);
}
