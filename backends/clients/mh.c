/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/clients/clients.h"
#include "backends/clients/found.h"
#include "backends/clients/disk.h"
#include "backends/clients/tree.h"
#include "core/base/file.h"
#include "core/base/path.h"

/*
 * MH (nmh, exmh, Mew, Gnus nnml …): ~/.mh_profile names the directory; where
 * there is none, the usual ones are looked at.
 */
static const struct keep home_keep[] = {
	{ ".mh_profile", "settings" },
	{ ".bbdb", "addresses" },
	{ ".mailrc", "settings" },
	{ ".folders", "settings" },
	{ ".newsrc.eld", "flags" },
	{ ".gnus", "settings" },
	{ ".gnus.el", "settings" },
	{ NULL, NULL }
};

static const struct keep mail_keep[] = {
	{ "context", "flags" },
	{ "active", "index" },
	{ "components", "settings" },
	{ "replcomps", "settings" },
	{ "forwcomps", "settings" },
	{ "distcomps", "settings" },
	{ "mhl.*", "settings" },
	{ NULL, NULL }
};

/* "Path: Mail", from the home; names are compared without case. */
static const char *
profile_path(const struct disk *d, const char *profile, struct locations *out)
{
	struct buf text = BUF_EMPTY;
	struct slice rest, line;
	const char *path = NULL;
	size_t colon;

	if (!found_read(d, out, "mh", profile, &text))
		return NULL;
	rest = buf_slice(&text);
	while (path == NULL && slice_line(&rest, &line)) {
		colon = slice_find(line, 0, ':');
		if (slice_equal_nocase(slice_trim(slice_sub(line, 0, colon)), SLICE_OF("path")))
			path = disk_named(d, d->home->path, slice_trim(slice_from(line, colon + 1)), NULL);
	}
	buf_free(&text);
	return path;
}

static int
find(const struct home *home, struct arena *a, struct locations *out, struct error *err)
{
	static const char *const usual[] = { "Mail", "mail" };
	struct companions list = VEC_EMPTY;
	struct disk d;
	const char *profile, *path = NULL;
	size_t first = out->n, i;

	if (disk_open(&d, home, a, err) < 0)
		return -1;
	profile = disk_in_home(&d, ".mh_profile");
	if (profile != NULL)
		path = profile_path(&d, profile, out);
	if (path != NULL && file_is_directory(path) && !disk_holds_home(&d, path)) {
		tree_add(&d, "mh", path, TREE_MH, out);
		companions_keep(&d, &list, path, mail_keep);
	}
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		path = disk_in_home(&d, usual[i]);
		if (path != NULL && file_is_directory(path) && !found_has(out, first, path))
			tree_add(&d, "mh", path, TREE_MH, out);
	}
	for (i = first; i < out->n; i++)
		out->items[i].settings = profile;
	companions_keep(&d, &list, home->path, home_keep);
	companions_give_first(&list, a, out, first);
	return 0;
}

const struct locator_ops locate_mh = {
	.name = "mh",
	.find = find,
};
