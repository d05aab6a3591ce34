/* SPDX-License-Identifier: MIT */
#ifndef CORE_PORT_LOCATOR_H
#define CORE_PORT_LOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/vec.h"

/*
 * A locator finds the places where one mail client (or family) keeps mail
 * under a home directory, from the client's own configuration and from its
 * default places.  It only looks: it opens configuration files read-only
 * and believes a place only when it is there.
 */

/* A home to search, on this machine or on a mounted disk. */
struct home {
	const char *path;       /* absolute, clean */
	const char *root;       /* of the system it belongs to: "/" or the mount point */
	const char *user;       /* login name; for /var/mail */
	bool is_own;            /* of the person who runs us: environment variables count */
	/* From the environment when is_own, else the defaults below path; never NULL. */
	const char *config_home, *data_home, *cache_home;
	const char *mail;       /* $MAIL, or NULL */
	const char *maildir;    /* $MAILDIR, or NULL */
};

/* A file or directory worth keeping beside the mail (clients.md calls it
 * "Keep").  A directory is kept whole. */
struct companion {
	const char *path;       /* absolute */
	const char *role;       /* "settings", "addresses", "filters", "signature", "flags",
	                         * "index", "calendar", "other" */
};

enum location_kind { LOCATION_LOCAL, LOCATION_POP, LOCATION_IMAP_CACHE, LOCATION_SPOOL,
	LOCATION_EXPORT, LOCATION_FEED, LOCATION_NEWS };

struct location {
	const char *client;     /* "thunderbird", "mutt", "claws-mail", "spool", "maildir" … */
	const char *account;    /* as the client shows it; never NULL */
	enum location_kind kind;
	const char *format;     /* format_ops.name: "mbox", "maildir", "mh", "eml", "archive" */
	const char *layout;     /* how folders lie in it and what decorates messages; the format's
	                         * own word: "mozilla", "maildir++", "plain" …; never NULL */
	const char *path;       /* absolute: a file or a directory */
	const char *settings;   /* the profile or settings directory it was found by, or NULL */
	const char *home;       /* home it was found in, or NULL */
	bool supported;
	const char *reason;     /* when not: a sentence for the person */
	bool running;           /* the client has it open now */
	struct companion *companions;   /* of the account and its client, arena; settings shared by
	                                 * several accounts stand at the first of them */
	size_t companion_count;
};

struct locations {
	struct location *items;
	size_t n, cap;
};

struct locator_ops {
	const char *name;
	/* Append what is there; strings live in the arena.  Finding nothing is
	 * success.  A configuration that cannot be read is a location with
	 * supported false and the reason; -1, naming it, only where the home itself
	 * cannot be. */
	int (*find)(const struct home *home, struct arena *a, struct locations *out,
	    struct error *err);
};

#endif
