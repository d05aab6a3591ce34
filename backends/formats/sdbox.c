/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backends/formats/dbox.h"
#include "backends/formats/dboxtree.h"
#include "backends/formats/dovecotindex.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/messagefile.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

/*
 * Dovecot's sdbox: mailboxes/A/B/dbox-Mails/u.UID, a message in each, flags in
 * dovecot.index beside them.  What stands around the message is framing, so
 * that the files come back from it; where bodies are packed, or attachments
 * lie in files of their own, the files are kept as they lie and the messages
 * taken out of them.
 */
struct sdbox_store {
	struct store store;
	struct folders folders;
	char *path;
};

static struct sdbox_store *
sdbox_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct sdbox_store, store);
}

static int
probe(const char *path, struct error *err)
{
	return dbox_tree_probe(path, "u.", err);
}

/* The number in "u.12"; 0: it is none. */
static uint32_t
uid_of(const char *name)
{
	struct slice s = slice_string(name);
	uint64_t n;

	return slice_starts(s, "u.") && slice_number(slice_from(s, 2), UINT32_MAX, &n) ?
	    (uint32_t)n : 0;
}

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return entry->kind == FILE_REGULAR && uid_of(entry->name) > 0;
}

/* ---- Which layout ---- */

/* Is the body in this file packed, or lacks it what X names? */
static bool
is_told_apart(const char *path, struct buf *bytes)
{
	struct error ignored = ERROR_NONE;
	struct dbox_message message;
	struct file_meta meta;
	unsigned char head[DBOX_FILE_HEAD_MAX];
	size_t line, message_head, n;
	uint64_t behind;
	int fd = -1;
	bool is = false;

	if (file_open_read(path, &fd, &ignored) < 0 || file_stat_fd(fd, &meta, &ignored) < 0)
		goto out;
	n = meta.size < sizeof(head) ? (size_t)meta.size : sizeof(head);
	if (file_read_at(fd, 0, head, n, &ignored) < 0 ||
	    !dbox_file_head(slice_of(head, n), &line, &message_head) ||
	    !dbox_message_head(slice_from(slice_of(head, n), line), message_head, &message))
		goto out;
	is = dbox_is_packed(slice_from(slice_of(head, n), line + message_head));
	behind = line + message_head + message.body_size;
	if (is || behind >= meta.size || meta.size - behind > DBOX_METADATA_MAX)
		goto out;
	n = (size_t)(meta.size - behind);
	buf_clear(bytes);
	if (file_read_at(fd, behind, buf_extend(bytes, n), n, &ignored) == 0 &&
	    dbox_metadata(buf_slice(bytes), &message))
		is = message.parts.n > 0;

out:
	file_close(fd);
	return is;
}

