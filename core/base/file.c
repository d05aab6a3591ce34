/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/file_internal.h"
#include "core/base/path.h"

/* Linux moves at most 2 GiB in one call. */
#define READ_MAX ((size_t)1 << 30)
#define READ_STEP ((size_t)64 * 1024)
#define MOUNTS_MAX (16 * 1024 * 1024)

int
file_meta_at(int directory, const char *path, int flags, struct file_meta *out)
{
	struct stat st;

	if (fstatat(directory, path, &st, flags) < 0)
		return -1;
	*out = (struct file_meta){
		.kind = S_ISREG(st.st_mode) ? FILE_REGULAR :
		    S_ISDIR(st.st_mode) ? FILE_DIRECTORY :
		    S_ISLNK(st.st_mode) ? FILE_LINK : FILE_OTHER,
		.size = (uint64_t)st.st_size,
		.inode = st.st_ino,
		.device = st.st_dev,
		.links = st.st_nlink,
		.mode = st.st_mode & 07777,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec,
	};
	return 0;
}

int
file_stat(const char *path, struct file_meta *out, struct error *err)
{
	if (file_meta_at(AT_FDCWD, path, 0, out) < 0)
		return fail_errno(err, "%s", path);
	return 0;
}

int
file_lstat(const char *path, struct file_meta *out, struct error *err)
{
	if (file_meta_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, out) < 0)
		return fail_errno(err, "%s", path);
	return 0;
}

int
file_stat_fd(int fd, struct file_meta *out, struct error *err)
{
	return file_meta_at(fd, "", AT_EMPTY_PATH, out) < 0 ? fail_errno(err, "stat") : 0;
}

bool
file_exists(const char *path)
{
	struct file_meta meta;

	return file_meta_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &meta) == 0;
}

bool
file_is_directory(const char *path)
{
	struct file_meta meta;

	return file_meta_at(AT_FDCWD, path, 0, &meta) == 0 && meta.kind == FILE_DIRECTORY;
}

