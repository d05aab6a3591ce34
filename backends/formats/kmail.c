/* SPDX-License-Identifier: MIT */
#include "backends/formats/kmail.h"

#include <string.h>

#include "backends/formats/maildirtree.h"
#include "backends/formats/sniff.h"
#include "core/base/path.h"
#include "core/base/text.h"


static int walk(struct folders *f, const struct slice *parents, size_t depth, const char *directory,
    struct error *err);

/* Indices lie beside the folders, and what KMail 1 knew of a server. */
static bool
is_passed_over(const char *name)
{
	struct slice s = slice_string(name);

	return name[0] == '.' || slice_ends(s, "~") || slice_ends(s, ".lock") ||
	    slice_ends(s, ".index") || slice_ends(s, ".index.ids") ||
	    slice_ends(s, ".index.sorted") || slice_ends(s, ".uidcache");
}

static bool
is_maildir(const char *path, struct arena *a)
{
	return file_is_directory(path_join(a, path, "cur"));
}

static bool
has_entries(const char *path, const char *sub, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct directory all;

	return directory_read(path_join(a, path, sub), false, a, &all, &ignored) == 0 && all.n > 0;
}

static bool
is_mbox(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct sniff sniff;

	return sniff_file(path, &sniff, &ignored) == 0 && !sniff.packed &&
	    (sniffed_mbox(sniff.kind) || sniff.kind == SNIFFED_EMPTY);
}

static const struct slice *
extend(struct folders *f, const struct slice *parents, size_t depth, struct slice raw)
{
	struct buf name = BUF_EMPTY;
	const struct slice *all;

	text_add_utf8(&name, raw);
	all = folders_extend(f, parents, depth, buf_slice(&name));
	buf_free(&name);
	return all;
}

static void
add_maildir(struct folders *f, const struct slice *names, size_t depth, const char *path)
{
	struct folder *folder = folders_add(f, names, depth, names[depth], path);

	folder->layout = MAILBOX_FILES;
	folder->is_maildir = true;
}

static void
take(struct folders *f, const struct slice *parents, size_t depth, const char *directory,
    const struct directory_entry *e)
{
	struct arena a = ARENA_EMPTY;
	const char *path = path_join(&a, directory, e->name);
	const struct slice *names;

	if (is_passed_over(e->name))
		goto out;
	names = extend(f, parents, depth, slice_string(e->name));
	if (e->kind == FILE_DIRECTORY && is_maildir(path, &a))
		add_maildir(f, names, depth, path);
	else if (e->kind == FILE_REGULAR && is_mbox(path))
		folders_add(f, names, depth, names[depth], path)->layout = MAILBOX_FILE;

out:
	arena_free(&a);
}

static int
walk(struct folders *f, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct slice owner;
	size_t i;
	int rc = -1;

	if (folders_list(f, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(f, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];

		owner = e->kind == FILE_DIRECTORY ? maildir_kmail_name(slice_string(e->name)) : SLICE_EMPTY;
		if (owner.n == 0) {
			take(f, parents, depth, directory, e);
		} else if (depth < FOLDER_DEPTH_MAX &&
		    walk(f, extend(f, parents, depth, owner), depth + 1,
		    path_join(&a, directory, e->name), err) < 0) {
			goto out;
		}
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

/* Children of a directory that is a folder lie beside it, as everywhere. */
static int
walk_beside(struct folders *f, const struct slice *names, const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const char *beside = path_join(&a, path_parent(&a, path), arena_format(&a,
	    ".%s.directory", path_base(path)));
	int rc = 0;

	if (file_is_directory(beside))
		rc = walk(f, names, 1, beside, err);
	arena_free(&a);
	return rc;
}

int
kmail_walk(struct folders *f, const struct location *where, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	bool is_folder = strcmp(where->layout, "kmail-folder") == 0;
	const struct slice *names = extend(f, NULL, 0, slice_string(path_base(where->path)));
	int rc;

	if (is_maildir(where->path, &a) && (is_folder || has_entries(where->path, "cur", &a) ||
	    has_entries(where->path, "new", &a)))
		add_maildir(f, names, 0, where->path);
	rc = walk(f, NULL, 0, where->path, err);
	if (rc == 0 && is_folder)
		rc = walk_beside(f, names, where->path, err);
	arena_free(&a);
	return rc;
}
