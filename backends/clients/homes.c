/* SPDX-License-Identifier: MIT */
#include "backends/clients/homes.h"

#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "backends/clients/disk.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define USER_FIRST 1000         /* the first uid of a person on common systems */
#define USER_NOBODY 65534
#define NESTING_MAX 3           /* levels below a root that is no system's */
#define NESTED_MAX 200          /* directories looked at there, per level */

/* A way through a disk of which no home is known yet. */
static struct disk
disk_of_root(struct home *stub, const char *root, enum home_system system, struct arena *a)
{
	struct disk d = { .home = stub, .arena = a, .system = system };

	memset(stub, 0, sizeof(*stub));
	stub->path = stub->root = root;
	d.is_mounted = strcmp(root, "/") != 0;
	return d;
}

/* A volume of users alone, told by what lies in their homes. */
static enum home_system
system_of_users(const struct disk *d, const char *root)
{
	struct paths found = VEC_EMPTY;
	enum home_system system = SYSTEM_UNKNOWN;

	disk_match(d, root, "Users/*/Library/Preferences", &found);
	if (found.n > 0)
		system = SYSTEM_MACOS;
	disk_match(d, root, "Users/*/NTUSER.DAT", &found);
	if (system == SYSTEM_UNKNOWN && found.n > 0)
		system = SYSTEM_WINDOWS;
	vec_free(&found);
	return system;
}

enum home_system
homes_system(const char *root)
{
	static const struct {
		const char *mark;
		enum home_system system;
	} marks[] = {
		/* macOS has an etc/passwd too. */
		{ "System/Library/CoreServices/SystemVersion.plist", SYSTEM_MACOS },
		{ "Windows/System32/config", SYSTEM_WINDOWS },
		{ "WINNT/System32/config", SYSTEM_WINDOWS },
		{ "Windows/SYSTEM.DAT", SYSTEM_WINDOWS },
		{ "Windows/USER.DAT", SYSTEM_WINDOWS },
		{ "Documents and Settings", SYSTEM_WINDOWS },
	};
	struct arena a = ARENA_EMPTY;
	struct home stub;
	struct disk d = disk_of_root(&stub, root, SYSTEM_WINDOWS, &a);
	enum home_system system = SYSTEM_UNKNOWN;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && system == SYSTEM_UNKNOWN; i++)
		if (disk_below(&d, root, marks[i].mark) != NULL)
			system = marks[i].system;
	if (system == SYSTEM_UNKNOWN)
		system = system_of_users(&d, root);
	d.system = SYSTEM_UNIX;
	if (system == SYSTEM_UNKNOWN && disk_below(&d, root, "etc/passwd") != NULL)
		system = SYSTEM_UNIX;
	arena_free(&a);
	return system;
}

static struct home *
home_add(struct homes *out, struct arena *a, const char *root, const char *path, const char *user)
{
	struct home *home;
	size_t i;

	for (i = 0; i < out->n; i++)
		if (strcmp(out->items[i].path, path) == 0)
			return &out->items[i];
	home = vec_push(out);
	home->path = path;
	home->root = root;
	home->user = user;
	home->config_home = path_join(a, path, ".config");
	home->data_home = path_join(a, path, ".local/share");
	home->cache_home = path_join(a, path, ".cache");
	return home;
}

/* The XDG base directory specification: a relative one is to be ignored. */
static void
override(const char **value, const char *wanted, struct arena *a)
{
	if (wanted != NULL && wanted[0] == '/')
		*value = path_clean(a, wanted);
}

/* Locators take what they cannot look into for absent: not the whole of it. */
static int
check_directory(const char *path, enum error_code other, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return err->code != ERR_NOT_FOUND ? -1 :
		    fail(err, ERR_NOT_FOUND, "%s: no such directory", path);
	if (meta.kind != FILE_DIRECTORY)
		return fail(err, other, "%s: not a directory", path);
	if (access(path, R_OK | X_OK) < 0)
		return fail_errno(err, "%s", path);
	return 0;
}

int
homes_own(const struct environment *env, struct arena *a, struct homes *out, struct error *err)
{
	const struct passwd *entry = getpwuid(getuid());
	const char *path = env->home, *user = env->user;
	struct home *home;

	if ((path == NULL || path[0] != '/') && entry != NULL)
		path = entry->pw_dir;
	if ((user == NULL || user[0] == '\0') && entry != NULL)
		user = entry->pw_name;
	if (path == NULL || path[0] != '/')
		return fail(err, ERR_NOT_FOUND, "the home directory is not known: HOME is not set");
	path = path_clean(a, path);
	if (check_directory(path, ERR_NOT_FOUND, err) < 0)
		return fail_in(err, "the home directory");
	home = home_add(out, a, "/", path, arena_string(a, user != NULL ? user : path_base(path)));
	home->is_own = true;
	override(&home->config_home, env->config_home, a);
	override(&home->data_home, env->data_home, a);
	override(&home->cache_home, env->cache_home, a);
	override(&home->mail, env->mail, a);
	override(&home->maildir, env->maildir, a);
	return 0;
}

