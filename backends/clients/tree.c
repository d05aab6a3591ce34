/* SPDX-License-Identifier: MIT */
#include "backends/clients/tree.h"

#include <string.h>

#include "backends/clients/found.h"
#include "backends/clients/look.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define DEPTH_MAX 8
#define DIRECTORIES_MAX 5000
#define FILES_MAX 10000

struct tree {
	const struct disk *disk;
	const char *client, *top;
	unsigned kinds;
	struct locations *out;
	size_t first;                   /* of ours in out; what lies before is others' */
	struct paths mboxes, mh;        /* files; top folders */
	struct paths odd;               /* files in the directory that are none of these */
	unsigned directories, files;    /* looked at so far */
	bool top_taken;                 /* a location at top exists */
};

static void survey(struct tree *t, const char *path, unsigned depth, bool in_maildirs, bool in_mh);

/* What is not asked for is another locator's, and takes its path all the same. */
static void
add(struct tree *t, unsigned kind, const char *format, const char *layout, const char *path)
{
	const struct disk *d = t->disk;

	if (strcmp(path, t->top) == 0)
		t->top_taken = true;
	if (t->kinds & kind)
		found_add(d, t->out, t->client, disk_tilde(d, path), format, layout, path);
}

static void
add_unsupported(struct tree *t, const char *format, const char *path, const char *reason)
{
	if (t->kinds & TREE_MBOX)
		found_unsupported(t->disk, t->out, t->client, disk_tilde(t->disk, path), format, path,
		    reason);
}

/* Folders of a Maildir++ are directories ".Name" beside its cur. */
static bool
has_dot_folders(const struct tree *t, const char *path)
{
	struct paths found = VEC_EMPTY;
	bool has;

	disk_match(t->disk, path, ".?*/cur", &found);
	has = found.n > 0;
	vec_free(&found);
	return has;
}

static bool
is_maildir_entry(const struct tree *t, const char *directory, const struct directory_entry *e)
{
	return e->kind == FILE_DIRECTORY && e->name[0] != '.' &&
	    look_is_maildir(path_join(t->disk->arena, directory, e->name), t->disk->arena);
}

/* Does a location that another locator found lie further down?  The whole
 * tree would hold it twice. */
static bool
has_found_below(const struct tree *t, const char *path)
{
	const char *rest;
	size_t i;

	for (i = 0; i < t->first; i++) {
		rest = path_below(t->out->items[i].path, path);
		if (rest != NULL && rest[0] != '\0')
			return true;
	}
	return false;
}

/* Has another locator found it as the root of its Maildirs? */
static bool
is_known_root(const struct tree *t, const char *path)
{
	size_t i;

	for (i = 0; i < t->first; i++)
		if (strcmp(t->out->items[i].path, path) == 0 &&
		    strcmp(t->out->items[i].format, "maildir") == 0)
			return true;
	return false;
}

/*
 * A directory that holds Maildirs is one location with all of them, unless
 * one has dot folders or is known already: then each is an account of its
 * own.  True when the directory is a location.
 */
static bool
add_maildirs(struct tree *t, const char *path, const struct directory *list)
{
	struct arena *a = t->disk->arena;
	size_t i, n = 0, with_dots = 0;

	for (i = 0; i < list->n; i++)
		if (is_maildir_entry(t, path, &list->entries[i])) {
			n++;
			with_dots += has_dot_folders(t, path_join(a, path, list->entries[i].name));
		}
	if (n > 0 && is_known_root(t, path))
		return true;
	if (n == 0 || with_dots > 0 || has_found_below(t, path))
		return false;
	add(t, TREE_MAILDIR, "maildir", "fs", path);
	return true;
}

/* A Maildir itself: with real directories that are Maildirs it is the root
 * of a tree of them, else a Maildir++ (which may have no folder yet). */
static void
add_maildir(struct tree *t, const char *path, const struct directory *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += is_maildir_entry(t, path, &list->entries[i]);
	add(t, TREE_MAILDIR, "maildir", n > 0 && !has_dot_folders(t, path) ? "fs" : "maildir++", path);
}

static void
look_at_file(struct tree *t, const char *path)
{
	struct error err = ERROR_NONE;

	if (t->files++ >= FILES_MAX)
		return;
	switch (look_at(path, &err)) {
	case LOOK_MBOX:
		*vec_push(&t->mboxes) = path;
		break;
	case LOOK_MBX:
		add(t, TREE_MBOX, "mbx", "plain", path);
		break;
	case LOOK_BABYL:
		add(t, TREE_MBOX, "babyl", "plain", path);
		break;
	case LOOK_UNREADABLE:
		if (t->kinds & TREE_MBOX)
			found_unreadable(t->disk, t->out, t->client, path, &err);
		break;
	case LOOK_EMPTY:
		break;
	default:
		if (look_finds_mbox(path))
			*vec_push(&t->mboxes) = path;
		else if (strcmp(path, t->top) != 0 && file_exists(path))
			*vec_push(&t->odd) = path;
		break;
	}
}

static bool
has_entry(const struct directory *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->entries[i].name, name) == 0)
			return true;
	return false;
}

