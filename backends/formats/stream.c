/* SPDX-License-Identifier: MIT */
#include "backends/formats/stream.h"

#include "backends/formats/folders.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/base/mem.h"

#define SKIP_STEP 65536u

struct file_stream {
	struct stream stream;
	char *path;
	int fd;
	struct file_meta meta;          /* when it was opened */
	uint64_t at;
	/* The inside of a packed file.  bytes() goes back to what read() went
	 * past, so a second expander follows the first, and begins anew only
	 * when asked for something further back: entries come in order. */
	struct expander *ahead, *behind;
	int behind_fd;
	uint64_t behind_at;
};

static struct file_stream *
file_stream_of(struct stream *s)
{
	return CONTAINER_OF(s, struct file_stream, stream);
}

static int64_t
read_plain(struct stream *s, void *p, size_t n, struct error *err)
{
	struct file_stream *f = file_stream_of(s);
	int64_t got;

	if (n > f->meta.size - f->at)
		n = (size_t)(f->meta.size - f->at);
	if (n == 0)
		return 0;
	got = file_read(f->fd, p, n, err);
	if (got == 0)
		return fail(err, ERR_CHANGED, "%s: became shorter while it was read", f->path);
	if (got < 0)
		return fail_in(err, "%s", f->path);
	f->at += (uint64_t)got;
	return got;
}

static int
bytes_plain(struct stream *s, uint64_t at, void *p, size_t n, struct error *err)
{
	struct file_stream *f = file_stream_of(s);

	if (file_read_at(f->fd, at, p, n, err) < 0)
		return fail_in(err, "%s", f->path);
	return 0;
}

static int
end_of_file(struct stream *s, bool *grew, struct error *err)
{
	struct file_stream *f = file_stream_of(s);
	struct file_meta now, there;

	*grew = false;
	if (file_stat_fd(f->fd, &now, err) < 0)
		return fail_in(err, "%s", f->path);
	if (file_meta_same(&now, &f->meta) && now.links > 0)
		return 0;
	if (file_stat(f->path, &there, err) < 0 || there.inode != f->meta.inode ||
	    there.device != f->meta.device)
		return fail(err, ERR_CHANGED, "%s: was replaced while it was read", f->path);
	if (there.size > f->meta.size) {
		*grew = true;
		return 0;
	}
	return fail(err, ERR_CHANGED, "%s: was written to while it was read", f->path);
}

static int64_t
read_packed(struct stream *s, void *p, size_t n, struct error *err)
{
	struct file_stream *f = file_stream_of(s);
	int64_t got = expander_read(f->ahead, p, n, err);

	if (got < 0)
		return fail_in(err, "%s", f->path);
	f->at += (uint64_t)got;
	return got;
}

static int
rewind_behind(struct file_stream *f, struct error *err)
{
	expander_close(f->behind);
	file_close(f->behind_fd);
	f->behind = NULL;
	f->behind_at = 0;
	if (file_open_read(f->path, &f->behind_fd, err) < 0)
		return -1;
	f->behind = expander_open(f->behind_fd);
	return 0;
}

static int
bytes_packed(struct stream *s, uint64_t at, void *p, size_t n, struct error *err)
{
	struct file_stream *f = file_stream_of(s);
	unsigned char skipped[SKIP_STEP], *to = p;
	int64_t got;

	if ((f->behind == NULL || f->behind_at > at) && rewind_behind(f, err) < 0)
		return -1;
	while (n > 0) {
		uint64_t skip = at - f->behind_at;

		if (skip > 0)
			got = expander_read(f->behind, skipped,
			    skip < sizeof(skipped) ? skip : sizeof(skipped), err);
		else
			got = expander_read(f->behind, to, n, err);
		if (got < 0)
			return fail_in(err, "%s", f->path);
		if (got == 0)
			return fail(err, ERR_CHANGED, "%s: became shorter while it was read", f->path);
		f->behind_at += (uint64_t)got;
		if (skip == 0) {
			to += got;
			n -= (size_t)got;
			at += (uint64_t)got;
		}
	}
	return 0;
}

/* What was added to a packed file is no tail that could be left out. */
static int
end_of_packed(struct stream *s, bool *grew, struct error *err)
{
	struct file_stream *f = file_stream_of(s);

	if (end_of_file(s, grew, err) < 0)
		return -1;
	if (*grew)
		return fail(err, ERR_CHANGED, "%s: was written to while it was read", f->path);
	return 0;
}

static void
close_file(struct stream *s)
{
	struct file_stream *f = file_stream_of(s);

	expander_close(f->ahead);
	expander_close(f->behind);
	file_close(f->fd);
	file_close(f->behind_fd);
	mem_free(f->path);
	mem_free(f);
}

static const struct stream_ops plain_ops = {
	.read = read_plain,
	.bytes = bytes_plain,
	.end = end_of_file,
	.close = close_file,
};

static const struct stream_ops packed_ops = {
	.read = read_packed,
	.bytes = bytes_packed,
	.end = end_of_packed,
	.close = close_file,
};

static int
open_file(const char *path, const struct stream_ops *ops, struct file_stream **out,
    struct error *err)
{
	struct file_stream *f = mem_alloc(sizeof(*f));
	int rc = -1;

	f->stream.ops = ops;
	f->path = mem_string(path);
	f->fd = f->behind_fd = -1;
	if (file_open_read(path, &f->fd, err) < 0)
		goto out;
	if (file_stat_fd(f->fd, &f->meta, err) < 0) {
		fail_in(err, "%s", path);
		goto out;
	}
	*out = f;
	f = NULL;
	rc = 0;

out:
	if (f != NULL)
		close_file(&f->stream);
	return rc;
}

int
stream_open_file(const char *path, struct stream **out, struct error *err)
{
	struct file_stream *f;

	if (open_file(path, &plain_ops, &f, err) < 0)
		return -1;
	f->stream.is_seekable = true;
	f->stream.size = f->meta.size;
	*out = &f->stream;
	return 0;
}

int
stream_open_packed(const char *path, struct stream **out, struct error *err)
{
	struct file_stream *f;

	if (open_file(path, &packed_ops, &f, err) < 0)
		return -1;
	f->ahead = expander_open(f->fd);
	*out = &f->stream;
	return 0;
}

void
stream_close(struct stream *s)
{
	if (s != NULL)
		s->ops->close(s);
}
