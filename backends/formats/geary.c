/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"

/*
 * Geary's geary.db: of each message the header and the body, one behind the
 * other as the server sent them, once both were fetched (sql/version-*.sql,
 * geary-email.vala).  What it has of attachments in files are copies.
 */
#define COMPLETE "(m.fields & 96) = 96" /* header 32, body 64 */
#define OUTBOX_ID 0
#define DEPTH_MAX 64u

struct geary_folder {
	int64_t id, parent;
	struct slice name;
	int64_t messages;
	uint64_t bytes;
};

struct geary_store {
	struct store store;
	struct arena arena;
	char *path;
	struct sqlite_file *file;
	bool is_stale;          /* written to since it was opened */
	VEC(struct geary_folder) folders;
	size_t next;
	struct folders files;   /* kept; has no folders */
};

static struct geary_store *
geary_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct geary_store, store);
}

static bool
is_one(const struct sqlite_file *f)
{
	static const struct {
		const char *table, *column;
	} needed[] = {
		{ "FolderTable", "parent_id" },
		{ "MessageTable", "fields" },
		{ "MessageTable", "header" },
		{ "MessageTable", "body" },
		{ "MessageTable", "flags" },
		{ "MessageTable", "internaldate_time_t" },
		{ "MessageLocationTable", "ordering" },
		{ "MessageLocationTable", "remove_marker" },
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!sqlite_file_has(f, needed[i].table, needed[i].column))
			return false;
	}
	return true;
}

/* ---- Opening ---- */

static int
probe(const char *path, struct error *err)
{
	struct sqlite_file *f = NULL;
	struct error ignored = ERROR_NONE;
	struct file_meta meta;
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_REGULAR && sqlite_file_open(path, &f, &ignored) == 0 && is_one(f))
		bid = 95;
	sqlite_file_close(f);
	return bid;
}

static int
open_file(struct geary_store *s, struct error *err)
{
	sqlite_file_close(s->file);
	s->file = NULL;
	s->is_stale = false;
	if (sqlite_file_open(s->path, &s->file, err) < 0)
		return -1;
	if (!is_one(s->file))
		return fail(err, ERR_FORMAT, "%s: this is no database of Geary that is known", s->path);
	return 0;
}

