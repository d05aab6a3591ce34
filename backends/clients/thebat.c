/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* The Bat!: a mail directory with a directory for each account, or for folders
 * that all share. */
#define CLIENT "the-bat"

static const struct place places[] = {
	{ PLACE_HOME, "AppData/Roaming/The Bat!/MAIL", NULL },
	{ PLACE_HOME, "AppData/Roaming/The Bat!", NULL },
	{ PLACE_HOME, "Application Data/The Bat!/MAIL", NULL },
	{ PLACE_HOME, "Application Data/The Bat!", NULL },
	{ PLACE_WINDOWS, "*/The Bat!/MAIL", NULL },
	{ PLACE_WINDOWS, "*/The Bat!", NULL },
	{ PLACE_WINDOWS, "*/My TheBat! Mail", NULL },
	{ PLACE_ROOT, "Program Files*/The Bat!/MAIL", NULL },
	{ PLACE_ROOT, "The Bat!/MAIL", NULL },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep account_keep[] = {
	{ "ACCOUNT.*", "settings" },
	{ "*.SRX", "filters" },
	{ "*.SRB", "filters" },
	{ "ATTACH", "store" },
	{ NULL, NULL }
};

static const struct keep shared_keep[] = {
	{ "*.ABD", "addresses" },
	{ "*.CFG", "settings" },
	{ "*.CFN", "settings" },
	{ "*.DEF", "settings" },
	{ "*.ADR", "addresses" },
	{ NULL, NULL }
};

#define ENCRYPTED "The Bat! has encrypted its mail here: in The Bat! choose Tools, Export " \
    "messages, Unix mailboxes, and name the files that it writes by hand."

/* Messages lie in the folders of an account, or, where all accounts share it, in
 * the directory itself. */
static bool
holds_mail(const struct disk *d, const char *path, const char *name)
{
	static const char *const before[] = { "", "*/", "*/*/" };
	size_t i;

	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		if (places_holds(d, path, arena_format(d->arena, "%s%s", before[i], name)))
			return true;
	}
	return false;
}

static void
add_account(const struct disk *d, const char *path, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct location *l;

	if (!holds_mail(d, path, "MESSAGES.TBB")) {
		if (holds_mail(d, path, "*.EBB"))
			found_unsupported(d, out, CLIENT, path_base(path), "tbb", path, ENCRYPTED);
		return;
	}
	l = found_add(d, out, CLIENT, path_base(path), "tbb", "plain", path);
	companions_keep(d, &list, path, account_keep);
	companions_give(&list, d->arena, l);
}

static void
look_in(const struct disk *d, const char *path, const struct paths *all, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct directory entries;
	struct error err;
	size_t first = out->n, i;

	if (directory_read(path, false, d->arena, &entries, &err) < 0)
		return;
	for (i = 0; i < entries.n; i++) {
		const char *account = path_join(d->arena, path, entries.entries[i].name);

		if (entries.entries[i].kind == FILE_DIRECTORY && !places_has(all, account))
			add_account(d, account, out);
	}
	companions_keep(d, &list, path, shared_keep);
	companions_give_first(&list, d->arena, out, first);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_add_registered(&d, "Software\\RIT\\The Bat!", "Working Directory", -1, &paths);
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++)
		look_in(&d, paths.items[i], &paths, out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_thebat = {
	.name = CLIENT,
	.find = find,
};
