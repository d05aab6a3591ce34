/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/path.h"
#include "tests/t.h"

static struct arena arena = ARENA_EMPTY;
static const char *inside, *outside;

static char *
in(const char *directory, const char *name)
{
	return path_join(&arena, directory, name);
}

static void
put(struct root *r, const char *path, const char *text)
{
	struct error err = ERROR_NONE;
	int fd = -1;

	T(root_create(r, path, 0600, &fd, &err) == 0 &&
		file_write(fd, slice_string(text), &err) == 0,
	    "%s", err.text);
	file_close(fd);
}

static bool
holds(struct root *r, const char *path, const char *text)
{
	struct error err = ERROR_NONE;
	char have[100] = "";
	int fd = -1;
	bool same;

	same = root_open_read(r, path, &fd, &err) == 0 &&
	       file_read(fd, have, sizeof(have) - 1, &err) == (int64_t)strlen(text) &&
	       strcmp(have, text) == 0;
	file_close(fd);
	return same;
}

static void
works_below(struct root *r)
{
	struct error err = ERROR_NONE;
	struct file_meta meta = { 0 };
	int fd = -1;

	T(root_make_directories(r, "a/b/c", 0750, &err) == 0 &&
		root_make_directories(r, "a/b/c", 0700, &err) == 0 &&
		root_make_directories(r, "a/b", 0700, &err) == 0,
	    "%s", err.text);
	T(root_stat(r, "a/b/c", &meta, &err) == 0 && meta.kind == FILE_DIRECTORY &&
		meta.mode == 0750,
	    "%s", err.text);
	put(r, "top", "top");
	put(r, "a/b/c/deep", "deep");
	T(holds(r, "top", "top") && holds(r, "a/b/c/deep", "deep"), "contents");
	T(root_create(r, "top", 0600, &fd, &err) < 0 && err.code == ERR_EXISTS && fd == -1, "%s",
	    err.text);
	T(root_create(r, "none/x", 0600, &fd, &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	T(root_make_directories(r, "top", 0700, &err) < 0 &&
		root_make_directories(r, "top/x", 0700, &err) < 0,
	    "a file there: %s", err.text);
	T(root_open_read(r, "a/b", &fd, &err) < 0 && err.code == ERR_FORMAT, "%s", err.text);
	T(root_open_read(r, "none", &fd, &err) < 0 && err.code == ERR_NOT_FOUND &&
	    strstr(err.text, inside) != NULL && strstr(err.text, "none") != NULL, "%s", err.text);
	T(root_set_meta(r, "a/b/c/deep", 0444, 77000000007, &err) == 0 &&
		root_set_meta(r, "a", 0500, -7, &err) == 0,
	    "%s", err.text);
	T(root_stat(r, "a/b/c/deep", &meta, &err) == 0 && meta.mode == 0444 &&
		meta.mtime_ns == 77000000007 && meta.kind == FILE_REGULAR,
	    "%s", err.text);
	T(root_stat(r, "a", &meta, &err) == 0 && meta.mode == 0500 && meta.mtime_ns == -7, "%s",
	    err.text);
	T(root_set_meta(r, "a", 0700, 0, &err) == 0, "%s", err.text);

	T(root_rename(r, "top", "a/b/c/deep", false, &err) < 0 && err.code == ERR_EXISTS &&
	    holds(r, "a/b/c/deep", "deep") && holds(r, "top", "top"), "%s", err.text);
	T(root_rename(r, "top", "a/b/top", false, &err) == 0 && holds(r, "a/b/top", "top") &&
	    root_stat(r, "top", &meta, &err) < 0, "%s", err.text);
	T(root_rename(r, "a/b/top", "a/b/c/deep", true, &err) == 0 && holds(r, "a/b/c/deep", "top"),
	    "%s", err.text);
	T(root_rename(r, "none", "x", true, &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
	T(root_rename(r, "a", "none/x", true, &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	T(root_remove(r, "a/b/c", &err) < 0, "not empty");
	T(root_remove(r, "a/b/c/deep", &err) == 0 && root_remove(r, "a/b/c/deep", &err) == 0 &&
		root_remove(r, "a/b/c", &err) == 0 && root_remove(r, "none/x", &err) == 0,
	    "%s", err.text);
	T(root_stat(r, "a/b/c", &meta, &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
}

/* Every call, with path: refused, and nothing outside is touched. */
static void
is_refused(struct root *r, const char *path, const char *why)
{
	struct file_meta before = { 0 }, after = { 0 }, meta;
	struct error err = ERROR_NONE;
	struct directory listing = { NULL, 0 };
	int fd = -1;

	T(file_stat(in(outside, "secret"), &before, &err) == 0, "%s", err.text);
	T(root_create(r, path, 0600, &fd, &err) < 0 && fd == -1, "%s: create %s", why, path);
	T(root_open_read(r, path, &fd, &err) < 0 && fd == -1, "%s: read %s", why, path);
	T(root_set_meta(r, path, 0777, 1, &err) < 0, "%s: meta %s", why, path);
	T(root_make_directories(r, path, 0700, &err) < 0, "%s: directories %s", why, path);
	T(root_rename(r, path, "moved", true, &err) < 0, "%s: rename %s", why, path);
	T(root_rename(r, "victim", path, true, &err) < 0 &&
		root_rename(r, "victim", path, false, &err) < 0,
	    "%s: rename to %s", why, path);
	T(root_stat(r, path, &meta, &err) < 0, "%s: stat %s", why, path);
	root_remove(r, path, &err);
	T(file_stat(in(outside, "secret"), &after, &err) == 0 && file_meta_same(&before, &after) &&
	    after.mode == before.mode, "%s: %s", why, path);
	T(directory_read(outside, false, &arena, &listing, &err) == 0 && listing.n == 1, "%s: %s",
	    why, path);
	T(holds(r, "victim", "mine"), "%s: %s", why, path);
}

static void
nothing_leads_outside(struct root *r)
{
	static const char *const unsafe[] = {"", "/", "/etc/passwd", "..", "../outside/secret", ".",
	    "a/../..", "a//b", "./a", "a/", "a/."};
	struct error err = ERROR_NONE;
	char *absolute = in(outside, "secret");
	struct file_meta meta = { 0 };
	size_t i;
	int fd = -1;

	put(r, "victim", "mine");
	for (i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		is_refused(r, unsafe[i], "unsafe");
	is_refused(r, absolute, "absolute");
	T(symlink(outside, in(inside, "door")) == 0 && symlink("..", in(inside, "up")) == 0 &&
	    symlink("door", in(inside, "again")) == 0, "links");
	is_refused(r, "door/secret", "a link to a directory");
	is_refused(r, "up/outside/secret", "a link upwards");
	is_refused(r, "again/secret", "a link to a link");
	T(root_make_directories(r, "door/new", 0700, &err) < 0 && !file_exists(in(outside, "new")),
	    "%s", err.text);
	T(root_make_directories(r, "door", 0700, &err) < 0, "a link is no directory");

	/* A link in the last place is seen as a link, and never followed. */
	T(symlink(absolute, in(inside, "l")) == 0, "link");
	T(root_open_read(r, "l", &fd, &err) < 0 && root_create(r, "l", 0600, &fd, &err) < 0 &&
	    root_set_meta(r, "l", 0777, 1, &err) < 0, "last");
	T(root_stat(r, "l", &meta, &err) == 0 && meta.kind == FILE_LINK, "stat of the link itself");
	T(root_remove(r, "l", &err) == 0 && file_exists(absolute), "removes the link itself");
	T(root_remove(r, "door", &err) == 0 && file_exists(absolute), "removes the link itself");
	T(file_stat(absolute, &meta, &err) == 0 && meta.mode == 0600, "untouched");
}

/* What lies under a name is asked anew when what lay there was moved or removed. */
static void
directories_come_and_go(struct root *r)
{
	struct error err = ERROR_NONE;
	struct file_meta meta = { 0 };

	T(root_make_directories(r, "tree/cur", 0700, &err) == 0, "%s", err.text);
	put(r, "tree/cur/one", "1");
	T(root_rename(r, "tree", "kept", false, &err) == 0 &&
	    root_stat(r, "tree/cur/one", &meta, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "moved with what lies above it");
	T(root_make_directories(r, "tree/cur", 0700, &err) == 0, "%s", err.text);
	put(r, "tree/cur/two", "2");
	T(holds(r, "kept/cur/one", "1") && holds(r, "tree/cur/two", "2"), "each in its own");
	T(root_remove(r, "tree/cur/two", &err) == 0 && root_remove(r, "tree/cur", &err) == 0 &&
	    root_make_directories(r, "tree/cur", 0700, &err) == 0, "%s", err.text);
	put(r, "tree/cur/three", "3");
	T(holds(r, "tree/cur/three", "3"), "removed and made again");
	T(root_remove(r, "tree/cur/three", &err) == 0 && root_remove(r, "tree/cur", &err) == 0 &&
	    root_remove(r, "tree", &err) == 0 && root_remove(r, "kept/cur/one", &err) == 0 &&
	    root_remove(r, "kept/cur", &err) == 0 && root_remove(r, "kept", &err) == 0,
	    "%s", err.text);
}

int
main(void)
{
	struct error err = ERROR_NONE;
	struct root *r = NULL;

	umask(0);
	inside = in(t_directory(), "inside");
	outside = in(t_directory(), "outside");
	T(mkdir(inside, 0700) == 0 && mkdir(outside, 0700) == 0, "directories");
	T(file_replace(in(outside, "secret"), 0600, SLICE_OF("secret"), &err) == 0, "%s", err.text);
	T(root_open(in(outside, "secret"), &r, &err) < 0 && r == NULL, "a file is no root");
	T(root_open(in(outside, "none"), &r, &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	if (T(root_open(inside, &r, &err) == 0, "%s", err.text)) {
		works_below(r);
		directories_come_and_go(r);
		nothing_leads_outside(r);
	}
	root_close(r);
	root_close(NULL);
	arena_free(&arena);
	return t_done();
}
