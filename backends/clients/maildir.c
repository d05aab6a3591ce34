/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/disk.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"

/* Maildirs where people and their fetch programs put them. */
static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const places[] = { "Maildir", ".maildir", ".mail", "Mail", "mail" };
	struct disk d;
	const char *path;
	size_t i, first = out->n;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	if (home->is_own && home->maildir != NULL) {
		path = disk_at(&d, home->maildir);
		if (path != NULL && file_is_directory(path) && !disk_holds_home(&d, path))
			tree_add(&d, "maildir", path, TREE_MAILDIR, out);
	}
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = disk_in_home(&d, places[i]);
		if (path != NULL && file_is_directory(path) && !found_has(out, first, path))
			tree_add(&d, "maildir", path, TREE_MAILDIR, out);
	}
	path = disk_at(&d, path_join(a, home->data_home, "mail"));
	if (path != NULL && file_is_directory(path) && !found_has(out, first, path))
		tree_add(&d, "maildir", path, TREE_MAILDIR, out);
	return 0;
}

const struct locator_ops locate_maildir = {
	.name = "maildir",
	.find = find,
};
