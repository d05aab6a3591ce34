/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/look.h"
#include "backends/clients/disk.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/prefs.h"
#include "core/base/vec.h"

/*
 * Thunderbird and all that keep mail in profiles of its kind.  A base
 * directory holds profiles.ini, which names profiles; a profile's prefs.js names accounts and
 * their directories.  Directories that no preference names are what removed
 * accounts and restored copies left behind, and are reported too.
 */

#define SUBFOLDERS_MAX 4        /* levels of .sbd looked through for a first mailbox */

static const struct base {
	const char *client, *path;
} bases[] = {
	{ "thunderbird", ".thunderbird" },
	{ "thunderbird", "snap/thunderbird/common/.thunderbird" },
	{ "thunderbird", ".var/app/org.mozilla.Thunderbird/.thunderbird" },
	{ "thunderbird", ".var/app/net.thunderbird.Thunderbird/.thunderbird" },
	{ "thunderbird", "AppData/Roaming/Thunderbird" },
	{ "thunderbird", "Application Data/Thunderbird" },
	{ "thunderbird", "Windows/Application Data/Thunderbird" },
	{ "thunderbird", "Library/Thunderbird" },
	{ "thunderbird", "ThunderbirdPortable/Data" },
	{ "thunderbird", "PortableApps/ThunderbirdPortable/Data" },
	{ "betterbird", ".betterbird" },
	{ "betterbird", ".var/app/eu.betterbird.Betterbird/.thunderbird" },
	{ "icedove", ".icedove" },
	{ "icedove", ".icedove_moved_by_thunderbird_starter" },
	{ "seamonkey", ".mozilla/seamonkey" },
	{ "seamonkey", "AppData/Roaming/Mozilla/SeaMonkey" },
	{ "seamonkey", "Application Data/Mozilla/SeaMonkey" },
	{ "seamonkey", "Library/Application Support/SeaMonkey" },
	{ "postbox", "AppData/Roaming/PostboxApp" },
	{ "postbox", "AppData/Roaming/Postbox" },
	{ "postbox", "Application Data/PostboxApp" },
	{ "postbox", "Application Data/Postbox" },
	{ "postbox", "Library/Application Support/PostboxApp" },
	{ "postbox", "Library/Application Support/Postbox" },
	{ "interlink", ".binaryoutcast/interlink" },
	{ "interlink", "AppData/Roaming/Binary Outcast/Interlink" },
	{ "epyrus", ".epyrus" },
	{ "epyrus", "AppData/Roaming/Epyrus" },
	{ "eudora-ose", "AppData/Roaming/Eudora" },
	{ "eudora-ose", "Application Data/Eudora" },
	{ "eudora-ose", "Library/Eudora" },
	{ "netscape", "AppData/Roaming/Netscape" },
	{ "netscape", "Application Data/Netscape" },
	{ "netscape", "Library/Netscape" },
	{ "mozilla", ".mozilla" },
	{ "mozilla", "Library/Mozilla" },
	{ "mozilla", "AppData/Roaming/Mozilla" },
	{ "mozilla", "Application Data/Mozilla" },
	{ "mozilla", "Windows/Application Data/Mozilla" },
};

/* Where forks that nobody told us of keep theirs. */
static const char *const fork_patterns[] = { ".?*/profiles.ini", ".?*/*/profiles.ini",
	"AppData/Roaming/*/profiles.ini", "AppData/Roaming/*/*/profiles.ini",
	"Application Data/*/profiles.ini", "Library/*/profiles.ini",
	"Library/Application Support/*/profiles.ini", ".var/app/*/.thunderbird/profiles.ini",
	"snap/*/common/.thunderbird/profiles.ini" };

/* Application Data has a name in the language of Windows XP. */
static const char *const windows_patterns[] = { "*/*/profiles.ini", "*/*/*/profiles.ini" };

static const struct keep base_keep[] = {
	{ "profiles.ini", "settings" },
	{ "installs.ini", "settings" },
	{ NULL, NULL }
};

