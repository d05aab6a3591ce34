/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file_internal.h"
#include "core/base/path.h"
#include "tests/t.h"

static struct arena arena = ARENA_EMPTY;

static char *
in(const char *directory, const char *name)
{
	return path_join(&arena, directory, name);
}

static char *
new_directory(const char *name)
{
	char *path = in(t_directory(), name);

	T(mkdir(path, 0700) == 0, "%s", path);
	return path;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (T(f != NULL, "%s", path)) {
		fputs(text, f);
		fclose(f);
	}
}

static size_t
entries(const char *path)
{
	struct directory d = { NULL, 0 };
	struct error err = ERROR_NONE;

	T(directory_read(path, false, &arena, &d, &err) == 0, "%s", err.text);
	return d.n;
}

static void
metadata(void)
{
	char *d = new_directory("meta"), *f = in(d, "file"), *l = in(d, "link"),
	     *dangling = in(d, "dangling");
	struct file_meta a = { 0 }, b = { 0 }, same = { 0 };
	struct error err = ERROR_NONE;
	int fd = -1;

	put(f, "12345");
	T(chmod(f, 0640) == 0 && symlink("file", l) == 0 && symlink("nowhere", dangling) == 0,
	    "links");
	T(file_stat(f, &a, &err) == 0 && a.kind == FILE_REGULAR && a.size == 5 && a.mode == 0640 &&
		a.links == 1 && a.uid == getuid() && a.gid == getgid() && a.mtime_ns > 0 &&
		a.ctime_ns > 0,
	    "stat");
	T(file_stat(l, &b, &err) == 0 && file_meta_same(&a, &b), "stat follows");
	T(file_lstat(l, &b, &err) == 0 && b.kind == FILE_LINK && !file_meta_same(&a, &b),
	    "lstat does not");
	T(file_stat(d, &b, &err) == 0 && b.kind == FILE_DIRECTORY, "directory");
	T(file_stat("/dev/null", &b, &err) == 0 && b.kind == FILE_OTHER, "device");
	T(file_stat(dangling, &b, &err) < 0 && err.code == ERR_NOT_FOUND &&
		strstr(err.text, dangling),
	    "%s", err.text);
	T(file_lstat(in(d, "none"), &b, &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
	T(file_stat(in(f, "x"), &b, &err) < 0 && err.code == ERR_NOT_FOUND, "below a file");
	T(file_open_read(f, &fd, &err) == 0 && file_stat_fd(fd, &b, &err) == 0 &&
		file_meta_same(&a, &b),
	    "by descriptor");
	file_close(fd);
	file_close(-1);
	T(file_stat_fd(-1, &b, &err) < 0, "no descriptor");
	T(file_exists(f) && file_exists(dangling) && !file_exists(in(d, "none")), "exists");
	T(file_is_directory(d) && !file_is_directory(f) && !file_is_directory(in(d, "none")),
	    "is a directory");

	/* Each of the five counts, in both, and nothing else does. */
	same = a;
	same.mode = 0; same.uid = 1; same.gid = 1; same.links = 9;
	T(file_meta_same(&a, &same) && fingerprint_equal(file_meta_fingerprint("n", &a),
	    file_meta_fingerprint("n", &same)), "what does not count");
	T(!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("m", &a)),
	    "the name counts");
	b = a; b.size++;
	T(!file_meta_same(&a, &b) &&
		!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("n", &b)),
	    "size");
	b = a; b.inode++;
	T(!file_meta_same(&a, &b) &&
		!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("n", &b)),
	    "inode");
	b = a; b.device++;
	T(!file_meta_same(&a, &b) &&
		!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("n", &b)),
	    "device");
	b = a; b.mtime_ns++;
	T(!file_meta_same(&a, &b) &&
		!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("n", &b)),
	    "mtime");
	b = a; b.ctime_ns++;
	T(!file_meta_same(&a, &b) &&
		!fingerprint_equal(file_meta_fingerprint("n", &a), file_meta_fingerprint("n", &b)),
	    "ctime");
}

