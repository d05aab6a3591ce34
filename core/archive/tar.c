/* SPDX-License-Identifier: MIT */
#include "core/archive/tar.h"

#include "core/base/libarchive.h"
#include "core/base/mem.h"

#define BLOCK 512

struct tar_writer {
	struct archive *tar;
	struct archive_entry *entry;
	struct buf *out;        /* of the entry being written; NULL: nowhere */
};

static la_ssize_t
append(struct archive *tar, void *data, const void *p, size_t n)
{
	struct tar_writer *t = data;

	(void)tar;
	if (t->out != NULL)
		buf_add_bytes(t->out, p, n);
	return (la_ssize_t)n;
}

static int
fail_tar(struct archive *tar, enum error_code code, struct error *err)
{
	const char *why = archive_error_string(tar);

	return fail(err, code, "tar: %s", why != NULL ? why : "unknown error");
}

int
tar_load(struct error *err)
{
	return libarchive_load(err);
}

/* Blocks of no length make libarchive hand over each entry as it is. */
struct tar_writer *
tar_writer_open(void)
{
	struct tar_writer *t = mem_alloc(sizeof(*t));

	t->tar = mem_check(archive_write_new());
	t->entry = mem_check(archive_entry_new());
	archive_write_set_format_pax_restricted(t->tar);
	archive_write_add_filter_none(t->tar);
	archive_write_set_bytes_per_block(t->tar, 0);
	archive_write_set_bytes_in_last_block(t->tar, 1);
	archive_write_open(t->tar, t, NULL, append, NULL);
	return t;
}

int
tar_writer_add(struct tar_writer *t, const char *name, struct slice bytes, struct buf *out,
    uint64_t *at, struct error *err)
{
	int rc = -1;

	t->out = out;
	archive_entry_clear(t->entry);
	archive_entry_set_pathname(t->entry, name);
	archive_entry_set_filetype(t->entry, AE_IFREG);
	archive_entry_set_perm(t->entry, 0644);
	archive_entry_set_size(t->entry, (la_int64_t)bytes.n);
	archive_entry_set_mtime(t->entry, 0, 0);
	if (archive_write_header(t->tar, t->entry) != ARCHIVE_OK) {
		fail_tar(t->tar, ERR_SYSTEM, err);
		goto out;
	}
	*at = out->n;
	if ((bytes.n > 0 && archive_write_data(t->tar, bytes.p, bytes.n) != (la_ssize_t)bytes.n) ||
	    archive_write_finish_entry(t->tar) != ARCHIVE_OK) {
		fail_tar(t->tar, ERR_SYSTEM, err);
		goto out;
	}
	rc = 0;

out:
	t->out = NULL;
	return rc;
}

void
tar_writer_close(struct tar_writer *t)
{
	if (t == NULL)
		return;
	archive_entry_free(t->entry);
	archive_write_free(t->tar);
	mem_free(t);
}

struct slice
tar_end(void)
{
	static const unsigned char zeros[2 * BLOCK];

	return slice_of(zeros, sizeof(zeros));
}

struct tar_reader {
	struct archive *tar;
	struct slice frames;
};

int
tar_reader_open(struct slice frames, struct tar_reader **out, struct error *err)
{
	struct tar_reader *t;

	if (libarchive_load(err) < 0)
		return -1;
	t = mem_alloc(sizeof(*t));
	t->tar = mem_check(archive_read_new());
	t->frames = frames;
	archive_read_support_format_tar(t->tar);
	if (archive_read_open_memory(t->tar, frames.p, frames.n) != ARCHIVE_OK) {
		fail_tar(t->tar, ERR_CORRUPT, err);
		tar_reader_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

int
tar_reader_next(struct tar_reader *t, struct tar_entry *out, struct error *err)
{
	struct archive_entry *entry;
	la_int64_t at, size;
	int rc = archive_read_next_header(t->tar, &entry);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return fail_tar(t->tar, ERR_CORRUPT, err);
	out->name = archive_entry_pathname(entry);
	size = archive_entry_size(entry);
	/* What was read of memory so far: up to the entry's first byte. */
	at = archive_filter_bytes(t->tar, -1);
	if (out->name == NULL || archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) != NULL || at < 0 || size < 0 ||
	    (uint64_t)at > t->frames.n || (uint64_t)size > t->frames.n - (uint64_t)at)
		return fail(err, ERR_CORRUPT, "tar: an entry that is no whole plain file");
	out->at = (uint64_t)at;
	out->bytes = slice_sub(t->frames, (size_t)at, (size_t)size);
	return 1;
}

void
tar_reader_close(struct tar_reader *t)
{
	if (t == NULL)
		return;
	archive_read_free(t->tar);
	mem_free(t);
}