static enum mailbox_layout
layout_of(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct buf bytes = BUF_EMPTY;
	struct directory all;
	enum mailbox_layout layout = MAILBOX_FILES;
	size_t i;

	if (directory_read(path, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && layout == MAILBOX_FILES; i++)
		if (is_message(&all.entries[i], NULL) &&
		    is_told_apart(path_join(&a, path, all.entries[i].name), &bytes))
			layout = MAILBOX_EXTRACTED;
	buf_free(&bytes);
	arena_free(&a);
	return layout;
}

static void
keep_messages(struct sdbox_store *s, const char *directory)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;

	if (directory_read(directory, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n; i++)
		if (is_message(&all.entries[i], NULL))
			folders_keep(&s->folders, path_join(&a, directory, all.entries[i].name), "store");
	arena_free(&a);
}

/* ---- The store ---- */

static void
close_store(struct store *store)
{
	struct sdbox_store *s;

	if (store == NULL)
		return;
	s = sdbox_store_of(store);
	folders_free(&s->folders);
	mem_free(s->path);
	mem_free(s);
}

/* Older mail of a mailbox lies below dbox-alt-root, in a directory of the same
 * name; its index stays where it was. */
static void
find_alternate(struct sdbox_store *s, struct folder *folder)
{
	const char *path = path_join(&s->folders.arena, path_join(&s->folders.arena, s->path,
	    "dbox-alt-root"), path_below(folder->path, s->path));

	if (file_is_directory(path))
		folder->index = path;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct sdbox_store *s = mem_alloc(sizeof(*s));
	bool has_packed = false;
	size_t i;
	int rc;

	s->store.ops = &format_sdbox;
	s->path = mem_string(where->path);
	rc = dbox_tree_walk(&s->folders, where->path, err);
	for (i = 0; rc == 0 && i < s->folders.n; i++) {
		struct folder *folder = &s->folders.items[i];

		dbox_tree_keep_index(&s->folders, folder->path, "dovecot.index");
		find_alternate(s, folder);
		folder->layout = folder->index != NULL ? MAILBOX_EXTRACTED : layout_of(folder->path);
		if (folder->layout == MAILBOX_FILES)
			continue;
		keep_messages(s, folder->path);
		if (folder->index != NULL)
			keep_messages(s, folder->index);
		has_packed = true;
	}
	if (rc == 0 && has_packed)
		dbox_tree_keep_attachments(&s->folders, where->path);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct sdbox_store *s = sdbox_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = folder_measure_begin(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0 ||
		    folder_measure_files(folder->path, "", is_message, NULL, out, err) < 0 ||
		    (folder->index != NULL &&
		    folder_measure_files(folder->index, "", is_message, NULL, out, err) < 0))
			folder_measure_failed(out);
		else
			fingerprint_mix(&out->state, dovecot_index_state(folder->path,
			    "dovecot.index"));
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&sdbox_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

struct sdbox_message {
	uint32_t uid;
	const char *directory, *name;
};

struct sdbox_reader {
	struct reader reader;
	const struct sdbox_store *store;
	bool is_extracted, has_index;
	struct error index_error;       /* to be told once */
	struct dovecot_index index;
	struct arena arena, entry;
	VEC(struct sdbox_message) messages;
	size_t next;
	struct message_file file;
	struct buf at, restored, tail;
};

static struct sdbox_reader *
sdbox_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct sdbox_reader, reader);
}

