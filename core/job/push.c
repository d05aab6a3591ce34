/* SPDX-License-Identifier: MIT */
#include "core/job/push.h"

#include <pthread.h>
#include <time.h>

#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/archive/transfer.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/base/workers.h"
#include "core/port/progress.h"
#include "core/port/target.h"

#define TRANSFERS_MAX 16u
#define LOOK_MS 100u            /* between two looks at how far the transfers are */

/* In the order in which they are put. */
enum stage { STAGE_PACKS, STAGE_INDEX, STAGE_SNAPSHOTS, STAGES };

/* The archive's files as they were listed. */
struct inventory {
	struct target_item *items[STAGES];
	size_t n[STAGES];
};

struct push {
	const struct job_settings *settings;
	const struct ports *ports;
	struct target *from;
	struct catalog *catalog;
	struct naming naming;
	const char *to_url;
	unsigned transfers;
	struct inventory have;
	struct push_result *result;
	struct push_outcome *outcome;   /* of the copy that is at work; NULL: the archive itself */
	/* What goes on in threads, under the lock. */
	pthread_mutex_t lock;
	const struct target_item **todo;
	size_t todo_count, next;
	const struct map *there;        /* name → size */
	bool has_failed;
	struct error why;
	uint64_t files, bytes, bytes_total;
};

/* ---- What there is ---- */

static bool
is_own(const char *name)
{
	return strchr(name, '/') == NULL || strncmp(name, "tmp/", 4) == 0 ||
	    strncmp(name, "quarantine/", 11) == 0;
}

static enum stage
stage_of(const char *name)
{
	return strncmp(name, "index/", 6) == 0 ? STAGE_INDEX :
	    strncmp(name, "snapshots/", 10) == 0 ? STAGE_SNAPSHOTS : STAGE_PACKS;
}

/*
 * What is put last is listed first: whatever another machine adds meanwhile,
 * all that a listed snapshot needs is in the lists that follow.
 */
static int
take_inventory(struct push *p, struct arena *a, struct error *err)
{
	struct target *t = p->from;
	struct target_item *all;
	size_t n, i;

	if (t->ops->list(t, "snapshots/", a, &p->have.items[STAGE_SNAPSHOTS],
	    &p->have.n[STAGE_SNAPSHOTS], err) < 0 ||
	    t->ops->list(t, "index/", a, &p->have.items[STAGE_INDEX], &p->have.n[STAGE_INDEX],
	    err) < 0 || t->ops->list(t, "", a, &all, &n, err) < 0)
		return -1;
	p->have.items[STAGE_PACKS] = arena_alloc(a, n * sizeof(*all));
	for (i = 0; i < n; i++)
		if (!is_own(all[i].name) && stage_of(all[i].name) == STAGE_PACKS)
			p->have.items[STAGE_PACKS][p->have.n[STAGE_PACKS]++] = all[i];
	return 0;
}

/* ---- One file ---- */

/* Do the bytes belong to the name?  True too where it says nothing of them. */
static bool
is_named_so(struct push *p, const char *name, const struct digest *digest)
{
	struct slice base = slice_string(path_base(name)), id;
	char hex[DIGEST_HEX + 1];
	struct digest said;

	if (digest_parse(slice_sub(base, 0, DIGEST_HEX), &said))
		return digest_equal(&said, digest);
	if (!snapshot_parse_name(slice_string(name), p->naming, &id))
		return true;
	digest_hex(digest, hex);
	return slice_equal(slice_from(id, id.n - 8), slice_of(hex, 8));
}

/* The file in our spool, from an archive that lies on another machine. */
static int
fetch(struct push *p, const char *name, struct arena *a, const char **path,
    struct digest *digest, struct error *err)
{
	struct target *t = p->from;
	const char *spool = path_join(a, p->settings->data_directory, "spool");
	struct hasher *h = hasher_open();
	struct buf step = BUF_EMPTY;
	struct error ignored;
	uint64_t at = 0;
	char *made = NULL;
	int fd = -1, rc = -1;

