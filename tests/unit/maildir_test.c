/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

#define MAIL "Subject: x\n\ntext\n"     /* 17 bytes */

static const struct format_ops *const maildir = &format_maildir;

static int
probe(const char *relative)
{
	return maildir->probe(kit_path(relative), &kit.err);
}

static void
make(const char *relative)
{
	kit_directory(arena_format(&kit.arena, "%s/cur", relative));
	kit_directory(arena_format(&kit.arena, "%s/new", relative));
	kit_directory(arena_format(&kit.arena, "%s/tmp", relative));
}

static void
move(const char *from, const char *to)
{
	T(rename(kit_path(from), kit_path(to)) == 0, "%s", to);
}

static void
dot_folders(void)
{
	make("md");
	make("md/.Archive.2023");
	make("md/.R&AOQ-dp");
	make("md/.R&D");
	make("md/.Mail.directory");
	kit_write("md/.R&AOQ-dp/cur/1.a:2,S", MAIL);
	kit_write("md/.Archive.2023/maildirfolder", "");
	kit_write("md/dovecot-uidlist", "3 V1 N1\n");
	kit_write("md/subscriptions", "Archive\n");
	kit_write("md/dovecot.index.log", "x");
	kit_write("md/.uidvalidity", "1\n2\n");
	kit_directory("md/courierimapkeywords");
	T(probe("md") == 95, "a Maildir is known");
	T(kit_open(maildir, "md", "maildir++"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|Archive/2023|Mail/directory|Rädp|R&D",
	    "a dot stands before each component");
	T_SAME(kit_kept(), ".uidvalidity|dovecot-uidlist|subscriptions|maildirfolder", "kept");
	T(kit.mailboxes.items[3].messages == 1 && kit.mailboxes.items[3].bytes == 17, "counted");
}

static void
evolution(void)
{
	make("evo");
	kit_write("evo/..maildir++", "maildir++ 1");
	kit_write("evo/..cmeta", "x");
	kit_write("evo/.with_2Edots.cmeta", "x");
	make("evo/.with_2Edots");
	make("evo/.under_5Fscore.Übersicht");
	make("evo/..Child");
	make("evo/.R&AOQ-dp");
	T(kit_open(maildir, "evo", "maildir++"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|INBOX/Child|R&AOQ-dp|under_score/Übersicht|with.dots",
	    "names as Evolution writes them");
}

static void
kmail(void)
{
	make("kmail");
	make("kmail/inbox");
	make("kmail/Projekte & mehr");
	make("kmail/.Projekte & mehr.directory/deep.er");
	make("kmail/.Projekte & mehr.directory/.deep.er.directory/R&AOQ-dp");
	kit_directory("kmail/.inbox.directory");
	T(kit_open(maildir, "kmail", "fs"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|Projekte & mehr/deep.er/R&AOQ-dp|Projekte & mehr/deep.er|"
	    "Projekte & mehr|inbox", "children lie in .NAME.directory");
}

static void
directories(void)
{
	make("fs/Work");
	make("fs/Work/2024");
	make("fs/Entw&APw-rfe");
	T(probe("fs") == 80, "a directory of Maildirs");
	T(kit_open(maildir, "fs", ""), "%s", kit.err.text);
	T_SAME(kit_names(), "Entwürfe|Work|Work/2024", "directories in directories");
	kit_write("fs/plain/box", "From ann@example.org Mon Nov 23 11:43:24 2026\n" MAIL);
	T(probe("fs") == 50, "where an mbox lies beside them it is not for us alone");

	kit_write("half/cur/1", MAIL);
	T(probe("half") == 88, "cur alone is enough");
	T(probe("half/cur/1") == 0 && probe("half/cur") == 0, "a file and a directory of files");
	T(probe("nothing") < 0, "cannot look");
}

static void
names_of_messages(void)
{
	make("flags");
	kit_write("flags/dovecot-keywords", "0 $Forwarded\n1 urgent\n25 last\n26 over\nx y\n\n3\n");
	kit_write("flags/new/1.new", MAIL);
	kit_write("flags/new/2.new:2,R", MAIL);
	kit_write("flags/cur/3.M1P2.host,S=17,W=20:2,DFPRST", MAIL);
	kit_write("flags/cur/4.x:2,Sabz", MAIL);
	kit_write("flags/cur/5.x!2,S", MAIL);
	kit_write("flags/cur/6.x;2,F", MAIL);
	kit_write("flags/cur/7.x:1,S", MAIL);
	kit_write("flags/cur/8.x,U=9,FMD5=abc:2,", MAIL);
	kit_write("flags/cur/.hidden", MAIL);
	kit_write("flags/tmp/9.x", MAIL);
	kit_directory("flags/cur/directory");
	T(kit_open(maildir, "flags", "maildir++") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(),
	    "M17 new/1.new+\n"
	    "M17 new/2.new+:2,R answered\n"
	    "M17 cur/3.M1P2.host,S=17,W=20+:2,DFPRST seen answered flagged draft deleted forwarded\n"
	    "M17 cur/4.x+:2,Sabz seen forwarded [last] [urgent]\n"
	    "M17 cur/5.x+!2,S seen\n"
	    "M17 cur/6.x+;2,F flagged\n"
	    "M17 cur/7.x+:1,S\n"
	    "M17 cur/8.x,U=9,FMD5=abc+:2,\n", "flags, separators, keywords");
	T(kit.mailboxes.items[0].messages == 8, "as many as are listed");
}

/* Files that begin with a From_ line: some delivery agents write them. */
static void
separator(void)
{
	make("sep");
	kit_write("sep/cur/1:2,", "From ann@example.org Mon Nov 23 11:43:24 2026\n" MAIL);
	kit_write("sep/cur/2:2,", "From here on\n" MAIL);
	T(kit_open(maildir, "sep", "maildir++") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M63 46-0 cur/1+:2,\nM30 cur/2+:2,\n", "it is no part of the message");
}

static void
mozilla(void)
{
	kit_write("tb/Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n");
	kit_write("tb/Inbox/cur/1795434206.M875090P26230Q1.vm.eml", "X-Mozilla-Status: 0001\n" MAIL);
	kit_directory("tb/Inbox/tmp");
	kit_directory("tb/Inbox.sbd/Sub Ü/cur");
	T(probe("tb") == 88, "Thunderbird's type is known");
	T(kit_open(maildir, "tb", ""), "%s", kit.err.text);
	T_SAME(kit_names(), "Inbox|Inbox/Sub Ü", "folders");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M40 d1 cur/1795434206.M875090P26230Q1.vm.eml+\n", "no flags in names");
	T_SAME(kit_tag("$label4"), "$label4|To Do", "names of tags");
	kit_write("prefs.js", "user_pref(\"mailnews.tags.$label4.tag\", \"Spaeter\");\n");
	T(kit_open(maildir, "tb", ""), "%s", kit.err.text);
	T_SAME(kit_tag("$label4"), "$label4|Spaeter", "from the profile above it");
}

/* What a client does between the listing and the reading. */
static bool
knows_flagged(struct familiar *familiar, const struct entry *entry)
{
	(void)familiar;
	return entry->flags_are_final && (entry->flags & FLAG_FLAGGED) != 0 && entry->tags.n == 1;
}

/* On IMAP the files say that all is read: the summary knows better. */
static void
mozilla_imap(void)
{
	static const char head[] = "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> "
	    "(80=ns:msg:db:row:scope:msgs:all)(88=flags)(96=ns:msg:db:table:kind:msgs)(B4=storeToken)"
	    "(B8=keywords)>\n{1:^80 {(k^96:c)(s=9)} ";
	static const char mail[] = "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"
	    "Subject: a\n\nbody\n";
	struct fingerprint before;
	struct reader *reader;

	kit_write("imap/INBOX/cur/1.eml", mail);
	kit_write("imap/INBOX/cur/2.eml", mail);
	kit_write("imap/INBOX/cur/3.eml", mail);
	kit_write("imap/INBOX.msf", arena_format(&kit.arena, "%s[1(^88=80)(^B4=1.eml)]"
	    "[2(^88=85)(^B4=2.eml)(^B8=wichtig)]}\n", head));
	kit.where.kind = LOCATION_IMAP_CACHE;
	T(kit_open(maildir, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M68 d1 cur/1.eml+ final\nM68 d1 cur/2.eml+ seen flagged [wichtig] final\n"
	    "M68 d1 cur/3.eml+\n", "the summary knows all but the newest");
	/* What is known from last time is asked for with all that it has now. */
	T(kit.store->ops->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s",
	    kit.err.text);
	reader->familiar = &(struct familiar){ .knows = knows_flagged };
	T(kit_read_all(reader) == 0 && !kit.entries.items[0].entry.is_unread &&
	    kit.entries.items[1].entry.is_unread && !kit.entries.items[2].entry.is_unread, "familiar");
	before = kit.mailboxes.items[0].state;
	kit_write("imap/INBOX.msf", arena_format(&kit.arena, "%s[1(^88=81)(^B4=1.eml)]}\n", head));
	T(kit_open(maildir, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T(!fingerprint_equal(before, kit.mailboxes.items[0].state), "it is part of the state");
	T(strncmp(kit_told(), "M68 d1 cur/1.eml+ seen final\n", 28) == 0, "%s", kit_told());
	kit.where.kind = LOCATION_POP;
	T(kit_open(maildir, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T(strstr(kit_told(), "final") == NULL, "on POP the files know");
	kit.where.kind = LOCATION_LOCAL;
}

static void
while_reading(void)
{
	struct reader *reader = NULL;

	make("live");
	kit_write("live/new/1", MAIL "1");
	kit_write("live/cur/2:2,", MAIL "22");
	kit_write("live/cur/3:2,", MAIL "333");
	T(kit_open(maildir, "live", "maildir++") &&
	    maildir->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s",
	    kit.err.text);
	move("live/new/1", "live/cur/1:2,S");
	move("live/cur/2:2,", "live/cur/2:2,RS");
	T(file_remove(kit_path("live/cur/3:2,"), &kit.err) == 0, "%s", kit.err.text);
	T(kit_read_all(reader) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M18 cur/1+:2,S seen\nM19 cur/2+:2,RS seen answered\n",
	    "renamed ones are found, the one that is gone is no mail");

	T(maildir->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s",
	    kit.err.text);
	move("live", "gone");
	T(kit_read_all(reader) <= 0, "a Maildir that goes away ends");
	T(kit_open(maildir, "gone", ""), "%s", kit.err.text);
	move("gone", "live");
	T(kit_read(0) < 0 && kit.err.code == ERR_NOT_FOUND, "one that went away");
}

/* A tree of Maildirs, mbox files and messages is read whole by the reader of
 * mixed trees. */
static void
mixed(void)
{
	const struct format_ops *eml = &format_eml;

	make("mixed/Maildir");
	make("mixed/Maildir/.Sub");
	kit_write("mixed/Maildir/cur/1:2,FS", MAIL);
	kit_write("mixed/letters/one.eml", MAIL);
	kit_write("mixed/box", "From ann@example.org Mon Nov 23 11:43:24 2026\n" MAIL);
	make("mixed/.box.directory/in kmail");
	T(eml->probe(kit_path("mixed"), &kit.err) > probe("mixed") &&
	    eml->probe(kit_path("mixed"), &kit.err) >
	    format_mbox.probe(kit_path("mixed"), &kit.err), "it is the surest");
	T(kit_open(eml, "mixed", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "box/in kmail|Maildir|Maildir/Sub|box|letters", "all of it");
	T(kit.mailboxes.items[1].messages == 1 && kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 cur/1+:2,FS seen flagged\n", "with the flags");
}

int
main(void)
{
	dot_folders();
	evolution();
	kmail();
	directories();
	names_of_messages();
	separator();
	mozilla();
	mozilla_imap();
	while_reading();
	mixed();
	kit_end();
	return t_done();
}
