/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/look.h"
#include "backends/clients/disk.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * Where the mail system delivers and the old mail readers keep: the spool in
 * /var/mail, mbox files and directories of them in the home.
 */

/* Rules that decide where delivered mail goes. */
static const struct keep rules[] = {
	{ ".procmailrc", "filters" },
	{ ".mailfilter", "filters" },
	{ ".forward", "filters" },
	{ ".dovecot.sieve", "filters" },
	{ "sieve", "filters" },
	{ ".mailrc", "settings" },
	{ ".signature", "signature" },
	{ NULL, NULL }
};

/* A file that is a mailbox by its place: it may be empty, or damaged. */
static void
add_spool(const struct disk *d, const char *path, const char *account, struct locations *out)
{
	struct error err = ERROR_NONE;
	enum look look = file_is_directory(path) ? LOOK_MBOX : look_at(path, &err);

	if (look == LOOK_EMPTY || look == LOOK_MESSAGE ||
	    (look == LOOK_NOTHING && file_exists(path)))
		found_add(d, out, "spool", account, "mbox", "plain", path);
	else
		tree_add(d, "spool", path, TREE_MBOX | TREE_MAILDIR | TREE_ODD, out);
}

/* /var/mail is often a link to /var/spool/mail, or the other way round. */
static bool
is_same_file(const char *a, const char *b)
{
	struct file_meta x, y;
	struct error err;

	return file_stat(a, &x, &err) == 0 && file_stat(b, &y, &err) == 0 &&
	    x.inode == y.inode && x.device == y.device;
}

static void
add_system_spools(const struct disk *d, struct locations *out)
{
	static const char *const spools[] = { "var/mail", "var/spool/mail" };
	const struct home *home = d->home;
	size_t first = out->n, i, j;
	const char *path;

	for (i = 0; i <= sizeof(spools) / sizeof(spools[0]); i++) {
		if (i == sizeof(spools) / sizeof(spools[0]))
			path = home->is_own && home->mail != NULL ? disk_at(d, home->mail) : NULL;
		else if (path_name_is_safe(slice_string(home->user)))
			path = disk_below(d, path_join(d->arena, home->root, spools[i]), home->user);
		else
			path = NULL;
		for (j = first; path != NULL && j < out->n; j++)
			if (is_same_file(out->items[j].path, path))
				path = NULL;
		if (path != NULL)
			add_spool(d, path, home->user, out);
	}
	for (j = first; j < out->n; j++) {
		out->items[j].kind = LOCATION_SPOOL;
		out->items[j].account = home->user;
	}
}

/* A home that was copied together with its spool. */
static void
add_copied_spools(const struct disk *d, struct locations *out)
{
	struct paths paths = VEC_EMPTY;
	size_t first = out->n, i;

	disk_match(d, d->home->path, "var/mail/*", &paths);
	for (i = 0; i < paths.n; i++)
		add_spool(d, paths.items[i], path_base(paths.items[i]), out);
	for (i = first; i < out->n; i++) {
		out->items[i].kind = LOCATION_SPOOL;
		out->items[i].account = path_base(out->items[i].path);
	}
	vec_free(&paths);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const files[] = { "mbox", "Mailbox" };
	static const char *const places[] = { "mail", "Mail", "nsmail", "sent", "postponed",
	    "dead.letter", "INBOX", "mail.txt", "RMAIL" };
	struct companions list = VEC_EMPTY;
	struct disk d;
	const char *path;
	size_t first = out->n, i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	add_system_spools(&d, out);
	add_copied_spools(&d, out);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path = disk_in_home(&d, files[i]);
		if (path != NULL && !file_is_directory(path))
			add_spool(&d, path, disk_tilde(&d, path), out);
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = disk_in_home(&d, places[i]);
		if (path != NULL && !found_has(out, first, path))
			tree_add(&d, "spool", path, TREE_MBOX | TREE_ODD, out);
	}
	companions_keep(&d, &list, home->path, rules);
	companions_give_first(&list, a, out, first);
	return 0;
}

const struct locator_ops locate_spool = {
	.name = "spool",
	.find = find,
};
