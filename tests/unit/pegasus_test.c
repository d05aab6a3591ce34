/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"

#define MAIL "Subject: x\r\n\r\ntext\r\n"      /* 20 bytes */
#define END "\x1A"

static void
add_folder(const char *name)
{
	box_field(name, 86);
	box_field("TTS3SQYF:0A60:main", 42);
}

/* One entry of a .PMI. */
static void
add_entry(uint32_t flags, uint32_t at, uint32_t size)
{
	box_le(flags, 4);
	box_le(at, 4);
	box_le(0, 2);
	box_field("314159.CNM", 14);
	box_field("Ann", 30);
	box_field("x", 36);
	box_field("1 Apr 5", 20);
	box_le(0, 4);
	box_le(size, 4);
}

static void
one_folder(void)
{
	add_folder("Main Folder");
	buf_add_string(&box, MAIL END MAIL END MAIL END MAIL END);
	kit_write_bytes("p/MAIN.PMM", buf_slice(&box));
	box_write("alone.pmm");
	add_entry(0x2080080, 128, 20);
	add_entry(0x2000000, 170, 20);
	box_write("p/MAIN.PMI");
	T(kit_open(&format_pegasus, "p", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "Main Folder", "its name");
	T_SAME(kit_kept(), "MAIN.PMI", "its index");
	/* The second one is in no index: deleted.  The last is too new for it. */
	T_SAME(kit_told(), "F128\nM21 0-1 seen\nM21 0-1 dead\nM21 0-1\nM21 0-1\n", "entries");

	/* An index of another time proves nothing. */
	add_entry(0x80, 128, 20);
	add_entry(0x80, 150, 20);
	box_write("p/MAIN.PMI");
	T(kit_open(&format_pegasus, "p", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F128\nM21 0-1\nM21 0-1\nM21 0-1\nM21 0-1\n", "another index");

	T(format_pegasus.probe(kit_path("p"), &kit.err) == 90, "a directory is known");
	T(format_pegasus.probe(kit_path("alone.pmm"), &kit.err) == 80, "a file is known");
	T(kit_open(&format_pegasus, "alone.pmm", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "Main Folder", "by its head");
	box_survives(&format_pegasus, "alone.pmm");
}

static void
odd_ends(void)
{
	add_folder("Odd");
	buf_add_string(&box, END MAIL END END MAIL);
	box_write("odd.pmm");
	T(kit_open(&format_pegasus, "odd.pmm", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F128\nF1\nM21 0-1\nF1\nM20\n", "ends that end nothing, and none");
}

static void
directory(void)
{
	kit_write("q/HIERARCH.PM",
	    "2,1,\"225D2344:My mailbox\",\"\",\"My mailbox\"\r\n"
	    "1,1,\"75322345:lists\",\"225D2344:My mailbox\",\"Lists, all\"\r\n"
	    "1,1,\"2C9D2348:hal\",\"75322345:lists\",\"B\xfcro\"\r\n"
	    "1,1,\"L1:loop\",\"L2:loop\",\"a\"\r\n1,1,\"L2:loop\",\"L1:loop\",\"b\"\r\n"
	    "broken\r\n"
	    "0,0,\"R1H9W7V5:0A64:FOL05548\",\"2C9D2348:hal\",\"The \xc3\xbc one\"\r\n"
	    "0,0,\"6KEAA82B:16D0:UNX07307\",\"75322345:lists\",\"unix\"\r\n");
	add_folder("Name in the head");
	kit_write_bytes("q/fol05548.pmm", buf_slice(&box));
	buf_add_string(&box, MAIL END);
	box_write("q/OTHER.PMM");
	kit_write("q/UNX07307.MBX", "From ???@??? Tue Apr 19 13:39:40 2005\r\nSubject: u\r\n\r\nx\r\n");
	box_le(0, 128);
	box_le(0, 4);
	box_le(0x80, 4);
	box_le(0, 180);
	box_le(0, 4);
	box_write("q/unx07307.pmg");
	kit_write("q/stray.mbx", "From ann@example.org Tue Apr 19 13:39:40 2005\r\nSubject: s\r\n\r\nx\r\n");
	kit_write("q/10.CNM", MAIL);
	kit_write("q/9.cnm", MAIL);
	kit_write("q/1.PMX", MAIL);
	if (!T(kit_open(&format_pegasus, "q", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Name in the head|Lists, all/unix|Lists, all/Büro/The ü one|New mail|"
	    "Queued mail", "names");
	T_SAME(kit_kept(), "HIERARCH.PM|unx07307.pmg", "kept");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M56 39-0 seen\n", "the Unix kind");
	T(kit_read(3) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20 /9.cnm+\nM20 /10.CNM+\n", "new mail");
	T(kit.mailboxes.items[3].messages == 2 && kit.mailboxes.items[3].bytes == 40, "measured");
}

/* A person names the directory above those of two users. */
static void
above(void)
{
	add_folder("Main Folder");
	buf_add_string(&box, MAIL END);
	kit_write_bytes("mail/ann/MAIN.PMM", buf_slice(&box));
	box_write("mail/bob/MAIN.PMM");
	kit_write("mail/bob/HIERARCH.PM", "1,1,\"T:t\",\"\",\"Tray\"\r\n"
	    "0,0,\"X:0:MAIN\",\"T:t\",\"Inbox\"\r\n");
	kit_write("mail/other/x.txt", "x");
	T(format_pegasus.probe(kit_path("mail"), &kit.err) == 80, "known");
	if (T(kit_open(&format_pegasus, "mail", "plain"), "%s", kit.err.text))
		T_SAME(kit_names(), "ann/Main Folder|bob/Tray/Inbox", "names");
	/* One of the files by itself is called as in its directory. */
	if (T(kit_open(&format_pegasus, "mail/bob/MAIN.PMM", "plain"), "%s", kit.err.text))
		T_SAME(kit_names(), "Tray/Inbox", "its name");
}

int
main(void)
{
	one_folder();
	odd_ends();
	directory();
	above();
	return box_done();
}
