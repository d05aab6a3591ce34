/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"

#define MARK "\x10\x10\x10\x10\x10\x10\x10\x11\x11\x11\x11\x11\x11\x53\r\n"
#define MAIL "Subject: x\r\n\r\ntext\r\n"      /* 20 bytes */

static void
whole(void)
{
	kit_write("in.BOX", MARK MAIL MARK MARK MAIL);
	T(format_foxmail.probe(kit_path("in.BOX"), &kit.err) == 95, "known");
	T(kit_open(&format_foxmail, "in.BOX", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M36 16-0\nF16\nM36 16-0\n", "entries");
	box_survives(&format_foxmail, "in.BOX");
}

static void
directory(void)
{
	kit_write("f/in.BOX", MARK MAIL);
	kit_write("f/in.IND", "x");
	kit_write("f/out.box", "");
	kit_write("f/客户.BOX", MARK MAIL MARK MAIL);
	kit_write("f/odd.BOX", "Subject: x\r\n");
	T(format_foxmail.probe(kit_path("f"), &kit.err) == 90, "a directory");
	if (!T(kit_open(&format_foxmail, "f", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "in|odd|out|客户", "names");
	T_SAME(kit_kept(), "in.IND|odd.BOX|out.box", "kept");
	T(kit_read(1) < 0 && kit.err.code == ERR_FORMAT, "%s", kit.err.text);
	T(kit_read(3) == 0 && kit.entries.n == 2, "%s", kit.err.text);
}

int
main(void)
{
	whole();
	directory();
	return box_done();
}
