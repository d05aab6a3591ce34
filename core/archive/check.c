/* SPDX-License-Identifier: MIT */
#include "core/archive/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/archive/check_internal.h"
#include "core/archive/listing.h"
#include "core/archive/names.h"
#include "core/archive/snapshot.h"
#include "core/base/json.h"
#include "core/mail/parts.h"
#include "core/port/progress.h"

void
check_file(struct check *c, const char *file, const char *fmt, ...)
{
	struct check_fault *f = vec_push(&c->report->faults);
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	f->file = arena_string(&c->report->arena, file);
	f->what = arena_string(&c->report->arena, text);
}

void
check_object(struct check *c, enum object_kind kind, bool is_recipe, const struct digest *id,
    const char *file, const struct error *why)
{
	struct check_fault *f = vec_push(&c->report->faults);
	struct buf name = BUF_EMPTY;

	object_add_name(&name, kind, is_recipe, id);
	f->file = arena_string(&c->report->arena, file);
	f->object = arena_string(&c->report->arena, buf_text(&name));
	f->what = why == NULL ? "it is in no pack" :
	    arena_string(&c->report->arena, why->text);
	f->id = *id;
	f->kind = kind;
	f->has_id = true;
	buf_free(&name);
}

void
check_doing(struct check *c, const char *doing, const char *item, uint64_t bytes)
{
	if (c->progress == NULL)
		return;
	c->progress->doing = doing;
	c->progress->item = item;
	c->progress->bytes += bytes;
	c->progress->update(c->progress);
	c->progress->item = NULL;
}

/* ---- What the snapshots need ---- */

#define KEY_LENGTH (DIGEST_BYTES + 1)

static struct slice
key_of(enum object_kind kind, const struct digest *id, unsigned char key[KEY_LENGTH])
{
	memcpy(key, id->bytes, DIGEST_BYTES);
	key[DIGEST_BYTES] = (unsigned char)kind;
	return slice_of(key, KEY_LENGTH);
}

/* True the first time. */
static bool
is_new(struct check *c, enum object_kind kind, const struct digest *id)
{
	unsigned char key[KEY_LENGTH];

	return map_put(&c->seen, key_of(kind, id, key), 1);
}

static bool
was_seen(const struct check *c, enum object_kind kind, const struct digest *id)
{
	unsigned char key[KEY_LENGTH];

	return map_get(&c->seen, key_of(kind, id, key), NULL);
}

static bool
has_copy(const struct check *c, enum object_kind kind, const struct digest *id, size_t *copies)
{
	size_t first, i;

	*copies = memory_index_copies(c->index, kind, id, &first);
	for (i = first; i < first + *copies; i++)
		if (!c->is_lost[i])
			return true;
	return false;
}

static struct check_pack *
pack_of_object(struct check *c, const struct memory_object *o)
{
	struct object_place place;
	uint64_t number;

	memory_index_place(c->index, o, &place);
	return map_get(&c->pack_of, digest_slice(&place.pack), &number) ?
	    &c->packs.items[number] : NULL;
}

/* Without index a pack may stand, and a pack be gone, only as long as no
 * snapshot needs it. */
static void
mark_needed(struct check *c, enum object_kind kind, const struct digest *id)
{
	const struct memory_object *objects;
	struct check_pack *pack, *last = NULL, *gone = NULL;
	size_t n, first, i, copies = memory_index_copies(c->index, kind, id, &first);
	bool is_indexed = false, is_there = false;

	objects = memory_index_objects(c->index, &n);
	for (i = first; i < first + copies; i++) {
		pack = pack_of_object(c, &objects[i]);
		if (pack == NULL)
			continue;
		last = pack;
		is_indexed = is_indexed || pack->is_indexed;
		is_there = is_there || pack->is_there;
		if (!pack->is_there)
			gone = pack;
	}
	if (last != NULL && !is_indexed)
		last->is_needed = true;
	if (gone != NULL && !is_there)
		gone->is_needed = true;
}

/* Packs that are gone though something in them is needed. */
static void
check_gone_packs(struct check *c)
{
	const struct check_pack *pack;
	size_t i;

	for (i = 0; i < c->packs.n; i++) {
		pack = &c->packs.items[i];
		if (!pack->is_there && (pack->is_needed || c->has_gap))
			check_file(c, pack->name, "it is missing");
	}
}

static int
find_good(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	struct check *c = (struct check *)(void *)((char *)f - offsetof(struct check, finder));
	const struct memory_object *objects;
	size_t n, first, i, copies = memory_index_copies(c->index, kind, id, &first);

	(void)err;
	objects = memory_index_objects(c->index, &n);
	for (i = first; i < first + copies && c->is_lost[i]; i++)
		;
	if (copies == 0)
		return 0;
	memory_index_place(c->index, &objects[i < first + copies ? i : first], out);
	return 1;
}