static const struct keep profile_keep[] = {
	{ "prefs.js", "settings" },
	{ "user.js", "settings" },
	{ "abook.sqlite", "addresses" },
	{ "abook-*.sqlite", "addresses" },
	{ "history.sqlite", "addresses" },
	{ "abook.mab", "addresses" },
	{ "abook-*.mab", "addresses" },
	{ "history.mab", "addresses" },
	{ "virtualFolders.dat", "settings" },
	{ "mailViews.dat", "settings" },
	{ "training.dat", "filters" },
	{ "traits.dat", "filters" },
	{ "calendar-data/local.sqlite", "calendar" },
	{ "calendar-data/deleted.sqlite", "calendar" },
	{ "persdict.dat", "other" },
	{ "folderCache.json", "index" },
	{ "panacea.dat", "index" },
	{ "extensions", "settings" },
	{ "extensions.json", "settings" },
	{ NULL, NULL }
};

/* What SQLite has not yet moved into the files above. */
static const struct keep running_keep[] = {
	{ "abook.sqlite-wal", "addresses" },
	{ "abook-*.sqlite-wal", "addresses" },
	{ "history.sqlite-wal", "addresses" },
	{ "calendar-data/local.sqlite-wal", "calendar" },
	{ NULL, NULL }
};

static const struct keep account_keep[] = {
	{ "msgFilterRules.dat", "filters" },
	{ "feeds.json", "settings" },
	{ "feeditems.json", "flags" },
	{ "feeds.rdf", "settings" },
	{ "feeditems.rdf", "flags" },
	{ NULL, NULL }
};

struct profile {
	const struct disk *disk;
	struct locations *out;
	size_t first;           /* where its locations begin in out */
	const char *client, *path;
	struct prefs prefs;
	bool is_running;
	bool is_sandboxed;      /* its absolute paths are those seen from inside */
};

/* ---- What lies in the directory of an account ---- */

struct contents {
	bool has_mbox, has_maildir;
	bool has_other;         /* a folder to the client, of which we see no mail */
};

/* Thunderbird's own rule for what is no mailbox (nsMsgBrkMBoxStore.cpp),
 * and the side files it does not name. */
static bool
is_side_file(struct slice name)
{
	static const char *const ends[] = { "~", ".msf", ".snm", ".toc", ".dat", ".html", ".log",
	    ".js", ".json", ".rdf", ".mozeml", ".wdseml" };
	size_t i;

	if (slice_starts(name, ".") || slice_starts(name, "#") || slice_starts(name, "nstmp"))
		return true;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_ends(name, ends[i]))
			return true;
	return false;
}

/* Look for a first mailbox of either kind. */
static void
look_for_mail(const struct disk *d, const char *directory, unsigned depth, struct contents *out)
{
	struct directory list;
	struct error err;
	struct slice name;
	const char *path;
	enum look look;
	size_t i;

	if (directory_read(directory, false, d->arena, &list, &err) < 0)
		return;
	for (i = 0; i < list.n && !out->has_mbox && !out->has_maildir; i++) {
		name = slice_string(list.entries[i].name);
		path = path_join(d->arena, directory, list.entries[i].name);
		if (list.entries[i].kind == FILE_REGULAR && !is_side_file(name)) {
			look = look_at(path, &err);
			out->has_mbox = look == LOOK_MBOX ||
			    (look != LOOK_EMPTY && look_finds_mbox(path));
			out->has_other |= look != LOOK_EMPTY;
		} else if (list.entries[i].kind == FILE_DIRECTORY && !slice_ends(name, ".sbd"))
			out->has_maildir = file_is_directory(path_join(d->arena, path, "cur"));
	}
	for (i = 0; i < list.n && depth > 0 && !out->has_mbox && !out->has_maildir; i++)
		if (list.entries[i].kind == FILE_DIRECTORY &&
		    slice_ends(slice_string(list.entries[i].name), ".sbd"))
			look_for_mail(d, path_join(d->arena, directory, list.entries[i].name), depth - 1,
			    out);
}

/* The preference says which store it is, but where only the other kind is
 * there, what is there is what counts. */
static const char *
format_of(const struct contents *contents, struct slice contract)
{
	if (slice_find_bytes(contract, 0, SLICE_OF("maildirstore")) < contract.n)
		return contents->has_mbox && !contents->has_maildir ? "mbox" : "maildir";
	return contents->has_maildir && !contents->has_mbox ? "maildir" : "mbox";
}

/* ---- Accounts ---- */

