/* SPDX-License-Identifier: MIT */
#include "core/base/sqlitefile.h"

#include <sys/stat.h>

#include "tests/unit/sqlitekit.h"

static struct sqlite_file *
opened(const char *relative)
{
	struct sqlite_file *f = NULL;

	error_clear(&kit.err);
	if (sqlite_file_open(kit_path(relative), &f, &kit.err) < 0)
		return NULL;
	return f;
}

static int64_t
count(struct sqlite_file *f, const char *table)
{
	struct sqlite_query *q = NULL;
	struct buf sql = BUF_EMPTY;
	int64_t n = -1;

	buf_add_string(&sql, "SELECT count(*) FROM ");
	sqlite_add_name(&sql, slice_string(table));
	if (sqlite_query_open(f, buf_text(&sql), &q, &kit.err) == 0 &&
	    sqlite_query_next(q, &kit.err) == 1)
		n = sqlite_query_number(q, 0);
	sqlite_query_close(q);
	buf_free(&sql);
	return n;
}

/* Names, sizes, times of all in the directory: nothing may change there. */
static struct fingerprint
beside(const char *relative)
{
	struct fingerprint sum = { 0, 0 };
	struct directory all;
	size_t i;

	if (directory_read(kit_path(relative), true, &kit.arena, &all, &kit.err) < 0)
		T(false, "%s", kit.err.text);
	for (i = 0; i < all.n; i++)
		fingerprint_mix(&sum, file_meta_fingerprint(all.entries[i].name, &all.entries[i].meta));
	return sum;
}

static void
closed_database(void)
{
	struct sqlite_file *f;

	kit_sql("shut/a?b%20#c.db", "CREATE TABLE \"x\"\"y\"(a, b BLOB); INSERT INTO \"x\"\"y\" VALUES "
	    "(1, x'00ff00'), (NULL, 'text');");
	f = opened("shut/a?b%20#c.db");
	if (!T(f != NULL, "a closed one: %s", kit.err.text))
		return;
	T(count(f, "x\"y") == 2, "rows");
	T(sqlite_file_has(f, "x\"y", NULL) && sqlite_file_has(f, "X\"Y", "B"), "table and column");
	T(!sqlite_file_has(f, "x\"y", "c") && !sqlite_file_has(f, "z", NULL), "no others");
	T(sqlite_file_check(f, &kit.err) == 0, "unchanged");
	kit_sql("shut/a?b%20#c.db", "INSERT INTO \"x\"\"y\" VALUES (3, 3);");
	T(sqlite_file_check(f, &kit.err) < 0 && kit.err.code == ERR_CHANGED, "written to meanwhile");
	sqlite_file_close(f);
}

static void
values(void)
{
	struct sqlite_file *f;
	struct sqlite_query *q = NULL;
	unsigned char some[3];

	kit_sql("values.db", "CREATE TABLE t(a, b); INSERT INTO t VALUES (7, x'610062'), (8, NULL);");
	f = opened("values.db");
	T(sqlite_query_open(f, "SELECT b, a FROM t WHERE a = ?1", &q, &kit.err) == 0, "a query");
	sqlite_query_bind(q, 0, 7);
	T(sqlite_query_next(q, &kit.err) == 1, "a row");
	T(slice_equal(sqlite_query_bytes(q, 0), SLICE_OF("a\0b")), "bytes with NUL");
	T(sqlite_query_next(q, &kit.err) == 0, "one row");
	sqlite_query_reset(q);
	sqlite_query_bind(q, 0, 8);
	T(sqlite_query_next(q, &kit.err) == 1 && sqlite_query_is_null(q, 0) &&
	    sqlite_query_bytes(q, 0).n == 0 && sqlite_query_number(q, 1) == 8, "run again");
	sqlite_query_close(q);
	T(sqlite_file_bytes(f, "t", "b", 1, 1, some, 2, &kit.err) == 0 && memcmp(some, "\0b", 2) == 0,
	    "a piece");
	T(sqlite_file_bytes(f, "t", "b", 1, 2, some, 2, &kit.err) < 0, "behind its end");
	T(sqlite_query_open(f, "SELECT nothing FROM t", &q, &kit.err) < 0 &&
	    kit.err.code == ERR_FORMAT, "no such column");
	sqlite_file_close(f);
}

/* Rows that are only in the log are read, those of an unfinished transaction
 * are not, and nothing changes beside the file. */
