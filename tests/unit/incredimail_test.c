/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"
#include "tests/unit/sqlitekit.h"

#define MAIL "Subject: x\r\n\r\ntext\r\n"      /* 20 bytes */

static void
add_text(const char *text, bool is_utf16)
{
	box_le(strlen(text), 4);
	for (; *text != '\0'; text++)
		box_le((unsigned char)*text, is_utf16 ? 2 : 1);
}

static void
add_record(bool is_utf16, unsigned state, bool unread, bool flagged, uint32_t at, uint32_t size)
{
	static const unsigned char magic[] = { 0x3C, 0x12, 0x08, 0x49, 0x17, 0x09, 0x45, 0x3E };

	buf_add_string(&box, is_utf16 ? "V#05" : "V#04");
	buf_add_bytes(&box, magic, sizeof(magic));
	box_le(state, 4);
	box_le(unread, 1);
	box_le(flagged, 1);
	box_le(0, 20);
	add_text("ann@example.org", is_utf16);
	add_text("Bob", is_utf16);
	add_text("x", is_utf16);
	box_le(1, 4);
	box_le(1100000000, 4);
	box_le(0, 4);
	add_text("pop.example.org", is_utf16);
	box_le(0, 6);
	box_le(size, 4);
	box_le(at, 4);
	box_le(0, 4);
}

static void
first_kind(void)
{
	kit_write("xe/Inbox.imm", "head" MAIL MAIL "--" MAIL);
	add_record(true, 1, true, false, 46, 20);
	add_record(false, 1, false, true, 4, 20);
	add_record(true, 2, false, false, 24, 20);
	add_record(true, 1, false, false, 30, 5);        /* inside another */
	add_record(true, 1, false, false, 60, 20);       /* behind the end */
	buf_add_string(&box, "rubbish");
	box_write("xe/inbox.imh");
	kit_write("xe/Lost.imm", MAIL);
	kit_write("xe/Empty.imm", "");
	T(format_incredimail.probe(kit_path("xe"), &kit.err) == 90, "known");
	if (!T(kit_open(&format_incredimail, "xe", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Empty|Inbox|Lost", "names");
	T_SAME(kit_kept(), "Empty.imm|Lost.imm|inbox.imh", "kept");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F4\nM20 seen flagged\nM20 seen dead\nF2\nM20\n", "entries");
	T(kit.entries.items[1].entry.date == 1100000000, "its date");
	T(slice_equal(kit_joined(), SLICE_OF("head" MAIL MAIL "--" MAIL)), "all of it");
	T(kit_read(2) < 0 && kit.err.code == ERR_FORMAT, "one without its index says so");
	T(kit_read(0) == 0 && kit.entries.n == 0, "an empty one has no need of it");
}

/* An index cut anywhere says what it says, and the file stays whole. */
static void
cut_index(void)
{
	struct buf whole = BUF_EMPTY;
	size_t n, bad = 0;

	kit_write("cut/In.imm", MAIL MAIL);
	add_record(true, 1, false, false, 0, 20);
	add_record(true, 1, false, false, 20, 20);
	buf_take(&whole, &box);
	for (n = 0; n <= whole.n; n++) {
		kit_write_bytes("cut/In.imh", slice_sub(buf_slice(&whole), 0, n));
		bad += !kit_open(&format_incredimail, "cut", "plain") || kit_read(0) < 0 ||
		    !slice_equal(kit_joined(), SLICE_OF(MAIL MAIL));
	}
	T(bad == 0, "%zu of %zu", bad, n);
	T_SAME(kit_told(), "M20 seen\nM20 seen\n", "the whole one");
	buf_free(&whole);
}

static void
second_kind(void)
{
	kit_write("two/Inbox.imm", MAIL MAIL);
	kit_write("two/Club.imm", MAIL);
	kit_sql("two/Containers.db", "CREATE TABLE Containers (ContainerID TEXT, FileName TEXT, "
	    "MsgsCount INTEGER);"
	    "CREATE TABLE Headers (HeaderID INTEGER, ContainerID TEXT, MsgPos INTEGER, "
	    "LightMsgSize INTEGER, Deleted INTEGER);"
	    "INSERT INTO Containers VALUES ('c1', 'inbox', 1), ('c2', 'Club', 1);"
	    "INSERT INTO Headers VALUES (1, 'c1', 20, 20, 0), (2, 'c1', 0, 20, 1), (3, 'c2', 0, 20, 0),"
	    " (4, 'c2', -5, 20, 0);");
	T(format_incredimail.probe(kit_path("two"), &kit.err) == 90, "known");
	if (!T(kit_open(&format_incredimail, "two", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Club|Inbox", "names");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 dead\nM20\n", "entries");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20\n", "of another folder");
}

static void
third_kind(void)
{
	kit_write("three/Messages/1/7/msg.iml", MAIL);
	kit_write("three/Messages/1/8/msg.iml", MAIL);
	kit_write("three/Messages/2/9/msg.iml", MAIL);
	kit_write("out/msg.iml", MAIL);
	kit_sql("three/MessageStore.db", "CREATE TABLE Containers (ContainerID INTEGER, "
	    "ParentContainerID INTEGER, Label TEXT);"
	    "CREATE TABLE Headers (HeaderID INTEGER, ContainerID INTEGER, Location TEXT, "
	    "Deleted INTEGER);"
	    "INSERT INTO Containers VALUES (1, 0, 'Inbox'), (2, 1, 'Büro'), (3, 3, 'Self');"
	    "INSERT INTO Headers VALUES (7, 1, '1', 0), (8, 1, '1', 1), (9, 2, '2', 0),"
	    " (10, 1, '1', 0), (11, 1, '', 0), (12, 1, '../../out/..', 0);"
	    "INSERT INTO Headers VALUES ('.', 1, '../../out', 0);");
	T(format_incredimail.probe(kit_path("three"), &kit.err) == 90, "known");
	if (!T(kit_open(&format_incredimail, "three", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Inbox|Inbox/Büro|Self", "names");
	T_SAME(kit_kept(), "MessageStore.db", "kept");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 Messages/1/7/msg.iml+\nM20 Messages/1/8/msg.iml+ dead\n", "entries");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 Messages/2/9/msg.iml+\n", "of another folder");
}

int
main(void)
{
	first_kind();
	cut_index();
	second_kind();
	third_kind();
	return box_done();
}
