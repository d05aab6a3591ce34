/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/base/xml.h"

/*
 * Claws Mail and Sylpheed, which share their settings' form: folderlist.xml
 * names the mailboxes, accountrc the accounts, imapcache and newscache hold
 * what was fetched, one file a message as MH has it.
 */
static const struct settings {
	const char *client, *layout, *path;
} places[] = {
	{ "claws-mail", "claws", ".claws-mail" },
	{ "claws-mail", "claws", ".var/app/org.claws_mail.Claws-Mail/.claws-mail" },
	{ "claws-mail", "claws", "AppData/Roaming/Claws-mail" },
	{ "claws-mail", "claws", "Application Data/Claws-mail" },
	{ "claws-mail", "claws", ".sylpheed-claws" },
	{ "claws-mail", "claws", ".sylpheed-gtk2" },
	{ "sylpheed", "sylpheed", ".sylpheed-2.0" },
	{ "sylpheed", "sylpheed", ".sylpheed" },
	{ "sylpheed", "sylpheed", "AppData/Roaming/Sylpheed" },
	{ "sylpheed", "sylpheed", "Application Data/Sylpheed" },
	{ "sylpheed", "sylpheed", "Library/Application Support/Sylpheed" },
};

static const struct keep settings_keep[] = {
	{ "clawsrc", "settings" },
	{ "sylpheedrc", "settings" },
	{ "accountrc", "settings" },
	{ "folderlist.xml", "settings" },
	{ "folderitemrc", "settings" },
	{ "matcherrc", "filters" },
	{ "filteringrc", "filters" },
	{ "filter.xml", "filters" },
	{ "filterrc", "filters" },
	{ "actionsrc", "settings" },
	{ "templates", "settings" },
	{ "customheaderrc", "settings" },
	{ "dispheaderrc", "settings" },
	{ "tagsrc", "flags" },
	{ "tagsdb", "flags" },
	{ "addrbook", "addresses" },
	{ "addressbook.xml", "addresses" },
	{ "addrbook-*.xml", "addresses" },
	{ "vcalendar", "calendar" },
	{ "signature*", "signature" },
	{ NULL, NULL }
};

struct account {
	const char *name, *server, *user, *signature;
};

struct client {
	const struct disk *disk;
	struct locations *out;
	const struct settings *what;
	const char *path;       /* of the settings directory */
	size_t first;
	bool is_running;
	VEC(struct account) accounts;
};

static void
read_accounts(struct client *c)
{
	const char *path = disk_below(c->disk, c->path, "accountrc");
	struct buf text = BUF_EMPTY;
	struct account *account = NULL;
	struct slice section = SLICE_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (path == NULL || !found_read(c->disk, c->out, c->what->client, path, &text))
		return;
	ini = ini_open(buf_slice(&text));
	while (ini_next(&ini, &line)) {
		if (!slice_starts(line.section, "Account"))
			continue;
		if (account == NULL || !slice_equal(line.section, section))
			account = vec_push(&c->accounts);
		section = line.section;
		if (slice_is(line.key, "account_name"))
			account->name = arena_string_of(c->disk->arena, line.value);
		else if (slice_is(line.key, "receive_server"))
			account->server = arena_string_of(c->disk->arena, line.value);
		else if (slice_is(line.key, "user_id"))
			account->user = arena_string_of(c->disk->arena, line.value);
		else if (slice_is(line.key, "signature_path"))
			account->signature = arena_string_of(c->disk->arena, line.value);
	}
	buf_free(&text);
}

static struct location *
add(struct client *c, const char *account, enum location_kind kind, const char *format,
    const char *layout, const char *path)
{
	struct location *l;

	if (path == NULL || found_has(c->out, c->first, path))
		return NULL;
	l = found_add(c->disk, c->out, c->what->client, account, format, layout, path);
	l->kind = kind;
	return l;
}

/* A relative path counts from the home; on Windows, and where the settings
 * live in a sandbox, from the directory that holds the settings, or (Sylpheed)
 * from Mailboxes in them. */
static const char *
mailbox_path(const struct client *c, struct slice name)
{
	const struct disk *d = c->disk;
	const char *bases[3] = { d->home->path, path_parent(d->arena, c->path),
	    path_join(d->arena, c->path, "Mailboxes") };
	const char *path = NULL;
	size_t i;

	if (d->system == SYSTEM_WINDOWS) {
		bases[0] = bases[1];
		bases[1] = d->home->path;
	}
	for (i = 0; i < 3 && path == NULL; i++)
		path = disk_named(d, bases[i], name, NULL);
	return path;
}

/* <folder type="mh" name="Mail" path="Mail" …> */
static void
add_folder(struct client *c, const struct xml_tag *tag)
{
	const struct disk *d = c->disk;
	struct buf type = BUF_EMPTY, name = BUF_EMPTY, path = BUF_EMPTY;
	const char *account, *found;
	size_t before = c->out->n;

	xml_attribute(tag, "type", &type);
	xml_attribute(tag, "name", &name);
	if (!xml_attribute(tag, "path", &path))
		goto out;
	account = name.n > 0 ? arena_string(d->arena, buf_text(&name)) : "Mailbox";
	found = mailbox_path(c, buf_slice(&path));
	if (found == NULL && disk_is_elsewhere(d, buf_slice(&path)))
		found_unsupported(d, c->out, c->what->client, account, "mh",
		    arena_string(d->arena, buf_text(&path)), FOUND_ELSEWHERE);
	if (found == NULL || disk_holds_home(d, found) || found_has(c->out, c->first, found))
		goto out;
	if (slice_is(buf_slice(&type), "mh")) {
		add(c, account, LOCATION_LOCAL, "mh", c->what->layout, found);
	} else if (slice_is(buf_slice(&type), "mailmbox")) {
		add(c, account, LOCATION_LOCAL, "mbox", "plain", found);
	} else if (slice_is(buf_slice(&type), "maildir")) {
		tree_add(d, c->what->client, found, TREE_MAILDIR, c->out);
		for (; before < c->out->n; before++)
			c->out->items[before].account = account;
	}

out:
	buf_free(&type);
	buf_free(&name);
	buf_free(&path);
}