static int
read_folders(struct geary_store *s, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct buf name = BUF_EMPTY;
	struct geary_folder *folder;
	int rc;

	if (sqlite_query_open(s->file, "SELECT f.id, f.parent_id, f.name, count(m.id), "
	    "sum(length(m.header) + length(m.body)) FROM FolderTable f "
	    "LEFT JOIN MessageLocationTable l ON l.folder_id = f.id "
	    "LEFT JOIN MessageTable m ON m.id = l.message_id AND " COMPLETE
	    " GROUP BY f.id ORDER BY f.id", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		folder = vec_push(&s->folders);
		folder->id = sqlite_query_number(q, 0);
		folder->parent = sqlite_query_is_null(q, 1) ? -1 : sqlite_query_number(q, 1);
		buf_clear(&name);
		text_add_utf8(&name, sqlite_query_bytes(q, 2));
		folder->name = arena_copy(&s->arena, buf_slice(&name));
		folder->messages = sqlite_query_number(q, 3);
		folder->bytes = (uint64_t)sqlite_query_number(q, 4);
	}
	sqlite_query_close(q);
	buf_free(&name);
	return rc;
}

/* What was not sent yet lies in a table of its own. */
static int
read_outbox(struct geary_store *s, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct geary_folder *folder;
	int rc;

	if (!sqlite_file_has(s->file, "SmtpOutboxTable", "message"))
		return 0;
	if (sqlite_query_open(s->file, "SELECT count(*), sum(length(message)) FROM SmtpOutboxTable",
	    &q, err) < 0)
		return -1;
	rc = sqlite_query_next(q, err);
	if (rc == 1 && sqlite_query_number(q, 0) > 0) {
		folder = vec_push(&s->folders);
		folder->id = OUTBOX_ID;
		folder->parent = -1;
		folder->name = SLICE_OF("Outbox");
		folder->messages = sqlite_query_number(q, 0);
		folder->bytes = (uint64_t)sqlite_query_number(q, 1);
	}
	sqlite_query_close(q);
	return rc < 0 ? -1 : 0;
}

static void
close_store(struct store *store)
{
	struct geary_store *s;

	if (store == NULL)
		return;
	s = geary_store_of(store);
	sqlite_file_close(s->file);
	folders_free(&s->files);
	vec_free(&s->folders);
	arena_free(&s->arena);
	mem_free(s->path);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct geary_store *s = mem_alloc(sizeof(*s));

	s->store.ops = &format_geary;
	s->path = mem_string(where->path);
	if (open_file(s, err) < 0 || read_folders(s, err) < 0 || read_outbox(s, err) < 0) {
		close_store(&s->store);
		return -1;
	}
	folders_keep(&s->files, s->path, "store");
	folders_keep(&s->files, arena_format(&s->arena, "%s-wal", s->path), "store");
	*out = &s->store;
	return 0;
}

/* ---- Handing them out ---- */

static const struct geary_folder *
folder_of(const struct geary_store *s, int64_t id)
{
	size_t i;

	for (i = 0; i < s->folders.n; i++)
		if (s->folders.items[i].id == id)
			return &s->folders.items[i];
	return NULL;
}

/* A chain that loops or is broken ends where it does. */
static void
name_mailbox(const struct geary_store *s, const struct geary_folder *folder, struct arena *a,
    struct mailbox *out)
{
	const struct geary_folder *chain[DEPTH_MAX], *at = folder;
	struct slice *components;
	size_t n = 0, i;

	while (at != NULL && n < DEPTH_MAX) {
		chain[n++] = at;
		at = at->parent >= 0 ? folder_of(s, at->parent) : NULL;
	}
	components = arena_alloc(a, n * sizeof(*components));
	for (i = 0; i < n; i++)
		components[i] = arena_copy(a, chain[n - 1 - i]->name);
	out->components = components;
	out->depth = n;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct geary_store *s = geary_store_of(store);
	const struct geary_folder *folder;

	if (s->next == s->folders.n)
		return 0;
	folder = &s->folders.items[s->next++];
	memset(out, 0, sizeof(*out));
	name_mailbox(s, folder, a, out);
	out->path = arena_string(a, s->path);
	out->layout = MAILBOX_EXTRACTED;
	out->messages = folder->messages;
	out->bytes = folder->bytes;
	out->key = arena_format(a, "%lld", (long long)folder->id);
	out->state = sqlite_file_state(s->path);
	return file_stat(s->path, &out->meta, err) < 0 ? -1 : 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&geary_store_of(store)->files, a, out);
}

/* ---- Reading ---- */

enum { ROW_ID, ROW_FLAGS, ROW_DATE, ROW_REMOVED, ROW_HEADER_SIZE, ROW_BODY_SIZE, ROW_HEADER,
	ROW_BODY };

struct geary_reader {
	struct reader reader;
	struct geary_store *store;
	struct sqlite_query *rows;
	bool is_outbox;
	struct arena arena;
	struct buf bytes;
	int64_t row;            /* of a large message */
	uint64_t header_size;
};

static struct geary_reader *
geary_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct geary_reader, reader);
}

/* Bytes of a large message, which go over from header to body. */
static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct geary_reader *r = geary_reader_of(reader);
	struct sqlite_file *f = r->store->file;
	size_t head;

	if (r->is_outbox)
		return sqlite_file_bytes(f, "SmtpOutboxTable", "message", r->row, at, p, n, err);
	head = at >= r->header_size ? 0 : r->header_size - at < n ? (size_t)(r->header_size - at) : n;
	if (head > 0 && sqlite_file_bytes(f, "MessageTable", "header", r->row, at, p, head, err) < 0)
		return -1;
	if (head == n)
		return 0;
	return sqlite_file_bytes(f, "MessageTable", "body", r->row, at + head - r->header_size,
	    (unsigned char *)p + head, n - head, err);
}

