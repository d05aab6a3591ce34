/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/hivekit.h"
#include "tests/unit/homekit.h"

#define LIVE "live/Users/Ann/AppData/Local/Microsoft/Windows Live Mail"
#define VISTA "vista/Users/Ann/AppData/Local/Microsoft/Windows Mail"
#define ACCOUNT "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<MessageAccount>\n" \
    "<Connection_Type type=\"DWORD\">00000003</Connection_Type>\n"

static const struct location *
expect(const char *path, const char *client, const char *account, enum location_kind kind)
{
	const struct location *l = kit_expect(path, client, account, "eml", "plain");

	T(l && l->supported && l->kind == kind, "%s: what it is", path);
	return l;
}

/* A text of ASCII in UTF-16, with the mark of that. */
static void
write_wide(const char *relative, const char *text)
{
	struct buf wide = BUF_EMPTY;

	buf_add(&wide, SLICE_OF("\xff\xfe"));
	for (; *text != '\0'; text++) {
		buf_add_byte(&wide, (unsigned char)*text);
		buf_add_byte(&wide, 0);
	}
	kit_write_bytes(relative, buf_slice(&wide));
	buf_free(&wide);
}

static void
live_mail(void)
{
	const struct location *l;

	kit_directory("live/Windows/System32/config");
	write_wide(LIVE "/Gmail (ann) 2c9/account{1}.oeaccount", ACCOUNT
	    "<Account_Name type=\"SZ\">Tom &amp; Ann</Account_Name>\n"
	    "<IMAP_Server type=\"SZ\">imap.example.org</IMAP_Server>\n</MessageAccount>\n");
	kit_write(LIVE "/Gmail (ann) 2c9/Inbox/0A1B2C3D-00000001.eml", MESSAGE);
	kit_write(LIVE "/Pop.exampl (ann) 111/account{2}.oeaccount", ACCOUNT
	    "<Account_Name type=\"SZ\">Pop</Account_Name><POP3_Server type=\"SZ\">pop.example.org"
	    "</POP3_Server></MessageAccount>");
	kit_write(LIVE "/Odd (ann) 222/account{3}.oeaccount", "rubbish");
	kit_write(LIVE "/Storage Folders/Old/Older/0A1B2C3D-00000002.EML", MESSAGE);
	kit_write(LIVE "/Backup/new/x.eml", MESSAGE);
	kit_write(LIVE "/Empty/x.txt", MESSAGE);
	kit_write(LIVE "/Mail.MSMessageStore", "x");
	kit_write("live/Users/Ann/Contacts/Bob.contact", "x");
	kit_find_in(&locate_windows_mail, kit_home("live/Users/Ann"));
	l = expect(LIVE "/Gmail (ann) 2c9", "windows-live-mail", "Tom & Ann", LOCATION_IMAP_CACHE);
	T_SAME(kit_role(l, LIVE "/Gmail (ann) 2c9"), "settings", "what lies beside the messages");
	T_SAME(kit_role(l, LIVE "/Mail.MSMessageStore"), "flags", "the database");
	T_SAME(kit_role(l, "live/Users/Ann/Contacts/Bob.contact"), "addresses", "people");
	expect(LIVE "/Pop.exampl (ann) 111", "windows-live-mail", "Pop", LOCATION_POP);
	expect(LIVE "/Odd (ann) 222", "windows-live-mail", "Odd (ann) 222", LOCATION_LOCAL);
	expect(LIVE "/Storage Folders", "windows-live-mail", "Storage Folders", LOCATION_LOCAL);
	T(kit.found.n == 4, "%zu locations", kit.found.n);
}

static void
vista_mail(void)
{
	kit_directory("vista/Windows/System32/config");
	kit_write(VISTA "/Local Folders/account{1}.oeaccount", ACCOUNT
	    "<Account_Name type=\"SZ\">Pop</Account_Name></MessageAccount>");
	kit_write(VISTA "/Local Folders/Inbox/12345678-00000001.eml", MESSAGE);
	kit_write(VISTA "/Local Folders/Inbox/winmail.fol", "x");
	kit_write(VISTA "/news.example.org/group/12345678-00000002.nws", MESSAGE);
	kit_find_in(&locate_windows_mail, kit_home("vista/Users/Ann"));
	expect(VISTA "/Local Folders", "windows-mail", "Local Folders", LOCATION_LOCAL);
	expect(VISTA "/news.example.org", "windows-mail", "news.example.org", LOCATION_LOCAL);
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

static void
by_registry(void)
{
	struct buf hive = BUF_EMPTY;
	const struct location *l;

	kit_directory("moved/Windows/System32/config");
	kit_write("moved/Mail/Storage Folders/Inbox/1.eml", MESSAGE);
	hivekit_begin(&hive);
	hivekit_text(&hive, "Software\\Microsoft\\Windows Live Mail", "Store Root", HIVE_EXPANDABLE,
	    "%SystemDrive%\\Mail");
	hivekit_text(&hive, "Software\\Microsoft\\Windows Mail", "Store Root", HIVE_EXPANDABLE,
	    "F:\\Mail");
	hivekit_end(&hive);
	kit_write_bytes("moved/Users/Ann/NTUSER.DAT", buf_slice(&hive));
	kit_find_in(&locate_windows_mail, kit_home("moved/Users/Ann"));
	expect("moved/Mail/Storage Folders", "windows-live-mail", "Storage Folders", LOCATION_LOCAL);
	l = kit_expect("F:\\Mail", "windows-mail", "F:\\Mail", "eml", "plain");
	T(l && !l->supported, "on another volume");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
	buf_free(&hive);
}

/* What nobody can read is named, and kept with what lies beside it. */
static void
sealed_mail(void)
{
	const char *app = "ten/Users/Ann/AppData/Local/Packages/"
	    "microsoft.windowscommunicationsapps_8wekyb3d8bbwe/LocalState";
	const struct location *l;
	size_t i;

	kit_directory("ten/Windows/System32/config");
	kit_write(path_join(&kit.arena, app, "HxStore.hxd"), "x");
	kit_write(path_join(&kit.arena, app, "Files/S0/1/a.pdf"), "x");
	kit_write("ten/Users/Ann/AppData/Local/Comms/UnistoreDB/store.vol", "x");
	kit_write("ten/Users/Ann/AppData/Local/Comms/Unistore/data/3/a/1.dat", "x");
	kit_write("ten/Users/Ann/AppData/Local/Microsoft/Olk/Attachments/x", "x");
	kit_find_in(&locate_windows_mail, kit_home("ten/Users/Ann"));
	l = kit_expect(path_join(&kit.arena, app, "HxStore.hxd"), "windows-mail", "HxStore.hxd",
	    "hxstore", "plain");
	T_SAME(kit_role(l, path_join(&kit.arena, app, "Files")), "store", "attachments");
	l = kit_expect("ten/Users/Ann/AppData/Local/Comms/UnistoreDB/store.vol", "windows-mail",
	    "store.vol", "unistore", "plain");
	T_SAME(kit_role(l, "ten/Users/Ann/AppData/Local/Comms/Unistore"), "store", "texts");
	kit_expect("ten/Users/Ann/AppData/Local/Microsoft/Olk", "outlook", "Olk", "hxstore", "plain");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
	for (i = 0; i < kit.found.n; i++)
		T(!kit.found.items[i].supported, "%s: not read", kit.found.items[i].path);
}

int
main(void)
{
	live_mail();
	vista_mail();
	by_registry();
	sealed_mail();
	return kit_done();
}