static struct slice
server_pref(const struct profile *f, const char *server, const char *name)
{
	struct slice value = SLICE_EMPTY;

	prefs_get(&f->prefs, arena_format(f->disk->arena, "mail.server.%s.%s", server, name), &value);
	return value;
}

/* The value where a pref NAME-rel or NAME holds a path.  -rel survives a
 * move of the profile, and is all that is true of a sandboxed one. */
static const char *
path_pref(const struct profile *f, const char *name)
{
	const struct disk *d = f->disk;
	struct slice value;
	const char *path = NULL;

	if (prefs_get(&f->prefs, arena_format(d->arena, "%s-rel", name), &value) &&
	    slice_starts(value, "[ProfD]"))
		path = disk_below(d, f->path, arena_string_of(d->arena,
		    slice_from(value, strlen("[ProfD]"))));
	if (path == NULL && !f->is_sandboxed && prefs_get(&f->prefs, name, &value))
		path = disk_named(d, f->path, value, NULL);
	return path;
}

static const char *
server_directory(const struct profile *f, const char *server, struct slice type)
{
	const struct disk *d = f->disk;
	const char *path, *parent, *host;

	path = path_pref(f, arena_format(d->arena, "mail.server.%s.directory", server));
	if (path == NULL) {
		parent = slice_is(type, "imap") ? "ImapMail" : slice_is(type, "nntp") ? "News" : "Mail";
		host = arena_string_of(d->arena, server_pref(f, server, "hostname"));
		if (path_name_is_safe(slice_string(host)))
			path = disk_below(d, path_join(d->arena, f->path, parent), host);
	}
	return path != NULL && file_is_directory(path) ? path : NULL;
}

static const char *
account_name(const struct profile *f, const char *server)
{
	struct arena *a = f->disk->arena;
	struct slice name = server_pref(f, server, "name");
	struct slice host = server_pref(f, server, "realhostname");
	struct slice user = server_pref(f, server, "realuserName");

	if (host.n == 0)
		host = server_pref(f, server, "hostname");
	if (user.n == 0)
		user = server_pref(f, server, "userName");
	if (name.n > 0)
		return arena_string_of(a, name);
	if (slice_is(server_pref(f, server, "type"), "none"))
		return "Local Folders";
	if (user.n == 0 || slice_find(user, 0, '@') < user.n)
		return arena_string_of(a, user.n > 0 ? user : host.n > 0 ? host : slice_string(server));
	return arena_format(a, "%s@%s", arena_string_of(a, user), arena_string_of(a, host));
}

static enum location_kind
kind_of(struct slice type)
{
	if (slice_is(type, "none"))
		return LOCATION_LOCAL;
	if (slice_is(type, "pop3") || slice_is(type, "movemail"))
		return LOCATION_POP;
	if (slice_is(type, "rss"))
		return LOCATION_FEED;
	if (slice_is(type, "nntp"))
		return LOCATION_NEWS;
	return LOCATION_IMAP_CACHE;
}

static struct location *
store_add(struct profile *f, const char *account, enum location_kind kind, const char *format,
    const char *path)
{
	struct companions list = VEC_EMPTY;
	struct location *l;

	l = found_add(f->disk, f->out, f->client, account, format, "mozilla", path);
	l->kind = kind;
	l->settings = f->path;
	l->running = f->is_running;
	companions_keep(f->disk, &list, path, account_keep);
	companions_give(&list, f->disk->arena, l);
	return l;
}

static void
add_server(struct profile *f, const char *server)
{
	const struct disk *d = f->disk;
	struct companions list = VEC_EMPTY;
	struct contents contents = { false, false, false };
	struct slice type = server_pref(f, server, "type");
	struct slice named = server_pref(f, server, "directory");
	struct location *l;
	const char *path;

	/* Chat accounts are servers too. */
	if (type.n == 0 || slice_is(type, "im"))
		return;
	path = server_directory(f, server, type);
	if (path == NULL && disk_is_elsewhere(d, named)) {
		l = found_unsupported(d, f->out, f->client, account_name(f, server), "mbox",
		    arena_string_of(d->arena, named), FOUND_ELSEWHERE);
		l->kind = kind_of(type);
		l->settings = f->path;
		return;
	}
	if (path == NULL || found_has(f->out, f->first, path))
		return;
	look_for_mail(d, path, SUBFOLDERS_MAX, &contents);
	l = store_add(f, account_name(f, server), kind_of(type),
	    format_of(&contents, server_pref(f, server, "storeContractID")), path);
	companions_add(d, &list, path_pref(f, arena_format(d->arena,
	    "mail.server.%s.newsrc.file", server)), "flags");
	companions_give(&list, d->arena, l);
}

