/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/emlxfile.h"
#include "backends/formats/emlxmarks.h"
#include "backends/formats/emlxparts.h"
#include "backends/formats/emlxtree.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagefile.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

struct emlx_store {
	struct store store;
	struct emlx_tree tree;
	struct emlx_index index;
	bool is_single;         /* the path is one file */
};

struct found_message {
	const char *directory, *name;
	uint64_t number;        /* 0: the name has none */
	bool is_side;           /* no message */
};

struct emlx_reader {
	struct reader reader;
	const struct bundle_kind *kind;
	char *path;
	struct arena arena, entry;
	VEC(struct found_message) messages;
	size_t next;
	struct marks marks;
	bool are_final;         /* the index holds all flags that a message has */
	struct message_file file;
	struct buf at, list;
	/* A message whose parts lie in files of their own comes after its file. */
	const struct found_message *pending;
	struct entry partial;
	struct emlx_whole whole;
	bool is_whole;          /* the entry handed out last */
	struct buf together;
};

static struct emlx_store *
emlx_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct emlx_store, store);
}

static struct emlx_reader *
emlx_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct emlx_reader, reader);
}

static int
probe(const char *path, struct error *err)
{
	struct buf head = BUF_EMPTY;
	struct file_meta meta;
	struct emlx ignored;
	uint64_t length;
	int fd = -1, bid = 0;
	size_t n;

	if (!emlx_is_called(&bundle_apple, slice_string(path_base(path))))
		return emlx_bid(&bundle_apple, path, err);
	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return emlx_bid(&bundle_apple, path, err);
	n = meta.size < 64 ? (size_t)meta.size : 64;
	if (file_open_read(path, &fd, err) < 0 ||
	    file_read_at(fd, 0, buf_extend(&head, n), n, err) < 0)
		bid = -1;
	else
		bid = emlx_length(buf_slice(&head), &ignored, &length) ? 95 : 45;
	file_close(fd);
	buf_free(&head);
	return bid;
}

static void
close_store(struct store *store)
{
	struct emlx_store *s;

	if (store == NULL)
		return;
	s = emlx_store_of(store);
	emlx_tree_free(&s->tree);
	emlx_index_close(&s->index);
	mem_free(s);
}

