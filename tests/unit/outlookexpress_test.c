/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

#define DBX "\xCF\xAD\x12\xFE\xC5\xFD\x74\x6F"
#define LIST "\xCF\xAD\x12\xFE\xC6\xFD\x74\x6F"
#define EXPRESS "Microsoft/Outlook Express"

static const char *
in(const char *directory, const char *name)
{
	return path_join(&kit.arena, directory, name);
}

static const struct location *
expect(const char *path, const char *account, const char *layout)
{
	const struct location *l = kit_expect(path, "outlook-express", account, "dbx", layout);

	T(l && l->supported && l->kind == LOCATION_LOCAL, "%s: what it is", path);
	return l;
}

static void
on_xp(void)
{
	const char *home = "xp/Documents and Settings/Ann";
	const char *local = in(home, "Local Settings/Application Data");
	const struct location *l;

	kit_directory("xp/WINDOWS/system32/config");
	kit_write(in(local, "Identities/{1}/" EXPRESS "/Inbox.dbx"), DBX);
	kit_write(in(local, "Identities/{1}/" EXPRESS "/Folders.dbx"), LIST);
	kit_write(in(local, "Identities/{2}/" EXPRESS "/FOLDERS.DBX"), LIST);
	kit_write(in(local, "Identities/{3}/" EXPRESS "/Inbox.dbx"), "something else");
	kit_write(in(home, "Application Data/Microsoft/Address Book/Ann.wab"), "x");
	kit_write(in(home, "My Documents/accounts.iaf"), "x");
	kit_find_in(&locate_outlook_express, kit_home(home));
	l = expect(in(local, "Identities/{1}/" EXPRESS), "{1}", "plain");
	expect(in(local, "Identities/{2}/" EXPRESS), "{2}", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
	T_SAME(kit_role(l, in(home, "Application Data/Microsoft/Address Book/Ann.wab")), "addresses",
	    "the address book");
	T_SAME(kit_role(l, in(home, "My Documents/accounts.iaf")), "settings", "the accounts");
}

/* In German, with a registry that says how names are written. */
static void
on_german_xp(void)
{
	const char *home = "de/Dokumente und Einstellungen/Otto";
	const char *store = in(home, "Lokale Einstellungen/Anwendungsdaten/Identities/{1}/" EXPRESS);
	struct buf hive = BUF_EMPTY;

	hivekit_begin(&hive);
	hivekit_text(&hive, "ControlSet001\\Control\\Nls\\CodePage", "ACP", HIVE_TEXT, "1250");
	hivekit_end(&hive);
	kit_write_bytes("de/WINDOWS/system32/config/system", buf_slice(&hive));
	hivekit_begin(&hive);
	hivekit_text(&hive, "Identities\\{1}", "Username", HIVE_TEXT, "Hauptidentit\xe4t");
	hivekit_end(&hive);
	kit_write_bytes(in(home, "NTUSER.DAT"), buf_slice(&hive));
	kit_write(in(store, "Posteingang.dbx"), DBX);
	kit_find_in(&locate_outlook_express, kit_home(home));
	expect(store, "Hauptidentit\xc3\xa4t", "cp1250");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
	buf_free(&hive);
}

static void
on_98(void)
{
	kit_write("old/WINDOWS/USER.DAT", "x");
	kit_write("old/WINDOWS/Application Data/" EXPRESS "/Mail/Inbox.mbx", "JMF6xxxx");
	kit_write("old/WINDOWS/Application Data/" EXPRESS "/Mail/Inbox.idx", "x");
	kit_write("old/WINDOWS/Application Data/Identities/{1}/" EXPRESS "/Inbox.dbx", DBX);
	kit_find_in(&locate_outlook_express, kit_home("old"));
	expect("old/WINDOWS/Application Data/" EXPRESS "/Mail", "Main Identity", "plain");
	expect("old/WINDOWS/Application Data/Identities/{1}/" EXPRESS, "{1}", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

/* Stores that were moved. */
static void
by_registry(void)
{
	const char *home = "moved/Documents and Settings/Ann";
	struct buf hive = BUF_EMPTY;
	const struct location *l;

	kit_directory("moved/WINDOWS/system32/config");
	kit_write("moved/Mail/Ann/Inbox.dbx", DBX);
	kit_write("moved/Books/all.wab", "x");
	kit_write(in(home, "Post/Inbox.dbx"), DBX);
	hivekit_begin(&hive);
	hivekit_text(&hive, "Identities\\{1}", "Username", HIVE_TEXT, "Work");
	hivekit_text(&hive, "Identities\\{1}\\Software\\Microsoft\\Outlook Express\\5.0", "Store Root",
	    HIVE_EXPANDABLE, "C:\\Mail\\Ann\\");
	hivekit_text(&hive, "Identities\\{2}\\Software\\Microsoft\\Outlook Express\\5.0", "Store Root",
	    HIVE_EXPANDABLE, "%UserProfile%\\Post");
	hivekit_text(&hive, "Identities\\{3}", "Username", HIVE_TEXT, "Away");
	hivekit_text(&hive, "Identities\\{3}\\Software\\Microsoft\\Outlook Express\\5.0", "Store Root",
	    HIVE_EXPANDABLE, "E:\\Mail");
	hivekit_text(&hive, "Identities\\{4}\\Software\\Microsoft\\Outlook Express\\5.0", "Store Root",
	    HIVE_EXPANDABLE, "%UserProfile%\\Nowhere");
	hivekit_text(&hive, "Software\\Microsoft\\WAB\\WAB4\\Wab File Name", "", HIVE_TEXT,
	    "C:\\Books\\all.wab");
	hivekit_end(&hive);
	kit_write_bytes(in(home, "NTUSER.DAT"), buf_slice(&hive));
	kit_find_in(&locate_outlook_express, kit_home(home));
	l = expect("moved/Mail/Ann", "Work", "plain");
	expect(in(home, "Post"), "{2}", "plain");
	T_SAME(kit_role(l, "moved/Books/all.wab"), "addresses", "the address book");
	l = kit_expect("E:\\Mail", "outlook-express", "Away", "dbx", "plain");
	T(l && !l->supported, "on another volume");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
	buf_free(&hive);
}

int
main(void)
{
	on_xp();
	on_german_xp();
	on_98();
	by_registry();
	return kit_done();
}
