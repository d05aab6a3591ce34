/* SPDX-License-Identifier: MIT */
#include "backends/targets/targets.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/map.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"

#define IDENTITY "archive.json"
#define SPOOL "tmp"
#define DEPTH_MAX 8             /* of directories below the root; ours are two deep */
#define COPY_STEP ((size_t)1024 * 1024)

/*
 * What lies below the root is reached through root, so that no link somebody
 * put there leads outside it.  The texts live in strings.
 */
struct local {
	struct target target;
	const char *path;
	struct root *root;
	struct arena strings;
	/* Directories that this process has made durable: one that was made by a
	 * run killed before its sync looks no different from an old one, so each
	 * is synced once, when it is first used. */
	struct map durable;
	pthread_mutex_t lock;           /* over durable: several threads may put */
};

static struct local *
local_of(struct target *t)
{
	return (struct local *)((char *)t - offsetof(struct local, target));
}

static int
parse_url(const char *url, const char **path, struct error *err)
{
	*path = url;
	if (strncmp(url, "file:", 5) != 0)
		return url[0] != '\0' ? 0 : fail(err, ERR_USAGE, "the name of the target is empty");
	*path = url + 5;
	if (strncmp(*path, "//localhost/", 12) == 0)
		*path += 11;
	else if (strncmp(*path, "///", 3) == 0)
		*path += 2;
	else if (strncmp(*path, "//", 2) == 0)
		return fail(err, ERR_USAGE, "%s: a file: URL names no other machine", url);
	return **path != '\0' ? 0 : fail(err, ERR_USAGE, "%s: no directory is named", url);
}

/* What an init that was interrupted, or mkfs, may have left. */
static bool
is_leftover(const char *name)
{
	static const char *const names[] = { "README.txt", "target.json", SPOOL, "lost+found" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
make_ready(const char *path, struct arena *a, struct error *err)
{
	struct directory d;
	size_t i;

	if (!file_is_directory(path)) {
		if (file_make_directories(path, 0700, err) < 0)
			return -1;
		return file_sync_parents(path, err);
	}
	if (directory_read(path, false, a, &d, err) < 0)
		return -1;
	for (i = 0; i < d.n; i++)
		if (!is_leftover(d.entries[i].name))
			return fail(err, ERR_EXISTS, "%s: the directory is not empty", path);
	return 0;
}

static int
must_be_archive(const char *path, struct arena *a, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path_join(a, path, IDENTITY), &meta, err) == 0)
		return 0;
	if (err->code == ERR_NOT_FOUND && !file_is_directory(path))
		fail(err, ERR_UNREACHABLE, "%s: no such directory; is the disk mounted?", path);
	else if (err->code == ERR_NOT_FOUND)
		fail(err, ERR_UNREACHABLE, "%s: no archive here (" IDENTITY " is missing); is the "
		    "disk mounted? \"mailcask init\" makes a new archive", path);
	err->code = ERR_UNREACHABLE;
	return -1;
}

static void
local_close(struct target *t)
{
	struct local *l;

	if (t == NULL)
		return;
	l = local_of(t);
	root_close(l->root);
	map_free(&l->durable);
	pthread_mutex_destroy(&l->lock);
	arena_free(&l->strings);
	mem_free(l);
}

static int
local_open(const char *url, bool create, struct target **out, struct error *err)
{
	struct local *l = mem_alloc(sizeof(*l));
	const char *path;
	int rc = -1;

	l->target.ops = &target_local;
	pthread_mutex_init(&l->lock, NULL);
	if (parse_url(url, &path, err) < 0)
		goto out;
	l->path = path_clean(&l->strings, path);
	l->target.url = arena_string(&l->strings, url);
	l->target.spool = path_join(&l->strings, l->path, SPOOL);
	l->target.directory = l->path;
	if (create && !file_exists(path_join(&l->strings, l->path, IDENTITY)))
		rc = make_ready(l->path, &l->strings, err);
	else
		rc = must_be_archive(l->path, &l->strings, err);
	if (rc == 0)
		rc = root_open(l->path, &l->root, err);

out:
	if (rc < 0)
		local_close(&l->target);
	else
		*out = &l->target;
	return rc;
}

static bool
is_durable(struct local *l, struct slice directory)
{
	bool is;

	pthread_mutex_lock(&l->lock);
	is = map_get(&l->durable, directory, NULL);
	pthread_mutex_unlock(&l->lock);
	return is;
}

static void
set_durable(struct local *l, struct slice directory)
{
	pthread_mutex_lock(&l->lock);
	map_put(&l->durable, directory, 1);
	pthread_mutex_unlock(&l->lock);
}

/* The directories above name exist and survive a loss of power. */
static int
make_parents(struct local *l, const char *name, struct arena *a, struct error *err)
{
	struct slice whole = slice_string(name), below;
	const char *above = l->path, *directory;
	size_t slash;

	for (slash = slice_find(whole, 0, '/'); slash < whole.n;
	    slash = slice_find(whole, slash + 1, '/')) {
		below = slice_sub(whole, 0, slash);
		directory = arena_string_of(a, below);
		if (!is_durable(l, below)) {
			if (root_make_directories(l->root, directory, 0700, err) < 0 ||
			    file_sync_directory(above, err) < 0)
				return -1;
			set_durable(l, below);
		}
		above = path_join(a, l->path, directory);
	}
	return 0;
}

static int
copy_bytes(int from, int to, struct buf *step, struct error *err)
{
	int64_t got;

	for (;;) {
		got = file_read(from, step->p, step->n, err);
		if (got <= 0)
			return (int)got;
		if (file_write(to, slice_of(step->p, (size_t)got), err) < 0)
			return -1;
	}
}