/* Nothing but a regular file is opened, and nothing waits: a FIFO without a
 * writer would, for ever. */
static void
opens_files_only(void)
{
	char *d = new_directory("open"), *fifo = in(d, "fifo"), *f = in(d, "file"),
	     *sock = in(d, "socket");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct error err = ERROR_NONE;
	int fd = -1, s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	put(f, "x");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", sock);
	T(mkfifo(fifo, 0600) == 0 && bind(s, (struct sockaddr *)&address, sizeof(address)) == 0,
	    "made");
	T(file_open_read(fifo, &fd, &err) < 0 && err.code == ERR_FORMAT && fd == -1, "FIFO: %s",
	    err.text);
	T(file_open_read(sock, &fd, &err) < 0 && err.code == ERR_FORMAT, "socket: %s", err.text);
	T(file_open_read(d, &fd, &err) < 0 && err.code == ERR_FORMAT, "directory: %s", err.text);
	T(file_open_read("/dev/null", &fd, &err) < 0 && err.code == ERR_FORMAT, "device: %s",
	    err.text);
	T(file_open_read(in(d, "none"), &fd, &err) < 0 && err.code == ERR_NOT_FOUND, "none: %s",
	    err.text);
	T(file_open_read(f, &fd, &err) == 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY, "a file");
	T(write(fd, "y", 1) < 0, "read-only");
	file_close(fd);
	close(s);
}

static void
leaves_no_trace(void)
{
	char *d = new_directory("atime"), *f = in(d, "file");
	const struct timespec old[2] = { { 1000, 0 }, { 2000, 0 } };
	struct stat before, after;
	struct buf b = BUF_EMPTY;
	struct error err = ERROR_NONE;

	put(f, "x");
	T(utimensat(AT_FDCWD, f, old, 0) == 0 && utimensat(AT_FDCWD, d, old, 0) == 0 &&
		stat(f, &before) == 0,
	    "set");
	T(file_read_all(f, 10, &b, &err) == 0 && entries(d) == 1, "%s", err.text);
	T(stat(f, &after) == 0 && after.st_atime == 1000 &&
		after.st_ctim.tv_nsec == before.st_ctim.tv_nsec,
	    "the file");
	T(stat(d, &after) == 0 && after.st_atime == 1000, "the directory");
	buf_free(&b);
}

static void
reading(void)
{
	static const char digits[] = "0123456789";
	char *d = new_directory("read"), *f = in(d, "file");
	struct error err = ERROR_NONE;
	struct buf b = BUF_EMPTY;
	unsigned char p[32];
	size_t at, n, bad = 0;
	int fd = -1;

	put(f, digits);
	T(file_open_read(f, &fd, &err) == 0, "%s", err.text);
	for (at = 0; at < 14; at++) {
		for (n = 0; n < 14; n++) {
			memset(p, '#', sizeof(p));
			if (file_read_at(fd, at, p, n, &err) == 0)
				bad += at + n > 10 && n > 0;
			else
				bad += at + n <= 10 || err.code != ERR_CHANGED;
			bad += at + n <= 10 && memcmp(p, &digits[at], n) != 0;
			bad += p[n] != '#';
		}
	}
	T(bad == 0, "%zu reads", bad);
	T(file_read_at(fd, UINT64_MAX, p, 1, &err) < 0 && err.code == ERR_CHANGED,
	    "at the end of all numbers");
	T(file_read_at(fd, INT64_MAX, p, 1, &err) < 0 && err.code == ERR_CHANGED,
	    "at the end of offsets");
	T(file_read(fd, p, 4, &err) == 4 && file_read(fd, p + 4, 20, &err) == 6 &&
		file_read(fd, p, 1, &err) == 0 && memcmp(p, digits, 10) == 0,
	    "in order");
	file_close(fd);
	T(file_read(-1, p, 1, &err) < 0 && file_read_at(-1, 0, p, 1, &err) < 0, "no descriptor");

	for (n = 0; n < 13; n++) {
		buf_set(&b, SLICE_OF("old"));
		if (n < 10)
			T(file_read_all(f, n, &b, &err) < 0 && err.code == ERR_LIMIT && b.n == 0,
			    "all up to %zu", n);
		else
			T(file_read_all(f, n, &b, &err) == 0 && b.n == 10, "all up to %zu: %s", n,
			    err.text);
	}
	put(f, "");
	T(file_read_all(f, 0, &b, &err) == 0 && b.n == 0, "nothing: %s", err.text);
	T(file_read_all("/proc/self/status", 1000000, &b, &err) == 0 && b.n > 100,
	    "a file that says 0 bytes");
	T(file_read_all("/proc/self/status", 50, &b, &err) < 0 && err.code == ERR_LIMIT && b.n == 0,
	    "and its limit");
	T(file_read_all(f, UINT64_MAX, &b, &err) == 0, "no limit");
	T(file_read_all(d, 10, &b, &err) < 0 && err.code == ERR_FORMAT, "a directory");
	buf_free(&b);
}

