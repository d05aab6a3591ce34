/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "core/mail/canonical.h"
#include "tests/unit/boxkit.h"

#define STATUS "X-Becky-Status: 010005,000000,3,386d85bd\r\n"

static void
whole(void)
{
	kit_write("a.bmf", "Subject: x\r\n" STATUS "\r\n..dot\r\n.\r\n" "Subject: y\r\n\r\n.\r\n"
	    ".\r\n" "Subject: z\r\n\r\nno dot");
	T(format_becky.probe(kit_path("a.bmf"), &kit.err) == 85, "known");
	T(kit_open(&format_becky, "a.bmf", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "a", "its name");
	T_SAME(kit_told(), "M66 0-3 d64\nM17 0-3 d64\nF3\nM20 d64\n", "entries");
	T(kit.entries.items[0].entry.framing.quoting == QUOTING_DOT, "dots are doubled");
	box_survives(&format_becky, "a.bmf");
	kit_write("lf.bmf", "Subject: x\n\ntext\n.\n.\nSubject: y\n\nt\n.");
	T(kit_open(&format_becky, "lf.bmf", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M19 0-2 d64\nF2\nM15 0-1 d64\n", "with LF alone");
}

static void
directories(void)
{
	kit_write("m.mb/!!!!Inbox/1.bmf", "Subject: x\r\n\r\nx\r\n.\r\n");
	kit_write("m.mb/!!!!Inbox/2.bmf", "");
	kit_write("m.mb/!!!!Inbox/Folder.idx", "x");
	kit_write("m.mb/!!!!Inbox/会社/3.BMF", "Subject: x\r\n\r\nx\r\n.\r\n");
	kit_write("m.mb/#Attach/4.bmf", "x");
	kit_write("m.mb/Mailbox.ini", "x");
	T(format_becky.probe(kit_path("m.mb"), &kit.err) == 75, "a mailbox");
	if (!T(kit_open(&format_becky, "m.mb", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Inbox|Inbox (2)|Inbox/会社", "names");
	T_SAME(kit_kept(), "Folder.idx|Mailbox.ini", "kept");
}

int
main(void)
{
	whole();
	directories();
	return box_done();
}