/* An index that is gone is no loss once another names its packs.  Where one
 * is damaged, that tells enough. */
static void
check_needed_packs(struct check *c)
{
	const struct check_pack *pack;
	size_t i;
	bool lacking = false;

	for (i = 0; i < c->packs.n; i++) {
		pack = &c->packs.items[i];
		if (!pack->is_needed || pack->is_indexed)
			continue;
		lacking = true;
		if (c->missing.n == 0 && !c->has_bad_index)
			check_file(c, pack->name,
			    "snapshots need what is in it, and the index that named it is missing");
	}
	for (i = 0; i < c->missing.n && lacking; i++)
		check_file(c, c->missing.items[i].file, "%s", c->missing.items[i].what);
}

static void
lose_message(struct check *c, const struct digest *id)
{
	*(struct digest *)vec_push(&c->report->lost_messages) = *id;
}

static bool
lies_in_a_pack(struct check *c, enum object_kind kind, const struct digest *id)
{
	const struct memory_object *objects;
	const struct check_pack *pack;
	size_t n, first, i, copies = memory_index_copies(c->index, kind, id, &first);

	objects = memory_index_objects(c->index, &n);
	for (i = first; i < first + copies; i++) {
		pack = pack_of_object(c, &objects[i]);
		if (pack != NULL && pack->is_there)
			return true;
	}
	return false;
}

/* A copy that was lost has been told already; a thing of which there never
 * was one has not. */
static void
need(struct check *c, enum object_kind kind, const struct digest *id)
{
	size_t copies;

	if (!is_new(c, kind, id))
		return;
	mark_needed(c, kind, id);
	if (has_copy(c, kind, id, &copies))
		return;
	if (copies == 0 || !lies_in_a_pack(c, kind, id)) {
		check_object(c, kind, false, id, NULL, NULL);
		if (kind == OBJECT_MESSAGE)
			lose_message(c, id);
	}
}

static void
check_run(struct check *c, const struct listing_run *run)
{
	struct buf what = BUF_EMPTY;
	struct slice rest, line;
	struct json *doc;
	struct digest id;
	struct error why;
	bool good = true;

	need(c, OBJECT_LISTING, &run->state);
	if (!is_new(c, OBJECT_LISTING, &run->what))
		return;
	mark_needed(c, OBJECT_LISTING, &run->what);
	if (archive_read_object(c->archive, &c->finder, OBJECT_LISTING, &run->what, &what, &why) < 0) {
		check_object(c, OBJECT_LISTING, false, &run->what, NULL, &why);
		goto out;
	}
	rest = buf_slice(&what);
	while (good && slice_line(&rest, &line)) {
		good = json_parse(line, &doc, &why) == 0;
		if (!good)
			break;
		if (json_get_digest(doc, "id", &id))
			need(c, OBJECT_MESSAGE, &id);
		else if ((good = json_get_digest(doc, "chunk", &id)))
			need(c, OBJECT_CHUNK, &id);
		json_free(doc);
	}
	if (!good) {
		fail(&why, ERR_CORRUPT, "a line in it is no placement");
		check_object(c, OBJECT_LISTING, false, &run->what, NULL, &why);
	}

out:
	buf_free(&what);
}

static void
check_listing(struct check *c, const struct digest *root)
{
	struct listing_reader *l = NULL;
	struct listing_run run;
	struct error why;
	int rc;

	if (!is_new(c, OBJECT_LISTING, root))
		return;
	mark_needed(c, OBJECT_LISTING, root);
	rc = listing_open(c->archive, &c->finder, root, &l, &why);
	while (rc >= 0 && (rc = listing_next_run(l, &run, &why)) > 0)
		check_run(c, &run);
	if (rc < 0)
		check_object(c, OBJECT_LISTING, false, root, NULL, &why);
	listing_close(l);
}

static void
check_stores(struct check *c, const struct snapshot_store *stores, size_t n)
{
	const struct snapshot_store *store;
	size_t i, k, m;

	for (i = 0; i < n; i++) {
		store = &stores[i];
		for (k = 0; k < store->mailbox_count; k++)
			check_listing(c, &store->mailboxes[k].listing);
		for (k = 0; k < store->file_count; k++)
			for (m = 0; m < store->files[k].chunk_count; m++)
				need(c, OBJECT_CHUNK, &store->files[k].chunks[m]);
	}
}

