/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#include <sqlite3.h>

#define MAIL "home/Library/Mail/"
#define IMAP "0A1B2C3D-0000-1111-2222-333344445555"
#define POP "1A1B2C3D-0000-1111-2222-333344445555"
#define LOCAL "2A1B2C3D-0000-1111-2222-333344445555"
#define NAMELESS "3A1B2C3D-0000-1111-2222-333344445555"

static void
database(const char *relative, const char *sql)
{
	const char *path = kit_path(relative);
	sqlite3 *db = NULL;

	kit_directory(path_parent(&kit.arena, relative));
	T(sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s is made", relative);
	sqlite3_close(db);
}

static void
newest(void)
{
	const struct location *l;

	kit_write(MAIL "V10/" IMAP "/INBOX.mbox/Info.plist", "x");
	kit_write(MAIL "V10/" POP "/INBOX.mbox/Info.plist", "x");
	kit_write(MAIL "V10/" LOCAL "/A/B.mbox/Info.plist", "x");
	kit_write(MAIL "V10/" NAMELESS "/INBOX.mbox/Info.plist", "x");
	kit_write(MAIL "V10/4A1B2C3D-0000-1111-2222-333344445555/.OfflineCache/x", "x");
	kit_write(MAIL "V10/MailData/SyncedRules.plist", "x");
	kit_write(MAIL "V10/MailData/Signatures/A.mailsignature", "x");
	kit_write(MAIL "V10/MailData/RSS.mbox/x", "x");
	kit_write(MAIL "PersistenceInfo.plist", "x");
	kit_write("home/Library/Calendars/a.ics", "x");
	database(MAIL "V10/MailData/Envelope Index", "CREATE TABLE mailboxes (url TEXT);"
	    "INSERT INTO mailboxes VALUES ('imap://" IMAP "/INBOX'), ('pop://" POP "/INBOX'),"
	    " ('local://" LOCAL "/A/B');");
	database("home/Library/Accounts/Accounts4.sqlite", "CREATE TABLE ZACCOUNT (Z_PK INTEGER,"
	    " ZPARENTACCOUNT INTEGER, ZIDENTIFIER TEXT, ZACCOUNTDESCRIPTION TEXT, ZUSERNAME TEXT);"
	    "INSERT INTO ZACCOUNT VALUES (1, NULL, 'p', 'Wörk', 'ann'), (2, 1, '" IMAP "', '', 'child'),"
	    " (3, NULL, '" POP "', NULL, 'ann@pop.example.org');");
	kit_find(&locate_apple);
	T(kit.found.n == 4, "%zu locations", kit.found.n);
	l = kit_expect(MAIL "V10/" IMAP, "apple-mail", "Wörk", "emlx", "plain");
	T(l != NULL && l->kind == LOCATION_IMAP_CACHE && !l->running, "a server's");
	T(strcmp(kit_role(l, MAIL "V10/MailData/SyncedRules.plist"), "filters") == 0 &&
	    strcmp(kit_role(l, MAIL "V10/MailData/Signatures"), "signature") == 0 &&
	    strcmp(kit_role(l, MAIL "V10/MailData"), "index") == 0 &&
	    strcmp(kit_role(l, MAIL "PersistenceInfo.plist"), "settings") == 0 &&
	    strcmp(kit_role(l, "home/Library/Calendars"), "calendar") == 0, "kept beside it");
	l = kit_expect(MAIL "V10/" POP, "apple-mail", "ann@pop.example.org", "emlx", "plain");
	T(l != NULL && l->kind == LOCATION_POP && l->companion_count == 0, "fetched by POP");
	l = kit_expect(MAIL "V10/" LOCAL, "apple-mail", "On My Mac", "emlx", "plain");
	T(l != NULL && l->kind == LOCATION_LOCAL, "here alone");
	kit_expect(MAIL "V10/" NAMELESS, "apple-mail", NAMELESS, "emlx", "plain");
}

static void
running(void)
{
	sqlite3 *db = NULL;

	sqlite3_open(kit_path(MAIL "V10/MailData/Envelope Index"), &db);
	T(sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE x (y)", NULL, NULL, NULL) == SQLITE_OK,
	    "a log");
	kit_find(&locate_apple);
	T(kit.found.items[0].running, "with a log beside its index");
	sqlite3_close(db);
	kit_find(&locate_apple);
	T(!kit.found.items[0].running, "without");
}

static void
older(void)
{
#define OLD "old/Library/Mail/"
#define LIST(where, path, name) \
	kit_write(where, "<plist><dict><key>MailAccounts</key><array><dict/><dict><key>AccountName</key>" \
	    "<string>" name "</string><key>AccountPath</key><string>~/Library/Mail/" path "</string>" \
	    "</dict></array></dict></plist>")
	const struct location *l;

	kit_write(OLD "V2/IMAP-ann@imap.example.org/INBOX.mbox/Info.plist", "x");
	kit_write(OLD "V2/Mailboxes/A.mbox/Info.plist", "x");
	kit_write(OLD "V2/RSS/Feed.mbox/Info.plist", "x");
	kit_write(OLD "POP-ann@pop.example.org/INBOX.mbox/Messages/1.emlx", "x");
	kit_write(OLD "Mac-ann/INBOX.imapmbox/Messages/1.emlx", "x");
	kit_write(OLD "Envelope Index", "x");
	kit_write(OLD "Bundles/x", "x");
	kit_write("old/Library/Containers/com.apple.mail/Data/Library/Mail/V2/POP-x/A.mbox/mbox", "x");
	LIST(OLD "V2/MailData/Accounts.plist", "V2/IMAP-ann@imap.example.org", "Work");
	LIST("old/Library/Preferences/com.apple.mail.plist", "POP-ann@pop.example.org", "Old post");
	kit_find_in(&locate_apple, kit_home("old"));
	T(kit.found.n == 5, "%zu locations", kit.found.n);
	l = kit_expect(OLD "V2/IMAP-ann@imap.example.org", "apple-mail", "Work", "emlx", "plain");
	T(l != NULL && l->kind == LOCATION_IMAP_CACHE, "a server's");
	kit_expect(OLD "V2/Mailboxes", "apple-mail", "On My Mac", "emlx", "plain");
	l = kit_expect(OLD "POP-ann@pop.example.org", "apple-mail", "Old post", "emlx", "plain");
	T(l != NULL && l->kind == LOCATION_POP, "fetched by POP");
	kit_expect(OLD "Mac-ann", "apple-mail", "ann", "emlx", "plain");
	kit_expect("old/Library/Containers/com.apple.mail/Data/Library/Mail/V2/POP-x", "apple-mail", "x",
	    "emlx", "plain");
}

int
main(void)
{
	newest();
	running();
	older();
	return kit_done();
}
