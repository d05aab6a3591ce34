/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "backends/clients/muttrc.h"
#include "tests/unit/homekit.h"

/* All commands, words joined by "|", one a line. */
static const char *
commands_of(struct slice text)
{
	struct muttrc rc;
	struct muttrc_command command;
	struct buf out = BUF_EMPTY;
	const char *got;
	size_t i;

	muttrc_init(&rc, &kit.arena);
	muttrc_set(&rc, SLICE_OF("HOME"), SLICE_OF("/home/ann"));
	muttrc_set(&rc, SLICE_OF("two"), SLICE_OF("a b"));
	muttrc_push(&rc, text);
	while (muttrc_next(&rc, &command)) {
		for (i = 0; i < command.n; i++) {
			buf_add_string(&out, i > 0 ? "|" : "");
			buf_add(&out, command.words[i]);
		}
		buf_add_byte(&out, '\n');
	}
	got = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	muttrc_free(&rc);
	return got;
}

static void
the_language(void)
{
	static const struct {
		const char *text, *commands;
	} cases[] = {
		{ "", "" },
		{ "# comment\n\n  \n", "" },
		{ "set folder=~/Mail", "set|folder=~/Mail\n" },
		{ "set folder = \"~/My Mail\" nobeep\r\n", "set|folder=~/My Mail|nobeep\n" },
		{ "set a='$HOME `x`' b=\"$HOME/x\" c=${HOME}y", "set|a=$HOME `x`|b=/home/ann/x|c=/home/anny\n" },
		{ "set a=$two", "set|a=a b\n" },
		{ "mailboxes =a +b !", "mailboxes|=a|+b|!\n" },
		{ "mailboxes =a\\ b 'c d'e\"f\\\"g\"", "mailboxes|=a b|c def\"g\n" },
		{ "mailboxes =a \\\n  =b # not =c\nset x=y", "mailboxes|=a|=b\nset|x=y\n" },
		{ "a;b ; c#d", "a\nb\nc\n" },
		{ "# goes on \\\nset x=y\nset z=1", "set|z=1\n" },
		{ "echo end\\\\\nset x=y", "echo|end\\\nset|x=y\n" },
		{ "mailboxes `find ~/Mail -type d` =b", "mailboxes||=b\n" },
		{ "mailboxes \"x`rm -rf /`y\" =b", "mailboxes||=b\n" },
		{ "set folder=`pwd` record=$unknown", "set||\n" },
		{ "set a=\"open", "set|a=open\n" },
		{ "set a=`open", "set|\n" },
		{ "set a=${open", "set|\n" },
		{ "set =x", "set|=x\n" },
		{ "\\", "" },
		{ "$", "\n" },
	};
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T(strcmp(commands_of(slice_string(cases[i].text)), cases[i].commands) == 0, "%s gives %s",
		    cases[i].text, commands_of(slice_string(cases[i].text)));
		for (n = 0; n < strlen(cases[i].text); n++)
			commands_of(slice_of(cases[i].text, n));
	}
}

/* A variable that doubles itself stops growing; files that source each
 * other end. */
static void
bombs(void)
{
	struct buf text = BUF_EMPTY;
	struct muttrc rc;
	struct muttrc_command command;
	struct slice value;
	unsigned i;

	buf_add_string(&text, "set a=0123456789\n");
	muttrc_init(&rc, &kit.arena);
	muttrc_push(&rc, buf_slice(&text));
	for (i = 0; i < 100 && muttrc_next(&rc, &command); i++)
		if (command.n == 2 && command.words[1].n > 2)
			muttrc_set(&rc, SLICE_OF("a"), slice_from(command.words[1], 2));
	buf_clear(&text);
	for (i = 0; i < 100; i++)
		buf_add_string(&text, "set a=$a$a\n");
	muttrc_push(&rc, buf_slice(&text));
	while (muttrc_next(&rc, &command))
		if (command.n == 2 && command.words[1].n > 2)
			muttrc_set(&rc, SLICE_OF("a"), slice_from(command.words[1], 2));
	T(muttrc_get(&rc, "a", &value) && value.n < 32u << 20, "%zu bytes", value.n);
	muttrc_free(&rc);
	buf_free(&text);

	kit_write("loop/.muttrc", "source ~/b\nset folder=~/m\n");
	kit_write("loop/b", "source ~/.muttrc\nsource ~/b\n");
	kit_maildir("loop/m/in");
	kit_find_in(&locate_mutt, kit_home("loop"));
	kit_expect("loop/m", "mutt", "~/m", "maildir", "fs");
}

