/* SPDX-License-Identifier: MIT */
#include "core/archive/packread.h"

#include <inttypes.h>

#include "core/archive/memoryindex.h"
#include "core/base/limits.h"
#include "core/base/spares.h"
#include "core/base/vec.h"
#include "core/port/target.h"

/* Mail that lies together is read together, and an attachment that was sent
 * again is often not far away. */
#define FRAMES_MAX 64
#define BYTES_MAX (16u * MIB)
#define SPARE_MAX (4u * MIB)

struct frame {
	struct digest pack;
	uint64_t at, n;         /* in the pack file */
	struct buf plain;
	unsigned holds;
	uint64_t last_use;
};

struct frame_cache {
	const struct archive *archive;
	bool is_gone;           /* the pack that was read last is not there */
	/* What the index says now, once a pack was gone; see view_moved(). */
	struct memory_index *moved;
	VEC(struct frame *) frames;
	uint64_t bytes, uses;
	struct spares spares;
	struct buf packed;
};

struct frame_cache *
frame_cache_open(const struct archive *a)
{
	struct frame_cache *c = mem_alloc(sizeof(*c));

	c->archive = a;
	c->spares.most = SPARE_MAX;
	return c;
}

static void
frame_free(struct frame *f)
{
	buf_free(&f->plain);
	mem_free(f);
}

void
frame_cache_close(struct frame_cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->frames.n; i++)
		frame_free(c->frames.items[i]);
	vec_free(&c->frames);
	spares_free(&c->spares);
	buf_free(&c->packed);
	memory_index_free(c->moved);
	mem_free(c);
}

struct spares *
frame_cache_spares(struct frame_cache *c)
{
	return &c->spares;
}

/* Let the frame go that was not used for the longest time.  False when all
 * are held. */
static bool
evict(struct frame_cache *c)
{
	struct frame *f;
	size_t i, oldest = c->frames.n;

	for (i = 0; i < c->frames.n; i++) {
		f = c->frames.items[i];
		if (f->holds == 0 && (oldest == c->frames.n ||
		    f->last_use < c->frames.items[oldest]->last_use))
			oldest = i;
	}
	if (oldest == c->frames.n)
		return false;
	f = c->frames.items[oldest];
	c->frames.items[oldest] = c->frames.items[--c->frames.n];
	c->bytes -= f->plain.n;
	spares_keep(&c->spares, &f->plain);
	frame_free(f);
	return true;
}

static int
read_frame(struct frame_cache *c, const struct object_place *place, struct buf *plain,
    struct error *err)
{
	struct buf name = BUF_EMPTY;
	int rc = -1;

	pack_add_name(&name, c->archive, &place->pack);
	if (crypt_get(c->archive, buf_text(&name), place->frame_at, place->frame_n, &c->packed,
	    err) < 0) {
		c->is_gone = err->code == ERR_NOT_FOUND;
		if (c->is_gone)
			fail(err, ERR_CORRUPT, "%s is missing", buf_text(&name));
		goto out;
	}
	if (c->packed.n != place->frame_n) {
		fail(err, ERR_CORRUPT, "%s is cut off", buf_text(&name));
		goto out;
	}
	if (codec_expand(archive_codec(c->archive), buf_slice(&c->packed), place->frame_plain,
	    plain, err) < 0 || plain->n != place->frame_plain) {
		fail(err, ERR_CORRUPT, "%s is damaged at %" PRIu64, buf_text(&name),
		    place->frame_at);
		goto out;
	}
	rc = 0;

out:
	buf_free(&name);
	return rc;
}

/* Places come from an index or a catalog: nothing in them is trusted. */
static int
check_place(const struct object_place *p, struct error *err)
{
	if (p->frame_plain > FRAME_PLAIN_MAX || p->frame_n > FRAME_PLAIN_MAX + MIB ||
	    p->at > p->frame_plain || p->n > p->frame_plain - p->at || p->n > OBJECT_MAX)
		return fail(err, ERR_CORRUPT, "the index has an impossible place for it");
	return 0;
}

static int
frame_hold(struct frame_cache *c, const struct object_place *place, struct frame **out,
    struct error *err)
{
	struct frame *f;
	size_t i;

	if (check_place(place, err) < 0)
		return -1;
	for (i = 0; i < c->frames.n; i++) {
		f = c->frames.items[i];
		if (f->at != place->frame_at || !digest_equal(&f->pack, &place->pack))
			continue;
		if (f->n != place->frame_n || f->plain.n != place->frame_plain)
			return fail(err, ERR_CORRUPT, "the index has an impossible place for it");
		goto found;
	}
	while ((c->frames.n >= FRAMES_MAX || c->bytes + place->frame_plain > BYTES_MAX) && evict(c))
		;
	f = mem_alloc(sizeof(*f));
	spares_lend(&c->spares, &f->plain, (size_t)place->frame_plain);
	if (read_frame(c, place, &f->plain, err) < 0) {
		frame_free(f);
		return -1;
	}
	f->pack = place->pack;
	f->at = place->frame_at;
	f->n = place->frame_n;
	*(struct frame **)vec_push(&c->frames) = f;
	c->bytes += f->plain.n;

found:
	f->holds++;
	f->last_use = ++c->uses;
	*out = f;
	return 0;
}

