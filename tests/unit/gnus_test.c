/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "backends/formats/gnusmarks.h"
#include "tests/unit/formatkit.h"

#define MAIL "Subject: x\n\ntext\n"     /* 17 bytes */

static const char *const newsrc =
    ";; -*- emacs-lisp -*-\n(setq gnus-newsrc-file-version \"Gnus v5.13\")\n"
    "(setq gnus-newsrc-alist '((\"dummy.group\" 0 nil) (\"nndraft:drafts\" 1 nil ((unexist)))\n"
    "(\"nntp+x:mail.misc\" 3 ((1 . 9)))\n"
    "(\"nnml:mail.misc\" 3 ((1 . 3) 5) ((seen (1 . 20)) (tick 4 (7 . 8)) (reply 2 3)\n"
    " (forward 5) (unexist (9 . 19))) (nnml \"\") ((x . \"a)\\\"b\")))\n"
    "(\"nnml+home:w\xc3\xb6rk\" 3 (1 . 2))))\n(setq gnus-server-alist 'nil)\n";

static void
nnml(void)
{
	static const char *const names[] = { "1", "2", "3", "4", "5", "6", "7", "8", "20" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		kit_write(path_join(&kit.arena, "Mail/mail/misc", names[i]), MAIL);
	kit_write("Mail/mail/misc/.overview", "x");
	kit_write("Mail/wörk/1", MAIL);
	kit_write("Mail/wörk/3", MAIL);
	kit_write("Mail/drafts/1", MAIL);
	kit_write("home/.newsrc.eld", newsrc);
	kit.where.settings = kit_path("home");
	T(kit_open(&format_mh, "Mail", "gnus"), "%s", kit.err.text);
	T_SAME(kit_names(), "drafts|mail/misc|wörk", "groups");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 /1+ seen\nM17 /2+ seen answered\nM17 /3+ seen answered\n"
	    "M17 /4+ seen flagged\nM17 /5+ seen forwarded\nM17 /6+\nM17 /7+ seen flagged\n"
	    "M17 /8+ seen flagged\nM17 /20+\n", "what was read and marked");
	T(kit_read(2) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 /1+ seen\nM17 /3+\n", "a single range");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 /1+\n", "nothing read");
}

static void
state(void)
{
	struct fingerprint before = kit.mailboxes.items[1].state;

	kit_write("home/.newsrc.eld", "(setq gnus-newsrc-alist '((\"nnml:mail.misc\" 3 ((1 . 20)))))");
	T(kit_open(&format_mh, "Mail", "gnus") &&
	    !fingerprint_equal(before, kit.mailboxes.items[1].state), "part of the state");
	T(file_remove(kit_path("home/.newsrc.eld"), &kit.err) == 0, "%s", kit.err.text);
	T(kit_open(&format_mh, "Mail", "gnus") && kit_read(2) == 0 && kit.entries.n == 2, "without");
	kit.where.settings = NULL;
}

/* Cut anywhere it ends. */
static void
every_prefix(void)
{
	struct slice component = SLICE_OF("mail"), both[] = { component, SLICE_OF("misc") };
	struct mailbox folder = { .components = both, .depth = 2 };
	struct mh_message messages[3];
	size_t i;

	for (i = 0; i <= strlen(newsrc); i++) {
		memset(messages, 0, sizeof(messages));
		messages[0].number = 1;
		messages[1].number = 2;
		messages[2].number = 7;
		gnus_newsrc_read(slice_sub(slice_string(newsrc), 0, i), &folder, messages, 3);
	}
	T(messages[1].flags == (FLAG_SEEN | FLAG_ANSWERED), "the whole");
	for (i = 0; i < 300; i++)
		gnus_newsrc_read(SLICE_OF("(setq gnus-newsrc-alist '((((((((((((((((((((((((((((((((((((((("
		    "(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("),
		    &folder, messages, 3);
}

static void
nnmaildir(void)
{
	struct fingerprint before;

	kit_write("m/box/cur/1.R1.host:2,", MAIL);
	kit_write("m/box/new/2.R1.host", MAIL);
	kit_write("m/box/.nnmaildir/marks/read/1.R1.host", "");
	kit_write("m/box/.nnmaildir/marks/reply/1.R1.host", "");
	kit_write("m/box/.nnmaildir/marks/tick/2.R1.host", "");
	kit_write("m/box/.nnmaildir/marks/seen/2.R1.host", "");
	kit_write("m/box/.nnmaildir/nov/x", "");
	T(kit_open(&format_maildir, "m", "fs") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "box", "names");
	T_SAME(kit_told(), "M17 new/2.R1.host+ seen flagged\nM17 cur/1.R1.host+:2, seen answered\n",
	    "marks");
	before = kit.mailboxes.items[0].state;
	T(file_remove(kit_path("m/box/.nnmaildir/marks/tick/2.R1.host"), &kit.err) == 0 &&
	    kit_open(&format_maildir, "m", "fs") &&
	    !fingerprint_equal(before, kit.mailboxes.items[0].state), "part of the state");
}

int
main(void)
{
	nnml();
	state();
	every_prefix();
	nnmaildir();
	kit_end();
	return t_done();
}
