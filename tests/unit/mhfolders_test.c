/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

#define MAIL "Subject: x\nTo: b\n\ntext\n"      /* 23 bytes */
#define FROM "From procmail@x Mon Nov 23 11:43:24 2026\n"      /* 41 bytes */

static const struct format_ops *const mh = &format_mh;

static int
probe(const char *relative)
{
	return mh->probe(kit_path(relative), &kit.err);
}

static void
recognised(void)
{
	kit_write("p/marked/.mh_sequences", "");
	kit_write("p/lone/17", MAIL);
	kit_write("p/procmail/1", FROM MAIL);
	kit_write("p/numbers/1", "some numbers\n1 2 3\n");
	kit_write("p/zero/01", MAIL);
	kit_write("p/maildir/cur/1", MAIL);
	kit_directory("p/maildir/new");
	kit_write("p/called/cur/1", MAIL);
	kit_write("p/maildir/1", MAIL);
	kit_write("p/tree/a/b/c/1", MAIL);
	kit_directory("p/empty");
	T(probe("p/marked") == 90 && probe("p/lone") == 80 && probe("p/procmail") == 80, "MH");
	T(probe("p/numbers") == 0 && probe("p/zero") == 0 && probe("p/maildir") == 0 &&
	    probe("p/empty") == 0 && probe("p/lone/17") == 0, "no MH");
	T(probe("p/called") > 0, "a folder called cur");
	T(probe("p/tree") > 0 && probe("p/tree") < 80, "a tree of it");
	T(probe("p/nothing") < 0, "cannot look");
}

static void
folders(void)
{
	kit_write("mh/inbox/1", MAIL);
	kit_write("mh/inbox/12345/1", MAIL);
	kit_write("mh/inbox/,2", MAIL);
	kit_write("mh/inbox/draft~", MAIL);
	kit_write("mh/inbox/.mh_sequences", "cur: 1\n");
	kit_write("mh/wörk/.overview", "");
	kit_directory("mh/empty");
	kit_write("mh/no folder/notes.txt", "text\n");
	kit_directory("mh/.hidden");
	kit_write("mh/Maildir/cur/1", MAIL);
	kit_directory("mh/Maildir/tmp");
	if (symlink("..", kit_path("mh/inbox/loop")) < 0)
		T(false, "symlink");
	T(kit_open(mh, "mh", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "empty|inbox|inbox/12345|wörk", "folders");
	T_SAME(kit_kept(), ",2|.mh_sequences", "kept; what was removed is dead mail");
	T(kit.mailboxes.items[1].messages == 1 && kit.mailboxes.items[1].bytes == 23, "counted");
	T(kit_open(mh, "mh", "claws"), "%s", kit.err.text);
	T_SAME(kit_names(), "Maildir|Maildir/cur|Maildir/tmp|empty|inbox|inbox/12345|no folder|wörk",
	    "to Claws Mail every directory is one");
}

static void
in_order(void)
{
	struct reader *reader;

	kit_write("order/1", MAIL);
	kit_write("order/2", FROM MAIL);
	kit_write("order/10", MAIL);
	kit_write("order/007", MAIL);
	kit_write("order/18446744073709551616", MAIL);
	kit_write("order/3", "X-Claws-Account-Id:1\nX-Claws-End-Special-Headers: 1\n" MAIL);
	kit_write("order/4", "");
	kit_write("order/.mh_sequences", "unseen: 1-2 10\nflagged: 2-\n\t10\nreplied: 1\n"
	    "forwarded: 10\nwork: 1 1-1 3-2 x 10\n");
	T(kit_open(mh, "order", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1+ answered [work]\nM64 41-0 /2+ flagged\nM75 /3+ seen draft\nM0 /4+ seen\n"
	    "M23 /10+ flagged forwarded [work]\n", "by number, with the sequences");
	T(mh->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0 &&
	    file_remove(kit_path("order/2"), &kit.err) == 0, "%s", kit.err.text);
	T(kit_read_all(reader) == 0 && kit.entries.n == 4, "one that is gone is no mail");
}

#define WORD(a) (char)((a) & 255), (char)((a) >> 8 & 255), (char)((a) >> 16 & 255), \
	(char)((a) >> 24 & 255)
#define BIG(a) (char)((a) >> 24 & 255), (char)((a) >> 16 & 255), (char)((a) >> 8 & 255), \
	(char)((a) & 255)

/* .claws_mark, in either byte order; without an entry a message is new. */
static void
claws(void)
{
	static const char marks[] = { WORD(2), WORD(1), WORD(0), WORD(2), WORD(2 | 4 | 8),
		WORD(3), WORD(16 | 32), WORD(99), WORD(0), 7 };
	static const char big[] = { BIG(2), BIG(1), BIG(0), BIG(2), BIG(2 | 4 | 8) };
	static const char other[] = { WORD(3), WORD(1), WORD(0) };
	const struct slice file = slice_of(marks, sizeof(marks));

	kit_write("claws/box/1", MAIL);
	kit_write("claws/box/2", MAIL);
	kit_write("claws/box/3", MAIL);
	kit_write("claws/box/4", MAIL);
	kit_write("claws/box/.mh_sequences", "unseen: 1\n");
	kit_write_bytes("claws/box/.claws_mark", file);
	T(kit_open(mh, "claws", "claws") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1+ seen\nM23 /2+ flagged deleted\n"
	    "M23 /3+ seen answered forwarded\nM23 /4+\n", "marks");
	kit_write_bytes("claws/box/.claws_mark", slice_of(big, sizeof(big)));
	T(kit_open(mh, "claws", "") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1+ seen\nM23 /2+ flagged deleted\n"
	    "M23 /3+\nM23 /4+\n", "of the other byte order, told by looking");
	kit_write_bytes("claws/box/.claws_mark", slice_of(other, sizeof(other)));
	T(kit_open(mh, "claws", "claws") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1+\nM23 /2+ seen\nM23 /3+ seen\nM23 /4+ seen\n",
	    "of another version: the sequences count");
	T(rename(kit_path("claws/box/.claws_mark"), kit_path("claws/box/.x")) == 0, "rename");
	kit_write_bytes("claws/box/.sylpheed_mark", file);
	T(kit_open(mh, "claws", "sylpheed") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M23 /1+ seen\nM23 /2+ flagged deleted\nM23 /3+ seen answered forwarded\n"
	    "M23 /4+\n", "Sylpheed's");
}

/* The state of a folder changes with every file that tells flags. */
static void
state(void)
{
	struct fingerprint before;

	kit_write("state/1", MAIL);
	T(kit_open(mh, "state", "plain"), "%s", kit.err.text);
	before = kit.mailboxes.items[0].state;
	T(kit_open(mh, "state", "plain") &&
	    fingerprint_equal(before, kit.mailboxes.items[0].state), "unchanged");
	kit_write("state/.mh_sequences", "unseen: 1\n");
	T(kit_open(mh, "state", "plain") &&
	    !fingerprint_equal(before, kit.mailboxes.items[0].state), "sequences");
	before = kit.mailboxes.items[0].state;
	kit_write("state/2", MAIL);
	T(kit_open(mh, "state", "plain") &&
	    !fingerprint_equal(before, kit.mailboxes.items[0].state), "a message");
}

int
main(void)
{
	recognised();
	folders();
	in_order();
	claws();
	state();
	kit_end();
	return t_done();
}