/* Library/Mail itself: V2, V10 … lie in it. */
static bool
has_versions(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool has = false;
	size_t i;

	if (directory_read(path, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !has; i++)
		has = all.entries[i].name[0] == 'V' && emlx_number(all.entries[i].name + 1) > 0 &&
		    file_is_directory(path_join(&a, path_join(&a, path, all.entries[i].name), "MailData"));
	arena_free(&a);
	return has;
}

static int
open_kind(const struct format_ops *ops, const struct bundle_kind *kind,
    const struct location *where, struct store **out, struct error *err)
{
	struct emlx_store *s = mem_alloc(sizeof(*s));
	struct file_meta meta;
	int rc;

	s->store.ops = ops;
	s->tree.kind = kind;
	rc = file_stat(where->path, &meta, err);
	if (rc == 0 && meta.kind == FILE_DIRECTORY) {
		if (kind == &bundle_apple)
			emlx_index_find(&s->index, where->path);
		s->tree.keeps_all = where->settings != NULL || s->index.path != NULL ||
		    has_versions(where->path);
		rc = emlx_tree_walk(&s->tree, where->path, err);
	} else if (rc == 0) {
		s->is_single = true;
		folders_add(&s->tree.folders, NULL, 0, slice_string(path_base(where->path)),
		    where->path)->layout = MAILBOX_FILE;
		(void)vec_push(&s->tree.boxes);
	}
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	return open_kind(&format_emlx, &bundle_apple, where, out, err);
}

/* MailMate's mailboxes are bundles of plain messages. */
static int
open_mailmate(const struct location *where, struct store **out, struct error *err)
{
	return open_kind(&format_mailmate, &bundle_mailmate, where, out, err);
}

static int
probe_mailmate(const char *path, struct error *err)
{
	return emlx_bid(&bundle_mailmate, path, err);
}

/* ---- Handing mailboxes out ---- */

static const struct emlx_box *
box_of(const struct emlx_store *s, const struct folder *folder)
{
	return &s->tree.boxes.items[folder - s->tree.folders.items];
}

static bool
is_message(const struct directory_entry *entry, const void *kind)
{
	return entry->kind == FILE_REGULAR && emlx_is_called(kind, slice_string(entry->name));
}

static int
measure(const struct emlx_store *s, const struct folder *folder, struct arena *a,
    struct mailbox *out, struct error *err)
{
	const struct emlx_box *box = box_of(s, folder);
	const char **names = arena_alloc(a, (box->directories.n + 1) * sizeof(*names));
	size_t i;
	int rc;

	if (folder->layout != MAILBOX_FILES)
		return folder_measure_file(folder, out, err);
	rc = folder_measure_begin(folder, out, err);
	if (rc <= 0)
		return rc;
	for (i = 0; i < box->directories.n; i++) {
		const struct emlx_directory *d = &box->directories.items[i];

		if (d->sub[0] != '\0')
			names[out->directory_count++] = arena_string(a, d->sub);
		/* Attachments that come and go change only their directory. */
		folder_measure_side_file(folder->path, d->sub, out);
		if (!d->is_attachments && folder_measure_files(folder->path, d->sub, is_message,
		    s->tree.kind, out, err) < 0)
			return -1;
	}
	out->directories = names;
	if (s->index.path != NULL)
		fingerprint_mix(&out->state, s->index.state);
	return 1;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct emlx_store *s = emlx_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->tree.folders)) != NULL) {
		folder_describe(&s->tree.folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = measure(s, folder, a, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		if (s->is_single)
			out->messages = 1;
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&emlx_store_of(store)->tree.folders, a, out);
}

/* ---- Reading ---- */

static int
by_number(const void *a, const void *b)
{
	const struct found_message *x = a, *y = b;
	int order;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	order = strcmp(x->name, y->name);
	return order != 0 ? order : strcmp(x->directory, y->directory);
}

static int
list_messages(struct emlx_reader *r, const struct emlx_box *box, struct error *err)
{
	struct found_message *m;
	struct directory all;
	size_t i, j;

	for (i = 0; i < box->directories.n; i++) {
		const struct emlx_directory *d = &box->directories.items[i];

		if (d->is_attachments)
			continue;
		if (directory_read(path_join(&r->arena, r->path, d->sub), false, &r->arena, &all,
		    err) < 0) {
			if (err->code == ERR_NOT_FOUND && i > 0)
				continue;
			return -1;
		}
		for (j = 0; j < all.n; j++) {
			if (!is_message(&all.entries[j], r->kind))
				continue;
			m = vec_push(&r->messages);
			m->directory = arena_string(&r->arena, d->sub);
			m->name = all.entries[j].name;
			m->number = emlx_number(m->name);
		}
	}
	for (i = 0; i < box->sides.n; i++) {
		const char *side = arena_string(&r->arena, box->sides.items[i]);

		m = vec_push(&r->messages);
		m->name = path_base(side);
		m->directory = strchr(side, '/') == NULL ? "" : path_parent(&r->arena, side);
		m->number = UINT64_MAX; /* last */
		m->is_side = true;
	}
	if (r->messages.n > 0)
		qsort(r->messages.items, r->messages.n, sizeof(*r->messages.items), by_number);
	return 0;
}

/* Of a file too long for memory, the list at its end. */
static int
read_list(struct emlx_reader *r, struct entry *out, struct error *err)
{
	struct emlx split;
	uint64_t length, at;
	size_t n;

	if (!emlx_length(out->bytes, &split, &length) || length > out->size - split.lead ||
	    out->size - split.lead - length > MIB)
		return 0;
	at = split.lead + length;
	n = (size_t)(out->size - at);
	buf_clear(&r->list);
	if (message_file_bytes(&r->file, at, buf_extend(&r->list, n), n, err) < 0)
		return -1;
	out->framing.lead = split.lead;
	out->framing.tail = buf_slice(&r->list);
	return 0;
}

/* What lies around the message, and what that tells. */
static void
frame(struct emlx_reader *r, struct entry *out)
{
	struct emlx_told told;
	struct slice list;
	struct emlx split;

	if (out->kind != ENTRY_MESSAGE)
		return;
	if (!out->is_large) {
		emlx_split(out->bytes, &split);
		out->framing.lead = split.lead;
		out->framing.trail = out->bytes.n - (size_t)split.trail;
		list = slice_from(out->bytes, (size_t)split.trail);
	} else if (read_list(r, out, &out->error) < 0) {
		out->kind = ENTRY_FAILED;
		return;
	} else {
		list = out->framing.tail;
	}
	out->framing.trail_is_state = true;
	emlx_told(list, &r->entry, &told);
	out->framing.flags = told.flags;
	out->framing.tags = told.tags;
	out->date = told.date;
}

/* The flags that the index or the file gives the message. */
static void
mark(struct emlx_reader *r, const struct found_message *m, struct entry *out)
{
	if (m->number > 0)
		out->flags_are_final = emlx_marks_apply(&r->marks, m->number, &r->entry, out) &&
		    r->are_final;
}

static void
describe(struct emlx_reader *r, const struct found_message *m, struct entry *out)
{
	if (m->name == NULL)
		return;
	out->directory = slice_string(m->directory);
	out->name = slice_string(m->name);
	if (!m->is_side)
		mark(r, m, out);
}

/* Are there parts to be put into the message of the file that was read last? */
static void
find_whole(struct emlx_reader *r, const struct found_message *m, struct entry *out)
{
	struct slice message = slice_sub(out->bytes, out->framing.lead,
	    out->bytes.n - out->framing.lead - out->framing.trail);

	if (m->name == NULL || out->kind != ENTRY_MESSAGE || out->is_large ||
	    out->size > CHUNK_MIN || !emlx_has_gaps(message) ||
	    !emlx_whole_find(message, buf_text(&r->at), &r->entry, &r->whole))
		return;
	r->pending = m;
	r->partial = *out;
	/* The file itself is no message then, and kept for what it is. */
	out->kind = ENTRY_FILLER;
	out->flags = 0;
	out->flags_are_final = false;
	out->tags = (struct tags){ NULL, 0 };
}

/* The message that was put together; it has no file. */
static void
next_whole(struct emlx_reader *r, struct entry *out)
{
	const struct emlx_whole *whole = &r->whole;
	size_t n;

	memset(out, 0, sizeof(*out));
	out->kind = ENTRY_MESSAGE;
	out->meta = r->partial.meta;
	out->meta.inode ^= whole->files.low;
	out->date = r->partial.date;
	out->flags = r->partial.framing.flags;
	out->tags = r->partial.framing.tags;
	if (r->pending->number > 0 && r->are_final &&
	    emlx_marks_has(&r->marks, r->pending->number)) {
		out->flags = 0;
		out->tags = (struct tags){ NULL, 0 };
	}
	mark(r, r->pending, out);
	r->pending = NULL;
	r->is_whole = true;
	out->size = whole->size;
	if (r->reader.familiar != NULL && r->reader.familiar->knows(r->reader.familiar, out)) {
		out->is_unread = true;
		return;
	}
	out->is_large = whole->size > MESSAGE_IN_MEMORY;
	n = out->is_large ? MIB : (size_t)whole->size;
	buf_clear(&r->together);
	if (emlx_whole_bytes(whole, 0, buf_extend(&r->together, n), n, &out->error) < 0)
		out->kind = ENTRY_FAILED;
	else
		out->bytes = buf_slice(&r->together);
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct emlx_reader *r = emlx_reader_of(reader);

	(void)err;
	if (r->pending != NULL) {
		next_whole(r, out);
		return 1;
	}
	arena_reset(&r->entry);
	r->is_whole = false;
	if (marks_tell_failure(&r->marks, out))
		return 1;
	while (r->next < r->messages.n) {
		const struct found_message *m = &r->messages.items[r->next++];

		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_string(&r->at, r->path);
		if (m->name != NULL)
			buf_add_format(&r->at, "/%s%s%s", m->directory, m->directory[0] != '\0' ? "/" : "",
			    m->name);
		describe(r, m, out);
		/* Parts may have come to a file that did not change. */
		if (!slice_ends(out->name, ".partial.emlx") &&
		    message_file_is_known(reader, buf_text(&r->at), out)) {
			out->kind = m->is_side ? ENTRY_FILLER : ENTRY_MESSAGE;
			return 1;
		}
		memset(out, 0, sizeof(*out));
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		describe(r, m, out);
		if (m->is_side && out->kind == ENTRY_MESSAGE) {
			out->kind = ENTRY_FILLER;
		} else if (r->kind == &bundle_apple) {
			frame(r, out);
			find_whole(r, m, out);
		}
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct emlx_reader *r = emlx_reader_of(reader);

	return r->is_whole ? emlx_whole_bytes(&r->whole, at, p, n, err) :
	    message_file_bytes(&r->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct emlx_reader *r;

	if (reader == NULL)
		return;
	r = emlx_reader_of(reader);
	message_file_free(&r->file);
	marks_free(&r->marks);
	vec_free(&r->messages);
	arena_free(&r->arena);
	arena_free(&r->entry);
	buf_free(&r->at);
	buf_free(&r->list);
	buf_free(&r->together);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops emlx_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
open_reader(struct emlx_store *s, const struct folder *folder, struct reader **out,
    struct error *err)
{
	struct emlx_reader *r = mem_alloc(sizeof(*r));
	int rc = 0;

	r->reader.ops = &emlx_reader_ops;
	r->kind = s->tree.kind;
	r->path = mem_string(folder->path);
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (s->is_single) {
		(void)vec_push(&r->messages);
	} else {
		rc = list_messages(r, box_of(s, folder), err);
		if (rc == 0)
			rc = marks_settle(&r->marks, emlx_index_read(&s->index, folder->path, &r->marks,
			    &r->are_final, err), err);
	}
	if (rc == 0)
		*out = &r->reader;
	else
		close_reader(&r->reader);
	return rc;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct emlx_store *s = emlx_store_of(store);
	const struct folder *folder = folders_of(&s->tree.folders, mailbox);
	struct directory ignored;
	struct arena a = ARENA_EMPTY;
	struct stream *stream;
	int rc;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->is_unreadable) {
		rc = directory_read(folder->path, false, &a, &ignored, err);
		arena_free(&a);
		return rc < 0 ? -1 : fail(err, ERR_CHANGED, "%s: can be read now", folder->path);
	}
	if (folder->layout == MAILBOX_FILES || s->is_single)
		return open_reader(s, folder, out, err);
	if (stream_open_file(folder->path, &stream, err) < 0)
		return -1;
	*out = mboxreader_open(stream, MBOX_PLAIN);
	return 0;
}

const struct format_ops format_emlx = {
	.name = "emlx",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};

const struct format_ops format_mailmate = {
	.name = "mailmate",
	.probe = probe_mailmate,
	.open = open_mailmate,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
