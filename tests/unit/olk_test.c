/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "tests/unit/sqlitekit.h"

#define HEAD "\xd0\x0d\0\0\1\1\1\0\2\0\0\0\3\0\0\0GUIDGUIDGUIDGUIDcrSM\1\2\3\4"
#define LF "Received: x\nSubject: x\n\ntext\n"
#define CR "Received: x\rSubject: x\r\rtext\r"

static const char *const outlook =
    "CREATE TABLE Folders (Record_RecordID INTEGER, Folder_ParentID INTEGER, Folder_Name TEXT);"
    "INSERT INTO Folders VALUES (1, NULL, 'Root'), (2, 1, 'Inbox'), (3, 2, 'Wörk'), (4, 1, NULL),"
    " (5, 1, 'Inbox'), (6, 6, 'Loop');"
    "CREATE TABLE Mail (Record_RecordID INTEGER, Record_FolderID INTEGER, Message_ReadFlag INTEGER,"
    " Message_TimeReceived INTEGER);"
    "INSERT INTO Mail VALUES (11, 2, 1, 1580423431), (12, 3, 0, NULL), (13, 4, 1, 0), (14, 3, 0, 0),"
    " (15, 99, 0, 0), (16, 5, 1, 0);"
    "CREATE TABLE Blocks (BlockID BLOB, PathToDataFile TEXT, BlockTag INTEGER);"
    "INSERT INTO Blocks VALUES ('a', 'Message Sources/1/A.olk15MsgSource', 1),"
    " ('b', 'Message Sources/2/B.olk15MsgSource', 1), ('c', 'Message Attachments/1/C.olk15MsgAttachment', 2),"
    " ('d', 'Message Sources/2/gone.olk15MsgSource', 1), ('e', 'Message Sources/2/E.olk15MsgSource', 1);"
    "CREATE TABLE Mail_OwnedBlocks (Record_RecordID INTEGER, BlockID BLOB);"
    "INSERT INTO Mail_OwnedBlocks VALUES (11, 'a'), (12, 'b'), (13, 'c'), (15, 'd'), (16, 'e');";

static void
newer(void)
{
	kit_write_bytes("p/Data/Message Sources/1/A.olk15MsgSource", SLICE_OF(HEAD LF));
	kit_write_bytes("p/Data/Message Sources/2/B.olk15MsgSource", SLICE_OF(HEAD CR));
	kit_write_bytes("p/Data/Message Sources/2/E.olk15MsgSource", SLICE_OF(HEAD LF));
	kit_write("p/Data/Message Sources/3/Unknown.olk15MsgSource", LF);
	kit_write("p/Data/Message Sources/3/other", "x");
	kit_sql("p/Data/Outlook.sqlite", outlook);
	kit_write("p/Data/Messages/1/A.olk15Message", "not asked for");
	T(format_olk.probe(kit_path("p"), &kit.err) == 88 &&
	    format_olk.probe(kit_path(""), &kit.err) == 0 &&
	    format_olk.probe(kit_path("p/Data/Message Sources"), &kit.err) == 88, "known");
	T(kit_open(&format_olk, "p/Data/Message Sources", "plain"), "%s", kit.err.text);
	/* Two trees: the one that stands for the program is shown. */
	T_SAME(kit_names(), "Root/Inbox|Root/Inbox/W\303\266rk|Root/Inbox (5)|Message Sources|Root/Folder 4",
	    "folders");
	T_SAME(kit_kept(), "Outlook.sqlite|other", "kept");
	T(kit.mailboxes.items[0].messages == 1 && kit.mailboxes.items[0].directory_count == 3, "measured");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M69 40-0 1/A.olk15MsgSource+ seen\n", "with its head");
	T(kit.entries.items[0].entry.date == 1580423431, "when it came");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F69 2/B.olk15MsgSource+\nM29\nX0\n", "lines that had to be turned, and one "
	    "message without a source");
	T(slice_is(kit.entries.items[1].whole, LF), "turned");
	T(strstr(kit.entries.items[2].entry.error.text, "1 message is there in Outlook's own form") !=
	    NULL, "%s", kit.entries.items[2].entry.error.text);
	T(kit_read(3) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M29 3/Unknown.olk15MsgSource+\n", "one that the index does not know");
	T(kit_read(4) == 0 && kit.entries.n == 1 && kit.entries.items[0].entry.kind == ENTRY_FAILED,
	    "a folder without any source");
	kit_sql("p/Data/Outlook.sqlite", "DELETE FROM Folders WHERE Record_RecordID = 6");
	T(kit_open(&format_olk, "p", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "Inbox|Inbox/W\303\266rk|Inbox (5)|Message Sources|Folder 4", "one tree");
	kit_write("p/Data/Outlook.sqlite", "no database, but long enough to be looked at as one");
	T(kit_open(&format_olk, "p", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "Message Sources", "without an index");
	T(kit.entries.n == 6 && kit.entries.items[0].entry.kind == ENTRY_FAILED, "%zu", kit.entries.n);
}

/* Heads that nobody knows. */
static void
older(void)
{
	kit_write_bytes("o/Data Records/Message Sources/0T/0B/x_1.olk14MsgSource",
	    SLICE_OF("\1\2\0\3Delivered\0From: a@b\nReceived: x\n\ntext\n"));
	kit_write_bytes("o/Data Records/Message Sources/0T/0B/x_2.olk14MsgSource",
	    SLICE_OF("nothing that is a message"));
	T(kit_open(&format_olk, "o", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "Message Sources", "one mailbox");
	T_SAME(kit_told(), "M42 14-0 Data Records/Message Sources/0T/0B/x_1.olk14MsgSource+\n"
	    "M25 Data Records/Message Sources/0T/0B/x_2.olk14MsgSource+\n", "where it begins");
}

static void
mailmate(void)
{
	T(file_make_directories(kit_path("IMAP"), 0700, &kit.err) == 0, "%s", kit.err.text);
	kit_write("IMAP/ann%40x@imap/INBOX.mailbox/Messages/12.eml", LF);
	kit_write("IMAP/ann%40x@imap/INBOX.mailbox/A%2FB%2525.mailbox/Messages/9.eml", LF);
	kit_write("IMAP/ann%40x@imap/INBOX.mailbox/Cache/x", "x");
	kit_write("plain/Messages/9.eml", LF);
	T(format_mailmate.probe(kit_path("IMAP"), &kit.err) == 85 &&
	    format_mailmate.probe(kit_path("plain"), &kit.err) == 0, "known");
	T(kit_open(&format_mailmate, "IMAP/ann%40x@imap", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|INBOX/A%2FB%2525", "names with escapes");
	T_SAME(kit_kept(), "", "kept");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M29 Messages/12.eml+\nF1 Cache/x+\n", "its messages");
}

int
main(void)
{
	newer();
	older();
	mailmate();
	kit_end();
	return t_done();
}
