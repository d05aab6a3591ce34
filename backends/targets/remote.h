/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_TARGETS_REMOTE_H
#define BACKENDS_TARGETS_REMOTE_H

#include <pthread.h>
#include <stdbool.h>

#include "core/port/target.h"

/*
 * What targets on other machines have in common: one call at a time, another
 * attempt after a pause where the line or the server failed, and names that
 * stay below the root.  A target embeds struct remote first and gives one
 * attempt of each call; the functions below are its target_ops.
 */
struct remote;

struct remote_ops {
	/* Reach the machine; called before any other and again after a failure
	 * that left the line unusable. */
	int (*connect)(struct remote *r, struct error *err);
	/* Is an archive here (archive.json)?  create: is the place free for one? */
	int (*look)(struct remote *r, bool create, struct error *err);
	int (*put)(struct remote *r, const char *name, const char *path, struct error *err);
	int (*get)(struct remote *r, const char *name, uint64_t at, uint64_t n, struct buf *out,
	    struct error *err);
	int (*stat)(struct remote *r, const char *name, uint64_t *size, struct error *err);
	/* In any order; names are pushed with remote_found(). */
	int (*list)(struct remote *r, const char *prefix, struct error *err);
	int (*remove)(struct remote *r, const char *name, struct error *err);
	void (*disconnect)(struct remote *r);   /* also when it was never connected */
	void (*close)(struct remote *r);        /* disconnected before; frees r */
};

struct remote {
	struct target target;
	const struct remote_ops *ops;
	struct arena strings;           /* as long as the target */
	/* Set by an attempt that failed: another may go well. */
	bool again;
	bool is_connected;
	pthread_mutex_t lock;
	uint64_t random;
	struct {                        /* of the list() at work */
		struct arena *arena;
		struct target_item *items;
		size_t n, cap;
	} found;
};

/* For a target that is being made: lock and numbers. */
void remote_init(struct remote *r, const struct target_ops *target,
    const struct remote_ops *ops);
/* Connect and look; *out becomes the target, or r is closed. */
int remote_open(struct remote *r, bool create, struct target **out, struct error *err);

int remote_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err);
int remote_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err);
int remote_stat(struct target *t, const char *name, uint64_t *size, struct error *err);
int remote_list(struct target *t, const char *prefix, struct arena *a,
    struct target_item **items, size_t *n, struct error *err);
int remote_remove(struct target *t, const char *name, struct error *err);
void remote_close(struct target *t);

#define REMOTE_OPS \
	.put = remote_put, \
	.get = remote_get, \
	.stat = remote_stat, \
	.list = remote_list, \
	.remove = remote_remove, \
	.close = remote_close

/* A file that list() sees.  A name that could not be ours is passed over. */
void remote_found(struct remote *r, struct slice name, uint64_t size);
/* "tmp/" and a name that nobody else uses, for what is being written. */
const char *remote_temporary(struct remote *r, struct arena *a);
/* This failure may pass: give it back as it is, to be tried again. */
int remote_again(struct remote *r, struct error *err);
/* What connect() and look() say where no archive is. */
int remote_no_archive(struct remote *r, struct error *err);
/* What an interrupted init may have left, where one wants an empty place. */
bool remote_is_leftover(struct slice name);

/* ---- The world, as target.h has it ---- */

void remote_set_world(const struct target_world *world);
const struct target_world *remote_world(void);
/* A variable of the environment; NULL: not set, or empty. */
const char *remote_variable(const char *name);
/* Milliseconds for a machine to answer at all, and for one that did to go on. */
unsigned remote_connect_ms(void);
#define REMOTE_SILENCE_MS 60000u
/* Wait so long; a signal ends it early. */
void remote_pause(unsigned ms);

/* ---- URLs: "scheme://[user@]host[:port]/path[?key=value&…]" ---- */

struct remote_url {
	const char *user;               /* NULL: none */
	const char *host;               /* without the brackets of an IPv6 address */
	unsigned port;                  /* 0: none */
	const char *path;               /* decoded, "" or with its leading "/" */
	const char *query;              /* as it stands, or "" */
};

/* ERR_USAGE; a password in it is refused, for others see command lines. */
int remote_parse_url(const char *url, struct arena *a, struct remote_url *out,
    struct error *err);
/* The decoded value of a key, or NULL.  *at: where to go on, 0 at first. */
bool remote_next_setting(const char *query, size_t *at, struct arena *a, const char **key,
    const char **value);
/* Append s with all but unreserved characters as %XX; keep: and these too. */
void remote_add_escaped(struct buf *out, const char *s, const char *keep);
bool remote_unescape(struct slice s, struct buf *out);  /* false: a bad %XX, or a NUL */

#endif
