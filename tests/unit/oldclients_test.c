/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

/* Clients of older Windows and Macintosh disks, each on a disk of their time. */

static struct home *
windows_home(const char *disk, const char *home)
{
	kit_directory(path_join(&kit.arena, disk, "Windows/System32/config"));
	kit_directory(path_join(&kit.arena, disk, home));
	return kit_home(path_join(&kit.arena, disk, home));
}

#define ANN "vista/Users/Ann/"
#define XP "xp/Documents and Settings/ann/"

static void
the_bat(void)
{
	const struct location *l;

	kit_write(ANN "APPDATA/roaming/the bat!/Mail/ann@example.org/Inbox/messages.tbb", "x");
	kit_write(ANN "APPDATA/roaming/the bat!/Mail/ann@example.org/ACCOUNT.CFN", "x");
	kit_write(ANN "APPDATA/roaming/the bat!/Mail/ann@example.org/Attach/1.doc", "x");
	kit_write(ANN "APPDATA/roaming/the bat!/Mail/Shared/MESSAGES.TBB", "x");
	kit_write(ANN "APPDATA/roaming/the bat!/Mail/Secret/Inbox/MESSAGES.EBB", "x");
	kit_directory(ANN "APPDATA/roaming/the bat!/Mail/Empty/Inbox");
	kit_write(ANN "APPDATA/roaming/the bat!/Mail/TheBat.ABD", "x");
	kit_find_in(&locate_thebat, windows_home("vista", "Users/Ann"));
	l = kit_expect(ANN "APPDATA/roaming/the bat!/Mail/ann@example.org", "the-bat",
	    "ann@example.org", "tbb", "plain");
	T(!strcmp(kit_role(l, ANN "APPDATA/roaming/the bat!/Mail/ann@example.org/ACCOUNT.CFN"),
	    "settings"), "its settings");
	T(!strcmp(kit_role(l, ANN "APPDATA/roaming/the bat!/Mail/ann@example.org/Attach"), "store"),
	    "its attachments");
	kit_expect(ANN "APPDATA/roaming/the bat!/Mail/Shared", "the-bat", "Shared", "tbb", "plain");
	l = kit_expect(ANN "APPDATA/roaming/the bat!/Mail/Secret", "the-bat", "Secret", "tbb",
	    "plain");
	T(l && !l->supported && strstr(l->reason, "encrypted"), "an encrypted one says so");
	T(kit.found.n == 3, "%zu locations", kit.found.n);

	/* XP in another language; and a directory of the programs. */
	kit_write(XP "Anwendungsdaten/The Bat!/MAIL/Ann/Inbox/MESSAGES.TBB", "x");
	kit_write("xp/Program Files/The Bat!/MAIL/Old/Inbox/Sub/MESSAGES.TBB", "x");
	kit_find_in(&locate_thebat, windows_home("xp", "Documents and Settings/ann"));
	kit_expect(XP "Anwendungsdaten/The Bat!/MAIL/Ann", "the-bat", "Ann", "tbb", "plain");
	kit_expect("xp/Program Files/The Bat!/MAIL/Old", "the-bat", "Old", "tbb", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

static void
pegasus(void)
{
	const struct location *l;

	kit_write(ANN "AppData/Local/Pegasus Mail/Mail/main.pmm", "x");
	kit_write(ANN "AppData/Local/Pegasus Mail/Mail/club.pmr", "x");
	kit_write(ANN "AppData/Local/Pegasus Mail/Mail/RULES.PMQ", "x");
	kit_write("vista/PMAIL/MAIL/admin/1.CNM", "x");
	kit_directory("vista/PMAIL/MAIL/empty");
	kit_find_in(&locate_pegasus, windows_home("vista", "Users/Ann"));
	l = kit_expect(ANN "AppData/Local/Pegasus Mail/Mail", "pegasus", "Pegasus Mail", "pegasus",
	    "plain");
	T(!strcmp(kit_role(l, ANN "AppData/Local/Pegasus Mail/Mail/club.pmr"), "addresses") &&
	    !strcmp(kit_role(l, ANN "AppData/Local/Pegasus Mail/Mail/RULES.PMQ"), "filters"), "kept");
	kit_expect("vista/PMAIL/MAIL/admin", "pegasus", "admin", "pegasus", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

static void
becky(void)
{
	const struct location *l;

	kit_write("xp/Becky!/ann/4cbbef16.mb/!!!!Inbox/1.bmf", "x");
	kit_write("xp/Becky!/ann/4cbbef16.mb/Mailbox.ini",
	    "[Other]\r\nName=no\r\n[Account]\r\nName=B\xfcro\r\nMailAddress=ann@example.org\r\n");
	kit_write("xp/Becky!/ann/4cbbef16.mb/#Attach/a/letter.doc", "x");
	kit_write("xp/Becky!/ann/5.mb/!!!!Inbox/Folder.ini", "x");
	kit_write("xp/Becky!/ann/5.mb/Mailbox.ini", "[Account]\r\nMailAddress=bob@example.org\r\n");
	kit_directory("xp/Becky!/ann/6.mb");
	kit_write("xp/Becky!/ann/AddrBook/@Personal/1.bab", "x");
	kit_find_in(&locate_becky, windows_home("xp", "Documents and Settings/ann"));
	l = kit_expect("xp/Becky!/ann/4cbbef16.mb", "becky", "Büro", "becky", "plain");
	T(!strcmp(kit_role(l, "xp/Becky!/ann/4cbbef16.mb/#Attach"), "store") &&
	    !strcmp(kit_role(l, "xp/Becky!/ann/AddrBook"), "addresses"), "kept");
	kit_expect("xp/Becky!/ann/5.mb", "becky", "bob@example.org", "becky", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

static void
foxmail(void)
{
	const struct location *l;

	kit_write("xp/Program Files/Foxmail/mail/ann@example.org/in.box", "x");
	kit_write("xp/Program Files/Foxmail/address/me.abk", "x");
	kit_write("xp/Foxmail 7.2/Storage/ann@example.org/Mails/0/1", "x");
	kit_find_in(&locate_foxmail, windows_home("xp", "Documents and Settings/ann"));
	l = kit_expect("xp/Program Files/Foxmail/mail/ann@example.org", "foxmail",
	    "ann@example.org", "foxmail", "plain");
	T(!strcmp(kit_role(l, "xp/Program Files/Foxmail/address"), "addresses"), "kept");
	l = kit_expect("xp/Foxmail 7.2/Storage/ann@example.org", "foxmail", "ann@example.org",
	    "foxmail", "plain");
	T(l && !l->supported, "the newer one is not read");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

#define EUDORA XP "Application Data/Qualcomm/Eudora/"
#define MAC "mac/Users/ann/Documents/Eudora Folder/"

static void
eudora(void)
{
	const struct location *l;

	kit_write(EUDORA "In.mbx", "x");
	kit_write(EUDORA "eudora.ini", "[Settings]\r\nRealName=Ann\r\nPOPAccount=ann@pop.example.org\r\n"
	    "AutoReceiveAttachmentsDirectory=C:\\Documents and Settings\\ann\\My Letters\r\n"
	    "[Persona-X]\r\nPOPAccount=other\r\n");
	kit_write(EUDORA "Attach/a.doc", "x");
	kit_write(EUDORA "Filters.pce", "x");
	kit_write(XP "My Letters/b.doc", "x");
	kit_find_in(&locate_eudora, windows_home("xp", "Documents and Settings/ann"));
	l = kit_expect(XP "Application Data/Qualcomm/Eudora", "eudora", "ann@pop.example.org",
	    "eudora", "plain");
	T(!strcmp(kit_role(l, EUDORA "Attach"), "store") &&
	    !strcmp(kit_role(l, EUDORA "Filters.pce"), "filters"), "kept");
	T(!strcmp(kit_role(l, XP "My Letters"), "store"), "attachments elsewhere");

	/* The home itself is not all attachments. */
	kit_write(EUDORA "eudora.ini", "[Settings]\r\nRealName=B\xe4r\r\n"
	    "AutoReceiveAttachmentsDirectory=C:\\Documents and Settings\\ann\r\n");
	kit_find_in(&locate_eudora, windows_home("xp", "Documents and Settings/ann"));
	l = kit_expect(XP "Application Data/Qualcomm/Eudora", "eudora", "Bär", "eudora", "plain");
	T(!strcmp(kit_role(l, "xp/Documents and Settings/ann"), ""), "not the home");

	kit_write("mac/System/Library/CoreServices/SystemVersion.plist", "x");
	kit_write(MAC "Mail Folder/In", "x");
	kit_write(MAC "Attachments Folder/a.doc", "x");
	kit_write(MAC "Eudora Nicknames", "x");
	kit_find_in(&locate_eudora, kit_home("mac/Users/ann"));
	l = kit_expect("mac/Users/ann/Documents/Eudora Folder/Mail Folder", "eudora", "Eudora",
	    "eudora", "plain");
	T(!strcmp(kit_role(l, MAC "Attachments Folder"), "store") &&
	    !strcmp(kit_role(l, MAC "Eudora Nicknames"), "addresses"), "kept");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
}

static void
opera(void)
{
	const struct location *l;

	kit_write("home/.opera/mail/accounts.ini", "[Accounts]\nCount=2\n[Account1]\n"
	    "Incoming Protocol=POP\nEmail=ann@example.org\nAccount Name=Home\n"
	    "[Account2]\nIncoming Protocol=IMAP\nEmail=bob@example.org\n");
	kit_write("home/.opera/mail/omailbase.dat", "x");
	kit_write("home/.opera/contacts.adr", "x");
	kit_write("home/.opera/mail/store/account1/2009/05/12/1.mbs", "x");
	kit_write("home/.opera/mail/store/account2/2009/05/12/2.mbs", "x");
	kit_write("home/.opera/mail/store/account3/2009/05/12/2.mbs", "x");
	kit_write("home/.opera/mail/store/drafts/3.mbs", "x");
	kit_find(&locate_opera);
	l = kit_expect("home/.opera/mail/store/account1", "opera-mail", "Home", "mbs", "plain");
	T(l && l->kind == LOCATION_POP, "its kind");
	T(!strcmp(kit_role(l, "home/.opera/mail/omailbase.dat"), "flags") &&
	    !strcmp(kit_role(l, "home/.opera/contacts.adr"), "addresses"), "kept");
	l = kit_expect("home/.opera/mail/store/account2", "opera-mail", "bob@example.org", "mbs",
	    "plain");
	T(l && l->kind == LOCATION_IMAP_CACHE, "its kind");
	kit_expect("home/.opera/mail/store/account3", "opera-mail", "account3", "mbs", "plain");
	kit_expect("home/.opera/mail/store/drafts", "opera-mail", "Drafts", "mbs", "plain");
	T(kit.found.n == 4, "%zu locations", kit.found.n);

	/* Where the preferences say. */
	kit_write("home/.opera/operaprefs.ini", "[Mail]\nMail Root Directory=~/post\n");
	kit_write("home/post/store/account1/2010/01/01/1.mbs", "x");
	kit_find(&locate_opera);
	kit_expect("home/post/store/account1", "opera-mail", "account1", "mbs", "plain");
	T(kit.found.n == 5, "%zu locations", kit.found.n);
}

static void
em_client(void)
{
	const struct location *l;

	kit_write_bytes(ANN "AppData/Roaming/eM Client/a1/s1/mail_index.dat",
	    SLICE_OF("SQLite format 3\0"));
	kit_write(ANN "AppData/Roaming/eM Client/a1/ann@example.org.acn", "x");
	kit_write(ANN "AppData/Roaming/eM Client/a2/s2/mail_index.dat", "encrypted, so no magic");
	kit_write(ANN "AppData/Roaming/eM Client/a3/s3/contact_data.dat", "SQLite format 3");
	kit_write(ANN "AppData/Roaming/eM Client/accounts.dat", "x");
	kit_find_in(&locate_emclient, windows_home("vista", "Users/Ann"));
	l = kit_expect(ANN "AppData/Roaming/eM Client/a1/s1", "em-client", "ann@example.org",
	    "em-client", "plain");
	T(!strcmp(kit_role(l, ANN "AppData/Roaming/eM Client/accounts.dat"), "settings") &&
	    !strcmp(kit_role(l, ANN "AppData/Roaming/eM Client/a1/ann@example.org.acn"), "settings"),
	    "kept");
	l = kit_expect(ANN "AppData/Roaming/eM Client/a2/s2", "em-client", "a2", "em-client", "plain");
	T(l && !l->supported && strstr(l->reason, "encrypted"), "an encrypted one says so");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

static void
incredimail(void)
{
	const struct location *l;

	kit_write(ANN "AppData/Local/IM/Identities/{1}/Message Store/Inbox.imm", "x");
	kit_write(ANN "AppData/Local/IM/Identities/{1}/Message Store/inbox.IMH", "x");
	kit_write(ANN "AppData/Local/IM/Identities/{1}/Message Store/Attachments/a.doc", "x");
	kit_write(ANN "AppData/Local/IM/Identities/{1}/AddressBook.imb", "x");
	kit_write(ANN "AppData/Local/IM/Identities/{2}/Message Store/Inbox.imm", "x");
	kit_directory(ANN "AppData/Local/IM/Identities/{3}/Message Store");
	kit_find_in(&locate_incredimail, windows_home("vista", "Users/Ann"));
	l = kit_expect(ANN "AppData/Local/IM/Identities/{1}/Message Store", "incredimail", "{1}",
	    "incredimail", "plain");
	T(!strcmp(kit_role(l, ANN "AppData/Local/IM/Identities/{1}/Message Store/Attachments"),
	    "store") && !strcmp(kit_role(l, ANN "AppData/Local/IM/Identities/{1}/AddressBook.imb"),
	    "addresses"), "kept");
	l = kit_expect(ANN "AppData/Local/IM/Identities/{2}/Message Store", "incredimail", "{2}",
	    "incredimail", "plain");
	T(l && !l->supported, "one without any index");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

/* Where the person's registry says that it is. */
static void
registered(void)
{
	struct buf hive = BUF_EMPTY;

	hivekit_begin(&hive);
	hivekit_text(&hive, "Software\\RIT\\The Bat!", "Working Directory", HIVE_EXPANDABLE,
	    "%USERPROFILE%\\Bat Mail");
	hivekit_text(&hive, "Software\\RimArts\\B2\\Settings", "DataDir", HIVE_TEXT, "C:\\Post\\B2");
	hivekit_text(&hive, "Software\\Qualcomm\\Eudora\\CommandLine", "Current", HIVE_TEXT,
	    "\"C:\\Program Files\\E\\Eudora.exe\" \"C:\\My Post\\Eudora\" C:\\x\\eudora.ini");
	hivekit_end(&hive);
	kit_write_bytes("reg/Users/Ann/NTUSER.DAT", buf_slice(&hive));
	kit_write("reg/Users/Ann/Bat Mail/Home/Inbox/MESSAGES.TBB", "x");
	kit_write("reg/Post/B2/1.mb/!!!!Inbox/1.bmf", "x");
	kit_write("reg/My Post/Eudora/In.mbx", "x");
	kit_find_in(&locate_thebat, windows_home("reg", "Users/Ann"));
	kit_expect("reg/Users/Ann/Bat Mail/Home", "the-bat", "Home", "tbb", "plain");
	kit_find_in(&locate_becky, windows_home("reg", "Users/Ann"));
	kit_expect("reg/Post/B2/1.mb", "becky", "1.mb", "becky", "plain");
	kit_find_in(&locate_eudora, windows_home("reg", "Users/Ann"));
	kit_expect("reg/My Post/Eudora", "eudora", "Eudora", "eudora", "plain");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
	buf_free(&hive);
}

/* Patterns without case and in other languages are for mounted disks. */
static void
not_on_linux(void)
{
	static const struct locator_ops *const all[] = { &locate_thebat, &locate_pegasus,
		&locate_becky, &locate_foxmail, &locate_eudora };
	size_t i;

	kit_write("linux/appdata/roaming/the bat!/mail/a/inbox/messages.tbb", "x");
	kit_write("linux/x/Eudora/descmap.pce", "x");
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		kit_find_in(all[i], kit_home("linux"));
		T(kit.found.n == 0, "%s: %zu locations", all[i]->name, kit.found.n);
	}
}

int
main(void)
{
	the_bat();
	pegasus();
	becky();
	foxmail();
	eudora();
	opera();
	em_client();
	incredimail();
	registered();
	not_on_linux();
	return kit_done();
}
