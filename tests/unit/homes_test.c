/* SPDX-License-Identifier: MIT */
#include "backends/clients/homes.h"

#include "backends/clients/disk.h"
#include "tests/unit/homekit.h"

static bool
has_home(const char *relative, const char *root, const char *user)
{
	const char *path = kit_path(relative);
	size_t i;

	for (i = 0; i < kit.homes.n; i++)
		if (strcmp(kit.homes.items[i].path, path) == 0)
			return strcmp(kit.homes.items[i].root, kit_path(root)) == 0 &&
			    strcmp(kit.homes.items[i].user, user) == 0 && !kit.homes.items[i].is_own;
	return false;
}

static void
under(const char *root, size_t n)
{
	vec_clear(&kit.homes);
	T(homes_under(kit_path(root), &kit.arena, &kit.homes, &kit.err) == 0, "%s: %s", root,
	    kit.err.text);
	T(kit.homes.n == n, "%s: %zu homes", root, kit.homes.n);
}

static void
linux_disks(void)
{
	kit_write("linux/etc/passwd",
	    "root:x:0:0:root:/root:/bin/bash\n"
	    "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n"
	    "broken\n::::::\nx:x:notanumber:1::/home/x:\n"
	    "ann:x:1000:1000:Ann:/home/ann:/bin/bash\n"
	    "bob:x:1001:1001::/srv/people/../bob/:/bin/sh\n"
	    "carl:x:1002:1002::/missing:/bin/sh\n"
	    "dee:x:1003:1003::/homes/dee:/bin/sh\n"
	    "top:x:1004:1004::/:/bin/sh\n"
	    "nobody:x:65534:65534::/usr:/bin/false\n");
	kit_directory("linux/root");
	kit_directory("linux/home/ann");
	kit_directory("linux/home/unlisted");
	kit_directory("linux/home/lost+found");
	kit_directory("linux/srv/bob");
	kit_directory("linux/usr");
	kit_directory("linux/data/homes/dee");
	kit_link("/data/homes", "linux/homes");
	under("linux", 5);
	T(has_home("linux/root", "linux", "root"), "root");
	T(has_home("linux/home/ann", "linux", "ann"), "a user");
	T(has_home("linux/srv/bob", "linux", "bob"), "elsewhere");
	T(has_home("linux/data/homes/dee", "linux", "dee"), "a link counts from the disk's own root");
	T(has_home("linux/home/unlisted", "linux", "unlisted"), "a directory of no user");
	T(homes_system(kit_path("linux")) == SYSTEM_UNIX, "Linux");

	kit_directory("partition/home/ann");
	under("partition", 1);
	T(has_home("partition/home/ann", "partition", "ann"), "a disk of homes alone");
}