static void
survey_entries(struct tree *t, const char *path, const struct directory *list, unsigned depth,
    bool in_maildirs, bool in_mh, bool is_mh)
{
	const struct directory_entry *e;
	const char *entry;
	size_t i;

	for (i = 0; i < list->n; i++) {
		e = &list->entries[i];
		/* Files of an MH folder with a number for a name are its messages. */
		if (e->name[0] == '.' || e->kind == FILE_OTHER ||
		    (is_mh && e->kind == FILE_REGULAR && look_is_number(e->name)))
			continue;
		entry = e->kind == FILE_LINK ? disk_below(t->disk, path, e->name) :
		    path_join(t->disk->arena, path, e->name);
		if (entry == NULL)
			continue;
		if (e->kind != FILE_DIRECTORY)
			look_at_file(t, entry);
		else if (!in_maildirs || !look_is_maildir(entry, t->disk->arena))
			survey(t, entry, depth + 1, in_maildirs, in_mh);
	}
}

static void
survey(struct tree *t, const char *path, unsigned depth, bool in_maildirs, bool in_mh)
{
	struct arena *a = t->disk->arena;
	struct directory list;
	struct error err = ERROR_NONE;
	bool is_mh;

	if (depth > DEPTH_MAX || t->directories++ >= DIRECTORIES_MAX)
		return;
	if (directory_read(path, false, a, &list, &err) < 0) {
		if (err.code != ERR_NOT_FOUND)
			found_unreadable(t->disk, t->out, t->client, path, &err);
		return;
	}
	if (look_is_maildir(path, a)) {
		add_maildir(t, path, &list);
		return;
	}
	if (has_entry(&list, ".mixmeta")) {
		add(t, TREE_MBOX, "mix", "plain", path);
		return;
	}
	in_maildirs = in_maildirs || add_maildirs(t, path, &list);
	is_mh = look_is_mh(path, &list, a);
	if (is_mh && !in_mh)
		*vec_push(&t->mh) = path;
	survey_entries(t, path, &list, depth, in_maildirs, in_mh || is_mh, is_mh);
}

/* What another locator found of that format: does it lie below the top, and
 * with path, does it hold that? */
static bool
is_found(const struct tree *t, const char *format, const char *path)
{
	const struct location *l;
	const char *rest;
	size_t i;

	for (i = 0; i < t->first; i++) {
		l = &t->out->items[i];
		rest = path == NULL ? path_below(l->path, t->top) : path_below(path, l->path);
		if (rest != NULL && (path != NULL || rest[0] != '\0') && l->supported &&
		    strcmp(l->format, format) == 0)
			return true;
	}
	return false;
}

/* All of a kind as one location at the top, where that is free and holds
 * nothing that was found already, or is known to be one of that kind. */
static void
add_all(struct tree *t, unsigned kind, const char *format, const struct paths *paths)
{
	size_t i;

	for (i = 0; i < t->first; i++)
		if (strcmp(t->out->items[i].path, t->top) == 0) {
			t->top_taken = strcmp(t->out->items[i].format, format) != 0;
			break;
		}
	if (paths->n > 0 && !t->top_taken && !is_found(t, format, NULL)) {
		add(t, kind, format, "plain", t->top);
		return;
	}
	for (i = 0; i < paths->n; i++)
		if (!is_found(t, format, paths->items[i]))
			add(t, kind, format, "plain", paths->items[i]);
}

/* Readers of mbox trees keep what else lies in them, and what cannot be read
 * is kept whole. */
static bool
is_kept(const struct tree *t, const char *path)
{
	const struct location *l;
	size_t i;

	for (i = 0; i < t->out->n; i++) {
		l = &t->out->items[i];
		if (path_below(path, l->path) != NULL &&
		    (!l->supported || strcmp(l->format, "mbox") == 0))
			return true;
	}
	return false;
}

/* The first supported location at the top or below it. */
static struct location *
first_below(const struct tree *t)
{
	size_t i;

	for (i = 0; i < t->out->n; i++)
		if (t->out->items[i].supported && path_below(t->out->items[i].path, t->top) != NULL)
			return &t->out->items[i];
	return NULL;
}

/*
 * What lies among mail and is none that we know is kept: with the mail that
 * was found there, or where there is none, as a store that cannot be read.
 */
static void
add_odd(struct tree *t)
{
	struct companions list = VEC_EMPTY;
	struct location *with = first_below(t);
	const char *only = t->odd.n == 1 ? t->odd.items[0] : t->top;
	size_t i;

	for (i = 0; with != NULL && i < t->odd.n; i++)
		if (!is_kept(t, t->odd.items[i]))
			companions_add(t->disk, &list, t->odd.items[i], "other");
	if (with != NULL)
		companions_give(&list, t->disk->arena, with);
	else if (t->odd.n > 0 && !is_kept(t, only))
		add_unsupported(t, "unknown", only, "No mail was recognised in it; it is kept as it "
		    "lies.");
}

void
tree_add(const struct disk *d, const char *client, const char *path, unsigned kinds,
    struct locations *out)
{
	struct tree t = { .disk = d, .client = client, .top = path, .kinds = kinds, .out = out,
	    .first = out->n };

	if (file_is_directory(path))
		survey(&t, path, 0, false, false);
	else
		look_at_file(&t, path);
	add_all(&t, TREE_MH, "mh", &t.mh);
	add_all(&t, TREE_MBOX, "mbox", &t.mboxes);
	if (kinds & TREE_ODD)
		add_odd(&t);
	vec_free(&t.odd);
	vec_free(&t.mh);
	vec_free(&t.mboxes);
}
