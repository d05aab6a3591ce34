/* SPDX-License-Identifier: MIT */
#include "backends/formats/emparts.h"
#include "backends/formats/formats.h"
#include "tests/unit/sqlitekit.h"

#define PART(name, header, body) { name, { (const unsigned char *)(header), sizeof(header) - 1 }, \
	{ (const unsigned char *)(body), sizeof(body) - 1 } }
#define MIXED "Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=\"b 1\"; x=y\r\n"

static const struct {
	const char *what;
	struct em_part parts[8];
	const char *built;
	bool is_fetched;
} cases[] = {
	{ "one text", { PART("TEXT", "Subject: x\r\n\r\n", "text") }, "Subject: x\r\n\r\ntext", true },
	{ "its body in a part", { PART("1", "Content-Type: text/plain\r\n", "text"),
	    PART("TEXT", "Subject: x\r\n", "") }, "Subject: x\r\n\r\ntext", true },
	{ "all of it in the header", { PART("1", "", ""), PART("TEXT", "Subject: x\r\n\r\nall", "") },
	    "Subject: x\r\n\r\nall", true },
	{ "no part of that name", { PART("1", "Subject: x\n", "text") }, "Subject: x\n\ntext", true },
	{ "nothing fetched", { PART("1", "a: b\r\n", ""), PART("TEXT", "Subject: x\r\n", "") },
	    "Subject: x\r\n\r\n", false },
	{ "parts", { PART("1", "a: b", "one"), PART("2", "c: d\r\n\r\n", "two\r\n"), PART("TEXT", MIXED, "") },
	    MIXED "\r\n--b 1\r\na: b\r\n\r\none\r\n--b 1\r\nc: d\r\n\r\ntwo\r\n--b 1--\r\n", true },
	{ "parts in parts", { PART("1", "Content-Type: multipart/alternative; boundary=in\r\n", ""),
	    PART("1.1", "a: b\r\n", "one"), PART("1.2", "a: b\r\n", "two"),
	    PART("1.10", "a: b\r\n", "ten"), PART("2", "c: d\r\n", "x"), PART("TEXT", MIXED, "") },
	    MIXED "\r\n--b 1\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
	    "--in\r\na: b\r\n\r\none\r\n--in\r\na: b\r\n\r\ntwo\r\n--in\r\na: b\r\n\r\nten\r\n--in--\r\n"
	    "--b 1\r\nc: d\r\n\r\nx\r\n--b 1--\r\n", true },
	{ "a message in it", { PART("1", "Content-Type: message/rfc822\r\n", ""),
	    PART("1.1", "", "inner text\r\n"), PART("1.TEXT", "Subject: inner\r\n", ""),
	    PART("TEXT", MIXED, "") },
	    MIXED "\r\n--b 1\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n"
	    "inner text\r\n--b 1--\r\n", true },
	{ "decoded base64", { PART("TEXT", "Content-Transfer-Encoding: base64\r\n", "\xff\xfe") },
	    "Content-Transfer-Encoding: base64\r\n\r\n//4=\r\n", true },
	{ "base64 as it was sent", { PART("TEXT", "Content-Transfer-Encoding: BASE64\r\n",
	    "//4A\r\n//4=\r\n") }, "Content-Transfer-Encoding: BASE64\r\n\r\n//4A\r\n//4=\r\n", true },
	{ "decoded text", { PART("TEXT", "Content-Transfer-Encoding: quoted-printable\r\n",
	    "a=b\r\n\xc3\xa4\r\n") },
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db\r\n=C3=A4\r\n", true },
	{ "text as it was sent", { PART("TEXT", "Content-Transfer-Encoding: quoted-printable\r\n",
	    "a=3Db=\r\n=E4") },
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\n=E4", true },
	{ "a multipart without parts", { PART("TEXT", MIXED, "") }, MIXED "\r\n--b 1--\r\n", false },
	{ "nothing", { { NULL, { NULL, 0 }, { NULL, 0 } } }, "", false },
};

static void
built(void)
{
	struct buf out = BUF_EMPTY;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < 8 && cases[i].parts[n].name != NULL; n++)
			;
		T(em_message_build(cases[i].parts, n, &out) == cases[i].is_fetched, "%s: fetched",
		    cases[i].what);
		T_SAME(buf_text(&out), cases[i].built, cases[i].what);
	}
	buf_free(&out);
}

#define TICKS(seconds) "(62135596800 + " #seconds ") * 10000000"

