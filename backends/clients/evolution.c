/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Evolution: each account is a key file sources/UID.source; its mail lies in
 * evolution/mail/UID of the data directory, of the cache directory when it is
 * a server's, or where the file says.
 */
#define CLIENT "evolution"
#define FLATPAK ".var/app/org.gnome.Evolution"

static const struct keep settings_keep[] = {
	{ "sources", "settings" },
	{ "mail/filters.xml", "filters" },
	{ "mail/*.xml", "settings" },
	{ "mail/views", "settings" },
	{ "signatures", "signature" },
	{ NULL, NULL }
};

static const struct keep data_keep[] = {
	{ "addressbook/*/contacts.db", "addresses" },
	{ "addressbook/*/photos", "addresses" },
	{ "calendar/*/calendar.ics", "calendar" },
	{ "tasks/*/tasks.ics", "calendar" },
	{ "memos/*/journal.ics", "calendar" },
	{ "mail/*/folders.db", "flags" },
	{ NULL, NULL }
};

/* Of 2.x and 1.x. */
static const struct keep old_keep[] = {
	{ ".evolution/mail/filters.xml", "filters" },
	{ ".evolution/mail/vfolders.xml", "settings" },
	{ ".evolution/addressbook/local/*/addressbook.db", "addresses" },
	{ ".evolution/calendar/local/*/calendar.ics", "calendar" },
	{ ".evolution/tasks/local/*/tasks.ics", "calendar" },
	{ ".evolution/memos/local/*/journal.ics", "calendar" },
	{ ".evolution/signatures", "signature" },
	{ ".gconf/apps/evolution/mail/%gconf.xml", "settings" },
	{ "evolution/filters.xml", "filters" },
	{ "evolution/config.xmldb", "settings" },
	{ NULL, NULL }
};

struct account {
	const char *uid, *name, *backend, *path;
};

struct evolution {
	const struct disk *disk;
	struct locations *out;
	const char *config, *data, *cache;      /* evolution's own in each; or NULL */
	bool is_running;
	size_t first;
	VEC(struct account) accounts;
};

/* ---- What the key files say ---- */

static void
read_source(struct evolution *e, const char *path)
{
	struct arena *a = e->disk->arena;
	struct buf text = BUF_EMPTY;
	struct account account = { 0 };
	struct slice uid = slice_string(path_base(path));
	struct ini_line line;
	struct ini ini;

	if (!found_read(e->disk, e->out, CLIENT, path, &text))
		return;
	ini = ini_open(buf_slice(&text));
	while (ini_next(&ini, &line)) {
		if (slice_is(line.section, "Data Source") && slice_is(line.key, "DisplayName"))
			account.name = arena_string_of(a, line.value);
		else if (slice_is(line.section, "Mail Account") && slice_is(line.key, "BackendName"))
			account.backend = arena_string_of(a, line.value);
		else if (slice_ends(line.section, " Backend") && slice_is(line.key, "Path"))
			account.path = arena_string_of(a, line.value);
	}
	buf_free(&text);
	if (account.backend == NULL)
		return;         /* an address book, a calendar, an identity */
	account.uid = arena_string_of(a, slice_sub(uid, 0, uid.n - strlen(".source")));
	if (account.name == NULL || account.name[0] == '\0')
		account.name = account.uid;
	*vec_push(&e->accounts) = account;
}

static void
read_sources(struct evolution *e)
{
	struct paths paths = VEC_EMPTY;
	size_t i;

	if (e->config == NULL)
		return;
	disk_match(e->disk, e->config, "sources/*.source", &paths);
	for (i = 0; i < paths.n; i++)
		read_source(e, paths.items[i]);
	vec_free(&paths);
}

static const struct account *
account_of(const struct evolution *e, const char *uid)
{
	size_t i;

	for (i = 0; i < e->accounts.n; i++)
		if (strcmp(e->accounts.items[i].uid, uid) == 0)
			return &e->accounts.items[i];
	return NULL;
}

/* ---- Stores ---- */

static void
add(struct evolution *e, const char *account, enum location_kind kind, const char *format,
    const char *layout, const char *path, const char *settings)
{
	struct location *l;

	if (path == NULL || found_has(e->out, e->first, path) || disk_holds_home(e->disk, path))
		return;
	l = found_add(e->disk, e->out, CLIENT, account, format, layout, path);
	l->kind = kind;
	l->settings = settings;
}

/* An account of mail on this computer, wherever it is; own: its directory
 * below evolution/mail, which has the flags. */
static void
add_local(struct evolution *e, const struct account *account, const char *own)
{
	const struct disk *d = e->disk;
	const char *path = own;

	if (account->path != NULL && account->path[0] != '\0') {
		path = disk_named(d, d->home->path, slice_string(account->path), NULL);
		if (path == NULL && disk_is_elsewhere(d, slice_string(account->path)))
			found_unsupported(d, e->out, CLIENT, account->name, account->backend,
			    account->path, FOUND_ELSEWHERE);
	}
	if (path == NULL)
		return;
	if (strcmp(account->backend, "maildir") == 0)
		add(e, account->name, LOCATION_LOCAL, "maildir", "evolution", path, own);
	else if (strcmp(account->backend, "mh") == 0)
		add(e, account->name, LOCATION_LOCAL, "mh", "plain", path, own);
	else if (strcmp(account->backend, "mbox") == 0)
		add(e, account->name, LOCATION_LOCAL, "mbox", "plain", path, own);
	else if (strncmp(account->backend, "spool", 5) == 0)
		add(e, account->name, LOCATION_SPOOL, "mbox", "plain", path, own);
}

