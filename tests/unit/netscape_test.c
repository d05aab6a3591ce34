/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
on_unix(void)
{
	const struct location *l;

	kit_write("home/.netscape/preferences.js", "// Netscape User Preferences\n"
	    "user_pref(\"mail.directory\", \"~/post\");\nuser_pref(\"x\", 1);\n");
	kit_write("home/.netscape/abook.nab", "x");
	kit_write("home/nsmail/Inbox", SEPARATOR MESSAGE);
	kit_write("home/nsmail/.Inbox.summary", "x");
	kit_write("home/post/Sent", SEPARATOR MESSAGE);
	kit_find(&locate_netscape);
	l = kit_expect("home/post", "netscape", "Netscape", "mbox", "mozilla");
	T(!strcmp(kit_role(l, "home/.netscape/abook.nab"), "addresses") &&
	    !strcmp(kit_role(l, "home/.netscape/preferences.js"), "settings"), "kept");
	kit_expect("home/nsmail", "netscape", "Netscape", "mbox", "mozilla");
	T(kit.found.n == 2, "%zu locations", kit.found.n);

	/* The home itself is not all mail. */
	kit_write("home/.netscape/preferences.js", "user_pref(\"mail.directory\", \"~/\");\n");
	kit_find(&locate_netscape);
	T(kit.found.n == 1 && kit_at("home") == NULL, "%zu locations", kit.found.n);
}

static void
on_windows(void)
{
	const struct location *l;

	kit_directory("win/Windows/System32/config");
	kit_directory("win/Documents and Settings/ann");
	kit_write("win/Program Files/Netscape/Users/ann/Mail/Inbox", SEPARATOR MESSAGE);
	kit_write("win/Program Files/Netscape/Users/ann/Mail/inbox.snm", "x");
	kit_write("win/Program Files/Netscape/Users/ann/ImapMail/imap.example.org/INBOX",
	    SEPARATOR MESSAGE);
	kit_write("win/Program Files/Netscape/Users/ann/PREFS.JS",
	    "user_pref(\"mail.directory\", \"C:\\\\post\\\\ann\");\n");
	kit_write("win/Program Files/Netscape/Users/ann/pab.na2", "x");
	kit_write("win/post/ann/Sent", SEPARATOR MESSAGE);
	kit_find_in(&locate_netscape, kit_home("win/Documents and Settings/ann"));
	l = kit_expect("win/post/ann", "netscape", "ann", "mbox", "mozilla");
	T(!strcmp(kit_role(l, "win/Program Files/Netscape/Users/ann/pab.na2"), "addresses"), "kept");
	kit_expect("win/Program Files/Netscape/Users/ann/Mail", "netscape", "ann", "mbox", "mozilla");
	l = kit_expect("win/Program Files/Netscape/Users/ann/ImapMail/imap.example.org", "netscape",
	    "imap.example.org", "mbox", "mozilla");
	T(l && l->kind == LOCATION_IMAP_CACHE, "its kind");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
}

/* Profiles of the suite lie one level deeper; Eudora 8 has Thunderbird's. */
static void
profiles(void)
{
	kit_write("win/Documents and Settings/ann/Application Data/Mozilla/Profiles/default/x1.slt/"
	    "prefs.js", "user_pref(\"mail.server.server1.type\", \"none\");\n"
	    "user_pref(\"mail.server.server1.directory-rel\", \"[ProfD]Mail/Local Folders\");\n");
	kit_write("win/Documents and Settings/ann/Application Data/Mozilla/Profiles/default/x1.slt/"
	    "Mail/Local Folders/Inbox", SEPARATOR MESSAGE);
	kit_write("win/Documents and Settings/ann/Application Data/Eudora/Profiles/y.default/"
	    "Mail/Local Folders/Inbox", SEPARATOR MESSAGE);
	kit_write("win/Documents and Settings/ann/Application Data/Eudora/profiles.ini",
	    "[Profile0]\nIsRelative=1\nPath=Profiles/y.default\n");
	kit_find_in(&locate_mozilla, kit_home("win/Documents and Settings/ann"));
	kit_expect("win/Documents and Settings/ann/Application Data/Mozilla/Profiles/default/x1.slt/"
	    "Mail/Local Folders", "mozilla", "Local Folders", "mbox", "mozilla");
	kit_expect("win/Documents and Settings/ann/Application Data/Eudora/Profiles/y.default/"
	    "Mail/Local Folders", "eudora-ose", "Local Folders", "mbox", "mozilla");
}

int
main(void)
{
	on_unix();
	on_windows();
	profiles();
	return kit_done();
}
