/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/confinedreader.h"
#include "backends/formats/dbxfile.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/mail/charset.h"

/*
 * The store of an identity of Outlook Express: a directory with a file for
 * each folder, all beside each other.  Folders.dbx tells what they are called
 * and which lies in which; a file that it does not name is called as it is.
 * Directories in it are such stores again, for people collect them.
 */
#define SEARCHED_MAX 3u         /* levels of directories, to recognise a collection */
#define LISTED_MAX 20000u       /* folders of one list */

struct dbx_store {
	struct store store;
	struct folders folders;
	const char *charset;            /* of names in Folders.dbx, or NULL */
};

static struct dbx_store *
dbx_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct dbx_store, store);
}

static enum dbx_class
class_at(const char *path, struct error *err)
{
	unsigned char head[DBX_MAGIC];
	int64_t got;
	int fd;

	if (file_open_read(path, &fd, err) < 0)
		return DBX_NONE;
	got = file_read(fd, head, sizeof(head), err);
	file_close(fd);
	return got < 0 ? DBX_NONE : dbx_class_of(slice_of(head, (size_t)got));
}

static bool
may_be_folder(struct slice name)
{
	return path_has_suffix(name, ".dbx") || path_has_suffix(name, ".mbx");
}

/* ---- Probing ---- */

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	const struct directory_entry *e;
	enum dbx_class class;
	int bid = 0;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0)
		bid = -1;
	for (i = 0; bid == 0 && i < all.n; i++) {
		e = &all.entries[i];
		if (e->kind == FILE_REGULAR && may_be_folder(slice_string(e->name))) {
			class = class_at(path_join(&a, path, e->name), &ignored);
			bid = class == DBX_MESSAGES || class == DBX_OLD ? 80 : 0;
		} else if (e->kind == FILE_DIRECTORY && levels > 0 &&
		    bid_for_directory(path_join(&a, path, e->name), levels - 1, &ignored) > 0) {
			/* Whatever else is in there may know better. */
			bid = 60;
		}
	}
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;
	enum dbx_class class;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, SEARCHED_MAX, err);
	if (meta.kind != FILE_REGULAR)
		return 0;
	error_clear(err);
	class = class_at(path, err);
	if (class == DBX_NONE)
		return err->code != ERR_NONE ? -1 : 0;
	return class == DBX_FOLDERS ? 0 : 98;
}

/* ---- Names ---- */

/* A name as the parser hands it out, in UTF-8. */
static struct slice
decode(const struct dbx_store *s, struct slice name, struct arena *a)
{
	struct buf raw = BUF_EMPTY, text = BUF_EMPTY;
	struct slice copy;
	uint32_t code;

	while (text_next(&name, &code))
		buf_add_byte(&raw, (unsigned char)code);
	charset_add_text(&text, buf_slice(&raw), s->charset);
	copy = arena_copy(a, buf_slice(&text));
	buf_free(&raw);
	buf_free(&text);
	return copy;
}

struct known_folder {
	struct slice file;
	const struct slice *components;
	size_t depth;
};

struct known {
	struct known_folder *items;
	size_t n, cap;
};

/* What the list of folders says.  Where it is damaged, files have their own
 * names: no mail is lost by that. */
static void
read_list(const struct dbx_store *s, const char *path, struct arena *a, struct known *out)
{
	struct confined *child = NULL;
	struct confined_record record;
	struct error ignored = ERROR_NONE;
	struct known_folder *known;
	struct slice *components;
	size_t i;

	if (confined_open(path, "dbx", CONFINED_NO_INDEX, 0, &child, &ignored) < 0)
		return;
	while (out->n < LISTED_MAX && confined_next(child, &record, &ignored) == 1) {
		if (record.kind != CONFINED_MAILBOX || record.depth < 2)
			continue;
		known = vec_push(out);
		components = arena_alloc(a, record.depth * sizeof(*components));
		for (i = 0; i < record.depth; i++)
			components[i] = decode(s, record.components[i], a);
		known->components = components;
		known->depth = record.depth - 1;
		known->file = components[known->depth];
	}
	confined_close(child);
}

/* ---- Finding the folders ---- */

