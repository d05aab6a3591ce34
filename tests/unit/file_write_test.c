/* SPDX-License-Identifier: MIT */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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
	struct error err = ERROR_NONE;

	T(file_make_directory(path, 0700, &err) == 0, "%s", err.text);
	return path;
}

static void
put(const char *path, const char *text)
{
	struct error err = ERROR_NONE;
	int fd = -1;

	T(file_create(path, 0600, &fd, &err) == 0 && file_write(fd, slice_string(text), &err) == 0,
	    "%s", err.text);
	file_close(fd);
}

static bool
holds(const char *path, const char *text)
{
	struct buf have = BUF_EMPTY;
	struct error err = ERROR_NONE;
	bool same;

	same = file_read_all(path, 1000000, &have, &err) == 0 && slice_is(buf_slice(&have), text);
	buf_free(&have);
	return same;
}

static size_t
count_entries(const char *path)
{
	struct directory d = { NULL, 0 };
	struct error err = ERROR_NONE;

	T(directory_read(path, false, &arena, &d, &err) == 0, "%s", err.text);
	return d.n;
}

static uint32_t
mode_of(const char *path)
{
	struct file_meta meta = { 0 };
	struct error err = ERROR_NONE;

	T(file_lstat(path, &meta, &err) == 0, "%s", err.text);
	return meta.mode;
}

