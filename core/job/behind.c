/* SPDX-License-Identifier: MIT */
#include "core/job/behind.h"

#include <pthread.h>
#include <stddef.h>

#include "core/archive/transfer.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define LINES 2u

enum state { FREE, WAITING, AT_WORK, STOP };

/* One line, its thread, and the pack that it puts. */
struct line {
	struct behind *behind;
	pthread_t thread;
	bool is_started;
	enum state state;
	struct buf name, path;
	struct target *target;          /* the thread's; NULL: not opened yet */
};

struct behind {
	struct target target, *inner;
	behind_opener open;
	pthread_mutex_t lock;           /* over the states, and what failed */
	pthread_cond_t changed;
	struct line lines[LINES];
	bool has_failed;
	struct error why;
};

static struct behind *
behind_of(struct target *t)
{
	return (struct behind *)(void *)((char *)t - offsetof(struct behind, target));
}

/* Put the pack of a line.  Its name says which bytes belong there. */
static int
put_pack(struct line *l, struct error *err)
{
	const char *name = buf_text(&l->name);
	struct digest digest;

	if (l->target == NULL &&
	    l->behind->open(l->behind->inner->url, false, &l->target, err) < 0)
		return -1;
	if (!digest_parse(slice_sub(slice_string(path_base(name)), 0, DIGEST_HEX), &digest))
		return fail(err, ERR_USAGE, "%s: not the name of a pack", name);
	return transfer_settle(l->target, name, buf_text(&l->path), &digest, err);
}

static void *
work(void *argument)
{
	struct line *l = argument;
	struct behind *b = l->behind;
	struct error err = ERROR_NONE;
	int rc;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (l->state == FREE)
			pthread_cond_wait(&b->changed, &b->lock);
		if (l->state == STOP)
			break;
		l->state = AT_WORK;
		pthread_mutex_unlock(&b->lock);
		rc = put_pack(l, &err);
		pthread_mutex_lock(&b->lock);
		if (rc < 0 && !b->has_failed) {
			b->has_failed = true;
			b->why = err;
		}
		l->state = FREE;
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static struct line *
free_line(struct behind *b)
{
	unsigned i;

	for (i = 0; i < LINES; i++)
		if (b->lines[i].state == FREE)
			return &b->lines[i];
	return NULL;
}

static bool
is_idle(const struct behind *b)
{
	unsigned i;

	for (i = 0; i < LINES; i++)
		if (b->lines[i].state == WAITING || b->lines[i].state == AT_WORK)
			return false;
	return true;
}

/* All packs are there, or the error of one that is not. */
static int
settle(struct behind *b, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&b->lock);
	while (!is_idle(b))
		pthread_cond_wait(&b->changed, &b->lock);
	if (b->has_failed) {
		*err = b->why;
		rc = -1;
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

static int
hand_over(struct behind *b, const char *name, const char *path, struct error *err)
{
	struct line *l;
	int rc = -1;

	pthread_mutex_lock(&b->lock);
	while (!b->has_failed && (l = free_line(b)) == NULL)
		pthread_cond_wait(&b->changed, &b->lock);
	if (b->has_failed) {
		*err = b->why;
		goto out;
	}
	if (!l->is_started && pthread_create(&l->thread, NULL, work, l) != 0) {
		fail(err, ERR_SYSTEM, "no thread can be started");
		goto out;
	}
	l->is_started = true;
	buf_set(&l->name, slice_string(name));
	buf_set(&l->path, slice_string(path));
	l->state = WAITING;
	pthread_cond_broadcast(&b->changed);
	rc = 0;

out:
	pthread_mutex_unlock(&b->lock);
	return rc;
}

static int
behind_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err)
{
	struct behind *b = behind_of(t);

	if (take && strncmp(name, "packs/", 6) == 0)
		return hand_over(b, name, spool_path, err);
	return settle(b, err) < 0 ? -1 : b->inner->ops->put(b->inner, name, spool_path, take, err);
}

/* Is it still on its way? */
static bool
is_on_its_way(struct behind *b, const char *name)
{
	bool found = false;
	unsigned i;

	pthread_mutex_lock(&b->lock);
	for (i = 0; i < LINES; i++)
		if ((b->lines[i].state == WAITING || b->lines[i].state == AT_WORK) &&
		    strcmp(buf_text(&b->lines[i].name), name) == 0)
			found = true;
	pthread_mutex_unlock(&b->lock);
	return found;
}

static int
behind_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct behind *b = behind_of(t);

	buf_clear(out);
	if (is_on_its_way(b, name) && settle(b, err) < 0)
		return -1;
	return b->inner->ops->get(b->inner, name, at, n, out, err);
}

static int
behind_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	struct behind *b = behind_of(t);

	if (is_on_its_way(b, name) && settle(b, err) < 0)
		return -1;
	return b->inner->ops->stat(b->inner, name, size, err);
}

static int
behind_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	struct behind *b = behind_of(t);

	return settle(b, err) < 0 ? -1 : b->inner->ops->list(b->inner, prefix, a, items, n, err);
}

static int
behind_remove(struct target *t, const char *name, struct error *err)
{
	struct behind *b = behind_of(t);

	return settle(b, err) < 0 ? -1 : b->inner->ops->remove(b->inner, name, err);
}

static void
behind_close(struct target *t)
{
	struct behind *b;
	struct error ignored;
	unsigned i;

	if (t == NULL)
		return;
	b = behind_of(t);
	settle(b, &ignored);
	pthread_mutex_lock(&b->lock);
	for (i = 0; i < LINES; i++)
		b->lines[i].state = STOP;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	for (i = 0; i < LINES; i++) {
		if (b->lines[i].is_started)
			pthread_join(b->lines[i].thread, NULL);
		if (b->lines[i].target != NULL)
			b->lines[i].target->ops->close(b->lines[i].target);
		buf_free(&b->lines[i].name);
		buf_free(&b->lines[i].path);
	}
	b->inner->ops->close(b->inner);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	mem_free(b);
}

/* It is a wrapper of one that is open, and is opened by behind_open(). */
static int
behind_refuse(const char *url, bool create, struct target **out, struct error *err)
{
	(void)create;
	(void)out;
	return fail(err, ERR_USAGE, "%s: not opened so", url);
}

static const struct target_ops target_behind = {
	.scheme = "behind",
	.open = behind_refuse,
	.put = behind_put,
	.get = behind_get,
	.stat = behind_stat,
	.list = behind_list,
	.remove = behind_remove,
	.close = behind_close,
};

struct target *
behind_open(struct target *inner, behind_opener open)
{
	struct behind *b = mem_alloc(sizeof(*b));
	unsigned i;

	b->target = *inner;
	b->target.ops = &target_behind;
	b->inner = inner;
	b->open = open;
	for (i = 0; i < LINES; i++)
		b->lines[i].behind = b;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	return &b->target;
}
