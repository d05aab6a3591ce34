/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagefile.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"
#include "core/base/text.h"
#include "core/mail/names.h"

/*
 * What Evolution keeps besides Maildirs and mbox files:
 *
 *	"imap"  a cache of whole messages, folders/A/subfolders/B/cur/3f/UID
 *	        (camel-data-cache.c; older ones without the two hexadecimal digits,
 *	        1.x and 2.x with "UID." in the folder itself), flags in folders.db
 *	"pop"   what was fetched, untouched: cache/3f/UIDL
 *	"1.x"   local/A/subfolders/B/mbox
 */
enum evolution_layout { EVOLUTION_IMAP, EVOLUTION_POP, EVOLUTION_OLD };

struct evolution_store {
	struct store store;
	struct folders folders;
	enum evolution_layout layout;
	char *database;
};

static struct evolution_store *
evolution_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct evolution_store, store);
}

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY && file_is_directory(path_join(&a, path, "folders")) &&
	    file_exists(path_join(&a, path, "folders.db")))
		bid = 90;
	arena_free(&a);
	return bid;
}

/* ---- Messages in files ---- */

static bool
is_shard(const char *name)
{
	uint64_t n;

	return strlen(name) == 2 && slice_hex_number(slice_string(name), 255, &n);
}

/* Where in a folder a file lies. */
enum place_kind {
	PLACE_FOLDER,           /* in the folder itself, among other files */
	PLACE_CACHE,
	PLACE_POP               /* named by the server, anyhow */
};

struct place {
	const char *name;       /* "", "cur", "cur/3f", "3f" */
	enum place_kind kind;
};

/* A UID, or what an old cache has for a whole message: "12.".  "12.HEADER"
 * and "12.1.MIME" are pieces. */
static bool
is_message(const struct directory_entry *entry, const void *context)
{
	const struct place *place = context;
	struct slice name = slice_string(entry->name);
	size_t dot = slice_find(name, 0, '.');
	uint64_t number;
	bool is_number;

	if (entry->kind != FILE_REGULAR || dot == 0)
		return false;
	if (place->kind == PLACE_POP)
		return true;
	is_number = slice_number(slice_sub(name, 0, dot), UINT64_MAX, &number);
	if (place->kind == PLACE_FOLDER)
		return is_number && dot + 1 >= name.n;
	return !is_number || dot + 1 >= name.n;
}

/* The directories below a folder that hold messages. */
static struct place *
list_places(const char *folder, bool is_pop, struct arena *a, size_t *n)
{
	const char *sub = is_pop ? "" : "cur";
	struct error ignored = ERROR_NONE;
	struct directory all;
	struct place *places;
	size_t i;

	if (directory_read(path_join(a, folder, sub), false, a, &all, &ignored) < 0)
		all.n = 0;
	places = arena_alloc(a, (all.n + 2) * sizeof(*places));
	*n = 0;
	if (!is_pop) {
		places[(*n)++] = (struct place){ "", PLACE_FOLDER };
		places[(*n)++] = (struct place){ "cur", PLACE_CACHE };
	}
	for (i = 0; i < all.n; i++) {
		const char *name = all.entries[i].name;

		if (all.entries[i].kind != FILE_DIRECTORY || !is_shard(name))
			continue;
		places[(*n)++] = is_pop ? (struct place){ name, PLACE_POP } :
		    (struct place){ path_join(a, sub, name), PLACE_CACHE };
	}
	return places;
}

/* ---- Finding the folders ---- */

static const struct slice *
extend(struct evolution_store *s, const struct slice *parents, size_t depth, const char *raw)
{
	struct buf name = BUF_EMPTY;
	const struct slice *all;

	if (!name_decode_percent(slice_string(raw), &name))
		text_add_utf8(&name, slice_string(raw));
	all = folders_extend(&s->folders, parents, depth, buf_slice(&name));
	buf_free(&name);
	return all;
}

