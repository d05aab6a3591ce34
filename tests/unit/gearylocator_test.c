/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define DATA "home/.local/share/geary/"
#define CONFIG "home/.config/geary/"

static void
geary(void)
{
	const struct location *l;

	kit_write(DATA "account_01/geary.db", "x");
	kit_write(DATA "account_01/attachments/1/1/a.txt", "x");
	kit_write(DATA "account_02/geary.db", "x");
	kit_write(DATA "account_02/geary.db-wal", "x");
	kit_write(DATA "ann@example.org/geary.db", "x");
	kit_directory(DATA "account_03");
	kit_write(CONFIG "account_01/geary.ini", "[Account]\nlabel=Work ü\nsender_mailboxes=a@b;\n");
	kit_write(CONFIG "account_02/geary.ini",
	    "[Account]\nlabel=\nsender_mailboxes=ann@example.org;b@c;\n");
	kit_write("home/.var/app/org.gnome.Geary/data/geary/account_01/geary.db", "x");
	kit_find(&locate_geary);
	l = kit_expect(DATA "account_01/geary.db", "geary", "Work ü", "geary", "sqlite");
	T(l && l->kind == LOCATION_IMAP_CACHE && !l->running, "a cache");
	T(strcmp(kit_role(l, DATA "account_01/attachments"), "store") == 0, "attachments");
	T(strcmp(kit_role(l, CONFIG "account_02/geary.ini"), "settings") == 0, "settings");
	l = kit_expect(DATA "account_02/geary.db", "geary", "ann@example.org", "geary", "sqlite");
	T(l && l->running, "its log is there");
	kit_expect(DATA "ann@example.org/geary.db", "geary", "ann@example.org", "geary", "sqlite");
	kit_expect("home/.var/app/org.gnome.Geary/data/geary/account_01/geary.db", "geary",
	    "account_01", "geary", "sqlite");
	T(kit.found.n == 4, "%zu locations", kit.found.n);
}

static void
balsa(void)
{
	kit_write("b/.config/balsa/config", "[Globals]\nMailDir=/home/ann/Post\n"
	    "[mailbox-Inbox]\nType=LibBalsaMailboxMbox\nPath=/home/ann/in\nName=Inbox\n"
	    "[mailbox-1]\nType=LibBalsaMailboxMaildir\nPath=file:///home/ann/dirs/\nName=Dirs\n"
	    "[mailbox-2]\nType=LibBalsaMailboxImap\nPath=INBOX\nName=Far\n"
	    "[mailbox-3]\nType=LibBalsaMailboxMbox\nPath=/\nName=All\n"
	    "[address-book-1]\nType=LibBalsaAddressBookVcard\nPath=/home/ann/.balsa/a.vcf\n");
	kit_write("b/.config/balsa/config-private", "secret");
	kit_write("b/.local/share/balsa/a.vcf", "x");
	kit_write("b/in", SEPARATOR MESSAGE);
	kit_maildir("b/dirs");
	kit_write("b/Post/sent", SEPARATOR MESSAGE);
	kit_find_in(&locate_balsa, kit_home("b"));
	kit_expect("b/in", "balsa", "Inbox", "mbox", "plain");
	kit_expect("b/dirs", "balsa", "Dirs", "maildir", "maildir++");
	kit_expect("b/Post", "balsa", "~/Post", "mbox", "plain");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
	T(strcmp(kit_role(&kit.found.items[0], "b/.local/share/balsa/a.vcf"), "addresses") == 0,
	    "addresses");
	T(kit_role(&kit.found.items[0], "b/.config/balsa/config-private")[0] == '\0', "no passwords");
	kit_write("b2/.balsa/config", "[Globals]\n");
	kit_write("b2/mail/x", SEPARATOR MESSAGE);
	kit_find_in(&locate_balsa, kit_home("b2"));
	kit_expect("b2/mail", "balsa", "~/mail", "mbox", "plain");
}

static void
caches(void)
{
	const struct location *l;

	kit_write("c/.config/Mailspring/edgehill.db", "x");
	kit_write("c/.config/Mailspring/edgehill.db-wal", "x");
	kit_write("c/.config/Mailspring/config.json", "{}");
	kit_write("c/.config/Mailspring/Cache/x", "x");
	kit_write("c/.cache/flaska.net/trojita/work/imap.cache.sqlite", "x");
	kit_write("c/.config/flaska.net/trojita-work.conf", "x");
	kit_find_in(&locate_caches, kit_home("c"));
	l = kit_expect("c/.config/Mailspring/edgehill.db", "mailspring", "Mailspring", "mailspring",
	    "plain");
	T(l && !l->supported && strstr(l->reason, "does not keep messages") != NULL, "said so");
	T(strcmp(kit_role(l, "c/.config/Mailspring/config.json"), "settings") == 0, "settings");
	T(strcmp(kit_role(l, "c/.config/Mailspring/edgehill.db-wal"), "store") == 0, "its log");
	l = kit_expect("c/.cache/flaska.net/trojita/work/imap.cache.sqlite", "trojita", "work",
	    "trojita", "plain");
	T(l && !l->supported && strstr(l->reason, "only those parts") != NULL, "said so");
	T(strcmp(kit_role(l, "c/.config/flaska.net/trojita-work.conf"), "settings") == 0, "settings");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

int
main(void)
{
	geary();
	balsa();
	caches();
	return kit_done();
}