static void
make_account(void)
{
	kit_sql("em/folders.dat", "CREATE TABLE Folders (id INTEGER PRIMARY KEY, name TEXT, path TEXT, "
	    "parentFolderId INTEGER);"
	    "INSERT INTO Folders VALUES (1, '/', '/', NULL), (2, 'INBOX', '/INBOX', 1),"
	    " (3, 'Ärger', '/INBOX/Ärger', 2), (4, 'None', '/None', 1), (5, 'a', '', 6), (6, 'b', '', 5);");
	kit_sql("em/mail_index.dat", "CREATE TABLE MailItems (id INTEGER PRIMARY KEY, folder INTEGER, "
	    "flags INTEGER, receivedDate INTEGER, size INTEGER, replyDate INTEGER, forwardDate INTEGER);"
	    "CREATE TABLE MailCategoryNames (id INTEGER, categoryName TEXT);"
	    "INSERT INTO MailItems VALUES (10, 2, 6, " TICKS(1795428000) ", 5, 1, 0),"
	    " (11, 2, 0, 0, 5, NULL, NULL), (12, 2, 2, 5, 5, 0, 9), (13, 3, 2, 5, 5, 0, 0),"
	    " (14, 99, 2, 5, 5, 0, 0);"
	    "INSERT INTO MailCategoryNames VALUES (10, 'Work ü'), (10, 'Home'), (13, 'no');");
	kit_sql("em/mail_data.dat", "CREATE TABLE LocalMailContents (id INTEGER, partName TEXT, "
	    "contentType TEXT, partHeader BLOB, partBody BLOB);"
	    "INSERT INTO LocalMailContents VALUES (10, 'TEXT', '', 'Subject: a' || char(10), NULL),"
	    " (10, '1', '', '', 'body'), (11, 'TEXT', '', 'Subject: b' || char(10), NULL),"
	    " (12, 'TEXT', '', 'Subject: c' || char(10), 'x'), (13, 'TEXT', '', 'Subject: d', 'x'),"
	    " (14, 'TEXT', '', 'Subject: e', 'x');");
	kit_write("em/mail_fti.dat", "x");
	kit_write("em/contact_data.dat", "x");
}

static void
account(void)
{
	make_account();
	T(format_emclient.probe(kit_path("em"), &kit.err) == 95, "known");
	if (!T(kit_open(&format_emclient, "em", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "INBOX|INBOX/Ärger|None|b/a|a/b|Folder 99", "folders");
	T_SAME(kit_kept(), "contact_data.dat|folders.dat|mail_data.dat|mail_index.dat", "kept");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M16 seen answered flagged [Home] [Work ü]\nM13 seen forwarded\n",
	    "what was fetched");
	T(slice_is(kit.entries.items[0].whole, "Subject: a\n\nbody") &&
	    kit.entries.items[0].entry.date == 1795428000, "put together");
	T(kit.mailboxes.items[2].messages == 0, "an empty folder");
	T(kit_read(5) == 0 && kit.entries.n == 1, "%s", kit.err.text);
}

/* Longer than memory holds at once, and longer than is put together. */
static void
long_ones(void)
{
	kit_sql("em/mail_data.dat", "UPDATE LocalMailContents SET partBody = zeroblob(20971520) "
	    "WHERE id = 12; UPDATE LocalMailContents SET partBody = zeroblob(70000000) WHERE id = 14;");
	if (!T(kit_open(&format_emclient, "em", "plain") && kit_read(0) == 0, "%s", kit.err.text))
		return;
	T(kit.entries.items[1].entry.is_large && kit.entries.items[1].whole.n == 20971532, "all of it");
	T(kit_read(5) == 0 && kit.entries.n == 1 && kit.entries.items[0].entry.kind == ENTRY_FAILED,
	    "one that is too long says so");
}

static void
strangers(void)
{
	kit_sql("other/mail_index.dat", "CREATE TABLE MailItems (id INTEGER, folder INTEGER);");
	kit_sql("other/mail_data.dat", "CREATE TABLE x (y);");
	kit_sql("other/folders.dat", "CREATE TABLE x (y);");
	T(!kit_open(&format_emclient, "other", "plain") && kit.err.code == ERR_FORMAT, "of another kind");
	kit_write("locked/mail_index.dat", "encrypted bytes");
	kit_write("locked/mail_data.dat", "encrypted bytes");
	T(format_emclient.probe(kit_path("locked"), &kit.err) == 0, "an encrypted one");
}

int
main(void)
{
	built();
	account();
	long_ones();
	strangers();
	kit_end();
	return t_done();
}
