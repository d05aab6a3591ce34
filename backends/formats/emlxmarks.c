/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxmarks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backends/formats/emlxfile.h"
#include "backends/formats/emlxtree.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/mail/names.h"

#define LEVELS_MAX 16u          /* mailboxes in mailboxes, above which the index is looked for */

void
emlx_index_find(struct emlx_index *index, const char *store)
{
	static const char *const names[] = { "MailData/Envelope Index", "Envelope Index" };
	struct arena a = ARENA_EMPTY;
	const char *at = store, *path;
	unsigned i, j;

	for (i = 0; i < LEVELS_MAX && strcmp(at, "/") != 0 && index->path == NULL; i++) {
		for (j = 0; j < 2 && index->path == NULL; j++) {
			path = path_join(&a, at, names[j]);
			if (!file_exists(path))
				continue;
			index->path = mem_string(path);
			index->accounts = mem_string(at);
			index->state = sqlite_file_state(path);
		}
		at = path_parent(&a, at);
	}
	arena_free(&a);
}

/* ---- Which mailbox of the index it is ---- */

/* "UUID/[Gmail].mbox/All Mail.mbox" as the account and "[Gmail]/All Mail". */
static void
split_place(const char *below, struct buf *account, struct buf *name)
{
	struct slice rest = slice_string(below), part;
	bool first = true;

	slice_field(&rest, '/', &part);
	buf_set(account, part);
	while (slice_field(&rest, '/', &part)) {
		if (!first)
			buf_add_byte(name, '/');
		name_compose(slice_sub(part, 0, part.n - emlx_suffix(&bundle_apple, part)), name);
		first = false;
	}
}

/* "imap://UUID/%5BGmail%5D/All%20Mail" in the same way. */
static bool
split_url(struct slice url, struct buf *authority, struct buf *name)
{
	size_t at = slice_find_bytes(url, 0, SLICE_OF("://")), end;
	struct buf decoded = BUF_EMPTY;
	struct slice path;

	if (at == url.n)
		return false;
	url = slice_from(url, at + 3);
	end = slice_find(url, 0, '/');
	path = slice_from(url, end + 1);
	if (!name_decode_percent(slice_sub(url, 0, end), authority))
		buf_add(authority, slice_sub(url, 0, end));
	if (!name_decode_percent(path, &decoded))
		buf_add(&decoded, path);
	name_compose(buf_slice(&decoded), name);
	buf_free(&decoded);
	return true;
}

/* The directory of an account is called as the host of its URLs; up to 10.10
 * the kind of the account stands before it, and what is "On My Mac" lies in
 * Mailboxes. */
static bool
is_account(struct slice directory, struct slice authority)
{
	size_t n = directory.n - authority.n;

	if (slice_equal_nocase(directory, authority))
		return true;
	if (authority.n == 0)
		return slice_is(directory, "Mailboxes");
	return directory.n > authority.n + 1 && directory.p[n - 1] == '-' &&
	    slice_equal_nocase(slice_from(directory, n), authority);
}

/* 1 with the row of the mailbox that lies at below, 0. */
static int
find_mailbox(struct sqlite_file *f, const char *below, int64_t *out, struct error *err)
{
	struct buf account = BUF_EMPTY, name = BUF_EMPTY, authority = BUF_EMPTY, path = BUF_EMPTY;
	struct sqlite_query *q = NULL;
	int rc;

	split_place(below, &account, &name);
	rc = sqlite_query_open(f, "SELECT ROWID, url FROM mailboxes", &q, err);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		buf_clear(&authority);
		buf_clear(&path);
		*out = sqlite_query_number(q, 0);
		if (split_url(sqlite_query_bytes(q, 1), &authority, &path) &&
		    is_account(buf_slice(&account), buf_slice(&authority)) &&
		    slice_equal(buf_slice(&name), buf_slice(&path)))
			break;
		rc = 0;
	}
	sqlite_query_close(q);
	buf_free(&account);
	buf_free(&name);
	buf_free(&authority);
	buf_free(&path);
	return rc;
}

/* ---- Rows ---- */

static struct mark *
mark_of(struct marks *m, int64_t number)
{
	char key[24];

	snprintf(key, sizeof(key), "%" PRId64, number);
	return marks_of(m, slice_string(key));
}

/* The keywords that Mail gives a server for the colour of a flag, which is a
 * number of three bits. */
static void
add_colour(int64_t colour, struct marks *m, struct mark *mark)
{
	static const char *const words[] = { "$MailFlagBit0", "$MailFlagBit1", "$MailFlagBit2" };
	size_t i;

	for (i = 0; i < 3 && colour > 0 && colour < 8; i++)
		if (colour >> i & 1)
			tags_add(&mark->tags, &m->arena, slice_string(words[i]));
}

