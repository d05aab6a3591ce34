/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/maildirreader.h"
#include "backends/formats/maildirtree.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagefile.h"
#include "backends/formats/sniff.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/header.h"

/*
 * Each directory that holds messages is a mailbox, and so is each mbox file
 * and each Maildir in the tree: people collect them in one place.
 */
struct eml_store {
	struct store store;
	struct folders folders;
	struct map others;      /* paths of messages that are not called .eml */
	bool is_single;         /* the location is one message */
};

struct eml_reader {
	struct reader reader;
	char *path;             /* of the directory, or of the only file */
	bool is_single;
	const struct eml_store *store;
	struct arena arena;
	struct directory all;
	size_t next;
	struct message_file file;
	struct buf at;
};

/* Which directory an entry is of. */
struct place {
	const struct eml_store *store;
	const char *directory;
};

static struct eml_store *
eml_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct eml_store, store);
}

static struct eml_reader *
eml_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct eml_reader, reader);
}

/* ---- What is a message ---- */

static bool
is_called_eml(struct slice name)
{
	return path_has_suffix(name, ".eml");
}

static bool
is_passed_over(struct slice name)
{
	return slice_starts(name, ".") || slice_ends(name, "~");
}

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	const struct place *place = context;
	struct slice name = slice_string(entry->name);
	struct arena a = ARENA_EMPTY;
	bool found;

	if (entry->kind != FILE_REGULAR || is_passed_over(name))
		return false;
	if (is_called_eml(name))
		return true;
	if (place->store->others.n == 0)
		return false;
	found = map_get(&place->store->others,
	    slice_string(path_join(&a, place->directory, entry->name)), NULL);
	arena_free(&a);
	return found;
}

/* More than for a tree of mbox files, less than for one of Maildirs alone. */
#define MIXED_BID 61

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct sniff sniff;
	int bid = 0, found;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	for (i = 0; i < all.n && bid < 65; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *inside = path_join(&a, path, e->name);

		found = 0;
		if (is_passed_over(slice_string(e->name)))
			continue;
		if (e->kind == FILE_REGULAR && is_called_eml(slice_string(e->name)))
			found = 65;
		else if (e->kind == FILE_REGULAR && bid < 62 &&
		    sniff_file(inside, &sniff, &ignored) == 0)
			/* More than a directory of mbox files: those are read here too. */
			found = sniff.kind == SNIFFED_MESSAGE && !sniff.packed ? 62 : 0;
		else if (e->kind == FILE_DIRECTORY && file_is_directory(path_join(&a, inside,
		    "cur")))
			found = MIXED_BID;
		else if (e->kind == FILE_DIRECTORY && levels > 0 && bid < MIXED_BID &&
		    bid_for_directory(inside, levels - 1, &ignored) > 0)
			found = MIXED_BID;
		if (found > bid)
			bid = found;
	}

out:
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	bool called_eml = is_called_eml(slice_string(path_base(path)));
	struct file_meta meta;
	struct sniff sniff;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, 3, err);
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (sniff_file(path, &sniff, err) < 0)
		return -1;
	/* One that begins with a separator line is left to the mbox reader,
	 * whatever it is called: it may hold more than one message. */
	if (sniff.packed || sniffed_mbox(sniff.kind))
		return 0;
	return sniff.kind == SNIFFED_MESSAGE ? 70 : called_eml ? 40 : 0;
}

/* ---- Finding the mailboxes ---- */

static void
add_mbox(struct eml_store *s, const struct slice *parents, size_t depth, const char *path,
    bool packed)
{
	struct buf name = BUF_EMPTY;

	folder_name_add(&name, slice_string(path_base(path)));
	folders_add(&s->folders, parents, depth, buf_slice(&name), path)->layout =
	    packed ? MAILBOX_EXTRACTED : MAILBOX_FILE;
	if (packed)
		folders_keep(&s->folders, path, "other");
	buf_free(&name);
}

/* True when it is a message of the directory itself. */
static bool
take_file(struct eml_store *s, const struct slice *parents, size_t depth, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct slice name = slice_string(path_base(path));
	struct sniff sniff;

	if (is_passed_over(name))
		return false;
	if (is_called_eml(name))
		return true;
	/* What exports keep their labels in. */
	if (slice_is(name, "labels.json") || slice_is(name, "msg-db.sqlite"))
		folders_keep(&s->folders, path, "flags");
	/* Windows Mail's settings of a folder. */
	if (path_has_suffix(name, ".fol"))
		folders_keep(&s->folders, path, "settings");
	if (sniff_file(path, &sniff, &ignored) < 0)
		return false;
	if (sniffed_mbox(sniff.kind)) {
		add_mbox(s, parents, depth, path, sniff.packed);
		return false;
	}
	if (sniff.kind != SNIFFED_MESSAGE || sniff.packed)
		return false;
	map_put(&s->others, slice_string(path), 0);
	return true;
}

