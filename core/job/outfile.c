/* SPDX-License-Identifier: MIT */
#include "core/job/outfile.h"

#include <inttypes.h>

#include "core/base/limits.h"
#include "core/base/mem.h"

#define COMPARE_STEP (256u * KIB)

static void
name_temporary(struct outfile *o, uint64_t number)
{
	const char *slash = strrchr(o->path, '/');

	if (slash)
		buf_add_bytes(&o->temporary, o->path, (size_t)(slash + 1 - o->path));
	buf_add_format(&o->temporary, ".mailcask-%016" PRIx64,
	    fingerprint64(slice_string(o->path)) + number);
}

int
outfile_open(struct outfile *o, struct root *root, const char *path, uint64_t number,
    struct error *err)
{
	*o = (struct outfile){ .root = root, .path = path, .temporary = BUF_EMPTY, .fd = -1 };
	name_temporary(o, number);
	if (root_create(root, buf_text(&o->temporary), 0600, &o->fd, err) == 0)
		return 0;
	if (err->code == ERR_EXISTS && root_remove(root, buf_text(&o->temporary), err) == 0 &&
	    root_create(root, buf_text(&o->temporary), 0600, &o->fd, err) == 0)
		return 0;
	outfile_close(o);
	return -1;
}

int
outfile_write(struct outfile *o, struct slice bytes, struct error *err)
{
	if (file_write(o->fd, bytes, err) < 0)
		return fail_in(err, "%s", o->path);
	o->size += bytes.n;
	return 0;
}

/* What cannot be opened, a link or a directory, is not the same. */
static bool
stands_there(struct outfile *o)
{
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	unsigned char *ours = NULL, *theirs = NULL;
	uint64_t at;
	size_t n;
	bool same = false;
	int fd = -1;

	if (root_open_read(o->root, o->path, &fd, &ignored) < 0)
		return false;
	if (file_stat_fd(fd, &meta, &ignored) < 0 || meta.size != o->size)
		goto out;
	ours = mem_alloc(COMPARE_STEP);
	theirs = mem_alloc(COMPARE_STEP);
	for (at = 0; at < o->size; at += n) {
		n = o->size - at < COMPARE_STEP ? (size_t)(o->size - at) : COMPARE_STEP;
		if (file_read_at(o->fd, at, ours, n, &ignored) < 0 ||
		    file_read_at(fd, at, theirs, n, &ignored) < 0 ||
		    memcmp(ours, theirs, n) != 0)
			goto out;
	}
	same = true;

out:
	mem_free(ours);
	mem_free(theirs);
	file_close(fd);
	return same;
}

int
outfile_commit(struct outfile *o, uint32_t mode, int64_t mtime_ns, bool overwrite,
    struct error *err)
{
	const char *temporary = buf_text(&o->temporary);

	/* No set-user-id bit comes out of an archive. */
	if (file_set_meta(o->fd, mode & 0777, mtime_ns, err) < 0)
		o->meta_error = *err;
	if (root_rename(o->root, temporary, o->path, false, err) < 0) {
		if (err->code != ERR_EXISTS)
			return -1;
		if (stands_there(o))
			return 0;
		if (!overwrite)
			return fail(err, ERR_EXISTS, "exists and differs");
		if (root_rename(o->root, temporary, o->path, true, err) < 0)
			return -1;
	}
	file_close(o->fd);
	o->fd = -1;
	return 1;
}

void
outfile_close(struct outfile *o)
{
	struct error ignored = ERROR_NONE;

	if (o->fd >= 0) {
		file_close(o->fd);
		o->fd = -1;
		root_remove(o->root, buf_text(&o->temporary), &ignored);
	}
	buf_free(&o->temporary);
}