static void
directories(void)
{
	static const char *const names[] = {
	    "\x01", " ", "-", "...", "A", "a", "a b", "aa", "b", "\xc3\xa9", "\xff"};
	char *d = new_directory("list"), *many;
	struct directory listing = { NULL, 0 };
	struct error err = ERROR_NONE;
	struct file_meta meta;
	char name[32];
	size_t i, bad = 0;
	int stat;

	T(entries(d) == 0, "empty");
	for (i = sizeof(names) / sizeof(names[0]); i-- > 0; )
		put(in(d, names[i]), "x");
	T(directory_read(d, false, &arena, &listing, &err) == 0 && listing.n == 11, "%zu",
	    listing.n);
	for (i = 0; i < listing.n; i++)
		T(strcmp(listing.entries[i].name, names[i]) == 0, "sorted by bytes: %s",
		    listing.entries[i].name);
	T(directory_read(in(d, "none"), false, &arena, &listing, &err) < 0 &&
		err.code == ERR_NOT_FOUND,
	    "%s", err.text);
	T(directory_read(in(d, "a"), false, &arena, &listing, &err) < 0, "a file: %s", err.text);

	d = new_directory("kinds");
	T(mkdir(in(d, "1"), 0700) == 0 && mkfifo(in(d, "2"), 0600) == 0 &&
		symlink("none", in(d, "3")) == 0,
	    "made");
	put(in(d, "4"), "four");
	for (stat = 0; stat < 2; stat++) {
		T(directory_read(d, stat, &arena, &listing, &err) == 0 && listing.n == 4 &&
			listing.entries[0].kind == FILE_DIRECTORY &&
			listing.entries[1].kind == FILE_OTHER &&
			listing.entries[2].kind == FILE_LINK &&
			listing.entries[3].kind == FILE_REGULAR,
		    "kinds %d", stat);
		for (i = 0; i < listing.n; i++) {
			T(file_lstat(in(d, listing.entries[i].name), &meta, &err) == 0, "%s",
			    err.text);
			T(stat ? file_meta_same(&meta, &listing.entries[i].meta)
			       : listing.entries[i].meta.inode == 0,
			    "meta of %zu", i);
		}
	}

	many = new_directory("many");
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%zu", i * 7919 % 5000);
		put(in(many, name), "");
	}
	T(directory_read(many, true, &arena, &listing, &err) == 0 && listing.n == 5000, "%zu",
	    listing.n);
	for (i = 1; i < listing.n; i++)
		bad += strcmp(listing.entries[i - 1].name, listing.entries[i].name) >= 0;
	T(bad == 0, "%zu out of order", bad);
}