static int
walk(struct eml_store *s, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	bool has_messages = false;
	size_t i;
	int rc = -1;

	if (folders_list(&s->folders, directory, &a, &all, err) < 0) {
		if (depth > 0) {
			folders_add_unreadable(&s->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	rc = 0;
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *path = path_join(&a, directory, e->name);

		const struct slice *inside;
		struct slice raw = slice_string(e->name), kmail = maildir_kmail_name(raw);

		if (e->kind == FILE_REGULAR)
			has_messages |= take_file(s, parents, depth, path);
		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX ||
		    (is_passed_over(raw) && kmail.n == 0))
			continue;
		buf_clear(&name);
		folder_name_add(&name, kmail.n > 0 ? kmail : raw);
		inside = folders_extend(&s->folders, parents, depth, buf_slice(&name));
		if (file_is_directory(path_join(&a, path, "cur")))
			rc = maildir_tree_add(&s->folders, inside, depth + 1, path, err);
		else
			rc = walk(s, inside, depth + 1, path, err);
	}
	if (rc < 0 || !has_messages)
		goto out;
	buf_clear(&name);
	folder_name_add(&name, slice_string(path_base(directory)));
	folders_add(&s->folders, parents, depth > 0 ? depth - 1 : 0,
	    depth > 0 ? parents[depth - 1] : buf_slice(&name), directory)->layout = MAILBOX_FILES;

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct eml_store *s;

	if (store == NULL)
		return;
	s = eml_store_of(store);
	folders_free(&s->folders);
	map_free(&s->others);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct eml_store *s = mem_alloc(sizeof(*s));
	struct file_meta meta;
	int rc;

	s->store.ops = &format_eml;
	rc = file_stat(where->path, &meta, err);
	if (rc == 0 && meta.kind == FILE_DIRECTORY) {
		rc = walk(s, NULL, 0, where->path, err);
	} else if (rc == 0) {
		s->is_single = true;
		add_mbox(s, NULL, 0, where->path, false);
	}
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static int
measure(struct eml_store *s, const struct folder *folder, struct mailbox *out, struct error *err)
{
	const struct place place = { .store = s, .directory = folder->path };
	int found;

	if (folder->is_maildir)
		return maildir_measure(folder, out, err);
	if (folder->layout != MAILBOX_FILES) {
		found = folder_measure_file(folder, out, err);
		if (found > 0 && s->is_single)
			out->messages = 1;
		return found;
	}
	found = folder_measure_begin(folder, out, err);
	if (found > 0 && folder_measure_files(folder->path, "", is_message, &place, out, err) < 0)
		return -1;
	return found;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct eml_store *s = eml_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = measure(s, folder, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&eml_store_of(store)->folders, a, out);
}

/* ---- Reading one ---- */

/* What Outlook Express and its heirs write into what was not sent. */
static unsigned
flags_in(struct slice message)
{
	struct header_field field;

	return header_find(message, "X-Unsent", &field) && slice_is(field.value, "1") ? FLAG_DRAFT :
	    0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct eml_reader *r = eml_reader_of(reader);
	const struct place place = { .store = r->store, .directory = r->path };

	(void)err;
	while (r->next < r->all.n) {
		const struct directory_entry *e = &r->all.entries[r->next++];

		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_string(&r->at, r->path);
		if (!r->is_single) {
			if (!is_message(e, &place))
				continue;
			buf_add_format(&r->at, "/%s", e->name);
			out->name = slice_string(e->name);
		}
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		out->framing.lead = message_file_separator(out->bytes);
		out->flags = flags_in(slice_from(out->bytes, out->framing.lead));
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&eml_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct eml_reader *r;

	if (reader == NULL)
		return;
	r = eml_reader_of(reader);
	message_file_free(&r->file);
	arena_free(&r->arena);
	buf_free(&r->at);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops eml_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
open_reader(struct eml_store *s, const char *path, struct reader **out, struct error *err)
{
	static struct directory_entry only = { .name = "", .kind = FILE_REGULAR };
	struct eml_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &eml_reader_ops;
	r->path = mem_string(path);
	r->store = s;
	r->is_single = s->is_single;
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	r->all = (struct directory){ .entries = &only, .n = 1 };
	if (!s->is_single && directory_read(path, false, &r->arena, &r->all, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct eml_store *s = eml_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct stream *stream;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->is_maildir)
		return maildirreader_open(folder->path, false, NULL, out, err);
	if (folder->layout == MAILBOX_FILES || s->is_single)
		return open_reader(s, folder->path, out, err);
	if ((folder->layout == MAILBOX_EXTRACTED ? stream_open_packed : stream_open_file)
	    (folder->path, &stream, err) < 0)
		return -1;
	*out = mboxreader_open(stream, MBOX_PLAIN);
	return 0;
}

const struct format_ops format_eml = {
	.name = "eml",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
