/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

#define PST "!BDNxxxxSM\x17xxxxx"
#define OST "!BDNxxxxSO\x17xxxxx"
#define PAB "!BDNxxxxABxxxxxx"
#define PROFILE "Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles\\Outlook\\"
#define ACCOUNT PROFILE "9375CFF0413111d3B88A00104B2A6676\\00000002"

static void
expect(const char *path, const char *account, enum location_kind kind)
{
	const struct location *l = kit_expect(path, "outlook", account, "pst", "plain");

	T(l && l->supported && l->kind == kind, "%s: what it is", path);
}

/* Windows 7 to 11, in other letters than were looked for. */
static void
on_seven(void)
{
	const char *local = "seven/Users/Ann/APPDATA/local/microsoft/outlook";
	const struct location *l;

	kit_directory("seven/Windows/System32/config");
	kit_write(path_join(&kit.arena, local, "x.PST"), PST);
	kit_write(path_join(&kit.arena, local, "ann@example.org - Outlook.ost"), OST);
	kit_write(path_join(&kit.arena, local, "groups.nst"), OST);
	kit_write(path_join(&kit.arena, local, "~x.pst.tmp"), PST);
	kit_write(path_join(&kit.arena, local, "RoamCache/Stream_Autocomplete_0_1.dat"), "x");
	kit_write("seven/Users/Ann/APPDATA/Roaming/Microsoft/Signatures/a.htm", "x");
	kit_write("seven/Users/Ann/Documents/Outlook Files/b.pst", PST);
	kit_write("seven/Users/Ann/Documents/Outlook Files/ann@example.net.pst", PST);
	kit_write("seven/Users/Ann/Documents/Old years/d.pst", PST);
	kit_write("seven/Mail/e.pst", PST);
	kit_write("seven/f.pst", PST);
	kit_write("seven/Users/Ann/Documents/Outlook Files/fake.pst", "no");
	kit_write("seven/Users/Ann/Documents/Outlook Files/fake2.pst", "not one, but longer");
	kit_write("seven/Users/Ann/OneDrive - Firma/Dokumente/Outlook-Dateien/c.pst", PST);
	kit_find_in(&locate_outlook, kit_home("seven/Users/Ann"));
	expect(path_join(&kit.arena, local, "x.PST"), "x.PST", LOCATION_LOCAL);
	expect(path_join(&kit.arena, local, "ann@example.org - Outlook.ost"), "ann@example.org",
	    LOCATION_IMAP_CACHE);
	expect(path_join(&kit.arena, local, "groups.nst"), "groups.nst", LOCATION_IMAP_CACHE);
	expect("seven/Users/Ann/Documents/Outlook Files/b.pst", "b.pst", LOCATION_LOCAL);
	expect("seven/Users/Ann/Documents/Outlook Files/ann@example.net.pst", "ann@example.net",
	    LOCATION_LOCAL);
	expect("seven/Users/Ann/OneDrive - Firma/Dokumente/Outlook-Dateien/c.pst", "c.pst",
	    LOCATION_LOCAL);
	expect("seven/Users/Ann/Documents/Old years/d.pst", "d.pst", LOCATION_LOCAL);
	expect("seven/Mail/e.pst", "e.pst", LOCATION_LOCAL);
	expect("seven/f.pst", "f.pst", LOCATION_LOCAL);
	T(kit.found.n == 9, "%zu locations", kit.found.n);
	l = &kit.found.items[0];
	T_SAME(kit_role(l, "seven/Users/Ann/APPDATA/Roaming/Microsoft/Signatures"), "signature", "kept");
	T_SAME(kit_role(l, path_join(&kit.arena, local, "RoamCache/Stream_Autocomplete_0_1.dat")),
	    "addresses", "kept");
}

static void
on_xp(void)
{
	kit_directory("xp/WINDOWS/system32/config");
	kit_write("xp/Documents and Settings/Ann/Local Settings/Application Data/Microsoft/Outlook/a.ost",
	    OST);
	kit_write("xp/Dokumente und Einstellungen/Otto/NTUSER.DAT", "x");
	kit_write("xp/Dokumente und Einstellungen/Otto/Lokale Einstellungen/Anwendungsdaten/Microsoft/"
	    "Outlook/Outlook.pst", PST);
	kit_find_in(&locate_outlook, kit_home("xp/Documents and Settings/Ann"));
	expect("xp/Documents and Settings/Ann/Local Settings/Application Data/Microsoft/Outlook/a.ost",
	    "a.ost", LOCATION_IMAP_CACHE);
	kit_find_in(&locate_outlook, kit_home("xp/Dokumente und Einstellungen/Otto"));
	expect("xp/Dokumente und Einstellungen/Otto/Lokale Einstellungen/Anwendungsdaten/Microsoft/"
	    "Outlook/Outlook.pst", "Outlook.pst", LOCATION_LOCAL);
}

