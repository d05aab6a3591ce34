/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file_internal.h"
#include "core/base/path.h"

#define WRITE_MAX ((size_t)1 << 30)     /* Linux moves at most 2 GiB in one call */
#define TEMPORARY_TRIES 100

int
file_make_directory(const char *path, uint32_t mode, struct error *err)
{
	if (fault_strikes() || (mkdir(path, (mode_t)mode) < 0 &&
	    !(errno == EEXIST && file_is_directory(path))))
		return fail_errno(err, "%s: make directory", path);
	return 0;
}

int
file_make_directories(const char *path, uint32_t mode, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	char *clean = path_clean(&arena, path), *end;
	int rc = 0;

	for (end = clean; rc == 0 && *end != '\0'; ) {
		end = strchrnul(end + 1, '/');
		if (*end == '/') {
			*end = '\0';
			if (!file_is_directory(clean))
				rc = file_make_directory(clean, mode, err);
			*end = '/';
		} else {
			rc = file_make_directory(clean, mode, err);
		}
	}
	arena_free(&arena);
	return rc;
}

int
file_create(const char *path, uint32_t mode, int *fd, struct error *err)
{
	int created = -1;

	if (!fault_strikes())
		created = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
		    mode);
	if (created < 0)
		return fail_errno(err, "%s: create", path);
	*fd = created;
	return 0;
}

int
file_write(int fd, struct slice s, struct error *err)
{
	size_t n = s.n, at = 0;
	bool struck = fault_strikes_write(&n);
	int fault = errno;
	ssize_t put;

	while (at < n) {
		put = TEMP_FAILURE_RETRY(write(fd, s.p + at,
		    n - at < WRITE_MAX ? n - at : WRITE_MAX));
		if (put < 0)
			return fail_errno(err, "write");
		at += (size_t)put;
	}
	if (struck) {
		errno = fault;
		return fail_errno(err, "write");
	}
	return 0;
}

int
file_truncate(int fd, uint64_t size, struct error *err)
{
	if (size > INT64_MAX)
		return fail(err, ERR_LIMIT, "truncate: %" PRIu64 " bytes are too many", size);
	if (fault_strikes() || TEMP_FAILURE_RETRY(ftruncate(fd, (off_t)size)) < 0)
		return fail_errno(err, "truncate");
	return 0;
}

int
file_sync(int fd, struct error *err)
{
	if (fault_strikes() || TEMP_FAILURE_RETRY(fdatasync(fd)) < 0)
		return fail_errno(err, "sync");
	return 0;
}

static int
sync_and_close(int fd, const char *path, struct error *err)
{
	int rc = 0;

	/* Network and foreign file systems know no sync of a directory and say
	 * EINVAL; there is nothing more that could be done.  On a read-only one
	 * nothing is new. */
	if (fault_strikes() ||
	    (TEMP_FAILURE_RETRY(fsync(fd)) < 0 && errno != EINVAL && errno != EROFS))
		rc = fail_errno(err, "%s: sync", path);
	file_close(fd);
	return rc;
}

int
file_sync_directory(const char *path, struct error *err)
{
	int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 ? fail_errno(err, "%s: open", path) : sync_and_close(fd, path, err);
}

int
file_sync_parents(const char *path, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	int fd, rc = 0;

	do {
		path = path_parent(&arena, path);
		fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
		if (fd >= 0)
			rc = sync_and_close(fd, path, err);
		else if (errno != EACCES)       /* where we may not look we made nothing */
			rc = fail_errno(err, "%s: open", path);
	} while (rc == 0 && strcmp(path, "/") != 0 && strcmp(path, ".") != 0);
	arena_free(&arena);
	return rc;
}

/*
 * Three ways, for no one is known to every file system: NFS and old FUSE have
 * no RENAME_NOREPLACE, FAT has no hard links.  The last way, where both are
 * missing, can replace what another process puts there at this very moment.
 */
int
file_rename_new_at(int from_directory, const char *from, int to_directory, const char *to)
{
	struct file_meta meta;

	if (fault_strikes())
		return -1;
	if (renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(from_directory, from, to_directory, to, 0) == 0)
		return fault_strikes() ? -1 : unlinkat(from_directory, from, 0);
	if (errno == EEXIST)
		return -1;
	if (file_meta_at(to_directory, to, AT_SYMLINK_NOFOLLOW, &meta) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from_directory, from, to_directory, to);
}

int
file_link_into(const char *from, const char *to, struct error *err)
{
	if (file_rename_new_at(AT_FDCWD, from, AT_FDCWD, to) < 0)
		return fail_errno(err, "%s: put in place", to);
	return 0;
}

int
file_rename(const char *from, const char *to, struct error *err)
{
	if (fault_strikes() || rename(from, to) < 0)
		return fail_errno(err, "%s: rename to %s", from, to);
	return 0;
}

