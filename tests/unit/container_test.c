/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "tests/unit/formatkit.h"

#define MAIL "Subject: x\nTo: b\n\ntext\n"      /* 23 bytes */
#define MBOX "From ann@example.org Mon Nov 23 11:43:24 2026\n" MAIL

static const char *const suffixes[] = { ".zip", ".tar", ".tar.gz", ".tar.zst" };
#define SUFFIX_COUNT (sizeof(suffixes) / sizeof(suffixes[0]))

static const char *
wrap(const char *tree, const char *suffix)
{
	const char *name = arena_format(&kit.arena, "%s%s", tree, suffix);

	T(archive_write_tree(kit_path(tree), kit_path(name), &kit.err) == 0, "%s", kit.err.text);
	return name;
}

static void
what_lies_in_it(void)
{
	const char *name;
	size_t i;

	kit_write("tree/letters/one.eml", MAIL);
	kit_write("tree/letters/deep/two", MAIL);
	kit_write("tree/top.eml", MBOX);
	kit_write("tree/box", MBOX "\n" MBOX);
	kit_write("tree/empty.mbox", "");
	kit_write("tree/note.txt", "no mail\n");
	kit_write("tree/.hidden.eml", MAIL);
	kit_write("tree/__MACOSX/._one.eml", MAIL);
	for (i = 0; i < SUFFIX_COUNT; i++) {
		name = wrap("tree", suffixes[i]);
		T(format_archive.probe(kit_path(name), &kit.err) == 95, "%s is known", name);
		T(kit_open(&format_archive, name, ""), "%s", kit.err.text);
		T_SAME(kit_names(), arena_format(&kit.arena,
		    "box|empty.mbox|letters/deep|letters|%s", name), "mailboxes");
		T_SAME(kit_kept(), name, "the archive itself is kept");
		T(kit.mailboxes.items[0].messages == -1 && kit.mailboxes.items[2].messages == 1 &&
		    kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED, "what is known beforehand");
		T(kit_read(0) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M70 46-1\nM69 46-0\n", "an mbox");
		T(kit_read(1) == 0 && kit.entries.n == 0, "an empty one");
		T(kit_read(4) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M69 46-0\n", "a message with a separator");
		T(kit_read(2) == 0 && kit.entries.n == 1 && kit_read(3) == 0 && kit.entries.n == 1,
		    "in any order");
	}
	kit_write("x.TBZ2", "BZh9");
	T(format_archive.probe(kit_path("x.TBZ2"), &kit.err) == 80, "some by their suffix");
	T(format_archive.probe(kit_path("tree/note.txt"), &kit.err) == 0 &&
	    format_archive.probe(kit_path("tree"), &kit.err) == 0, "others are not");
}

/* A Maildir and an MH tree keep their flags, whichever of message and side
 * file comes first. */
static void
flags(void)
{
	size_t i;

	kit_write("flags/Maildir/cur/1.a,S=17:2,FSac", MAIL);
	kit_write("flags/Maildir/cur/2.b", MBOX);
	kit_write("flags/Maildir/new/3.c", MAIL);
	kit_write("flags/Maildir/dovecot-keywords", "0 $Forwarded\n1 no\n2 urgent\n");
	kit_write("flags/Maildir/.A.R&AOQ-dp/cur/4.d:2,Ra", MAIL);
	kit_write("flags/mh/.mh_sequences", "unseen: 2\nreplied: 1 10\nwork: 2-10\n");
	kit_write("flags/mh/1", MAIL);
	kit_write("flags/mh/2", MAIL);
	kit_write("flags/mh/10", MAIL);
	for (i = 0; i < SUFFIX_COUNT; i++) {
		T(kit_open(&format_archive, wrap("flags", suffixes[i]), ""), "%s", kit.err.text);
		T_SAME(kit_names(), "Maildir/A/Rädp|Maildir|mh", "folders");
		T(kit_read(0) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M23 answered\n", "keywords are each Maildir's own");
		T(kit_read(1) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M23 seen flagged [$Forwarded] [urgent]\nM69 46-0\nM23\n",
		    "flags in names");
		T(kit_read(2) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M23 seen answered\nM23 seen answered [work]\nM23 [work]\n",
		    "sequences");
	}
}

/* What lies before the damage is read, and the damage is named. */
static void
damaged(void)
{
	struct buf bytes = BUF_EMPTY;
	const char *name;
	size_t i, n;

	kit_write("bad/a.mbox", MBOX);
	kit_write("bad/b.eml", MAIL);
	kit_write("bad/c.mbox", MBOX);
	for (i = 0; i < SUFFIX_COUNT; i++) {
		name = wrap("bad", suffixes[i]);
		buf_clear(&bytes);
		T(file_read_all(kit_path(name), MIB, &bytes, &kit.err) == 0, "%s", kit.err.text);
		for (n = 0; n < bytes.n; n += 7) {
			kit_write_bytes("cut", slice_sub(buf_slice(&bytes), 0, n));
			if (!kit_open(&format_archive, "cut", ""))
				continue;
			for (size_t k = 0; k < kit.mailboxes.n; k++)
				kit_read(k);
		}
		T(true, "%s: every prefix", name);
	}
	/* In the middle of the second member's header. */
	buf_clear(&bytes);
	T(file_read_all(kit_path("bad.tar"), MIB, &bytes, &kit.err) == 0, "%s", kit.err.text);
	kit_write_bytes("cut.tar", slice_sub(buf_slice(&bytes), 0, 1300));
	T(kit_open(&format_archive, "cut.tar", ""), "%s", kit.err.text);
	T_SAME(kit_names(), "a.mbox|cut.tar", "what is missing is a mailbox");
	T(kit_read(0) == 0 && kit.entries.n == 1, "the first can be read");
	T(kit_read(1) < 0, "the other says why it cannot");
	buf_free(&bytes);
}

/* Members said to be encrypted are mailboxes that say so when they are read. */
static void
encrypted(void)
{
	struct buf bytes = BUF_EMPTY;
	size_t i;

	kit_write("secret/box", MBOX);
	kit_write("secret/b.eml", MAIL);
	T(file_read_all(kit_path(wrap("secret", ".zip")), MIB, &bytes, &kit.err) == 0, "%s",
	    kit.err.text);
	for (i = 0; i + 9 < bytes.n; i++) {
		if (memcmp(bytes.p + i, "PK\003\004", 4) == 0)
			bytes.p[i + 6] |= 1;
		else if (memcmp(bytes.p + i, "PK\001\002", 4) == 0)
			bytes.p[i + 8] |= 1;
	}
	kit_write_bytes("secret.zip", buf_slice(&bytes));
	T(kit_open(&format_archive, "secret.zip", ""), "%s", kit.err.text);
	T_SAME(kit_names(), "secret.zip|box", "both are listed");
	T(kit_read(0) == 0 && kit.entries.n == 1 && kit.entries.items[0].entry.kind == ENTRY_FAILED,
	    "a message that cannot be read");
	T(kit_read(1) < 0, "a mailbox that cannot be read");
	buf_free(&bytes);
}

static void
writing(void)
{
	T(archive_can_write("x.tgz") && !archive_can_write("x.rar"), "by the suffix");
	T(archive_write_tree(kit_path("tree"), kit_path("x.rar"), &kit.err) < 0 &&
	    kit.err.code == ERR_USAGE, "another suffix");
	T(archive_write_tree(kit_path("tree"), kit_path("tree.zip"), &kit.err) < 0 &&
	    kit.err.code == ERR_EXISTS, "nothing is replaced");
}

int
main(void)
{
	what_lies_in_it();
	flags();
	damaged();
	encrypted();
	writing();
	kit_end();
	return t_done();
}
