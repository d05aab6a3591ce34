/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file_internal.h"
#include "core/base/mem.h"
#include "core/base/path.h"

struct root {
	int fd;
	char *name;             /* for errors */
	/* The directory entered last: the files of one mostly come one after
	 * the other, and each is opened, stamped and renamed.  Moving or removing
	 * a directory enters the one above it, so this is never one that went. */
	pthread_mutex_t lock;   /* several threads create files */
	struct buf last;        /* its path; last_fd is -1 for none */
	int last_fd;
};

int
root_open(const char *directory, struct root **out, struct error *err)
{
	int fd = file_open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return fail_errno(err, "%s: open", directory);
	*out = mem_alloc(sizeof(**out));
	(*out)->fd = fd;
	(*out)->last_fd = -1;
	(*out)->name = mem_string(directory);
	pthread_mutex_init(&(*out)->lock, NULL);
	return 0;
}

/* The directory below fd, which is closed.  -1 with errno. */
static int
enter(int fd, const char *name, bool make, uint32_t mode)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	int below = file_open_at(fd, name, flags, 0), number;

	if (below < 0 && errno == ENOENT && make && !fault_strikes() &&
	    (mkdirat(fd, name, (mode_t)mode) == 0 || errno == EEXIST))
		below = file_open_at(fd, name, flags, 0);
	number = errno;
	file_close(fd);
	errno = number;
	return below;
}

static int
enter_again(struct root *r, struct slice directory)
{
	int fd = -1;

	pthread_mutex_lock(&r->lock);
	if (r->last_fd >= 0 && slice_equal(buf_slice(&r->last), directory))
		fd = fcntl(r->last_fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&r->lock);
	return fd;
}

static void
remember(struct root *r, struct slice directory, int fd)
{
	pthread_mutex_lock(&r->lock);
	file_close(r->last_fd);
	r->last_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	buf_set(&r->last, directory);
	pthread_mutex_unlock(&r->lock);
}

/*
 * Open the directory that path lies in; *name becomes the last component.
 * openat2() with RESOLVE_NO_SYMLINKS would take one call instead of one for
 * each component, but sandboxes and older kernels have none.
 */
static int
open_parent(struct root *r, const char *path, bool make, uint32_t mode, const char **name,
    struct error *err)
{
	struct buf component = BUF_EMPTY;
	const char *at = path, *end = strrchr(path, '/');
	struct slice directory = slice_of(path, end == NULL ? 0 : (size_t)(end - path));
	int fd;

	if (!path_is_safe(slice_string(path)))
		return fail(err, ERR_USAGE, "%s: %s: not a path that stays inside", r->name, path);
	fd = enter_again(r, directory);
	if (fd >= 0) {
		*name = path + (directory.n > 0 ? directory.n + 1 : 0);
		return fd;
	}
	fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
	for (; fd >= 0 && (end = strchr(at, '/')) != NULL; at = end + 1) {
		buf_set(&component, slice_of(at, (size_t)(end - at)));
		fd = enter(fd, buf_text(&component), make, mode);
	}
	if (fd < 0)
		fail_errno(err, "%s/%s: open its directory", r->name, path);
	else
		remember(r, directory, fd);
	buf_free(&component);
	*name = at;
	return fd;
}

int
root_make_directories(struct root *r, const char *path, uint32_t mode, struct error *err)
{
	const char *name;
	int fd = open_parent(r, path, true, mode, &name, err);

	if (fd < 0)
		return -1;
	fd = enter(fd, name, true, mode);
	if (fd < 0)
		return fail_errno(err, "%s/%s: make directory", r->name, path);
	file_close(fd);
	return 0;
}

int
root_create(struct root *r, const char *path, uint32_t mode, int *fd, struct error *err)
{
	const char *name;
	int parent = open_parent(r, path, false, 0, &name, err), created = -1;

	if (parent < 0)
		return -1;
	if (!fault_strikes())
		created = file_open_at(parent, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
	if (created >= 0)
		*fd = created;
	else
		fail_errno(err, "%s/%s: create", r->name, path);
	file_close(parent);
	return created >= 0 ? 0 : -1;
}

int
root_stat(struct root *r, const char *path, struct file_meta *out, struct error *err)
{
	const char *name;
	int parent = open_parent(r, path, false, 0, &name, err), rc;

	if (parent < 0)
		return -1;
	rc = file_meta_at(parent, name, AT_SYMLINK_NOFOLLOW, out);
	if (rc < 0)
		fail_errno(err, "%s/%s", r->name, path);
	file_close(parent);
	return rc;
}

int
root_open_read(struct root *r, const char *path, int *fd, struct error *err)
{
	const char *name;
	int parent = open_parent(r, path, false, 0, &name, err), rc;

	if (parent < 0)
		return -1;
	rc = file_open_regular_at(parent, name, O_NOFOLLOW, path, fd, err);
	if (rc < 0)
		fail_in(err, "%s", r->name);
	file_close(parent);
	return rc;
}

int
root_rename(struct root *r, const char *from, const char *to, bool replace, struct error *err)
{
	const char *from_name, *to_name;
	int from_parent, to_parent = -1, rc = -1;

	from_parent = open_parent(r, from, false, 0, &from_name, err);
	if (from_parent < 0)
		goto out;
	to_parent = open_parent(r, to, false, 0, &to_name, err);
	if (to_parent < 0)
		goto out;
	if (!replace)
		rc = file_rename_new_at(from_parent, from_name, to_parent, to_name);
	else if (!fault_strikes())
		rc = renameat(from_parent, from_name, to_parent, to_name);
	if (rc < 0)
		fail_errno(err, "%s/%s: rename to %s", r->name, from, to);

out:
	file_close(to_parent);
	file_close(from_parent);
	return rc;
}

int
root_remove(struct root *r, const char *path, struct error *err)
{
	const char *name;
	int parent = open_parent(r, path, false, 0, &name, err), rc = -1;

	if (parent < 0)
		return err->code == ERR_NOT_FOUND ? 0 : -1;
	if (!fault_strikes()) {
		rc = unlinkat(parent, name, 0);
		if (rc < 0 && errno == EISDIR)
			rc = unlinkat(parent, name, AT_REMOVEDIR);
		if (rc < 0 && errno == ENOENT)
			rc = 0;
	}
	if (rc < 0)
		fail_errno(err, "%s/%s: remove", r->name, path);
	file_close(parent);
	return rc;
}

int
root_set_meta(struct root *r, const char *path, uint32_t mode, int64_t mtime_ns,
    struct error *err)
{
	const char *name;
	int parent = open_parent(r, path, false, 0, &name, err), fd, rc = -1;

	if (parent < 0)
		return -1;
	fd = file_open_at(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd >= 0)
		rc = file_set_meta_fd(fd, mode, mtime_ns);
	if (rc < 0)
		fail_errno(err, "%s/%s: set mode and time", r->name, path);
	file_close(fd);
	file_close(parent);
	return rc;
}

void
root_close(struct root *r)
{
	if (r == NULL)
		return;
	file_close(r->fd);
	file_close(r->last_fd);
	buf_free(&r->last);
	pthread_mutex_destroy(&r->lock);
	mem_free(r->name);
	mem_free(r);
}