struct user {
	const char *name, *home;
	uint64_t uid;
};

/* The next line of a passwd file that names a user. */
static bool
passwd_next(struct slice *rest, struct arena *a, struct user *out)
{
	struct slice line, fields[6];
	size_t n;

	while (slice_line(rest, &line)) {
		line = slice_chomp(line);
		for (n = 0; n < 6 && slice_field(&line, ':', &fields[n]); n++)
			;
		if (n < 6 || fields[0].n == 0 || !slice_number(fields[2], UINT32_MAX, &out->uid) ||
		    !slice_starts(fields[5], "/"))
			continue;
		out->name = arena_string_of(a, fields[0]);
		out->home = path_clean(a, arena_string_of(a, fields[5]));
		return true;
	}
	return false;
}

/* A system without a readable user database has its home/ all the same. */
static void
read_passwd(const struct disk *d, const char *root, struct buf *out)
{
	const char *path = disk_below(d, root, "etc/passwd");
	struct error err;

	buf_clear(out);
	if (path != NULL && file_read_all(path, CONFIG_FILE_MAX, out, &err) < 0)
		buf_clear(out);
}

int
homes_at(const char *directory, struct arena *a, struct homes *out, struct error *err)
{
	char here[PATH_MAX];
	const char *path, *root, *user;
	struct buf passwd = BUF_EMPTY;
	struct home stub;
	struct disk d;
	struct slice rest;
	struct user entry;

	if (directory[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return fail_errno(err, "current directory");
		directory = path_join(a, here, directory);
	}
	path = path_clean(a, directory);
	if (check_directory(path, ERR_USAGE, err) < 0)
		return -1;
	for (root = path; strcmp(root, "/") != 0; root = path_parent(a, root))
		if (homes_system(root) != SYSTEM_UNKNOWN)
			break;
	user = path_base(path);
	d = disk_of_root(&stub, root, SYSTEM_UNIX, a);
	read_passwd(&d, root, &passwd);
	rest = buf_slice(&passwd);
	while (passwd_next(&rest, a, &entry))
		if (strcmp(entry.home, path_join(a, "/", path_below(path, root))) == 0)
			user = entry.name;
	buf_free(&passwd);
	home_add(out, a, root, path, user);
	return 0;
}

/* Every directory in a directory of homes, but those of no person. */
static void
add_all(const struct disk *d, const char *root, const char *directory,
    const char *const *except, struct homes *out)
{
	struct directory list;
	struct error err;
	const char *path = disk_below(d, root, directory);
	size_t i, j;

	if (path == NULL || directory_read(path, false, d->arena, &list, &err) < 0)
		return;
	for (i = 0; i < list.n; i++) {
		if (list.entries[i].kind != FILE_DIRECTORY || list.entries[i].name[0] == '.')
			continue;
		for (j = 0; except[j] != NULL; j++)
			if (slice_equal_nocase(slice_string(list.entries[i].name),
			    slice_string(except[j])))
				break;
		if (except[j] == NULL)
			home_add(out, d->arena, root, path_join(d->arena, path, list.entries[i].name),
			    list.entries[i].name);
	}
}

static void
add_unix(struct disk *d, const char *root, struct homes *out)
{
	static const char *const except[] = { "lost+found", NULL };
	struct buf passwd = BUF_EMPTY;
	struct user entry;
	struct slice rest;
	const char *path;

	read_passwd(d, root, &passwd);
	rest = buf_slice(&passwd);
	while (passwd_next(&rest, d->arena, &entry)) {
		if (entry.uid != 0 && (entry.uid < USER_FIRST || entry.uid == USER_NOBODY))
			continue;
		path = disk_below(d, root, entry.home + 1);
		if (path != NULL && strcmp(path, root) != 0 && file_is_directory(path))
			home_add(out, d->arena, root, path, entry.name);
	}
	buf_free(&passwd);
	add_all(d, root, "home", except, out);
}

/* In Windows XP of other languages the directory of homes has a name in that
 * language; each home holds the person's registry. */
static void
add_by_registry(const struct disk *d, const char *root, const char *const *except,
    struct homes *out)
{
	struct paths found = VEC_EMPTY;
	const char *home;
	size_t i, j;

	disk_match(d, root, "*/*/NTUSER.DAT", &found);
	for (i = 0; i < found.n; i++) {
		home = path_parent(d->arena, found.items[i]);
		for (j = 0; except[j] != NULL; j++)
			if (slice_equal_nocase(slice_string(path_base(home)), slice_string(except[j])))
				break;
		if (except[j] == NULL)
			home_add(out, d->arena, root, home, path_base(home));
	}
	vec_free(&found);
}

static void
add_windows(const struct disk *d, const char *root, struct homes *out)
{
	static const char *const except[] = { "Public", "Default", "Default User", "All Users",
	    "LocalService", "NetworkService", NULL };

	add_all(d, root, "Users", except, out);
	add_all(d, root, "Documents and Settings", except, out);
	add_by_registry(d, root, except, out);
	/* Windows 95 to Me: one home, or profiles. */
	if (disk_below(d, root, "Windows/SYSTEM.DAT") != NULL ||
	    disk_below(d, root, "Windows/USER.DAT") != NULL) {
		add_all(d, root, "Windows/Profiles", except, out);
		home_add(out, d->arena, root, root, "default");
	}
}

static void
add_system(const char *root, enum home_system system, struct arena *a, struct homes *out)
{
	static const char *const except[] = { "Shared", "Guest", NULL };
	struct home stub;
	struct disk d = disk_of_root(&stub, root, system, a);

	if (system == SYSTEM_WINDOWS)
		add_windows(&d, root, out);
	else if (system == SYSTEM_MACOS)
		add_all(&d, root, "Users", except, out);
	else
		add_unix(&d, root, out);
}

/* Systems below a directory that is none: images, nested copies. */
static void
add_nested(const char *directory, unsigned depth, struct arena *a, struct homes *out)
{
	struct directory list;
	struct error err;
	enum home_system system;
	const char *path;
	size_t i, looked = 0;

	if (depth == 0 || directory_read(directory, false, a, &list, &err) < 0)
		return;
	for (i = 0; i < list.n && looked < NESTED_MAX; i++) {
		if (list.entries[i].kind != FILE_DIRECTORY)
			continue;
		looked++;
		path = path_join(a, directory, list.entries[i].name);
		system = homes_system(path);
		if (system != SYSTEM_UNKNOWN)
			add_system(path, system, a, out);
		else
			add_nested(path, depth - 1, a, out);
	}
}

int
homes_under(const char *root, struct arena *a, struct homes *out, struct error *err)
{
	char here[PATH_MAX];
	enum home_system system;
	size_t before = out->n;

	if (root[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return fail_errno(err, "current directory");
		root = path_join(a, here, root);
	}
	root = path_clean(a, root);
	if (check_directory(root, ERR_USAGE, err) < 0)
		return -1;
	system = homes_system(root);
	/* A disk that holds nothing but /home of a Linux system has no other mark. */
	if (system == SYSTEM_UNKNOWN && file_is_directory(path_join(a, root, "home")))
		system = SYSTEM_UNIX;
	if (system != SYSTEM_UNKNOWN)
		add_system(root, system, a, out);
	else
		add_nested(root, NESTING_MAX, a, out);
	if (out->n == before)
		return fail(err, ERR_NOT_FOUND,
		    "%s: no home directories of a system that mailcask knows", root);
	return 0;
}

bool
homes_recognises(const char *directory)
{
	static const char *const marks[] = { ".thunderbird", ".icedove", ".mozilla", ".claws-mail",
	    ".sylpheed-2.0", ".muttrc", ".mutt", ".mh_profile", ".pinerc", ".profile", ".bashrc",
	    ".local/share/evolution", ".local/share/akonadi", ".local/share/local-mail",
	    ".local/share/geary", ".var/app", "AppData/Roaming", "NTUSER.DAT", "Application Data",
	    "Library/Preferences", "Library/Mail", "profiles.ini" };
	struct arena a = ARENA_EMPTY;
	bool found = file_exists(path_join(&a, directory, "prefs.js")) &&
	    (file_is_directory(path_join(&a, directory, "Mail")) ||
	    file_is_directory(path_join(&a, directory, "ImapMail")));
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && !found; i++)
		found = file_exists(path_join(&a, directory, marks[i]));
	/* A Maildir may hold whatever else. */
	found = found && !file_is_directory(path_join(&a, directory, "cur"));
	arena_free(&a);
	return found;
}
