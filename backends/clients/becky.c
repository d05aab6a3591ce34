/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/ini.h"
#include "backends/clients/places.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/charset.h"

/* Becky!: a data folder, in it a directory NAME.mb for each mailbox. */
#define CLIENT "becky"

static const struct place places[] = {
	{ PLACE_HOME, "Documents/Becky", "*.mb" },
	{ PLACE_HOME, "Documents/Becky/*", "*.mb" },
	{ PLACE_HOME, "My Documents/Becky", "*.mb" },
	{ PLACE_HOME, "My Documents/Becky/*", "*.mb" },
	{ PLACE_HOME, "AppData/Roaming/Becky*/*", "*.mb" },
	{ PLACE_ROOT, "Becky!", "*.mb" },
	{ PLACE_ROOT, "Becky!/*", "*.mb" },
	{ PLACE_ROOT, "Program Files*/RimArts/B2/*", "*.mb" },
	{ PLACE_HOME, NULL, NULL }
};

static const struct keep mailbox_keep[] = {
	{ "#Attach", "store" },
	{ "*Filter.def", "filters" },
	{ "*.def", "settings" },
	{ NULL, NULL }
};

static const struct keep shared_keep[] = {
	{ "AddrBook", "addresses" },
	{ "#Template*", "settings" },
	{ "Becky.ini", "settings" },
	{ "*.def", "settings" },
	{ NULL, NULL }
};

/* [Account] Name, else the address, else the directory.  The file is in the
 * code page of its system. */
static const char *
account_name(const struct disk *d, const char *path, struct locations *out)
{
	const char *ini_path = disk_below(d, path, "Mailbox.ini"), *name = NULL, *address = NULL;
	struct buf text = BUF_EMPTY, utf8 = BUF_EMPTY;
	struct ini_line line;
	struct ini ini;

	if (ini_path != NULL && found_read(d, out, CLIENT, ini_path, &text)) {
		charset_add_text(&utf8, buf_slice(&text), NULL);
		ini = ini_open(buf_slice(&utf8));
		while (ini_next(&ini, &line)) {
			if (!slice_is(line.section, "Account") || line.value.n == 0)
				continue;
			if (slice_is(line.key, "Name"))
				name = arena_string_of(d->arena, line.value);
			else if (slice_is(line.key, "MailAddress"))
				address = arena_string_of(d->arena, line.value);
		}
	}
	buf_free(&text);
	buf_free(&utf8);
	return name != NULL ? name : address != NULL ? address : path_base(path);
}

static void
look_in(const struct disk *d, const char *data, struct locations *out)
{
	struct companions list = VEC_EMPTY;
	struct paths paths = VEC_EMPTY;
	struct location *l;
	const char *account;
	size_t first = out->n, i;

	disk_match(d, data, "*.mb", &paths);
	for (i = 0; i < paths.n; i++) {
		if (!places_holds(d, paths.items[i], "*/*.bmf") &&
		    !places_holds(d, paths.items[i], "*/Folder.i*"))
			continue;
		account = account_name(d, paths.items[i], out);
		l = found_add(d, out, CLIENT, account, "becky", "plain", paths.items[i]);
		companions_keep(d, &list, paths.items[i], mailbox_keep);
		companions_give(&list, d->arena, l);
	}
	companions_keep(d, &list, data, shared_keep);
	companions_give_first(&list, d->arena, out, first);
	vec_free(&paths);
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY;
	struct disk d;
	size_t i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	places_add_registered(&d, "Software\\RimArts\\B2\\Settings", "DataDir", -1, &paths);
	places_find(&d, places, &paths);
	for (i = 0; i < paths.n; i++)
		look_in(&d, paths.items[i], out);
	vec_free(&paths);
	return 0;
}

const struct locator_ops locate_becky = {
	.name = CLIENT,
	.find = find,
};