/* Without profiles the disk is the home. */
static void
on_95(void)
{
	const struct location *l;

	kit_write("old/WINDOWS/USER.DAT", "x");
	kit_write("old/Exchange/mailbox.pst", PST);
	kit_write("old/WINDOWS/Application Data/Microsoft/Outlook/outlook.pst", PST);
	kit_write("old/WINDOWS/Local Settings/Application Data/Microsoft/Outlook/archive.pst", PST);
	kit_write("old/WINDOWS/mailbox.pab", PAB);
	kit_write("old/My Documents/mine.pst", PST);
	kit_find_in(&locate_outlook, kit_home("old"));
	expect("old/Exchange/mailbox.pst", "mailbox.pst", LOCATION_LOCAL);
	expect("old/WINDOWS/Application Data/Microsoft/Outlook/outlook.pst", "outlook.pst",
	    LOCATION_LOCAL);
	expect("old/WINDOWS/Local Settings/Application Data/Microsoft/Outlook/archive.pst",
	    "archive.pst", LOCATION_LOCAL);
	expect("old/My Documents/mine.pst", "mine.pst", LOCATION_LOCAL);
	T(kit.found.n == 4, "%zu locations", kit.found.n);
	l = &kit.found.items[0];
	T_SAME(kit_role(l, "old/WINDOWS/mailbox.pab"), "addresses", "the address book is kept");
}

static void
add_path(struct buf *hive, const char *key, const char *path, const char *shown)
{
	struct buf wide = BUF_EMPTY;
	size_t i;

	for (i = 0; i <= strlen(path); i++) {
		buf_add_byte(&wide, (unsigned char)path[i]);
		buf_add_byte(&wide, 0);
	}
	hivekit_value(hive, key, "001f6700", HIVE_BYTES, buf_slice(&wide));
	if (shown != NULL)
		hivekit_text(hive, key, "001f3001", HIVE_BYTES, shown);
	buf_free(&wide);
}

/* What the registry says of files that lie where nobody would look. */
static void
by_registry(void)
{
	struct buf hive = BUF_EMPTY;
	const struct location *l;

	kit_directory("ten/Windows/System32/config");
	kit_write("ten/Mail/Work.pst", PST);
	kit_write("ten/Mail/Old.pst", PST);
	kit_write("ten/Mail/Older.pst", PST);
	kit_write("ten/Mail/Oldest.pst", PST);
	kit_write("ten/Mail/fake.pst", "no");
	kit_write("ten/Users/Ann/Local/Microsoft/Outlook/moved.ost", OST);
	kit_write("ten/Users/Ann/All mail/forced.pst", PST);
	kit_write("ten/Users/Ann/Searched.pst/in.pst", PST);
	hivekit_begin(&hive);
	add_path(&hive, PROFILE "{1}", "C:\\Mail\\Work.pst", "Work");
	add_path(&hive, PROFILE "{2}", "c:\\mail\\OLD.PST", "Archive");
	add_path(&hive, PROFILE "{6}", "C:\\Mail\\Oldest.pst", "Archive");
	add_path(&hive, PROFILE "{3}", "D:\\Mail\\Away.pst", "Away");
	add_path(&hive, PROFILE "{4}", "C:\\Mail\\fake.pst", "Fake");
	add_path(&hive, PROFILE "{5}", "C:\\Mail\\gone.pst", "Gone");
	hivekit_text(&hive, "Software\\Microsoft\\Office\\16.0\\Outlook\\Search\\Catalog",
	    "C:\\Mail\\Older.pst", HIVE_NUMBER, "");
	hivekit_text(&hive, "Software\\Microsoft\\Office\\15.0\\Outlook", "ForcePSTPath",
	    HIVE_EXPANDABLE, "%USERPROFILE%\\All mail");
	hivekit_text(&hive, "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\User Shell Folders",
	    "Local AppData", HIVE_EXPANDABLE, "%USERPROFILE%\\Local");
	hivekit_text(&hive, ACCOUNT, "Email", HIVE_TEXT, "ann@example.org");
	hivekit_value(&hive, ACCOUNT, "Delivery Store EntryID", HIVE_BYTES, SLICE_OF("\1\2\3"
	    "C\0:\0\\\0M\0a\0i\0l\0\\\0W\0o\0r\0k\0.\0p\0s\0t\0\0\0"));
	hivekit_end(&hive);
	kit_write_bytes("ten/Users/Ann/NTUSER.DAT", buf_slice(&hive));
	kit_find_in(&locate_outlook, kit_home("ten/Users/Ann"));
	expect("ten/Mail/Work.pst", "ann@example.org", LOCATION_LOCAL);
	expect("ten/Mail/Old.pst", "Archive", LOCATION_LOCAL);
	expect("ten/Mail/Oldest.pst", "Archive (Oldest.pst)", LOCATION_LOCAL);
	expect("ten/Mail/Older.pst", "Older.pst", LOCATION_LOCAL);
	expect("ten/Users/Ann/All mail/forced.pst", "forced.pst", LOCATION_LOCAL);
	expect("ten/Users/Ann/Local/Microsoft/Outlook/moved.ost", "moved.ost", LOCATION_IMAP_CACHE);
	l = kit_expect("D:\\Mail\\Away.pst", "outlook", "Away", "pst", "plain");
	T(l && !l->supported, "on another volume");
	T(kit.found.n == 7, "%zu locations", kit.found.n);
	T_SAME(kit_role(kit_at("ten/Mail/Older.pst"), "ten/Users/Ann/NTUSER.DAT"), "settings",
	    "the registry is kept");
	buf_free(&hive);
}

int
main(void)
{
	on_seven();
	on_xp();
	on_95();
	by_registry();
	return kit_done();
}
