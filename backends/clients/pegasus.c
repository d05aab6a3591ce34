/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* Pegasus Mail: a mail directory for each of its users. */
#define CLIENT "pegasus"

static const struct place places[] = {
	{ PLACE_HOME, "AppData/Local/Pegasus Mail/Mail", "*.PMM" },
	{ PLACE_HOME, "AppData/Local/Pegasus Mail/Mail/*", "*.PMM" },
	{ PLACE_HOME, "AppData/Roaming/Pegasus Mail/Mail/*", "*.PMM" },
	{ PLACE_WINDOWS, "*/Pegasus Mail/Mail", "*.PMM" },
	{ PLACE_WINDOWS, "*/*/Pegasus Mail/Mail", "*.PMM" },
	{ PLACE_ROOT, "PMAIL/MAIL", "*.PMM" },
	{ PLACE_ROOT, "PMAIL/MAIL/*", "*.PMM" },
	{ PLACE_ROOT, "Program Files*/PMAIL/MAIL/*", "*.PMM" },
	{ PLACE_ROOT, "ProgramData/Pegasus Mail/MAIL/*", "*.PMM" },
	{ PLACE_ROOT, "PMAIL/MAIL/*", "*.CNM" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep account_keep[] = {
	{ "*.PMR", "addresses" },
	{ "*.PML", "addresses" },
	{ "*.PMS", "signature" },
	{ "*.SIG", "signature" },
	{ "RULES*.PM*", "filters" },
	{ "*.PMQ", "filters" },
	{ "*.PMC", "settings" },
	{ "PMAIL.INI", "settings" },
	{ "FOLSTATE.PM", "index" },
	{ NULL, NULL }
};

static void
add_account(const struct disk *d, const char *path, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	const char *account = path_base(path);
	struct location *l;

	/* With a single user, the directory has no name of its own. */
	if (slice_equal_nocase(slice_string(account), SLICE_OF("mail")))
		account = "Pegasus Mail";
	l = found_add(d, out, CLIENT, account, "pegasus", "plain", path);
	companions_keep(d, &list, path, account_keep);
	companions_give(&list, d->arena, l);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++)
		add_account(&d, paths.items[i], out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_pegasus = {
	.name = CLIENT,
	.find = find,
};