static void
read_folders(struct client *c)
{
	const char *path = disk_below(c->disk, c->path, "folderlist.xml");
	struct buf text = BUF_EMPTY;
	struct xml_tag tag;
	struct xml xml;

	if (path == NULL || !found_read(c->disk, c->out, c->what->client, path, &text))
		return;
	xml = xml_open(buf_slice(&text));
	while (xml_next(&xml, &tag))
		if (!tag.is_end && slice_is(tag.name, "folder"))
			add_folder(c, &tag);
	buf_free(&text);
}

/* imapcache/SERVER/USER */
static const char *
cached_account(const struct client *c, const char *path)
{
	struct arena *a = c->disk->arena;
	const char *user = path_base(path), *server = path_base(path_parent(a, path));
	const struct account *account;
	size_t i;

	for (i = 0; i < c->accounts.n; i++) {
		account = &c->accounts.items[i];
		if (account->name != NULL && account->server != NULL && account->user != NULL &&
		    strcmp(account->server, server) == 0 && strcmp(account->user, user) == 0)
			return account->name;
	}
	return strchr(user, '@') != NULL ? user : arena_format(a, "%s@%s", user, server);
}

/* What was fetched, also of accounts that are no longer there. */
static void
add_caches(struct client *c)
{
	static const struct {
		const char *pattern;
		enum location_kind kind;
	} caches[] = {
		{ "imapcache/*/*", LOCATION_IMAP_CACHE },
		{ "newscache/*", LOCATION_NEWS },
	};
	struct paths paths = VEC_EMPTY;
	const char *path;
	size_t i, j;

	for (i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		vec_clear(&paths);
		disk_match(c->disk, c->path, caches[i].pattern, &paths);
		for (j = 0; j < paths.n; j++) {
			path = paths.items[j];
			if (file_is_directory(path))
				add(c, caches[i].kind == LOCATION_NEWS ? path_base(path) :
				    cached_account(c, path), caches[i].kind, "mh", c->what->layout, path);
		}
	}
	add(c, "RSSyl", LOCATION_FEED, "mh", c->what->layout, disk_below(c->disk, c->path, "RSSyl"));
	/* Mail that was fetched while the inbox was missing waits here. */
	vec_clear(&paths);
	disk_match(c->disk, c->path, "tempfolder/*/*", &paths);
	if (paths.n > 0)
		add(c, "tempfolder", LOCATION_LOCAL, "mh", c->what->layout,
		    disk_below(c->disk, c->path, "tempfolder"));
	vec_free(&paths);
}

/* Is there a process that has bound a socket of that name?  Sockets stay
 * behind after a crash, so that the file alone tells nothing. */
static bool
is_our_socket(const struct client *c, const char *path, uint32_t uid)
{
	struct arena *a = c->disk->arena;
	const char *base = path_base(path);

	return path_below(path, arena_format(a, "/run/user/%u/%s", uid, c->what->client)) != NULL ||
	    path_below(path, path_join(a, c->disk->home->cache_home, c->what->client)) != NULL ||
	    strcmp(base, arena_format(a, "%s-%u", c->what->client, uid)) == 0;
}

static bool
is_running(const struct client *c)
{
	struct buf text = BUF_EMPTY;
	struct slice rest, line;
	struct file_meta meta;
	struct error err;
	bool found = false;
	size_t slash;

	if (c->disk->is_mounted || file_stat(c->path, &meta, &err) < 0 ||
	    file_read_all("/proc/net/unix", CONFIG_FILE_MAX, &text, &err) < 0)
		return false;
	rest = buf_slice(&text);
	while (!found && slice_line(&rest, &line)) {
		line = slice_chomp(line);
		slash = slice_find(line, 0, '/');
		if (slash < line.n)
			found = is_our_socket(c, arena_string_of(c->disk->arena,
			    slice_from(line, slash)), meta.uid);
	}
	buf_free(&text);
	return found;
}

static void
keep_settings(struct client *c)
{
	const struct disk *d = c->disk;
	struct companions list = VEC_EMPTY;
	size_t i;

	companions_keep(d, &list, c->path, settings_keep);
	companions_add(d, &list, disk_in_home(d, ".signature"), "signature");
	for (i = 0; i < c->accounts.n; i++)
		if (c->accounts.items[i].signature != NULL)
			companions_add(d, &list, disk_named(d, d->home->path,
			    slice_string(c->accounts.items[i].signature), NULL), "signature");
	for (i = c->first; i < c->out->n; i++) {
		c->out->items[i].settings = c->path;
		c->out->items[i].running = c->is_running;
	}
	companions_give_first(&list, d->arena, c->out, c->first);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct client c = { .disk = &d, .out = out, .what = &places[i], .first = out->n };

		c.path = disk_in_home(&d, places[i].path);
		if (c.path == NULL || !file_is_directory(c.path))
			continue;
		c.is_running = is_running(&c);
		read_accounts(&c);
		read_folders(&c);
		add_caches(&c);
		keep_settings(&c);
		vec_free(&c.accounts);
	}
	return 0;
}

const struct locator_ops locate_claws = {
	.name = "claws",
	.find = find,
};
