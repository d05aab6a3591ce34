/* SPDX-License-Identifier: MIT */
#include "backends/formats/marks.h"
#include "core/base/sqlitefile.h"

/*
 * folders.db (camel-db.c, camel-store-db.c).  Up to 3.56 each folder has a
 * table of its full name; later ones are called messages_N by the folder's
 * number.  The columns uid, flags and labels are in both.
 */

/* camel-enums.h */
static const struct {
	unsigned bit, flag;
} bits[] = {
	{ 0x0001, FLAG_ANSWERED },
	{ 0x0002, FLAG_DELETED },
	{ 0x0004, FLAG_DRAFT },
	{ 0x0008, FLAG_FLAGGED },
	{ 0x0010, FLAG_SEEN },
	{ 0x0400, FLAG_FORWARDED },
};
#define BIT_JUNK 0x0080u
#define BIT_NOT_JUNK 0x0200u

static void
take_row(struct sqlite_query *q, struct marks *out)
{
	struct mark *mark = marks_of(out, sqlite_query_bytes(q, 0));
	unsigned flags = (unsigned)sqlite_query_number(q, 1);
	struct slice labels = sqlite_query_bytes(q, 2), label;
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		mark->flags |= flags & bits[i].bit ? bits[i].flag : 0;
	if (flags & BIT_JUNK)
		tags_add(&mark->tags, &out->arena, SLICE_OF("$Junk"));
	if (flags & BIT_NOT_JUNK)
		tags_add(&mark->tags, &out->arena, SLICE_OF("$NotJunk"));
	while (slice_field(&labels, ' ', &label)) {
		if (label.n > 0)
			tags_add(&mark->tags, &out->arena, label);
	}
}

/* 1 with the folder's number, 0. */
static int
folder_number(struct sqlite_file *f, struct slice folder, int64_t *out, struct error *err)
{
	struct sqlite_query *q = NULL;
	int rc;

	if (sqlite_query_open(f, "SELECT folder_id, folder_name FROM folders", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		*out = sqlite_query_number(q, 0);
		if (slice_equal(sqlite_query_bytes(q, 1), folder))
			break;
	}
	sqlite_query_close(q);
	return rc;
}

/* The folder's table, or an empty name. */
static int
find_table(struct sqlite_file *f, struct slice folder, struct buf *out, struct error *err)
{
	int64_t number;
	int found = 0;

	buf_clear(out);
	if (sqlite_file_has(f, "folders", "folder_id")) {
		found = folder_number(f, folder, &number, err);
		if (found < 0)
			return -1;
	}
	if (found == 1)
		buf_add_format(out, "messages_%lld", (long long)number);
	else
		buf_add(out, folder);
	if (!sqlite_file_has(f, buf_text(out), "flags") || !sqlite_file_has(f, buf_text(out), "labels"))
		buf_clear(out);
	return 0;
}

static int
read_table(struct sqlite_file *f, struct slice table, struct marks *out, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct buf sql = BUF_EMPTY;
	int rc;

	buf_add_string(&sql, "SELECT uid, flags, labels FROM ");
	sqlite_add_name(&sql, table);
	rc = sqlite_query_open(f, buf_text(&sql), &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		take_row(q, out);
		rc = 0;
	}
	sqlite_query_close(q);
	buf_free(&sql);
	return rc;
}

int
evolution_marks_read(const char *database, struct slice folder, struct marks *out,
    struct error *err)
{
	struct sqlite_file *f = NULL;
	struct buf table = BUF_EMPTY;
	int rc = -1;

	if (sqlite_file_open(database, &f, err) < 0 || find_table(f, folder, &table, err) < 0)
		goto out;
	if (table.n > 0 && read_table(f, buf_slice(&table), out, err) < 0)
		goto out;
	rc = sqlite_file_check(f, err);

out:
	sqlite_file_close(f);
	buf_free(&table);
	return rc;
}