static void
making_directories(void)
{
	char *d = new_directory("make"), *f = in(d, "file");
	struct error err = ERROR_NONE;

	put(f, "x");
	T(file_make_directory(in(d, "a"), 0750, &err) == 0 && mode_of(in(d, "a")) == 0750, "%s",
	    err.text);
	T(file_make_directory(in(d, "a"), 0700, &err) == 0 && mode_of(in(d, "a")) == 0750,
	    "there already");
	T(file_make_directory(f, 0700, &err) < 0 && err.code == ERR_EXISTS, "a file there");
	T(file_make_directory(in(d, "b/c"), 0700, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "no parent");
	T(file_make_directories(in(d, "b//c/./d/"), 0700, &err) == 0 &&
		file_is_directory(in(d, "b/c/d")),
	    "with parents: %s", err.text);
	T(file_make_directories(in(d, "b/c/d/e"), 0700, &err) == 0, "some there: %s", err.text);
	T(file_make_directories(in(d, "b/c/d/e"), 0700, &err) == 0, "all there: %s", err.text);
	T(file_make_directories("/", 0700, &err) == 0 &&
		file_make_directories(".", 0700, &err) == 0,
	    "roots");
	T(file_make_directories(in(f, "x"), 0700, &err) < 0, "below a file");
	T(symlink("a", in(d, "link")) == 0 &&
		file_make_directories(in(d, "link/x"), 0700, &err) == 0 &&
		file_is_directory(in(d, "a/x")),
	    "through a link: %s", err.text);
}

static void
making_files(void)
{
	char *d = new_directory("create"), *f = in(d, "file"), *link = in(d, "link"), *path = NULL;
	char *other = NULL;
	struct error err = ERROR_NONE;
	struct file_meta meta = { 0 };
	char byte = 0;
	int fd = -1, fd2 = -1;

	T(file_create(f, 0640, &fd, &err) == 0 && mode_of(f) == 0640, "%s", err.text);
	T((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "close-on-exec");
	T(file_write(fd, SLICE_OF("abc"), &err) == 0 && file_write(fd, SLICE_EMPTY, &err) == 0 &&
	    file_sync(fd, &err) == 0 && pread(fd, &byte, 1, 1) == 1 && byte == 'b', "%s", err.text);
	T(file_truncate(fd, 2, &err) == 0 && holds(f, "ab"), "%s", err.text);
	T(file_truncate(fd, UINT64_MAX, &err) < 0 && err.code == ERR_LIMIT, "%s", err.text);
	T(file_create(f, 0600, &fd2, &err) < 0 && err.code == ERR_EXISTS && fd2 == -1, "%s",
	    err.text);
	T(symlink("target", link) == 0 && file_create(link, 0600, &fd2, &err) < 0 &&
	    err.code == ERR_EXISTS && !file_exists(in(d, "target")), "not through a link");
	T(file_set_meta(fd, 0600, -1500000001, &err) == 0 && file_stat_fd(fd, &meta, &err) == 0 &&
		meta.mode == 0600 && meta.mtime_ns == -1500000001,
	    "before 1970: %lld", (long long)meta.mtime_ns);
	T(file_set_meta_path(f, 0644, 1234567890123456789, &err) == 0 &&
		file_stat(f, &meta, &err) == 0 && meta.mode == 0644 &&
		meta.mtime_ns == 1234567890123456789,
	    "by path: %s", err.text);
	file_close(fd);
	T(file_write(-1, SLICE_OF("x"), &err) < 0 && file_sync(-1, &err) < 0 &&
		file_truncate(-1, 0, &err) < 0 && file_set_meta(-1, 0, 0, &err) < 0 &&
		file_set_meta_path(in(d, "none"), 0, 0, &err) < 0,
	    "%s", err.text);
	T(file_sync_directory(d, &err) == 0 && file_sync_all(f, &err) == 0 &&
		file_sync_all(d, &err) == 0,
	    "%s", err.text);
	T(file_sync_directory(in(d, "none"), &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	T(file_sync_all(in(d, "none"), &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
	T(file_temporary(d, "t-", &arena, &path, &fd, &err) == 0 &&
	    file_temporary(d, "t-", &arena, &other, &fd2, &err) == 0 && strcmp(path, other) != 0 &&
	    strncmp(path_base(path), "t-", 2) == 0 && mode_of(path) == 0600, "%s", err.text);
	file_close(fd);
	file_close(fd2);
	T(file_temporary(in(d, "none"), "t-", &arena, &path, &fd, &err) < 0, "%s", err.text);
}

static void
putting_in_place(void)
{
	char *d = new_directory("place"), *a = in(d, "a"), *b = in(d, "b"), *link = in(d, "link");
	struct error err = ERROR_NONE;

	put(a, "new");
	T(file_link_into(a, b, &err) == 0 && holds(b, "new") && !file_exists(a), "%s", err.text);
	put(a, "newer");
	T(file_link_into(a, b, &err) < 0 && err.code == ERR_EXISTS && holds(b, "new") &&
		holds(a, "newer"),
	    "never replaces: %s", err.text);
	T(symlink("nowhere", link) == 0 && file_link_into(a, link, &err) < 0 &&
		err.code == ERR_EXISTS,
	    "not even a dangling link");
	T(file_link_into(in(d, "none"), in(d, "c"), &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	T(file_rename(a, b, &err) == 0 && holds(b, "newer") && !file_exists(a), "rename replaces");
	T(file_rename(a, b, &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
	T(file_remove(b, &err) == 0 && !file_exists(b) && file_remove(b, &err) == 0, "%s",
	    err.text);
	T(file_remove(d, &err) < 0, "no directory");
	T(file_remove(link, &err) == 0, "the link itself");
	put(a, "x");
	T(file_remove_directory(d, &err) < 0 && holds(a, "x"), "not empty");
	T(file_remove(a, &err) == 0 && file_remove_directory(d, &err) == 0 && !file_exists(d) &&
	    file_remove_directory(d, &err) == 0, "%s", err.text);
}

static void
place_without(const char *d, bool links)
{
	char *a = in(d, "a"), *b = in(d, "b");
	struct error err = ERROR_NONE;

	t_forbid(SYS_renameat2, EINVAL);
	if (!links)
		t_forbid(SYS_linkat, EPERM);
	put(a, "new");
	T(file_link_into(a, b, &err) == 0 && holds(b, "new") && !file_exists(a), "%s", err.text);
	put(a, "newer");
	T(file_link_into(a, b, &err) < 0 && err.code == ERR_EXISTS && holds(b, "new") &&
		holds(a, "newer"),
	    "never replaces: %s", err.text);
	T(file_link_into(in(d, "none"), in(d, "c"), &err) < 0 && err.code == ERR_NOT_FOUND, "%s",
	    err.text);
	file_set_faults(links ? "2:EIO" : "1:EIO", NULL, &err);
	T(file_link_into(a, in(d, "c"), &err) < 0 && err.code == ERR_SYSTEM && holds(a, "newer") &&
	    file_exists(in(d, "c")) == links, "%s", err.text);
}

/* As on NFS, which cannot rename without replacing, and on FAT, which in
 * addition has no links. */
static void
putting_in_place_elsewhere(void)
{
	static const char *const names[] = { "like-fat", "like-nfs" };
	int status, links;
	pid_t pid;

	for (links = 0; links < 2; links++) {
		char *d = new_directory(names[links]);

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			place_without(d, links == 1);
			_exit(t_failed() > 0);
		}
		T(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "%s: %x", names[links], (unsigned)status);
	}
}

static void
replacing(void)
{
	char *d = new_directory("replace"), *f = in(d, "file");
	struct error err = ERROR_NONE;

	T(file_replace(f, 0644, SLICE_OF("one"), &err) == 0 && holds(f, "one") &&
		mode_of(f) == 0644,
	    "%s", err.text);
	T(file_replace(f, 0600, SLICE_OF("two"), &err) == 0 && holds(f, "two") &&
		mode_of(f) == 0600,
	    "%s", err.text);
	T(file_replace(f, 0600, SLICE_EMPTY, &err) == 0 && holds(f, ""), "%s", err.text);
	T(count_entries(d) == 1, "nothing else lies about");
	T(file_replace(in(d, "none/x"), 0600, SLICE_EMPTY, &err) < 0 && err.code == ERR_NOT_FOUND,
	    "%s", err.text);
	T(file_make_directory(in(d, "d"), 0700, &err) == 0 &&
	    file_replace(in(d, "d"), 0600, SLICE_OF("x"), &err) < 0 && count_entries(d) == 2,
	    "a directory there: %s", err.text);
}

/* ---- Faults ---- */

static void
specs(void)
{
	static const char *const good[] = {
	    "1:kill", "2:EIO", "3:ENOSPC", "4:short", "5+:EIO", "6:term", "18446744073709551615:kill"};
	static const char *const bad[] = {"", ":", "1", "1:", "0:kill", ":kill", "x:kill",
	    "-1:kill", "1:kill ", "1:EPERM", "1++:EIO", "+:EIO", "1:KILL",
	    "18446744073709551616:kill", "1 :kill"};
	struct error err = ERROR_NONE;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		T(file_set_faults(good[i], NULL, &err) == 0, "'%s'", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(file_set_faults(bad[i], NULL, &err) < 0 && err.code == ERR_USAGE, "'%s'", bad[i]);
	T(file_set_faults(NULL, NULL, &err) == 0, "none");
}

#define STEPS 20

/* Each call that changes something, once.  Returns how many succeeded before
 * the first that did not. */
static unsigned
change_everything(const char *d, struct error *err)
{
	char *sub = in(d, "sub"), *a = in(d, "a"), *b = in(d, "b"), *temporary = NULL;
	struct root *root = NULL;
	int fd = -1, fd2 = -1, fd3 = -1, lock = -1, lock2 = -1;
	unsigned n = 0;

	if (root_open(d, &root, err) == 0 &&
	    file_make_directory(sub, 0700, err) == 0 && ++n &&
	    file_create(a, 0600, &fd, err) == 0 && ++n &&
	    file_write(fd, SLICE_OF("0123456789"), err) == 0 && ++n &&
	    file_truncate(fd, 5, err) == 0 && ++n &&
	    file_sync(fd, err) == 0 && ++n &&
	    file_sync_directory(d, err) == 0 && ++n &&
	    file_link_into(a, b, err) == 0 && ++n &&
	    file_rename(b, a, err) == 0 && ++n &&
	    file_set_meta(fd, 0640, 5, err) == 0 && ++n &&
	    file_set_meta_path(a, 0600, 5, err) == 0 && ++n &&
	    file_sync_all(d, err) == 0 && ++n &&
	    file_temporary(d, "t", &arena, &temporary, &fd2, err) == 0 && ++n &&
	    file_remove(temporary, err) == 0 && ++n &&
	    file_lock(in(d, "lock"), &lock, err) == 0 && ++n &&
	    file_lock_one(in(d, "locks"), 7, &lock2, err) == 0 && ++n &&
	    root_create(root, "r", 0600, &fd3, err) == 0 && ++n &&
	    root_rename(root, "r", "s", true, err) == 0 && ++n &&
	    root_remove(root, "s", err) == 0 && ++n &&
	    file_fault_point("commit", err) == 0 && ++n &&
	    file_remove_directory(sub, err) == 0 && ++n)
		error_clear(err);
	root_close(root);
	file_close(fd);
	file_close(fd2);
	file_close(fd3);
	file_close(lock);
	file_close(lock2);
	return n;
}

/* The n-th call fails, says why, and has not been made; those before it were. */
static void
each_call_fails(void)
{
	static const char *const kinds[][2] = { { "EIO", "Input/output error" },
		{ "ENOSPC", "No space left on device" }, { "short", "No space left on device" } };
	struct error err = ERROR_NONE;
	char spec[32], name[32];
	unsigned kind, n, done;

	for (kind = 0; kind < 3; kind++) {
		for (n = 1; n <= STEPS + 1; n++) {
			char *d;

			file_set_faults(NULL, NULL, &err);
			snprintf(name, sizeof(name), "fault-%u-%u", kind, n);
			d = new_directory(name);
			snprintf(spec, sizeof(spec), "%u:%s", n, kinds[kind][0]);
			T(file_set_faults(spec, NULL, &err) == 0, "%s", err.text);
			error_clear(&err);
			done = change_everything(d, &err);
			T(done == n - 1, "%s: %u calls done", spec, done);
			T(n > STEPS ? err.code == ERR_NONE : err.code == ERR_SYSTEM &&
			    strstr(err.text, kinds[kind][1]) != NULL, "%s: %s", spec, err.text);
			if (n == 3)
				T(holds(in(d, "a"), kind == 2 ? "01234" : ""),
				    "%s: what was written", spec);
			if (n == 2)
				T(!file_exists(in(d, "a")), "%s: not created", spec);
		}
	}
	/* With "+" it stays broken; without, the next call works again. */
	file_set_faults("1:EIO", NULL, &err);
	T(file_fault_point("x", &err) < 0 && strcmp(err.text, "x: Input/output error") == 0 &&
	    file_fault_point("x", &err) == 0, "once");
	file_set_faults("2+:EIO", NULL, &err);
	T(file_fault_point("x", &err) == 0 && file_fault_point("x", &err) < 0 &&
	    file_fault_point("x", &err) < 0, "for ever");
	file_set_faults(NULL, NULL, &err);
	T(file_fault_point("x", &err) == 0, "off");
}

/* Killed before each call, and counted when nothing kills it. */
static void
each_call_kills(void)
{
	char *count = in(t_directory(), "count");
	struct error err = ERROR_NONE;
	char spec[32], name[32];
	int status, n;
	pid_t pid;

	for (n = 1; n <= STEPS + 1; n++) {
		char *d;

		snprintf(name, sizeof(name), "kill-%d", n);
		d = new_directory(name);
		snprintf(spec, sizeof(spec), "%d:kill", n);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			file_set_faults(spec, count, &err);
			change_everything(d, &err);
			exit(0);
		}
		T(pid > 0 && waitpid(pid, &status, 0) == pid, "wait");
		if (n <= STEPS)
			T(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !file_exists(count),
			    "%s", spec);
		else
			T(WIFEXITED(status) && WEXITSTATUS(status) == 0 && holds(count, "20\n"),
			    "%s", spec);
		if (n == 3)
			T(holds(in(d, "a"), ""), "killed before the write");
	}
}

/* A count that cannot be written must not pass for one. */
static void
counts_or_fails(void)
{
	struct error err = ERROR_NONE;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		file_set_faults(NULL, in(t_directory(), "none/count"), &err);
		exit(0);
	}
	T(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 125, "%x",
	    (unsigned)status);
}

/* A file that is replaced is the old one or the new one, wherever it stops, and
 * a failure leaves no temporary file. */
static void
replacing_is_atomic(void)
{
	char *d = new_directory("atomic"), *f = in(d, "file");
	struct error err = ERROR_NONE;
	char spec[32];
	bool old, new;
	int n, rc, status;
	pid_t pid;

	for (n = 1; n < 10; n++) {
		file_set_faults(NULL, NULL, &err);
		T(file_replace(f, 0600, SLICE_OF("old"), &err) == 0, "%s", err.text);
		snprintf(spec, sizeof(spec), "%d:%s", n, n % 2 ? "short" : "EIO");
		file_set_faults(spec, NULL, &err);
		rc = file_replace(f, 0600, SLICE_OF("new"), &err);
		old = holds(f, "old");
		new = holds(f, "new");
		T(rc == 0 ? new : old || new, "%s", spec);
		T(rc == 0 || strstr(err.text, d) != NULL, "%s", err.text);
		T(count_entries(d) == 1, "%s: nothing lies about", spec);
		T((rc == 0) == (n > 5), "%s: five calls", spec);
	}
	for (n = 1; n < 7; n++) {
		file_set_faults(NULL, NULL, &err);
		T(file_replace(f, 0600, SLICE_OF("old"), &err) == 0, "%s", err.text);
		snprintf(spec, sizeof(spec), "%d:kill", n);
		pid = fork();
		if (pid == 0) {
			file_set_faults(spec, NULL, &err);
			_exit(file_replace(f, 0600, SLICE_OF("new"), &err) == 0 ? 0 : 1);
		}
		T(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) == (n <= 5), "%s", spec);
		T(holds(f, n <= 4 ? "old" : "new"), "%s", spec);
	}
	file_set_faults(NULL, NULL, &err);
}

static void
parents_reach_the_disk(void)
{
	char *below = in(in(t_directory(), "some"), "where");
	struct error err = ERROR_NONE;

	T(file_make_directories(below, 0700, &err) == 0, "%s", err.text);
	T(file_sync_parents(below, &err) == 0, "%s", err.text);
	T(file_sync_parents("relative", &err) == 0, "%s", err.text);
	/* The second is the parent's parent. */
	file_set_faults("2:EIO", NULL, &err);
	T(file_sync_parents(below, &err) < 0 && strstr(err.text, "Input/output error"), "%s",
	    err.text);
	file_set_faults(NULL, NULL, &err);
	T(file_sync_parents(in(t_directory(), "none/at/all"), &err) < 0 &&
	    err.code == ERR_NOT_FOUND, "%s", err.text);
}

int
main(void)
{
	umask(0);
	making_directories();
	making_files();
	putting_in_place();
	putting_in_place_elsewhere();
	replacing();
	specs();
	parents_reach_the_disk();
	each_call_fails();
	each_call_kills();
	counts_or_fails();
	replacing_is_atomic();
	arena_free(&arena);
	return t_done();
}
