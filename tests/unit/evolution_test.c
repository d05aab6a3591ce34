/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/sqlitekit.h"

#define MAIL "Subject: x\r\n\r\ntext\r\n"       /* 20 bytes */
#define SUMMARY "(uid TEXT PRIMARY KEY, flags INTEGER, labels TEXT, usertags TEXT)"

/* folders.db as 3.46 writes it, and with the tables of 3.58. */
static const char *const old_summary =
    "CREATE TABLE folders (folder_name TEXT PRIMARY KEY, version REAL);"
    "INSERT INTO folders VALUES ('INBOX', 1), ('Arch''ive/20%24', 1);"
    "CREATE TABLE 'INBOX' " SUMMARY ";"
    "INSERT INTO 'INBOX' VALUES ('7', 16, '$Labelwork  wichtig', ''), ('12', 1033, NULL, NULL),"
    " ('300', 130, '', '');"
    "CREATE TABLE 'Arch''ive/20%24' " SUMMARY ";"
    "INSERT INTO 'Arch''ive/20%24' VALUES ('1', 512, '', '');";
static const char *const new_summary =
    "CREATE TABLE folders (folder_name TEXT PRIMARY KEY, folder_id INTEGER);"
    "INSERT INTO folders VALUES ('.', 4), ('Projects/A.b', 9);"
    "CREATE TABLE messages_4 " SUMMARY "; CREATE TABLE messages_9 " SUMMARY ";"
    "INSERT INTO messages_4 VALUES ('1.R1.host', 1024, '', '');"
    "INSERT INTO messages_9 VALUES ('2.R1.host', 16, '$Labeltodo', '');";

static void
cache(void)
{
	kit_write("imap/folders/INBOX/cur/07/7", MAIL);
	kit_write("imap/folders/INBOX/cur/0c/12", MAIL);
	kit_write("imap/folders/INBOX/cur/2c/300", MAIL);
	kit_write("imap/folders/INBOX/cur/2d/301.1.MIME", MAIL);
	kit_write("imap/folders/INBOX/cur/9", MAIL);
	kit_write("imap/folders/INBOX/tmp/x", MAIL);
	kit_write("imap/folders/Arch'ive/subfolders/20%2524/cur/01/1", MAIL);
	kit_directory("imap/folders/Wörk/cur");
	kit_sql("imap/folders.db", old_summary);
	T(format_evolution.probe(kit_path("imap"), &kit.err) == 90, "known");
	T(format_evolution.probe(kit_path("imap/folders"), &kit.err) == 0, "not known");
	T(kit_open(&format_evolution, "imap", "imap"), "%s", kit.err.text);
	T_SAME(kit_names(), "Arch'ive|Arch'ive/20%2524|INBOX|Wörk", "folders");
	T_SAME(kit_kept(), "folders.db", "kept");
	T(kit.mailboxes.items[2].messages == 4 && kit.mailboxes.items[2].bytes == 80, "measured");
	T(kit_read(2) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 cur/07/7+ seen [$Labelwork] [wichtig]\nM20 cur/9+\n"
	    "M20 cur/0c/12+ answered flagged forwarded\nM20 cur/2c/300+ deleted [$Junk]\n",
	    "by number, with flags");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 cur/01/1+ [$NotJunk]\n", "a folder with odd letters");
}

/* A flag that changes in the index alone makes the mailbox a changed one. */
static void
state(void)
{
	struct fingerprint before, after;

	kit_open(&format_evolution, "imap", "imap");
	before = kit.mailboxes.items[2].state;
	kit_sql("imap/folders.db", "UPDATE INBOX SET flags = 0");
	kit_open(&format_evolution, "imap", "imap");
	after = kit.mailboxes.items[2].state;
	T(!fingerprint_equal(before, after), "flags are part of the state");
}

static void
damaged_index(void)
{
	kit_write("bad/folders/INBOX/cur/07/7", MAIL);
	kit_write("bad/folders.db", "SQLite format 3\0rubbish");
	T(kit_open(&format_evolution, "bad", "imap") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "X0\nM20 cur/07/7+\n", "said once, and the mail is read");
	kit_write("none/folders/INBOX/cur/07/7", MAIL);
	T(kit_open(&format_evolution, "none", "imap") && kit_read(0) == 0 && kit.entries.n == 1,
	    "without an index");
}

static void
other_layouts(void)
{
	kit_write("pop/cache/3f/UID-1.2", MAIL);
	kit_write("pop/cache/00/0001", MAIL);
	kit_write("pop/cache/xx/no", MAIL);
	T(kit_open(&format_evolution, "pop", "pop") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX", "pop");
	T_SAME(kit_told(), "M20 00/0001+\nM20 3f/UID-1.2+\n", "what a POP server gave");

	kit_write("old/folders/INBOX/12.", MAIL);
	kit_write("old/folders/INBOX/12.HEADER", MAIL);
	kit_write("old/folders/INBOX/summary", "x");
	T(kit_open(&format_evolution, "old", "imap") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 /12.+\n", "a cache of 2.x");

	kit_write("one/Inbox/mbox", "From a@example.org Mon Nov 23 11:43:24 2026\nSubject: x\n\nt\n\n");
	kit_write("one/Inbox/subfolders/Old/mbox", "");
	kit_directory("one/Empty");
	T(kit_open(&format_evolution, "one", "1.x") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "Inbox|Inbox/Old", "1.x");
	T(kit.mailboxes.items[0].layout == MAILBOX_FILE && kit.entries.n == 1, "an mbox");
}

/* The Maildir of an account, whose index lies elsewhere. */
static void
maildir(void)
{
	kit_write("local/cur/1.R1.host:2,S", MAIL);
	kit_write("local/.Projects.A_2Eb/cur/2.R1.host:2,", MAIL);
	kit_directory("local/new");
	kit_write("local/..maildir++", "maildir++ 1");
	kit_sql("data/folders.db", new_summary);
	kit.where.settings = kit_path("data");
	T(kit_open(&format_maildir, "local", "evolution"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|Projects/A.b", "names");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 cur/1.R1.host+:2,S seen forwarded\n", "the inbox is \".\"");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 cur/2.R1.host+:2, seen [$Labeltodo]\n", "a folder");
	kit_write("data/folders.db", "rubbish");
	T(kit_open(&format_maildir, "local", "evolution") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "X0\nM20 cur/1.R1.host+:2,S seen\n", "a damaged index");
	kit.where.settings = NULL;
}

static void
mbox_of_two(void)
{
	kit_write("two/Inbox", "From a@example.org Mon Nov 23 11:43:24 2026\nSubject: x\n\nt\n\n");
	kit_write("two/Inbox.sbd/Old", "");
	kit_write("two/lone.sbd/x", "");
	T(kit_open(&format_mbox, "two", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "Inbox|Inbox/Old|lone/x", "folders of a folder");
}

int
main(void)
{
	cache();
	state();
	damaged_index();
	other_layouts();
	maildir();
	mbox_of_two();
	kit_end();
	return t_done();
}
