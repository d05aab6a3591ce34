/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MEMORYTARGET_H
#define TESTS_MEMORYTARGET_H

#include <pthread.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/vec.h"
#include "core/port/target.h"

/*
 * A target in memory, and one that wraps another and fails the n-th call.
 * In a header, for a test is linked with the kit alone.
 */
struct memory_file {
	char *name;
	struct buf bytes;
};

struct memory_target {
	struct target target;
	pthread_mutex_t lock;
	VEC(struct memory_file) files;  /* sorted by name */
};

#define MEMORY_OF(t) ((struct memory_target *)(void *)((char *)(t) - \
    offsetof(struct memory_target, target)))

/* The place of name, or where it would be. */
static inline size_t
memory_place(const struct memory_target *m, const char *name, bool *found)
{
	size_t i;

	for (i = 0; i < m->files.n && strcmp(m->files.items[i].name, name) < 0; i++)
		;
	*found = i < m->files.n && strcmp(m->files.items[i].name, name) == 0;
	return i;
}

/* The bytes of a file, to be looked at and tampered with; NULL: none. */
static inline struct buf *
memory_bytes(struct memory_target *m, const char *name)
{
	bool found;
	size_t i = memory_place(m, name, &found);

	return found ? &m->files.items[i].bytes : NULL;
}

static inline int
memory_open(const char *url, bool create, struct target **out, struct error *err)
{
	(void)create;
	(void)out;
	return fail(err, ERR_UNREACHABLE, "%s: no such memory", url);
}

static inline int
memory_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err)
{
	struct memory_target *m = MEMORY_OF(t);
	struct memory_file file = { NULL, BUF_EMPTY };
	bool found;
	size_t at;

	if (file_read_all(spool_path, UINT32_MAX, &file.bytes, err) < 0)
		return -1;
	pthread_mutex_lock(&m->lock);
	at = memory_place(m, name, &found);
	if (!found) {
		file.name = mem_string(name);
		vec_push(&m->files);
		memmove(m->files.items + at + 1, m->files.items + at,
		    (m->files.n - 1 - at) * sizeof(file));
		m->files.items[at] = file;
	}
	pthread_mutex_unlock(&m->lock);
	if (!found)
		return take ? file_remove(spool_path, err) : 0;
	buf_free(&file.bytes);
	return fail(err, ERR_EXISTS, "%s: is there", name);
}

static inline int
memory_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct memory_target *m = MEMORY_OF(t);
	struct buf *bytes;

	buf_clear(out);
	pthread_mutex_lock(&m->lock);
	bytes = memory_bytes(m, name);
	if (bytes != NULL)
		buf_add(out, slice_sub(slice_from(buf_slice(bytes), (size_t)at), 0, (size_t)n));
	pthread_mutex_unlock(&m->lock);
	return bytes != NULL ? 0 : fail(err, ERR_NOT_FOUND, "%s: not found", name);
}

static inline int
memory_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	struct buf *bytes = memory_bytes(MEMORY_OF(t), name);

	if (bytes == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: not found", name);
	*size = bytes->n;
	return 0;
}

static inline int
memory_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	struct memory_target *m = MEMORY_OF(t);
	size_t i;

	(void)err;
	*items = arena_alloc(a, m->files.n * sizeof(**items));
	*n = 0;
	for (i = 0; i < m->files.n; i++) {
		if (strncmp(m->files.items[i].name, prefix, strlen(prefix)) != 0)
			continue;
		(*items)[*n].name = arena_string(a, m->files.items[i].name);
		(*items)[(*n)++].size = m->files.items[i].bytes.n;
	}
	return 0;
}

static inline int
memory_remove(struct target *t, const char *name, struct error *err)
{
	struct memory_target *m = MEMORY_OF(t);
	bool found;
	size_t at = memory_place(m, name, &found);

	(void)err;
	if (!found)
		return 0;
	buf_free(&m->files.items[at].bytes);
	mem_free(m->files.items[at].name);
	m->files.n--;
	memmove(m->files.items + at, m->files.items + at + 1,
	    (m->files.n - at) * sizeof(m->files.items[0]));
	return 0;
}

static inline void
memory_close(struct target *t)
{
	struct memory_target *m;
	size_t i;

	if (t == NULL)
		return;
	m = MEMORY_OF(t);
	for (i = 0; i < m->files.n; i++) {
		buf_free(&m->files.items[i].bytes);
		mem_free(m->files.items[i].name);
	}
	vec_free(&m->files);
	pthread_mutex_destroy(&m->lock);
	mem_free(m);
}

static const struct target_ops target_memory = {
	.scheme = "memory",
	.open = memory_open,
	.put = memory_put,
	.get = memory_get,
	.stat = memory_stat,
	.list = memory_list,
	.remove = memory_remove,
	.close = memory_close,
};

/* spool: where files for it are made; NULL for a target that has none. */
static inline struct memory_target *
memory_target_open(const char *spool)
{
	struct memory_target *m = mem_alloc(sizeof(*m));

	m->target.ops = &target_memory;
	m->target.url = "memory:";
	m->target.spool = spool;
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

/* ---- The one that fails ---- */

struct failing_target {
	struct target target, *inner;
	_Atomic unsigned calls;
	unsigned fail_at;               /* 0: never */
	bool for_ever;                  /* that call and all later ones */
};

#define FAILING_OF(t) ((struct failing_target *)(void *)((char *)(t) - \
    offsetof(struct failing_target, target)))

static inline bool
failing_strikes(struct target *t, struct error *err)
{
	struct failing_target *f = FAILING_OF(t);
	unsigned call = ++f->calls;

	if (f->fail_at == 0 || (f->for_ever ? call < f->fail_at : call != f->fail_at))
		return false;
	fail(err, ERR_SYSTEM, "call %u: Input/output error", call);
	return true;
}

static inline int
failing_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err)
{
	struct target *inner = FAILING_OF(t)->inner;

	return failing_strikes(t, err) ? -1 : inner->ops->put(inner, name, spool_path, take, err);
}

static inline int
failing_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct target *inner = FAILING_OF(t)->inner;

	return failing_strikes(t, err) ? -1 : inner->ops->get(inner, name, at, n, out, err);
}

static inline int
failing_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	struct target *inner = FAILING_OF(t)->inner;

	return failing_strikes(t, err) ? -1 : inner->ops->stat(inner, name, size, err);
}

static inline int
failing_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	struct target *inner = FAILING_OF(t)->inner;

	return failing_strikes(t, err) ? -1 : inner->ops->list(inner, prefix, a, items, n, err);
}

static inline int
failing_remove(struct target *t, const char *name, struct error *err)
{
	struct target *inner = FAILING_OF(t)->inner;

	return failing_strikes(t, err) ? -1 : inner->ops->remove(inner, name, err);
}

static inline void
failing_close(struct target *t)
{
	if (t != NULL)
		mem_free(FAILING_OF(t));
}

static const struct target_ops target_failing = {
	.scheme = "failing",
	.open = memory_open,
	.put = failing_put,
	.get = failing_get,
	.stat = failing_stat,
	.list = failing_list,
	.remove = failing_remove,
	.close = failing_close,
};

/* inner stays the caller's. */
static inline struct failing_target *
failing_target_open(struct target *inner)
{
	struct failing_target *f = mem_alloc(sizeof(*f));

	f->target = *inner;
	f->target.ops = &target_failing;
	f->inner = inner;
	return f;
}

#endif