/* Not the owner of the file: no O_NOATIME, and it is read all the same. */
static void
read_as_stranger(const char *d)
{
	struct directory listing = { NULL, 0 };
	struct error err = ERROR_NONE;
	struct buf b = BUF_EMPTY;

	/* From inside, for the way there may be closed to nobody. */
	T(chdir(t_directory()) == 0 && (geteuid() != 0 || setuid(65534) == 0), "nobody");
	d = path_base(d);
	T(file_read_all("/etc/passwd", 10000000, &b, &err) == 0 && b.n > 0, "%s", err.text);
	T(directory_read("/etc", false, &arena, &listing, &err) == 0 && listing.n > 0, "%s",
	    err.text);
	/* One may list it, but not look at what is in it. */
	T(directory_read(d, false, &arena, &listing, &err) == 0 && listing.n == 1, "%s",
	    err.text);
	T(directory_read(d, true, &arena, &listing, &err) < 0 && err.code == ERR_SYSTEM &&
	    strstr(err.text, "/file: ") != NULL, "%s", err.text);
	buf_free(&b);
}

static void
read_from_bad_disk(const char *d)
{
	struct directory listing = { NULL, 0 };
	struct error err = ERROR_NONE;
	struct buf b = BUF_EMPTY;
	int fd = -1;

	T(file_open_read("/etc/passwd", &fd, &err) == 0, "%s", err.text);
	t_forbid(SYS_getdents64, EIO);
	t_forbid(SYS_read, EIO);
	t_forbid(SYS_pread64, EIO);
	T(directory_read(d, false, &arena, &listing, &err) < 0 && err.code == ERR_SYSTEM, "%s",
	    err.text);
	T(file_read_at(fd, 0, buf_extend(&b, 1), 1, &err) < 0 && err.code == ERR_SYSTEM, "%s",
	    err.text);
	T(file_read_all("/etc/passwd", 1000000, &b, &err) < 0 && err.code == ERR_SYSTEM && b.n == 0,
	    "%s", err.text);
	buf_free(&b);
}

static void
trouble(void)
{
	static void (*const children[])(const char *) = { read_as_stranger, read_from_bad_disk };
	char *d = new_directory("trouble");
	int status;
	size_t i;
	pid_t pid;

	put(in(d, "file"), "x");
	T(chmod(t_directory(), 0711) == 0 && chmod(d, 0444) == 0, "chmod");
	for (i = 0; i < 2; i++) {
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			children[i](d);
			_exit(t_failed() > 0);
		}
		T(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "child %zu: %x", i, (unsigned)status);
	}
	T(chmod(d, 0700) == 0, "chmod");
}

static atomic_bool stop;

static void *
come_and_go(void *directory)
{
	char path[4200];
	unsigned i;

	while (!atomic_load(&stop)) {
		for (i = 0; i < 100; i++) {
			snprintf(path, sizeof(path), "%s/%u", (char *)directory, i);
			if (i % 2 ? mkdir(path, 0700) == 0 : symlink("x", path) == 0)
				i % 2 ? rmdir(path) : unlink(path);
		}
	}
	return NULL;
}

