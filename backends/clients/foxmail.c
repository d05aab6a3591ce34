/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/places.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/* Foxmail up to version 6: its accounts lie beside the program.  What version 7
 * writes is not known to anybody else. */
#define CLIENT "foxmail"
#define VERSION_7 "Foxmail 7 keeps mail in a form that nobody else can read: in Foxmail export " \
    "the folders as .eml files, and name that directory by hand."

static const struct place places[] = {
	{ PLACE_ROOT, "Foxmail*/mail/*", "*.BOX" },
	{ PLACE_ROOT, "Program Files*/Foxmail*/mail/*", "*.BOX" },
	{ PLACE_ROOT, "Program Files*/Tencent/Foxmail*/mail/*", "*.BOX" },
	{ PLACE_HOME, "Foxmail*/mail/*", "*.BOX" },
	{ PLACE_WINDOWS, "*/Foxmail*/mail/*", "*.BOX" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct place newer_places[] = {
	{ PLACE_ROOT, "Foxmail*/Storage/*", "Mails" },
	{ PLACE_ROOT, "Program Files*/Foxmail*/Storage/*", "Mails" },
	{ PLACE_ROOT, "Program Files*/Tencent/Foxmail*/Storage/*", "Mails" },
	{ PLACE_HOME, "Foxmail*/Storage/*", "Mails" },
	{ PLACE_WINDOWS, "*/Foxmail*/Storage/*", "Mails" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep account_keep[] = {
	{ "Account.*", "settings" },
	{ "*.stg", "settings" },
	{ "*.flt", "filters" },
	{ "attach*", "store" },
	{ NULL, NULL }
};

/* From an account's directory up to the program's. */
static const struct keep shared_keep[] = {
	{ "address", "addresses" },
	{ "accounts.cfg", "settings" },
	{ NULL, NULL }
};

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY, newer = VEC_EMPTY;
	struct location *l;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++) {
		const char *path = paths.items[i];

		l = found_add(&d, out, CLIENT, path_base(path), "foxmail", "plain", path);
		companions_keep(&d, &list, path, account_keep);
		companions_keep(&d, &list, path_parent(a, path_parent(a, path)), shared_keep);
		companions_give(&list, a, l);
	}
	places_find(&d, newer_places, &newer);
	for (i = 0; i < newer.n; i++)
		found_unsupported(&d, out, CLIENT, path_base(newer.items[i]), "foxmail", newer.items[i],
		    VERSION_7);
	vec_free(&paths);
	vec_free(&newer);
	return 0;
}

const struct locator_ops locate_foxmail = {
	.name = CLIENT,
	.find = find,
};
