/* SPDX-License-Identifier: MIT */
#include "backends/formats/akonadi.h"

#include <stdlib.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"

/*
 * Akonadi's database: what KMail fetched from servers lies only here.  A
 * message is the part PLD:RFC822 of an item, in the row or, when it is large,
 * in a file of file_db_data.  Mail of accounts that are files of their own
 * (Maildir, mbox) is in it too, as copies, and left out: those are stores.
 */
#define PAYLOAD "FROM PimItemTable i JOIN PartTable p ON p.pimItemId = i.id " \
    "JOIN PartTypeTable t ON t.id = p.partTypeId AND t.ns = 'PLD' AND t.name = 'RFC822' " \
    "JOIN MimeTypeTable m ON m.id = i.mimeTypeId AND m.name = 'message/rfc822' "
/* Searches are virtual; calendars and address books hold no mail. */
#define HOLDS_MAIL "coalesce(c.isVirtual, 0) = 0 AND EXISTS (SELECT 1 " \
    "FROM CollectionMimeTypeRelation x JOIN MimeTypeTable m ON m.id = x.MimeType_id " \
    "WHERE x.Collection_id = c.id AND m.name = 'message/rfc822')"
#define DEPTH_MAX 64u

struct collection {
	int64_t id, parent;
	struct slice name;
	bool is_mailbox;
	struct slice *components;
	size_t depth;
	uint64_t bytes;
	int64_t messages;
};

struct akonadi_store {
	struct store store;
	struct arena arena;
	char *path;
	struct sqlite_file *file;
	bool is_stale;          /* written to since it was opened */
	VEC(struct collection) collections;
	size_t next;
	struct folders files;   /* kept; has no folders */
};

static struct akonadi_store *
akonadi_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct akonadi_store, store);
}

/* ---- What readers of the database share ---- */

bool
akonadi_is_one(const struct sqlite_file *f)
{
	static const struct {
		const char *table, *column;
	} needed[] = {
		{ "ResourceTable", "name" },
		{ "CollectionTable", "parentId" },
		{ "CollectionTable", "resourceId" },
		{ "CollectionTable", "isVirtual" },
		{ "CollectionMimeTypeRelation", "Collection_id" },
		{ "CollectionMimeTypeRelation", "MimeType_id" },
		{ "MimeTypeTable", "name" },
		{ "PimItemTable", "remoteId" },
		{ "PimItemTable", "collectionId" },
		{ "PimItemTable", "mimeTypeId" },
		{ "PartTable", "storage" },
		{ "PartTypeTable", "ns" },
		{ "FlagTable", "name" },
		{ "PimItemFlagRelation", "Flag_id" },
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!sqlite_file_has(f, needed[i].table, needed[i].column))
			return false;
	}
	return true;
}

bool
akonadi_flag(struct slice name, unsigned *flags)
{
	static const struct {
		const char *name;
		unsigned flag;
	} known[] = {
		{ "\\SEEN", FLAG_SEEN },
		{ "\\ANSWERED", FLAG_ANSWERED },
		{ "\\FLAGGED", FLAG_FLAGGED },
		{ "\\DRAFT", FLAG_DRAFT },
		{ "\\DELETED", FLAG_DELETED },
		{ "$REPLIED", FLAG_ANSWERED },
		{ "$FORWARDED", FLAG_FORWARDED },
		/* What the message shows itself, or only this moment does. */
		{ "\\RECENT", 0 },
		{ "$ATTACHMENT", 0 },
		{ "$INVITATION", 0 },
		{ "$SIGNED", 0 },
		{ "$ENCRYPTED", 0 },
		{ "$HASERROR", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (slice_equal_nocase(name, slice_string(known[i].name))) {
			*flags |= known[i].flag;
			return true;
		}
	}
	return false;
}

/* ---- Opening ---- */

static int
probe(const char *path, struct error *err)
{
	struct sqlite_file *f = NULL;
	struct file_meta meta;
	struct error ignored = ERROR_NONE;
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_REGULAR && sqlite_file_open(path, &f, &ignored) == 0 &&
	    akonadi_is_one(f))
		bid = 95;
	sqlite_file_close(f);
	return bid;
}

static int
open_file(struct akonadi_store *s, struct error *err)
{
	sqlite_file_close(s->file);
	s->file = NULL;
	s->is_stale = false;
	if (sqlite_file_open(s->path, &s->file, err) < 0)
		return -1;
	if (!akonadi_is_one(s->file))
		return fail(err, ERR_FORMAT, "%s: this is no database of Akonadi that is known",
		    s->path);
	return 0;
}