static void
add(struct evolution_store *s, const struct slice *names, size_t depth, const char *path)
{
	struct arena a = ARENA_EMPTY;
	struct folder *folder;
	const char *mbox = path_join(&a, path, "mbox");

	if (s->layout == EVOLUTION_OLD) {
		if (file_exists(mbox))
			folders_add(&s->folders, names, depth, names[depth], mbox)->layout = MAILBOX_FILE;
	} else {
		folder = folders_add(&s->folders, names, depth, names[depth], path);
		folder->layout = MAILBOX_FILES;
	}
	arena_free(&a);
}

/* Each directory inside container is a folder, with its own in subfolders. */
static int
walk(struct evolution_store *s, const struct slice *parents, size_t depth, const char *container,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const struct slice *names;
	struct directory all;
	size_t i;
	int rc = 0;

	if (folders_list(&s->folders, container, &a, &all, err) < 0) {
		if (depth > 0 && err->code != ERR_NOT_FOUND)
			folders_add_unreadable(&s->folders, parents, depth, container);
		rc = depth > 0 ? 0 : -1;
		goto out;
	}
	for (i = 0; i < all.n && rc == 0; i++) {
		const char *path = path_join(&a, container, all.entries[i].name);

		if (all.entries[i].kind != FILE_DIRECTORY || all.entries[i].name[0] == '.')
			continue;
		names = extend(s, parents, depth, all.entries[i].name);
		add(s, names, depth, path);
		if (depth + 1 < FOLDER_DEPTH_MAX)
			rc = walk(s, names, depth + 1, path_join(&a, path, "subfolders"), err);
	}

out:
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct evolution_store *s;

	if (store == NULL)
		return;
	s = evolution_store_of(store);
	folders_free(&s->folders);
	mem_free(s->database);
	mem_free(s);
}

static int
find_folders(struct evolution_store *s, const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const char *inside = path_join(&a, path, "folders");
	int rc = 0;

	if (s->layout == EVOLUTION_POP) {
		folders_add(&s->folders, NULL, 0, SLICE_OF("INBOX"), path_join(&a, path, "cache"))->
		    layout = MAILBOX_FILES;
	} else {
		if (s->layout == EVOLUTION_OLD)
			inside = path;
		rc = walk(s, NULL, 0, inside, err);
		folders_keep(&s->folders, s->database, "flags");
	}
	arena_free(&a);
	return rc;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct evolution_store *s = mem_alloc(sizeof(*s));
	struct arena a = ARENA_EMPTY;
	int rc;

	s->store.ops = &format_evolution;
	s->layout = strcmp(where->layout, "pop") == 0 ? EVOLUTION_POP :
	    strcmp(where->layout, "1.x") == 0 ? EVOLUTION_OLD : EVOLUTION_IMAP;
	s->database = mem_string(path_join(&a, where->path, "folders.db"));
	rc = find_folders(s, where->path, err);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	arena_free(&a);
	return rc;
}

/* ---- Handing them out ---- */

static int
measure(const struct evolution_store *s, const struct folder *folder, struct mailbox *out,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	const struct place *places;
	size_t i, n;
	int rc;

	if (folder->layout == MAILBOX_FILE)
		return folder_measure_file(folder, out, err);
	rc = folder_measure_begin(folder, out, err);
	if (rc <= 0)
		return rc;
	places = list_places(folder->path, s->layout == EVOLUTION_POP, &a, &n);
	for (i = 0; i < n && rc > 0; i++) {
		if (folder_measure_files(folder->path, places[i].name, is_message, &places[i], out,
		    err) < 0)
			rc = -1;
	}
	if (rc > 0 && s->layout == EVOLUTION_IMAP)
		fingerprint_mix(&out->state, sqlite_file_state(s->database));
	arena_free(&a);
	return rc;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct evolution_store *s = evolution_store_of(store);
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
	return folders_next_file(&evolution_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

struct cached {
	const char *directory, *name;
	uint64_t uid;           /* UINT64_MAX: no number */
};

struct cache_reader {
	struct reader reader;
	char *path;
	struct arena arena, entry;
	VEC(struct cached) messages;
	size_t next;
	struct marks marks;
	struct message_file file;
	struct buf at;
};

static struct cache_reader *
cache_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct cache_reader, reader);
}