static int
compare_servers(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	/* server2 before server10 */
	return x->n != y->n ? (x->n < y->n ? -1 : 1) : slice_compare(*x, *y);
}

/* In the order of the account manager, then those that it has forgotten. */
static void
add_servers(struct profile *f)
{
	struct arena *a = f->disk->arena;
	VEC(struct slice) servers = VEC_EMPTY;
	struct slice rest = SLICE_EMPTY, key, name, value;
	size_t at = 0, i;

	prefs_get(&f->prefs, "mail.accountmanager.accounts", &rest);
	while (slice_field(&rest, ',', &key))
		if (prefs_get(&f->prefs, arena_format(a, "mail.account.%s.server",
		    arena_string_of(a, slice_trim(key))), &value))
			add_server(f, arena_string_of(a, value));
	while (prefs_next(&f->prefs, &at, &name, &value)) {
		if (!slice_starts(name, "mail.server.") || !slice_ends(name, ".type"))
			continue;
		name = slice_sub(name, strlen("mail.server."),
		    name.n - strlen("mail.server.") - strlen(".type"));
		*vec_push(&servers) = arena_copy(a, name);
	}
	if (servers.n > 0)
		qsort(servers.items, servers.n, sizeof(servers.items[0]), compare_servers);
	for (i = 0; i < servers.n; i++)
		add_server(f, arena_string_of(a, servers.items[i]));
	vec_free(&servers);
}

/* Directories that no preference names, where they hold mail. */
static void
add_orphans(struct profile *f, const char *parent, enum location_kind kind)
{
	const struct disk *d = f->disk;
	const char *directory = disk_below(d, f->path, parent), *path;
	struct contents contents;
	struct directory list;
	struct error err;
	size_t i;

	if (directory == NULL || directory_read(directory, false, d->arena, &list, &err) < 0)
		return;
	for (i = 0; i < list.n; i++) {
		if (list.entries[i].kind != FILE_DIRECTORY)
			continue;
		path = path_join(d->arena, directory, list.entries[i].name);
		contents = (struct contents){ false, false, false };
		if (!found_has(f->out, f->first, path))
			look_for_mail(d, path, SUBFOLDERS_MAX, &contents);
		if (contents.has_mbox || contents.has_maildir || contents.has_other)
			store_add(f, list.entries[i].name,
			    slice_starts(slice_string(list.entries[i].name), "Feeds") ? LOCATION_FEED : kind,
			    format_of(&contents, SLICE_EMPTY), path);
	}
}

/* ---- Profiles ---- */

/* Files that preferences name: address books and signatures. */
static void
keep_named(const struct profile *f, struct companions *list)
{
	struct arena *a = f->disk->arena;
	struct slice name, value;
	size_t at = 0;

	while (prefs_next(&f->prefs, &at, &name, &value)) {
		if (slice_starts(name, "ldap_2.servers.") && slice_ends(name, ".filename") &&
		    path_name_is_safe(value))
			companions_add(f->disk, list, disk_below(f->disk, f->path,
			    arena_string_of(a, value)), "addresses");
		if (slice_starts(name, "mail.identity.") && (slice_ends(name, ".sig_file") ||
		    slice_ends(name, ".sig_file-rel")))
			companions_add(f->disk, list, path_pref(f, arena_string_of(a,
			    slice_sub(name, 0, slice_find_bytes(name, 0, SLICE_OF("-rel"))))),
			    "signature");
	}
}

/*
 * The fcntl lock on .parentlock is held while the client runs; the file stays
 * for ever.  So does the link "lock" -> "ADDRESS:+PID", whose "+" says that
 * the lock is held too: its pid counts only where that is not so.
 */