static void
a_configuration(void)
{
	const struct location *l;

	kit_write("home/.muttrc",
	    "source ~/.mutt/accounts\n"
	    "source \"~/prog|\"\n"
	    "set folder = ~/box # all of it\n"
	    "set spoolfile=+in record==sent alias_file=~/.mutt/aliases\n"
	    "set signature='~/sig' header_cache=~/.mutt/hc\n"
	    "mailboxes ! =in imap://host/INBOX `ls` ~/lists/one -label Two ~/lists/two\n"
	    "named-mailboxes \"Three\" ~/lists/three\n"
	    "set trash=/gone/trash postponed=$my_unknown/x\n");
	kit_write("home/.mutt/accounts", "set imap_user=x\nset my_dir=~/far\nmailboxes $my_dir/away\n");
	kit_write("home/.mutt/aliases", "alias a a@example.org\n");
	kit_write("home/.mutt/hc/x", "x");
	kit_write("home/sig", "Ann\n");
	kit_write("home/prog|", "mailboxes ~/lists/unnamed\n");
	kit_write("home/box/in", SEPARATOR MESSAGE);
	kit_write("home/box/sent", SEPARATOR MESSAGE);
	kit_write("home/lists/one", SEPARATOR MESSAGE);
	kit_maildir("home/lists/two");
	kit_write("home/lists/three/1", MESSAGE);
	kit_write("home/lists/three/.mh_sequences", "");
	kit_write("home/lists/unnamed", SEPARATOR MESSAGE);
	kit_write("home/far/away", SEPARATOR MESSAGE);
	kit_find(&locate_mutt);
	l = kit_expect("home/box", "mutt", "~/box", "mbox", "plain");
	T(strcmp(kit_role(l, "home/.muttrc"), "settings") == 0, "muttrc is kept");
	T(strcmp(kit_role(l, "home/.mutt/accounts"), "settings") == 0, "a sourced file is kept");
	T(strcmp(kit_role(l, "home/.mutt/aliases"), "addresses") == 0, "aliases are kept");
	T(strcmp(kit_role(l, "home/sig"), "signature") == 0, "the signature is kept");
	T(kit_role(l, "home/.mutt/hc")[0] == '\0', "the cache is not");
	kit_expect("home/lists/one", "mutt", "~/lists/one", "mbox", "plain");
	kit_expect("home/lists/two", "mutt", "~/lists/two", "maildir", "maildir++");
	kit_expect("home/lists/three", "mutt", "~/lists/three", "mh", "plain");
	kit_expect("home/far/away", "mutt", "~/far/away", "mbox", "plain");
	T(kit.found.n == 5, "%zu locations", kit.found.n);
}

static void
odd_configurations(void)
{
	const struct location *l;

	kit_write("none/Mail/in", SEPARATOR MESSAGE);
	kit_find_in(&locate_mutt, kit_home("none"));
	T(kit.found.n == 0, "without a configuration nothing is mutt's");

	kit_write("wide/.muttrc", "set folder=~\nmailboxes =in\nset spoolfile=/var/mail\n");
	kit_write("wide/in", SEPARATOR MESSAGE);
	kit_write("wide/text", SEPARATOR MESSAGE);
	kit_find_in(&locate_mutt, kit_home("wide"));
	kit_expect("wide/in", "mutt", "~/in", "mbox", "plain");
	T(kit.found.n == 1, "a whole home is no mailbox");

	kit_write("neo/.config/neomutt/neomuttrc",
	    "set folder=~/Mail spool_file=~/spool message_cachedir=~/.cache/mutt\n");
	kit_maildir("neo/Mail/in");
	kit_maildir("neo/Mail/sent");
	kit_write("neo/spool", "\001\001\001\001\n" SEPARATOR MESSAGE "\001\001\001\001\n");
	kit_write("neo/.cache/mutt/imap:ann@example.org:993/INBOX/1-1", MESSAGE);
	kit_find_in(&locate_mutt, kit_home("neo"));
	kit_expect("neo/Mail", "neomutt", "~/Mail", "maildir", "fs");
	kit_expect("neo/spool", "neomutt", "~/spool", "mbox", "plain");
	l = kit_at("neo/.cache/mutt/imap:ann@example.org:993");
	T(l && !l->supported && l->kind == LOCATION_IMAP_CACHE, "the message cache is named");

	kit_write("emptied/.muttrc", "set record=~/sent\nmailboxes ~/gone ~/lists\n");
	kit_write("emptied/sent", "");
	kit_directory("emptied/lists");
	kit_find_in(&locate_mutt, kit_home("emptied"));
	kit_expect("emptied/sent", "mutt", "~/sent", "mbox", "plain");
	T(kit.found.n == 1, "a file that is named is a mailbox, also an empty one");

	/* In another client's store: what its reader holds is not found again. */
	kit_write("both/.claws-mail/folderlist.xml",
	    "<folderlist><folder type=\"mh\" name=\"Mail\" path=\"Post\"/>"
	    "<folder type=\"maildir\" name=\"Dirs\" path=\"Dirs\"/></folderlist>\n");
	kit_write("both/.muttrc", "set folder=~/Post\nmailboxes =inbox =box ~/Dirs/.Sub\n");
	kit_maildir("both/Dirs");
	kit_maildir("both/Dirs/.Sub");
	kit_write("both/Post/inbox/1", MESSAGE);
	kit_write("both/Post/box", SEPARATOR MESSAGE);
	kit_find_in(&locate_claws, kit_home("both"));
	T(locate_mutt.find(&kit.homes.items[0], &kit.arena, &kit.found, &kit.err) == 0, "%s",
	    kit.err.text);
	kit_expect("both/Post", "claws-mail", "Mail", "mh", "claws");
	kit_expect("both/Post/box", "mutt", "~/Post/box", "mbox", "plain");
	T(kit_at("both/Post/inbox") == NULL && kit_at("both/Dirs/.Sub") == NULL,
	    "the folders are Claws Mail's");

	/* Hidden Maildir++ folders are part of their root; named alone they are not
	 * found twice. */
	kit_write("plus/.muttrc", "set folder=~/Maildir\nmailboxes =.Sent =.Lists.one\n");
	kit_maildir("plus/Maildir");
	kit_maildir("plus/Maildir/.Sent");
	kit_maildir("plus/Maildir/.Lists.one");
	kit_find_in(&locate_mutt, kit_home("plus"));
	kit_expect("plus/Maildir", "mutt", "~/Maildir", "maildir", "maildir++");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
}

int
main(void)
{
	the_language();
	bombs();
	a_configuration();
	odd_configurations();
	return kit_done();
}