static int
fail_object(struct error *err, enum object_kind kind, bool is_recipe, const struct digest *id)
{
	struct buf name = BUF_EMPTY;

	object_add_name(&name, kind, is_recipe, id);
	fail_in(err, "%s", buf_text(&name));
	buf_free(&name);
	return -1;
}

static int
find(struct object_finder *f, enum object_kind kind, const struct digest *id,
    struct object_place *out, struct error *err)
{
	int rc = f->find(f, kind, id, out, err);

	if (rc == 0) {
		fail(err, ERR_NOT_FOUND, "no index knows where it is");
		return fail_object(err, kind, false, id);
	}
	return rc < 0 ? -1 : 0;
}

static int
view_place(struct archive *a, const struct object_place *place, enum object_kind kind,
    const struct digest *id, struct object_view *out, struct error *err)
{
	if (frame_hold(archive_frames(a), place, &out->frame, err) < 0)
		return fail_object(err, kind, place->is_recipe, id);
	out->bytes = slice_sub(buf_slice(&out->frame->plain), (size_t)place->at, (size_t)place->n);
	out->is_recipe = place->is_recipe;
	return 0;
}

/*
 * A pack may go while somebody reads, or after a catalog was last brought up to
 * date: what was needed of it lies in another one then, which the index objects
 * tell that are there now.  They are read once for all that is missed.
 */
static int
view_moved(struct archive *a, enum object_kind kind, const struct digest *id,
    struct object_view *out)
{
	struct frame_cache *c = archive_frames(a);
	const struct memory_object *objects;
	struct object_place place;
	struct error ignored;
	size_t n, damaged, first, copies, i;

	if (c->moved == NULL && memory_index_load(a, &c->moved, &damaged, &ignored) < 0)
		return -1;
	objects = memory_index_objects(c->moved, &n);
	copies = memory_index_copies(c->moved, kind, id, &first);
	for (i = first; i < first + copies; i++) {
		memory_index_place(c->moved, &objects[i], &place);
		if (view_place(a, &place, kind, id, out, &ignored) == 0)
			return 0;
	}
	return -1;
}

static int
view(struct archive *a, const struct object_place *place, enum object_kind kind,
    const struct digest *id, struct object_view *out, struct error *err)
{
	struct frame_cache *c = archive_frames(a);

	c->is_gone = false;
	if (view_place(a, place, kind, id, out, err) == 0)
		return 0;
	return c->is_gone ? view_moved(a, kind, id, out) : -1;
}

int
object_view_open(struct archive *a, struct object_finder *f, enum object_kind kind,
    const struct digest *id, struct object_view *out, struct error *err)
{
	struct object_place place;

	if (find(f, kind, id, &place, err) < 0)
		return -1;
	return view(a, &place, kind, id, out, err);
}

void
object_view_close(struct object_view *v)
{
	if (v->frame != NULL)
		v->frame->holds--;
	*v = (struct object_view)OBJECT_VIEW_EMPTY;
}

/* The bytes, checked; the view is closed. */
static int
take_view(struct object_view *v, enum object_kind kind, const struct digest *id, struct buf *out,
    struct error *err)
{
	struct digest is = *id;
	int rc = 0;

	if (!v->is_recipe)
		digest_of(v->bytes, &is);
	if (digest_equal(&is, id)) {
		buf_add(out, v->bytes);
	} else {
		fail(err, ERR_CORRUPT, "its bytes do not match its name");
		rc = fail_object(err, kind, v->is_recipe, id);
	}
	object_view_close(v);
	return rc;
}

int
archive_read_object(struct archive *a, struct object_finder *f, enum object_kind kind,
    const struct digest *id, struct buf *out, struct error *err)
{
	struct object_view v = OBJECT_VIEW_EMPTY;

	buf_clear(out);
	if (object_view_open(a, f, kind, id, &v, err) < 0)
		return -1;
	return take_view(&v, kind, id, out, err);
}

int
archive_read_place(struct archive *a, const struct object_place *place, enum object_kind kind,
    const struct digest *id, struct buf *out, struct error *err)
{
	struct object_view v = OBJECT_VIEW_EMPTY;

	buf_clear(out);
	if (view_place(a, place, kind, id, &v, err) < 0)
		return -1;
	return take_view(&v, kind, id, out, err);
}
