/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/look.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * KMail: accounts are resources of Akonadi, each with a file
 * akonadi_TYPE_resource_NUMBERrc; what was fetched from servers lies in
 * Akonadi's database.  KMail 1 had its folders in one tree.
 */
#define CLIENT "kmail"

#define MYSQL "Akonadi keeps this in a MySQL or PostgreSQL database, which only that server can " \
    "read: in KMail select the folders and choose File, Save As, or let Akonadi use SQLite " \
    "(akonadi-db-migrator --newengine sqlite)."

static const struct keep config_keep[] = {
	{ "akonadi_*rc", "settings" },
	{ "akonadi/agentsrc", "settings" },
	{ "akonadi/akonadiserverrc", "settings" },
	{ "akonadi/agent_config_*", "settings" },
	{ "akonadi/instance/*/agentsrc", "settings" },
	{ "kmail2rc", "settings" },
	{ "kontactrc", "settings" },
	{ "emailidentities", "settings" },
	{ "emaildefaults", "settings" },
	{ "mailtransports", "settings" },
	{ "specialmailcollectionsrc", "settings" },
	{ "kmailsnippetrc", "settings" },
	{ "templatesconfigurationrc", "settings" },
	{ "customtemplatesrc", "settings" },
	{ "kmailrc", "settings" },
	{ NULL, NULL }
};

static const struct keep data_keep[] = {
	{ "kmail2", "settings" },
	{ "contacts", "addresses" },
	{ "korganizer/std.ics", "calendar" },
	{ "kabc/std.vcf", "addresses" },
	{ NULL, NULL }
};

struct kmail {
	const struct disk *disk;
	struct locations *out;
	const char *config, *data;
	const char *database;   /* directory with akonadi.db, or NULL */
	bool is_running;
	size_t first;
};

struct resource {
	struct slice path, name;
	bool is_container;
};

/* ---- Paths as KConfig writes them ---- */

/* "$HOME/x" and "${XDG_DATA_HOME}/x"; other variables give nothing. */
static const char *
expand(const struct kmail *k, struct slice text)
{
	const struct home *home = k->disk->home;
	const struct {
		const char *name, *value;
	} variables[] = {
		{ "HOME", home->path },
		{ "XDG_DATA_HOME", k->data },
		{ "XDG_CONFIG_HOME", k->config },
		{ "XDG_CACHE_HOME", home->cache_home },
	};
	struct buf out = BUF_EMPTY;
	struct slice name;
	const char *path;
	size_t at, n, i;

	while ((at = slice_find(text, 0, '$')) < text.n) {
		bool braced = at + 1 < text.n && text.p[at + 1] == '{';

		buf_add(&out, slice_sub(text, 0, at));
		text = slice_from(text, at + 1 + braced);
		for (n = 0; n < text.n && (isalnum(text.p[n]) || text.p[n] == '_'); n++)
			;
		name = slice_sub(text, 0, n);
		text = slice_from(text, n + braced);
		for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
			if (slice_is(name, variables[i].name))
				buf_add_string(&out, variables[i].value);
	}
	buf_add(&out, text);
	path = arena_string(k->disk->arena, buf_text(&out));
	buf_free(&out);
	return path;
}

/* KConfig's escapes: "\s" and "\\" at least. */
static struct slice
unescape(struct arena *a, struct slice text)
{
	struct buf out = BUF_EMPTY;
	struct slice copy;
	size_t i;

	for (i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c == '\\' && i + 1 < text.n) {
			c = text.p[++i];
			c = c == 's' ? ' ' : c == 't' ? '\t' : c;
		}
		buf_add_byte(&out, c);
	}
	copy = arena_copy(a, buf_slice(&out));
	buf_free(&out);
	return copy;
}

/* ---- Resources ---- */

static bool
read_resource(const struct kmail *k, const char *path, struct resource *out)
{
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	*out = (struct resource){ SLICE_EMPTY, SLICE_EMPTY, true };
	if (!found_read(k->disk, k->out, CLIENT, path, &text))
		return false;
	ini = ini_open(buf_slice(&text));
	while (ini_next(&ini, &line)) {
		if (slice_is(line.key, "Path") || slice_is(line.key, "Path[$e]"))
			out->path = unescape(k->disk->arena, line.value);
		else if (slice_is(line.key, "TopLevelIsContainer"))
			out->is_container = !slice_is(line.value, "false");
		else if (slice_is(line.key, "DisplayName"))
			out->name = unescape(k->disk->arena, line.value);
	}
	buf_free(&text);
	return true;
}

