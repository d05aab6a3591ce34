/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/wait.h>

#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define PROFILE "home/.thunderbird/abcd1234.default-release"

static void
write_prefs(const char *profile, const char *text)
{
	kit_write(path_join(&kit.arena, profile, "prefs.js"), text);
}

/* The used profile is named by the install section; it has accounts of all
 * types. */
static void
make_ordinary_profile(void)
{
	kit_write("home/.thunderbird/profiles.ini",
	    "[Install0123456789ABCDEF]\r\nDefault=abcd1234.default-release\r\nLocked=1\r\n\r\n"
	    "[Profile0]\r\nName=default\r\nIsRelative=1\r\nPath=empty.default\r\nDefault=1\r\n");
	kit_write("home/.thunderbird/installs.ini",
	    "[0123456789ABCDEF]\nDefault=abcd1234.default-release\nLocked=1\n");
	kit_directory("home/.thunderbird/empty.default");
	write_prefs(PROFILE,
	    "// Mozilla User Preferences\n"
	    "user_pref(\"mail.accountmanager.accounts\", \"account2,account1,account3,account4\");\n"
	    "user_pref(\"mail.account.account1.server\", \"server1\");\n"
	    "user_pref(\"mail.account.account2.server\", \"server2\");\n"
	    "user_pref(\"mail.account.account3.server\", \"server3\");\n"
	    "user_pref(\"mail.account.account4.server\", \"server4\");\n"
	    "user_pref(\"mail.identity.id1.sig_file\", \"/gone/sig.txt\");\n"
	    "user_pref(\"mail.identity.id1.sig_file-rel\", \"[ProfD]../../sig.txt\");\n"
	    "user_pref(\"ldap_2.servers.clubs.filename\", \"clubs.sqlite\");\n"
	    "user_pref(\"ldap_2.servers.evil.filename\", \"../../evil.sqlite\");\n"
	    "user_pref(\"mail.server.server1.type\", \"none\");\n"
	    "user_pref(\"mail.server.server1.hostname\", \"Local Folders\");\n"
	    "user_pref(\"mail.server.server1.directory-rel\", \"[ProfD]Mail/Local Folders\");\n"
	    "user_pref(\"mail.server.server2.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server2.hostname\", \"pop.example.org\");\n"
	    "user_pref(\"mail.server.server2.userName\", \"ann\");\n"
	    "user_pref(\"mail.server.server2.directory\", \"/nowhere/Mail/pop.example.org-1\");\n"
	    "user_pref(\"mail.server.server2.directory-rel\", \"[ProfD]Mail/pop.example.org-1\");\n"
	    "user_pref(\"mail.server.server3.type\", \"imap\");\n"
	    "user_pref(\"mail.server.server3.name\", \"W\\u00f6rk\");\n"
	    "user_pref(\"mail.server.server3.directory-rel\", \"[ProfD]ImapMail/imap.example.org\");\n"
	    "user_pref(\"mail.server.server3.storeContractID\", "
	    "\"@mozilla.org/msgstore/maildirstore;1\");\n"
	    "user_pref(\"mail.server.server4.type\", \"rss\");\n"
	    "user_pref(\"mail.server.server4.name\", \"Blogs\");\n"
	    "user_pref(\"mail.server.server4.hostname\", \"Feeds\");\n"
	    "user_pref(\"mail.server.server5.type\", \"im\");\n"
	    "user_pref(\"mail.server.server5.directory-rel\", \"[ProfD]Mail/chat\");\n"
	    "user_pref(\"mail.server.server10.type\", \"nntp\");\n"
	    "user_pref(\"mail.server.server10.hostname\", \"news.example.org\");\n"
	    "user_pref(\"mail.server.server10.newsrc.file-rel\", \"[ProfD]News/newsrc-news\");\n"
	    "user_pref(\"mail.server.server10.directory-rel\", \"[ProfD]News/news.example.org\");\n");
	kit_write(PROFILE "/user.js", "user_pref(\"mail.server.server4.name\", \"My blogs\");\n");
	kit_write("home/sig.txt", "-- \nAnn\n");
	kit_write("home/evil.sqlite", "x");
	kit_write(PROFILE "/abook.sqlite", "x");
	kit_write(PROFILE "/clubs.sqlite", "x");
	kit_write(PROFILE "/logins.json", "{}");
	kit_write(PROFILE "/key4.db", "x");
	kit_write(PROFILE "/calendar-data/local.sqlite", "x");
	kit_directory(PROFILE "/Mail/Local Folders");
	kit_write(PROFILE "/Mail/pop.example.org-1/Inbox", SEPARATOR MESSAGE);
	kit_write(PROFILE "/Mail/pop.example.org-1/msgFilterRules.dat", "version=\"9\"\n");
	kit_directory(PROFILE "/ImapMail/imap.example.org/INBOX/cur");
	kit_directory(PROFILE "/Mail/Feeds");
	kit_directory(PROFILE "/Mail/chat");
	kit_directory(PROFILE "/News/news.example.org");
	kit_write(PROFILE "/News/newsrc-news", "");
	kit_write(PROFILE "/Mail/old.example.org/Inbox.sbd/2019", SEPARATOR MESSAGE);
	kit_directory(PROFILE "/ImapMail/gone.example.org/INBOX/cur");
	kit_write(PROFILE "/Mail/smart mailboxes/Inbox.msf", "// <!-- <mdb:mork:z v=\"1.4\"/> -->");
}

