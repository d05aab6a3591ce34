/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxfile.h"
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "tests/unit/sqlitekit.h"

#define MAIL "Subject: x\n\ntext\n"             /* 17 bytes */
#define LIST(flags) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" \
	"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" " \
	"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n" \
	"<plist version=\"1.0\">\n<dict>\n\t<key>date-received</key>\n\t<integer>1580423431</integer>\n" \
	"\t<key>flags</key>\n\t<integer>" flags "</integer>\n</dict>\n</plist>\n"
#define EMLX(flags) "17        \n" MAIL LIST(flags)

static void
split(void)
{
	static const struct {
		const char *what, *file;
		size_t lead, trail;
	} cases[] = {
		{ "as it is written", "17        \n" MAIL LIST("1"), 11, 28 },
		{ "no blanks", "17\n" MAIL LIST("1"), 3, 20 },
		{ "no list", "17\n" MAIL, 3, 20 },
		{ "only a line end behind", "17\n" MAIL "\n", 3, 20 },
		{ "cut off inside", "17\nSubject: x\n", 3, 14 },
		{ "a length too long", "9999\n" MAIL LIST("1"), 5, 22 },
		{ "a length too short", "5\n" MAIL LIST("1"), 2, 19 },
		{ "a length that is wrong, no list", "5\n" MAIL, 2, 19 },
		{ "no length", MAIL LIST("1"), 0, 17 },
		{ "no length, no list", MAIL, 0, 17 },
		{ "a list in the message", "26\nSubject: x\n\n<?xml <plist/>" LIST("1"), 3, 29 },
		{ "a list in the message that is cut", "5\nSubject: x\n\n<?xml <plist></plist>\nmore\n", 2, 41 },
		{ "nothing", "", 0, 0 },
		{ "a length alone", "0\n", 2, 2 },
		{ "a number over 64 bits", "99999999999999999999\n" MAIL, 0, 38 },
		{ "a sign", "+17\n" MAIL, 0, 21 },
	};
	struct emlx out;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		emlx_split(slice_string(cases[i].file), &out);
		T(out.lead == cases[i].lead && out.trail == cases[i].trail, "%s: %zu %" PRIu64,
		    cases[i].what, out.lead, out.trail);
	}
}

static void
flags(void)
{
	static const struct {
		uint64_t bits;
		unsigned flags;
		const char *tag;
	} cases[] = {
		{ 0, 0, "" },
		{ 8623489089, FLAG_SEEN | FLAG_DRAFT, "$NotJunk" },
		{ 1u << 1 | 1u << 2 | 1u << 4, FLAG_DELETED | FLAG_ANSWERED | FLAG_FLAGGED, "" },
		{ 1u << 6 | 1u << 8, FLAG_DRAFT | FLAG_FORWARDED, "" },
		{ 1u << 24 | 63u << 10 | 1u << 3 | 1u << 5, 0, "$Junk" },
	};
	struct arena a = ARENA_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct emlx_told told = { 0, { NULL, 0 }, 0 }, again = { 0, { NULL, 0 }, 0 };

		emlx_flags(cases[i].bits, &a, &told);
		T(told.flags == cases[i].flags && (told.tags.n > 0) == (cases[i].tag[0] != '\0') &&
		    (told.tags.n == 0 || slice_is(told.tags.items[0], cases[i].tag)), "%" PRIu64 ": %u",
		    cases[i].bits, told.flags);
		emlx_flags(emlx_bits(told.flags, &told.tags), &a, &again);
		T(again.flags == told.flags && tags_equal(&again.tags, &told.tags), "and back");
	}
	arena_free(&a);
}

/* What lies in the mailbox and is no message. */
#define SIDES "F1 AAAA/Data/Messages/._9.emlx+\nF5 AAAA/Data/Messages/10.2.emlxpart+\n" \
	"F1 /Info.plist+\nF7 AAAA/Data/Attachments/10/2/letter.emlx+\n" \
	"F7 AAAA/Data/Attachments/10/3/box.mbox/mbox+\n"

#define V "Mail/V10/"
#define IMAP V "0A1B2C3D-0000-1111-2222-333344445555/"
#define INBOX IMAP "INBOX.mbox/AAAA/Data/"

