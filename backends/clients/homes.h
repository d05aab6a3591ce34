/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_HOMES_H
#define BACKENDS_CLIENTS_HOMES_H

#include <stdbool.h>

#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/port/locator.h"

/* What cmd/ read from the environment; unset or empty ones are NULL. */
struct environment {
	const char *home, *user;                /* HOME, and LOGNAME or USER */
	const char *config_home, *data_home, *cache_home;       /* XDG_…_HOME */
	const char *mail, *maildir;             /* MAIL, MAILDIR */
};

/* Homes in the order in which they are searched; free with vec_free(), the
 * strings live in the arena. */
struct homes {
	struct home *items;
	size_t n, cap;
};

/* Which system wrote a disk, told by its marks. */
enum home_system { SYSTEM_UNKNOWN, SYSTEM_UNIX, SYSTEM_WINDOWS, SYSTEM_MACOS };

enum home_system homes_system(const char *root);

/* Each appends to out. */

/* The home of the person who runs us; without HOME the one in the user
 * database. */
int homes_own(const struct environment *env, struct arena *a, struct homes *out,
    struct error *err);
/* A directory that is a home, wherever it lies.  The root is the nearest
 * directory above it that looks like a system's, else "/". */
int homes_at(const char *directory, struct arena *a, struct homes *out, struct error *err);
/*
 * All homes of the system whose file system is mounted at root: the users of
 * etc/passwd and home/ on Linux, of Users/ or "Documents and Settings" on
 * Windows, of Users/ on macOS.  Where root itself is none, systems are looked
 * for a few levels below it (images, Time Machine).  ERR_NOT_FOUND: none.
 */
int homes_under(const char *root, struct arena *a, struct homes *out, struct error *err);

/* Does the directory look like a person's home, or like one that a client keeps
 * its profiles in?  Then its mail is where configurations say, and not all of
 * it in one format. */
bool homes_recognises(const char *directory);

#endif
