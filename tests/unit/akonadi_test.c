/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "tests/unit/akonadikit.h"
#include "tests/unit/sqlitekit.h"

#define BIG (20u * MIB)

static void
database(void)
{
	kit_sql("a/akonadi.db", akonadi_sql);
	kit_write("a/file_db_data/34/1234_r2", "Subject: in a file\n\ntext\n");
	T(format_akonadi.probe(kit_path("a/akonadi.db"), &kit.err) == 95, "known");
	T(kit_open(&format_akonadi, "a/akonadi.db", "sqlite"), "%s", kit.err.text);
	T_SAME(kit_names(), "ann@example.org/INBOX|ann@example.org/INBOX/Büro",
	    "mail of servers alone");
	T_SAME(kit_kept(), "akonadi.db|1234_r2", "kept");
	T(kit.mailboxes.items[0].messages == 2 && kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED,
	    "messages that are there");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M14 seen flagged\nM25 seen [wichtig ü]\n", "flags and tags");
	T(slice_equal(kit.entries.items[0].whole, SLICE_OF("Subject: b\n\n\0x")), "bytes");
	T(kit.entries.items[0].entry.date == 1795428000 &&
	    kit.entries.items[1].entry.date == 1795428001, "dates");
	T(kit_read(1) == 0 && kit.entries.n == 0, "an empty folder");
}

/* Rows that are only in the log; a payload that is gone; names that lead out. */
static void
odd_rows(void)
{
	sqlite3 *db = kit_database("a/akonadi.db");

	kit_run(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
	    "INSERT INTO PimItemTable VALUES (200, 0, '20', 5, 1, '1795428000123', 9),"
	    " (201, 0, '21', 5, 1, NULL, 9), (202, 0, '22', 5, 1, NULL, 9);"
	    "INSERT INTO PartTable (pimItemId, partTypeId, data, datasize, storage) VALUES"
	    " (200, 1, '99_r0', 9, 1), (201, 1, '../akonadi.db', 9, 1),"
	    " (202, 1, 'Subject: c', 10, 0);");
	T(kit_open(&format_akonadi, "a/akonadi.db", "sqlite") && kit_read(1) == 0, "%s",
	    kit.err.text);
	T_SAME(kit_told(), "X0\nX0\nM10\n", "each failure alone");
	T(strstr(kit.entries.items[0].entry.error.text, "item 200") != NULL, "named: %s",
	    kit.entries.items[0].entry.error.text);
	T(kit.entries.items[0].entry.date == 1795428000, "milliseconds");
	kit_write("a/file_db_data/99_r0", "flat\n\n");
	T(kit_open(&format_akonadi, "a/akonadi.db", "sqlite") && kit_read(1) == 0, "%s",
	    kit.err.text);
	T_SAME(kit_told(), "M6\nX0\nM10\n", "a file of old versions");
	sqlite3_close(db);
}

/* Too long for memory, in a row and in a file. */
static void
large(void)
{
	struct buf big = BUF_EMPTY;

	buf_add_string(&big, "Subject: big\n\n");
	memset(buf_extend(&big, BIG), 'x', BIG);
	kit_sql("large/akonadi.db", akonadi_sql);
	kit_sql("large/akonadi.db", "UPDATE PartTable SET data = CAST('Subject: big' || char(10, 10) "
	    "AS BLOB) || replace(hex(zeroblob(10485760)), '0', 'x') WHERE pimItemId = 2 AND "
	    "partTypeId = 1; UPDATE PartTable SET data = CAST(data AS BLOB);");
	kit_write_bytes("large/file_db_data/34/1234_r2", buf_slice(&big));
	T(kit_open(&format_akonadi, "large/akonadi.db", "sqlite") && kit_read(0) == 0, "%s",
	    kit.err.text);
	T(kit.entries.n == 2 && kit.entries.items[0].entry.is_large &&
	    kit.entries.items[1].entry.is_large, "both are large");
	T(slice_equal(kit.entries.items[0].whole, buf_slice(&big)), "in a row");
	T(slice_equal(kit.entries.items[1].whole, buf_slice(&big)), "in a file");
	buf_free(&big);
}

static void
strangers(void)
{
	kit_sql("other.db", "CREATE TABLE PimItemTable (id);");
	T(format_akonadi.probe(kit_path("other.db"), &kit.err) == 0, "another database");
	T(!kit_open(&format_akonadi, "other.db", "sqlite") && kit.err.code == ERR_FORMAT, "refused");
	kit_sql("loop.db", akonadi_sql);
	kit_sql("loop.db", "UPDATE CollectionTable SET parentId = 5 WHERE id = 4;");
	T(kit_open(&format_akonadi, "loop.db", "sqlite") && kit.mailboxes.n == 2, "a loop ends");
}

/* Flags of messages that lie in a Maildir. */
static void
maildir(void)
{
	kit_write("tree/inbox/cur/1795.R34.vm", "Subject: a\n\nx");
	kit_write("tree/inbox/new/1796.R1.vm", "Subject: a\n\nx");
	kit_write("tree/.inbox.directory/R&-D/cur/1.R1.vm:2,S", "Subject: a\n\nx");
	kit_write("tree/.inbox.directory/oldbox", "From a@b Mon Nov 23 11:43:24 2026\nSubject: x\n\n");
	kit_write("tree/.inbox.directory/.oldbox.index", "x");
	kit_directory("tree/cur");
	kit.where.settings = kit_path("a");
	T(kit_open(&format_maildir, "tree", "kmail"), "%s", kit.err.text);
	T_SAME(kit_names(), "inbox/R&-D|inbox/oldbox|inbox", "the tree, its root left out");
	T(kit_read(2) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M13 new/1796.R1.vm+\nM13 cur/1795.R34.vm+ answered [$TODO] [wichtig ü]\n",
	    "what only the database knows");
	T(kit.mailboxes.items[1].layout == MAILBOX_FILE && kit_read(1) == 0 && kit.entries.n == 1,
	    "an mbox among them");

	kit_write("folder/cur/1.R1.vm:2,S", "Subject: a\n\nx");
	kit_directory("folder/new");
	kit_write(".folder.directory/deep/cur/1.R1.vm:2,F", "Subject: a\n\nx");
	kit_directory(".folder.directory/deep/new");
	T(kit_open(&format_maildir, "folder", "kmail-folder"), "%s", kit.err.text);
	T_SAME(kit_names(), "folder|folder/deep", "a store that is a folder");
	kit.where.settings = NULL;
}

int
main(void)
{
	database();
	odd_rows();
	large();
	strangers();
	maildir();
	kit_end();
	return t_done();
}
