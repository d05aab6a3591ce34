/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"

#define MAIL "Subject: x\r\n\r\ntext\r\n"      /* 20 bytes */

static void
add_head(void)
{
	size_t start = box.n;

	box_le(0x19790620, 4);
	box_le(80, 2);
	while (box.n - start < 80)
		buf_add_byte(&box, 0);
}

static void
add_record(uint32_t status, uint32_t size, const char *text)
{
	box_le(0x19700921, 4);
	box_le(48, 4);
	box_le(7, 4);
	box_le(1795434204, 4);
	box_le(1, 4);
	box_le(status, 4);
	box_le(0, 12);
	box_le(size, 4);
	box_le(0, 8);
	buf_add_string(&box, text);
}

static void
whole(void)
{
	add_head();
	add_record(0x02, 20, MAIL);
	add_record(0x46, 20, MAIL);
	add_record(0x83, 20, MAIL);
	add_record(0x1800, 20, MAIL);
	box_write("MESSAGES.TBB");
	T(format_tbb.probe(kit_path("MESSAGES.TBB"), &kit.err) == 95, "known");
	T(kit_open(&format_tbb, "MESSAGES.TBB", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F80\nM68 48-0 seen\nM68 48-0 seen answered flagged\n"
	    "M68 48-0 seen forwarded dead\nM68 48-0\n", "entries");
	T(kit.entries.items[1].entry.date == 1795434204, "its date");
	box_survives(&format_tbb, "MESSAGES.TBB");
}

/* A length that is wrong costs no message behind it. */
static void
wrong_lengths(void)
{
	static const struct {
		const char *what, *told;
		uint32_t size;
	} cases[] = {
		{ "too short", "F80\nM68 48-0\nM68 48-0 seen\n", 7 },
		{ "too long", "F80\nM68 48-0\nM68 48-0 seen\n", 30 },
		{ "behind the end", "F80\nM68 48-0\nM68 48-0 seen\n", 0xffffffff },
		{ "over the next one, to the end", "F80\nM136 48-0\n", 88 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add_head();
		add_record(0, cases[i].size, MAIL);
		add_record(2, 20, MAIL);
		box_write("wrong");
		T(kit_open(&format_tbb, "wrong", "plain") && kit_read(0) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), cases[i].told, cases[i].what);
	}
	add_head();
	buf_add_string(&box, "rubbish");
	add_record(0, 20, MAIL);
	box_write("wrong");
	T(kit_open(&format_tbb, "wrong", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F80\nF7\nM68 48-0\n", "rubbish before a record");
}

static void
directories(void)
{
	add_head();
	add_record(2, 20, MAIL);
	kit_write_bytes("bat/Inbox/messages.tbb", buf_slice(&box));
	kit_write_bytes("bat/Inbox/Büro/MESSAGES.TBB", buf_slice(&box));
	kit_write("bat/Inbox/messages.tbi", "x");
	kit_write("bat/Inbox/Büro/MESSAGES.TBN", "x");
	kit_write("bat/Locked/MESSAGES.TBB", "no such magic");
	buf_clear(&box);
	kit_write("bat/Empty/MESSAGES.TBB", "");
	T(format_tbb.probe(kit_path("bat"), &kit.err) == 80, "a tree");
	T(format_tbb.probe(kit_path("bat/Inbox"), &kit.err) == 90, "a folder");
	if (!T(kit_open(&format_tbb, "bat", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Empty|Inbox/Büro|Inbox|Locked", "names");
	T_SAME(kit_kept(), "MESSAGES.TBB|MESSAGES.TBN|messages.tbi|MESSAGES.TBB", "kept");
	T(kit_read(1) == 0 && kit.entries.n == 2, "%s", kit.err.text);
	T(kit_read(3) < 0 && kit.err.code == ERR_FORMAT, "what is none says so: %s", kit.err.text);
	T(kit_read(0) == 0 && kit.entries.n == 0, "an empty one");
	T(!kit_open(&format_tbb, "nothing", "plain"), "nothing is there");
}

int
main(void)
{
	whole();
	wrong_lengths();
	directories();
	return box_done();
}