static void
take_row(struct sqlite_query *q, struct marks *m)
{
	struct mark *mark = mark_of(m, sqlite_query_number(q, 0));
	struct emlx_told told = { 0, { NULL, 0 }, 0 };
	static const unsigned columns[] = { FLAG_SEEN, FLAG_FLAGGED, FLAG_DELETED };
	int i;

	emlx_flags((uint64_t)sqlite_query_number(q, 1), &m->arena, &told);
	for (i = 0; i < 3; i++) {
		if (sqlite_query_is_null(q, 2 + i))
			continue;
		told.flags &= ~columns[i];
		told.flags |= sqlite_query_number(q, 2 + i) != 0 ? columns[i] : 0;
	}
	mark->flags = told.flags;
	mark->tags = told.tags;
	if (told.flags & FLAG_FLAGGED)
		add_colour(sqlite_query_number(q, 5), m, mark);
}

static int
read_rows(struct sqlite_file *f, int64_t mailbox, struct marks *out, bool *are_final,
    struct error *err)
{
	static const char *const columns[] = { "flags", "read", "flagged", "deleted", "flag_color" };
	struct sqlite_query *q = NULL;
	struct buf sql = BUF_EMPTY;
	size_t i;
	int rc;

	buf_add_string(&sql, "SELECT ROWID");
	*are_final = true;
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		bool has = sqlite_file_has(f, "messages", columns[i]);

		buf_add_format(&sql, ", %s", has ? columns[i] : "NULL");
		*are_final &= has || i > 1;
	}
	buf_add_string(&sql, " FROM messages WHERE mailbox = ?");
	rc = sqlite_query_open(f, buf_text(&sql), &q, err);
	if (rc == 0)
		sqlite_query_bind(q, 0, mailbox);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		take_row(q, out);
		rc = 0;
	}
	sqlite_query_close(q);
	buf_free(&sql);
	return rc;
}

/* Mailboxes that a message of Gmail's is in besides the one it lies in. */
static int
read_labels(struct sqlite_file *f, int64_t mailbox, struct marks *out, struct error *err)
{
	struct buf authority = BUF_EMPTY, name = BUF_EMPTY;
	struct sqlite_query *q = NULL;
	int rc;

	if (!sqlite_file_has(f, "labels", "mailbox_id") || !sqlite_file_has(f, "labels", "message_id"))
		return 0;
	rc = sqlite_query_open(f, "SELECT l.message_id, b.url FROM labels l "
	    "JOIN mailboxes b ON b.ROWID = l.mailbox_id "
	    "JOIN messages m ON m.ROWID = l.message_id WHERE m.mailbox = ?", &q, err);
	if (rc == 0)
		sqlite_query_bind(q, 0, mailbox);
	while (rc == 0 && (rc = sqlite_query_next(q, err)) == 1) {
		buf_clear(&authority);
		buf_clear(&name);
		if (split_url(sqlite_query_bytes(q, 1), &authority, &name) && name.n > 0)
			tags_add(&mark_of(out, sqlite_query_number(q, 0))->tags, &out->arena,
			    buf_slice(&name));
		rc = 0;
	}
	sqlite_query_close(q);
	buf_free(&authority);
	buf_free(&name);
	return rc;
}

int
emlx_index_read(struct emlx_index *index, const char *mailbox, struct marks *out,
    bool *are_final, struct error *err)
{
	const char *below = index->path == NULL ? NULL : path_below(mailbox, index->accounts);
	int64_t row = 0;
	int rc;

	*are_final = false;
	if (below == NULL)
		return 0;
	if (index->file == NULL && sqlite_file_open(index->path, &index->file, err) < 0)
		return -1;
	if (!sqlite_file_has(index->file, "mailboxes", "url") ||
	    !sqlite_file_has(index->file, "messages", "mailbox"))
		return 0;
	rc = find_mailbox(index->file, below, &row, err);
	if (rc == 1)
		rc = read_rows(index->file, row, out, are_final, err) < 0 ||
		    read_labels(index->file, row, out, err) < 0 ? -1 : 0;
	if (rc == 0)
		rc = sqlite_file_check(index->file, err);
	/* Another attempt is to see what it has become. */
	if (rc < 0) {
		sqlite_file_close(index->file);
		index->file = NULL;
	}
	return rc;
}

void
emlx_index_close(struct emlx_index *index)
{
	sqlite_file_close(index->file);
	mem_free(index->path);
	mem_free(index->accounts);
}

bool
emlx_marks_has(const struct marks *m, uint64_t number)
{
	char key[24];

	snprintf(key, sizeof(key), "%" PRIu64, number);
	return map_get(&m->keys, slice_string(key), NULL);
}

bool
emlx_marks_apply(const struct marks *m, uint64_t number, struct arena *a, struct entry *out)
{
	char key[24];

	snprintf(key, sizeof(key), "%" PRIu64, number);
	marks_apply(m, slice_string(key), a, out);
	return emlx_marks_has(m, number);
}
