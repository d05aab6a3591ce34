/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

#define MAIL "Subject: x\nTo: b\n\ntext\n"      /* 23 bytes */
#define FROM "From ann@example.org Mon Nov 23 11:43:24 2026\n" /* 46 bytes */

static const struct format_ops *const eml = &format_eml;

static int
probe(const char *relative)
{
	return eml->probe(kit_path(relative), &kit.err);
}

static void
one_file(void)
{
	kit_write("one/a.EML", MAIL);
	kit_write("one/b.eml", "no header at all");
	kit_write("one/c.txt", "no header at all");
	kit_write("one/d.eml", FROM MAIL FROM MAIL);
	kit_write("one/letter", MAIL);
	T(probe("one/a.EML") == 70 && probe("one/letter") == 70, "a message");
	T(probe("one/b.eml") == 40, "by its name alone");
	T(probe("one/c.txt") == 0, "text");
	T(probe("one/d.eml") == 0, "an mbox, whatever it is called");
	T(probe("one/nothing") < 0, "cannot look");
	T(kit_open(eml, "one/a.EML", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "a.EML", "named as the file");
	T(kit.mailboxes.items[0].layout == MAILBOX_FILE && kit.mailboxes.items[0].messages == 1,
	    "which is it");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23\n", "one message");
}

static void
a_tree(void)
{
	kit_write("tree/1.eml", MAIL);
	kit_write("tree/2.eml", FROM MAIL);
	kit_write("tree/empty.eml", "");
	kit_write("tree/no name", MAIL);
	kit_write("tree/notes.txt", "Dear all,\n");
	kit_write("tree/.hidden.eml", MAIL);
	kit_write("tree/1.eml~", MAIL);
	kit_write("tree/sub/deep/3.eml", MAIL);
	kit_write("tree/sub/box", FROM MAIL FROM MAIL);
	kit_write("tree/labels.json", "{}");
	kit_directory("tree/nothing");
	if (symlink("..", kit_path("tree/sub/up")) < 0)
		T(false, "symlink");
	T(probe("tree") == 65, "a tree of messages");
	T(probe("tree/sub") == 61 && probe("tree/nothing") == 0, "further down; nothing");
	T(kit_open(eml, "tree", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "sub/box|sub/deep|tree", "a mailbox for each directory and mbox");
	T_SAME(kit_kept(), "labels.json", "what exports keep labels in");
	T(kit.mailboxes.items[2].messages == 4 && kit.mailboxes.items[2].bytes == 115, "counted");
	T(kit_read(2) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1.eml+\nM69 46-0 /2.eml+\nM0 /empty.eml+\nM23 /no name+\n",
	    "each file is a message");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M69 46-0\nM69 46-0\n", "but an mbox");
	T(kit_read(1) == 0 && kit.entries.n == 1, "in any order");
}

/* What was never sent says so. */
static void
unsent(void)
{
	kit_write("drafts/1.eml", FROM "X-Unsent: 1\n" MAIL);
	kit_write("drafts/2.eml", "X-Unsent: 0\n" MAIL);
	kit_write("drafts/3.eml", MAIL "\nX-Unsent: 1\n");
	T(kit_open(eml, "drafts", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T(kit.entries.n == 3 && kit.entries.items[0].entry.flags == FLAG_DRAFT &&
	    kit.entries.items[1].entry.flags == 0 && kit.entries.items[2].entry.flags == 0, "in its header");
}

/* The state changes with the files, not with the reading. */
static void
state(void)
{
	struct fingerprint before;

	kit_write("state/1.eml", MAIL);
	T(kit_open(eml, "state", "plain"), "%s", kit.err.text);
	before = kit.mailboxes.items[0].state;
	T(kit_read(0) == 0 && kit_open(eml, "state", "plain") &&
	    fingerprint_equal(before, kit.mailboxes.items[0].state), "unchanged");
	kit_write("state/2.eml", MAIL);
	T(kit_open(eml, "state", "plain") &&
	    !fingerprint_equal(before, kit.mailboxes.items[0].state), "a message more");
	T(file_remove(kit_path("state/2.eml"), &kit.err) == 0 && kit_read(0) == 0 &&
	    kit.entries.n == 1, "one that went away since is no mail");
}

int
main(void)
{
	one_file();
	a_tree();
	unsent();
	state();
	kit_end();
	return t_done();
}
