/* SPDX-License-Identifier: MIT */
#include "backends/formats/archiveexpand.h"


#include "core/base/libarchive.h"
#include "core/base/limits.h"

#define PIECE (64u * KIB)

static int
read_all(struct archive *archive, uint64_t max, struct buf *out, struct error *err)
{
	la_ssize_t got;

	do {
		got = archive_read_data(archive, buf_extend(out, PIECE), PIECE);
		buf_truncate(out, out->n - PIECE + (got > 0 ? (size_t)got : 0));
		if (out->n > max)
			return fail(err, ERR_LIMIT, "more than %llu bytes are packed in it",
			    (unsigned long long)max);
	} while (got > 0);
	return got == 0 ? 0 : -1;
}

int
archive_expand(struct slice packed, uint64_t max, struct buf *out, struct error *err)
{
	struct archive *archive;
	struct archive_entry *entry;
	const char *why;
	int rc = -1;

	buf_clear(out);
	error_clear(err);
	if (libarchive_load(err) < 0)
		return -1;
	archive = archive_read_new();
	if (archive == NULL)
		return fail(err, ERR_SYSTEM, "libarchive cannot be used");
	/* Named one by one: support_filter_all() would run programs. */
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_memory(archive, packed.p, packed.n) == ARCHIVE_OK &&
	    archive_read_next_header(archive, &entry) == ARCHIVE_OK &&
	    archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE)
		rc = read_all(archive, max, out, err);
	if (rc < 0 && err->code == 0) {
		why = archive_error_string(archive);
		fail(err, ERR_FORMAT, "%s", why != NULL ? why : "it cannot be unpacked");
	}
	archive_read_free(archive);
	return rc;
}