/* A synced copy in our own spool, for bytes that lie on another disk or are
 * not ours to take.  *name is below the root. */
static int
copy_in(struct local *l, const char *from, struct arena *a, const char **name,
    struct error *err)
{
	struct buf step = BUF_EMPTY;
	struct error ignored;
	char *path;
	int in = -1, to = -1, rc = -1;

	if (root_make_directories(l->root, SPOOL, 0700, err) < 0 ||
	    file_open_read(from, &in, err) < 0 ||
	    file_temporary(l->target.spool, "mailcask-copy-", a, &path, &to, err) < 0)
		goto out;
	*name = path_join(a, SPOOL, path_base(path));
	buf_extend(&step, COPY_STEP);
	if (copy_bytes(in, to, &step, err) < 0 || file_sync(to, err) < 0) {
		fail_in(err, "%s", path);
		goto out;
	}
	rc = 0;

out:
	file_close(in);
	file_close(to);
	buf_free(&step);
	if (rc < 0 && to >= 0)
		file_remove(path, &ignored);
	return rc;
}

static int
local_put(struct target *t, const char *name, const char *spool_path, bool take,
    struct error *err)
{
	struct local *l = local_of(t);
	struct arena arena = ARENA_EMPTY;
	struct error ignored;
	const char *spooled = path_below(spool_path, t->spool), *from;
	bool copied = !take || spooled == NULL;
	int rc = -1;

	if (make_parents(l, name, &arena, err) < 0)
		goto out;
	if (!copied)
		from = path_join(&arena, SPOOL, spooled);
	else if (copy_in(l, spool_path, &arena, &from, err) < 0)
		goto out;
	if (root_rename(l->root, from, name, false, err) < 0) {
		if (copied)
			root_remove(l->root, from, &ignored);
		goto out;
	}
	if (file_sync_directory(path_parent(&arena, path_join(&arena, l->path, name)), err) < 0 ||
	    (take && copied && file_remove(spool_path, err) < 0))
		goto out;
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}

static int
local_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct local *l = local_of(t);
	struct file_meta meta;
	int fd = -1, rc = -1;

	buf_clear(out);
	if (root_open_read(l->root, name, &fd, err) < 0)
		return -1;
	if (file_stat_fd(fd, &meta, err) < 0)
		goto out;
	if (at >= meta.size)
		n = 0;
	else if (n > meta.size - at)
		n = meta.size - at;
	rc = n == 0 ? 0 : file_read_at(fd, at, buf_extend(out, (size_t)n), (size_t)n, err);

out:
	file_close(fd);
	if (rc < 0) {
		buf_clear(out);
		fail_in(err, "%s/%s", l->path, name);
	}
	return rc;
}

static int
local_stat(struct target *t, const char *name, uint64_t *size, struct error *err)
{
	struct file_meta meta;

	if (root_stat(local_of(t)->root, name, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return fail(err, ERR_CORRUPT, "%s/%s: not a regular file", local_of(t)->path, name);
	*size = meta.size;
	return 0;
}

struct found {
	VEC(struct target_item) items;
};

static int
collect(struct local *l, const char *below, unsigned depth, struct arena *a, struct found *found,
    struct error *err)
{
	struct target_item *item;
	struct directory d;
	const char *name;
	size_t i;

	if (directory_read(path_join(a, l->path, below), true, a, &d, err) < 0)
		return -1;
	for (i = 0; i < d.n; i++) {
		name = path_join(a, below, d.entries[i].name);
		if (strcmp(name, SPOOL) == 0)
			continue;
		if (d.entries[i].kind == FILE_DIRECTORY && depth < DEPTH_MAX) {
			if (collect(l, name, depth + 1, a, found, err) < 0)
				return -1;
		} else if (d.entries[i].kind == FILE_REGULAR) {
			item = vec_push(&found->items);
			item->name = name;
			item->size = d.entries[i].meta.size;
		}
	}
	return 0;
}

static int
compare_items(const void *a, const void *b)
{
	return strcmp(((const struct target_item *)a)->name, ((const struct target_item *)b)->name);
}

static int
local_list(struct target *t, const char *prefix, struct arena *a, struct target_item **items,
    size_t *n, struct error *err)
{
	struct local *l = local_of(t);
	struct slice below = slice_string(prefix);
	struct found found = { VEC_EMPTY };
	struct file_meta meta;
	const char *directory;
	int rc = -1;

	if (slice_ends(below, "/"))
		below.n--;
	directory = arena_string_of(a, below);
	if (below.n > 0 && root_stat(l->root, directory, &meta, err) < 0) {
		rc = err->code == ERR_NOT_FOUND ? 0 : -1;
		*n = 0;
		goto out;
	}
	if (below.n > 0 && meta.kind != FILE_DIRECTORY) {
		fail(err, ERR_CORRUPT, "%s/%s: not a directory", l->path, directory);
		goto out;
	}
	if (collect(l, directory, 0, a, &found, err) < 0)
		goto out;
	*n = found.items.n;
	*items = arena_alloc(a, *n * sizeof(**items));
	if (*n > 0) {
		qsort(found.items.items, *n, sizeof(**items), compare_items);
		memcpy(*items, found.items.items, *n * sizeof(**items));
	}
	rc = 0;

out:
	vec_free(&found.items);
	return rc;
}

static int
local_remove(struct target *t, const char *name, struct error *err)
{
	return root_remove(local_of(t)->root, name, err);
}

const struct target_ops target_local = {
	.scheme = "file",
	.open = local_open,
	.put = local_put,
	.get = local_get,
	.stat = local_stat,
	.list = local_list,
	.remove = local_remove,
	.close = local_close,
};