/* Accounts whose mail lies in files that are stores themselves. */
static bool
is_in_files(struct slice resource)
{
	return slice_find_bytes(resource, 0, SLICE_OF("maildir_resource")) < resource.n ||
	    slice_find_bytes(resource, 0, SLICE_OF("mbox_resource")) < resource.n;
}

static int
read_collections(struct akonadi_store *s, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct collection *c;
	int rc = -1;

	if (sqlite_query_open(s->file, "SELECT c.id, c.parentId, " HOLDS_MAIL ", c.name, r.name "
	    "FROM CollectionTable c JOIN ResourceTable r ON r.id = c.resourceId "
	    "ORDER BY c.id", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		struct buf name = BUF_EMPTY;

		if (is_in_files(sqlite_query_bytes(q, 4)))
			continue;
		c = vec_push(&s->collections);
		c->id = sqlite_query_number(q, 0);
		c->parent = sqlite_query_is_null(q, 1) ? 0 : sqlite_query_number(q, 1);
		c->is_mailbox = sqlite_query_number(q, 2) != 0;
		text_add_utf8(&name, sqlite_query_bytes(q, 3));
		c->name = arena_copy(&s->arena, buf_slice(&name));
		buf_free(&name);
	}
	sqlite_query_close(q);
	return rc;
}

static struct collection *
collection_of(struct akonadi_store *s, int64_t id)
{
	size_t low = 0, high = s->collections.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->collections.items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->collections.n && s->collections.items[low].id == id ?
	    &s->collections.items[low] : NULL;
}

/* The topmost is the account.  A chain that loops or is broken ends where it
 * does. */
static void
name_collection(struct akonadi_store *s, struct collection *c)
{
	struct collection *chain[DEPTH_MAX], *at = c;
	size_t n = 0, i;

	while (at != NULL && n < DEPTH_MAX) {
		chain[n++] = at;
		at = at->parent > 0 ? collection_of(s, at->parent) : NULL;
	}
	c->components = arena_alloc(&s->arena, n * sizeof(*c->components));
	for (i = 0; i < n; i++)
		c->components[i] = chain[n - 1 - i]->name;
	c->depth = n;
}

static int
count_messages(struct akonadi_store *s, struct error *err)
{
	struct sqlite_query *q = NULL;
	struct collection *c;
	int rc = -1;

	if (sqlite_query_open(s->file, "SELECT i.collectionId, count(*), sum(p.datasize) " PAYLOAD
	    "WHERE p.data IS NOT NULL GROUP BY i.collectionId", &q, err) < 0)
		return -1;
	while ((rc = sqlite_query_next(q, err)) == 1) {
		c = collection_of(s, sqlite_query_number(q, 0));
		if (c == NULL)
			continue;
		c->messages = sqlite_query_number(q, 1);
		c->bytes = (uint64_t)sqlite_query_number(q, 2);
	}
	sqlite_query_close(q);
	return rc;
}

/* Payloads in files, at most two levels down. */
static void
keep_payloads(struct akonadi_store *s, const char *directory, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;

	if (directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n; i++) {
		const char *path = path_join(&a, directory, all.entries[i].name);

		if (all.entries[i].kind == FILE_REGULAR)
			folders_keep(&s->files, path, "store");
		else if (all.entries[i].kind == FILE_DIRECTORY && levels > 0)
			keep_payloads(s, path, levels - 1);
	}
	arena_free(&a);
}

static const char *
payload_directory(const struct akonadi_store *s, struct arena *a)
{
	return path_join(a, path_parent(a, s->path), "file_db_data");
}

static void
close_store(struct store *store)
{
	struct akonadi_store *s;

	if (store == NULL)
		return;
	s = akonadi_store_of(store);
	sqlite_file_close(s->file);
	folders_free(&s->files);
	vec_free(&s->collections);
	arena_free(&s->arena);
	mem_free(s->path);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct akonadi_store *s = mem_alloc(sizeof(*s));
	size_t i;

	s->store.ops = &format_akonadi;
	s->path = mem_string(where->path);
	if (open_file(s, err) < 0 || read_collections(s, err) < 0 || count_messages(s, err) < 0) {
		close_store(&s->store);
		return -1;
	}
	for (i = 0; i < s->collections.n; i++)
		name_collection(s, &s->collections.items[i]);
	folders_keep(&s->files, s->path, "store");
	folders_keep(&s->files, arena_format(&s->arena, "%s-wal", s->path), "store");
	keep_payloads(s, payload_directory(s, &s->arena), 1);
	*out = &s->store;
	return 0;
}

/* ---- Handing them out ---- */

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct akonadi_store *s = akonadi_store_of(store);
	struct slice *components;
	const struct collection *c;
	size_t i;

	/* The topmost is an account, and no mailbox unless it holds mail. */
	while (s->next < s->collections.n && s->collections.items[s->next].messages == 0 &&
	    (s->collections.items[s->next].depth < 2 || !s->collections.items[s->next].is_mailbox))
		s->next++;
	if (s->next == s->collections.n)
		return 0;
	c = &s->collections.items[s->next++];
	memset(out, 0, sizeof(*out));
	components = arena_alloc(a, c->depth * sizeof(*components));
	for (i = 0; i < c->depth; i++)
		components[i] = arena_copy(a, c->components[i]);
	out->components = components;
	out->depth = c->depth;
	out->path = arena_string(a, s->path);
	out->layout = MAILBOX_EXTRACTED;
	out->messages = c->messages;
	out->bytes = c->bytes;
	out->key = arena_format(a, "%lld", (long long)c->id);
	out->state = sqlite_file_state(s->path);
	return file_stat(s->path, &out->meta, err) < 0 ? -1 : 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&akonadi_store_of(store)->files, a, out);
}

