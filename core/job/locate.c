/* SPDX-License-Identifier: MIT */
#include "core/job/locate.h"

#include "core/base/file.h"
#include "core/base/path.h"

const struct format_ops *
format_named(const struct ports *ports, const char *name)
{
	size_t i;

	for (i = 0; ports->formats[i]; i++) {
		if (strcmp(ports->formats[i]->name, name) == 0)
			return ports->formats[i];
	}
	return NULL;
}

const struct writer_ops *
writer_named(const struct ports *ports, const char *name)
{
	size_t i;

	for (i = 0; ports->writers[i]; i++) {
		if (strcmp(ports->writers[i]->name, name) == 0)
			return ports->writers[i];
	}
	return NULL;
}

struct gathering {
	struct places *out;
	VEC(struct file_meta) metas;    /* of out's items, in step */
	struct arena *arena;
};

/* The same file or directory is one store, however many clients name it. */
static struct place *
known_place(struct gathering *g, const struct file_meta *meta)
{
	size_t i;

	for (i = 0; i < g->out->n; i++) {
		if (g->metas.items[i].inode == meta->inode &&
		    g->metas.items[i].device == meta->device)
			return &g->out->items[i];
	}
	return NULL;
}

/* What the second client keeps beside the mail is worth keeping as well. */
static void
add_companions(struct gathering *g, struct location *to, const struct location *from)
{
	size_t n = to->companion_count + from->companion_count;
	struct companion *all;

	if (from->companion_count == 0)
		return;
	all = arena_alloc(g->arena, n * sizeof(*all));
	if (to->companion_count)
		memcpy(all, to->companions, to->companion_count * sizeof(*all));
	memcpy(all + to->companion_count, from->companions,
	    from->companion_count * sizeof(*all));
	to->companions = all;
	to->companion_count = n;
}

static struct place *
gather(struct gathering *g, const struct location *where)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	struct place *place;

	memset(&meta, 0, sizeof(meta));
	if (file_stat(where->path, &meta, &ignored) == 0) {
		place = known_place(g, &meta);
		if (place) {
			add_companions(g, &place->where, where);
			place->where.running |= where->running;
			return place;
		}
	}
	place = vec_push(g->out);
	place->where = *where;
	place->messages = -1;
	*(struct file_meta *)vec_push(&g->metas) = meta;
	return place;
}

/* Ask every format how sure it is, and take the surest. */
static int
recognise(const struct ports *ports, const char *path, const struct format_ops **out,
    struct error *err)
{
	int best = 0, bid;
	size_t i;

	*out = NULL;
	for (i = 0; ports->formats[i]; i++) {
		bid = ports->formats[i]->probe(path, err);
		if (bid < 0)
			return -1;
		if (bid > best) {
			best = bid;
			*out = ports->formats[i];
		}
	}
	if (!*out)
		return fail(err, ERR_FORMAT, "%s: this is no mailbox of a known format", path);
	error_clear(err);
	return 0;
}

/* One that is not there, or is of no format, is a place that says so: the
 * others are looked after all the same. */
static void
add_named(struct gathering *g, const struct ports *ports, const char *path)
{
	const struct format_ops *format;
	struct error err = ERROR_NONE;
	struct file_meta meta;
	struct slice reason;
	struct location where = {
		.client = "path",
		.account = arena_string(g->arena, path_base(path)),
		.kind = LOCATION_EXPORT,
		.format = "unknown",
		.layout = "",
		.path = arena_string(g->arena, path),
	};

	if (file_stat(path, &meta, &err) == 0 && recognise(ports, path, &format, &err) == 0) {
		where.format = format->name;
		where.supported = true;
	} else {
		/* The path stands beside it already. */
		reason = slice_string(err.text);
		if (slice_starts(reason, path))
			reason = slice_from(reason, strlen(path) + 2);
		where.reason = arena_string_of(g->arena, reason);
	}
	gather(g, &where)->error = err;
}

int
job_locate(const struct ports *ports, const struct home *homes, size_t home_count,
    const char *const *paths, size_t path_count, struct arena *a, struct places *out,
    struct error *err)
{
	struct gathering g = { .out = out, .metas = VEC_EMPTY, .arena = a };
	struct locations found = VEC_EMPTY;
	size_t i, k;
	int rc = -1;

	for (i = 0; i < path_count; i++)
		add_named(&g, ports, paths[i]);
	for (i = 0; i < home_count; i++) {
		vec_clear(&found);
		for (k = 0; ports->locators[k]; k++) {
			if (ports->locators[k]->find(&homes[i], a, &found, err) < 0)
				goto out;
		}
		for (k = 0; k < found.n; k++)
			gather(&g, &found.items[k]);
	}
	rc = 0;

out:
	vec_free(&found);
	vec_free(&g.metas);
	return rc;
}

void
place_count(const struct ports *ports, struct place *place)
{
	const struct format_ops *format = format_named(ports, place->where.format);
	struct store *store = NULL;
	struct arena a = ARENA_EMPTY;
	struct mailbox mailbox;
	int64_t messages = 0;
	int next;

	if (!place->where.supported || !format)
		return;
	if (format->open(&place->where, &store, &place->error) < 0)
		goto out;
	while ((next = format->next_mailbox(store, &a, &mailbox, &place->error)) == 1) {
		place->mailboxes++;
		place->bytes += mailbox.bytes;
		if (mailbox.messages < 0 || messages < 0)
			messages = -1;
		else
			messages += mailbox.messages;
		arena_reset(&a);
	}
	if (next == 0) {
		place->messages = messages;
		/* What a format tried in vain on its way is no failure. */
		error_clear(&place->error);
	}

out:
	format->close(store);
	arena_free(&a);
}