static void
add_folder(struct dbx_store *s, const struct slice *parents, size_t depth, const char *path,
    const struct known *known)
{
	struct slice file = slice_string(path_base(path)), name = slice_sub(file, 0, file.n - 4);
	struct buf text = BUF_EMPTY;
	const struct known_folder *k;
	size_t i, j;

	for (i = 0; i < known->n && !slice_equal_nocase(known->items[i].file, file); i++)
		;
	if (i < known->n && depth + known->items[i].depth <= FOLDER_DEPTH_MAX) {
		k = &known->items[i];
		for (j = 0; j + 1 < k->depth; j++)
			parents = folders_extend(&s->folders, parents, depth++, k->components[j]);
		name = k->components[j];
	} else if (!may_be_folder(file)) {
		name = file;
	}
	text_add_utf8(&text, name.n > 0 ? name : file);
	folders_add(&s->folders, parents, depth, buf_slice(&text), path)->layout = MAILBOX_EXTRACTED;
	folders_keep(&s->folders, path, "store");
	buf_free(&text);
}

static const char *
role_of(struct slice name)
{
	return path_has_suffix(name, ".dbx") || path_has_suffix(name, ".idx") || path_has_suffix(name, ".nch") ?
	    "index" : "other";
}

static int
walk(struct dbx_store *s, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct error ignored = ERROR_NONE;
	struct known known = VEC_EMPTY;
	const struct directory_entry *e;
	struct directory all;
	struct buf name = BUF_EMPTY;
	enum dbx_class class;
	const char *path;
	size_t i;
	int rc;

	rc = folders_list(&s->folders, directory, &a, &all, err);
	if (rc < 0 && depth > 0) {
		folders_add_unreadable(&s->folders, parents, depth, directory);
		rc = 0;
	}
	for (i = 0; rc > 0 && i < all.n; i++) {
		e = &all.entries[i];
		path = path_join(&a, directory, e->name);
		if (e->kind == FILE_REGULAR && path_has_suffix(slice_string(e->name), ".dbx") &&
		    class_at(path, &ignored) == DBX_FOLDERS)
			read_list(s, path, &a, &known);
	}
	for (i = 0; rc > 0 && i < all.n; i++) {
		e = &all.entries[i];
		path = path_join(&a, directory, e->name);
		class = e->kind == FILE_REGULAR && may_be_folder(slice_string(e->name)) ?
		    class_at(path, &ignored) : DBX_NONE;
		if (class == DBX_MESSAGES || class == DBX_OLD) {
			add_folder(s, parents, depth, path, &known);
		} else if (e->kind == FILE_REGULAR) {
			folders_keep(&s->folders, path, role_of(slice_string(e->name)));
		} else if (e->kind == FILE_DIRECTORY && depth < FOLDER_DEPTH_MAX) {
			buf_clear(&name);
			folder_name_add(&name, slice_string(e->name));
			if (walk(s, folders_extend(&s->folders, parents, depth, buf_slice(&name)),
			    depth + 1, path, err) < 0)
				rc = -1;
		}
	}
	vec_free(&known);
	buf_free(&name);
	arena_free(&a);
	return rc < 0 ? -1 : 0;
}

/* ---- The format ---- */

static void
close_store(struct store *store)
{
	struct dbx_store *s;

	if (store == NULL)
		return;
	s = dbx_store_of(store);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	const struct known none = VEC_EMPTY;
	struct dbx_store *s = mem_alloc(sizeof(*s));
	struct file_meta meta;
	int rc;

	s->store.ops = &format_dbx;
	if (slice_starts(slice_string(where->layout), "cp"))
		s->charset = arena_string(&s->folders.arena, where->layout);
	rc = file_stat(where->path, &meta, err);
	if (rc == 0 && meta.kind == FILE_DIRECTORY)
		rc = walk(s, NULL, 0, where->path, err);
	else if (rc == 0)
		add_folder(s, NULL, 0, where->path, &none);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct dbx_store *s = dbx_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		found = folder->is_unreadable ? -1 : folder_measure_file(folder, out, err);
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
	return folders_next_file(&dbx_store_of(store)->folders, a, out);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	const struct folder *folder = folders_of(&dbx_store_of(store)->folders, mailbox);
	struct file_meta meta;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (file_stat(folder->path, &meta, err) < 0)
		return -1;
	*out = confinedreader_open(folder->path, "dbx", 0);
	return 0;
}

const struct format_ops format_dbx = {
	.name = "dbx",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
