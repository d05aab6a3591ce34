/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "tests/unit/sqlitekit.h"

#define BIG (20u * MIB)

static const char *const schema =
    "CREATE TABLE FolderTable (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent_id INTEGER);"
    "CREATE TABLE MessageTable (id INTEGER PRIMARY KEY, fields INTEGER, header TEXT, body TEXT, "
    "flags TEXT, internaldate_time_t INTEGER);"
    "CREATE TABLE MessageLocationTable (id INTEGER PRIMARY KEY, message_id INTEGER, "
    "folder_id INTEGER, ordering INTEGER, remove_marker INTEGER DEFAULT 0);"
    "CREATE TABLE SmtpOutboxTable (ordering INTEGER PRIMARY KEY, message TEXT);"
    "INSERT INTO FolderTable VALUES (1, 'INBOX', NULL), (2, 'Ärger', 1), (3, 'none', NULL);"
    "INSERT INTO MessageTable VALUES (10, 1023, 'Subject: a' || char(13, 10, 13, 10), 'x', "
    "'\\Seen \\Flagged wichtig $Forwarded', 1795428000),"
    " (11, 991, 'Subject: no header bit', 'x', NULL, 0),"
    " (12, 96, 'Subject: b' || char(10, 10), x'c3a400', '\\Recent NotSpam', 5),"
    " (13, 127, 'Subject: c' || char(10, 10), NULL, '', 6);"
    "INSERT INTO MessageLocationTable (message_id, folder_id, ordering, remove_marker) VALUES"
    " (12, 1, 7, 1), (10, 1, 3, 0), (11, 1, 5, 0), (10, 2, 1, 0), (13, 2, 2, NULL);";

static void
database(void)
{
	kit_sql("g/geary.db", schema);
	T(format_geary.probe(kit_path("g/geary.db"), &kit.err) == 95, "known");
	T(kit_open(&format_geary, "g/geary.db", "sqlite"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|INBOX/Ärger|none", "folders");
	T_SAME(kit_kept(), "geary.db", "kept");
	T(kit.mailboxes.items[0].messages == 2 && kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED,
	    "complete messages");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M15 seen flagged forwarded [wichtig]\nM15 deleted [NotSpam]\n",
	    "by UID, with flags");
	T(slice_equal(kit.entries.items[1].whole, SLICE_OF("Subject: b\n\n\xc3\xa4\0")), "bytes");
	T(kit.entries.items[0].entry.date == 1795428000, "date");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M15 seen flagged forwarded [wichtig]\nM12\n", "another folder");
	kit_sql("g/geary.db", "INSERT INTO SmtpOutboxTable VALUES (4, 'Subject: wait');");
	T(kit_open(&format_geary, "g/geary.db", "sqlite") && kit_read(3) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|INBOX/Ärger|none|Outbox", "what waits");
	T_SAME(kit_told(), "M13\n", "as a whole");
}

/* Too long for memory, across header and body. */
static void
large(void)
{
	struct slice whole;
	size_t i;

	kit_sql("big/geary.db", schema);
	kit_sql("big/geary.db", "UPDATE MessageTable SET header = 'Subject: b' || char(10, 10), "
	    "body = replace(hex(zeroblob(10485760)), '0', 'x') WHERE id = 12;"
	    "INSERT INTO SmtpOutboxTable VALUES (1, replace(hex(zeroblob(9437184)), '0', 'y'));");
	T(kit_open(&format_geary, "big/geary.db", "sqlite") && kit_read(0) == 0, "%s", kit.err.text);
	whole = kit.entries.items[1].whole;
	T(kit.entries.n == 2 && kit.entries.items[1].entry.is_large && whole.n == BIG + 12 &&
	    slice_starts(whole, "Subject: b\n\nxxx"), "its size and beginning");
	for (i = 12; i < whole.n && whole.p[i] == 'x'; i++)
		;
	T(i == whole.n, "all of it");
	T(kit_read(3) == 0 && kit.entries.n == 1 && kit.entries.items[0].entry.is_large &&
	    slice_ends(kit.entries.items[0].whole, "yyy"), "a large one that waits");
}

static void
strangers(void)
{
	kit_sql("other.db", "CREATE TABLE MessageTable (id, fields);");
	T(format_geary.probe(kit_path("other.db"), &kit.err) == 0, "another database");
	T(!kit_open(&format_geary, "other.db", "sqlite") && kit.err.code == ERR_FORMAT, "refused");
	kit_sql("loop.db", schema);
	kit_sql("loop.db", "UPDATE FolderTable SET parent_id = 2 WHERE id = 1;");
	T(kit_open(&format_geary, "loop.db", "sqlite") && kit.mailboxes.n == 3, "a loop ends");
}

/* Written to while it is read: another attempt sees what is there then. */
static void
meanwhile(void)
{
	struct reader *reader;
	struct entry entry;
	int rc;

	kit_sql("mean/geary.db", schema);
	kit_open(&format_geary, "mean/geary.db", "sqlite");
	T(kit.store->ops->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s",
	    kit.err.text);
	kit_sql("mean/geary.db", "UPDATE MessageTable SET body = 'other';");
	while ((rc = reader->ops->next(reader, &entry, &kit.err)) == 1)
		;
	T(rc < 0 && kit.err.code == ERR_CHANGED, "it changed");
	reader->ops->close(reader);
	T(kit_read(0) == 0 && slice_ends(kit.entries.items[0].whole, "other"), "%s", kit.err.text);
}

int
main(void)
{
	database();
	large();
	strangers();
	meanwhile();
	kit_end();
	return t_done();
}
