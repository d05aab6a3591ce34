/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
mbsync(void)
{
	const struct location *l;

	kit_write("m/.mbsyncrc", "IMAPAccount work\nHost imap.example.org\nPassCmd \"pass show x\"\n\n"
	    "MaildirStore work-local\nPath \"~/Post/Work box/\"\nInbox ~/Post/inbox\n"
	    "SubFolders Verbatim\n\nChannel work\nPath ignored\n\n"
	    "MaildirStore second\n# Path ~/none/\nPath /home/ann/second/\nSubFolders Legacy\n\n"
	    "MaildirStore usual\nPath ~/Mail/x/\n\n"
	    "MaildirStore old\nPath ~/Mail/old/\nSubFolders Legacy\n");
	kit_maildir("m/Post/Work box/Archive");
	kit_maildir("m/Post/inbox");
	kit_maildir("m/second/top");
	kit_maildir("m/second/top/.sub");
	kit_maildir("m/Mail/x/y");
	kit_maildir("m/Mail/old/top");
	kit_maildir("m/Mail/old/top/.sub");
	kit_find_in(&locate_fetch, kit_home("m"));
	l = kit_expect("m/Post/Work box", "mbsync", "work-local", "maildir", "fs");
	T(strcmp(kit_role(l, "m/.mbsyncrc"), "settings") == 0, "without a password it is kept");
	kit_expect("m/Post/inbox", "mbsync", "work-local", "maildir", "maildir++");
	kit_expect("m/second", "mbsync", "second", "maildir", "fs");
	kit_expect("m/Mail/old", "mbsync", "old", "maildir", "fs");
	T(kit.found.n == 4, "%zu locations: what lies in ~/Mail is found with it", kit.found.n);
	kit_write("m/.mbsyncrc", "Pass secret\nMaildirStore second\nPath ~/second/\n");
	kit_find_in(&locate_fetch, kit_home("m"));
	T(kit.found.n == 1 && kit_role(&kit.found.items[0], "m/.mbsyncrc")[0] == '\0',
	    "with one it is not");
}

static void
sections(void)
{
	const struct location *l;

	kit_write("s/.offlineimaprc", "[general]\naccounts = A\n[Repository Local A]\ntype = Maildir\n"
	    "localfolders = ~/imap/a\nnametrans = lambda f: f\n[Repository Remote]\n"
	    "remotepass = secret\n");
	kit_maildir("s/imap/a/INBOX");
	kit_write("s/.config/getmail/getmailrc", "[retriever]\ntype = X\npath = ~/no\n"
	    "[destination]\ntype = Maildir\npath = ~/got/\n");
	kit_write("s/.getmail/otherrc", "[destination]\ntype = Mboxrd\npath = /home/ann/got.mbox\n"
	    "password = x\n");
	kit_maildir("s/got");
	kit_maildir("s/no");
	kit_write("s/got.mbox", SEPARATOR MESSAGE);
	kit_write("s/.notmuch-config", "[database]\npath=/home/ann/index\n[user]\nname=A\n");
	kit_maildir("s/index/box");
	kit_write("s/index/.notmuch/hooks/pre-new", "#!/bin/sh\n");
	kit_find_in(&locate_fetch, kit_home("s"));
	l = kit_expect("s/imap/a", "offlineimap", "Local A", "maildir", "fs");
	T(kit_role(l, "s/.offlineimaprc")[0] == '\0', "a password");
	l = kit_expect("s/got", "getmail", "~/got", "maildir", "maildir++");
	T(strcmp(kit_role(l, "s/.config/getmail/getmailrc"), "settings") == 0, "settings");
	kit_expect("s/got.mbox", "getmail", "~/got.mbox", "mbox", "plain");
	l = kit_expect("s/index", "notmuch", "~/index", "maildir", "fs");
	T(strcmp(kit_role(l, "s/index/.notmuch/hooks"), "settings") == 0, "hooks");
	T(kit.found.n == 4, "%zu locations", kit.found.n);
}

static void
rules(void)
{
	kit_write("r/.procmailrc", "PATH=/bin\nBASE=$HOME/post\nMAILDIR=${BASE}\nDEFAULT=inbox/\n"
	    ":0\n* ^List-Id\nlists/\n\n:0:\n* ^Subject: x\n$HOME/elsewhere/x\n:0\n! bob@example.org\n"
	    ":0 w\n| program\n:0\n`date`\n:0\n{\n:0\n/\n}\n");
	kit_maildir("r/post/inbox");
	kit_maildir("r/post/lists");
	kit_write("r/elsewhere/x", SEPARATOR MESSAGE);
	kit_write("r/.mailfilter", "MAILDIR=\"$HOME/drop\"\nDEFAULT=\"$MAILDIR/in\"\n"
	    "if (/^List/)\n{\n  to \"$MAILDIR/lists\"\n}\nif (/x/) cc \"! x\" to \"| y\"\n");
	kit_write("r/drop/in", SEPARATOR MESSAGE);
	kit_maildir("r/drop/lists");
	kit_find_in(&locate_fetch, kit_home("r"));
	kit_expect("r/post", "procmail", "~/post", "maildir", "fs");
	kit_expect("r/elsewhere/x", "procmail", "~/elsewhere/x", "mbox", "plain");
	kit_expect("r/drop/in", "maildrop", "~/drop/in", "mbox", "plain");
	kit_expect("r/drop/lists", "maildrop", "~/drop/lists", "maildir", "maildir++");
	T(kit.found.n == 4, "%zu locations", kit.found.n);
}

static void
system_settings(void)
{
	const struct location *l;

	kit_write("disk/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
	kit_write("disk/etc/courier/imapd", "##NAME: MAILDIRPATH:0\nMAILDIRPATH=post\nPORT=143\n");
	kit_write("disk/etc/courier/courierd", "DEFAULTDELIVERY=\"./other\"\n");
	kit_maildir("disk/home/ann/post");
	kit_maildir("disk/home/ann/other");
	kit_write("disk/home/ann/.config/notmuch/default/config", "[database]\nmail_root=box\n");
	kit_write("disk/home/ann/.config/notmuch/default/hooks/post-new", "#!/bin/sh\n");
	kit_maildir("disk/home/ann/box");
	kit_find_in(&locate_fetch, kit_home("disk/home/ann"));
	l = kit_expect("disk/home/ann/post", "courier", "~/post", "maildir", "maildir++");
	T(strcmp(kit_role(l, "disk/etc/courier/imapd"), "settings") == 0, "settings");
	kit_expect("disk/home/ann/other", "courier", "~/other", "maildir", "maildir++");
	l = kit_expect("disk/home/ann/box", "notmuch", "~/box", "maildir", "maildir++");
	T(strcmp(kit_role(l, "disk/home/ann/.config/notmuch/default/hooks"), "settings") == 0,
	    "hooks of a profile");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
}

int
main(void)
{
	mbsync();
	system_settings();
	sections();
	rules();
	kit_write("w/.procmailrc", ":0\n\n:0\n$\n:0\n${\nA=\"\n=x\n");
	kit_write("w/.mailfilter", "to\nto \"\nA=$B$C${D\n");
	kit_write("w/.mbsyncrc", "MaildirStore\nPath \"\nInbox\n");
	kit_find_in(&locate_fetch, kit_home("w"));
	T(kit.found.n == 0, "settings that make no sense");
	return kit_done();
}