static void
check_named_indexes(struct check *c, const struct snapshot *s)
{
	struct check_fault *f;
	struct buf name = BUF_EMPTY;
	size_t i;

	for (i = 0; i < s->index_count; i++) {
		if (!map_put(&c->indexes, digest_slice(&s->indexes[i]), 1))
			continue;
		buf_clear(&name);
		index_add_name(&name, archive_naming(c->archive), &s->indexes[i]);
		f = vec_push(&c->missing);
		f->file = arena_string(&c->report->arena, buf_text(&name));
		f->what = arena_format(&c->report->arena, "it is missing; snapshot %s names it",
		    s->id);
	}
	buf_free(&name);
}

/* A link of the chain: what a snapshot says about the one before it. */
struct link {
	const char *id;
	const char *parent;     /* NULL: none, or this one cannot be read */
	struct digest digest, parent_digest;
	bool is_good;
};

static const struct link *
find_link(const struct link *links, size_t n, const char *id)
{
	size_t i;

	for (i = n; i > 0; i--)
		if (strcmp(links[i - 1].id, id) == 0)
			return &links[i - 1];
	return NULL;
}

static void
check_chain(struct check *c, const struct link *links, size_t n, const char *head)
{
	struct buf name = BUF_EMPTY;
	const struct link *parent;
	size_t i;

	for (i = 0; i < n; i++) {
		if (links[i].parent == NULL ||
		    map_get(&c->forgotten, slice_string(links[i].parent), NULL))
			continue;
		parent = find_link(links, n, links[i].parent);
		buf_clear(&name);
		snapshot_add_name(&name, archive_naming(c->archive), slice_string(links[i].parent));
		c->has_gap = c->has_gap || parent == NULL;
		if (parent == NULL)
			check_file(c, buf_text(&name), "it is missing; snapshot %s follows it",
			    links[i].id);
		else if (parent->is_good && !digest_equal(&parent->digest, &links[i].parent_digest))
			check_file(c, buf_text(&name), "it is not the one that snapshot %s follows",
			    links[i].id);
	}
	if (head != NULL && find_link(links, n, head) == NULL &&
	    !map_get(&c->forgotten, slice_string(head), NULL)) {
		buf_clear(&name);
		snapshot_add_name(&name, archive_naming(c->archive), slice_string(head));
		check_file(c, buf_text(&name), "it is missing; this machine has seen it");
	}
	buf_free(&name);
}

static void
collect_forgotten(struct check *c, const struct name_list *names)
{
	struct arena arena = ARENA_EMPTY;
	struct snapshot s;
	struct error ignored;
	size_t i, k;

	for (i = 0; i < names->n; i++) {
		arena_reset(&arena);
		if (snapshot_read(c->archive, names->items[i], &arena, &s, &ignored) < 0)
			continue;
		for (k = 0; k < s.forgotten_count; k++)
			map_put(&c->forgotten, slice_string(s.forgotten[k]), 1);
	}
	arena_free(&arena);
}

static int
check_snapshots(struct check *c, const char *head, struct error *err)
{
	struct arena names_arena = ARENA_EMPTY, arena = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct name_list names;
	struct snapshot s;
	struct link *links;
	size_t i;
	int rc = -1;

	if (snapshot_list(c->archive, &names_arena, &names, err) < 0)
		goto out;
	links = arena_alloc(&names_arena, names.n * sizeof(*links));
	collect_forgotten(c, &names);
	for (i = 0; i < names.n; i++) {
		check_doing(c, "reading snapshots", names.items[i], 0);
		c->report->snapshots++;
		c->report->bytes += names.sizes[i];
		links[i].id = names.items[i];
		arena_reset(&arena);
		if (snapshot_read(c->archive, names.items[i], &arena, &s, err) < 0) {
			if (err->code == ERR_VERSION)
				goto out;
			buf_clear(&name);
			snapshot_add_name(&name, archive_naming(c->archive),
			    slice_string(names.items[i]));
			check_file(c, buf_text(&name), "%s", err->text);
			c->has_gap = true;
			continue;
		}
		links[i].is_good = true;
		links[i].digest = s.digest;
		links[i].parent = arena_string(&names_arena, s.parent);
		links[i].parent_digest = s.parent_digest;
		/* One that was to be removed may have lost what it names. */
		if (!map_get(&c->forgotten, slice_string(s.id), NULL)) {
			check_stores(c, s.stores, s.store_count);
			check_stores(c, s.kept, s.kept_count);
		}
		check_named_indexes(c, &s);
	}
	check_chain(c, links, names.n, head);
	rc = 0;

out:
	buf_free(&name);
	arena_free(&arena);
	arena_free(&names_arena);
	return rc;
}

/* ---- What the messages need ---- */