	if (file_make_directories(spool, 0700, err) < 0 ||
	    file_temporary(spool, SPOOL_PREFIX, a, &made, &fd, err) < 0)
		goto out;
	do {
		if (t->ops->get(t, name, at, MIB, &step, err) < 0 ||
		    file_write(fd, buf_slice(&step), err) < 0)
			goto out;
		hasher_add(h, buf_slice(&step));
		at += step.n;
	} while (step.n == MIB);
	hasher_end(h, digest);
	rc = file_sync(fd, err);

out:
	file_close(fd);
	hasher_close(h);
	buf_free(&step);
	if (rc < 0 && made != NULL)
		file_remove(made, &ignored);
	*path = made;
	return rc;
}

static void
note_damaged(struct push *p, const char *name)
{
	if (p->outcome == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	*(const char **)vec_push(&p->outcome->damaged) = arena_string(&p->result->strings, name);
	pthread_mutex_unlock(&p->lock);
}

static int
put_file(struct push *p, struct target *to, const struct target_item *item, const char *path,
    bool take, struct error *err)
{
	uint64_t size;

	/* One of another length is what a disk that was full or torn out left. */
	if (map_get(p->there, slice_string(item->name), &size) && size != item->size &&
	    to->ops->remove(to, item->name, err) < 0)
		return -1;
	if (to->ops->put(to, item->name, path, take, err) < 0 && err->code != ERR_EXISTS)
		return -1;
	return 0;
}

static int
copy_file(struct push *p, struct target *to, const struct target_item *item, struct error *err)
{
	struct target *from = p->from;
	struct arena a = ARENA_EMPTY;
	struct digest digest;
	struct error ignored = ERROR_NONE;
	const char *path = NULL;
	bool fetched = from->directory == NULL;
	uint64_t size;
	int rc;

	if (fetched) {
		rc = fetch(p, item->name, &a, &path, &digest, err);
	} else {
		path = path_join(&a, from->directory, item->name);
		rc = transfer_digest(from, item->name, &digest, &size, err);
	}
	if (rc == 0 && !is_named_so(p, item->name, &digest))
		note_damaged(p, item->name);
	else if (rc == 0)
		rc = put_file(p, to, item, path, fetched, err);
	if (fetched && path != NULL)
		file_remove(path, &ignored);
	arena_free(&a);
	return rc;
}

/* ---- Many files ---- */

struct transfer {
	struct task task;
	struct push *p;
	struct target *to;
};

static const struct target_item *
next_file(struct push *p)
{
	const struct target_item *item = NULL;

	pthread_mutex_lock(&p->lock);
	if (!p->has_failed && p->next < p->todo_count)
		item = p->todo[p->next++];
	pthread_mutex_unlock(&p->lock);
	return item;
}

static int
may_go_on(const struct push *p, struct error *err)
{
	const volatile sig_atomic_t *interrupted = p->settings->interrupted;

	return interrupted != NULL && *interrupted != 0 ?
	    fail(err, ERR_CANCELLED, "interrupted") : 0;
}

static void
run_transfer(struct task *task)
{
	struct transfer *t = (struct transfer *)(void *)((char *)task - offsetof(struct transfer, task));
	struct push *p = t->p;
	const struct target_item *item;
	struct error err = ERROR_NONE;
	int rc;

	while ((item = next_file(p)) != NULL) {
		rc = may_go_on(p, &err) < 0 ? -1 : copy_file(p, t->to, item, &err);
		pthread_mutex_lock(&p->lock);
		if (rc < 0 && !p->has_failed)
			p->why = err;
		p->has_failed = p->has_failed || rc < 0;
		if (rc == 0) {
			p->bytes += item->size;
			p->files++;
		}
		pthread_mutex_unlock(&p->lock);
	}
}

/* Progress is told from one thread. */
static void
watch(struct push *p, struct workers *w, struct transfer *transfers, unsigned n)
{
	const struct timespec pause = { 0, (long)LOOK_MS * 1000000 };
	struct progress *progress = p->settings->progress;
	unsigned i;

	for (i = 0; i < n; i++) {
		while (progress != NULL && !workers_done(w, &transfers[i].task)) {
			pthread_mutex_lock(&p->lock);
			progress->bytes = p->bytes;
			pthread_mutex_unlock(&p->lock);
			progress->doing = "copying";
			progress->item = p->to_url;
			progress->bytes_total = p->bytes_total;
			progress->update(progress);
			nanosleep(&pause, NULL);
		}
		workers_wait(w, &transfers[i].task);
	}
}

static int
run_stage(struct push *p, enum stage stage, struct target **lines, unsigned n, struct error *err)
{
	struct transfer transfers[TRANSFERS_MAX];
	struct workers *w;
	unsigned i;

	/* Snapshots one after the other: each makes the copy newer. */
	if (stage == STAGE_SNAPSHOTS)
		n = 1;
	if (p->todo_count == 0)
		return 0;
	w = workers_open(n);
	for (i = 0; i < n; i++) {
		transfers[i] = (struct transfer){ { .run = run_transfer }, p, lines[i] };
		workers_submit(w, &transfers[i].task);
	}
	watch(p, w, transfers, n);
	workers_close(w);
	if (!p->has_failed)
		return 0;
	*err = p->why;
	return -1;
}

/* What of a stage the copy lacks, or has in another length. */
static void
find_missing(struct push *p, enum stage stage, struct arena *a)
{
	const struct target_item *item;
	uint64_t size;
	size_t i;

	p->todo = arena_alloc(a, p->have.n[stage] * sizeof(*p->todo));
	p->todo_count = p->next = 0;
	for (i = 0; i < p->have.n[stage]; i++) {
		item = &p->have.items[stage][i];
		if (map_get(p->there, slice_string(item->name), &size) && size == item->size)
			continue;
		p->todo[p->todo_count++] = item;
		p->bytes_total += item->size;
	}
}

/* More lines to the same place; as many as can be had. */
static unsigned
open_lines(struct push *p, struct target *first, struct target **lines, unsigned n)
{
	struct error ignored;
	unsigned i;

	lines[0] = first;
	for (i = 1; i < n; i++)
		if (p->ports->open_target(p->to_url, false, &lines[i], &ignored) < 0)
			break;
	return i;
}

static int
fill(struct push *p, struct target *t, struct error *err)
{
	struct target *lines[TRANSFERS_MAX];
	struct arena a = ARENA_EMPTY;
	struct map there = MAP_EMPTY;
	struct target_item *items;
	unsigned opened = 1, n = p->transfers;
	size_t i, count, missing = 0;
	int rc = t->ops->list(t, "", &a, &items, &count, err), stage;

	for (i = 0; rc == 0 && i < count; i++)
		map_put(&there, slice_string(items[i].name), items[i].size);
	p->there = &there;
	p->has_failed = false;
	p->files = p->bytes = p->bytes_total = 0;
	lines[0] = t;
	for (stage = 0; rc == 0 && stage < STAGES; stage++) {
		find_missing(p, (enum stage)stage, &a);
		missing = p->todo_count;
		if (missing > 1 && opened == 1 && n > 1 && stage != STAGE_SNAPSHOTS)
			opened = open_lines(p, t, lines, n > missing ? (unsigned)missing : n);
		rc = run_stage(p, (enum stage)stage, lines, opened, err);
	}
	for (i = 1; i < opened; i++)
		lines[i]->ops->close(lines[i]);
	map_free(&there);
	arena_free(&a);
	return rc;
}

/* ---- One copy after the other ---- */

/* Is this the archive, and the copy we know by that id? */
static int
recognise(struct target *t, const struct copy *c, struct error *err)
{
	struct identity there;
	char id[33];
	int has;

	if (identity_read(t, &there, err) < 0)
		return -1;
	if (strcmp(there.id, c->archive) != 0)
		return fail(err, ERR_UNREACHABLE, "another archive lies there");
	has = copy_identity(t, c->archive, id, err);
	if (has < 0)
		return -1;
	if (has == 0 || strcmp(id, c->id) != 0)
		return fail(err, ERR_UNREACHABLE, "another copy is there in its place%s", has == 0 ?
		    "; \"mailcask target add\" makes it known" : "");
	return 0;
}

/* Another machine's run may be at work on the same disk. */
static int
lock_copy(struct target *t, int *fd, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	int rc = 0;

	if (t->spool != NULL)
		rc = file_make_directories(t->spool, 0700, err) < 0 ? -1 :
		    file_lock(path_join(&a, t->spool, "lock"), fd, err);
	if (rc == 0 && t->spool != NULL)
		rc = transfer_sweep(t->spool, err);
	arena_free(&a);
	return rc;
}

static void
note(struct push *p, enum push_state state, const struct error *why)
{
	p->outcome->state = state;
	p->outcome->reason = arena_string(&p->result->strings, why->text);
}

/* Which of those that were copied is the newest?  The catalog follows the
 * chain; names tell no order within a second, and are for want of it. */
static const char *
newest_copied(struct push *p, struct arena *a)
{
	const struct target_item *items = p->have.items[STAGE_SNAPSHOTS];
	struct catalog_snapshot head;
	struct error ignored = ERROR_NONE;
	struct slice id = SLICE_EMPTY;
	size_t i;

	if (catalog_head(p->catalog, a, &head, &ignored) != 1)
		head.id = NULL;
	for (i = 0; i < p->have.n[STAGE_SNAPSHOTS]; i++) {
		if (snapshot_parse_name(slice_string(items[i].name), p->naming, &id) &&
		    head.id != NULL && slice_is(id, head.id))
			break;
	}
	return id.n > 0 ? arena_string_of(a, id) : NULL;
}

static int
push_one(struct push *p, struct copies *all, struct copy *c, struct error *err)
{
	struct target *t = NULL;
	const char *newest;
	int fd = -1, rc = 0;

	p->outcome = vec_push(&p->result->items);
	p->outcome->copy = c;
	p->to_url = c->url;
	if (p->ports->open_target(c->url, false, &t, err) < 0 || recognise(t, c, err) < 0) {
		note(p, err->code == ERR_UNREACHABLE || err->code == ERR_NOT_FOUND ? PUSH_AWAY :
		    PUSH_FAILED, err);
	} else if (lock_copy(t, &fd, err) < 0 || fill(p, t, err) < 0) {
		note(p, PUSH_FAILED, err);
		rc = err->code == ERR_CANCELLED ? -1 : 0;
	} else {
		c->pushed = p->settings->now;
		newest = newest_copied(p, &all->strings);
		if (newest != NULL)
			c->snapshot = newest;
		rc = copies_write(p->settings->data_directory, all, err);
	}
	p->outcome->files = p->files;
	p->outcome->bytes = p->bytes;
	p->files = p->bytes = 0;
	file_close(fd);
	if (t != NULL)
		t->ops->close(t);
	return rc;
}

int
job_push(struct job *j, const struct push_request *request, struct copies *all,
    struct push_result *out, struct error *err)
{
	struct push p = { .settings = &j->settings, .ports = j->ports, .from = j->target,
		.catalog = j->catalog, .naming = archive_naming(j->archive), .transfers = request->transfers, .result = out };
	struct arena a = ARENA_EMPTY;
	struct copy *c;
	size_t i;
	int rc;

	if (p.transfers < 1)
		p.transfers = 1;
	if (p.transfers > TRANSFERS_MAX)
		p.transfers = TRANSFERS_MAX;
	pthread_mutex_init(&p.lock, NULL);
	rc = take_inventory(&p, &a, err);
	for (i = 0; rc == 0 && i < all->items.n; i++) {
		c = &all->items.items[i];
		if (strcmp(c->archive, archive_id(j->archive)) == 0 &&
		    (request->only == NULL || strcmp(request->only, c->id) == 0) &&
		    (request->source == NULL || strcmp(request->source, c->id) != 0))
			rc = push_one(&p, all, c, err);
	}
	pthread_mutex_destroy(&p.lock);
	arena_free(&a);
	return rc;
}

/* ---- A copy in the archive's place ---- */

/* Does the copy have the newest snapshot that this machine knows of? */
static bool
has_newest(const char *data_directory, const struct copy *c)
{
	struct arena a = ARENA_EMPTY;
	struct catalog_snapshot head;
	struct catalog *catalog = NULL;
	struct error ignored;
	const char *path = path_join(&a, path_join(&a, data_directory, "catalogs"),
	    arena_format(&a, "%s.sqlite", c->archive));
	bool has = catalog_open(path, CATALOG_READ, c->archive, true, &catalog, &ignored) == 0 &&
	    catalog_head(catalog, &a, &head, &ignored) == 1 && c->snapshot != NULL &&
	    strcmp(head.id, c->snapshot) == 0;

	catalog_close(catalog);
	arena_free(&a);
	return has;
}

struct copy *
push_stand_in(const char *data_directory, const struct ports *ports, const char *of,
    struct copies *all)
{
	struct target *t;
	struct error ignored = ERROR_NONE;
	struct copy *c;
	size_t i;
	bool found;

	for (i = 0; i < all->items.n; i++) {
		c = &all->items.items[i];
		t = NULL;
		found = strcmp(c->of, of) == 0 && has_newest(data_directory, c) &&
		    ports->open_target(c->url, false, &t, &ignored) == 0 &&
		    recognise(t, c, &ignored) == 0;
		if (t != NULL)
			t->ops->close(t);
		if (found)
			return c;
	}
	return NULL;
}

static int
bring_one_back(struct push *p, struct target *archive, const struct copy *c, struct error *err)
{
	struct target *t = NULL;
	struct identity there;
	struct arena a = ARENA_EMPTY;
	int fd = -1, rc = -1;

	if (identity_read(archive, &there, err) < 0)
		goto out;
	if (strcmp(there.id, c->archive) != 0) {
		fail(err, ERR_UNREACHABLE, "%s: another archive lies there", archive->url);
		goto out;
	}
	if (p->ports->open_target(c->url, false, &t, err) < 0 || recognise(t, c, err) < 0)
		goto out;
	p->from = t;
	p->naming = (struct naming){ there.codec, there.is_encrypted };
	memset(&p->have, 0, sizeof(p->have));
	if (lock_copy(archive, &fd, err) == 0 && take_inventory(p, &a, err) == 0)
		rc = fill(p, archive, err);

out:
	file_close(fd);
	if (t != NULL)
		t->ops->close(t);
	arena_free(&a);
	return rc;
}

int
push_bring_back(const struct job_settings *settings, const struct ports *ports, const char *of,
    const char *url, struct copies *all, struct error *err)
{
	struct push p = { .settings = settings, .ports = ports, .to_url = url, .transfers = 1 };
	struct target *archive = NULL;
	struct arena a = ARENA_EMPTY;
	struct copy *c;
	size_t i;
	int fd = -1, rc = 0, brought = 0;

	pthread_mutex_init(&p.lock, NULL);
	for (i = 0; rc == 0 && i < all->items.n; i++) {
		c = &all->items.items[i];
		if (!c->is_ahead || strcmp(c->of, of) != 0)
			continue;
		if (fd < 0)
			rc = file_lock(path_join(&a, settings->data_directory, "lock"), &fd, err);
		if (rc == 0 && archive == NULL)
			rc = ports->open_target(url, false, &archive, err);
		if (rc == 0)
			rc = bring_one_back(&p, archive, c, err);
		c->is_ahead = rc < 0;
		brought += rc == 0;
	}
	if (rc == 0 && brought > 0)
		rc = copies_write(settings->data_directory, all, err);
	if (archive != NULL)
		archive->ops->close(archive);
	file_close(fd);
	pthread_mutex_destroy(&p.lock);
	arena_free(&a);
	return rc < 0 ? -1 : brought;
}

void
push_result_free(struct push_result *r)
{
	size_t i;

	for (i = 0; i < r->items.n; i++)
		vec_free(&r->items.items[i].damaged);
	vec_free(&r->items);
	arena_free(&r->strings);
}