static void
take_flags(struct geary_reader *r, struct entry *out)
{
	struct slice rest = sqlite_query_bytes(r->rows, ROW_FLAGS), word;

	while (slice_field(&rest, ' ', &word))
		marks_take_word(word, &r->arena, &out->flags, &out->tags);
	if (sqlite_query_number(r->rows, ROW_REMOVED) != 0)
		out->flags |= FLAG_DELETED;
}

static int
take_row(struct geary_reader *r, struct entry *out)
{
	uint64_t body = (uint64_t)sqlite_query_number(r->rows, ROW_BODY_SIZE);

	r->row = sqlite_query_number(r->rows, ROW_ID);
	r->header_size = (uint64_t)sqlite_query_number(r->rows, ROW_HEADER_SIZE);
	out->kind = ENTRY_MESSAGE;
	out->date = sqlite_query_number(r->rows, ROW_DATE);
	out->size = r->header_size + body;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	take_flags(r, out);
	buf_clear(&r->bytes);
	if (out->is_large) {
		if (entry_bytes(&r->reader, 0, buf_extend(&r->bytes, MIB), MIB, &out->error) < 0)
			return -1;
	} else {
		buf_add(&r->bytes, sqlite_query_bytes(r->rows, ROW_HEADER));
		buf_add(&r->bytes, sqlite_query_bytes(r->rows, ROW_BODY));
		out->size = r->bytes.n;
	}
	out->bytes = buf_slice(&r->bytes);
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct geary_reader *r = geary_reader_of(reader);
	struct error changed = ERROR_NONE;
	int rc;

	arena_reset(&r->arena);
	memset(out, 0, sizeof(*out));
	rc = sqlite_query_next(r->rows, err);
	if (rc <= 0) {
		if (sqlite_file_check(r->store->file, &changed) == 0)
			return rc;
		r->store->is_stale = true;
		*err = changed;
		return -1;
	}
	if (take_row(r, out) < 0) {
		out->kind = ENTRY_FAILED;
		out->bytes = SLICE_EMPTY;
		out->size = 0;
		fail_in(&out->error, "message %lld", (long long)r->row);
	}
	return 1;
}

static void
close_reader(struct reader *reader)
{
	struct geary_reader *r;

	if (reader == NULL)
		return;
	r = geary_reader_of(reader);
	sqlite_query_close(r->rows);
	buf_free(&r->bytes);
	arena_free(&r->arena);
	mem_free(r);
}

static const struct reader_ops geary_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

/* Lengths are of bytes whatever the column's type; a long value is not taken
 * as a whole. */
#define BYTES(column) "length(CAST(" column " AS BLOB))"

static int
open_rows(struct geary_reader *r, int64_t folder, struct error *err)
{
	if (r->is_outbox)
		return sqlite_query_open(r->store->file, "SELECT ordering, '', 0, 0, 0, " BYTES("message")
		    ", NULL, CASE WHEN length(message) <= 16777216 THEN message END "
		    "FROM SmtpOutboxTable ORDER BY ordering", &r->rows, err);
	if (sqlite_query_open(r->store->file, "SELECT m.id, m.flags, m.internaldate_time_t, "
	    "l.remove_marker, " BYTES("m.header") ", " BYTES("m.body") ", m.header, "
	    "CASE WHEN length(m.body) <= 16777216 THEN m.body END FROM MessageLocationTable l "
	    "JOIN MessageTable m ON m.id = l.message_id WHERE l.folder_id = ?1 AND " COMPLETE
	    " ORDER BY l.ordering", &r->rows, err) < 0)
		return -1;
	sqlite_query_bind(r->rows, 0, folder);
	return 0;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct geary_store *s = geary_store_of(store);
	struct geary_reader *r;
	uint64_t id;

	if (!slice_number(slice_string(mailbox->key), INT64_MAX, &id))
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (s->is_stale && open_file(s, err) < 0)
		return -1;
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &geary_reader_ops;
	r->store = s;
	r->is_outbox = id == OUTBOX_ID && slice_is(mailbox->components[0], "Outbox");
	if (open_rows(r, (int64_t)id, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

const struct format_ops format_geary = {
	.name = "geary",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