/* "Name" of the agent, which Akonadi keeps apart from the resource's own file. */
static const char *
agent_name(const struct kmail *k, const char *instance)
{
	const char *path = disk_below(k->disk, k->config, arena_format(k->disk->arena,
	    "akonadi/agent_config_%s", instance)), *name = NULL;
	struct buf text = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (path == NULL || !found_read(k->disk, k->out, CLIENT, path, &text))
		return NULL;
	ini = ini_open(buf_slice(&text));
	while (ini_next(&ini, &line)) {
		if (slice_is(line.section, "Agent") && slice_is(line.key, "Name"))
			name = arena_string_of(k->disk->arena, unescape(k->disk->arena, line.value));
	}
	buf_free(&text);
	return name;
}

static void
add(struct kmail *k, const char *account, const char *format, const char *layout,
    const char *path)
{
	struct location *l;

	if (path == NULL || found_has(k->out, k->first, path) || disk_holds_home(k->disk, path))
		return;
	l = found_add(k->disk, k->out, CLIENT, account, format, layout, path);
	l->settings = k->database;
}

static void
add_resource(struct kmail *k, const char *rc)
{
	static const struct {
		const char *type;
		bool is_tree;
	} types[] = {
		{ "akonadi_maildir_resource_", true },
		{ "akonadi_mixedmaildir_resource_", true },
		{ "akonadi_mbox_resource_", false },
	};
	const struct disk *d = k->disk;
	struct slice instance = slice_string(path_base(rc));
	struct resource resource;
	const char *name, *path;
	size_t i;

	instance = slice_sub(instance, 0, instance.n - strlen("rc"));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_starts(instance, types[i].type))
			break;
	if (i == sizeof(types) / sizeof(types[0]) || !read_resource(k, rc, &resource))
		return;
	if (resource.path.n == 0)
		resource.path = slice_string(path_join(d->arena, k->data, "local-mail"));
	path = disk_named(d, d->home->path, slice_string(expand(k, resource.path)), NULL);
	name = agent_name(k, arena_string_of(d->arena, instance));
	if (name == NULL && resource.name.n > 0)
		name = arena_string_of(d->arena, resource.name);
	if (name == NULL && path != NULL)
		name = path_base(path);
	if (types[i].is_tree)
		add(k, name, "maildir", resource.is_container ? "kmail" : "kmail-folder", path);
	else
		add(k, name, "mbox", "plain", path);
}

static void
add_resources(struct kmail *k)
{
	struct paths paths = VEC_EMPTY;
	const char *local;
	size_t i;

	disk_match(k->disk, k->config, "akonadi_*_resource_*rc", &paths);
	for (i = 0; i < paths.n; i++)
		add_resource(k, paths.items[i]);
	vec_free(&paths);
	/* Left behind by an account that is no longer there, or without settings. */
	local = disk_below(k->disk, k->data, "local-mail");
	if (local != NULL && file_is_directory(local))
		add(k, "Local Folders", "maildir", "kmail", local);
}

/* ---- The database ---- */

static void
add_database(struct kmail *k, const char *directory)
{
	const struct disk *d = k->disk;
	const char *path = disk_below(d, directory, "akonadi.db"), *server;
	struct error err = ERROR_NONE;
	struct location *l;
	struct file_meta meta;

	if (path != NULL && file_stat(path, &meta, &err) == 0 && meta.size > 0) {
		l = found_add(d, k->out, CLIENT, "Akonadi", "akonadi", "sqlite", path);
		l->kind = LOCATION_IMAP_CACHE;
		l->settings = directory;
		return;
	}
	server = disk_below(d, directory, "db_data");
	if (server != NULL) {
		l = found_unsupported(d, k->out, CLIENT, "Akonadi", "akonadi", server, MYSQL);
		l->kind = LOCATION_IMAP_CACHE;
		l->settings = directory;
	}
}

static void
add_databases(struct kmail *k)
{
	struct paths paths = VEC_EMPTY;
	size_t i;

	disk_match(k->disk, k->data, "akonadi", &paths);
	disk_match(k->disk, k->data, "akonadi/instance/*", &paths);
	for (i = 0; i < paths.n; i++)
		add_database(k, paths.items[i]);
	vec_free(&paths);
}

