/* SPDX-License-Identifier: MIT */
#include "core/job/newtree.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/path.h"

#define WORK ".mailcask-unfinished"
#define TREE WORK "/tree"
/* For each name its inode, a blank, it, a NUL.  Beside the rest, for while it
 * stands what was moved is unfinished: it goes last, at once. */
#define MOVES ".mailcask-moves"

int
newtree_remove(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory d;
	const char *name;
	size_t i;
	int rc = -1;

	if (!file_exists(path))
		return 0;
	if (directory_read(path, false, &a, &d, err) < 0)
		goto out;
	for (i = 0; i < d.n; i++) {
		name = path_join(&a, path, d.entries[i].name);
		if (d.entries[i].kind == FILE_DIRECTORY ? newtree_remove(name, err) < 0 :
		    file_remove(name, err) < 0)
			goto out;
	}
	rc = file_remove_directory(path, err);

out:
	arena_free(&a);
	return rc;
}

/* ---- What a killed run left ---- */

/* Back into the tree with what it had moved, if it is still that file. */
static int
take_back(struct newtree *t, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct buf moves = BUF_EMPTY;
	struct slice rest, line, inode;
	struct file_meta meta;
	const char *name;
	uint64_t number;
	int rc = 0;

	if (!file_exists(t->moves))
		return 0;
	if (file_make_directories(t->path, 0700, err) < 0 ||
	    file_read_all(t->moves, CONFIG_FILE_MAX, &moves, err) < 0)
		return -1;
	rest = buf_slice(&moves);
	while (rc == 0 && slice_field(&rest, '\0', &line)) {
		if (!slice_field(&line, ' ', &inode) || !path_name_is_safe(line) ||
		    !slice_number(inode, UINT64_MAX, &number))
			continue;
		name = arena_string_of(&t->arena, line);
		if (root_stat(t->root, name, &meta, &ignored) < 0 || meta.inode != number)
			continue;
		rc = root_rename(t->root, name, arena_format(&t->arena, TREE "/%s", name), false,
		    err);
	}
	buf_free(&moves);
	return rc;
}

static int
sweep(struct newtree *t, struct error *err)
{
	if (take_back(t, err) < 0 || newtree_remove(t->work, err) < 0 ||
	    file_remove(t->moves, err) < 0)
		return fail_in(err, "what an interrupted run left");
	return 0;
}

/* ---- The life of one ---- */

static void
end(struct newtree *t)
{
	root_close(t->root);
	t->root = NULL;
	arena_free(&t->arena);
}

int
newtree_begin(struct newtree *t, const char *to, bool may_have_others, struct error *err)
{
	struct directory d;

	memset(t, 0, sizeof(*t));
	t->to = path_clean(&t->arena, to);
	t->work = path_join(&t->arena, t->to, WORK);
	t->path = path_join(&t->arena, t->to, TREE);
	t->moves = path_join(&t->arena, t->to, MOVES);
	t->made_it = !file_exists(t->to);
	t->may_have_others = may_have_others;
	if (file_make_directories(t->to, 0700, err) < 0 || root_open(t->to, &t->root, err) < 0 ||
	    sweep(t, err) < 0 || directory_read(t->to, false, &t->arena, &d, err) < 0)
		goto out;
	if (d.n > 0 && !may_have_others) {
		fail(err, ERR_EXISTS, "%s: exists and is not empty", t->to);
		goto out;
	}
	if (file_make_directories(t->path, 0700, err) == 0)
		return 0;

out:
	end(t);
	return -1;
}

/* The list of what is about to be moved, once it is known that it can be. */
static int
list_moves(struct newtree *t, const struct directory *all, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct buf moves = BUF_EMPTY;
	struct file_meta meta;
	const char *made;
	size_t i;
	int rc = -1;

	for (i = 0; i < all->n; i++) {
		if (root_stat(t->root, all->entries[i].name, &meta, &ignored) == 0) {
			fail(err, ERR_EXISTS, "%s/%s: exists", t->to, all->entries[i].name);
			goto out;
		}
		buf_add_format(&moves, "%" PRIu64 " %s", all->entries[i].meta.inode,
		    all->entries[i].name);
		buf_add_byte(&moves, '\0');
	}
	made = path_join(&t->arena, t->work, "moves");
	if (file_replace(made, 0600, buf_slice(&moves), err) < 0 ||
	    file_rename(made, t->moves, err) < 0)
		goto out;
	rc = file_sync_directory(t->to, err);

out:
	buf_free(&moves);
	return rc;
}

static int
move_up(struct newtree *t, struct error *err)
{
	struct directory all;
	const char *name;
	size_t i;

	if (file_sync_all(t->path, err) < 0 ||
	    directory_read(t->path, true, &t->arena, &all, err) < 0 ||
	    list_moves(t, &all, err) < 0)
		return -1;
	for (i = 0; i < all.n; i++) {
		name = all.entries[i].name;
		if (root_rename(t->root, arena_format(&t->arena, TREE "/%s", name), name, false,
		    err) < 0)
			return -1;
	}
	return file_sync_directory(t->to, err);
}

int
newtree_commit(struct newtree *t, struct error *err)
{
	struct error ignored = ERROR_NONE;

	if (move_up(t, err) < 0 || newtree_remove(t->work, err) < 0 ||
	    file_remove(t->moves, err) < 0) {
		sweep(t, &ignored);
		newtree_abandon(t);
		return -1;
	}
	end(t);
	return 0;
}

void
newtree_abandon(struct newtree *t)
{
	struct error ignored = ERROR_NONE;

	if (newtree_remove(t->work, &ignored) == 0 && t->made_it)
		file_remove_directory(t->to, &ignored);
	end(t);
}
