/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "core/base/path.h"
#include "core/base/vec.h"

/*
 * What programs that fetch a whole mailbox leave where they put it unless told
 * otherwise, and Takeout where it was unpacked.  Archives that Takeout hands
 * out are not looked for: they may hold far more than mail, and are read when
 * they are named.
 */
static const struct {
	const char *client, *pattern, *mark, *format;
} rows[] = {
	{ "gmvault", "gmvault-db", "db", "gmvault" },
	{ "gyb", "GYB-GMail-Backup-*", "msg-db.sqlite", "gyb" },
	{ "gyb", "Downloads/GYB-GMail-Backup-*", "msg-db.sqlite", "gyb" },
	{ "gyb", "Documents/GYB-GMail-Backup-*", "msg-db.sqlite", "gyb" },
	{ "takeout", "Takeout/Mail", "*.mbox", "mbox" },
	{ "takeout", "Downloads/Takeout/Mail", "*.mbox", "mbox" },
	{ "takeout", "Documents/Takeout/Mail", "*.mbox", "mbox" },
};

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	struct paths paths = VEC_EMPTY, marks = VEC_EMPTY;
	struct companions list = VEC_EMPTY;
	struct location *l;
	struct disk d;
	size_t i, j;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vec_clear(&paths);
		disk_match(&d, home->path, rows[i].pattern, &paths);
		for (j = 0; j < paths.n; j++) {
			vec_clear(&marks);
			disk_match(&d, paths.items[j], rows[i].mark, &marks);
			if (marks.n == 0)
				continue;
			l = found_add(&d, out, rows[i].client, disk_tilde(&d, paths.items[j]),
			    rows[i].format, "plain", paths.items[j]);
			l->kind = LOCATION_EXPORT;
			companions_add(&d, &list, disk_below(&d, paths.items[j], "User Settings"),
			    "settings");
			companions_give(&list, a, l);
		}
	}
	vec_free(&paths);
	vec_free(&marks);
	vec_free(&list);
	return 0;
}

const struct locator_ops locate_exports = {
	.name = "exports",
	.find = find,
};