static bool
is_running(const struct disk *d, const char *profile)
{
	const char *lock = path_join(d->arena, profile, ".parentlock"), *link, *colon;
	bool has_lock = file_exists(lock);
	uint64_t pid;

	if (d->is_mounted)
		return false;
	if (has_lock && file_is_locked(lock))
		return true;
	link = disk_link(d, path_join(d->arena, profile, "lock"));
	colon = link != NULL ? strrchr(link, ':') : NULL;
	if (colon == NULL || (has_lock && colon[1] == '+'))
		return false;
	colon += colon[1] == '+' ? 2 : 1;
	return slice_number(slice_string(colon), INT32_MAX, &pid) && process_exists((int64_t)pid);
}

/* Betterbird uses Thunderbird's directories; it leaves its own in here. */
static const char *
client_of(const struct disk *d, const char *client, const char *profile)
{
	const char *path = disk_below(d, profile, "compatibility.ini");
	struct buf text = BUF_EMPTY;
	struct error err;
	struct ini ini;
	struct ini_line line;

	if (path == NULL || strcmp(client, "thunderbird") != 0 ||
	    file_read_all(path, MIB, &text, &err) < 0)
		return client;
	ini = ini_open(buf_slice(&text));
	while (ini_next(&ini, &line))
		if (slice_is(line.key, "LastPlatformDir") && (slice_find_bytes(line.value, 0,
		    SLICE_OF("etterbird")) < line.value.n))
			client = "betterbird";
	buf_free(&text);
	return client;
}

static void
read_prefs(struct profile *f, const char *name)
{
	const char *path = disk_below(f->disk, f->path, name);
	struct buf text = BUF_EMPTY;

	if (path != NULL && found_read(f->disk, f->out, f->client, path, &text))
		prefs_read(&f->prefs, buf_slice(&text));
	buf_free(&text);
}

static void
add_profile(const struct disk *d, const char *client, const char *path, struct locations *out)
{
	struct profile f = { .disk = d, .out = out, .first = out->n, .path = path };
	struct companions list = VEC_EMPTY;

	f.client = client_of(d, client, path);
	f.is_running = is_running(d, path);
	f.is_sandboxed = strstr(path, "/.var/app/") != NULL;
	prefs_init(&f.prefs, d->arena);
	read_prefs(&f, "prefs.js");
	read_prefs(&f, "user.js");
	add_servers(&f);
	add_orphans(&f, "Mail", LOCATION_LOCAL);
	add_orphans(&f, "ImapMail", LOCATION_IMAP_CACHE);
	add_orphans(&f, "News", LOCATION_NEWS);
	companions_keep(d, &list, path, profile_keep);
	if (f.is_running)
		companions_keep(d, &list, path, running_keep);
	keep_named(&f, &list);
	companions_give_first(&list, d->arena, out, f.first);
	prefs_free(&f.prefs);
}

/* ---- Directories of profiles ---- */

static void
remember(struct paths *list, const char *path)
{
	size_t i;

	if (path == NULL || !file_is_directory(path))
		return;
	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i], path) == 0)
			return;
	*vec_push(list) = path;
}

/* What an ini file says, if it is a profile: an absolute path may be one
 * where this home once was. */
static void
remember_named(const struct disk *d, const struct base *base, struct slice name,
    struct paths *list, struct locations *out)
{
	static const char *const marks[] = { "prefs.js", "Mail", "ImapMail" };
	const char *path = NULL;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && path == NULL; i++)
		path = disk_named(d, base->path, name, marks[i]);
	remember(list, path);
	if (path == NULL && disk_is_elsewhere(d, name))
		found_unsupported(d, out, base->client, "profile", "mbox",
		    arena_string_of(d->arena, name), FOUND_ELSEWHERE);
}

/* profiles.ini and installs.ini, the profile in use first. */
static void
read_inis(const struct disk *d, const struct base *base, struct paths *list,
    struct locations *out)
{
	static const struct {
		const char *file, *key;
	} wanted[] = {
		{ "installs.ini", "Default" },
		{ "profiles.ini", "Default" },
		{ "profiles.ini", "Path" },
	};
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		path = disk_below(d, base->path, wanted[i].file);
		if (path == NULL || found_has(out, 0, path) ||
		    !found_read(d, out, base->client, path, &text))
			continue;
		ini = ini_open(buf_slice(&text));
		while (ini_next(&ini, &line))
			if (slice_is(line.key, wanted[i].key))
				remember_named(d, base, arena_copy(d->arena, line.value), list, out);
	}
	buf_free(&text);
}

