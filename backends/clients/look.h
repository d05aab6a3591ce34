/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_LOOK_H
#define BACKENDS_CLIENTS_LOOK_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/file.h"

/* What a file is, by its first bytes.  Cheap: one read. */
enum look {
	LOOK_NOTHING,           /* none of these, or not there */
	LOOK_EMPTY,             /* a regular file without a byte */
	LOOK_MBOX,              /* begins with a separator, or MMDF's four Ctrl-A; gzip and zstd are
	                         * looked through */
	LOOK_MBX,               /* c-client's: mbx, mtx, tenex */
	LOOK_BABYL,
	LOOK_MESSAGE,           /* begins with a header field */
	LOOK_UNREADABLE         /* err tells why */
};

enum look look_at(const char *path, struct error *err);
/* Does an mbox begin in its first MiB, behind bytes that are no mail? */
bool look_finds_mbox(const char *path);
/* Is it a directory with cur and new in it? */
bool look_is_maildir(const char *path, struct arena *a);
/* Is the directory, whose entries these are, an MH folder: messages in files
 * with decimal names, or the side files of a client that keeps MH? */
bool look_is_mh(const char *path, const struct directory *list, struct arena *a);
/* A name of decimal digits alone. */
bool look_is_number(const char *name);

#endif