/* ---- Reading ---- */

enum { PART_ID, PART_STORAGE, PART_DATA, PART_ITEM, PART_DATE, PART_LENGTH };

struct akonadi_reader {
	struct reader reader;
	struct akonadi_store *store;
	struct sqlite_query *parts, *flags, *tags;
	struct arena arena;             /* of the entry */
	struct buf bytes;
	int64_t row;                    /* of a large one in the database */
	int fd;                         /* of a large one in a file */
};

static struct akonadi_reader *
akonadi_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct akonadi_reader, reader);
}

static int
fail_item(struct entry *out, int64_t item)
{
	out->kind = ENTRY_FAILED;
	out->bytes = SLICE_EMPTY;
	out->size = 0;
	fail_in(&out->error, "item %lld", (long long)item);
	return 1;
}

/* "1234_r2" lies in 34/ or, in old versions, flat. */
static int
open_payload(struct akonadi_reader *r, struct slice name, struct error *err)
{
	const char *text = arena_string_of(&r->arena, name);
	const char *directory = payload_directory(r->store, &r->arena);
	size_t digits = slice_find(name, 0, '_');
	const char *shard;

	if (!path_name_is_safe(name))
		return fail(err, ERR_FORMAT, "its file has no name that can be one");
	shard = digits >= 2 ? arena_string_of(&r->arena, slice_sub(name, digits - 2, 2)) :
	    arena_format(&r->arena, "0%s", arena_string_of(&r->arena, slice_sub(name, 0, digits)));
	if (file_open_read(path_join(&r->arena, path_join(&r->arena, directory, shard), text), &r->fd,
	    err) == 0)
		return 0;
	if (err->code != ERR_NOT_FOUND)
		return -1;
	error_clear(err);
	return file_open_read(path_join(&r->arena, directory, text), &r->fd, err);
}

static int
take_payload(struct akonadi_reader *r, struct entry *out)
{
	struct error *err = &out->error;
	struct file_meta meta;
	size_t n;

	if (open_payload(r, sqlite_query_bytes(r->parts, PART_DATA), err) < 0 ||
	    file_stat_fd(r->fd, &meta, err) < 0)
		return -1;
	out->size = meta.size;
	out->is_large = meta.size > MESSAGE_IN_MEMORY;
	n = out->is_large ? MIB : (size_t)meta.size;
	buf_clear(&r->bytes);
	if (file_read_at(r->fd, 0, buf_extend(&r->bytes, n), n, err) < 0)
		return -1;
	out->bytes = buf_slice(&r->bytes);
	return 0;
}

static int
take_row(struct akonadi_reader *r, struct entry *out)
{
	uint64_t size = (uint64_t)sqlite_query_number(r->parts, PART_LENGTH);

	out->size = size;
	out->is_large = size > MESSAGE_IN_MEMORY;
	r->row = sqlite_query_number(r->parts, PART_ID);
	if (!out->is_large) {
		out->bytes = sqlite_query_bytes(r->parts, PART_DATA);
		out->size = out->bytes.n;
		return 0;
	}
	buf_clear(&r->bytes);
	if (sqlite_file_bytes(r->store->file, "PartTable", "data", r->row, 0,
	    buf_extend(&r->bytes, MIB), MIB, &out->error) < 0)
		return -1;
	out->bytes = buf_slice(&r->bytes);
	return 0;
}