/* Profiles that no ini file names, or of a client that has none: any
 * directory down to the second level that looks like one, and those of the
 * suite: Profiles/NAME/SALT.slt. */
static void
scan_base(const struct disk *d, const struct base *base, struct paths *list)
{
	static const char *const patterns[] = { "prefs.js", "Mail", "ImapMail", "*/prefs.js", "*/Mail",
	    "*/ImapMail", "*/*/prefs.js", "*/*/Mail", "*/*/ImapMail",
	    "*/*/*.slt/prefs.js", "*/*/*.slt/Mail", "*/*/*.slt/ImapMail" };
	struct paths paths = VEC_EMPTY;
	size_t i, j;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		vec_clear(&paths);
		disk_match(d, base->path, patterns[i], &paths);
		for (j = 0; j < paths.n; j++)
			remember(list, path_parent(d->arena, paths.items[j]));
	}
	vec_free(&paths);
}

static void
add_base(const struct disk *d, const char *client, const char *path, struct paths *profiles,
    struct locations *out)
{
	struct base base = { client, path };
	struct companions list = VEC_EMPTY;
	size_t first = profiles->n, first_location = out->n, i;

	read_inis(d, &base, profiles, out);
	scan_base(d, &base, profiles);
	for (i = first; i < profiles->n; i++)
		add_profile(d, client, profiles->items[i], out);
	companions_keep(d, &list, path, base_keep);
	companions_give_first(&list, d->arena, out, first_location);
}

/* "/home/ann/.icedove-uxp" is that of a client called icedove-uxp. */
static const char *
fork_name(const struct disk *d, const char *directory)
{
	const char *base = path_base(directory);
	char *name, *c;

	name = arena_string(d->arena, base + (base[0] == '.' ? 1 : 0));
	for (c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

/* A person may name a directory of profiles, or a profile, as the home. */
static void
add_named(const struct disk *d, struct paths *profiles, struct paths *seen,
    struct locations *out)
{
	const char *home = d->home->path, *client = fork_name(d, home);
	size_t i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]) && strcmp(bases[i].client, client) != 0; i++)
		;
	if (i == sizeof(bases) / sizeof(bases[0]))
		client = "thunderbird";
	if (disk_in_home(d, "profiles.ini") != NULL) {
		remember(seen, home);
		add_base(d, client, home, profiles, out);
	} else if (disk_in_home(d, "prefs.js") != NULL && (disk_in_home(d, "Mail") != NULL ||
	    disk_in_home(d, "ImapMail") != NULL)) {
		remember(profiles, home);
		add_profile(d, client, home, out);
	}
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths profiles = VEC_EMPTY, seen = VEC_EMPTY, inis = VEC_EMPTY;
	struct disk d;
	const char *path;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	add_named(&d, &profiles, &seen, out);
	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		path = disk_in_home(&d, bases[i].path);
		if (path == NULL)
			continue;
		remember(&seen, path);
		add_base(&d, bases[i].client, path, &profiles, out);
	}
	path = disk_at(&d, path_join(a, home->config_home, "thunderbird"));
	if (path != NULL) {
		remember(&seen, path);
		add_base(&d, "thunderbird", path, &profiles, out);
	}
	for (i = 0; i < sizeof(fork_patterns) / sizeof(fork_patterns[0]); i++)
		disk_match(&d, home->path, fork_patterns[i], &inis);
	for (i = 0; d.system == SYSTEM_WINDOWS &&
	    i < sizeof(windows_patterns) / sizeof(windows_patterns[0]); i++)
		disk_match(&d, home->path, windows_patterns[i], &inis);
	for (i = 0; i < inis.n; i++) {
		size_t before = seen.n;

		path = path_parent(a, inis.items[i]);
		remember(&seen, path);
		if (seen.n > before)
			add_base(&d, fork_name(&d, path), path, &profiles, out);
	}
	vec_free(&profiles);
	vec_free(&seen);
	vec_free(&inis);
	return 0;
}

const struct locator_ops locate_mozilla = {
	.name = "mozilla",
	.find = find,
};
