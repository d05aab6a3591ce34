/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_FILE_H
#define CORE_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/digest.h"
#include "core/base/error.h"

/*
 * Every system call that reads the user's files or makes ours durable.
 *
 * Those that change something (create, write, sync, link, rename, unlink,
 * mkdir, …) pass a counter first: MAILCASK_FAULT=n:kill, n:EIO, n:ENOSPC or
 * n:short in the environment makes the n-th of them kill the process, fail,
 * or write half and then fail with ENOSPC; n:term sends SIGTERM just before
 * it; "n+:EIO" makes it and all later ones fail.  When the variable MAILCASK_FAULT_COUNT names a file, the number
 * of calls is written there at a normal exit.  The hook is compiled in always: it costs one
 * comparison, and the tests run the program that people run.
 * file_set_faults() parses it; only cmd/ reads the environment.
 */
int file_set_faults(const char *spec, const char *count_path, struct error *err);
/* A durable event of somebody else (SQLite's writes): counts, kills, and
 * fails as the calls here do. */
int file_fault_point(const char *what, struct error *err);

/* ---- What a file is ---- */

enum file_kind { FILE_REGULAR, FILE_DIRECTORY, FILE_LINK, FILE_OTHER };

struct file_meta {
	enum file_kind kind;
	uint64_t size, inode, device, links;
	uint32_t mode;                  /* the permission bits, 07777 */
	uint32_t uid, gid;
	int64_t mtime_ns, ctime_ns;     /* since 1970 */
};

int file_stat(const char *path, struct file_meta *out, struct error *err);      /* follows links */
int file_lstat(const char *path, struct file_meta *out, struct error *err);
int file_stat_fd(int fd, struct file_meta *out, struct error *err);
bool file_exists(const char *path);     /* false too where we may not look */
bool file_is_directory(const char *path);       /* follows links */
/* Same device, inode, size, mtime and ctime: not written between the two. */
bool file_meta_same(const struct file_meta *a, const struct file_meta *b);
/* The same five as one number, with name: to tell a changed directory. */
struct fingerprint file_meta_fingerprint(const char *name, const struct file_meta *meta);

/* ---- Reading what is the user's: never writes, never waits ---- */

/* Read-only, without touching the access time where we may, never blocking
 * on a FIFO, close-on-exec.  Anything but a regular file is ERR_FORMAT. */
int file_open_read(const char *path, int *fd, struct error *err);
/* Exactly n bytes from at; fewer there is ERR_CHANGED. */
int file_read_at(int fd, uint64_t at, void *p, size_t n, struct error *err);
/* Up to n bytes at the current place; 0 at the end; -1. */
int64_t file_read(int fd, void *p, size_t n, struct error *err);
/* The whole of a small file; over max is ERR_LIMIT. */
int file_read_all(const char *path, uint64_t max, struct buf *out, struct error *err);
/* Its first n bytes, or as many as it has. */
int file_read_head(const char *path, size_t n, struct buf *out, struct error *err);
void file_close(int fd);                /* -1 is fine */

/*
 * The entries of a directory, without "." and "..", sorted by bytes.  With
 * stat set each has its meta (of the entry itself, links not followed); an
 * entry that vanished meanwhile is left out.  Names live in the arena.
 */
struct directory_entry {
	const char *name;
	enum file_kind kind;            /* always known */
	struct file_meta meta;          /* zero without stat */
};

struct directory {
	struct directory_entry *entries;
	size_t n;
};

int directory_read(const char *path, bool stat, struct arena *a,
    struct directory *out, struct error *err);

/* ---- Writing what is ours ---- */

int file_make_directory(const char *path, uint32_t mode, struct error *err);    /* exists: fine */
int file_make_directories(const char *path, uint32_t mode, struct error *err);  /* with parents */
/* A new file (O_EXCL, no link followed) to read and write; ERR_EXISTS. */
int file_create(const char *path, uint32_t mode, int *fd, struct error *err);
int file_write(int fd, struct slice s, struct error *err);      /* all of it */
int file_truncate(int fd, uint64_t size, struct error *err);
int file_sync(int fd, struct error *err);                       /* fdatasync */
int file_sync_directory(const char *path, struct error *err);
/* All directories above path, when some of them may be new. */
int file_sync_parents(const char *path, struct error *err);
/* Put a finished, synced file in its place; never replaces one: ERR_EXISTS.
 * On success from is gone.  The directory is not synced. */
int file_link_into(const char *from, const char *to, struct error *err);
int file_rename(const char *from, const char *to, struct error *err);   /* replaces */
int file_remove(const char *path, struct error *err);           /* missing: fine */
int file_remove_directory(const char *path, struct error *err); /* empty only; missing: fine */
int file_set_meta(int fd, uint32_t mode, int64_t mtime_ns, struct error *err);
int file_set_meta_path(const char *path, uint32_t mode, int64_t mtime_ns, struct error *err);
/* Write a small file whole: temporary beside it, sync, rename, sync. */
int file_replace(const char *path, uint32_t mode, struct slice s, struct error *err);
/* Flush the whole file system that path lies on: after many small files. */
int file_sync_all(const char *path, struct error *err);
/* An unnamed or named temporary file in directory; the path lives in the arena. */
int file_temporary(const char *directory, const char *prefix, struct arena *a,
    char **path, int *fd, struct error *err);

/* An advisory lock that the kernel drops when we die.  ERR_LOCKED when
 * another process has it; *fd is to be closed to unlock. */
int file_lock(const char *path, int *fd, struct error *err);
/* As file_lock(), one of many locks in one file, which needs no removing;
 * which is any number. */
int file_lock_one(const char *path, uint64_t which, int *fd, struct error *err);
/* Does another process hold an fcntl write lock on it?  Never takes one. */
bool file_is_locked(const char *path);
/* Is there a process with this id on this machine? */
bool process_exists(int64_t pid);

/*
 * Creating below a directory that an attacker may meddle with: every
 * component is opened from its parent's descriptor without following links.
 * path must satisfy path_is_safe().  root_close() when done.
 */
struct root;
int root_open(const char *directory, struct root **out, struct error *err);
int root_make_directories(struct root *r, const char *path, uint32_t mode, struct error *err);
int root_create(struct root *r, const char *path, uint32_t mode, int *fd, struct error *err);
int root_stat(struct root *r, const char *path, struct file_meta *out, struct error *err);
int root_open_read(struct root *r, const char *path, int *fd, struct error *err);
int root_rename(struct root *r, const char *from, const char *to, bool replace, struct error *err);
int root_remove(struct root *r, const char *path, struct error *err);
int root_set_meta(struct root *r, const char *path, uint32_t mode, int64_t mtime_ns,
    struct error *err);
void root_close(struct root *r);

/* True where path lies on a network file system (NFS, SMB, 9p, FUSE sshfs). */
bool file_is_remote(const char *path);

#endif