/* The directory whose akonadi.db holds the flags of the Maildirs. */
static const char *
flag_database(const struct kmail *k)
{
	struct paths paths = VEC_EMPTY;
	const char *found = NULL;

	disk_match(k->disk, k->data, "akonadi/akonadi.db", &paths);
	disk_match(k->disk, k->data, "akonadi/instance/*/akonadi.db", &paths);
	if (paths.n > 0)
		found = path_parent(k->disk->arena, paths.items[0]);
	vec_free(&paths);
	return found;
}

/* The server's sockets: in a runtime directory, or where a link in its data
 * directory leads. */
static bool
is_running(const struct kmail *k)
{
	static const char *const sockets[] = { "akonadiserver-cmd.socket",
	    "instance/*/akonadiserver-cmd.socket" };
	struct paths found = VEC_EMPTY;
	struct file_meta meta;
	struct error err;
	struct buf text = BUF_EMPTY;
	bool running = false;
	size_t i;

	if (k->disk->is_mounted || file_stat(k->disk->home->path, &meta, &err) < 0)
		return false;
	for (i = 0; i < 2; i++)
		disk_match(k->disk, arena_format(k->disk->arena, "/run/user/%u/akonadi", meta.uid),
		    sockets[i], &found);
	disk_match(k->disk, k->data, "akonadi/socket-*/akonadiserver-cmd.socket", &found);
	if (found.n > 0 && file_read_all("/proc/net/unix", 64 << 20, &text, &err) == 0) {
		for (i = 0; i < found.n && !running; i++)
			running = slice_find_bytes(buf_slice(&text), 0,
			    slice_string(found.items[i])) < text.n;
	}
	buf_free(&text);
	vec_free(&found);
	return running;
}

static void
look_in(const struct disk *d, const char *config, const char *data, struct locations *out)
{
	struct kmail k = { .disk = d, .out = out, .config = config, .data = data, .first = out->n };
	struct companions list = VEC_EMPTY;
	size_t i;

	k.database = flag_database(&k);
	add_resources(&k);
	add_databases(&k);
	if (out->n == k.first)
		return;
	k.is_running = is_running(&k);
	for (i = k.first; i < out->n; i++)
		out->items[i].running = k.is_running;
	companions_keep(d, &list, config, config_keep);
	companions_keep(d, &list, data, data_keep);
	companions_give_first(&list, d->arena, out, k.first);
}

/* ---- KMail 1 ---- */

static const struct keep old_keep[] = {
	{ "share/config/kmailrc", "settings" },
	{ "share/config/emailidentities", "settings" },
	{ "share/config/mailtransports", "settings" },
	{ "share/apps/kabc/std.vcf", "addresses" },
	{ "share/apps/korganizer/std.ics", "calendar" },
	{ NULL, NULL }
};

static void
look_in_old(const struct disk *d, const char *kde, struct locations *out)
{
	struct kmail k = { .disk = d, .out = out, .first = out->n };
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	size_t i;

	k.config = path_join(d->arena, kde, "share/config");
	k.data = path_join(d->arena, kde, "share/apps");
	add(&k, "Local Folders", "maildir", "kmail", disk_below(d, kde, "share/apps/kmail/mail"));
	/* Copies of servers: a tree for each account, hidden by its number. */
	disk_match(d, kde, "share/apps/kmail/dimap/.*.directory", &paths);
	for (i = 0; i < paths.n; i++) {
		if (found_has(out, k.first, paths.items[i]))
			continue;
		found_add(d, out, CLIENT, path_base(paths.items[i]), "maildir", "kmail",
		    paths.items[i])->kind = LOCATION_IMAP_CACHE;
	}
	vec_free(&paths);
	look_in(d, k.config, k.data, out);
	companions_keep(d, &list, kde, old_keep);
	companions_give_first(&list, d->arena, out, k.first);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const sandboxes[] = { ".var/app/org.kde.kontact",
	    ".var/app/org.kde.kmail2" };
	static const char *const old[] = { ".kde", ".kde4" };
	struct disk d;
	const char *path;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	look_in(&d, home->config_home, home->data_home, out);
	for (i = 0; i < sizeof(sandboxes) / sizeof(sandboxes[0]); i++) {
		path = disk_in_home(&d, sandboxes[i]);
		if (path != NULL)
			look_in(&d, path_join(a, path, "config"), path_join(a, path, "data"), out);
	}
	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		path = disk_in_home(&d, old[i]);
		if (path != NULL)
			look_in_old(&d, path, out);
	}
	return 0;
}

const struct locator_ops locate_kmail = {
	.name = "kmail",
	.find = find,
};