/* Its accounts have names as the client makes them. */
static void
an_ordinary_profile(void)
{
	const struct location *l;

	make_ordinary_profile();
	kit_find(&locate_mozilla);
	T(kit.found.n == 7, "%zu locations", kit.found.n);
	T(kit.found.n > 0 && &kit.found.items[0] == kit_at(PROFILE "/Mail/pop.example.org-1"),
	    "the order is the account manager's");
	l = kit_expect(PROFILE "/Mail/Local Folders", "thunderbird", "Local Folders", "mbox", "mozilla");
	T(l && l->kind == LOCATION_LOCAL && !l->running, "local, not running");
	l = kit_expect(PROFILE "/Mail/pop.example.org-1", "thunderbird", "ann@pop.example.org", "mbox",
	    "mozilla");
	T(l && l->kind == LOCATION_POP, "pop");
	T(l && strcmp(l->settings, kit_path(PROFILE)) == 0, "settings are the profile");
	T(strcmp(kit_role(l, PROFILE "/Mail/pop.example.org-1/msgFilterRules.dat"), "filters") == 0,
	    "filters are kept");
	T(strcmp(kit_role(l, PROFILE "/prefs.js"), "settings") == 0, "preferences are kept");
	T(strcmp(kit_role(l, PROFILE "/abook.sqlite"), "addresses") == 0, "address book is kept");
	T(strcmp(kit_role(l, PROFILE "/clubs.sqlite"), "addresses") == 0, "a named one is kept");
	T(kit_role(l, "home/evil.sqlite")[0] == '\0', "one outside the profile is not");
	T(strcmp(kit_role(l, PROFILE "/calendar-data/local.sqlite"), "calendar") == 0, "calendar");
	T(strcmp(kit_role(l, "home/sig.txt"), "signature") == 0, "signature file is kept");
	T(strcmp(kit_role(l, "home/.thunderbird/profiles.ini"), "settings") == 0, "profiles.ini");
	T(kit_role(l, PROFILE "/logins.json")[0] == '\0', "passwords are not kept");
	T(kit_role(l, PROFILE "/key4.db")[0] == '\0', "keys are not kept");
	l = kit_expect(PROFILE "/ImapMail/imap.example.org", "thunderbird", "W\xc3\xb6rk", "maildir",
	    "mozilla");
	T(l && l->kind == LOCATION_IMAP_CACHE, "imap");
	l = kit_expect(PROFILE "/Mail/Feeds", "thunderbird", "My blogs", "mbox", "mozilla");
	T(l && l->kind == LOCATION_FEED, "user.js overrides; feed by its host's directory");
	l = kit_expect(PROFILE "/News/news.example.org", "thunderbird", "news.example.org", "mbox",
	    "mozilla");
	T(l && l->kind == LOCATION_NEWS, "news");
	T(strcmp(kit_role(l, PROFILE "/News/newsrc-news"), "flags") == 0, "newsrc is kept");
	kit_expect(PROFILE "/Mail/old.example.org", "thunderbird", "old.example.org", "mbox", "mozilla");
	l = kit_expect(PROFILE "/ImapMail/gone.example.org", "thunderbird", "gone.example.org",
	    "maildir", "mozilla");
	T(l && l->kind == LOCATION_IMAP_CACHE, "orphan of imap");
}

