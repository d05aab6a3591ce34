/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <locale.h>

#include "backends/formats/formats.h"
#include "core/base/file.h"
#include "core/base/libarchive.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define COPY_STEP (256u * KIB)
#define DEPTH_MAX 128u

enum wrapping { WRAP_ZIP, WRAP_TAR, WRAP_TAR_GZIP, WRAP_TAR_ZSTD, WRAP_NONE };

struct wrapper {
	struct archive *archive;
	struct archive_entry *entry;
	int fd;
	struct error failure;           /* of the write callback */
	unsigned char *step;
};

static enum wrapping
wrapping_of(const char *path)
{
	static const struct {
		const char *suffix;
		enum wrapping wrapping;
	} suffixes[] = { { ".zip", WRAP_ZIP }, { ".tar", WRAP_TAR }, { ".tar.gz", WRAP_TAR_GZIP },
		{ ".tgz", WRAP_TAR_GZIP }, { ".tar.zst", WRAP_TAR_ZSTD } };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (slice_ends(slice_string(path), suffixes[i].suffix))
			return suffixes[i].wrapping;
	}
	return WRAP_NONE;
}

bool
archive_can_write(const char *out_path)
{
	return wrapping_of(out_path) != WRAP_NONE;
}

/* libarchive's bytes go through file.c, which counts and may fail them. */
static la_ssize_t
write_bytes(struct archive *archive, void *context, const void *bytes, size_t n)
{
	struct wrapper *w = context;

	if (file_write(w->fd, slice_of(bytes, n), &w->failure) < 0) {
		archive_set_error(archive, EIO, "%s", w->failure.text);
		return -1;
	}
	return (la_ssize_t)n;
}

static int
fail_archive(struct wrapper *w, struct error *err)
{
	const char *why = archive_error_string(w->archive);

	if (w->failure.code != ERR_NONE) {
		*err = w->failure;
		return -1;
	}
	return fail(err, ERR_SYSTEM, "%s", why != NULL ? why : "libarchive failed");
}

static int
open_archive(struct wrapper *w, enum wrapping wrapping, struct error *err)
{
	int rc;

	if (libarchive_load(err) < 0)
		return -1;
	w->archive = archive_write_new();
	w->entry = archive_entry_new();
	if (w->archive == NULL || w->entry == NULL)
		return fail(err, ERR_SYSTEM, "libarchive cannot be used");
	if (wrapping == WRAP_ZIP)
		rc = archive_write_set_format_zip(w->archive);
	else
		rc = archive_write_set_format_pax_restricted(w->archive);
	if (rc == ARCHIVE_OK && wrapping == WRAP_TAR_GZIP)
		rc = archive_write_add_filter_gzip(w->archive);
	if (rc == ARCHIVE_OK && wrapping == WRAP_TAR_ZSTD)
		rc = archive_write_add_filter_zstd(w->archive);
	/* The moment of writing is no part of what is written. */
	if (rc == ARCHIVE_OK && wrapping == WRAP_TAR_GZIP)
		rc = archive_write_set_filter_option(w->archive, "gzip", "timestamp", NULL);
	if (rc == ARCHIVE_OK)
		rc = archive_write_set_bytes_in_last_block(w->archive, 1);
	if (rc == ARCHIVE_OK)
		rc = archive_write_open(w->archive, w, NULL, write_bytes, NULL);
	return rc == ARCHIVE_OK ? 0 : fail_archive(w, err);
}

/* Names are bytes, and UTF-8 where our own writers made them: the copy in the
 * locale's charset is the only one that a name of any bytes has. */