bool
file_meta_same(const struct file_meta *a, const struct file_meta *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	    a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

struct fingerprint
file_meta_fingerprint(const char *name, const struct file_meta *meta)
{
	const uint64_t numbers[] = { meta->device, meta->inode, meta->size,
		(uint64_t)meta->mtime_ns, (uint64_t)meta->ctime_ns };
	struct buf bytes = BUF_EMPTY;
	struct fingerprint print;
	size_t i, shift;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		for (shift = 0; shift < 64; shift += 8)
			buf_add_byte(&bytes, (unsigned char)(numbers[i] >> shift));
	buf_add_string(&bytes, name);
	print = fingerprint128(buf_slice(&bytes));
	buf_free(&bytes);
	return print;
}

int
file_open_at(int directory, const char *path, int flags, uint32_t mode)
{
	return (int)TEMP_FAILURE_RETRY(openat(directory, path, flags | O_CLOEXEC, (mode_t)mode));
}

int
file_open_quietly_at(int directory, const char *path, int flags)
{
	int fd = file_open_at(directory, path, flags | O_RDONLY | O_NOATIME, 0);

	/* O_NOATIME is for the owner of the file and for root only. */
	if (fd < 0 && errno == EPERM)
		fd = file_open_at(directory, path, flags | O_RDONLY, 0);
	return fd;
}

int
file_open_regular_at(int directory, const char *path, int flags, const char *name, int *fd,
    struct error *err)
{
	struct file_meta meta;
	int opened = file_open_quietly_at(directory, path, flags | O_NONBLOCK | O_NOCTTY);

	if (opened < 0 && errno == ENXIO)       /* a socket, or a device that is not there */
		return fail(err, ERR_FORMAT, "%s: not a regular file", name);
	if (opened < 0)
		return fail_errno(err, "%s: open", name);
	if (file_stat_fd(opened, &meta, err) < 0) {
		fail_in(err, "%s", name);
		goto out;
	}
	if (meta.kind != FILE_REGULAR) {
		fail(err, ERR_FORMAT, "%s: not a regular file", name);
		goto out;
	}
	*fd = opened;
	return 0;

out:
	file_close(opened);
	return -1;
}

int
file_open_read(const char *path, int *fd, struct error *err)
{
	return file_open_regular_at(AT_FDCWD, path, 0, path, fd, err);
}

int
file_read_at(int fd, uint64_t at, void *p, size_t n, struct error *err)
{
	unsigned char *to = p;
	ssize_t got;

	if (at > INT64_MAX || n > INT64_MAX - at)
		return fail(err, ERR_CHANGED, "read: the file is shorter than it was");
	while (n > 0) {
		got = TEMP_FAILURE_RETRY(pread(fd, to, n < READ_MAX ? n : READ_MAX, (off_t)at));
		if (got < 0)
			return fail_errno(err, "read");
		if (got == 0)
			return fail(err, ERR_CHANGED, "read: the file is shorter than it was");
		to += got;
		n -= (size_t)got;
		at += (size_t)got;
	}
	return 0;
}

int64_t
file_read(int fd, void *p, size_t n, struct error *err)
{
	ssize_t got = TEMP_FAILURE_RETRY(read(fd, p, n < READ_MAX ? n : READ_MAX));

	return got < 0 ? fail_errno(err, "read") : got;
}

/* The size of the file is a hint only: files below /proc have none, and others
 * grow while they are read. */
static int
read_all(int fd, uint64_t max, struct buf *out, struct error *err)
{
	struct file_meta meta;
	uint64_t room, step;
	int64_t got;

	if (file_stat_fd(fd, &meta, err) < 0)
		return -1;
	if (meta.size > max)
		return fail(err, ERR_LIMIT, "larger than the %" PRIu64 " bytes allowed", max);
	for (step = meta.size + 1;; step = READ_STEP) {
		room = max - out->n < step ? max - out->n + 1 : step;
		buf_reserve(out, room);
		got = file_read(fd, out->p + out->n, room, err);
		if (got <= 0)
			return (int)got;
		buf_extend(out, (size_t)got);
		if (out->n > max)
			return fail(err, ERR_LIMIT, "larger than the %" PRIu64 " bytes allowed",
			    max);
	}
}

int
file_read_all(const char *path, uint64_t max, struct buf *out, struct error *err)
{
	int fd, rc;

	buf_clear(out);
	if (file_open_read(path, &fd, err) < 0)
		return -1;
	rc = read_all(fd, max, out, err);
	file_close(fd);
	if (rc < 0) {
		buf_clear(out);
		fail_in(err, "%s", path);
	}
	return rc;
}

int
file_read_head(const char *path, size_t n, struct buf *out, struct error *err)
{
	int64_t got = 0;
	int fd;

	buf_clear(out);
	if (file_open_read(path, &fd, err) < 0)
		return -1;
	buf_reserve(out, n);
	while (out->n < n && (got = file_read(fd, out->p + out->n, n - out->n, err)) > 0)
		buf_extend(out, (size_t)got);
	file_close(fd);
	return got < 0 ? fail_in(err, "%s", path) : 0;
}

void
file_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

bool
file_is_locked(const char *path)
{
	/* A read lock conflicts with write locks only. */
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct error err;
	bool locked;
	int fd;

	if (file_open_read(path, &fd, &err) < 0)
		return false;
	locked = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
	file_close(fd);
	return locked;
}

bool
process_exists(int64_t pid)
{
	return pid > 0 && pid <= INT_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* The lines of proc_pid_mountinfo(5): major:minor is the third field, the type
 * of the file system the first one behind " - ". */
bool
file_mount_is_remote(struct slice mounts, uint64_t device)
{
	static const char *const types[] = { "fuse.sshfs", "fuse.rclone", "fuse.s3fs",
		"fuse.davfs", "fuse.curlftpfs", "fuse.glusterfs", "fuse.smbnetfs",
		"fuse.gvfsd-fuse" };
	struct slice line, tail, field = SLICE_EMPTY;
	struct buf number = BUF_EMPTY;
	bool found = false;
	size_t i;

	buf_add_format(&number, "%u:%u", major(device), minor(device));
	while (!found && slice_line(&mounts, &line)) {
		tail = slice_from(line, slice_find_bytes(line, 0, SLICE_OF(" - ")) + 3);
		for (i = 0; i < 3 && slice_field(&line, ' ', &field); i++)
			;
		if (!slice_equal(field, buf_slice(&number)) || !slice_field(&tail, ' ', &field))
			continue;
		for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
			found = found || slice_is(field, types[i]);
	}
	buf_free(&number);
	return found;
}

/* FUSE has one magic number for local disks and for servers. */
static bool
is_remote_fuse(const char *path)
{
	struct buf mounts = BUF_EMPTY;
	struct file_meta meta;
	struct error err;
	bool found;

	found = file_stat(path, &meta, &err) == 0 &&
	    file_read_all("/proc/self/mountinfo", MOUNTS_MAX, &mounts, &err) == 0 &&
	    file_mount_is_remote(buf_slice(&mounts), meta.device);
	buf_free(&mounts);
	return found;
}

bool
file_is_remote(const char *path)
{
	/* From linux/magic.h and the kernel's file systems themselves. */
	static const uint32_t remote[] = { 0x6969 /* NFS */, 0x517b /* SMB */,
		0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x01021997 /* 9p */,
		0x5346414f /* AFS */, 0x00c36400 /* Ceph */, 0x73757245 /* Coda */ };
	const uint32_t fuse = 0x65735546;
	struct arena arena = ARENA_EMPTY;
	struct statfs fs;
	bool found = false;
	int rc;
	size_t i;

	/* What is to be created lies where its parent lies. */
	while ((rc = statfs(path, &fs)) < 0 && errno == ENOENT && strcmp(path, ".") != 0 &&
	    strcmp(path, "/") != 0)
		path = path_parent(&arena, path);
	if (rc == 0) {
		for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
			found = found || (uint32_t)fs.f_type == remote[i];
		if ((uint32_t)fs.f_type == fuse)
			found = is_remote_fuse(path);
	}
	arena_free(&arena);
	return found;
}
