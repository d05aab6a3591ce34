/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/formats/dbox.h"
#include "backends/formats/dboxtree.h"
#include "backends/formats/dovecotindex.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

/*
 * Dovecot's mdbox: messages of all mailboxes lie one behind the other in
 * storage/m.N.  A mailbox's index gives each UID a number (extension
 * "mdbox"), and storage/dovecot.map.index tells in which file and where that
 * one is (extension "map").  The files are kept as they lie, and the messages
 * taken out of them.
 *
 * Without a map nothing is known of mailboxes: then all messages are handed
 * out as one, file by file.
 */
#define INDEX "dovecot.index"
#define MAP "dovecot.map.index"

struct mdbox_store {
	struct store store;
	struct folders folders;
	char *path;
	struct fingerprint map_state;
	bool has_map;
};

static struct mdbox_store *
mdbox_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct mdbox_store, store);
}

static int
probe(const char *path, struct error *err)
{
	return dbox_tree_probe(path, "m.", err);
}

/* ---- The store ---- */

static void
close_store(struct store *store)
{
	struct mdbox_store *s;

	if (store == NULL)
		return;
	s = mdbox_store_of(store);
	folders_free(&s->folders);
	mem_free(s->path);
	mem_free(s);
}

static bool
is_storage(const char *name)
{
	uint64_t n;

	return slice_starts(slice_string(name), "m.") &&
	    slice_number(slice_string(name + 2), UINT32_MAX, &n);
}

/* The storage and, for older mail, the alternate one. */
static const char *const storages[] = { "storage", "dbox-alt-root/storage" };

static void
keep_storage(struct mdbox_store *s, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct directory all;
	size_t i, k;

	for (k = 0; k < 2; k++) {
		const char *directory = path_join(a, s->path, storages[k]);

		if (directory_read(directory, false, a, &all, &ignored) < 0)
			continue;
		for (i = 0; i < all.n; i++)
			if (is_storage(all.entries[i].name))
				folders_keep(&s->folders, path_join(a, directory, all.entries[i].name),
				    "store");
	}
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct mdbox_store *s = mem_alloc(sizeof(*s));
	struct arena a = ARENA_EMPTY;
	const char *storage = path_join(&a, where->path, "storage");
	size_t i;
	int rc = -1;

	s->store.ops = &format_mdbox;
	s->path = mem_string(where->path);
	if (dbox_tree_walk(&s->folders, where->path, err) < 0)
		goto out;
	s->has_map = file_exists(path_join(&a, storage, MAP)) ||
	    file_exists(path_join(&a, storage, MAP ".log"));
	s->map_state = dovecot_index_state(storage, MAP);
	if (!s->has_map)
		s->folders.n = 0;
	if (!s->has_map)
		folders_add(&s->folders, NULL, 0, SLICE_OF("storage"), storage);
	for (i = 0; i < s->folders.n; i++) {
		s->folders.items[i].layout = MAILBOX_EXTRACTED;
		dbox_tree_keep_index(&s->folders, s->folders.items[i].path, INDEX);
	}
	dbox_tree_keep_index(&s->folders, storage, MAP);
	keep_storage(s, &a);
	dbox_tree_keep_attachments(&s->folders, where->path);
	*out = &s->store;
	rc = 0;

out:
	if (rc < 0)
		close_store(&s->store);
	arena_free(&a);
	return rc;
}

static bool
is_storage_file(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return entry->kind == FILE_REGULAR && is_storage(entry->name);
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct mdbox_store *s = mdbox_store_of(store);
	const struct folder *folder = folders_next(&s->folders);

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	if (folder->is_unreadable)
		return 1;
	if (folder_measure_begin(folder, out, err) <= 0) {
		folder_measure_failed(out);
		return 1;
	}
	if (!s->has_map)
		folder_measure_files(folder->path, "", is_storage_file, NULL, out, err);
	fingerprint_mix(&out->state, dovecot_index_state(folder->path, INDEX));
	fingerprint_mix(&out->state, s->map_state);
	out->messages = -1;
	return 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&mdbox_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

struct mdbox_reader {
	struct reader reader;
	const struct mdbox_store *store;
	bool has_map;
	struct dovecot_index index, map;
	size_t next;                    /* of index; without a map, of files */
	uint32_t *files;                /* without a map: their numbers, in order */
	size_t file_count;
	uint64_t at;                    /* without a map: in the current file */
	uint32_t file;                  /* that fd is open for */
	int fd;
	uint64_t file_size;
	size_t message_head;
	struct arena entry;
	struct buf bytes, message;
};

static struct mdbox_reader *
mdbox_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mdbox_reader, reader);
}

