/* SPDX-License-Identifier: MIT */
#include "core/archive/prune.h"

#include <inttypes.h>

#include "core/archive/crypt.h"
#include "core/archive/names.h"
#include "core/archive/needed.h"
#include "core/archive/prune_internal.h"
#include "core/archive/snapshot.h"
#include "core/archive/transfer.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/port/progress.h"
#include "core/port/target.h"

#define PACK_MAX (96u * MIB)

void
prune_show(struct prune *p, const char *doing, const char *item, uint64_t bytes)
{
	struct progress *progress = p->settings.progress;

	if (progress == NULL)
		return;
	progress->doing = doing;
	progress->item = item;
	progress->bytes += bytes;
	progress->update(progress);
	progress->item = NULL;
}

/* ---- What there is ---- */

static int
list_packs(struct prune *p, struct error *err)
{
	struct target *t = archive_target(p->archive);
	struct prune_pack *pack;
	struct target_item *items;
	struct digest id;
	size_t i, n;

	if (t->ops->list(t, "packs/", &p->arena, &items, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (!pack_parse_name(slice_string(items[i].name), archive_naming(p->archive), &id))
			continue;
		map_put(&p->pack_of, digest_slice(&id), p->packs.n);
		pack = vec_push(&p->packs);
		memset(pack, 0, sizeof(*pack));
		pack->id = id;
		pack->name = items[i].name;
		pack->size = items[i].size;
		p->numbers.bytes += items[i].size;
	}
	p->numbers.packs = p->packs.n;
	return 0;
}

static void
add_record(struct prune *p, size_t number, const struct pack_record *record)
{
	memory_index_add(p->index, record);
	*(size_t *)vec_push(&p->index_packs) = number;
	if (record->objects.n > 0)
		p->packs.items[number].kind = record->objects.items[0].kind;
}

static void
add_missing(struct prune *p, const struct pack_record *record)
{
	unsigned char key[NEEDED_KEY];
	size_t i;

	for (i = 0; i < record->objects.n; i++)
		map_put(&p->missing, needed_key(record->objects.items[i].kind,
		    &record->objects.items[i].id, key), 1);
}

static int
load_index(struct prune *p, const char *name, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	struct prune_pack *pack;
	uint64_t number;
	int rc;

	prune_show(p, "reading the index", name, 0);
	if (index_open(p->archive, name, &r, err) < 0)
		return -1;
	while ((rc = index_next(r, &record, err)) > 0) {
		if (!map_get(&p->pack_of, digest_slice(&record->id), &number)) {
			add_missing(p, record);
			map_put(&p->stale, slice_string(name), 1);
		} else if (!p->packs.items[number].is_indexed) {
			pack = &p->packs.items[number];
			if (pack->size != record->size)
				rc = fail(err, ERR_CORRUPT, "%s has %" PRIu64 " bytes, and should "
				    "have %" PRIu64, pack->name, pack->size, record->size);
			pack->is_indexed = true;
			add_record(p, (size_t)number, record);
		}
		pack_record_free(record);
		if (rc < 0)
			break;
	}
	index_close(r);
	return rc;
}

/* Packs of an interrupted run: a snapshot may need what is in them, where the
 * index was lost. */
static int
load_orphans(struct prune *p, struct error *err)
{
	struct pack_record *record;
	size_t i, damaged;

	for (i = 0; i < p->packs.n; i++) {
		if (p->packs.items[i].is_indexed)
			continue;
		prune_show(p, "reading a pack without index", p->packs.items[i].name, 0);
		if (pack_scan(p->archive, p->packs.items[i].name, &record, &damaged, err) < 0)
			return -1;
		p->packs.items[i].is_damaged = damaged > 0;
		add_record(p, i, record);
		pack_record_free(record);
	}
	return 0;
}

static int
load(struct prune *p, struct error *err)
{
	struct name_list names;
	size_t i;

	if (list_packs(p, err) < 0 || index_list(p->archive, &p->arena, &names, err) < 0)
		return -1;
	p->index = memory_index_open();
	for (i = 0; i < names.n; i++)
		if (load_index(p, names.items[i], err) < 0)
			return -1;
	if (load_orphans(p, err) < 0)
		return -1;
	memory_index_sort(p->index);
	return 0;
}

/* ---- What is to become of it ---- */

/* What is needed and lay in a pack that is gone may come back with it. */
static int
check_missing(const struct prune *p, const struct map *lost, struct error *err)
{
	struct slice key;
	uint64_t value;
	size_t at = 0;

	while (map_next(lost, &at, &key, &value))
		if (map_get(&p->missing, key, NULL))
			return fail(err, ERR_CORRUPT, "a pack is missing that backups need");
	return 0;
}

static int
plan(struct prune *p, struct error *err)
{
	struct map lost = MAP_EMPTY;
	size_t n;
	int rc = -1;

	if (load(p, err) < 0)
		goto out;
	memory_index_objects(p->index, &n);
	p->marks = mem_alloc(n);
	if (needed_mark(p->archive, p->index, p->settings.progress, p->marks, &lost,
	    &p->forgotten, &p->parts, err) < 0 ||
	    check_missing(p, &lost, err) < 0)
		goto out;
	p->numbers.lost_objects = lost.n;
	prune_choose_fates(p);
	rc = 0;

out:
	map_free(&lost);
	return rc;
}

int
prune_open(struct archive *a, const struct prune_settings *settings, struct prune **out,
    struct error *err)
{
	struct prune *p = mem_alloc(sizeof(*p));

	p->archive = a;
	p->settings = *settings;
	if (plan(p, err) < 0) {
		prune_close(p);
		return -1;
	}
	*out = p;
	return 0;
}

const struct prune_numbers *
prune_numbers(const struct prune *p)
{
	return &p->numbers;
}

/* ---- Removing ---- */

static int
remove_packs(struct prune *p, enum fate fate, struct error *err)
{
	struct target *t = archive_target(p->archive);
	size_t i;

	for (i = 0; i < p->packs.n; i++) {
		if (p->packs.items[i].fate != fate || p->packs.items[i].is_damaged)
			continue;
		prune_show(p, "removing packs", p->packs.items[i].name, 0);
		if (t->ops->remove(t, p->packs.items[i].name, err) < 0)
			return -1;
		p->packs.items[i].fate = REMOVED;
	}
	return 0;
}

/* Those whose removal was interrupted, and in a copy of the archive those that
 * were forgotten elsewhere: what they name is not kept for them. */
static int
remove_forgotten(struct prune *p, struct error *err)
{
	struct target *t = archive_target(p->archive);
	struct buf name = BUF_EMPTY;
	struct name_list names;
	size_t i;
	int rc = snapshot_list(p->archive, &p->arena, &names, err);

	for (i = 0; rc == 0 && i < names.n; i++) {
		if (!map_get(&p->forgotten, slice_string(names.items[i]), NULL))
			continue;
		buf_clear(&name);
		snapshot_add_name(&name, archive_naming(p->archive), slice_string(names.items[i]));
		rc = t->ops->remove(t, buf_text(&name), err);
	}
	buf_free(&name);
	return rc;
}

int
prune_remove_dead(struct prune *p, struct error *err)
{
	if (remove_forgotten(p, err) < 0)
		return -1;
	return remove_packs(p, DEAD, err);
}

int
prune_remove_old(struct prune *p, struct error *err)
{
	return remove_packs(p, THIN, err);
}

/* ---- Packs made anew ---- */

/* One pack whose objects are on their way into others. */
struct source {
	struct prune *prune;
	const struct pack_record *record;
	struct buf packed, plain;
	/* By number in the record: 1 needed, and not written yet. */
	unsigned char *wanted;
	VEC(struct pack_object) objects;        /* of one frame */
};

/* Is this very copy the one that was chosen? */
static bool
is_wanted(struct prune *p, const struct pack_record *record, const struct pack_object *object)
{
	const struct memory_object *objects;
	size_t first, n, i, copies;

	objects = memory_index_objects(p->index, &n);
	copies = memory_index_copies(p->index, object->kind, &object->id, &first);
	for (i = first; i < first + copies; i++)
		if (p->marks[i] != 0 && digest_equal(&prune_pack_of(p, &objects[i])->id, &record->id) &&
		    objects[i].at == object->at && objects[i].n == object->n)
			return true;
	return false;
}

static int
copy_objects(struct source *s, const struct pack_frame *frame, struct error *err)
{
	const struct pack_object *o;
	size_t i;

	if (codec_expand(archive_codec(s->prune->archive), slice_sub(buf_slice(&s->packed),
	    (size_t)frame->at, (size_t)frame->n), frame->plain, &s->plain, err) < 0)
		return -1;
	for (i = 0; i < s->objects.n; i++) {
		o = &s->objects.items[i];
		if (o->at > s->plain.n || o->n > s->plain.n - o->at)
			return fail(err, ERR_CORRUPT, "the index has an impossible place in it");
		if (archive_writer_add(s->prune->writer, o->kind, o->is_recipe, &o->id,
		    slice_sub(buf_slice(&s->plain), (size_t)o->at, (size_t)o->n), o->summary,
		    err) < 0)
			return -1;
	}
	return 0;
}

/* A frame goes as it lies when all of it is needed. */
static int
copy_frame(struct source *s, size_t number, struct error *err)
{
	const struct pack_frame *frame = &s->record->frames.items[number];
	const struct pack_object *o;
	bool all = true;
	size_t i;

	vec_clear(&s->objects);
	for (i = 0; i < s->record->objects.n; i++) {
		o = &s->record->objects.items[i];
		if (o->frame != number)
			continue;
		if (s->wanted[i] != 0)
			*(struct pack_object *)vec_push(&s->objects) = *o;
		else
			all = false;
	}
	if (s->objects.n == 0)
		return 0;
	if (frame->at > s->packed.n || frame->n > s->packed.n - frame->at)
		return fail(err, ERR_CORRUPT, "the index has an impossible place in it");
	if (!all)
		return copy_objects(s, frame, err);
	return archive_writer_copy(s->prune->writer, slice_sub(buf_slice(&s->packed),
	    (size_t)frame->at, (size_t)frame->n), frame->plain, s->objects.items, s->objects.n,
	    err);
}

/* 1: its bytes are what they were; 0: they are not, so it stays as it is. */
static int
fetch(struct source *s, struct prune_pack *pack, struct error *err)
{
	struct prune *p = s->prune;
	struct digest is;

	prune_show(p, "reading packs", pack->name, pack->size);
	if (transfer_get(archive_target(p->archive), pack->name, PACK_MAX, &s->packed, err) < 0)
		return -1;
	digest_of(buf_slice(&s->packed), &is);
	if (!digest_equal(&is, &pack->id)) {
		pack->is_damaged = true;
		pack->fate = KEEP;
		p->numbers.damaged_packs++;
		p->numbers.thin_packs--;
		p->numbers.thin_bytes -= pack->size;
		return 0;
	}
	return crypt_unseal(p->archive, pack->name, &s->packed, err) < 0 ? -1 : 1;
}

static int
empty_pack(struct prune *p, struct prune_pack *pack, const struct pack_record *record,
    struct error *err)
{
	struct source s = { .prune = p, .record = record };
	size_t i;
	int rc = fetch(&s, pack, err);

	if (rc <= 0)
		goto out;
	rc = 0;
	s.wanted = mem_alloc(record->objects.n);
	for (i = 0; i < record->objects.n; i++)
		s.wanted[i] = is_wanted(p, record, &record->objects.items[i]);
	for (i = 0; i < record->frames.n && rc == 0; i++)
		rc = copy_frame(&s, i, err);

out:
	if (rc < 0)
		fail_in(err, "%s", pack->name);
	buf_free(&s.packed);
	buf_free(&s.plain);
	mem_free(s.wanted);
	vec_free(&s.objects);
	return rc;
}

/* The packs of one index object that are thin: its lines have the summaries. */
static int
empty_packs(struct prune *p, const char *name, struct map *done, struct error *err)
{
	struct index_reader *r;
	struct pack_record *record;
	uint64_t number;
	int rc, more = 0;

	if (index_open(p->archive, name, &r, err) < 0)
		return -1;
	rc = 0;
	while (rc == 0 && (more = index_next(r, &record, err)) > 0) {
		if (map_get(&p->pack_of, digest_slice(&record->id), &number) &&
		    p->packs.items[number].fate == THIN &&
		    map_put(done, digest_slice(&record->id), 1))
			rc = empty_pack(p, &p->packs.items[number], record, err);
		pack_record_free(record);
	}
	index_close(r);
	return more < 0 ? -1 : rc;
}

/* A pack that came out as it was stays. */
static void
take_in_new(struct prune *p)
{
	struct pack_record *record;
	uint64_t number;

	while (archive_writer_next_pack(p->writer, &record) == 1) {
		*(struct pack_record **)vec_push(&p->new_packs) = record;
		if (map_get(&p->pack_of, digest_slice(&record->id), &number)) {
			p->packs.items[number].fate = KEEP;
			continue;
		}
		map_put(&p->pack_of, digest_slice(&record->id), p->packs.n);
		*(struct prune_pack *)vec_push(&p->packs) = (struct prune_pack){
			.id = record->id, .size = record->size, .is_indexed = true };
		p->numbers.new_packs++;
		p->numbers.new_bytes += record->size;
	}
}

int
prune_repack(struct prune *p, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct map done = MAP_EMPTY;
	struct name_list names;
	size_t i;
	int rc = -1;

	if (p->numbers.thin_packs > 0) {
		if (archive_writer_open(p->archive, NULL, p->settings.workers, p->settings.spool, 0,
		    &p->writer, err) < 0 || index_list(p->archive, &a, &names, err) < 0)
			goto out;
		for (i = 0; i < names.n; i++)
			if (empty_packs(p, names.items[i], &done, err) < 0)
				goto out;
		if (archive_writer_finish(p->writer, err) < 0)
			goto out;
		take_in_new(p);
	}
	rc = prune_rewrite_index(p, err);

out:
	map_free(&done);
	arena_free(&a);
	return rc;
}

int
prune_next_pack(struct prune *p, struct pack_record **out)
{
	if (p->handed_out == p->new_packs.n)
		return 0;
	*out = p->new_packs.items[p->handed_out++];
	return 1;
}

void
prune_close(struct prune *p)
{
	if (p == NULL)
		return;
	for (; p->handed_out < p->new_packs.n; p->handed_out++)
		pack_record_free(p->new_packs.items[p->handed_out]);
	vec_free(&p->new_packs);
	archive_writer_close(p->writer);
	memory_index_free(p->index);
	mem_free(p->marks);
	vec_free(&p->packs);
	vec_free(&p->index_packs);
	map_free(&p->pack_of);
	map_free(&p->missing);
	map_free(&p->stale);
	map_free(&p->forgotten);
	vec_free(&p->parts);
	arena_free(&p->arena);
	mem_free(p);
}
