/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/emparts.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"
#include "core/base/vec.h"

/*
 * One account of eM Client, a directory of databases: folders.dat has the
 * folders, mail_index.dat what there is of messages, mail_data.dat their parts,
 * each by the number of the message (seen by others; its maker says nothing of
 * it).  A message none of whose parts was fetched is only an entry in a list of
 * a server's, and is left to the server.
 */
#define DEPTH_MAX 64u
#define BUILT_MAX (64u * MIB)   /* parts of one message, in all */
#define TICKS 10000000          /* of a second, since the year 1 */
#define TICKS_1970 INT64_C(62135596800)
#define WAS_READ 2
#define WAS_FLAGGED 4

struct em_folder {
	int64_t id, parent;
	struct slice name;
	int64_t listed;         /* messages, fetched or not */
	uint64_t bytes;
};

struct em_store {
	struct store store;
	struct arena arena;
	const char *path, *folders_path, *index_path, *data_path;
	struct sqlite_file *index, *data;
	bool is_stale;          /* written to since they were opened */
	VEC(struct em_folder) folders;
	size_t next;
	struct folders files;   /* kept; has no folders */
};

static struct em_store *
em_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct em_store, store);
}

/* ---- Opening ---- */

static int
probe(const char *path, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct sqlite_file *f = NULL;
	struct file_meta meta;
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY && file_exists(path_join(&a, path, "mail_data.dat")) &&
	    sqlite_file_open(path_join(&a, path, "mail_index.dat"), &f, &ignored) == 0 &&
	    sqlite_file_has(f, "MailItems", "folder"))
		bid = 95;
	sqlite_file_close(f);
	arena_free(&a);
	return bid;
}

static int
open_files(struct em_store *s, struct error *err)
{
	sqlite_file_close(s->index);
	sqlite_file_close(s->data);
	s->index = s->data = NULL;
	s->is_stale = false;
	if (sqlite_file_open(s->index_path, &s->index, err) < 0 ||
	    sqlite_file_open(s->data_path, &s->data, err) < 0)
		return -1;
	if (!sqlite_file_has(s->index, "MailItems", "folder") ||
	    !sqlite_file_has(s->index, "MailItems", "flags") ||
	    !sqlite_file_has(s->index, "MailItems", "receivedDate") ||
	    !sqlite_file_has(s->data, "LocalMailContents", "partName") ||
	    !sqlite_file_has(s->data, "LocalMailContents", "partHeader") ||
	    !sqlite_file_has(s->data, "LocalMailContents", "partBody"))
		return fail(err, ERR_FORMAT, "%s: this is no database of eM Client that is known",
		    s->path);
	return 0;
}

static struct em_folder *
folder_of(struct em_store *s, int64_t id)
{
	size_t i;

	for (i = 0; i < s->folders.n; i++) {
		if (s->folders.items[i].id == id)
			return &s->folders.items[i];
	}
	return NULL;
}

static struct em_folder *
add_folder(struct em_store *s, int64_t id, int64_t parent, struct slice name)
{
	struct em_folder *folder = vec_push(&s->folders);
	struct buf utf8 = BUF_EMPTY;

	text_add_utf8(&utf8, name);
	folder->id = id;
	folder->parent = parent;
	folder->name = arena_copy(&s->arena, buf_slice(&utf8));
	buf_free(&utf8);
	return folder;
}

static int
read_folders(struct em_store *s, struct error *err)
{
	struct sqlite_file *f = NULL;
	struct sqlite_query *q = NULL;
	int rc = -1;

	if (sqlite_file_open(s->folders_path, &f, err) < 0)
		return -1;
	if (!sqlite_file_has(f, "Folders", "parentFolderId")) {
		fail(err, ERR_FORMAT, "%s: no folders are in it", s->folders_path);
		goto out;
	}
	if (sqlite_query_open(f, "SELECT id, parentFolderId, name FROM Folders ORDER BY id", &q,
	    err) < 0)
		goto out;
	while ((rc = sqlite_query_next(q, err)) == 1)
		add_folder(s, sqlite_query_number(q, 0), sqlite_query_is_null(q, 1) ? -1 :
		    sqlite_query_number(q, 1), sqlite_query_bytes(q, 2));

out:
	sqlite_query_close(q);
	sqlite_file_close(f);
	return rc;
}

/* What its list has; how much of it was fetched, a reading tells.  A folder that
 * only messages name is one all the same. */
