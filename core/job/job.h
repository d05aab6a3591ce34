/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_JOB_H
#define CORE_JOB_JOB_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/archive/archive.h"
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/vec.h"
#include "core/catalog/catalog.h"
#include "core/port/format.h"
#include "core/port/locator.h"
#include "core/port/target.h"

struct progress;

/*
 * A job is one run of a verb: the open archive, its catalog, and what the
 * outside world (cmd/) told: time, names, places.  Nothing below cmd/ reads
 * the clock or the environment, or prints.
 */

/* What backends/registry.c has, handed down because jobs know no backend. */
struct ports {
	const struct locator_ops *const *locators;      /* each list ends with NULL */
	const struct format_ops *const *formats;
	const struct writer_ops *const *writers;
	int (*open_target)(const char *url, bool create, struct target **out, struct error *err);
};

struct job_settings {
	const char *data_directory;     /* $XDG_DATA_HOME/mailcask; made when missing */
	const char *archive_url;        /* NULL: the embedded default, data_directory/archive */
	enum codec codec;               /* for a new archive */
	struct recipients recipients;   /* whom a new archive is encrypted to; none: it is not */
	struct key_source *keys;        /* identities for an encrypted one; NULL: there are none */
	bool keys_are_given;            /* by name: they have to open it, wanted or not */
	int level;                      /* of compression; 0: the default */
	bool allow_remote_catalog;
	bool want_text;                 /* search: catch up on text too before anything else */
	int64_t now;                    /* seconds since 1970 */
	int zone_minutes;
	const char *host, *user, *program;      /* "mailcask 0.1.0" */
	struct progress *progress;      /* or NULL */
	const volatile sig_atomic_t *interrupted;       /* not 0: stop soon; or NULL */
};

enum job_mode {
	JOB_READ,               /* never waits for a writer, never writes to the archive */
	JOB_WRITE,              /* one at a time: ERR_LOCKED */
	/* As JOB_WRITE, to an archive that is there, and nothing is put into it by
	 * opening it: a full disk is no hindrance.  Without a catalog (NULL) where
	 * that cannot be written. */
	JOB_TEND
};

struct job {
	struct job_settings settings;
	const struct ports *ports;
	struct target *target;
	struct archive *archive;
	struct catalog *catalog;        /* the reader; a writing verb opens its own besides */
	const char *catalog_path;
	struct object_finder finder;    /* looks in the catalog */
	/* Sentences for the person that are no errors ("the catalog was made
	 * again from the archive"). */
	VEC(const char *) notices;
	struct arena arena;             /* as long as the job */
	int lock_fd, target_lock_fd;    /* -1: none */
	bool writes;                    /* the mode is not JOB_READ */
	const char *archive_lost;       /* a sentence: see job_open(); NULL: nothing */
	const char *lost_name;          /* the file it speaks of, as catch_up_lost() names it */
};

/*
 * Open archive and catalog.  The embedded default archive is made when it is
 * missing and mode is JOB_WRITE; any other must exist (init).  A catalog
 * that is missing, damaged, or older than the archive is brought up to date
 * from the archive first (catch_up.h), in either mode.  One that knows more
 * than the archive has (an older copy was put in its place, or files were
 * taken away) is said so; JOB_WRITE makes it again from what is there, so that
 * nothing counts as kept that is not, and sets archive_lost.
 * An encrypted archive is read with settings.keys.  Without them a catalog that
 * is up to date serves JOB_READ, and any serves JOB_WRITE: keyless.h.
 * Errors: ERR_KEY, ERR_LOCKED, ERR_UNREACHABLE (target absent), ERR_NOT_FOUND (no
 * archive), ERR_CORRUPT, ERR_VERSION.
 */
int job_open(const struct job_settings *settings, const struct ports *ports, enum job_mode mode,
    struct job **out, struct error *err);
void job_close(struct job *j);          /* NULL is fine */

/* The locks of a writer.  ERR_LOCKED. */
int job_lock(struct job *j, struct error *err);
/* Open the archive alone: no catalog, no lock, nothing is checked. */
int job_open_archive(const struct job_settings *settings, const struct ports *ports,
    struct job **out, struct error *err);

/* Is the place for a new archive free?  ERR_EXISTS.  Nothing is written but a
 * directory. */
int job_init_check(const struct job_settings *settings, const struct ports *ports,
    struct error *err);
/* Make an archive at url (NULL: the embedded default).  ERR_EXISTS. */
int job_init(const struct job_settings *settings, const struct ports *ports, struct error *err);

/* What --at names: a snapshot id or its beginning, or a time.  NULL: the
 * newest.  ERR_NOT_FOUND with a sentence when there is none. */
int job_snapshot(struct job *j, const char *at, struct arena *a, struct catalog_snapshot *out,
    struct error *err);

/*
 * The mailboxes that a person's words name, as of a snapshot row: the full
 * name ("thunderbird:Local Folders/Inbox"), or any tail of it that begins at
 * a ":" or "/", or a store's "client:account" for all of its mailboxes, or the
 * path on disk.  ERR_NOT_FOUND; with one_only, ERR_USAGE when several fit,
 * and the text names them.
 */
struct mailbox_list {
	struct catalog_mailbox *items;  /* arena */
	size_t n;
};

int job_mailboxes(struct job *j, const char *words, int64_t snapshot, bool one_only,
    struct arena *a, struct mailbox_list *out, struct error *err);
/* "client:account/Folder/Sub"; "client:~/mbox" where an account is one mailbox. */
void job_mailbox_name(struct buf *out, const char *client, const char *account, const char *name);
/* The name that list prints and restore takes: the same, or where another
 * mailbox has that name too (two homes), the path. */
void job_mailbox_own_name(struct buf *out, const struct catalog_mailbox *m);

/* Long jobs ask between two messages: ERR_CANCELLED when somebody wants them
 * to stop. */
int job_go_on(const struct job *j, struct error *err);

void job_notice(struct job *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
