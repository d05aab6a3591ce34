/* SPDX-License-Identifier: MIT */
#ifndef CORE_PORT_TARGET_H
#define CORE_PORT_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * A target is a place where a copy of the archive lies: it keeps immutable
 * files under relative names ("packs/ab/ab12….tar.zst", "archive.json").
 * Names are made by us: lower-case letters, digits, "-", ".", "/", and "T", "Z".
 */
struct target;

/*
 * Any thread may call, several at a time.  A target on another machine takes
 * one call after the other; who wants several transfers at a time opens it
 * several times.  A call that failed because the other side could not be
 * reached or did not answer in time was tried again before, and is
 * ERR_UNREACHABLE.
 */

struct target_item {
	const char *name;
	uint64_t size;
};

struct target_ops {
	const char *scheme;     /* "file", "sftp", "s3" … */

	/* url as the person typed it.  With create, an empty or missing place is
	 * made ready for init; without, ERR_UNREACHABLE where nothing is there. */
	int (*open)(const char *url, bool create, struct target **out, struct error *err);

	/* Put the finished file at spool_path under name: atomic, create-only
	 * (ERR_EXISTS), and durable when it returns, the directories above it
	 * included.  The spool file is gone afterwards when take is set (a local
	 * target links or renames it), and left alone otherwise. */
	int (*put)(struct target *t, const char *name, const char *spool_path, bool take,
	    struct error *err);
	/* Replace out by n bytes from at; fewer only at the end of the file.
	 * ERR_NOT_FOUND. */
	int (*get)(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
	    struct error *err);
	int (*stat)(struct target *t, const char *name, uint64_t *size, struct error *err);
	/* All files below prefix ("packs/"), sorted by name, strings in the arena. */
	int (*list)(struct target *t, const char *prefix, struct arena *a,
	    struct target_item **items, size_t *n, struct error *err);
	int (*remove)(struct target *t, const char *name, struct error *err);   /* missing: fine */
	void (*close)(struct target *t);        /* NULL is fine */
};

struct target {
	const struct target_ops *ops;
	const char *url;        /* without credentials; for messages */
	/* A directory from which put() can take spool files without copying, or
	 * NULL: then the caller spools in its own. */
	const char *spool;
	/* Where its files lie on this machine under their names, or NULL. */
	const char *directory;
};

/*
 * What targets on other machines need to be told: the environment and the
 * clock, which only cmd/ reads, and how patient to be.  Handed in once before
 * the first is opened; the strings that variable() gives outlive the targets.
 */
struct target_world {
	const char *(*variable)(const char *name);      /* NULL: not set, or empty */
	int64_t (*clock)(void);         /* seconds since 1970 */
	unsigned connect_ms;            /* for a machine that does not answer; 0: long */
	unsigned attempts, pause_ms;    /* of a call that may go well another time; 0: default */
	uint64_t rate;                  /* bytes a second, each way; 0: no limit */
};

#endif