static int
begin_entry(struct wrapper *w, const char *name, const struct file_meta *meta, struct error *err)
{
	bool is_directory = meta->kind == FILE_DIRECTORY;
	int rc;

	archive_entry_clear(w->entry);
	archive_entry_copy_pathname(w->entry, name);
	archive_entry_set_filetype(w->entry, is_directory ? AE_IFDIR : AE_IFREG);
	archive_entry_set_perm(w->entry, is_directory ? 0755 : 0644);
	archive_entry_set_mtime(w->entry, (time_t)(meta->mtime_ns / 1000000000), 0);
	archive_entry_set_size(w->entry, is_directory ? 0 : (la_int64_t)meta->size);
	rc = archive_write_header(w->archive, w->entry);
	return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? 0 : fail_archive(w, err);
}

static int
add_file(struct wrapper *w, const char *path, const char *name, struct error *err)
{
	struct file_meta meta;
	uint64_t left;
	int64_t got;
	int fd = -1, rc = -1;

	if (file_open_read(path, &fd, err) < 0 || file_stat_fd(fd, &meta, err) < 0 ||
	    begin_entry(w, name, &meta, err) < 0)
		goto out;
	for (left = meta.size; left > 0; left -= (uint64_t)got) {
		got = file_read(fd, w->step, left < COPY_STEP ? (size_t)left : COPY_STEP, err);
		if (got < 0)
			goto out;
		if (got == 0) {
			fail(err, ERR_CHANGED, "became shorter while it was read");
			goto out;
		}
		if (archive_write_data(w->archive, w->step, (size_t)got) != got) {
			fail_archive(w, err);
			goto out;
		}
	}
	rc = 0;

out:
	if (rc < 0)
		fail_in(err, "%s", path);
	file_close(fd);
	return rc;
}

static int
add_directory(struct wrapper *w, const char *directory, const char *prefix, unsigned depth,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;
	int rc = -1;

	if (depth == 0) {
		fail(err, ERR_LIMIT, "%s: directories are nested too deeply", directory);
		goto out;
	}
	if (directory_read(directory, true, &a, &all, err) < 0)
		goto out;
	for (i = 0; i < all.n; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);
		const char *name = arena_format(&a, "%s%s", prefix, e->name);

		if (e->kind == FILE_DIRECTORY) {
			const char *inside = arena_format(&a, "%s/", name);

			if (begin_entry(w, inside, &e->meta, err) < 0 ||
			    add_directory(w, path, inside, depth - 1, err) < 0)
				goto out;
		} else if (e->kind == FILE_REGULAR) {
			if (add_file(w, path, name, err) < 0)
				goto out;
		}
	}
	rc = 0;

out:
	arena_free(&a);
	return rc;
}

int
archive_write_tree(const char *directory, const char *out_path, struct error *err)
{
	struct wrapper w = { .fd = -1 };
	struct error ignored = ERROR_NONE;
	enum wrapping wrapping = wrapping_of(out_path);
	/* cron runs us in the C locale, where libarchive cannot tell that names
	 * are UTF-8: zip files would say so wrongly. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	bool created = false;
	int rc = -1;

	w.step = mem_alloc(COPY_STEP);
	if (wrapping == WRAP_NONE) {
		fail(err, ERR_USAGE, "%s: the name must end in .zip, .tar, .tar.gz, .tgz or .tar.zst",
		    out_path);
		goto out;
	}
	if (file_create(out_path, 0600, &w.fd, err) < 0)
		goto out;
	created = true;
	if (open_archive(&w, wrapping, err) < 0 ||
	    add_directory(&w, directory, "", DEPTH_MAX, err) < 0)
		goto out;
	if (archive_write_close(w.archive) != ARCHIVE_OK) {
		fail_archive(&w, err);
		goto out;
	}
	rc = file_sync(w.fd, err);

out:
	if (rc < 0 && created)
		fail_in(err, "%s", out_path);
	if (w.archive != NULL)
		archive_write_free(w.archive);
	if (w.entry != NULL)
		archive_entry_free(w.entry);
	file_close(w.fd);
	if (rc < 0 && created)
		file_remove(out_path, &ignored);
	mem_free(w.step);
	if (utf8 != (locale_t)0) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}
