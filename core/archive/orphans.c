/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "core/archive/index.h"
#include "core/archive/names.h"
#include "core/archive/tar.h"
#include "core/archive/transfer.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/mail/parts.h"
#include "core/port/target.h"

#define PACK_MAX (96u * MIB)

/* The packs that the indexes name.  One that cannot be read names none: its
 * packs are orphans then, and their tar headers tell the same. */
static int
indexed_packs(struct archive *a, struct arena *arena, struct map *out, struct error *err)
{
	struct name_list names;
	struct index_reader *r;
	struct pack_record *record;
	struct error why;
	size_t i;

	if (archive_unlock(a, err) < 0 || index_list(a, arena, &names, err) < 0)
		return -1;
	for (i = 0; i < names.n; i++) {
		if (index_open(a, names.items[i], &r, &why) < 0)
			continue;
		while (index_next(r, &record, &why) > 0) {
			map_put(out, digest_slice(&record->id), 1);
			pack_record_free(record);
		}
		index_close(r);
	}
	return 0;
}

int
archive_orphans(struct archive *a, struct arena *arena, struct name_list *out,
    struct error *err)
{
	struct target *t = archive_target(a);
	struct target_item *items;
	struct map indexed = MAP_EMPTY;
	struct digest pack;
	size_t i, n;
	int rc = -1;

	if (indexed_packs(a, arena, &indexed, err) < 0 ||
	    t->ops->list(t, "packs/", arena, &items, &n, err) < 0)
		goto out;
	out->items = arena_alloc(arena, n * sizeof(*out->items));
	out->sizes = arena_alloc(arena, n * sizeof(*out->sizes));
	out->n = 0;
	for (i = 0; i < n; i++) {
		if (!pack_parse_name(slice_string(items[i].name), archive_naming(a), &pack) ||
		    map_get(&indexed, digest_slice(&pack), NULL))
			continue;
		out->items[out->n] = items[i].name;
		out->sizes[out->n++] = items[i].size;
	}
	rc = 0;

out:
	map_free(&indexed);
	return rc;
}

static bool
is_good(const struct pack_object *o, struct slice bytes, struct arena *arena)
{
	struct recipe recipe;
	struct digest is;
	struct error why;

	if (o->is_recipe)
		return recipe_parse(bytes, arena, &recipe, &why) == 0;
	digest_of(bytes, &is);
	return digest_equal(&is, &o->id);
}

static int
scan_frame(struct slice plain, struct pack_record *record, size_t *damaged, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct tar_reader *tar;
	struct tar_entry entry;
	struct pack_object object;
	int rc;

	if (tar_reader_open(plain, &tar, err) < 0)
		return -1;
	while ((rc = tar_reader_next(tar, &entry, err)) > 0) {
		memset(&object, 0, sizeof(object));
		/* Entries of other names are somebody else's: not ours to know. */
		if (!object_parse_name(slice_string(entry.name), &object.kind, &object.is_recipe,
		    &object.id))
			continue;
		arena_reset(&arena);
		if (entry.bytes.n > OBJECT_MAX || !is_good(&object, entry.bytes, &arena)) {
			(*damaged)++;
			continue;
		}
		object.frame = (uint32_t)(record->frames.n - 1);
		object.at = entry.at;
		object.n = entry.bytes.n;
		object.summary = SLICE_EMPTY;
		*(struct pack_object *)vec_push(&record->objects) = object;
	}
	tar_reader_close(tar);
	arena_free(&arena);
	return rc;
}

/* Where the next frame may begin: behind damage nothing else tells. */
static struct slice
next_frame(enum codec codec, struct slice packed)
{
	struct slice magic = codec == CODEC_ZSTD ? SLICE_OF("\x28\xb5\x2f\xfd") :
	    SLICE_OF("\x1f\x8b\x08");

	return slice_from(packed, slice_find_bytes(packed, 1, magic));
}

static void
scan_frames(enum codec codec, struct slice packed, struct pack_record *record, size_t *damaged)
{
	struct buf plain = BUF_EMPTY;
	struct slice rest = packed;
	struct pack_frame *frame;
	struct error why;
	uint64_t at;

	while (rest.n > 0) {
		at = packed.n - rest.n;
		if (codec_expand_first(codec, &rest, FRAME_PLAIN_MAX, &plain, &why) < 0) {
			(*damaged)++;
			rest = next_frame(codec, rest);
			continue;
		}
		frame = vec_push(&record->frames);
		frame->at = at;
		frame->n = packed.n - rest.n - at;
		frame->plain = plain.n;
		if (plain.n > 0 && scan_frame(buf_slice(&plain), record, damaged, &why) < 0)
			(*damaged)++;
	}
	buf_free(&plain);
}

int
pack_scan(struct archive *a, const char *name, struct pack_record **out, size_t *damaged,
    struct error *err)
{
	struct pack_record *record = mem_alloc(sizeof(*record));
	struct buf packed = BUF_EMPTY;
	struct digest is;
	int rc = -1;

	*damaged = 0;
	if (!pack_parse_name(slice_string(name), archive_naming(a), &record->id)) {
		fail(err, ERR_USAGE, "%s is not the name of a pack", name);
		goto out;
	}
	if (transfer_get(archive_target(a), name, PACK_MAX, &packed, err) < 0)
		goto out;
	record->size = packed.n;
	digest_of(buf_slice(&packed), &is);
	if (crypt_unseal(a, name, &packed, err) < 0)
		goto out;
	scan_frames(archive_codec(a), buf_slice(&packed), record, damaged);
	/* A tail that was cut off takes no whole object with it, and is damage. */
	if (*damaged == 0 && !digest_equal(&is, &record->id))
		*damaged = 1;
	*out = record;
	record = NULL;
	rc = 0;

out:
	pack_record_free(record);
	buf_free(&packed);
	return rc;
}
