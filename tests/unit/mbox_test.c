/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "backends/formats/formats.h"
#include "core/base/codec.h"
#include "tests/unit/formatkit.h"

#define D "Mon Nov 23 11:43:24 2026"
#define MAIL "From ann@example.org " D "\nSubject: x\n\ntext\n\n"        /* 64 bytes */

static const struct format_ops *const mbox = &format_mbox;

static int
probe(const char *relative)
{
	return mbox->probe(kit_path(relative), &kit.err);
}

static void
one_file(void)
{
	kit_write("one/box", MAIL MAIL);
	T(probe("one/box") == 90, "an mbox is known");
	if (!T(kit_open(mbox, "one/box", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "box", "its name");
	T(kit.mailboxes.items[0].layout == MAILBOX_FILE && kit.mailboxes.items[0].bytes == 128 &&
	    kit.mailboxes.items[0].messages == -1, "one file");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M64 46-1\nM64 46-1\n", "two messages");
	T(kit.entries.items[0].entry.date == 1795434204, "the date of the separator");

	kit_write("one/empty", "");
	T(probe("one/empty") == 10, "an empty file may be one");
	T(kit_open(mbox, "one/empty", ""), "%s", kit.err.text);
	T(kit.mailboxes.n == 1 && kit.mailboxes.items[0].messages == 0 && kit_read(0) == 0 &&
	    kit.entries.n == 0, "an empty mailbox");

	kit_write("one/text", "Dear all,\n");
	T(probe("one/text") == 0, "text is none");
	kit_write("one/torn", "rubbish\n" MAIL);
	T(probe("one/torn") == 30, "rubbish with mail behind it may be one");
	T(!kit_open(mbox, "one/missing", "plain") && kit.err.code == ERR_NOT_FOUND, "not there");
	T(probe("one/missing") < 0, "cannot look");
}

static void
packed(void)
{
	struct buf frame = BUF_EMPTY;
	enum codec codec;

	for (codec = CODEC_ZSTD; codec <= CODEC_GZIP; codec++) {
		const char *name = codec == CODEC_GZIP ? "packed/box.gz" : "packed/box.zst";
		struct compressor *c = compressor_open(codec, 0);

		buf_clear(&frame);
		T(compressor_frame(c, SLICE_OF(MAIL MAIL), &frame, &kit.err) == 0, "%s",
		    kit.err.text);
		compressor_close(c);
		kit_write_bytes(name, buf_slice(&frame));
		T(probe(name) == 90, "%s is known", name);
		T(kit_open(mbox, name, "plain") && kit.mailboxes.n == 1 &&
		    kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED, "%s is a container", name);
		T_SAME(kit_kept(), path_base(name), "which is kept");
		T(kit_read(0) == 0, "%s", kit.err.text);
		T_SAME(kit_told(), "M64 46-1\nM64 46-1\n", "what is inside");

		frame.n -= 9;
		kit_write_bytes(name, buf_slice(&frame));
		T(kit_open(mbox, name, "plain") && kit_read(0) < 0, "a torn one fails");
	}
	buf_free(&frame);
}

static void
plain_tree(void)
{
	kit_write("tree/INBOX", MAIL);
	kit_write("tree/R&AOQ-dp", MAIL);
	kit_write("tree/Projects/2024", MAIL MAIL);
	kit_write("tree/empty", "");
	kit_write("tree/.imap/INBOX/dovecot.index", "x");
	kit_write("tree/.hidden", MAIL);
	kit_write("tree/INBOX.lock", "");
	kit_write("tree/notes.txt", "just text\n");
	kit_write("tree/torn", "\xff rubbish of a crash\n\n" MAIL);
	kit_write("tree/wreck", "half a line\n");
	kit_write("tree/one message", "Subject: x\nFrom: a@b\n\nText\n");
	kit_write("tree/subscriptions", "INBOX\n");
	kit_write("tree/Maildir/cur/1", MAIL);
	if (symlink("Projects", kit_path("tree/more")) < 0 ||
	    symlink("..", kit_path("tree/Projects/up")) < 0 ||
	    symlink("nowhere", kit_path("tree/gone")) < 0)
		T(false, "symlink");
	T(probe("tree") == 60, "a directory of mbox files");
	T(kit_open(mbox, "tree", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX|Projects/2024|Rädp|empty|torn", "mailboxes of a tree");
	T_SAME(kit_kept(), "notes.txt|one message|subscriptions|wreck", "kept");
	T(kit_read(1) == 0 && kit.entries.n == 2, "%s", kit.err.text);
	T(kit_read(4) == 0 && kit.entries.n == 2 &&
	    kit.entries.items[0].entry.kind == ENTRY_FILLER, "rubbish, and a message");
}

static void
mozilla_tree(void)
{
	const char *msf = "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n";
	struct buf zeros = BUF_EMPTY;

	memset(buf_extend(&zeros, 2 << 20), 0, 2 << 20);
	kit_write("tb/Inbox", MAIL);
	kit_write("tb/Inbox.msf", msf);
	kit_write("tb/Inbox.sbd/Wörk", MAIL);
	kit_write("tb/Inbox.sbd/Wörk.sbd/deep", MAIL);
	kit_write("tb/Empty", "");
	kit_write("tb/Headers only.msf", msf);
	kit_write("tb/lists.msf", msf);
	kit_write("tb/lists.sbd/a", MAIL);
	kit_write("tb/notes.sbd", MAIL);
	kit_write("tb/Inbox.msf.msf", msf);
	kit_write("tb/odd.msf", MAIL);
	kit_write("tb/odd.msf.msf", msf);
	kit_write("tb/trailing dot806bb682", MAIL);
	kit_write("tb/trailing dot806bb682.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n"
	    "< <(a=c)> (B1=folderName)(9F=ns:msg:db:row:scope:dbfolderinfo:all)>\n"
	    "<(B2=trailing dot.)>{1:^9F {(k^A0:c)(s=9)} [1(^B1^B2)]}\n");
	kit_write("tb/cached12345678", MAIL);
	kit_write("tb/a%2Fb", MAIL);
	kit_write("tb/popstate.dat", "x");
	kit_write("tb/msgFilterRules.dat", "version=\"9\"\n");
	kit_write("tb/nstmp", MAIL);
	kit_write("tb/filterlog.html", MAIL);
	kit_write("tb/Inbox.mozmsgs/x.wdseml", MAIL);
	kit_write("tb/rubbish", "no mail\n");
	kit_write("tb/crashed", "rubbish of a crash\n" MAIL);
	kit_write("tb/desktop.ini", "[.ShellClassInfo]\n");
	kit_write_bytes("tb/overwritten", buf_slice(&zeros));
	kit_write("tb/saved.zip", "PK\003\004\n" MAIL);
	kit_write("tb/Inbox.lock", "");
	kit_write("tb/damaged", "\0rubbish\n");
	kit_write("tb/damaged.msf", msf);
	kit_write("profile/folderCache.json", arena_format(&kit.arena,
	    "{\"%s\": {\"folderName\": \"from the cache\"}}",
	    kit_path("tb/cached12345678.msf")));

	T(probe("tb") == 85, "a Thunderbird directory is known");
	kit.where.settings = kit_path("profile");
	T(kit_open(mbox, "tb", "mozilla"), "%s", kit.err.text);
	T_SAME(kit_names(), "Empty|Inbox|Inbox/Wörk|Inbox/Wörk/deep|a%2Fb|from the cache|crashed|"
	    "damaged|lists/a|notes.sbd|odd.msf|overwritten|trailing dot.", "folders");
	T_SAME(kit_kept(), "Headers only.msf|Inbox.msf|Inbox.msf.msf|damaged.msf|desktop.ini|"
	    "filterlog.html|lists.msf|msgFilterRules.dat|nstmp|odd.msf.msf|popstate.dat|rubbish|"
	    "saved.zip|trailing dot806bb682.msf", "kept");
	T(kit_read(6) == 0 && kit.entries.n == 2 &&
	    kit.entries.items[0].entry.kind == ENTRY_FILLER &&
	    kit.entries.items[1].entry.kind == ENTRY_MESSAGE, "rubbish, and a message");
	T(kit_open(mbox, "tb", ""), "%s", kit.err.text);
	T(kit.mailboxes.n == 13, "found out by looking too");
	buf_free(&zeros);
	kit.where.settings = NULL;
}

/* A profile that was moved, or is seen from outside a sandbox: its cache
 * has other paths.  On IMAP the name on the server counts. */
static void
noted_names(void)
{
	const char *msf = "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> (D0=onlineName)"
	    "(9F=ns:msg:db:row:scope:dbfolderinfo:all)>\n";

	kit_write("moved/folderCache.json",
	    "{\"/elsewhere/p/Mail/localhost/a83cd3e78.msf\": {\"folderName\": \"a/b\"},\n"
	    "\"/elsewhere/p/ImapMail/localhost/a83cd3e78.msf\": {\"onlineName\": \"x.A&-B\", "
	    "\"hierDelim\": 46},\n"
	    "\"/elsewhere/p/ImapMail/localhost/u^v.msf\": {\"onlineName\": \"x/u/v\", "
	    "\"hierDelim\": 94},\n"
	    "\"/elsewhere/p/ImapMail/localhost/12345678.msf\": {\"onlineName\": \"\"}}\n");
	kit_write("moved/Mail/localhost/a83cd3e78", MAIL);
	kit_write("moved/Mail/localhost/b83cd3e78", MAIL);
	kit_write("moved/ImapMail/localhost/a83cd3e78", MAIL);
	kit_write("moved/ImapMail/localhost/u^v", MAIL);
	kit_write("moved/ImapMail/localhost/trailing dot806bb682", MAIL);
	kit_write("moved/ImapMail/localhost/trailing dot806bb682.msf", arena_format(&kit.arena,
	    "%s{1:^9F {(k^A0:c)(s=9)} [1(^D0=Archive/trailing dot.)]}\n", msf));
	kit_write("moved/ImapMail/localhost/12345678", MAIL);
	kit.where.settings = kit_path("moved");
	T(kit_open(mbox, "moved/Mail/localhost", "mozilla"), "%s", kit.err.text);
	T_SAME(kit_names(), "a%2Fb|b83cd3e78", "local");
	kit.where.kind = LOCATION_IMAP_CACHE;
	T(kit_open(mbox, "moved/ImapMail/localhost", "mozilla"), "%s", kit.err.text);
	T_SAME(kit_names(), "12345678|A&B|trailing dot.|u%2Fv", "imap");
	kit.where.kind = LOCATION_LOCAL;
	kit.where.settings = NULL;
}

#define IMAP_MAIL "From - " D "\r\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n" \
	"Subject: x\r\n\r\ntext\r\n\r\n"         /* 106 bytes */
#define MSF_HEAD "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)> // (f=iso-8859-1)\n" \
	"(80=ns:msg:db:row:scope:msgs:all)(88=flags)(B4=storeToken)(B8=keywords)\n" \
	"(96=ns:msg:db:table:kind:msgs)>\n"

static void
set_time(const char *relative, time_t seconds)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds } };

	if (utimensat(-1, kit_path(relative), times, 0) < 0)
		T(false, "utimensat");
}

static void
imap(void)
{
	struct fingerprint before;

	kit_write("imap/INBOX", IMAP_MAIL IMAP_MAIL IMAP_MAIL IMAP_MAIL);
	/* The first is answered and tagged, the second unlisted, the third new. */
	kit_write("imap/INBOX.msf", MSF_HEAD "<(81=3)(82=0)(83=$label1 wichtig)(84=10081)(85=212)>\n"
	    "{1:^80 {(k^96:c)(s=9)} [1(^88^81)(^B4^82)(^B8^83)][2(^88^84)(^B4^85)]}\n");
	set_time("imap/INBOX", 1000000);
	set_time("imap/INBOX.msf", 999999);
	kit.where.kind = LOCATION_IMAP_CACHE;
	T(kit_open(mbox, "imap", "mozilla"), "%s", kit.err.text);
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(),
	    "M106 33-2 rd d1 seen answered [$label1] [wichtig] final\n"
	    "M106 33-2 rd d1 dead\n"
	    "M106 33-2 rd d1 seen final\n"
	    "M106 33-2 rd d1\n", "the summary knows, but not what came after it");
	before = kit.mailboxes.items[0].state;

	set_time("imap/INBOX.msf", 1000001);
	T(kit_open(mbox, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(),
	    "M106 33-2 rd d1 seen answered [$label1] [wichtig] final\n"
	    "M106 33-2 rd d1 dead\n"
	    "M106 33-2 rd d1 seen final\n"
	    "M106 33-2 rd d1 dead\n", "a newer summary knows all");
	T(!fingerprint_equal(before, kit.mailboxes.items[0].state), "its time is part of the state");

	kit_write("imap/INBOX.msf", MSF_HEAD "<(81=3)(82=0)(84=81)(85=213)>\n"
	    "{1:^80 {(k^96:c)(s=9)} [1(^88^81)(^B4^82)][2(^88^84)(^B4^85)]}\n");
	T(kit_open(mbox, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M106 33-2 rd d1\nM106 33-2 rd d1\nM106 33-2 rd d1\nM106 33-2 rd d1\n",
	    "a summary that does not fit is not believed");

	kit_write("imap/INBOX.msf", MSF_HEAD "{1:^80 {(k^96:c)(s=9)} }\n");
	T(kit_open(mbox, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T(strstr(kit_told(), "dead") == NULL, "one without messages kills none");
	kit_write("imap/INBOX.msf", MSF_HEAD "{1:^80 {(k^96:c)(s=9)} [1(^88");
	T(kit_open(mbox, "imap", "mozilla") && kit_read(0) == 0, "%s", kit.err.text);
	T(strstr(kit_told(), "dead") == NULL, "a torn one neither");
	kit.where.kind = LOCATION_LOCAL;
}

static void
tag_names(void)
{
	struct fingerprint before;

	kit_write("profile/Mail/local/Inbox", IMAP_MAIL);
	kit_write("profile/Mail/local/Inbox.sbd/2024", IMAP_MAIL);
	T(kit_open(mbox, "profile/Mail/local", "mozilla"), "%s", kit.err.text);
	T_SAME(kit_tag("$label1"), "$label1|Important", "as the client shows it");
	T_SAME(kit_tag("$label5"), "$label5|Later", "the last of the five");
	T_SAME(kit_tag("$label6"), "$label6", "there is no sixth");
	kit_write("profile/prefs.js", "user_pref(\"mailnews.tags.$label1.tag\", \"Wichtig\");\n"
	    "user_pref(\"mailnews.tags.$label2.color\", \"#FF0000\");\n"
	    "user_pref(\"mailnews.tags.version\", 2);\n"
	    "user_pref(\"mailnews.tags.tag\", \"no key\");\n"
	    "user_pref(\"mailnews.tags.projekt.x.tag\", \"Projekt \\u00dcbersee\");\n"
	    "user_pref(\"mailnews.tags.old.tag\", \"before\");\n");
	kit_write("profile/user.js", "user_pref(\"mailnews.tags.old.tag\", \"after\");\n");
	kit.where.settings = kit_path("profile");
	T(kit_open(mbox, "profile/Mail/local", "mozilla"), "%s", kit.err.text);
	T_SAME(kit_tag("$label1"), "$label1|Wichtig", "as the person named it");
	T_SAME(kit_tag("$label2"), "$label2|Work", "a colour is no name");
	T_SAME(kit_tag("projekt.x"), "Projekt Übersee|projekt.x", "a tag of one's own");
	T_SAME(kit_tag("old"), "after|old", "user.js counts");
	kit.where.settings = NULL;
	before = kit.mailboxes.items[0].state;
	T(kit_open(mbox, "profile/Mail/local/Inbox.sbd/2024", ""), "%s", kit.err.text);
	T(kit.mailboxes.items[0].tag_names->names.n == 0, "a file alone is nobody's");
	kit_write("profile/Mail/local/Inbox.sbd/2024.msf", MSF_HEAD "{1:^80 {(k^96:c)(s=9)} }\n");
	T(kit_open(mbox, "profile/Mail/local/Inbox.sbd/2024", ""), "%s", kit.err.text);
	T_SAME(kit_tag("projekt.x"), "Projekt Übersee|projekt.x", "the profile lies above");
	kit_write("profile/prefs.js", "");
	T(kit_open(mbox, "profile/Mail/local", "mozilla"), "%s", kit.err.text);
	T(fingerprint_equal(before, kit.mailboxes.items[0].state), "no part of the state");
}

/* A client writes while we read. */
static void
while_reading(void)
{
	struct reader *reader;
	struct entry e;
	int fd;

	kit_write("live/box", MAIL MAIL);
	T(kit_open(mbox, "live/box", "plain"), "%s", kit.err.text);
	T(mbox->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0 &&
	    reader->ops->next(reader, &e, &kit.err) == 1, "%s", kit.err.text);
	fd = open(kit_path("live/box"), O_WRONLY | O_APPEND);
	T(fd >= 0 && write(fd, MAIL, 64) == 64 && close(fd) == 0, "append");
	T(reader->ops->next(reader, &e, &kit.err) == 1 && e.kind == ENTRY_TORN && e.at == 64 &&
	    strstr(e.error.text, "live/box") == NULL, "the tail is left for next time");
	T(reader->ops->next(reader, &e, &kit.err) == 0, "and that is all");
	reader->ops->close(reader);

	T(mbox->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0 &&
	    truncate(kit_path("live/box"), 10) == 0, "shrink");
	T(kit_read_all(reader) < 0 && kit.err.code == ERR_CHANGED, "one that shrank");

	kit_write("live/box", MAIL MAIL);
	T(mbox->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s", kit.err.text);
	kit_write("live/new", MAIL MAIL MAIL);
	T(rename(kit_path("live/new"), kit_path("live/box")) == 0, "rename");
	T(kit_read_all(reader) < 0 && kit.err.code == ERR_CHANGED, "one that was replaced");

	T(mbox->read(kit.store, &kit.mailboxes.items[0], &reader, &kit.err) == 0, "%s", kit.err.text);
	set_time("live/box", 5);
	T(kit_read_all(reader) < 0 && kit.err.code == ERR_CHANGED, "one that was written into");

	T(unlink(kit_path("live/box")) == 0 && kit_read(0) < 0 && kit.err.code == ERR_NOT_FOUND,
	    "one that went away");
}

static void
unreadable(void)
{
	kit_write("locked/a", MAIL);
	kit_write("locked/sub/b", MAIL);
	if (geteuid() == 0)     /* who may read everything */
		return;
	T(chmod(kit_path("locked/a"), 0) == 0 && chmod(kit_path("locked/sub"), 0) == 0, "chmod");
	T(kit_open(mbox, "locked", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "a|sub", "what cannot be read is a mailbox that says so");
	T(kit_read(0) < 0 && kit_read(1) < 0, "when it is read");
	T(chmod(kit_path("locked/sub"), 0700) == 0, "chmod");
}

/* Every mbox of the corpus: the entries are the file. */
static void
corpus(void)
{
	const char *root = getenv("MAILCASK_CORPUS");
	struct directory all;
	struct buf bytes = BUF_EMPTY;
	size_t i;

	if (root == NULL) {
		printf("skipped: MAILCASK_CORPUS does not name the mail corpus\n");
		return;
	}
	root = path_join(&kit.arena, root, "mbox");
	T(directory_read(root, false, &kit.arena, &all, &kit.err) == 0, "%s", kit.err.text);
	for (i = 0; i < all.n; i++) {
		kit.where.layout = "plain";
		kit.where.path = path_join(&kit.arena, root, all.entries[i].name);
		kit_close();
		T(mbox->open(&kit.where, &kit.store, &kit.err) == 0, "%s", kit.err.text);
		*vec_push(&kit.mailboxes) = (struct mailbox){ .path = "" };
		T(mbox->next_mailbox(kit.store, &kit.arena, &kit.mailboxes.items[0],
		    &kit.err) == 1 && kit_read(0) == 0, "%s: %s", kit.where.path, kit.err.text);
		if (kit.mailboxes.items[0].layout != MAILBOX_FILE)
			continue;
		buf_clear(&bytes);
		T(file_read_all(kit.where.path, 1 << 30, &bytes, &kit.err) == 0 &&
		    slice_equal(buf_slice(&bytes), kit_joined()), "%s", kit.where.path);
	}
	buf_free(&bytes);
}

int
main(void)
{
	one_file();
	packed();
	plain_tree();
	mozilla_tree();
	noted_names();
	imap();
	tag_names();
	while_reading();
	unreadable();
	corpus();
	kit_end();
	return t_done();
}
