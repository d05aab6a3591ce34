/* SPDX-License-Identifier: MIT */
#include "backends/formats/records.h"

#include <inttypes.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "core/base/limits.h"
#include "core/base/mem.h"

#define SEARCH_STEP (64u * KIB)
#define LARGE_HEAD (1u * MIB)

struct records *
records_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct records, reader);
}

int
records_open(struct records *r, const struct records_ops *ops, const char *path,
    struct reader **out, struct error *err)
{
	r->reader.ops = &records_reader_ops;
	r->ops = ops;
	if (stream_open_file(path, &r->stream, err) < 0) {
		ops->free(r);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

void
records_free(struct records *r)
{
	mem_free(r);
}

int
records_peek(struct records *r, uint64_t at, size_t n, struct slice *out, struct error *err)
{
	if (at > r->stream->size)
		at = r->stream->size;
	if (n > r->stream->size - at)
		n = (size_t)(r->stream->size - at);
	buf_clear(&r->bytes);
	if (r->stream->ops->bytes(r->stream, at, buf_extend(&r->bytes, n), n, err) < 0)
		return -1;
	*out = buf_slice(&r->bytes);
	return 0;
}

int
records_find(struct records *r, uint64_t from, struct slice needle, uint64_t *out,
    struct error *err)
{
	uint64_t at = from;
	struct slice s;
	size_t hit;

	*out = r->stream->size;
	while (at < r->stream->size) {
		if (records_peek(r, at, SEARCH_STEP, &s, err) < 0)
			return -1;
		hit = slice_find_bytes(s, 0, needle);
		if (hit < s.n) {
			*out = at + hit;
			return 0;
		}
		if (at + s.n >= r->stream->size)
			return 0;
		at += s.n - (needle.n - 1);
	}
	return 0;
}

static int
hand_out(struct records *r, struct entry *out, struct error *err)
{
	uint64_t left = r->stream->size - r->at;

	if (out->size > left)
		out->size = left;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	if (records_peek(r, r->at, out->is_large ? LARGE_HEAD : (size_t)out->size, &out->bytes,
	    err) < 0)
		return -1;
	if (out->framing.lead > out->size)
		out->framing.lead = (size_t)out->size;
	if (out->framing.trail > out->size - out->framing.lead)
		out->framing.trail = (size_t)(out->size - out->framing.lead);
	out->at = r->start = r->at;
	r->at += out->size;
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct records *r = records_of(reader);
	bool grew;

	memset(out, 0, sizeof(*out));
	arena_reset(&r->arena);
	if (r->at == r->stream->size) {
		if (r->at == 0 && r->stream->ops->end(r->stream, &grew, err) < 0)
			return -1;
		return 0;
	}
	if (r->ops->take(r, out, err) < 0 || hand_out(r, out, err) < 0)
		return -1;
	if (r->at < r->stream->size)
		return 1;
	if (r->stream->ops->end(r->stream, &grew, err) < 0)
		return -1;
	if (grew) {
		out->kind = ENTRY_TORN;
		fail(&out->error, ERR_CHANGED, "bytes from %" PRIu64 " on: mail was being added "
		    "while this was read; left for the next backup", r->start);
	}
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct records *r = records_of(reader);

	return r->stream->ops->bytes(r->stream, r->start + at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct records *r;

	if (reader == NULL)
		return;
	r = records_of(reader);
	stream_close(r->stream);
	buf_free(&r->bytes);
	arena_free(&r->arena);
	r->ops->free(r);
}

const struct reader_ops records_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};
