/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/mozilla.h"
#include "backends/formats/sniff.h"
#include "core/base/mem.h"
#include "core/base/path.h"

struct mbox_store {
	struct store store;
	struct folders folders;
	bool is_mozilla, is_imap;
	struct tag_names tag_names;     /* Mozilla's */
};

static struct mbox_store *
mbox_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct mbox_store, store);
}

/* ---- What is an mbox ---- */

/* Files that lie beside mailboxes and are none, empty or not; "#x#" and "x~"
 * are what editors leave. */
static bool
is_passed_over(struct slice name)
{
	return slice_starts(name, ".") || slice_ends(name, "#") || slice_ends(name, "~") ||
	    slice_ends(name, ".lock") || slice_ends(name, ".tmp");
}

static int
bid_for(const struct sniff *sniff)
{
	switch (sniff->kind) {
	case SNIFFED_MBOX: return 90;
	case SNIFFED_MBOX_MAYBE: return 60;
	case SNIFFED_EMPTY: return sniff->packed ? 0 : 10;
	default: return 0;
	}
}

/* Bids for a directory: for the best of the files in it, a little less when
 * they lie a level further down. */
static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct sniff sniff;
	int bid = 0, found;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	if (mozilla_recognises(&all, path) && !file_is_directory(path_join(&a, path, "cur")))
		bid = 85;
	for (i = 0; i < all.n && bid < 60; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *inside = path_join(&a, path, e->name);

		if (is_passed_over(slice_string(e->name)))
			continue;
		if (e->kind == FILE_REGULAR && sniff_file(inside, &sniff, &ignored) == 0)
			found = sniffed_mbox(sniff.kind) ? 60 : 0;
		else if (e->kind == FILE_DIRECTORY && levels > 0) {
			/* Among several of Thunderbird's there may be one of its Maildirs. */
			found = bid_for_directory(inside, levels - 1, &ignored);
			found = (found > 60 ? 60 : found) - 5;
		}
		else
			continue;
		if (found > bid)
			bid = found;
	}

out:
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;
	struct sniff sniff;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, 1, err);
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (sniff_file(path, &sniff, err) < 0)
		return -1;
	if (sniff.kind == SNIFFED_OTHER && !sniff.packed)
		return sniff_finds_mbox(path) ? 30 : 0;
	return bid_for(&sniff);
}

/* ---- Finding the mailboxes ---- */

static void
add_file(struct mbox_store *s, const struct slice *parents, size_t depth, const char *path,
    bool packed)
{
	struct buf name = BUF_EMPTY;
	struct folder *folder;

	folder_name_add(&name, slice_string(path_base(path)));
	folder = folders_add(&s->folders, parents, depth, buf_slice(&name), path);
	folder->layout = packed ? MAILBOX_EXTRACTED : MAILBOX_FILE;
	if (packed)
		folders_keep(&s->folders, path, "other");
	buf_free(&name);
}

static void
take_file(struct mbox_store *s, const struct slice *parents, size_t depth, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct slice name = slice_string(path_base(path));
	struct sniff sniff;

	if (slice_is(name, "subscriptions") || slice_is(name, ".subscriptions") ||
	    slice_is(name, ".mailboxlist")) {
		folders_keep(&s->folders, path, "settings");
		return;
	}
	if (is_passed_over(name))
		return;
	if (sniff_file(path, &sniff, &ignored) < 0) {
		folders_add_unreadable(&s->folders, folders_extend(&s->folders, parents, depth,
		    name), depth + 1, path);
		return;
	}
	if (sniffed_mbox(sniff.kind) || (!sniff.packed && (sniff.kind == SNIFFED_EMPTY ||
	    sniff_finds_mbox(path))))
		add_file(s, parents, depth, path, sniff.packed);
	else
		folders_keep(&s->folders, path, "other");
}

static int
walk(struct mbox_store *s, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	size_t i;
	int rc = -1;

	if (folders_list(&s->folders, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(&s->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);

		if (e->kind == FILE_REGULAR)
			take_file(s, parents, depth, path);
		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX ||
		    is_passed_over(slice_string(e->name)) ||
		    file_is_directory(path_join(&a, path, "cur")))
			continue;
		buf_clear(&name);
		folder_name_add(&name, slice_string(e->name));
		if (walk(s, folders_extend(&s->folders, parents, depth, buf_slice(&name)),
		    depth + 1, path, err) < 0)
			goto out;
	}
	rc = 0;

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

/* A directory named by a person: Thunderbird's, or plain? */
static bool
looks_like_mozilla(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = directory_read(path, false, &a, &all, &ignored) == 0 &&
	    mozilla_recognises(&all, path);

	arena_free(&a);
	return found;
}

static int
find_mailboxes(struct mbox_store *s, const struct location *where, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	struct sniff sniff;
	struct folder *only;
	int rc = -1;

	if (file_stat(where->path, &meta, err) < 0)
		goto out;
	s->is_imap = mozilla_is_imap(where);
	if (meta.kind == FILE_DIRECTORY) {
		s->is_mozilla = strcmp(where->layout, "mozilla") == 0 ||
		    looks_like_mozilla(where->path);
		rc = s->is_mozilla ? mozilla_walk(&s->folders, where, MOZILLA_MBOX, err) :
		    walk(s, NULL, 0, where->path, err);
		goto out;
	}
	if (sniff_file(where->path, &sniff, err) < 0)
		goto out;
	add_file(s, NULL, 0, where->path, sniff.packed);
	only = &s->folders.items[0];
	only->index = arena_format(&s->folders.arena, "%s.msf", where->path);
	s->is_mozilla = file_exists(only->index);
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct mbox_store *s;

	if (store == NULL)
		return;
	s = mbox_store_of(store);
	tag_names_free(&s->tag_names);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct mbox_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_mbox;
	rc = find_mailboxes(s, where, err);
	if (rc == 0 && s->is_mozilla)
		mozilla_read_tag_names(where, &s->tag_names);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct mbox_store *s = mbox_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		out->tag_names = &s->tag_names;
		if (folder->is_unreadable)
			return 1;
		found = folder_measure_file(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		else if (s->is_mozilla && s->is_imap)
			mozilla_measure_summary(folder, out);
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&mbox_store_of(store)->folders, a, out);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct mbox_store *s = mbox_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct stream *stream;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if ((folder->layout == MAILBOX_EXTRACTED ? stream_open_packed : stream_open_file)
	    (folder->path, &stream, err) < 0)
		return -1;
	*out = mboxreader_open(stream, s->is_mozilla ? MBOX_MOZILLA : MBOX_PLAIN);
	if (s->is_mozilla && s->is_imap)
		*out = mozilla_reader_open(*out, folder);
	return 0;
}

const struct format_ops format_mbox = {
	.name = "mbox",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
