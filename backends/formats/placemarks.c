/* SPDX-License-Identifier: MIT */
#include "backends/formats/placemarks.h"

#include <string.h>

#include "backends/formats/folders.h"
#include "core/base/mem.h"

#define SAMPLES 64u             /* places that are looked at */
#define SIGN_MAX 16u

struct marked_reader {
	struct reader reader;
	struct reader *inner;
	struct place_marks marks;
};

static struct marked_reader *
marked_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct marked_reader, reader);
}

void
place_marks_add(struct place_marks *m, uint64_t at, uint64_t n, unsigned flags)
{
	map_put(&m->flags, slice_of(&at, sizeof(at)), flags);
	if (at + n > m->end)
		m->end = at + n;
}

void
place_marks_free(struct place_marks *m)
{
	map_free(&m->flags);
	m->end = 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct marked_reader *r = marked_reader_of(reader);
	uint64_t flags;
	int found = r->inner->ops->next(r->inner, out, err);

	if (found != 1 || out->kind != ENTRY_MESSAGE)
		return found;
	if (map_get(&r->marks.flags, slice_of(&out->at, sizeof(out->at)), &flags))
		out->flags |= (unsigned)flags;
	else
		out->dead |= out->at < r->marks.end;
	return found;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct marked_reader *r = marked_reader_of(reader);

	return r->inner->ops->bytes(r->inner, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct marked_reader *r;

	if (reader == NULL)
		return;
	r = marked_reader_of(reader);
	r->inner->ops->close(r->inner);
	place_marks_free(&r->marks);
	mem_free(r);
}

static const struct reader_ops marked_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static bool
stands_at(int fd, uint64_t at, struct slice sign, uint64_t head)
{
	unsigned char found[SIGN_MAX];
	struct error ignored = ERROR_NONE;

	if (head > 0 && at <= head)
		return at == head;
	return file_read_at(fd, head > 0 ? at - sign.n : at, found, sign.n, &ignored) == 0 &&
	    memcmp(found, sign.p, sign.n) == 0;
}

static bool
fits(const struct place_marks *m, const char *path, struct slice sign, uint64_t head)
{
	struct error ignored = ERROR_NONE;
	size_t step = m->flags.n / SAMPLES + 1, i = 0, next = 0;
	bool good = m->flags.n > 0;
	uint64_t value, at;
	struct slice key;
	int fd = -1;

	if (!good || file_open_read(path, &fd, &ignored) < 0)
		return false;
	while (good && map_next(&m->flags, &next, &key, &value)) {
		if (i++ % step != 0)
			continue;
		memcpy(&at, key.p, sizeof(at));
		good = stands_at(fd, at, sign, head);
	}
	file_close(fd);
	return good;
}

struct reader *
place_marks_open(struct reader *inner, struct place_marks *m, const char *path,
    struct slice sign, uint64_t head)
{
	struct marked_reader *r;

	if (sign.n > SIGN_MAX || !fits(m, path, sign, head)) {
		place_marks_free(m);
		return inner;
	}
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &marked_reader_ops;
	r->inner = inner;
	r->marks = *m;
	*m = (struct place_marks)PLACE_MARKS_EMPTY;
	return &r->reader;
}