static int
open_file(struct mdbox_reader *r, uint32_t number, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	unsigned char head[DBOX_FILE_HEAD_MAX];
	struct file_meta meta;
	size_t i, n, line;
	int rc = -1;

	if (r->fd >= 0 && r->file == number)
		return 0;
	file_close(r->fd);
	r->fd = -1;
	for (i = 0; i < 2 && r->fd < 0; i++) {
		error_clear(err);
		file_open_read(arena_format(&a, "%s/%s/m.%u", r->store->path, storages[i], number),
		    &r->fd, err);
	}
	if (r->fd < 0 || file_stat_fd(r->fd, &meta, err) < 0)
		goto out;
	n = meta.size < sizeof(head) ? (size_t)meta.size : sizeof(head);
	if (file_read_at(r->fd, 0, head, n, err) < 0)
		goto out;
	if (!dbox_file_head(slice_of(head, n), &line, &r->message_head)) {
		fail(err, ERR_FORMAT, "m.%u is no file of mdbox's", number);
		goto out;
	}
	r->file = number;
	r->file_size = meta.size;
	r->at = line;
	rc = 0;

out:
	if (rc < 0) {
		file_close(r->fd);
		r->fd = -1;
	}
	arena_free(&a);
	return rc;
}

static int
fill(struct mdbox_reader *r, uint64_t at, uint64_t n, struct error *err)
{
	if (n > r->file_size - at)
		n = r->file_size - at;
	buf_clear(&r->bytes);
	return file_read_at(r->fd, at, buf_extend(&r->bytes, (size_t)n), (size_t)n, err);
}

/* The message at a place of the open file; *end: where it ends. */
static int
take_message(struct mdbox_reader *r, uint64_t at, struct entry *out, uint64_t *end)
{
	struct error *err = &out->error;
	struct dbox_message m;
	struct slice metadata;
	const char *attachments = NULL;
	uint64_t body;

	if (at > r->file_size || fill(r, at, r->message_head, err) < 0)
		return fail(err, ERR_FORMAT, "it lies behind the end of m.%u", r->file);
	if (!dbox_message_head(buf_slice(&r->bytes), r->message_head, &m) ||
	    m.body_size > r->file_size - at - r->message_head)
		return fail(err, ERR_FORMAT, "there is no message at %" PRIu64 " of m.%u, or it is cut",
		    at, r->file);
	body = at + r->message_head;
	*end = body + m.body_size;
	if (m.body_size > MESSAGE_IN_MEMORY * 16)
		return fail(err, ERR_LIMIT, "it is too large to be taken out");
	if (fill(r, *end, DBOX_METADATA_MAX, err) < 0)
		return -1;
	/* The metadata's text has to outlive the body. */
	metadata = arena_copy(&r->entry, buf_slice(&r->bytes));
	if (dbox_metadata(metadata, &m))
		*end += m.metadata;
	if (fill(r, body, m.body_size, err) < 0)
		return -1;
	if (m.parts.n > 0)
		attachments = dbox_attachments(r->store->path, m.parts, &r->entry);
	if (dbox_restore(buf_slice(&r->bytes), &m, attachments, &r->message, err) < 0)
		return -1;
	out->kind = ENTRY_MESSAGE;
	out->bytes = buf_slice(&r->message);
	out->size = out->bytes.n;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	out->date = m.received;
	return 0;
}

