/* SPDX-License-Identifier: MIT */
#include "backends/clients/found.h"

#include <string.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/path.h"
#include "core/base/vec.h"

struct location *
found_add(const struct disk *d, struct locations *out, const char *client, const char *account,
    const char *format, const char *layout, const char *path)
{
	struct location *l = vec_push(out);

	l->client = client;
	l->account = account;
	l->format = format;
	l->layout = layout;
	l->path = path;
	l->home = d->home->path;
	l->supported = true;
	return l;
}

struct location *
found_unsupported(const struct disk *d, struct locations *out, const char *client,
    const char *account, const char *format, const char *path, const char *reason)
{
	struct location *l = found_add(d, out, client, account, format, "plain", path);

	l->supported = false;
	l->reason = reason;
	return l;
}

struct location *
found_unreadable(const struct disk *d, struct locations *out, const char *client,
    const char *path, const struct error *err)
{
	return found_unsupported(d, out, client, path_base(path), "unknown", path,
	    arena_format(d->arena, "It could not be read: %s.", err->text));
}

bool
found_has(const struct locations *list, size_t first, const char *path)
{
	size_t i;

	for (i = first; i < list->n; i++)
		if (strcmp(list->items[i].path, path) == 0)
			return true;
	return false;
}

bool
found_read(const struct disk *d, struct locations *list, const char *client, const char *path,
    struct buf *out)
{
	struct error err = ERROR_NONE;

	if (file_read_all(path, CONFIG_FILE_MAX, out, &err) == 0)
		return true;
	buf_clear(out);
	if (err.code != ERR_NOT_FOUND)
		found_unreadable(d, list, client, path, &err);
	return false;
}

void
companions_add(const struct disk *d, struct companions *list, const char *path, const char *role)
{
	struct companion *c;
	size_t i;

	if (path == NULL)
		return;
	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i].path, path) == 0)
			return;
	c = vec_push(list);
	c->path = arena_string(d->arena, path);
	c->role = role;
}

void
companions_keep(const struct disk *d, struct companions *list, const char *directory,
    const struct keep *keep)
{
	struct paths paths = VEC_EMPTY;
	size_t i;

	for (; keep->pattern != NULL; keep++) {
		vec_clear(&paths);
		disk_match(d, directory, keep->pattern, &paths);
		for (i = 0; i < paths.n; i++)
			companions_add(d, list, paths.items[i], keep->role);
	}
	vec_free(&paths);
}

void
companions_give(struct companions *list, struct arena *a, struct location *to)
{
	struct companion *all;

	if (list->n == 0)
		return;
	all = arena_alloc(a, (to->companion_count + list->n) * sizeof(*all));
	if (to->companion_count > 0)
		memcpy(all, to->companions, to->companion_count * sizeof(*all));
	memcpy(all + to->companion_count, list->items, list->n * sizeof(*all));
	to->companions = all;
	to->companion_count += list->n;
	vec_free(list);
}

void
companions_give_first(struct companions *list, struct arena *a, struct locations *out, size_t first)
{
	while (first < out->n && !out->items[first].supported)
		first++;
	if (first < out->n)
		companions_give(list, a, &out->items[first]);
	vec_free(list);
}
