/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_FILE_INTERNAL_H
#define CORE_BASE_FILE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/file.h"

/*
 * What the files behind core/base/file.h share: file.c, file_write.c,
 * directory.c, root.c and fault.c.  Where no struct error is passed, -1 means
 * that errno tells.
 */

/* The counter of file.h.  Each call that changes something asks once, just
 * before: true, with errno set, when it has to fail without being made. */
bool fault_strikes(void);
/* As above for a write of *n bytes: on true *n is how many of them reach the
 * disk before it fails. */
bool fault_strikes_write(size_t *n);

/* flags: 0, AT_SYMLINK_NOFOLLOW or AT_EMPTY_PATH. */
int file_meta_at(int directory, const char *path, int flags, struct file_meta *out);

/* Close-on-exec is added. */
int file_open_at(int directory, const char *path, int flags, uint32_t mode);
/* To read, without touching the access time where we may. */
int file_open_quietly_at(int directory, const char *path, int flags);
/* As file_open_read(), and flags (O_NOFOLLOW) with it; name is for the error. */
int file_open_regular_at(int directory, const char *path, int flags, const char *name,
    int *fd, struct error *err);

/* Rename, failing with EEXIST where to is there already. */
int file_rename_new_at(int from_directory, const char *from, int to_directory, const char *to);
/* The permission bits and the time of last change of an open file. */
int file_set_meta_fd(int fd, uint32_t mode, int64_t mtime_ns);

/* Does mounts, the text of /proc/self/mountinfo, say that device is a server's? */
bool file_mount_is_remote(struct slice mounts, uint64_t device);

#endif