static int
by_uid(const void *a, const void *b)
{
	const struct cached *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
list_messages(struct cache_reader *r, bool is_pop, struct error *err)
{
	const struct place *places;
	struct directory all;
	size_t i, j, n;

	places = list_places(r->path, is_pop, &r->arena, &n);
	for (i = 0; i < n; i++) {
		if (directory_read(path_join(&r->arena, r->path, places[i].name), false, &r->arena,
		    &all, err) < 0) {
			if (err->code == ERR_NOT_FOUND && i > 0)
				continue;
			return -1;
		}
		for (j = 0; j < all.n; j++) {
			struct slice name = slice_string(all.entries[j].name);
			struct cached *m;

			if (!is_message(&all.entries[j], &places[i]))
				continue;
			m = vec_push(&r->messages);
			m->directory = places[i].name;
			m->name = all.entries[j].name;
			m->uid = UINT64_MAX;
			slice_number(slice_sub(name, 0, slice_find(name, 0, '.')), UINT64_MAX, &m->uid);
		}
	}
	if (r->messages.n > 0)
		qsort(r->messages.items, r->messages.n, sizeof(*r->messages.items), by_uid);
	return 0;
}

static void
describe(struct cache_reader *r, const struct cached *m, struct entry *out)
{
	struct slice uid = slice_string(m->name);

	out->directory = slice_string(m->directory);
	out->name = uid;
	marks_apply(&r->marks, slice_sub(uid, 0, slice_find(uid, 0, '.')), &r->entry, out);
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct cache_reader *r = cache_reader_of(reader);

	(void)err;
	arena_reset(&r->entry);
	if (marks_tell_failure(&r->marks, out))
		return 1;
	while (r->next < r->messages.n) {
		const struct cached *m = &r->messages.items[r->next++];

		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_format(&r->at, "%s/%s%s%s", r->path, m->directory,
		    m->directory[0] != '\0' ? "/" : "", m->name);
		describe(r, m, out);
		if (!message_file_is_known(reader, buf_text(&r->at), out)) {
			memset(out, 0, sizeof(*out));
			if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
				continue;
			describe(r, m, out);
		}
		out->date = out->meta.mtime_ns / 1000000000;
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&cache_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct cache_reader *r;

	if (reader == NULL)
		return;
	r = cache_reader_of(reader);
	message_file_free(&r->file);
	marks_free(&r->marks);
	vec_free(&r->messages);
	arena_free(&r->arena);
	arena_free(&r->entry);
	buf_free(&r->at);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops cache_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_marks(const struct evolution_store *s, const struct mailbox *mailbox,
    struct cache_reader *r, struct error *err)
{
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc;

	if (s->layout != EVOLUTION_IMAP || !file_exists(s->database))
		return 0;
	for (i = 0; i < mailbox->depth; i++) {
		if (i > 0)
			buf_add_byte(&name, '/');
		buf_add(&name, mailbox->components[i]);
	}
	rc = evolution_marks_read(s->database, buf_slice(&name), &r->marks, err);
	buf_free(&name);
	return marks_settle(&r->marks, rc, err);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct evolution_store *s = evolution_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct cache_reader *r;
	struct stream *stream;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->layout == MAILBOX_FILE) {
		if (stream_open_file(folder->path, &stream, err) < 0)
			return -1;
		*out = mboxreader_open(stream, MBOX_PLAIN);
		return 0;
	}
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &cache_reader_ops;
	r->path = mem_string(folder->path);
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (list_messages(r, s->layout == EVOLUTION_POP, err) < 0 ||
	    read_marks(s, mailbox, r, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

const struct format_ops format_evolution = {
	.name = "evolution",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