static bool
is_local(const struct account *account)
{
	static const char *const backends[] = { "maildir", "mh", "mbox", "spool", "spoolfile",
	    "spooldir" };
	size_t i;

	for (i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(account->backend, backends[i]) == 0)
			return true;
	return false;
}

/* A directory below evolution/mail, told by what lies in it: also of accounts
 * that are no longer there. */
static void
add_directory(struct evolution *e, const char *path)
{
	const struct disk *d = e->disk;
	const char *uid = path_base(path), *name = uid;
	const struct account *account = account_of(e, uid);
	bool is_news = account != NULL && strcmp(account->backend, "nntp") == 0;

	if (account != NULL)
		name = account->name;
	else if (strcmp(uid, "local") == 0)
		name = "On This Computer";
	if (disk_below(d, path, "folders") != NULL)
		add(e, name, is_news ? LOCATION_NEWS : LOCATION_IMAP_CACHE, "evolution", "imap", path,
		    path);
	else if (disk_below(d, path, "cache") != NULL)
		add(e, name, LOCATION_POP, "evolution", "pop", path, path);
	else if (disk_below(d, path, "cur") != NULL || disk_below(d, path, "..maildir++") != NULL)
		add(e, name, LOCATION_LOCAL, "maildir", "evolution", path, path);
}

static void
add_stores(struct evolution *e)
{
	const struct disk *d = e->disk;
	struct paths paths = VEC_EMPTY;
	size_t i;

	for (i = 0; i < e->accounts.n; i++) {
		const struct account *account = &e->accounts.items[i];

		if (is_local(account))
			add_local(e, account, e->data == NULL ? NULL :
			    disk_below(d, path_join(d->arena, e->data, "mail"), account->uid));
	}
	if (e->data != NULL)
		disk_match(d, e->data, "mail/*", &paths);
	if (e->cache != NULL)
		disk_match(d, e->cache, "mail/*", &paths);
	for (i = 0; i < paths.n; i++)
		add_directory(e, paths.items[i]);
	vec_free(&paths);
}

/* The file stays behind after a crash; newer versions put their id in it. */
static bool
is_running(const struct evolution *e)
{
	const char *path;
	struct buf text = BUF_EMPTY;
	struct error err;
	uint64_t id;
	bool running = true;

	if (e->disk->is_mounted || e->config == NULL)
		return false;
	path = disk_below(e->disk, e->config, ".running");
	if (path == NULL)
		return false;
	if (file_read_all(path, 4096, &text, &err) == 0 &&
	    slice_number(slice_trim(buf_slice(&text)), INT32_MAX, &id))
		running = process_exists((int64_t)id);
	buf_free(&text);
	return running;
}

static const char *
own_directory(const struct disk *d, const char *base)
{
	return disk_below(d, base, CLIENT);
}

static void
look_at(const struct disk *d, const char *config, const char *data, const char *cache,
    struct locations *out)
{
	struct evolution e = { .disk = d, .out = out, .first = out->n };
	struct companions list = VEC_EMPTY;
	size_t i;

	e.config = own_directory(d, config);
	e.data = own_directory(d, data);
	e.cache = own_directory(d, cache);
	e.is_running = is_running(&e);
	read_sources(&e);
	add_stores(&e);
	for (i = e.first; i < out->n; i++)
		out->items[i].running = e.is_running;
	if (e.config != NULL)
		companions_keep(d, &list, e.config, settings_keep);
	if (e.data != NULL)
		companions_keep(d, &list, e.data, data_keep);
	companions_give_first(&list, d->arena, out, e.first);
	vec_free(&e.accounts);
}

/* Mail of 2.x and 1.x, which an upgrade leaves behind. */
static void
look_at_old(const struct disk *d, struct locations *out)
{
	struct evolution e = { .disk = d, .out = out, .first = out->n };
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	const char *path;
	size_t i;

	add(&e, "On This Computer", LOCATION_LOCAL, "mbox", "plain",
	    disk_in_home(d, ".evolution/mail/local"), NULL);
	disk_match(d, d->home->path, ".evolution/mail/imap*/*", &paths);
	for (i = 0; i < paths.n; i++)
		if (disk_below(d, paths.items[i], "folders") != NULL)
			add(&e, path_base(paths.items[i]), LOCATION_IMAP_CACHE, "evolution", "imap",
			    paths.items[i], NULL);
	vec_clear(&paths);
	disk_match(d, d->home->path, "evolution/local/*/mbox", &paths);
	path = disk_in_home(d, "evolution/local");
	if (paths.n > 0 && path != NULL)
		add(&e, "Local Folders", LOCATION_LOCAL, "evolution", "1.x", path, NULL);
	companions_keep(d, &list, d->home->path, old_keep);
	companions_give_first(&list, d->arena, out, e.first);
	vec_free(&paths);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct companions list = VEC_EMPTY;
	struct disk d;
	size_t first = out->n;
	const char *flatpak;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	look_at(&d, home->config_home, home->data_home, home->cache_home, out);
	flatpak = disk_in_home(&d, FLATPAK);
	if (flatpak != NULL)
		look_at(&d, path_join(a, flatpak, "config"), path_join(a, flatpak, "data"),
		    path_join(a, flatpak, "cache"), out);
	look_at_old(&d, out);
	companions_add(&d, &list, disk_below(&d, home->config_home, "dconf/user"), "settings");
	companions_give_first(&list, a, out, first);
	return 0;
}

const struct locator_ops locate_evolution = {
	.name = "evolution",
	.find = find,
};
