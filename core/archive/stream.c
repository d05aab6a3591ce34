/* SPDX-License-Identifier: MIT */
#include "core/archive/archive.h"

#include <inttypes.h>

#include "core/archive/packread.h"
#include "core/base/mem.h"
#include "core/base/spares.h"
#include "core/mail/parts.h"

/*
 * Parts and chunks are not checked one by one: the digest of the message
 * covers them, and their bytes would be hashed twice.
 */
struct message_stream {
	struct archive *archive;
	struct object_finder *finder;
	struct digest id;
	struct object_view message, piece;
	struct arena arena;     /* the recipe */
	struct recipe recipe;
	size_t next;            /* step; a whole message is one */
	struct buf encoded;
	struct hasher *hasher;
};

static int
fail_message(const struct message_stream *s, struct error *err)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(&s->id, hex);
	return fail_in(err, "message %s", hex);
}

int
message_stream_open(struct archive *a, struct object_finder *f, const struct digest *id,
    struct message_stream **out, struct error *err)
{
	struct message_stream *s = mem_alloc(sizeof(*s));
	int rc = -1;

	s->archive = a;
	s->finder = f;
	s->id = *id;
	s->hasher = hasher_open();
	if (object_view_open(a, f, OBJECT_MESSAGE, id, &s->message, err) < 0)
		goto out;
	if (s->message.is_recipe &&
	    recipe_parse(s->message.bytes, &s->arena, &s->recipe, err) < 0) {
		fail_message(s, err);
		goto out;
	}
	*out = s;
	s = NULL;
	rc = 0;

out:
	message_stream_close(s);
	return rc;
}

static int
take_step(struct message_stream *s, const struct recipe_step *step, struct slice *out,
    struct error *err)
{
	enum object_kind kind = step->op == RECIPE_CHUNK ? OBJECT_CHUNK : OBJECT_PART;

	object_view_close(&s->piece);
	if (step->op == RECIPE_REST) {
		*out = step->rest;
		return 0;
	}
	if (object_view_open(s->archive, s->finder, kind, &step->id, &s->piece, err) < 0)
		return -1;
	if (step->op == RECIPE_CHUNK) {
		*out = s->piece.bytes;
		return 0;
	}
	/* Four for three, and the line ends. */
	spares_lend(frame_cache_spares(archive_frames(s->archive)), &s->encoded,
	    s->piece.bytes.n / 2 * 3);
	recipe_add(step, s->piece.bytes, &s->encoded);
	*out = buf_slice(&s->encoded);
	return 0;
}

static int
check_end(struct message_stream *s, struct error *err)
{
	struct digest is;

	hasher_end(s->hasher, &is);
	if (digest_equal(&is, &s->id))
		return 0;
	fail(err, ERR_CORRUPT, "its bytes do not match its name");
	return fail_message(s, err);
}

int
message_stream_next(struct message_stream *s, struct slice *out, struct error *err)
{
	size_t steps = s->message.is_recipe ? s->recipe.n : 1;

	if (s->next > steps)
		return 0;
	if (s->next == steps) {
		s->next++;
		return check_end(s, err);
	}
	if (!s->message.is_recipe)
		*out = s->message.bytes;
	else if (take_step(s, &s->recipe.steps[s->next], out, err) < 0)
		return fail_message(s, err);
	s->next++;
	hasher_add(s->hasher, *out);
	return 1;
}

void
message_stream_close(struct message_stream *s)
{
	if (s == NULL)
		return;
	object_view_close(&s->piece);
	object_view_close(&s->message);
	arena_free(&s->arena);
	spares_keep(frame_cache_spares(archive_frames(s->archive)), &s->encoded);
	buf_free(&s->encoded);
	hasher_close(s->hasher);
	mem_free(s);
}

int
archive_read_message(struct archive *a, struct object_finder *f, const struct digest *id,
    uint64_t max, struct buf *out, struct error *err)
{
	struct message_stream *s = NULL;
	struct slice piece;
	int rc = -1, more;

	buf_clear(out);
	if (message_stream_open(a, f, id, &s, err) < 0)
		goto out;
	while ((more = message_stream_next(s, &piece, err)) > 0) {
		if (piece.n > max - out->n) {
			fail(err, ERR_LIMIT, "the message is longer than %" PRIu64 " bytes", max);
			goto out;
		}
		buf_add(out, piece);
	}
	rc = more;

out:
	message_stream_close(s);
	if (rc < 0)
		buf_clear(out);
	return rc;
}