static void
with_log(void)
{
	struct sqlite_file *f;
	sqlite3 *db = kit_database("wal/x.db");

	kit_run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a);"
	    "INSERT INTO t VALUES (1); PRAGMA wal_checkpoint(TRUNCATE);");
	T(!sqlite_file_is_open(kit_path("wal/x.db")), "an empty log tells nothing");
	kit_run(db, "INSERT INTO t VALUES (2); BEGIN; INSERT INTO t VALUES (3);");
	T(sqlite_file_is_open(kit_path("wal/x.db")), "open elsewhere");
	f = opened("wal/x.db");
	if (T(f != NULL, "with a log: %s", kit.err.text)) {
		T(count(f, "t") == 2, "the log counts: %d", (int)count(f, "t"));
		kit_run(db, "COMMIT");
		T(count(f, "t") == 2 && sqlite_file_check(f, &kit.err) == 0, "as it was at that moment");
		sqlite_file_close(f);
		f = opened("wal/x.db");
		T(count(f, "t") == 3, "and anew");
	}
	sqlite_file_close(f);
	sqlite3_close(db);
}

static void
nothing_is_written(void)
{
	struct sqlite_file *f;
	struct fingerprint before;
	sqlite3 *db = kit_database("quiet/x.db");

	kit_run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(a);"
	    "INSERT INTO t VALUES (1);");
	before = beside("quiet");
	T(chmod(kit_path("quiet"), 0500) == 0, "a directory that cannot be written to");
	f = opened("quiet/x.db");
	T(f != NULL && count(f, "t") == 1, "read");
	sqlite_file_close(f);
	T(fingerprint_equal(before, beside("quiet")), "nothing changed beside it");
	chmod(kit_path("quiet"), 0700);
	sqlite3_close(db);
}

/* What a crash leaves: the journal is rolled back, in the copy. */
static void
with_journal(void)
{
	struct sqlite_file *f;
	struct buf bytes = BUF_EMPTY;
	sqlite3 *db = kit_database("hot/x.db");
	static const char *const names[] = { "x.db", "x.db-journal" };
	size_t i;

	kit_run(db, "PRAGMA cache_size=1; CREATE TABLE t(a); INSERT INTO t VALUES (1);"
	    "BEGIN; INSERT INTO t SELECT zeroblob(3000) FROM "
	    "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
	    "SELECT i FROM n);");
	kit_directory("crash");
	for (i = 0; i < 2; i++) {
		T(file_read_all(path_join(&kit.arena, kit_path("hot"), names[i]), 1 << 24, &bytes,
		    &kit.err) == 0 && bytes.n > 0, "%s", kit.err.text);
		kit_write_bytes(path_join(&kit.arena, "crash", names[i]), buf_slice(&bytes));
	}
	sqlite3_close(db);
	f = opened("crash/x.db");
	T(f != NULL && count(f, "t") == 1, "what was not committed is not there");
	sqlite_file_close(f);
	buf_free(&bytes);
}

static void
strangers(void)
{
	struct sqlite_file *f;

	kit_write("no.db", "hello");
	T(opened("no.db") == NULL && kit.err.code == ERR_FORMAT, "no database");
	kit_write("empty.db", "");
	T(opened("empty.db") == NULL, "an empty one");
	T(opened("missing.db") == NULL && kit.err.code == ERR_NOT_FOUND, "a missing one");
	kit_sql("view.db", "CREATE TABLE a(x); CREATE VIEW messages AS WITH RECURSIVE n(i) AS "
	    "(SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS flags FROM n;");
	f = opened("view.db");
	T(f != NULL && !sqlite_file_has(f, "messages", NULL) &&
	    !sqlite_file_has(f, "messages", "flags"), "a view is no table");
	sqlite_file_close(f);
}

/* No copy stays behind, whatever happened. */
static size_t
copies(void)
{
	struct directory all;
	size_t n = 0, i;

	if (directory_read("/var/tmp", false, &kit.arena, &all, &kit.err) < 0)
		return 0;
	for (i = 0; i < all.n; i++)
		n += strncmp(all.entries[i].name, "mailcask-", 9) == 0;
	return n;
}

int
main(void)
{
	size_t before = copies();

	closed_database();
	values();
	with_log();
	nothing_is_written();
	with_journal();
	strangers();
	T(copies() <= before, "no copy is left");
	kit_end();
	return t_done();
}