int
file_remove(const char *path, struct error *err)
{
	if (fault_strikes() || (unlink(path) < 0 && errno != ENOENT))
		return fail_errno(err, "%s: remove", path);
	return 0;
}

int
file_remove_directory(const char *path, struct error *err)
{
	if (fault_strikes() || (rmdir(path) < 0 && errno != ENOENT))
		return fail_errno(err, "%s: remove directory", path);
	return 0;
}

/* As utimensat() wants it: the time of last access is left alone. */
static void
times_of(int64_t mtime_ns, struct timespec times[2])
{
	int64_t ns = mtime_ns % 1000000000;

	times[0] = (struct timespec){ .tv_nsec = UTIME_OMIT };
	times[1].tv_sec = mtime_ns / 1000000000 - (ns < 0);
	times[1].tv_nsec = ns < 0 ? ns + 1000000000 : ns;
}

int
file_set_meta_fd(int fd, uint32_t mode, int64_t mtime_ns)
{
	struct timespec times[2];

	times_of(mtime_ns, times);
	return fault_strikes() || fchmod(fd, (mode_t)mode) < 0 || futimens(fd, times) < 0 ? -1 : 0;
}

int
file_set_meta(int fd, uint32_t mode, int64_t mtime_ns, struct error *err)
{
	return file_set_meta_fd(fd, mode, mtime_ns) < 0 ? fail_errno(err, "set mode and time") : 0;
}

int
file_set_meta_path(const char *path, uint32_t mode, int64_t mtime_ns, struct error *err)
{
	struct timespec times[2];

	times_of(mtime_ns, times);
	if (fault_strikes() || chmod(path, (mode_t)mode) < 0 ||
	    utimensat(AT_FDCWD, path, times, 0) < 0)
		return fail_errno(err, "%s: set mode and time", path);
	return 0;
}

static int
create_unique(const char *directory, const char *prefix, uint32_t mode, struct arena *a,
    char **path, int *fd, struct error *err)
{
	char random[33], *candidate;
	unsigned i;

	for (i = 0; i < TEMPORARY_TRIES; i++) {
		random_hex(random);
		candidate = path_join(a, directory, arena_format(a, "%s%.16s", prefix, random));
		if (file_create(candidate, mode, fd, err) == 0) {
			*path = candidate;
			return 0;
		}
		if (err->code != ERR_EXISTS)
			break;
	}
	return -1;
}

int
file_replace(const char *path, uint32_t mode, struct slice s, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct error ignored;
	char *directory = path_parent(&arena, path), *temporary = NULL;
	int fd = -1, rc = -1;

	if (create_unique(directory, arena_format(&arena, ".%s.", path_base(path)), mode,
	    &arena, &temporary, &fd, err) < 0)
		goto out;
	if (file_write(fd, s, err) < 0 || file_sync(fd, err) < 0) {
		fail_in(err, "%s", temporary);
		goto out;
	}
	if (file_rename(temporary, path, err) < 0)
		goto out;
	temporary = NULL;
	rc = file_sync_directory(directory, err);

out:
	file_close(fd);
	if (temporary != NULL)
		file_remove(temporary, &ignored);
	arena_free(&arena);
	return rc;
}

int
file_sync_all(const char *path, struct error *err)
{
	int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0), rc = 0;

	if (fd < 0)
		return fail_errno(err, "%s: open", path);
	if (fault_strikes() || TEMP_FAILURE_RETRY(syncfs(fd)) < 0)
		rc = fail_errno(err, "%s: sync", path);
	file_close(fd);
	return rc;
}

int
file_temporary(const char *directory, const char *prefix, struct arena *a, char **path,
    int *fd, struct error *err)
{
	return create_unique(directory, prefix, 0600, a, path, fd, err);
}

static int
open_lock(const char *path, int *fd, struct error *err)
{
	int opened = -1;

	if (!fault_strikes())
		opened = file_open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (opened < 0)
		return fail_errno(err, "%s: open", path);
	*fd = opened;
	return 0;
}

/* POSIX says EACCES or EAGAIN, which is EWOULDBLOCK here. */
static int
refused(const char *path, int *fd, struct error *err)
{
	if (errno == EWOULDBLOCK || errno == EACCES)
		fail(err, ERR_LOCKED, "%s: another process holds the lock", path);
	else
		fail_errno(err, "%s: lock", path);
	file_close(*fd);
	*fd = -1;
	return -1;
}

int
file_lock(const char *path, int *fd, struct error *err)
{
	if (open_lock(path, fd, err) < 0)
		return -1;
	return TEMP_FAILURE_RETRY(flock(*fd, LOCK_EX | LOCK_NB)) < 0 ? refused(path, fd, err) : 0;
}

int
file_lock_one(const char *path, uint64_t which, int *fd, struct error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	lock.l_start = (off_t)(which >> 1);
	if (open_lock(path, fd, err) < 0)
		return -1;
	return fcntl(*fd, F_OFD_SETLK, &lock) < 0 ? refused(path, fd, err) : 0;
}
