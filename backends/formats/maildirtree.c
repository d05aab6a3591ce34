/* SPDX-License-Identifier: MIT */
#include "backends/formats/maildirtree.h"

#include <string.h>

#include "backends/formats/maildirreader.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/mail/names.h"

/* How the names of folders are written. */
enum naming { NAMED_UTF7, NAMED_EVOLUTION, NAMED_KMAIL };

struct tree {
	struct folders *folders;
	enum naming naming;
	bool naming_known;      /* from the topmost directory */
};

/* Side files that hold what the names of the messages do not. */
static const struct {
	const char *name, *role;
} kept[] = {
	{ "dovecot-uidlist", "index" },
	{ "dovecot-keywords", "flags" },
	{ "dovecot-acl", "settings" },
	{ "subscriptions", "settings" },
	{ "courierimapsubscribed", "settings" },
	{ "courierimapuiddb", "index" },
	{ "maildirfolder", "index" },
	{ "..maildir++", "index" },
	/* What mbsync knows of both sides: without it all mail is fetched again. */
	{ ".uidvalidity", "index" },
	{ ".mbsyncstate", "index" },
	{ ".isyncuidmap.db", "index" },
};

static void
keep_side_files(struct tree *t, const struct directory *all, const char *directory,
    struct arena *a)
{
	size_t i, j;

	for (i = 0; i < all->n; i++) {
		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++) {
			if (all->entries[i].kind == FILE_REGULAR &&
			    strcmp(all->entries[i].name, kept[j].name) == 0)
				folders_keep(t->folders, path_join(a, directory,
				    all->entries[i].name), kept[j].role);
		}
	}
}

bool
maildir_has(const struct directory *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (strcmp(all->entries[i].name, name) == 0)
			return all->entries[i].kind == FILE_DIRECTORY;
	}
	return false;
}

/* ---- Names ---- */

struct slice
maildir_kmail_name(struct slice name)
{
	const struct slice end = SLICE_OF(".directory");

	if (!slice_starts(name, ".") || !slice_ends(name, ".directory") || name.n < end.n + 2)
		return SLICE_EMPTY;
	return slice_sub(name, 1, name.n - 1 - end.n);
}

/* A folder of Maildir++ may end in ".directory" as well, and has a cur. */
static bool
is_kmail(const char *path)
{
	struct arena a = ARENA_EMPTY;
	bool found = maildir_kmail_name(slice_string(path_base(path))).n > 0 &&
	    !file_is_directory(path_join(&a, path, "cur"));

	arena_free(&a);
	return found;
}

static enum naming
naming_of(const struct directory *all, const char *directory, struct arena *a)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (strcmp(all->entries[i].name, "..maildir++") == 0)
			return NAMED_EVOLUTION;
		if (all->entries[i].kind == FILE_DIRECTORY &&
		    is_kmail(path_join(a, directory, all->entries[i].name)))
			return NAMED_KMAIL;
	}
	return NAMED_UTF7;
}

static const struct slice *
extend_by(struct tree *t, const struct slice *parents, size_t *depth, struct slice raw)
{
	struct buf shown = BUF_EMPTY;

	if (t->naming == NAMED_UTF7)
		folder_name_add(&shown, raw);
	else if (t->naming == NAMED_KMAIL || !name_decode_evolution(raw, &shown))
		text_add_utf8(&shown, raw);
	parents = folders_extend(t->folders, parents, (*depth)++, buf_slice(&shown));
	buf_free(&shown);
	return parents;
}

/* The components that a subdirectory's name stands for: Maildir++ puts a dot
 * before each, elsewhere the name is one. */
static const struct slice *
extend(struct tree *t, const struct slice *parents, size_t *depth, const char *path)
{
	struct slice rest = slice_string(path_base(path)), part;

	if (rest.p[0] != '.')
		return extend_by(t, parents, depth, rest);
	if (is_kmail(path))
		return extend_by(t, parents, depth, maildir_kmail_name(rest));
	rest = slice_from(rest, 1);
	/* Evolution: "..A" lies in the Inbox. */
	if (t->naming == NAMED_EVOLUTION && slice_starts(rest, "."))
		parents = folders_extend(t->folders, parents, (*depth)++, SLICE_OF("INBOX"));
	while (slice_field(&rest, '.', &part)) {
		if (part.n > 0)
			parents = extend_by(t, parents, depth, part);
	}
	return parents;
}

static bool
is_no_folder(const char *name)
{
	static const char *const names[] = { "cur", "new", "tmp", ".notmuch", ".git", ".imap",
		".nnmaildir", "courierimapkeywords", "courierimaphieracl" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* ---- Folders ---- */

static int
walk(struct tree *t, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct folder *folder;
	size_t i;
	int rc = -1;

	if (folders_list(t->folders, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(t->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	if (!t->naming_known)
		t->naming = naming_of(&all, directory, &a);
	t->naming_known = true;
	if (maildir_has(&all, "cur")) {
		folder = depth == 0 ?
		    folders_add(t->folders, NULL, 0, SLICE_OF("INBOX"), directory) :
		    folders_add(t->folders, parents, depth - 1, parents[depth - 1], directory);
		folder->layout = MAILBOX_FILES;
		folder->is_maildir = true;
	}
	keep_side_files(t, &all, directory, &a);
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);
		size_t inside = depth;
		const struct slice *names;

		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX || is_no_folder(e->name))
			continue;
		names = extend(t, parents, &inside, path);
		if (inside > depth && walk(t, names, inside, path, err) < 0)
			goto out;
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

int
maildir_tree_add(struct folders *f, const struct slice *parents, size_t depth,
    const char *directory, struct error *err)
{
	struct tree t = { .folders = f };

	return walk(&t, parents, depth, directory, err);
}

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return maildir_is_message(entry);
}

int
maildir_measure(const struct folder *folder, struct mailbox *out, struct error *err)
{
	int found = folder_measure_begin(folder, out, err);

	if (found <= 0)
		return found;
	if (folder_measure_files(folder->path, "new", is_message, NULL, out, err) < 0 ||
	    folder_measure_files(folder->path, "cur", is_message, NULL, out, err) < 0)
		return -1;
	folder_measure_side_file(folder->path, "dovecot-keywords", out);
	return 1;
}
