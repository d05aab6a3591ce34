/* SPDX-License-Identifier: MIT */
#include "core/job/verify_names.h"

#include <stdlib.h>

#include "core/archive/index.h"
#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/base/json.h"
#include "core/base/map.h"
#include "core/mail/names.h"
#include "core/mail/parts.h"

#define FILES_NAMED 5u                  /* in the reason of one damage */

/* A lost message and a damage that it is lost by. */
struct loss {
	size_t message;                 /* in the report */
	size_t damage;
};

/*
 * Everything here is the best that can be had of what is damaged: an error
 * means that less is known, never that the check fails.
 */
struct naming {
	struct job *job;
	struct damages *out;
	const struct check_report *report;
	struct object_finder *finder;   /* of the catalog, else of index */
	struct memory_index *index;
	struct map objects;             /* kind and id of a damaged object: its damage */
	struct map files;               /* name of a damaged file: its damage */
	VEC(struct loss) losses;        /* in the order of the report's messages */
	bool *named;                    /* messages whose mailboxes are known */
	size_t unnamed;
	struct map roots, paths;        /* listings and kept files that were looked at */
};

/* ---- Which damage ---- */

static struct slice
object_key(unsigned char key[1 + DIGEST_BYTES], enum object_kind kind, const struct digest *id)
{
	key[0] = (unsigned char)kind;
	memcpy(key + 1, id->bytes, DIGEST_BYTES);
	return slice_of(key, 1 + DIGEST_BYTES);
}

static size_t
add_damage(struct naming *n, const char *object, const char *reason)
{
	struct damage *d = vec_push(&n->out->items);

	d->object = arena_string(&n->out->arena, object);
	buf_add_string(&d->reason, reason);
	return n->out->items.n - 1;
}

static void
add_faults(struct naming *n)
{
	const struct check_fault *f;
	unsigned char key[1 + DIGEST_BYTES];
	size_t i, damage;

	for (i = 0; i < n->report->faults.n; i++) {
		f = &n->report->faults.items[i];
		damage = add_damage(n, f->object ? f->object : f->file ? f->file : "archive",
		    f->what);
		if (f->has_id)
			map_put(&n->objects, object_key(key, f->kind, &f->id), damage);
		else if (f->file)
			map_put(&n->files, slice_string(f->file), damage);
	}
}

/* The damage of an object: its own, or that of the pack it lies in. */
static bool
damage_of(struct naming *n, enum object_kind kind, const struct digest *id, uint64_t *out)
{
	struct error ignored = ERROR_NONE;
	struct object_place place;
	struct buf name = BUF_EMPTY;
	unsigned char key[1 + DIGEST_BYTES];
	bool found;

	if (map_get(&n->objects, object_key(key, kind, id), out))
		return true;
	if (!n->finder || n->finder->find(n->finder, kind, id, &place, &ignored) != 1)
		return false;
	pack_add_name(&name, n->job->archive, &place.pack);
	found = map_get(&n->files, buf_slice(&name), out);
	buf_free(&name);
	return found;
}

/* ---- Messages ---- */

static void
add_loss(struct naming *n, size_t message, size_t damage)
{
	struct loss *loss = vec_push(&n->losses);

	loss->message = message;
	loss->damage = damage;
	*(struct digest *)vec_push(&n->out->items.items[damage].messages) =
	    n->report->lost_messages.items[message];
}

/* A message whose own object is good is lost by a part of it. */
static bool
blame_parts(struct naming *n, size_t message, const struct digest *id)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct buf object = BUF_EMPTY;
	struct object_place place;
	struct recipe recipe;
	uint64_t damage;
	bool any = false;
	size_t i;

	if (!n->finder || n->finder->find(n->finder, OBJECT_MESSAGE, id, &place, &ignored) != 1 ||
	    !place.is_recipe || archive_read_place(n->job->archive, &place, OBJECT_MESSAGE, id,
	    &object, &ignored) < 0 || recipe_parse(buf_slice(&object), &a, &recipe, &ignored) < 0)
		goto out;
	for (i = 0; i < recipe.n; i++) {
		if (recipe.steps[i].op == RECIPE_REST || !damage_of(n,
		    recipe.steps[i].op == RECIPE_CHUNK ? OBJECT_CHUNK : OBJECT_PART,
		    &recipe.steps[i].id, &damage))
			continue;
		add_loss(n, message, (size_t)damage);
		any = true;
	}

