/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/maildirreader.h"
#include "backends/formats/mozilla.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/names.h"

struct maildir_store {
	struct store store;
	struct folders folders;
	bool is_mozilla;
	bool is_evolution;      /* names as camel writes them */
};

static struct maildir_store *
maildir_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct maildir_store, store);
}

/* ---- What is a Maildir ---- */

static const struct directory_entry *
find(const struct directory *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (strcmp(all->entries[i].name, name) == 0)
			return &all->entries[i];
	}
	return NULL;
}

static bool
has_directory(const struct directory *all, const char *name)
{
	const struct directory_entry *e = find(all, name);

	return e != NULL && e->kind == FILE_DIRECTORY;
}

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct file_meta meta;
	int bid = 0;
	size_t i;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return 0;
	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	if (has_directory(&all, "cur"))
		bid = has_directory(&all, "new") || has_directory(&all, "tmp") ? 95 : 88;
	for (i = 0; i < all.n && bid < 80; i++) {
		const struct directory_entry *e = &all.entries[i];

		if (e->kind == FILE_DIRECTORY && file_is_directory(path_join(&a,
		    path_join(&a, path, e->name), "cur")))
			bid = mozilla_recognises(&all, path) ? 88 : e->name[0] == '.' ? 82 : 80;
	}

out:
	arena_free(&a);
	return bid;
}

/* ---- Finding the folders ---- */

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
};

static void
keep_side_files(struct maildir_store *s, const struct directory *all, const char *directory,
    struct arena *a)
{
	size_t i, j;

	for (i = 0; i < all->n; i++) {
		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++) {
			if (all->entries[i].kind == FILE_REGULAR &&
			    strcmp(all->entries[i].name, kept[j].name) == 0)
				folders_keep(&s->folders, path_join(a, directory,
				    all->entries[i].name), kept[j].role);
		}
	}
}

static void
decode(const struct maildir_store *s, struct slice raw, struct buf *out)
{
	buf_clear(out);
	if (s->is_evolution && name_decode_evolution(raw, out))
		return;
	folder_name_add(out, raw);
}

/* The components that a subdirectory's name stands for: Maildir++ puts a dot
 * before each, elsewhere the name is one. */
static const struct slice *
extend(struct maildir_store *s, const struct slice *parents, size_t *depth, const char *name)
{
	struct slice rest = slice_string(name), part;
	struct buf shown = BUF_EMPTY;

	if (rest.p[0] != '.') {
		decode(s, rest, &shown);
		parents = folders_extend(&s->folders, parents, (*depth)++, buf_slice(&shown));
	} else {
		rest = slice_from(rest, 1);
		while (slice_field(&rest, '.', &part)) {
			decode(s, part, &shown);
			parents = folders_extend(&s->folders, parents, (*depth)++,
			    buf_slice(&shown));
		}
	}
	buf_free(&shown);
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

static int
walk(struct maildir_store *s, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct folder *folder;
	size_t i;
	int rc = -1;

	if (folders_list(&s->folders, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(&s->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	if (depth == 0)
		s->is_evolution = find(&all, "..maildir++") != NULL;
	if (has_directory(&all, "cur")) {
		folder = depth == 0 ?
		    folders_add(&s->folders, NULL, 0, SLICE_OF("INBOX"), directory) :
		    folders_add(&s->folders, parents, depth - 1, parents[depth - 1], directory);
		folder->layout = MAILBOX_FILES;
	}
	keep_side_files(s, &all, directory, &a);
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];
		size_t inside = depth;
		const struct slice *names;

		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX || is_no_folder(e->name))
			continue;
		names = extend(s, parents, &inside, e->name);
		if (inside > depth &&
		    walk(s, names, inside, path_join(&a, directory, e->name), err) < 0)
			goto out;
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

static bool
looks_like_mozilla(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = directory_read(path, false, &a, &all, &ignored) == 0 &&
	    !has_directory(&all, "cur") && mozilla_recognises(&all, path);

	arena_free(&a);
	return found;
}

static void
close_store(struct store *store)
{
	struct maildir_store *s;

	if (store == NULL)
		return;
	s = maildir_store_of(store);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct maildir_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_maildir;
	s->is_mozilla = strcmp(where->layout, "mozilla") == 0 || looks_like_mozilla(where->path);
	rc = s->is_mozilla ? mozilla_walk(&s->folders, where, MOZILLA_MAILDIR, err) :
	    walk(s, NULL, 0, where->path, err);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return maildir_is_message(entry);
}

static int
measure(const struct folder *folder, struct mailbox *out, struct error *err)
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

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct maildir_store *s = maildir_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = measure(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&maildir_store_of(store)->folders, a, out);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct maildir_store *s = maildir_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	return maildirreader_open(folder->path, s->is_mozilla, out, err);
}

const struct format_ops format_maildir = {
	.name = "maildir",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