static int
take_flags(struct akonadi_reader *r, int64_t item, struct entry *out)
{
	struct sqlite_query *const queries[] = { r->flags, r->tags };
	struct slice word;
	size_t i;
	int rc;

	for (i = 0; i < 2; i++) {
		if (queries[i] == NULL)
			continue;
		sqlite_query_reset(queries[i]);
		sqlite_query_bind(queries[i], 0, item);
		while ((rc = sqlite_query_next(queries[i], &out->error)) == 1) {
			word = sqlite_query_bytes(queries[i], 0);
			if (i == 1 || !akonadi_flag(word, &out->flags))
				tags_add(&out->tags, &r->arena, word);
		}
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* "2026-11-23T10:00:00" or with a blank, in UTC; or milliseconds. */
static int64_t
date_of(struct slice text)
{
	int64_t seconds;
	uint64_t number;
	bool is_date;

	if (slice_number(text, INT64_MAX, &number))
		return (int64_t)(number / 1000);
	text = slice_sub(text, 0, slice_find(text, 0, '.'));
	return text_parse_time(text, 0, &seconds, &is_date) ? seconds : 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct akonadi_reader *r = akonadi_reader_of(reader);
	int64_t item;
	int rc;

	arena_reset(&r->arena);
	file_close(r->fd);
	r->fd = -1;
	memset(out, 0, sizeof(*out));
	rc = sqlite_query_next(r->parts, err);
	if (rc <= 0) {
		struct error changed = ERROR_NONE;

		if (sqlite_file_check(r->store->file, &changed) == 0)
			return rc;
		r->store->is_stale = true;
		*err = changed;
		return -1;
	}
	item = sqlite_query_number(r->parts, PART_ITEM);
	out->kind = ENTRY_MESSAGE;
	out->date = date_of(sqlite_query_bytes(r->parts, PART_DATE));
	if (take_flags(r, item, out) < 0)
		return fail_item(out, item);
	if ((sqlite_query_number(r->parts, PART_STORAGE) == 0 ? take_row(r, out) :
	    take_payload(r, out)) < 0)
		return fail_item(out, item);
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct akonadi_reader *r = akonadi_reader_of(reader);

	if (r->fd >= 0)
		return file_read_at(r->fd, at, p, n, err);
	return sqlite_file_bytes(r->store->file, "PartTable", "data", r->row, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct akonadi_reader *r;

	if (reader == NULL)
		return;
	r = akonadi_reader_of(reader);
	sqlite_query_close(r->parts);
	sqlite_query_close(r->flags);
	sqlite_query_close(r->tags);
	file_close(r->fd);
	buf_free(&r->bytes);
	arena_free(&r->arena);
	mem_free(r);
}

static const struct reader_ops akonadi_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
open_queries(struct akonadi_reader *r, int64_t collection, struct error *err)
{
	struct sqlite_file *f = r->store->file;

	if (sqlite_query_open(f, "SELECT p.id, p.storage, CASE WHEN length(p.data) <= 16777216 "
	    "THEN p.data END, i.id, i.datetime, length(p.data) " PAYLOAD
	    "WHERE i.collectionId = ?1 AND p.data IS NOT NULL ORDER BY i.id", &r->parts, err) < 0 ||
	    sqlite_query_open(f, "SELECT f.name FROM PimItemFlagRelation r "
	    "JOIN FlagTable f ON f.id = r.Flag_id WHERE r.PimItem_id = ?1", &r->flags, err) < 0)
		return -1;
	sqlite_query_bind(r->parts, 0, collection);
	if (!sqlite_file_has(f, "PimItemTagRelation", NULL) || !sqlite_file_has(f, "TagTable", "gid"))
		return 0;
	return sqlite_query_open(f, "SELECT t.gid FROM PimItemTagRelation r "
	    "JOIN TagTable t ON t.id = r.Tag_id WHERE r.PimItem_id = ?1", &r->tags, err);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct akonadi_store *s = akonadi_store_of(store);
	struct akonadi_reader *r;
	uint64_t id;

	if (!slice_number(slice_string(mailbox->key), INT64_MAX, &id))
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (s->is_stale && open_file(s, err) < 0)
		return -1;
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &akonadi_reader_ops;
	r->store = s;
	r->fd = -1;
	if (open_queries(r, (int64_t)id, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

const struct format_ops format_akonadi = {
	.name = "akonadi",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