static int
count_messages(struct em_store *s, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct em_folder *folder;
	int rc;

	if (sqlite_query_open(s->index, sqlite_file_has(s->index, "MailItems", "size") ?
	    "SELECT folder, count(*), sum(size) FROM MailItems GROUP BY folder" :
	    "SELECT folder, count(*), 0 FROM MailItems GROUP BY folder", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		folder = folder_of(s, sqlite_query_number(q, 0));
		if (folder == NULL)
			folder = add_folder(s, sqlite_query_number(q, 0), -1, slice_string(
			    arena_format(&s->arena, "Folder %lld",
			    (long long)sqlite_query_number(q, 0))));
		folder->listed = sqlite_query_number(q, 1);
		folder->bytes = sqlite_query_number(q, 2) > 0 ? (uint64_t)sqlite_query_number(q, 2) : 0;
	}
	sqlite_query_close(q);
	return rc;
}

static void
close_store(struct store *store)
{
	struct em_store *s;

	if (store == NULL)
		return;
	s = em_store_of(store);
	sqlite_file_close(s->index);
	sqlite_file_close(s->data);
	folders_free(&s->files);
	vec_free(&s->folders);
	arena_free(&s->arena);
	mem_free(s);
}

/* All of the account's databases but the index of texts, which is made of the
 * others. */
static int
keep_files(struct em_store *s, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;
	int rc = directory_read(s->path, false, &a, &all, err);

	for (i = 0; rc == 0 && i < all.n; i++) {
		struct slice name = slice_string(all.entries[i].name);

		if ((slice_ends(name, ".dat") || slice_ends(name, ".dat-wal")) &&
		    !slice_starts(name, "mail_fti."))
			folders_keep(&s->files, path_join(&a, s->path, all.entries[i].name), "store");
	}
	arena_free(&a);
	return rc;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct em_store *s = mem_alloc(sizeof(*s));

	s->store.ops = &format_emclient;
	s->path = arena_string(&s->arena, where->path);
	s->folders_path = path_join(&s->arena, s->path, "folders.dat");
	s->index_path = path_join(&s->arena, s->path, "mail_index.dat");
	s->data_path = path_join(&s->arena, s->path, "mail_data.dat");
	if (open_files(s, err) < 0 || read_folders(s, err) < 0 || count_messages(s, err) < 0 ||
	    keep_files(s, err) < 0) {
		close_store(&s->store);
		return -1;
	}
	*out = &s->store;
	return 0;
}

/* ---- Handing them out ---- */

/* The root of all has no name, or "/"; a chain that loops or is broken ends
 * where it does. */
static void
name_mailbox(struct em_store *s, const struct em_folder *folder, struct arena *a,
    struct mailbox *out)
{
	const struct em_folder *chain[DEPTH_MAX], *at = folder;
	struct slice *components;
	size_t n = 0, i;

	while (at != NULL && n < DEPTH_MAX && (n == 0 || at != folder)) {
		if (n == 0 || (at->name.n > 0 && !slice_is(at->name, "/") && at->parent >= 0))
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
	struct em_store *s = em_store_of(store);
	const struct em_folder *folder = NULL;

	/* Those that only hold others are no mailboxes. */
	while (s->next < s->folders.n && folder == NULL) {
		folder = &s->folders.items[s->next++];
		if (folder->listed == 0 && (folder->parent < 0 || folder->name.n == 0 ||
		    slice_is(folder->name, "/")))
			folder = NULL;
	}
	if (folder == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	name_mailbox(s, folder, a, out);
	out->path = arena_string(a, s->path);
	out->layout = MAILBOX_EXTRACTED;
	out->messages = folder->listed == 0 ? 0 : -1;
	out->bytes = folder->bytes;
	out->key = arena_format(a, "%lld", (long long)folder->id);
	out->state = sqlite_file_state(s->index_path);
	fingerprint_mix(&out->state, sqlite_file_state(s->data_path));
	return file_stat(s->path, &out->meta, err) < 0 ? -1 : 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&em_store_of(store)->files, a, out);
}

/* ---- Reading ---- */

struct em_reader {
	struct reader reader;
	struct em_store *store;
	struct sqlite_query *items, *parts, *categories;
	VEC(struct em_part) found;
	struct buf bytes;
	struct arena arena;
};

static struct em_reader *
em_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct em_reader, reader);
}

/* "2" before "10", and "TEXT" behind all numbers. */
static int
by_number(const void *a, const void *b)
{
	const struct em_part *x = a, *y = b;
	struct slice p = slice_string(x->name), q = slice_string(y->name), one, two;
	uint64_t m, n;

	while (slice_field(&p, '.', &one) && slice_field(&q, '.', &two)) {
		m = n = UINT64_MAX;
		slice_number(one, UINT32_MAX, &m);
		slice_number(two, UINT32_MAX, &n);
		if (m != n)
			return m < n ? -1 : 1;
	}
	return strcmp(x->name, y->name);
}

/* 1; 0 where nothing was fetched; -1. */
static int
build(struct em_reader *r, int64_t id, struct entry *out, struct error *err)
{
	uint64_t total = 0;
	int rc;

	vec_clear(&r->found);
	sqlite_query_reset(r->parts);
	sqlite_query_bind(r->parts, 0, id);
	while ((rc = sqlite_query_next(r->parts, err)) == 1) {
		struct slice header = sqlite_query_bytes(r->parts, 1);
		struct em_part *part = vec_push(&r->found);

		part->name = arena_string_of(&r->arena, sqlite_query_bytes(r->parts, 0));
		part->header = arena_copy(&r->arena, header);
		part->body = arena_copy(&r->arena, sqlite_query_bytes(r->parts, 2));
		total += (uint64_t)sqlite_query_number(r->parts, 3) + part->header.n;
		if (total > BUILT_MAX) {
			fail(&out->error, ERR_LIMIT, "it is too long to be put together");
			return 1;
		}
	}
	if (rc < 0)
		return -1;
	if (r->found.n > 0)
		qsort(r->found.items, r->found.n, sizeof(*r->found.items), by_number);
	return em_message_build(r->found.items, r->found.n, &r->bytes);
}