out:
	buf_free(&object);
	arena_free(&a);
	return any;
}

static void
blame(struct naming *n, size_t message)
{
	const struct digest *id = &n->report->lost_messages.items[message];
	struct buf name = BUF_EMPTY;
	uint64_t damage;

	if (damage_of(n, OBJECT_MESSAGE, id, &damage)) {
		add_loss(n, message, (size_t)damage);
	} else if (!blame_parts(n, message, id)) {
		object_add_name(&name, OBJECT_MESSAGE, false, id);
		add_loss(n, message, add_damage(n, buf_text(&name),
		    "cannot be given back whole"));
		buf_free(&name);
	}
}

/* ---- Mailboxes of messages ---- */

static void
add_mailbox(struct naming *n, size_t message, const char *name)
{
	size_t low = 0, high = n->losses.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (n->losses.items[middle].message < message)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n->losses.n && n->losses.items[low].message == message; low++)
		*(const char **)vec_push(
		    &n->out->items.items[n->losses.items[low].damage].mailboxes) = name;
	if (!n->named[message]) {
		n->named[message] = true;
		n->unnamed--;
	}
}

static void
ask_catalog(struct naming *n, size_t message)
{
	struct catalog *c = n->job->catalog;
	struct error ignored = ERROR_NONE;
	struct catalog_rows *keep = NULL, *places = NULL;
	struct catalog_found found;
	struct catalog_whereabouts place;
	struct buf name = BUF_EMPTY;

	if (catalog_message_of(c, &n->report->lost_messages.items[message], &found, &keep,
	    &ignored) == 1 && catalog_places(c, found.row, &places, &ignored) == 0) {
		while (catalog_next_place(places, &place, &ignored) == 1) {
			buf_clear(&name);
			job_mailbox_name(&name, place.client, place.account, place.name);
			add_mailbox(n, message,
			    arena_string_of(&n->out->arena, buf_slice(&name)));
		}
	}
	buf_free(&name);
	catalog_rows_close(places);
	catalog_rows_close(keep);
}

static int
compare_digests(const void *pa, const void *pb)
{
	return digest_compare(pa, pb);
}

static void
read_listing(struct naming *n, const struct digest *root, const char *name)
{
	const struct digest *lost = n->report->lost_messages.items, *hit;
	struct error ignored = ERROR_NONE;
	struct listing_reader *l = NULL;
	struct arena a = ARENA_EMPTY;
	struct placement p;
	int next;

	if (listing_open(n->job->archive, n->finder, root, &l, &ignored) < 0)
		return;
	while ((next = listing_next(l, &a, &p, &ignored)) != 0) {
		if (next < 0) {
			listing_skip_run(l);
			continue;
		}
		hit = bsearch(&p.id, lost, n->report->lost_messages.n, sizeof(*lost),
		    compare_digests);
		if (hit && p.kind == PLACED_MESSAGE)
			add_mailbox(n, (size_t)(hit - lost), name);
		arena_reset(&a);
	}
	listing_close(l);
	arena_free(&a);
}

/* ---- Damaged listings and files, through the snapshots ---- */

/* Is the listing itself hit: its root, or a run that the root names? */
static bool
listing_is_hit(struct naming *n, const struct digest *root, uint64_t *damage)
{
	struct error ignored = ERROR_NONE;
	struct buf object = BUF_EMPTY;
	struct slice rest, line;
	struct json *json;
	struct digest run;
	bool hit = damage_of(n, OBJECT_LISTING, root, damage);

	if (hit || !n->finder || archive_read_object(n->job->archive, n->finder, OBJECT_LISTING,
	    root, &object, &ignored) < 0)
		goto out;
	rest = buf_slice(&object);
	while (!hit && slice_line(&rest, &line)) {
		if (json_parse(line, &json, &ignored) < 0)
			break;
		hit = (json_get_digest(json, "what", &run) &&
		    damage_of(n, OBJECT_LISTING, &run, damage)) ||
		    (json_get_digest(json, "state", &run) &&
		    damage_of(n, OBJECT_LISTING, &run, damage));
		json_free(json);
	}

out:
	buf_free(&object);
	return hit;
}

