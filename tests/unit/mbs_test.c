/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"

#define FROM "From foo@bar Mon Nov 23 11:43:24 2026\r\n"
/* Version, an unused number, the message, its time and size, then the flags. */
#define STATUS(flags) "X-Opera-Status: 05" "00000000" "00000007" "4b000000" "00000400" flags \
    "00000100" "00000000" "\r\nX-Opera-Location: 0123\r\n"
#define MAIL "Subject: x\r\n\r\ntext\r\n"

static void
account(void)
{
	kit_write("account1/2009/05/12/417.mbs", FROM STATUS("00000001") MAIL "\r\n");
	kit_write("account1/2009/05/12/9.mbs", FROM STATUS("00000000") MAIL "\r\n");
	kit_write("account1/2009/12/31/1000.mbs", MAIL);
	kit_write("account1/2008/03/07.mbs", FROM STATUS("00000003") MAIL "\r\n"
	    FROM STATUS("00000005") MAIL "\r\n");
	kit_write("account1/2009/05/12/notes.txt", "x");
	T(format_mbs.probe(kit_path("account1"), &kit.err) == 84, "known");
	kit_write("other/letters/a.mbs", MAIL);
	T(format_mbs.probe(kit_path("other"), &kit.err) == 0, "another directory");
	if (!T(kit_open(&format_mbs, "account1", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "2008/03/07|All messages", "names");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M161 39-2 d16 2009/05/12/9.mbs+\nM161 39-2 d16 2009/05/12/417.mbs+\n"
	    "M20 d16 2009/12/31/1000.mbs+\n", "one message a file");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M161 39-2 d16\nM161 39-2 d16\n", "a day a file");
}

/* Drafts lie in one directory, without dates. */
static void
drafts(void)
{
	kit_write("drafts/21.mbs", FROM STATUS("00000010") MAIL);
	if (T(kit_open(&format_mbs, "drafts", "plain"), "%s", kit.err.text))
		T_SAME(kit_names(), "All messages", "names");
}

int
main(void)
{
	account();
	drafts();
	return box_done();
}
