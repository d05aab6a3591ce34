/* SPDX-License-Identifier: MIT */
#include "core/job/stored.h"

#include "core/base/limits.h"
#include "core/base/mem.h"

int
stored_add(struct archive *a, struct object_finder *f, const struct placement *p,
    struct buf *canonical, struct buf *out, struct error *err)
{
	struct rejoiner r;
	size_t before = out->n;

	if (p->kind == PLACED_CHUNKS) {
		if (archive_read_object(a, f, OBJECT_CHUNK, &p->id, canonical, err) < 0)
			return -1;
		buf_add(out, buf_slice(canonical));
		return 0;
	}
	if (archive_read_message(a, f, &p->id, MESSAGE_IN_MEMORY, canonical, err) < 0)
		return -1;
	rejoin_open(&r, p);
	rejoin_feed(&r, buf_slice(canonical), out);
	if (rejoin_end(&r, out, err) < 0) {
		buf_truncate(out, before);
		return -1;
	}
	return 0;
}

struct stored {
	struct message_stream *stream;  /* NULL: all is in piece already */
	struct rejoiner rejoiner;
	struct buf piece;
	bool ended;
};

int
stored_open(struct archive *a, struct object_finder *f, const struct placement *p,
    struct stored **out, struct error *err)
{
	struct stored *s = mem_alloc(sizeof(*s));
	int rc;

	if (p->kind == PLACED_CHUNKS)
		rc = archive_read_object(a, f, OBJECT_CHUNK, &p->id, &s->piece, err);
	else
		rc = message_stream_open(a, f, &p->id, &s->stream, err);
	if (rc < 0) {
		stored_close(s);
		return -1;
	}
	rejoin_open(&s->rejoiner, p);
	*out = s;
	return 0;
}

static int
next_piece(struct stored *s, struct error *err)
{
	struct slice canonical;
	int rc;

	buf_clear(&s->piece);
	rc = message_stream_next(s->stream, &canonical, err);
	if (rc < 0)
		return -1;
	if (rc == 1) {
		rejoin_feed(&s->rejoiner, canonical, &s->piece);
		return 0;
	}
	s->ended = true;
	return rejoin_end(&s->rejoiner, &s->piece, err);
}

int
stored_next(struct stored *s, struct slice *out, struct error *err)
{
	if (!s->stream && s->ended)
		return 0;
	if (!s->stream) {
		s->ended = true;
		*out = buf_slice(&s->piece);
		return 1;
	}
	do {
		if (s->ended)
			return 0;
		if (next_piece(s, err) < 0)
			return -1;
	} while (s->piece.n == 0);
	*out = buf_slice(&s->piece);
	return 1;
}

void
stored_close(struct stored *s)
{
	if (!s)
		return;
	message_stream_close(s->stream);
	buf_free(&s->piece);
	mem_free(s);
}

int
message_prove(struct archive *a, struct object_finder *f, const struct digest *id,
    uint64_t *size, struct error *err)
{
	struct message_stream *stream = NULL;
	struct slice piece;
	int rc;

	*size = 0;
	if (message_stream_open(a, f, id, &stream, err) < 0)
		return -1;
	while ((rc = message_stream_next(stream, &piece, err)) == 1)
		*size += piece.n;
	message_stream_close(stream);
	return rc;
}