static void
look_at_mailbox(struct naming *n, const struct snapshot_store *store,
    const struct snapshot_mailbox *m)
{
	struct buf joined = BUF_EMPTY, full = BUF_EMPTY;
	const char *name;
	uint64_t damage;

	if (!map_put(&n->roots, digest_slice(&m->listing), 1))
		return;
	mailbox_name_add(&joined, m->components, m->depth);
	job_mailbox_name(&full, store->client, store->account, buf_text(&joined));
	name = arena_string_of(&n->out->arena, buf_slice(&full));
	if (listing_is_hit(n, &m->listing, &damage))
		*(const char **)vec_push(&n->out->items.items[damage].mailboxes) = name;
	if (n->unnamed > 0 && n->finder)
		read_listing(n, &m->listing, name);
	buf_free(&joined);
	buf_free(&full);
}

static void
look_at_file(struct naming *n, const struct snapshot_file *file)
{
	struct damage *d;
	uint64_t damage;
	size_t i;

	for (i = 0; i < file->chunk_count; i++) {
		if (!damage_of(n, OBJECT_CHUNK, &file->chunks[i], &damage))
			continue;
		/* The same file of an older snapshot is no news. */
		if (!map_put(&n->paths, file->path, 1))
			return;
		d = &n->out->items.items[damage];
		if (d->files++ < FILES_NAMED) {
			buf_add_string(&d->reason, d->files == 1 ? "; it hits " : ", ");
			buf_add(&d->reason, file->path);
		}
		return;
	}
}

/* Newest first, for what matters most is what was there last. */
static void
look_at_snapshots(struct naming *n)
{
	struct error ignored = ERROR_NONE;
	struct name_list ids;
	struct arena a = ARENA_EMPTY, one = ARENA_EMPTY;
	struct snapshot s;
	size_t at, i, k;

	if (snapshot_list(n->job->archive, &a, &ids, &ignored) < 0)
		goto out;
	for (at = ids.n; at > 0; at--, arena_reset(&one)) {
		if (snapshot_read(n->job->archive, ids.items[at - 1], &one, &s, &ignored) < 0)
			continue;
		for (i = 0; i < s.store_count; i++) {
			for (k = 0; k < s.stores[i].mailbox_count; k++)
				look_at_mailbox(n, &s.stores[i], &s.stores[i].mailboxes[k]);
			for (k = 0; k < s.stores[i].file_count; k++)
				look_at_file(n, &s.stores[i].files[k]);
		}
	}

out:
	arena_free(&a);
	arena_free(&one);
}

/* ---- All of it ---- */

static void
find_finder(struct naming *n)
{
	struct error ignored = ERROR_NONE;
	size_t damaged;

	if (n->job->catalog)
		n->finder = &n->job->finder;
	else if (memory_index_load(n->job->archive, &n->index, &damaged, &ignored) == 0)
		n->finder = memory_index_finder(n->index);
}

void
damages_name(struct damages *out, struct job *j, const struct check_report *report)
{
	struct naming n = { .job = j, .out = out, .report = report };
	size_t i;

	find_finder(&n);
	add_faults(&n);
	n.unnamed = report->lost_messages.n;
	n.named = mem_alloc_array(report->lost_messages.n, sizeof(*n.named));
	for (i = 0; i < report->lost_messages.n; i++)
		blame(&n, i);
	for (i = 0; j->catalog && i < report->lost_messages.n; i++)
		ask_catalog(&n, i);
	look_at_snapshots(&n);
	mem_free(n.named);
	map_free(&n.objects);
	map_free(&n.files);
	map_free(&n.roots);
	map_free(&n.paths);
	vec_free(&n.losses);
	memory_index_free(n.index);
}

void
damages_free(struct damages *d)
{
	size_t i;

	for (i = 0; i < d->items.n; i++) {
		buf_free(&d->items.items[i].reason);
		vec_free(&d->items.items[i].messages);
		vec_free(&d->items.items[i].mailboxes);
	}
	vec_free(&d->items);
	arena_free(&d->arena);
}
