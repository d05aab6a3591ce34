/* SPDX-License-Identifier: MIT */
#include "backends/formats/dboxtree.h"

#include <string.h>

#include "core/base/path.h"

#define ATTACHMENT_LEVELS 6u
#define PROBE_LEVELS 3u

static bool
has_prefix(const char *directory, const char *prefix)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = false;
	size_t i;

	if (directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !found; i++)
		found = slice_starts(slice_string(all.entries[i].name), prefix);
	arena_free(&a);
	return found;
}

/* Is there a mailbox with such a file below? */
static bool
has_mailbox(const char *directory, const char *prefix, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = false;
	size_t i;

	if (directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !found; i++) {
		const char *inside = path_join(&a, directory, all.entries[i].name);

		if (all.entries[i].kind != FILE_DIRECTORY)
			continue;
		found = strcmp(all.entries[i].name, "dbox-Mails") == 0 ? has_prefix(inside, prefix) :
		    levels > 0 && has_mailbox(inside, prefix, levels - 1);
	}
	arena_free(&a);
	return found;
}

int
dbox_tree_probe(const char *path, const char *prefix, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	const char *mailboxes = path_join(&a, path, "mailboxes");
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		bid = -1;
	else if (meta.kind == FILE_DIRECTORY && file_is_directory(mailboxes) &&
	    (strcmp(prefix, "m.") == 0 ? has_prefix(path_join(&a, path, "storage"), prefix) :
	    has_mailbox(mailboxes, prefix, PROBE_LEVELS)))
		bid = 94;
	arena_free(&a);
	return bid;
}

static int
walk(struct folders *f, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	size_t i;
	int rc = 0;

	if (folders_list(f, directory, &a, &all, err) < 0) {
		if (depth > 0)
			folders_add_unreadable(f, parents, depth, directory);
		rc = depth > 0 ? 0 : -1;
		goto out;
	}
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);

		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX)
			continue;
		if (depth > 0 && strcmp(e->name, "dbox-Mails") == 0) {
			folders_add(f, parents, depth - 1, parents[depth - 1], path)->layout = MAILBOX_FILES;
			continue;
		}
		buf_clear(&name);
		folder_name_add(&name, slice_string(e->name));
		rc = walk(f, folders_extend(f, parents, depth, buf_slice(&name)), depth + 1, path, err);
	}

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

int
dbox_tree_walk(struct folders *f, const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	int rc = walk(f, NULL, 0, path_join(&a, path, "mailboxes"), err);

	folders_keep(f, path_join(&a, path, "subscriptions"), "settings");
	arena_free(&a);
	return rc;
}

void
dbox_tree_keep_index(struct folders *f, const char *directory, const char *name)
{
	static const char *const suffixes[] = { "", ".log", ".log.2" };
	struct arena a = ARENA_EMPTY;
	size_t i;

	for (i = 0; i < 3; i++)
		folders_keep(f, arena_format(&a, "%s/%s%s", directory, name, suffixes[i]), "flags");
	arena_free(&a);
}

static void
keep_all(struct folders *f, const char *directory, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;

	if (directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n; i++) {
		const char *path = path_join(&a, directory, all.entries[i].name);

		if (all.entries[i].kind == FILE_REGULAR)
			folders_keep(f, path, "store");
		else if (all.entries[i].kind == FILE_DIRECTORY && levels > 0)
			keep_all(f, path, levels - 1);
	}
	arena_free(&a);
}

/* "attachments/1f/a0/…": what is called so may be somebody's own. */
static bool
is_sharded(const char *directory, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = levels == 0;
	uint64_t n;
	size_t i;

	if (levels == 0 || directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !found; i++)
		found = all.entries[i].kind == FILE_DIRECTORY && strlen(all.entries[i].name) == 2 &&
		    slice_hex_number(slice_string(all.entries[i].name), 255, &n) &&
		    is_sharded(path_join(&a, directory, all.entries[i].name), levels - 1);
	arena_free(&a);
	return found;
}

void
dbox_tree_keep_attachments(struct folders *f, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	const char *const places[] = { path, path_parent(&a, path) };
	struct directory all;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		if (directory_read(places[k], false, &a, &all, &ignored) < 0)
			all.n = 0;
		for (i = 0; i < all.n; i++) {
			const char *inside = path_join(&a, places[k], all.entries[i].name);

			if (all.entries[i].kind == FILE_DIRECTORY &&
			    strstr(all.entries[i].name, "attach") != NULL && is_sharded(inside, 2))
				keep_all(f, inside, ATTACHMENT_LEVELS);
		}
	}
	arena_free(&a);
}
