/* SPDX-License-Identifier: MIT */
#include "backends/formats/archivemember.h"


#include "core/base/libarchive.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define BLOCK (128u * KIB)

struct member_walk {
	char *path;
	int fd;
	struct file_meta meta;
	struct archive *archive;
	size_t next;
	struct buf name, link;
	bool is_over;           /* behind damage there is nothing to be had */
};

static int
fail_archive(const struct member_walk *w, struct error *err)
{
	const char *why = archive_error_string(w->archive);

	return fail(err, ERR_FORMAT, "%s: %s", w->path, why != NULL ? why : "cannot be read");
}

int
member_walk_open(const char *path, struct member_walk **out, struct error *err)
{
	struct member_walk *w = mem_alloc(sizeof(*w));
	int rc = -1;

	w->path = mem_string(path);
	w->fd = -1;
	if (file_open_read(path, &w->fd, err) < 0)
		goto out;
	if (file_stat_fd(w->fd, &w->meta, err) < 0) {
		fail_in(err, "%s", path);
		goto out;
	}
	if (libarchive_load(err) < 0)
		goto out;
	w->archive = archive_read_new();
	if (w->archive == NULL) {
		fail(err, ERR_SYSTEM, "%s: libarchive cannot be used", path);
		goto out;
	}
	/* Named one by one: support_filter_all() would run programs. */
	archive_read_support_filter_gzip(w->archive);
	archive_read_support_filter_bzip2(w->archive);
	archive_read_support_filter_xz(w->archive);
	archive_read_support_filter_zstd(w->archive);
	archive_read_support_format_tar(w->archive);
	archive_read_support_format_zip(w->archive);
	if (archive_read_open_fd(w->archive, w->fd, BLOCK) != ARCHIVE_OK) {
		fail_archive(w, err);
		goto out;
	}
	*out = w;
	w = NULL;
	rc = 0;

out:
	member_walk_close(w);
	return rc;
}

/* libarchive converts names to the locale's charset, and a cron job has none:
 * UTF-8 is asked for first, then the bytes as they stand. */
static void
set_name(struct member_walk *w, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);
	const char *link = archive_entry_hardlink_utf8(entry);

	if (name == NULL)
		name = archive_entry_pathname(entry);
	if (link == NULL)
		link = archive_entry_hardlink(entry);
	buf_clear(&w->name);
	if (name != NULL)
		buf_add_string(&w->name, name);
	else
		buf_add_format(&w->name, "member-%zu", w->next);
	buf_set(&w->link, slice_string(link));
}

int
member_walk_next(struct member_walk *w, struct member *out, struct error *err)
{
	struct archive_entry *entry;
	int rc;

	if (w->is_over)
		return 0;
	rc = archive_read_next_header(w->archive, &entry);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN) {
		w->is_over = true;
		return fail_archive(w, err);
	}
	set_name(w, entry);
	out->name = buf_slice(&w->name);
	out->index = w->next++;
	out->link = buf_slice(&w->link);
	out->is_regular = archive_entry_filetype(entry) == AE_IFREG && out->link.n == 0;
	out->size = archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0 ?
	    (uint64_t)archive_entry_size(entry) : 0;
	return 1;
}

int64_t
member_walk_read(struct member_walk *w, void *p, size_t n, struct error *err)
{
	la_ssize_t got = archive_read_data(w->archive, p, n);

	if (got >= 0)
		return got;
	w->is_over = got == ARCHIVE_FATAL;
	return fail(err, ERR_FORMAT, "%s: %s: %s", w->path, buf_text(&w->name),
	    archive_error_string(w->archive) != NULL ? archive_error_string(w->archive) :
	    "cannot be read");
}

bool
member_walk_reaches(const struct member_walk *w, size_t index)
{
	return !w->is_over && w->next <= index;
}

int
member_walk_check(const struct member_walk *w, struct error *err)
{
	struct file_meta now;

	if (file_stat(w->path, &now, err) < 0 || !file_meta_same(&now, &w->meta))
		return fail(err, ERR_CHANGED, "%s: was changed while it was read", w->path);
	return 0;
}

void
member_walk_close(struct member_walk *w)
{
	if (w == NULL)
		return;
	if (w->archive != NULL)
		archive_read_free(w->archive);
	file_close(w->fd);
	buf_free(&w->name);
	buf_free(&w->link);
	mem_free(w->path);
	mem_free(w);
}

/* ---- Once more ---- */

struct member_again {
	char *path;
	struct member_walk *walk;
	bool is_inside;         /* of member index, at offset at */
	size_t index;
	uint64_t at;
};

struct member_again *
member_again_open(const char *path)
{
	struct member_again *m = mem_alloc(sizeof(*m));

	m->path = mem_string(path);
	return m;
}

static int
go_to(struct member_again *m, size_t index, uint64_t at, struct error *err)
{
	struct member member;
	int found;

	if (m->is_inside && m->index == index && m->at <= at)
		return 0;
	if (m->walk != NULL && (m->index >= index || !m->is_inside)) {
		member_walk_close(m->walk);
		m->walk = NULL;
	}
	m->is_inside = false;
	if (m->walk == NULL && member_walk_open(m->path, &m->walk, err) < 0)
		return -1;
	do {
		found = member_walk_next(m->walk, &member, err);
		if (found < 0)
			return -1;
		if (found == 0)
			return fail(err, ERR_CHANGED, "%s: was changed while it was read", m->path);
	} while (member.index != index);
	m->is_inside = true;
	m->index = index;
	m->at = 0;
	return 0;
}

int
member_again_bytes(struct member_again *m, size_t index, uint64_t at, void *p, size_t n,
    struct error *err)
{
	unsigned char skipped[64 * KIB], *to = p;
	int64_t got;

	if (go_to(m, index, at, err) < 0)
		return -1;
	while (n > 0) {
		uint64_t skip = at - m->at;

		if (skip > 0)
			got = member_walk_read(m->walk, skipped,
			    skip < sizeof(skipped) ? (size_t)skip : sizeof(skipped), err);
		else
			got = member_walk_read(m->walk, to, n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return fail(err, ERR_CHANGED, "%s: was changed while it was read", m->path);
		m->at += (uint64_t)got;
		if (skip == 0) {
			to += got;
			n -= (size_t)got;
			at += (uint64_t)got;
		}
	}
	return 0;
}

void
member_again_close(struct member_again *m)
{
	if (m == NULL)
		return;
	member_walk_close(m->walk);
	mem_free(m->path);
	mem_free(m);
}