/* A client at work: what vanishes between two calls is no error. */
static void
entries_vanish(void)
{
	char *d = new_directory("busy");
	struct directory listing = { NULL, 0 };
	struct error err = ERROR_NONE;
	pthread_t thread;
	size_t i, bad = 0;

	put(in(d, "stays"), "");
	T(pthread_create(&thread, NULL, come_and_go, d) == 0, "thread");
	for (i = 0; i < 500; i++) {
		bad += directory_read(d, true, &arena, &listing, &err) < 0 || listing.n == 0 ||
		    strcmp(listing.entries[listing.n - 1].name, "stays") != 0;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	T(bad == 0, "%zu times: %s", bad, err.text);
}

/* Run holder in another process, which tells when it has what it holds. */
static pid_t
start_holder(void (*hold)(const char *path), const char *path)
{
	int pipes[2];
	char byte;
	pid_t pid;

	if (!T(pipe(pipes) == 0, "pipe"))
		return -1;
	pid = fork();
	if (pid == 0) {
		hold(path);
		if (write(pipes[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	T(read(pipes[0], &byte, 1) == 1, "the holder holds");
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
hold_record(const char *path, short type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0)
		_exit(1);
}

static void
hold_write(const char *path)
{
	hold_record(path, F_WRLCK);
}

static void
hold_read(const char *path)
{
	hold_record(path, F_RDLCK);
}

static void
hold_lock(const char *path)
{
	struct error err;
	int fd;

	if (file_lock(path, &fd, &err) < 0)
		_exit(1);
}

static void
locks(void)
{
	char *d = new_directory("locks"), *f = in(d, "file"), *l = in(d, "lock"),
	     *link = in(d, "link");
	struct error err = ERROR_NONE;
	int fd = -1, other = -1;
	pid_t pid;

	put(f, "mail");
	T(!file_is_locked(f) && !file_is_locked(in(d, "none")), "not locked");
	pid = start_holder(hold_write, f);
	T(file_is_locked(f), "write lock");
	end_holder(pid);
	T(!file_is_locked(f), "not any more");
	pid = start_holder(hold_read, f);
	T(!file_is_locked(f), "read lock");
	end_holder(pid);

	T(file_lock(l, &fd, &err) == 0, "%s", err.text);
	T(file_lock(l, &other, &err) < 0 && err.code == ERR_LOCKED && other == -1, "twice");
	file_close(fd);
	T(file_lock(l, &fd, &err) == 0, "%s", err.text);
	file_close(fd);
	pid = start_holder(hold_lock, l);
	T(file_lock(l, &fd, &err) < 0 && err.code == ERR_LOCKED && strstr(err.text, l) != NULL,
	    "%s", err.text);
	T(process_exists(pid), "it lives");
	end_holder(pid);
	T(!process_exists(pid), "it died");
	T(file_lock(l, &fd, &err) == 0, "the kernel dropped it: %s", err.text);
	file_close(fd);
	T(symlink(f, link) == 0 && file_lock(link, &fd, &err) < 0, "not through a link");
	T(file_lock(in(in(d, "none"), "x"), &fd, &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	T(process_exists(getpid()) && process_exists(1), "processes");
	T(!process_exists(0) && !process_exists(-1) && !process_exists(INT64_MAX) &&
		!process_exists(INT64_MIN) && !process_exists((int64_t)1 << 32 | 1),
	    "no processes");
}

/* Lines as sshfs, ntfs-3g and a disk give them. */
static void
mounts(void)
{
	static const char text[] =
	    "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
	    "90 22 0:47 / /mnt/s rw - fuse.sshfs host:/srv rw,user_id=0\n"
	    "91 22 8:17 / /mnt/n rw shared:9 master:2 - fuseblk /dev/sdb1 rw\n"
	    "92 22 0:470 / /mnt/fuse.sshfs rw - tmpfs fuse.sshfs rw\n"
	    "93 22 0:49\n"
	    "94 22 0:50 / /cut -";
	struct slice all = slice_string(text);
	size_t n, count = 0;

	T(file_mount_is_remote(all, makedev(0, 47)), "sshfs");
	T(!file_mount_is_remote(all, makedev(8, 17)) && !file_mount_is_remote(all, makedev(8, 2)) &&
		!file_mount_is_remote(all, makedev(0, 470)) &&
		!file_mount_is_remote(all, makedev(0, 4)) &&
		!file_mount_is_remote(all, makedev(0, 49)) &&
		!file_mount_is_remote(all, makedev(0, 50)) && !file_mount_is_remote(SLICE_EMPTY, 0),
	    "all others");
	for (n = 0; n <= all.n; n++)
		count += file_mount_is_remote(slice_sub(all, 0, n), makedev(0, 47));
	T(count == all.n - slice_find_bytes(all, 0, SLICE_OF(" host:")) + 1, "%zu prefixes", count);
}

static void
places(void)
{
	char *d = new_directory("here");

	T(!file_is_remote(d), "a test directory");
	T(file_is_remote(in(d, "to/be/made")) == file_is_remote(d), "what is not there yet");
	T(!file_is_remote("/proc") && !file_is_remote("/"), "roots");
	T(file_is_remote("no/such") == file_is_remote("."), "relative");
}

int
main(void)
{
	metadata();
	opens_files_only();
	leaves_no_trace();
	reading();
	directories();
	trouble();
	entries_vanish();
	locks();
	mounts();
	places();
	arena_free(&arena);
	return t_done();
}