static void
other_disks(void)
{
	static const char *const windows[] = { "Users/Ann Smith", "Users/Public", "Users/Default",
	    "Users/All Users", "windows/system32/CONFIG" };
	static const char *const xp[] = { "WINDOWS/system32/config",
	    "Documents and Settings/ann", "Documents and Settings/LocalService" };
	static const char *const macos[] = { "Users/ann/Library", "Users/Shared", "Users/.hidden" };
	size_t i;

	for (i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		kit_directory(path_join(&kit.arena, "win", windows[i]));
	kit_link("/etc", "win/Users/Junction");
	under("win", 1);
	T(has_home("win/Users/Ann Smith", "win", "Ann Smith"), "Windows");
	T(homes_system(kit_path("win")) == SYSTEM_WINDOWS, "Windows");

	for (i = 0; i < sizeof(xp) / sizeof(xp[0]); i++)
		kit_directory(path_join(&kit.arena, "xp", xp[i]));
	under("xp", 1);
	T(has_home("xp/Documents and Settings/ann", "xp", "ann"), "Windows XP");

	kit_directory("german/WINDOWS/system32/config");
	kit_write("german/Dokumente und Einstellungen/Bärbel/NTUSER.DAT", "x");
	kit_write("german/Dokumente und Einstellungen/Default User/NTUSER.DAT", "x");
	under("german", 1);
	T(has_home("german/Dokumente und Einstellungen/Bärbel", "german", "Bärbel"),
	    "Windows XP in another language");

	kit_write("w98/WINDOWS/SYSTEM.DAT", "x");
	kit_directory("w98/WINDOWS/Profiles/ann");
	under("w98", 2);
	T(has_home("w98", "w98", "default"), "Windows 98");
	T(has_home("w98/WINDOWS/Profiles/ann", "w98", "ann"), "Windows 98 with profiles");

	for (i = 0; i < sizeof(macos) / sizeof(macos[0]); i++)
		kit_directory(path_join(&kit.arena, "mac", macos[i]));
	kit_write("mac/System/Library/CoreServices/SystemVersion.plist", "<plist/>");
	kit_write("mac/etc/passwd", "root:x:0:0::/var/root:/bin/sh\n");
	under("mac", 1);
	T(has_home("mac/Users/ann", "mac", "ann"), "macOS");
	T(homes_system(kit_path("mac")) == SYSTEM_MACOS, "macOS");

	kit_directory("data/Users/ann/Library/Preferences");
	T(homes_system(kit_path("data")) == SYSTEM_MACOS, "macOS, the data volume alone");
	kit_write("users/Users/ann/ntuser.dat", "x");
	T(homes_system(kit_path("users")) == SYSTEM_WINDOWS, "a volume of Windows homes alone");
}

static void
nested_and_none(void)
{
	kit_directory("images/a/mac/Users/ann/Library/Preferences");
	kit_write("images/b/etc/passwd", "bob:x:1000:1000::/home/bob:/bin/sh\n");
	kit_directory("images/b/home/bob");
	under("images", 2);
	T(has_home("images/a/mac/Users/ann", "images/a/mac", "ann"), "nested macOS");
	T(has_home("images/b/home/bob", "images/b", "bob"), "nested Linux");

	kit_directory("nothing/at/all");
	vec_clear(&kit.homes);
	T(homes_under(kit_path("nothing"), &kit.arena, &kit.homes, &kit.err) < 0 &&
	    kit.err.code == ERR_NOT_FOUND, "no system");
	T(homes_under(kit_path("missing"), &kit.arena, &kit.homes, &kit.err) < 0 &&
	    kit.err.code == ERR_NOT_FOUND, "no such directory");
	T(homes_at(kit_path("linux/etc/passwd"), &kit.arena, &kit.homes, &kit.err) < 0,
	    "a file is no home");
	T(homes_at(kit_path("missing"), &kit.arena, &kit.homes, &kit.err) < 0, "no such home");
}

static void
named_homes(void)
{
	struct environment env = { .home = kit_path("linux/home/ann/"), .user = "me",
	    .config_home = "/cfg/./x", .data_home = "relative", .mail = "/var/mail/x" };
	const struct home *home;

	home = kit_home("linux/home/ann");
	T(strcmp(home->root, kit_path("linux")) == 0 && strcmp(home->user, "ann") == 0, "its system");
	T(strcmp(home->config_home, kit_path("linux/home/ann/.config")) == 0, "%s", home->config_home);
	T(home->mail == NULL && home->maildir == NULL && !home->is_own, "no environment");
	home = kit_home("win/Users/Ann Smith");
	T(strcmp(home->root, kit_path("win")) == 0 && strcmp(home->user, "Ann Smith") == 0, "Windows");
	vec_clear(&kit.homes);
	T(homes_own(&env, &kit.arena, &kit.homes, &kit.err) == 0, "own");
	home = &kit.homes.items[0];
	T(home->is_own && strcmp(home->root, "/") == 0 && strcmp(home->user, "me") == 0, "own");
	T(strcmp(home->path, kit_path("linux/home/ann")) == 0, "%s", home->path);
	T(strcmp(home->config_home, "/cfg/x") == 0, "%s", home->config_home);
	T(strcmp(home->data_home, kit_path("linux/home/ann/.local/share")) == 0,
	    "a relative one is ignored");
	T(strcmp(home->mail, "/var/mail/x") == 0, "MAIL");
	env = (struct environment){ .home = NULL };
	vec_clear(&kit.homes);
	T(homes_own(&env, &kit.arena, &kit.homes, &kit.err) == 0 && kit.homes.items[0].path[0] == '/',
	    "from the user database");
}

/* ---- Finding one's way ---- */

static bool
leads_to(const char *got, const char *relative)
{
	return relative == NULL ? got == NULL : got != NULL && strcmp(got, kit_path(relative)) == 0;
}

static void
on_a_linux_disk(void)
{
	static const struct {
		const char *name, *mark, *path;
	} cases[] = {
		{ "Mail", NULL, "linux/home/ann/Mail" },
		{ "~/Mail", NULL, "linux/home/ann/Mail" },
		{ "~", NULL, "linux/home/ann" },
		{ "mail", NULL, NULL },
		{ "/home/ann/Mail", NULL, "linux/home/ann/Mail" },
		{ "/srv/bob", NULL, "linux/srv/bob" },
		{ "absolute", NULL, "linux/srv/bob" },
		{ "relative", NULL, "linux/srv/bob" },
		{ "escape", NULL, "linux/srv/bob" },
		{ "loop", NULL, NULL },
		{ "loop/x", NULL, NULL },
		{ "../../etc", NULL, "linux/etc" },
		{ "../../../linux/etc", NULL, "linux/etc" },
		{ "../../../win", NULL, NULL },
		{ "/home/other/Mail/in", NULL, "linux/home/ann/Mail/in" },
		{ "/Users/other/Mail", NULL, "linux/home/ann/Mail" },
		{ "/root/Mail", NULL, "linux/home/ann/Mail" },
		{ "/mnt/x/Mail/in", NULL, "linux/home/ann/Mail/in" },
		{ "/mnt/usb/Mail", NULL, NULL },
		{ "/mnt/usb/Mail", "in", "linux/home/ann/Mail" },
		{ "/mnt/usb/Mail", "out", NULL },
		{ "Mail", "out", NULL },
		{ "", NULL, NULL },
		{ "D:\\Mail", NULL, NULL },
	};
	struct disk d;
	size_t i;

	kit_write("linux/home/ann/Mail/in", "x");
	kit_link("/srv/bob", "linux/home/ann/absolute");
	kit_link("../../srv/./bob", "linux/home/ann/relative");
	kit_link("../../../../../../../../srv/bob", "linux/home/ann/escape");
	kit_link("loop", "linux/home/ann/loop");
	kit_link("/etc/passwd", "linux/home/ann/host");
	T(disk_open(&d, kit_home("linux/home/ann"), &kit.arena, &kit.err) == 0, "%s", kit.err.text);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(leads_to(disk_named(&d, d.home->path, slice_string(cases[i].name), cases[i].mark),
		    cases[i].path), "%s", cases[i].name);
	T(leads_to(disk_in_home(&d, "host"), "linux/etc/passwd"), "never the running system's own");
	T(disk_at(&d, "/etc/passwd") == NULL, "a path outside the disk");
	T(disk_named(&d, d.home->path, slice_of("Mail\0x", 6), NULL) == NULL, "a NUL");
	T(strcmp(disk_tilde(&d, kit_path("linux/home/ann/Mail")), "~/Mail") == 0, "~");
	T(strcmp(disk_tilde(&d, kit_path("linux/srv")), kit_path("linux/srv")) == 0, "not ~");
}

static void
on_a_windows_disk(void)
{
	struct paths found = VEC_EMPTY;
	struct disk d;

	kit_directory("win/Users/Ann Smith/AppData/Roaming");
	kit_write("win/Users/Ann Smith/Documents/One.PST", "x");
	kit_write("win/Users/Ann Smith/Documents/two.pst", "x");
	kit_link("Documents", "win/Users/Ann Smith/My Documents");
	T(disk_open(&d, kit_home("win/Users/Ann Smith"), &kit.arena, &kit.err) == 0, "%s",
	    kit.err.text);
	T(leads_to(disk_in_home(&d, "appdata/ROAMING"), "win/Users/Ann Smith/AppData/Roaming"),
	    "without case");
	T(disk_in_home(&d, "My Documents/two.pst") == NULL, "junctions are not followed");
	T(leads_to(disk_named(&d, d.home->path, SLICE_OF("c:\\users\\ann smith\\documents\\one.pst"),
	    NULL), "win/Users/Ann Smith/Documents/One.PST"), "a path of the system drive");
	T(disk_named(&d, d.home->path, SLICE_OF("D:\\x"), NULL) == NULL &&
	    disk_is_elsewhere(&d, SLICE_OF("D:\\x")) && disk_is_elsewhere(&d, SLICE_OF("\\\\srv\\x")) &&
	    !disk_is_elsewhere(&d, SLICE_OF("C:\\x")), "another volume");
	disk_match(&d, d.home->path, "Documents/*.pst", &found);
	T(found.n == 2, "%zu matches", found.n);
	vec_clear(&found);
	disk_match(&d, d.home->path, "*/*.pst", &found);
	T(found.n == 2, "%zu matches, not through the junction", found.n);
	vec_free(&found);
}

int
main(void)
{
	linux_disks();
	other_disks();
	nested_and_none();
	named_homes();
	on_a_linux_disk();
	on_a_windows_disk();
	return kit_done();
}