static int
next_of_index(struct mdbox_reader *r, struct entry *out)
{
	const struct dovecot_record *record, *place;
	uint64_t end;

	if (r->next == r->index.records.n)
		return 0;
	record = &r->index.records.items[r->next++];
	dovecot_index_apply(&r->index, record, &r->entry, &out->flags, &out->tags);
	place = dovecot_index_find(&r->map, record->extension[0]);
	if (place == NULL)
		fail(&out->error, ERR_FORMAT, "the map does not tell where it lies");
	else if (open_file(r, place->extension[0], &out->error) == 0 &&
	    take_message(r, place->extension[1], out, &end) == 0)
		return 1;
	out->kind = ENTRY_FAILED;
	fail_in(&out->error, "UID %u", record->uid);
	return 1;
}

/* One file behind the other, each from its first message to its last. */
static int
next_of_files(struct mdbox_reader *r, struct entry *out)
{
	uint64_t at;

	while (r->next < r->file_count) {
		uint32_t number = r->files[r->next];

		if (r->fd < 0 || r->file != number) {
			if (open_file(r, number, &out->error) < 0) {
				r->next++;
				out->kind = ENTRY_FAILED;
				return 1;
			}
		}
		at = r->at;
		if (at >= r->file_size) {
			r->next++;
			continue;
		}
		if (take_message(r, at, out, &r->at) < 0) {
			out->kind = ENTRY_FAILED;
			/* Behind a head that makes no sense there is no telling where
			 * the next one is. */
			if (r->at == at)
				r->next++;
		}
		return 1;
	}
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mdbox_reader *r = mdbox_reader_of(reader);

	(void)err;
	arena_reset(&r->entry);
	memset(out, 0, sizeof(*out));
	return r->has_map ? next_of_index(r, out) : next_of_files(r, out);
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	(void)err;
	memcpy(p, mdbox_reader_of(reader)->message.p + at, n);
	return 0;
}

static void
close_reader(struct reader *reader)
{
	struct mdbox_reader *r;

	if (reader == NULL)
		return;
	r = mdbox_reader_of(reader);
	file_close(r->fd);
	dovecot_index_free(&r->index);
	dovecot_index_free(&r->map);
	mem_free(r->files);
	arena_free(&r->entry);
	buf_free(&r->bytes);
	buf_free(&r->message);
	mem_free(r);
}

static const struct reader_ops mdbox_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
list_files(struct mdbox_reader *r, const char *storage, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	uint64_t number;
	size_t i;
	int rc = directory_read(storage, false, &a, &all, err);

	if (rc == 0) {
		r->files = mem_alloc_array(all.n, sizeof(*r->files));
		for (i = 0; i < all.n; i++)
			if (is_storage(all.entries[i].name) &&
			    slice_number(slice_string(all.entries[i].name + 2), UINT32_MAX, &number))
				r->files[r->file_count++] = (uint32_t)number;
		if (r->file_count > 0)
			qsort(r->files, r->file_count, sizeof(*r->files), by_number);
	}
	arena_free(&a);
	return rc;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct mdbox_store *s = mdbox_store_of(store);
	struct mdbox_reader *r = mem_alloc(sizeof(*r));
	struct arena a = ARENA_EMPTY;
	const char *storage = path_join(&a, s->path, "storage");
	int rc;

	r->reader.ops = &mdbox_reader_ops;
	r->store = s;
	r->has_map = s->has_map;
	r->fd = -1;
	if (!s->has_map) {
		rc = list_files(r, mailbox->path, err);
	} else {
		rc = dovecot_index_read(storage, MAP, "map", &r->map, err);
		if (rc == 0)
			rc = dovecot_index_read(mailbox->path, INDEX, "mdbox", &r->index, err);
		/* A mailbox that never had mail has no index. */
		if (rc < 0 && err->code == ERR_NOT_FOUND)
			rc = 0;
	}
	if (rc == 0)
		*out = &r->reader;
	else
		close_reader(&r->reader);
	arena_free(&a);
	return rc;
}

const struct format_ops format_mdbox = {
	.name = "mdbox",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