static void
tree(void)
{
	const struct entry *e;

	kit_write(INBOX "Messages/9.emlx", EMLX("1"));
	kit_write(INBOX "Messages/10.partial.emlx", EMLX("5"));
	kit_write(INBOX "Messages/10.2.emlxpart", "AAAA\n");
	kit_write(INBOX "Messages/._9.emlx", "x");
	kit_write(INBOX "1/4/Messages/41567.emlx", EMLX("16777232"));
	kit_write(INBOX "Attachments/10/2/letter.emlx", "no mail");
	kit_write(INBOX "Attachments/10/2/empty", "");
	kit_write(INBOX "Attachments/10/3/box.mbox/mbox", "no mail");
	kit_write(IMAP "INBOX.mbox/Info.plist", "x");
	kit_write(IMAP "Bu\xcc\x88ro.mbox/Info.plist", "x");
	kit_write(IMAP "[Gmail].mbox/All Mail.mbox/Data/Messages/1.emlx", EMLX("0"));
	kit_write(IMAP ".OfflineCache/x", "x");
	T(format_emlx.probe(kit_path(IMAP), &kit.err) == 85 &&
	    format_emlx.probe(kit_path("Mail"), &kit.err) == 85 &&
	    format_emlx.probe(kit_path(INBOX "Messages/9.emlx"), &kit.err) == 95 &&
	    format_emlx.probe(kit_path(INBOX "Attachments/10/2/letter.emlx"), &kit.err) == 45 &&
	    format_emlx.probe(kit_path(IMAP ".OfflineCache"), &kit.err) == 0, "what is known");
	T(kit_open(&format_emlx, IMAP, "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "B\xc3\xbcro|INBOX|[Gmail]|[Gmail]/All Mail", "mailboxes");
	T_SAME(kit_kept(), "empty", "kept");
	T(kit.mailboxes.items[1].messages == 3 && kit.mailboxes.items[1].directory_count == 11,
	    "%zu directories", kit.mailboxes.items[1].directory_count);
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M313 11-285 AAAA/Data/Messages/9.emlx+\n"
	    "M313 11-285 AAAA/Data/Messages/10.partial.emlx+\n"
	    "M320 11-292 AAAA/Data/1/4/Messages/41567.emlx+\n" SIDES, "by number");
	e = &kit.entries.items[2].entry;
	T(e->framing.flags == FLAG_FLAGGED && e->framing.tags.n == 1 && e->date == 1580423431 &&
	    e->framing.trail_is_state, "what its list tells: %u", e->framing.flags);
	T(kit.entries.items[1].entry.framing.flags == (FLAG_SEEN | FLAG_ANSWERED), "answered");
	T(kit_open(&format_emlx, IMAP "INBOX.mbox", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX", "a mailbox by itself");
	T(kit_open(&format_emlx, INBOX "Messages", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "Messages", "its messages alone");
	T(kit_open(&format_emlx, INBOX "Messages/9.emlx", "plain") && kit_read(0) == 0, "%s",
	    kit.err.text);
	T_SAME(kit_told(), "M313 11-285\n", "one message");
	T(kit.mailboxes.items[0].layout == MAILBOX_FILE && kit.mailboxes.items[0].messages == 1,
	    "is a file");
}

/* 10.6 and before, and exports. */
static void
old(void)
{
	kit_write("Old/POP-ann@example.org/INBOX.mbox/Messages/1.emlx", EMLX("1"));
	kit_write("Old/IMAP-ann/INBOX.imapmbox/Messages/1.emlx", EMLX("1"));
	kit_write("Old/Mailboxes/A.mbox/Messages/1.emlx", EMLX("1"));
	kit_write("Old/Mailboxes/A/B.mbox/mbox", "From ann Mon Nov 23 11:43:24 2026\n" MAIL);
	kit_write("Old/Mailboxes/A/B.mbox/table_of_contents", "");
	kit_write("Old/Mailboxes/C.mbox/mbox", "From ann Mon Nov 23 11:43:24 2026\n" MAIL);
	kit_write("Old/Mailboxes/C.mbox/Messages/2.emlx", EMLX("1"));
	T(kit_open(&format_emlx, "Old", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "IMAP-ann/INBOX|Mailboxes/A/B|Mailboxes/A|Mailboxes/C|Mailboxes/C|"
	    "POP-ann@example.org/INBOX", "mailboxes");
	T_SAME(kit_kept(), "table_of_contents", "kept");
	T(kit.mailboxes.items[1].layout == MAILBOX_FILE && kit_read(1) == 0, "an mbox: %s",
	    kit.err.text);
	T_SAME(kit_told(), "M51 34-0\n", "an mbox");
	T(kit.mailboxes.items[3].layout == MAILBOX_FILES && kit.mailboxes.items[4].layout ==
	    MAILBOX_FILE, "one that was converted");
	T(kit_open(&format_emlx, "Old/Mailboxes/C.mbox", "plain") && format_emlx.probe(
	    kit_path("Old/Mailboxes/A/B.mbox"), &kit.err) == 85, "an export");
	T_SAME(kit_names(), "C|C", "an export");
}

/* Directories that a person named, and that hold more than mail of Apple's. */
static void
mixed(void)
{
	kit_write("Docs/Export.mbox/mbox", "From ann Mon Nov 23 11:43:24 2026\n" MAIL);
	kit_write("Docs/letter.txt", "no mail");
	T(format_emlx.probe(kit_path("Docs"), &kit.err) == 85, "an export among other files");
	kit_open(&format_emlx, "Docs", "plain");
	T_SAME(kit_names(), "Export", "an export among other files");
	T_SAME(kit_kept(), "", "which are nobody's business");
	kit_write("Docs/old.mbox", "From ann Mon Nov 23 11:43:24 2026\n" MAIL);
	T(format_emlx.probe(kit_path("Docs"), &kit.err) == 50, "other mail beside it");
	kit_write("Docs/More.mbox/Messages/1.emlx", EMLX("1"));
	T(format_emlx.probe(kit_path("Docs"), &kit.err) == 85, "mail that nobody else reads");
	kit_open(&format_emlx, "Docs", "plain");
	T_SAME(kit_names(), "Export|More|old.mbox", "and an mbox file");
	kit_write("Home/Library/Mail/V10/A/INBOX.mbox/Messages/1.emlx", EMLX("1"));
	kit_write("Home/Library/Mail/V10/MailData/x.plist", "x");
	T(format_emlx.probe(kit_path("Home/Library/Mail"), &kit.err) == 85 &&
	    format_emlx.probe(kit_path("Home"), &kit.err) == 0, "a home is no store");
	kit_open(&format_emlx, "Home/Library/Mail", "plain");
	T_SAME(kit_kept(), "x.plist", "Library/Mail is kept whole");
}

static const char *const envelope =
    "CREATE TABLE mailboxes (ROWID INTEGER PRIMARY KEY, url TEXT);"
    "INSERT INTO mailboxes VALUES (1, 'imap://0A1B2C3D-0000-1111-2222-333344445555/INBOX'),"
    " (2, 'imap://0a1b2c3d-0000-1111-2222-333344445555/%5BGmail%5D/All%20Mail'),"
    " (3, 'imap://0A1B2C3D-0000-1111-2222-333344445555/Projects/B%C3%BCro'),"
    " (4, 'imap://another/INBOX');"
    "CREATE TABLE messages (ROWID INTEGER PRIMARY KEY, mailbox INTEGER, flags INTEGER,"
    " read INTEGER, flagged INTEGER, deleted INTEGER, flag_color INTEGER);"
    "INSERT INTO messages VALUES (9, 1, 4, 0, 1, 0, 5), (10, 4, 1, 1, 0, 0, NULL),"
    " (41567, 1, 1, NULL, 0, 1, 3), (1, 2, 1, 1, 0, 0, NULL);"
    "CREATE TABLE labels (message_id INTEGER, mailbox_id INTEGER);"
    "INSERT INTO labels VALUES (1, 1), (1, 3);";

static void
envelope_index(void)
{
	struct fingerprint before;

	kit_sql(V "MailData/Envelope Index", envelope);
	kit_open(&format_emlx, IMAP, "plain");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M313 11-285 AAAA/Data/Messages/9.emlx+ answered flagged [$MailFlagBit0] "
	    "[$MailFlagBit2] final\n"
	    "M313 11-285 AAAA/Data/Messages/10.partial.emlx+\n"
	    "M320 11-292 AAAA/Data/1/4/Messages/41567.emlx+ seen deleted final\n" SIDES, "the index knows better");
	T(kit_read(3) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M313 11-285 Data/Messages/1.emlx+ seen [INBOX] [Projects/B\xc3\xbcro] final\n",
	    "labels");
	before = kit.mailboxes.items[1].state;
	kit_sql(V "MailData/Envelope Index", "UPDATE messages SET read = 1");
	kit_open(&format_emlx, IMAP, "plain");
	T(!fingerprint_equal(before, kit.mailboxes.items[1].state), "a flag in the index alone");
	/* One without the columns that hold all. */
	kit_sql(V "MailData/Envelope Index", "ALTER TABLE messages DROP COLUMN flags");
	kit_open(&format_emlx, IMAP, "plain");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M313 11-285 AAAA/Data/Messages/9.emlx+ seen flagged [$MailFlagBit0] "
	    "[$MailFlagBit2]\n"
	    "M313 11-285 AAAA/Data/Messages/10.partial.emlx+\n"
	    "M320 11-292 AAAA/Data/1/4/Messages/41567.emlx+ seen deleted\n" SIDES, "the index knows less");
	kit_write(V "MailData/Envelope Index", "no database, but long enough to be looked at as one");
	kit_open(&format_emlx, IMAP, "plain");
	T(kit_read(1) == 0 && kit.entries.n == 9 && kit.entries.items[0].entry.kind == ENTRY_FAILED,
	    "flags that cannot be read are told, and the mail is read");
}

static void
large(void)
{
	struct buf file = BUF_EMPTY;
	const struct entry *e;

	buf_add_format(&file, "%u\nSubject: x\n\n", 12 + 17 * MIB);
	memset(buf_extend(&file, 17 * MIB), 'x', 17 * MIB);
	buf_add_string(&file, LIST("1"));
	kit_write_bytes("Large/L.mbox/Messages/1.emlx", buf_slice(&file));
	kit_open(&format_emlx, "Large", "plain");
	T(kit_read(0) == 0 && kit.entries.n == 1, "%s", kit.err.text);
	e = &kit.entries.items[0].entry;
	T(e->is_large && e->framing.lead == 9 && e->framing.flags == FLAG_SEEN &&
	    e->framing.tail.n == strlen(LIST("1")), "one that is too long for memory: %zu",
	    e->framing.lead);
	buf_free(&file);
}

int
main(void)
{
	split();
	flags();
	tree();
	old();
	mixed();
	envelope_index();
	large();
	kit_end();
	return t_done();
}
