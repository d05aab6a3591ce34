/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_TARGETS_H
#define BACKENDS_TARGETS_TARGETS_H

#include "core/port/target.h"

/* A directory: "/path", "path", "file:/path", "file:///path". */
extern const struct target_ops target_local;
/* "sftp://[user@]host[:port]/path", "…/~/path" below the home there. */
extern const struct target_ops target_sftp;

#endif
