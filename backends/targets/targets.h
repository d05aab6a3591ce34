/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_TARGETS_H
#define BACKENDS_TARGETS_TARGETS_H

#include "core/port/target.h"

/* A directory: "/path", "path", "file:/path", "file:///path". */
extern const struct target_ops target_local;
/* "sftp://[user@]host[:port]/path", "…/~/path" below the home there. */
extern const struct target_ops target_sftp;
/* "s3://bucket/prefix?endpoint=…&region=…". */
extern const struct target_ops target_s3;
/* "webdav://[user@]host[:port]/path", which is HTTP, and "webdavs://…", HTTPS. */
extern const struct target_ops target_webdav, target_webdavs;
/* "rclone:REMOTE:path", through the program rclone. */
extern const struct target_ops target_rclone;

#endif
