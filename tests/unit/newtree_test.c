/* SPDX-License-Identifier: MIT */
#include "core/job/newtree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/path.h"
#include "tests/t.h"

static struct arena arena;
static struct error err;

static const char *
place(const char *name)
{
	return path_join(&arena, t_directory(), name);
}

static void
make_file(const char *path, const char *text)
{
	int fd = -1;

	T(file_make_directories(path_parent(&arena, path), 0700, &err) == 0 &&
	    file_create(path, 0600, &fd, &err) == 0 &&
	    file_write(fd, slice_string(text), &err) == 0, "%s", err.text);
	file_close(fd);
}

static bool
holds(const char *name, const char *text)
{
	struct buf b = BUF_EMPTY;
	bool same = file_read_all(place(name), 4096, &b, &err) == 0 &&
	    slice_is(buf_slice(&b), text);

	buf_free(&b);
	return same;
}

static size_t
entries(const char *name)
{
	struct directory d = { NULL, 0 };

	T(directory_read(place(name), false, &arena, &d, &err) == 0, "%s", err.text);
	return d.n;
}

static void
begin(struct newtree *t, const char *to, bool may_have_others)
{
	T(newtree_begin(t, place(to), may_have_others, &err) == 0, "%s", err.text);
	make_file(path_join(&arena, t->path, "a"), "ours");
	make_file(path_join(&arena, t->path, "d/b"), "ours");
}

static void
appears_whole(void)
{
	struct newtree t;

	begin(&t, "new", false);
	T(entries("new") == 1, "nothing but our directory before the end");
	T(newtree_commit(&t, &err) == 0, "%s", err.text);
	T(entries("new") == 2 && holds("new/a", "ours") && holds("new/d/b", "ours"), "all of it");
	T(newtree_begin(&t, place("new"), false, &err) < 0 && err.code == ERR_EXISTS, "not empty");
	begin(&t, "gone", false);
	newtree_abandon(&t);
	T(!file_exists(place("gone")), "nothing is left of one given up");
}

static void
among_others(void)
{
	struct newtree t;

	make_file(place("mixed/other"), "theirs");
	begin(&t, "mixed", true);
	T(newtree_commit(&t, &err) == 0 && entries("mixed") == 3, "%s", err.text);
	make_file(place("taken/d"), "theirs");
	begin(&t, "taken", true);
	T(newtree_commit(&t, &err) < 0 && err.code == ERR_EXISTS, "a name is taken: %s", err.text);
	T(entries("taken") == 1 && holds("taken/d", "theirs"), "nothing was moved");
}

/* As the kernel does it. */
static void
die(struct newtree *t)
{
	root_close(t->root);
	arena_free(&t->arena);
}

/* A run was killed between two moves: what it moved is taken back, but not a
 * file that has come to stand there since. */
static void
after_a_kill(void)
{
	struct newtree t;
	struct file_meta a, d;

	begin(&t, "killed", false);
	T(file_stat(path_join(&arena, t.path, "a"), &a, &err) == 0 &&
	    file_stat(path_join(&arena, t.path, "d"), &d, &err) == 0, "%s", err.text);
	make_file(t.moves, arena_format(&arena, "%" PRIu64 " a", a.inode));
	T(file_rename(path_join(&arena, t.path, "a"), place("killed/a"), &err) == 0, "%s", err.text);
	die(&t);
	begin(&t, "killed", false);
	T(newtree_commit(&t, &err) == 0 && entries("killed") == 2, "done again: %s", err.text);

	begin(&t, "theirs", false);
	make_file(t.moves, arena_format(&arena, "%" PRIu64 " a", d.inode));
	make_file(place("theirs/a"), "theirs");
	die(&t);
	T(newtree_begin(&t, place("theirs"), false, &err) < 0 && err.code == ERR_EXISTS, "theirs");
	T(entries("theirs") == 1 && holds("theirs/a", "theirs"), "is not touched");
}

int
main(void)
{
	appears_whole();
	among_others();
	after_a_kill();
	arena_free(&arena);
	return t_done();
}