static int
by_uid(const void *a, const void *b)
{
	const struct sdbox_message *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int
list_messages(struct sdbox_reader *r, const char *directory, struct error *err)
{
	struct directory all;
	size_t i;

	if (directory_read(directory, false, &r->arena, &all, err) < 0)
		return -1;
	for (i = 0; i < all.n; i++)
		if (is_message(&all.entries[i], NULL))
			*vec_push(&r->messages) = (struct sdbox_message){
				uid_of(all.entries[i].name), directory, all.entries[i].name };
	if (r->messages.n > 0)
		qsort(r->messages.items, r->messages.n, sizeof(*r->messages.items), by_uid);
	return 0;
}

static void
describe(struct sdbox_reader *r, const struct sdbox_message *m, struct entry *out)
{
	const struct dovecot_record *record = r->has_index ?
	    dovecot_index_find(&r->index, m->uid) : NULL;

	if (!r->is_extracted)
		out->name = slice_string(m->name);
	if (record != NULL)
		dovecot_index_apply(&r->index, record, &r->entry, &out->flags, &out->tags);
}

/* The metadata of a file of that size, of which the beginning is in bytes. */
static struct slice
metadata_of(struct sdbox_reader *r, const struct entry *e, uint64_t from)
{
	struct error ignored = ERROR_NONE;
	size_t n;

	if (from >= e->size || e->size - from > DBOX_METADATA_MAX)
		return SLICE_EMPTY;
	n = (size_t)(e->size - from);
	if (!e->is_large)
		return slice_sub(e->bytes, (size_t)from, n);
	buf_clear(&r->tail);
	if (message_file_bytes(&r->file, from, buf_extend(&r->tail, n), n, &ignored) < 0)
		return SLICE_EMPTY;
	return buf_slice(&r->tail);
}

/* A packed message, or one with attachments, as it came in. */
static int
restore(struct sdbox_reader *r, const struct dbox_message *message, size_t head, struct entry *out)
{
	struct buf whole = BUF_EMPTY;
	const char *attachments = NULL;
	int rc = -1;

	if (message->parts.n > 0)
		attachments = dbox_attachments(r->store->path, message->parts, &r->entry);
	if (message->body_size > MESSAGE_IN_MEMORY * 4) {
		fail(&out->error, ERR_LIMIT, "it is too large to be unpacked");
		goto out;
	}
	if (out->is_large) {
		size_t n = (size_t)message->body_size;

		if (message_file_bytes(&r->file, head, buf_extend(&whole, n), n, &out->error) < 0)
			goto out;
	} else {
		buf_set(&whole, slice_sub(out->bytes, head, (size_t)message->body_size));
	}
	rc = dbox_restore(buf_slice(&whole), message, attachments, &r->restored, &out->error);

out:
	buf_free(&whole);
	if (rc < 0)
		return -1;
	out->bytes = buf_slice(&r->restored);
	out->size = out->bytes.n;
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	return 0;
}

/* What stands around the message: framing, or taken off.  A file that is no
 * dbox is handed out as it lies. */
static int
frame(struct sdbox_reader *r, struct entry *out)
{
	struct dbox_message message;
	size_t line, message_head;
	struct slice metadata;
	uint64_t head;

	if (!dbox_file_head(out->bytes, &line, &message_head) ||
	    !dbox_message_head(slice_from(out->bytes, line), message_head, &message) ||
	    message.body_size > out->size - line - message_head) {
		if (r->is_extracted)
			return fail(&out->error, ERR_FORMAT, "this is no message of dbox's, or it is cut");
		return 0;
	}
	head = line + message_head;
	metadata = metadata_of(r, out, head + message.body_size);
	dbox_metadata(metadata, &message);
	if (message.received != 0)
		out->date = message.received;
	if (r->is_extracted)
		return restore(r, &message, (size_t)head, out);
	out->framing.lead = (size_t)head;
	out->framing.trail = (size_t)(out->size - head - message.body_size);
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct sdbox_reader *r = sdbox_reader_of(reader);

	(void)err;
	arena_reset(&r->entry);
	memset(out, 0, sizeof(*out));
	if (r->index_error.code != ERR_NONE) {
		out->kind = ENTRY_FAILED;
		out->error = r->index_error;
		error_clear(&r->index_error);
		return 1;
	}
	while (r->next < r->messages.n) {
		const struct sdbox_message *m = &r->messages.items[r->next++];

		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_format(&r->at, "%s/%s", m->directory, m->name);
		describe(r, m, out);
		if (!r->is_extracted && message_file_is_known(reader, buf_text(&r->at), out))
			return 1;
		memset(out, 0, sizeof(*out));
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		describe(r, m, out);
		out->date = out->meta.mtime_ns / 1000000000;
		if (out->kind == ENTRY_MESSAGE && frame(r, out) < 0) {
			out->kind = ENTRY_FAILED;
			out->bytes = SLICE_EMPTY;
			out->size = 0;
			fail_in(&out->error, "%s", m->name);
		}
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct sdbox_reader *r = sdbox_reader_of(reader);

	if (!r->is_extracted)
		return message_file_bytes(&r->file, at, p, n, err);
	memcpy(p, r->restored.p + at, n);
	return 0;
}

static void
close_reader(struct reader *reader)
{
	struct sdbox_reader *r;

	if (reader == NULL)
		return;
	r = sdbox_reader_of(reader);
	message_file_free(&r->file);
	dovecot_index_free(&r->index);
	arena_free(&r->arena);
	arena_free(&r->entry);
	buf_free(&r->at);
	buf_free(&r->restored);
	buf_free(&r->tail);
	vec_free(&r->messages);
	mem_free(r);
}

static const struct reader_ops sdbox_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct sdbox_store *s = sdbox_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct sdbox_reader *r;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &sdbox_reader_ops;
	r->store = s;
	r->is_extracted = mailbox->layout == MAILBOX_EXTRACTED;
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (list_messages(r, folder->path, err) < 0 || (folder->index != NULL &&
	    list_messages(r, folder->index, err) < 0)) {
		close_reader(&r->reader);
		return -1;
	}
	r->has_index = dovecot_index_read(folder->path, "dovecot.index", "", &r->index, err) == 0;
	if (!r->has_index && err->code != ERR_NOT_FOUND) {
		r->index_error = *err;
		fail_in(&r->index_error, "flags could not be read");
	}
	error_clear(err);
	*out = &r->reader;
	return 0;
}

const struct format_ops format_sdbox = {
	.name = "sdbox",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
