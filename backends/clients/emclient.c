/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/vec.h"

/*
 * eM Client: a directory for each account, called by a number; in it NAME.acn,
 * and in one more such directory the databases.
 */
#define CLIENT "em-client"
#define PROTECTED "eM Client has encrypted it with its password: in eM Client choose Menu, Export, " \
    "Email to .eml files, and name that directory by hand."

static const struct place places[] = {
	{ PLACE_HOME, "AppData/Roaming/eM Client", "*/*/mail_index.dat" },
	{ PLACE_HOME, "Application Data/eM Client", "*/*/mail_index.dat" },
	{ PLACE_WINDOWS, "*/eM Client", "*/*/mail_index.dat" },
	{ PLACE_HOME, "Library/Application Support/eM Client", "*/*/mail_index.dat" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep shared_keep[] = {
	{ "accounts.dat", "settings" },
	{ "settings.dat", "settings" },
	{ "categories.dat", "settings" },
	{ "rules.dat", "filters" },
	{ "signatures.dat", "signature" },
	{ "templates.dat", "settings" },
	{ NULL, NULL }
};

static bool
is_database(const char *path)
{
	static const char magic[] = "SQLite format 3";
	unsigned char head[sizeof(magic)];
	struct error err;
	bool is;
	int fd;

	if (file_open_read(path, &fd, &err) < 0)
		return false;
	is = file_read_at(fd, 0, head, sizeof(head), &err) == 0 &&
	    memcmp(head, magic, sizeof(magic)) == 0;
	file_close(fd);
	return is;
}

/* What the account's file is called, without ".acn". */
static const char *
account_name(const struct disk *d, const char *account)
{
	struct paths found = VEC_EMPTY;
	const char *name = path_base(account);
	struct slice file;

	disk_match(d, account, "*.acn", &found);
	if (found.n > 0) {
		file = slice_string(path_base(found.items[0]));
		name = arena_string_of(d->arena, slice_sub(file, 0, file.n - strlen(".acn")));
	}
	vec_free(&found);
	return name;
}

static void
add(const struct disk *d, const char *index, struct locations *out)
{
	const char *path = path_parent(d->arena, index), *account = path_parent(d->arena, path);
	const char *name = account_name(d, account);
	struct companions list = VEC_EMPTY;
	struct paths files = VEC_EMPTY;
	struct location *l;
	size_t i;

	if (!is_database(index)) {
		found_unsupported(d, out, CLIENT, name, CLIENT, path, PROTECTED);
		return;
	}
	l = found_add(d, out, CLIENT, name, CLIENT, "plain", path);
	/* Which accounts are whole, and which copy a server's, it does not say. */
	l->kind = LOCATION_LOCAL;
	l->running = !d->is_mounted && sqlite_file_is_open(index);
	disk_match(d, account, "*.acn", &files);
	for (i = 0; i < files.n; i++)
		companions_add(d, &list, files.items[i], "settings");
	companions_give(&list, d->arena, l);
	vec_free(&files);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY, indexes = VEC_EMPTY;
	struct disk d;
	size_t i, j, first;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++) {
		first = out->n;
		vec_clear(&indexes);
		disk_match(&d, paths.items[i], "*/*/mail_index.dat", &indexes);
		for (j = 0; j < indexes.n; j++)
			add(&d, indexes.items[j], out);
		companions_keep(&d, &list, paths.items[i], shared_keep);
		companions_give_first(&list, a, out, first);
	}
	vec_free(&paths);
	vec_free(&indexes);
	return 0;
}

const struct locator_ops locate_emclient = {
	.name = CLIENT,
	.find = find,
};
