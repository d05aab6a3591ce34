/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/prefs.h"
#include "core/base/vec.h"

/*
 * Netscape 4 (Communicator), from which Mozilla's profiles come: one user's
 * directory with Mail, and a directory for each IMAP server in ImapMail; on
 * Unix ~/nsmail, with the preferences in ~/.netscape.  mail.directory in the
 * preferences names another place.
 */
#define CLIENT "netscape"

static const struct place places[] = {
	{ PLACE_ROOT, "Program Files*/Netscape/Users/*", "Mail" },
	{ PLACE_ROOT, "Netscape/Users/*", "Mail" },
	{ PLACE_HOME, "Netscape/Users/*", "Mail" },
	{ PLACE_HOME, "Documents/Netscape Users/*", "Mail" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep user_keep[] = {
	{ "prefs.js", "settings" },
	{ "preferences.js", "settings" },
	{ "*.nab", "addresses" },
	{ "*.na2", "addresses" },
	{ "rules.dat", "filters" },
	{ "Mail/rules.dat", "filters" },
	{ "mailrule", "filters" },
	{ "address-book.html", "addresses" },
	{ NULL, NULL }
};

/* Where the preferences say that mail is, or NULL. */
static const char *
named_directory(const struct disk *d, const char *preferences, struct locations *out)
{
	struct buf text = BUF_EMPTY;
	struct slice value;
	struct prefs prefs;
	const char *path = NULL;

	if (preferences == NULL || !found_read(d, out, CLIENT, preferences, &text))
		return NULL;
	prefs_init(&prefs, d->arena);
	prefs_read(&prefs, buf_slice(&text));
	if (prefs_get(&prefs, "mail.directory", &value))
		path = disk_named(d, path_parent(d->arena, preferences), value, NULL);
	prefs_free(&prefs);
	buf_free(&text);
	return path;
}

static struct location *
add(const struct disk *d, const char *account, const char *path, struct locations *out)
{
	if (path == NULL || !file_is_directory(path) || disk_holds_home(d, path) ||
	    found_has(out, 0, path))
		return NULL;
	return found_add(d, out, CLIENT, account, "mbox", "mozilla", path);
}

/* A user's directory, with where the preferences and the mail of its own are. */
static void
add_user(const struct disk *d, const char *user, const char *preferences, const char *mail,
    const char *account, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct paths servers = VEC_EMPTY;
	struct location *l;
	size_t first = out->n, i;

	add(d, account, named_directory(d, preferences, out), out);
	add(d, account, mail, out);
	disk_match(d, user, "ImapMail/*", &servers);
	for (i = 0; i < servers.n; i++) {
		l = add(d, path_base(servers.items[i]), servers.items[i], out);
		if (l != NULL)
			l->kind = LOCATION_IMAP_CACHE;
	}
	companions_keep(d, &list, user, user_keep);
	companions_give_first(&list, d->arena, out, first);
	vec_free(&servers);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths users = VEC_EMPTY;
	const char *unix_user;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	unix_user = disk_in_home(&d, ".netscape");
	if (unix_user != NULL)
		add_user(&d, unix_user, disk_below(&d, unix_user, "preferences.js"),
		    disk_in_home(&d, "nsmail"), "Netscape", out);
	places_find(&d, places, &users);
	for (i = 0; i < users.n; i++)
		add_user(&d, users.items[i], disk_below(&d, users.items[i], "prefs.js"),
		    disk_below(&d, users.items[i], "Mail"), path_base(users.items[i]), out);
	vec_free(&users);
	return 0;
}

const struct locator_ops locate_netscape = {
	.name = CLIENT,
	.find = find,
};