static int
take_flags(struct em_reader *r, int64_t id, struct entry *out, struct error *err)
{
	int64_t flags = sqlite_query_number(r->items, 1);
	int rc;

	out->flags = (flags & WAS_READ ? FLAG_SEEN : 0) | (flags & WAS_FLAGGED ? FLAG_FLAGGED : 0) |
	    (sqlite_query_number(r->items, 3) > 0 ? FLAG_ANSWERED : 0) |
	    (sqlite_query_number(r->items, 4) > 0 ? FLAG_FORWARDED : 0);
	out->date = sqlite_query_number(r->items, 2) / TICKS - TICKS_1970;
	if (out->date < 0)
		out->date = 0;
	if (r->categories == NULL)
		return 0;
	sqlite_query_reset(r->categories);
	sqlite_query_bind(r->categories, 0, id);
	while ((rc = sqlite_query_next(r->categories, err)) == 1)
		tags_add(&out->tags, &r->arena, sqlite_query_bytes(r->categories, 0));
	return rc;
}

/* At the end, and where it went wrong: rows of different moments? */
static int
settle(struct em_reader *r, int rc, struct error *err)
{
	struct error changed = ERROR_NONE;

	if (sqlite_file_check(r->store->index, &changed) == 0 &&
	    sqlite_file_check(r->store->data, &changed) == 0)
		return rc;
	r->store->is_stale = true;
	*err = changed;
	return -1;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct em_reader *r = em_reader_of(reader);
	int64_t id = 0;
	int rc, built = 0;

	do {
		arena_reset(&r->arena);
		memset(out, 0, sizeof(*out));
		rc = sqlite_query_next(r->items, err);
		if (rc <= 0)
			return settle(r, rc, err);
		id = sqlite_query_number(r->items, 0);
		built = build(r, id, out, err);
	} while (built == 0);
	if (built < 0 || take_flags(r, id, out, err) < 0)
		return settle(r, -1, err);
	if (out->error.code != ERR_NONE) {
		out->kind = ENTRY_FAILED;
		fail_in(&out->error, "message %lld", (long long)id);
		return 1;
	}
	out->kind = ENTRY_MESSAGE;
	out->size = r->bytes.n;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	out->bytes = slice_sub(buf_slice(&r->bytes), 0, out->is_large ? MIB : r->bytes.n);
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct em_reader *r = em_reader_of(reader);

	if (at > r->bytes.n || n > r->bytes.n - at)
		return fail(err, ERR_CHANGED, "it has fewer bytes");
	memcpy(p, r->bytes.p + at, n);
	return 0;
}

static void
close_reader(struct reader *reader)
{
	struct em_reader *r;

	if (reader == NULL)
		return;
	r = em_reader_of(reader);
	sqlite_query_close(r->items);
	sqlite_query_close(r->parts);
	sqlite_query_close(r->categories);
	vec_free(&r->found);
	buf_free(&r->bytes);
	arena_free(&r->arena);
	mem_free(r);
}

static const struct reader_ops em_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

/* Columns that older versions lack. */
static const char *
items_query(const struct sqlite_file *f)
{
	if (sqlite_file_has(f, "MailItems", "replyDate") &&
	    sqlite_file_has(f, "MailItems", "forwardDate"))
		return "SELECT id, flags, receivedDate, replyDate, forwardDate FROM MailItems "
		    "WHERE folder = ?1 ORDER BY id";
	return "SELECT id, flags, receivedDate, 0, 0 FROM MailItems WHERE folder = ?1 ORDER BY id";
}

static int
open_queries(struct em_reader *r, int64_t folder, struct error *err)
{
	struct em_store *s = r->store;

	if (sqlite_query_open(s->index, items_query(s->index), &r->items, err) < 0)
		return -1;
	sqlite_query_bind(r->items, 0, folder);
	/* A long body is not taken as a whole. */
	if (sqlite_query_open(s->data, "SELECT partName, "
	    "CASE WHEN length(partHeader) <= 67108864 THEN partHeader END, "
	    "CASE WHEN length(partBody) <= 67108864 THEN partBody END, length(partBody) "
	    "FROM LocalMailContents WHERE id = ?1", &r->parts, err) < 0)
		return -1;
	return sqlite_file_has(s->index, "MailCategoryNames", "categoryName") ? sqlite_query_open(
	    s->index, "SELECT categoryName FROM MailCategoryNames WHERE id = ?1 ORDER BY 1",
	    &r->categories, err) : 0;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct em_store *s = em_store_of(store);
	struct em_reader *r;
	uint64_t id;

	if (!slice_number(slice_string(mailbox->key), INT64_MAX, &id))
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (s->is_stale && open_files(s, err) < 0)
		return -1;
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &em_reader_ops;
	r->store = s;
	if (open_queries(r, (int64_t)id, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

const struct format_ops format_emclient = {
	.name = "em-client",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