static bool
recipe_is_complete(struct check *c, struct slice bytes, bool is_needed, struct arena *arena)
{
	struct recipe recipe;
	struct error why;
	enum object_kind kind;
	bool complete = true, has;
	size_t i, copies;

	if (recipe_parse(bytes, arena, &recipe, &why) < 0)
		return false;
	for (i = 0; i < recipe.n; i++) {
		if (recipe.steps[i].op == RECIPE_REST)
			continue;
		kind = recipe.steps[i].op == RECIPE_CHUNK ? OBJECT_CHUNK : OBJECT_PART;
		has = has_copy(c, kind, &recipe.steps[i].id, &copies);
		if (!has || is_needed)
			need(c, kind, &recipe.steps[i].id);
		complete = complete && has;
	}
	return complete;
}

static void
check_message(struct check *c, const struct memory_object *o, struct buf *bytes,
    struct arena *arena)
{
	struct object_place place;
	struct error why;
	size_t copies;

	if (!has_copy(c, OBJECT_MESSAGE, &o->id, &copies)) {
		/* What went with a pack that nobody needed is no loss. */
		if (was_seen(c, OBJECT_MESSAGE, &o->id) ||
		    lies_in_a_pack(c, OBJECT_MESSAGE, &o->id) || c->has_gap)
			lose_message(c, &o->id);
		return;
	}
	if (!o->is_recipe || c->is_lost[o - memory_index_objects(c->index, &copies)])
		return;
	memory_index_place(c->index, o, &place);
	arena_reset(arena);
	if (archive_read_place(c->archive, &place, OBJECT_MESSAGE, &o->id, bytes, &why) < 0) {
		check_object(c, OBJECT_MESSAGE, true, &o->id, NULL, &why);
		lose_message(c, &o->id);
	} else if (!recipe_is_complete(c, buf_slice(bytes), was_seen(c, OBJECT_MESSAGE, &o->id),
	    arena)) {
		lose_message(c, &o->id);
	}
}

static void
check_messages(struct check *c)
{
	struct arena arena = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY;
	const struct memory_object *objects;
	size_t *order = memory_index_by_place(c->index), n, i;

	objects = memory_index_objects(c->index, &n);
	for (i = 0; i < n; i++) {
		if (objects[order[i]].kind != OBJECT_MESSAGE)
			continue;
		if (i % 1024 == 0)
			check_doing(c, "reading messages", NULL, 0);
		check_message(c, &objects[order[i]], &bytes, &arena);
	}
	mem_free(order);
	buf_free(&bytes);
	arena_free(&arena);
}

static int
compare_digests(const void *a, const void *b)
{
	return digest_compare(a, b);
}

static void
sort_lost(struct check_report *r)
{
	size_t i, n = 0;

	if (r->lost_messages.n == 0)
		return;
	qsort(r->lost_messages.items, r->lost_messages.n, sizeof(struct digest), compare_digests);
	for (i = 0; i < r->lost_messages.n; i++)
		if (n == 0 || !digest_equal(&r->lost_messages.items[i], &r->lost_messages.items[n - 1]))
			r->lost_messages.items[n++] = r->lost_messages.items[i];
	r->lost_messages.n = n;
}

int
archive_check(struct archive *a, struct check_share read_data, const char *head,
    struct workers *workers, struct progress *progress, struct check_report *out, struct error *err)
{
	struct check c = { .archive = a, .workers = workers, .progress = progress, .report = out,
		.share = read_data };
	size_t objects;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (archive_unlock(a, err) < 0)
		return -1;
	c.index = memory_index_open();
	c.finder.find = find_good;
	if (check_identity(&c, err) < 0 || check_headers(&c, err) < 0 ||
	    check_indexes(&c, err) < 0 || check_packs(&c, err) < 0)
		goto out;
	memory_index_sort(c.index);
	memory_index_objects(c.index, &objects);
	out->objects = objects;
	c.is_lost = mem_alloc(objects);
	if (progress != NULL)
		progress->bytes_total = read_data.of > 0 ? out->bytes / read_data.of : 0;
	check_pack_bytes(&c);
	check_bad_packs(&c);
	if (check_snapshots(&c, head, err) < 0)
		goto out;
	check_messages(&c);
	check_needed_packs(&c);
	check_gone_packs(&c);
	sort_lost(out);
	rc = 0;

out:
	if (rc < 0)
		check_report_free(out);
	memory_index_free(c.index);
	vec_free(&c.packs);
	map_free(&c.pack_of);
	map_free(&c.seen);
	map_free(&c.indexes);
	map_free(&c.forgotten);
	vec_free(&c.missing);
	mem_free(c.is_lost);
	return rc;
}

void
check_report_free(struct check_report *r)
{
	arena_free(&r->arena);
	vec_free(&r->faults);
	vec_free(&r->lost_messages);
}