/* The directory is there, but of the other kind than the preference says. */
static void
contract_and_contents(void)
{
	static const char prefs[] =
	    "user_pref(\"mail.server.server1.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server1.hostname\", \"h\");\n"
	    "user_pref(\"mail.server.server1.storeContractID\", \"@mozilla.org/msgstore/%s;1\");\n";
	static const struct {
		const char *contract, *file, *format;
	} cases[] = {
		{ "berkeleystore", "Inbox", "mbox" },
		{ "berkeleystore", "Inbox/cur/1.eml", "maildir" },
		{ "maildirstore", "Inbox", "mbox" },
		{ "maildirstore", "Inbox/cur/1.eml", "maildir" },
		{ "maildirstore", "Inbox.msf", "maildir" },
		{ "berkeleystore", "Inbox.msf", "mbox" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *home = arena_format(&kit.arena, "contents%zu", i);
		const char *profile = path_join(&kit.arena, home, ".icedove/p.default");
		const char *store = path_join(&kit.arena, profile, "Mail/h");

		write_prefs(profile, arena_format(&kit.arena, prefs, cases[i].contract));
		kit_write(path_join(&kit.arena, store, cases[i].file), SEPARATOR MESSAGE);
		kit_find_in(&locate_mozilla, kit_home(home));
		kit_expect(store, "icedove", "h", cases[i].format, "mozilla");
		T(kit.found.n == 1, "%s %s: one location", cases[i].contract, cases[i].file);
	}
}

/* profiles.ini names a profile where this home once was, with ".." in what
 * leads to the mail; a sandboxed one names paths seen from inside only. */
static void
moved_and_sandboxed(void)
{
	kit_write("moved/.thunderbird/profiles.ini",
	    "[Profile0]\nIsRelative=0\nPath=/old/place/home/Documents/profile\n");
	write_prefs("moved/Documents/profile",
	    "user_pref(\"mail.server.server1.type\", \"none\");\n"
	    "user_pref(\"mail.server.server1.name\", \"Here\");\n"
	    "user_pref(\"mail.server.server1.directory\", \"/old/place/home/Documents/Mail\");\n"
	    "user_pref(\"mail.server.server1.directory-rel\", \"[ProfD]../../Documents/Mail\");\n"
	    "user_pref(\"mail.server.server2.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server2.name\", \"No rel\");\n"
	    "user_pref(\"mail.server.server2.directory\", \"/old/place/home/Documents/Pop\");\n");
	kit_write("moved/Documents/Mail/Inbox", SEPARATOR MESSAGE);
	kit_write("moved/Documents/Pop/Inbox", SEPARATOR MESSAGE);
	kit_find_in(&locate_mozilla, kit_home("moved"));
	kit_expect("moved/Documents/Mail", "thunderbird", "Here", "mbox", "mozilla");
	kit_expect("moved/Documents/Pop", "thunderbird", "No rel", "mbox", "mozilla");

	/* A home copied from Windows, looked at as a home of this machine. */
	kit_write("copied/AppData/Roaming/Thunderbird/profiles.ini",
	    "[Profile0]\r\nIsRelative=0\r\nPath=C:\\Users\\Ann\\Documents\\profile\r\n");
	write_prefs("copied/Documents/profile",
	    "user_pref(\"mail.server.server1.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server1.name\", \"Copied\");\n"
	    "user_pref(\"mail.server.server1.directory\", \"C:\\\\Users\\\\Ann\\\\Documents\\\\Pop\");\n");
	kit_write("copied/Documents/Pop/Inbox", SEPARATOR MESSAGE);
	kit_find_in(&locate_mozilla, kit_home("copied"));
	kit_expect("copied/Documents/Pop", "thunderbird", "Copied", "mbox", "mozilla");

#define FLATPAK "flat/.var/app/org.mozilla.Thunderbird/.thunderbird/p.default"
	write_prefs(FLATPAK,
	    "user_pref(\"mail.server.server1.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server1.name\", \"Rel\");\n"
	    "user_pref(\"mail.server.server1.directory\", \"/home/u/.thunderbird/p.default/Mail/a\");\n"
	    "user_pref(\"mail.server.server1.directory-rel\", \"[ProfD]Mail/a\");\n"
	    "user_pref(\"mail.server.server2.type\", \"pop3\");\n"
	    "user_pref(\"mail.server.server2.name\", \"Inside\");\n"
	    "user_pref(\"mail.server.server2.directory\", \"/home/u/.thunderbird/native/Mail/b\");\n");
	kit_directory(FLATPAK "/Mail/a");
	kit_directory("flat/.thunderbird/native/Mail/b");
	kit_find_in(&locate_mozilla, kit_home("flat"));
	kit_expect(FLATPAK "/Mail/a", "thunderbird", "Rel", "mbox", "mozilla");
	T(kit_at("flat/.thunderbird/native/Mail/b") == NULL, "a path of the sandbox is not believed");
}

/* Every base directory, and forks that have none in the table. */
static void
families(void)
{
	static const struct {
		const char *base, *client;
	} cases[] = {
		{ "snap/thunderbird/common/.thunderbird", "thunderbird" },
		{ ".var/app/eu.betterbird.Betterbird/.thunderbird", "betterbird" },
		{ ".mozilla/seamonkey", "seamonkey" },
		{ "AppData/Roaming/Thunderbird/Profiles", "thunderbird" },
		{ "AppData/Roaming/PostboxApp/Profiles", "postbox" },
		{ "Library/Thunderbird/Profiles", "thunderbird" },
		{ "Library/Application Support/SeaMonkey/Profiles", "seamonkey" },
		{ ".config/thunderbird", "thunderbird" },
		{ ".epyrus", "epyrus" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		kit_write(arena_format(&kit.arena, "family/%s/x.default/Mail/Local Folders/Inbox",
		    cases[i].base), SEPARATOR MESSAGE);
	kit_write("family/.Icedove-UXP/profiles.ini", "[Profile0]\nIsRelative=1\nPath=p\n");
	kit_write("family/.Icedove-UXP/p/Mail/Local Folders/Inbox", SEPARATOR MESSAGE);
	kit_write("family/.mozilla/firefox/profiles.ini", "[Profile0]\nIsRelative=1\nPath=f\n");
	kit_write("family/.mozilla/firefox/f/prefs.js", "user_pref(\"browser.startup.page\", 3);\n");
	kit_find_in(&locate_mozilla, kit_home("family"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		kit_expect(arena_format(&kit.arena, "family/%s/x.default/Mail/Local Folders",
		    cases[i].base), cases[i].client, "Local Folders", "mbox", "mozilla");
	kit_expect("family/.Icedove-UXP/p/Mail/Local Folders", "icedove-uxp", "Local Folders", "mbox",
	    "mozilla");
	T(kit.found.n == sizeof(cases) / sizeof(cases[0]) + 1, "%zu locations", kit.found.n);

	kit_write("family/.epyrus/x.default/compatibility.ini",
	    "[Compatibility]\nLastPlatformDir=/usr/lib/betterbird\n");
	kit_write("family/.config/thunderbird/x.default/compatibility.ini",
	    "[Compatibility]\nLastPlatformDir=/opt/Betterbird\n");
	kit_find_in(&locate_mozilla, kit_home("family"));
	kit_expect("family/.epyrus/x.default/Mail/Local Folders", "epyrus", "Local Folders", "mbox",
	    "mozilla");
	kit_expect("family/.config/thunderbird/x.default/Mail/Local Folders", "betterbird",
	    "Local Folders", "mbox", "mozilla");
}

/* Disks of Windows: 98 keeps all in its own directory, XP calls what it has in
 * the language of the person. */
static void
old_windows(void)
{
	kit_write("w98/WINDOWS/SYSTEM.DAT", "x");
	kit_write("w98/WINDOWS/Application Data/Thunderbird/Profiles/x.default/Mail/Local Folders/Inbox",
	    SEPARATOR MESSAGE);
	kit_find_in(&locate_mozilla, kit_home("w98"));
	kit_expect("w98/WINDOWS/Application Data/Thunderbird/Profiles/x.default/Mail/Local Folders",
	    "thunderbird", "Local Folders", "mbox", "mozilla");
	kit_write("xp/WINDOWS/system32/config/software", "x");
#define XP "xp/Dokumente und Einstellungen/Bob/Anwendungsdaten"
	kit_write(XP "/Thunderbird/profiles.ini", "[Profile0]\r\nIsRelative=1\r\nPath=Profiles/x\r\n");
	kit_write(XP "/Thunderbird/Profiles/x/Mail/Local Folders/Inbox", SEPARATOR MESSAGE);
	kit_write(XP "/Mozilla/SeaMonkey/profiles.ini", "[Profile0]\r\nIsRelative=1\r\nPath=p\r\n");
	kit_write(XP "/Mozilla/SeaMonkey/p/Mail/Local Folders/Inbox", SEPARATOR MESSAGE);
	kit_find_in(&locate_mozilla, kit_home("xp/Dokumente und Einstellungen/Bob"));
	kit_expect(XP "/Thunderbird/Profiles/x/Mail/Local Folders", "thunderbird", "Local Folders",
	    "mbox", "mozilla");
	kit_expect(XP "/Mozilla/SeaMonkey/p/Mail/Local Folders", "seamonkey", "Local Folders", "mbox",
	    "mozilla");
}

static bool
is_running(void)
{
	const struct location *l;

	kit_find_in(&locate_mozilla, kit_home("run"));
	l = kit_at("run/.thunderbird/p/Mail/a");
	return T(l != NULL, "found") && l->running;
}

/* .parentlock and lock stay after a clean end: only a held lock, or the pid
 * of a link that promises no lock, tells. */
static void
running(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd, ready[2], go[2];
	char byte = 0;
	pid_t child;

	kit_write("run/.thunderbird/p/Mail/a/Inbox", SEPARATOR MESSAGE);
	kit_write("run/.thunderbird/p/abook.sqlite-wal", "x");
	T(!is_running(), "no lock");
	kit_link(arena_format(&kit.arena, "127.0.0.1:%ld", (long)getpid()), "run/.thunderbird/p/lock");
	T(is_running(), "a link with a living pid");
	T(strcmp(kit_role(kit_at("run/.thunderbird/p/Mail/a"), "run/.thunderbird/p/abook.sqlite-wal"),
	    "addresses") == 0, "the log of a running client is kept");
	T(unlink(kit_path("run/.thunderbird/p/lock")) == 0, "unlink");
	kit_link("127.0.0.1:99999999", "run/.thunderbird/p/lock");
	T(!is_running(), "a link with a dead pid");
	T(unlink(kit_path("run/.thunderbird/p/lock")) == 0, "unlink");
	kit_link(arena_format(&kit.arena, "127.0.0.1:+%ld", (long)getpid()), "run/.thunderbird/p/lock");
	kit_write("run/.thunderbird/p/.parentlock", "");
	T(!is_running(), "a lock that is not held, whoever has the pid now");
	T(pipe(ready) == 0 && pipe(go) == 0, "pipes");
	child = fork();
	if (child == 0) {
		fd = open(kit_path("run/.thunderbird/p/.parentlock"), O_RDWR);
		byte = fd >= 0 && fcntl(fd, F_SETLK, &whole) == 0 ? 'y' : 'n';
		_exit(write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1 ? 0 : 1);
	}
	T(read(ready[0], &byte, 1) == 1 && byte == 'y', "the other process holds the lock");
	T(is_running(), "a held lock");
	T(write(go[1], "x", 1) == 1 && waitpid(child, NULL, 0) == child, "the other process ends");
	T(!is_running(), "no longer held");
}

static void
what_cannot_be_read(void)
{
	const struct location *l;

	write_prefs("locked/.thunderbird/p", "user_pref(\"mail.server.server1.type\", \"none\");\n");
	kit_write("locked/.thunderbird/p/Mail/a/Inbox", SEPARATOR MESSAGE);
	T(chmod(kit_path("locked/.thunderbird/p/prefs.js"), 0) == 0, "chmod");
	kit_find_in(&locate_mozilla, kit_home("locked"));
	l = kit_at("locked/.thunderbird/p/Mail/a");
	T(l != NULL && l->supported, "mail is found without the preferences");
	l = kit_at("locked/.thunderbird/p/prefs.js");
	if (getuid() != 0)
		T(l != NULL && !l->supported && strstr(l->reason, "Permission denied") != NULL,
		    "the unreadable file is named");
	kit_write("torn/.thunderbird/p/prefs.js", "");
	kit_write("torn/.thunderbird/p/Mail/a/Inbox", "rubbish\n" SEPARATOR MESSAGE);
	kit_write("torn/.thunderbird/p/Mail/b/Inbox", "rubbish\n");
	kit_write("torn/.thunderbird/p/Mail/c/filterlog.html", "<p>log</p>\n");
	kit_find_in(&locate_mozilla, kit_home("torn"));
	kit_expect("torn/.thunderbird/p/Mail/a", "thunderbird", "a", "mbox", "mozilla");
	kit_expect("torn/.thunderbird/p/Mail/b", "thunderbird", "b", "mbox", "mozilla");
	T(kit.found.n == 2, "what begins with rubbish is a folder, a log is none");
	kit_write("odd/.thunderbird/profiles.ini", "[Profile0]\nPath=\nPath=..\nPath=/\n[Install\nDefault=");
	kit_find_in(&locate_mozilla, kit_home("odd"));
	T(kit.found.n == 0, "nothing invented");
	kit.found.n = 0;
	T(locate_mozilla.find(&(struct home){ .path = "/no/such/home", .root = "/" }, &kit.arena,
	    &kit.found, &kit.err) < 0, "a home that is not there");
}

/* The perf home and whoever else's: every location is a directory. */
static void
the_corpus(void)
{
	const char *corpus = getenv("MAILCASK_CORPUS");
	size_t i;

	if (corpus == NULL) {
		printf("MAILCASK_CORPUS names no corpus: its homes are not looked at\n");
		return;
	}
	vec_clear(&kit.homes);
	if (!T(homes_at(corpus, &kit.arena, &kit.homes, &kit.err) == 0, "%s", kit.err.text))
		return;
	kit_find_in(&locate_mozilla, &kit.homes.items[0]);
	for (i = 0; i < kit.found.n; i++)
		T(!kit.found.items[i].supported || file_is_directory(kit.found.items[i].path), "%s",
		    kit.found.items[i].path);
}

int
main(void)
{
	an_ordinary_profile();
	contract_and_contents();
	moved_and_sandboxed();
	families();
	old_windows();
	running();
	what_cannot_be_read();
	the_corpus();
	return kit_done();
}
