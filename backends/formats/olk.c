/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/messagefile.h"
#include "backends/formats/olkindex.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/vec.h"
#include "core/mail/header.h"

/*
 * Outlook for Mac: "Message Sources" holds, in numbered directories, a file
 * .olk14MsgSource (2011) or .olk15MsgSource (2016 and later) for each message
 * that came by IMAP or POP: 40 bytes of Outlook's own, then the message as it
 * came, its lines often ended by CR alone.  Outlook.sqlite knows folders and
 * flags; the database of 2011 is nobody else's to read.  Of Exchange's mail
 * there is no source, only Outlook's own form.
 */
#define HEAD "\xd0\x0d\0\0"
#define HEAD_BYTES 40u
#define HEAD_FAR 4096u          /* how far an unknown head may reach */
#define SOURCES "Message Sources"
#define DEPTH_MAX 12u
#define NEAR_DEPTH 2u           /* a profile, its Data */
#define LOOKS_MAX 2000u
#define BID 88

struct olk_source {
	const char *directory, *name;   /* below the directory of all sources */
	size_t folder;                  /* in store.folders */
	unsigned flags;
	int64_t date;
};

struct olk_store {
	struct store store;
	struct folders folders;
	VEC(struct olk_source) sources;
	VEC(const char *) directories;  /* below the path, parents first */
	VEC(uint64_t) missing;          /* as folders.items: messages without a source */
	struct olk_index *index;
	struct error failure;           /* of the index, to be told once */
	char *top;                      /* what paths in the index are relative to */
	struct map by_id;               /* folder of the index, or "" for none, to our folder */
};

struct olk_reader {
	struct reader reader;
	struct olk_store *store;
	size_t folder, next;
	struct message_file file;
	struct buf at, plain;
	struct entry pending;           /* the message of the file handed out last */
	bool is_pending;
	uint64_t missing;               /* to be told */
};

static struct olk_store *
olk_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct olk_store, store);
}

static struct olk_reader *
olk_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct olk_reader, reader);
}

static bool
is_source(const char *name)
{
	struct slice s = slice_string(name);
	static const struct slice suffixes[] = {
		{ (const unsigned char *)".olk14MsgSource", 15 },
		{ (const unsigned char *)".olk15MsgSource", 15 } };

	return s.n > 15 && s.p[0] != '.' && (slice_equal_nocase(slice_from(s, s.n - 15), suffixes[0]) ||
	    slice_equal_nocase(slice_from(s, s.n - 15), suffixes[1]));
}

/* ---- Finding the messages ---- */

/* In the directory itself, or in one called as Outlook calls it near below. */
static bool
has_source(const char *path, bool is_inside, unsigned levels, unsigned *looks)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = false;
	size_t i;

	if (levels == 0 || (*looks)++ > LOOKS_MAX ||
	    directory_read(path, false, &a, &all, &ignored) < 0)
		all.n = 0;
	for (i = 0; i < all.n && !found; i++) {
		const struct directory_entry *e = &all.entries[i];
		bool enters = !is_inside && strcmp(e->name, SOURCES) == 0;

		found = e->kind == FILE_REGULAR ? is_source(e->name) :
		    e->kind == FILE_DIRECTORY && e->name[0] != '.' &&
		    has_source(path_join(&a, path, e->name), is_inside || enters,
		    enters ? DEPTH_MAX : levels - 1, looks);
	}
	arena_free(&a);
	return found;
}

static bool
is_inside_sources(const char *path)
{
	return strstr(path, "/" SOURCES "/") != NULL || strcmp(path_base(path), SOURCES) == 0;
}

static int
probe(const char *path, struct error *err)
{
	bool is_inside = is_inside_sources(path);
	struct file_meta meta;
	unsigned looks = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return 0;
	return has_source(path, is_inside, is_inside ? DEPTH_MAX : NEAR_DEPTH, &looks) ? BID : 0;
}

/* ---- Collecting them ---- */

static bool
is_taken(const struct olk_store *s, const struct olk_folder *at)
{
	size_t i, j;

	for (i = 0; i < s->folders.n; i++) {
		const struct folder *f = &s->folders.items[i];

		for (j = 0; f->depth == at->depth && j < f->depth &&
		    slice_equal(f->components[j], at->components[j]); j++)
			;
		if (f->depth == at->depth && j == f->depth)
			return true;
	}
	return false;
}

/* The folder of that id, which is made with its parents when it is new. */
static size_t
folder_of(struct olk_store *s, const struct olk_folder *at, const char *path)
{
	const struct slice *parents = NULL;
	struct slice name = at->components[at->depth - 1];
	struct folder *folder;
	struct arena a = ARENA_EMPTY;
	uint64_t index;
	char key[24];
	size_t i;

	snprintf(key, sizeof(key), "%lld", (long long)at->id);
	if (map_get(&s->by_id, slice_string(key), &index))
		return (size_t)index;
	/* Accounts may have a folder of the same name each. */
	if (is_taken(s, at))
		name = slice_string(arena_format(&a, "%.*s (%s)", (int)name.n, (const char *)name.p, key));
	for (i = 0; i + 1 < at->depth; i++)
		parents = folders_extend(&s->folders, parents, i, at->components[i]);
	index = s->folders.n;
	folder = folders_add(&s->folders, parents, at->depth - 1, name, path);
	folder->layout = MAILBOX_FILES;
	*vec_push(&s->missing) = at->missing;
	map_put(&s->by_id, slice_string(key), index);
	arena_free(&a);
	return (size_t)index;
}

static void
take_source(struct olk_store *s, const char *path, const char *sub, const char *name)
{
	struct slice own = SLICE_OF(SOURCES);
	struct olk_folder nowhere = { .id = -1, .components = &own, .depth = 1 };
	struct olk_message known = { .flags = 0 };
	struct olk_source *source = vec_push(&s->sources);
	struct arena a = ARENA_EMPTY;
	const char *whole = path_join(&a, path_join(&a, path, sub), name);
	const char *below = path_below(whole, s->top);

	source->directory = arena_string(&s->folders.arena, sub);
	source->name = arena_string(&s->folders.arena, name);
	if (s->index != NULL && below != NULL && olk_index_find(s->index, below, &known)) {
		source->flags = known.flags;
		source->date = known.date;
		source->folder = folder_of(s, known.folder, path);
	} else {
		source->folder = folder_of(s, &nowhere, path);
	}
	arena_free(&a);
}

static int
walk(struct olk_store *s, const char *path, const char *sub, unsigned depth, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;
	int rc = 0;

	if (folders_list(&s->folders, sub[0] == '\0' ? path : path_join(&a, path, sub), &a, &all,
	    depth == 0 ? err : &ignored) < 0)
		rc = depth == 0 ? -1 : 0;
	else if (sub[0] != '\0')
		*vec_push(&s->directories) = arena_string(&s->folders.arena, sub);
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];

		if (e->kind == FILE_DIRECTORY && depth < DEPTH_MAX && e->name[0] != '.')
			rc = walk(s, path, sub[0] == '\0' ? e->name : path_join(&a, sub, e->name), depth + 1,
			    err);
		else if (e->kind == FILE_REGULAR && is_source(e->name))
			take_source(s, path, sub, e->name);
		else if (e->kind == FILE_REGULAR &&
		    is_inside_sources(path_join(&a, path_join(&a, path, sub), "x")))
			folders_keep(&s->folders, path_join(&a, path_join(&a, path, sub), e->name), "other");
	}
	arena_free(&a);
	return rc;
}

/* Outlook.sqlite in the profile, or in its Data, or above what was named. */
static int
open_index(struct olk_store *s, const char *path, struct error *err)
{
	static const char *const below[] = { "Data/Outlook.sqlite", "Outlook.sqlite",
		"../Outlook.sqlite" };
	struct arena a = ARENA_EMPTY;
	const char *at;
	size_t i;
	int rc = 0;

	s->top = mem_string(path);
	for (i = 0; i < 3 && s->index == NULL && rc == 0; i++) {
		at = path_clean(&a, path_join(&a, path, below[i]));
		if (!file_exists(at))
			continue;
		mem_free(s->top);
		s->top = mem_string(path_parent(&a, at));
		folders_keep(&s->folders, at, "index");
		rc = olk_index_open(at, &s->index, err);
		/* Without it there is the mail all the same. */
		if (rc < 0 && err->code != ERR_CHANGED) {
			s->failure = *err;
			fail_in(&s->failure, "folders and flags could not be read");
			error_clear(err);
			rc = 0;
			break;
		}
	}
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct olk_store *s;

	if (store == NULL)
		return;
	s = olk_store_of(store);
	olk_index_close(s->index);
	folders_free(&s->folders);
	vec_free(&s->sources);
	vec_free(&s->directories);
	vec_free(&s->missing);
	map_free(&s->by_id);
	mem_free(s->top);
	mem_free(s);
}

/* Folders all of whose messages lack a source are named as well. */
static void
add_others(struct olk_store *s, const char *path)
{
	const struct olk_folder *folder;
	size_t i;

	for (i = 0; s->index != NULL && (folder = olk_index_folder(s->index, i)) != NULL; i++)
		if (folder->missing > 0)
			folder_of(s, folder, path);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct olk_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_olk;
	rc = open_index(s, where->path, err);
	if (rc == 0)
		rc = walk(s, where->path, "", 0, err);
	if (rc == 0)
		add_others(s, where->path);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing mailboxes out ---- */

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct olk_store *s = olk_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	struct file_meta meta;
	size_t i;

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	if (folder_measure_begin(folder, out, err) <= 0) {
		folder_measure_failed(out);
		return 1;
	}
	for (i = 0; i < s->sources.n; i++) {
		const struct olk_source *m = &s->sources.items[i];
		const char *at = path_join(a, folder->path, path_join(a, m->directory, m->name));

		if (m->folder != (size_t)(folder - s->folders.items) || file_stat(at, &meta, err) < 0)
			continue;
		fingerprint_mix(&out->state, file_meta_fingerprint(at, &meta));
		out->bytes += meta.size;
		out->messages++;
	}
	if (s->index != NULL)
		fingerprint_mix(&out->state, olk_index_state(s->index));
	out->directories = s->directories.items;
	out->directory_count = s->directories.n;
	return 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&olk_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

/* Where the message begins: behind the head that is known, else at the first
 * header field that every message has. */
static size_t
find_message(struct slice file)
{
	static const struct slice first[] = {
		{ (const unsigned char *)"Received:", 9 }, { (const unsigned char *)"Return-Path:", 12 },
		{ (const unsigned char *)"From:", 5 }, { (const unsigned char *)"Date:", 5 },
		{ (const unsigned char *)"MIME-Version:", 13 }, { (const unsigned char *)"Subject:", 8 },
		{ (const unsigned char *)"Message-ID:", 11 } };
	struct slice near = slice_sub(file, 0, HEAD_FAR);
	size_t i, at, found = near.n;

	if (file.n >= HEAD_BYTES && memcmp(file.p, HEAD, 4) == 0)
		return HEAD_BYTES;
	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		for (at = 0; at < found && at + first[i].n <= near.n; at++)
			if (slice_equal_nocase(slice_sub(near, at, first[i].n), first[i]) &&
			    (at == 0 || near.p[at - 1] < ' ' || near.p[at - 1] > '~'))
				found = at;
	return found < near.n ? found : 0;
}

/* Lines that end in CR alone, which is no message to anybody else. */
static bool
has_lone_cr(struct slice message)
{
	size_t cr = slice_find(message, 0, '\r');

	return cr + 1 < message.n && message.p[cr + 1] != '\n' &&
	    slice_find(message, 0, '\n') > cr;
}

static void
add_lf(struct buf *out, struct slice message)
{
	size_t i;

	for (i = 0; i < message.n; i++) {
		if (message.p[i] != '\r')
			buf_add_byte(out, message.p[i]);
		else if (i + 1 == message.n || message.p[i + 1] != '\n')
			buf_add_byte(out, '\n');
	}
}

static void
describe(const struct olk_source *m, struct entry *out)
{
	out->flags = m->flags;
	out->date = m->date;
	out->directory = slice_string(m->directory);
	out->name = slice_string(m->name);
}

/* The message of a file whose lines had to be turned, which itself is kept. */
static void
turn(struct olk_reader *r, struct entry *out)
{
	struct slice message = slice_from(out->bytes, out->framing.lead);

	if (out->kind != ENTRY_MESSAGE || out->size > CHUNK_MIN || !has_lone_cr(message))
		return;
	buf_clear(&r->plain);
	add_lf(&r->plain, message);
	r->pending = *out;
	r->pending.bytes = buf_slice(&r->plain);
	r->pending.size = r->plain.n;
	r->pending.name = r->pending.directory = SLICE_EMPTY;
	r->pending.framing.lead = 0;
	r->is_pending = true;
	out->kind = ENTRY_FILLER;
	out->framing.lead = 0;
	out->flags = 0;
}

static void
tell_missing(struct olk_reader *r, struct entry *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = ENTRY_FAILED;
	fail(&out->error, ERR_FORMAT, "%llu %s in Outlook's own form only, which cannot be read: the "
	    "files are kept; in Outlook drag the folder to the Finder, which writes an mbox file",
	    (unsigned long long)r->missing, r->missing == 1 ? "message is there" :
	    "messages are there");
	r->missing = 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct olk_reader *r = olk_reader_of(reader);
	struct olk_store *s = r->store;

	(void)err;
	if (s->failure.code != ERR_NONE) {
		memset(out, 0, sizeof(*out));
		out->kind = ENTRY_FAILED;
		out->error = s->failure;
		error_clear(&s->failure);
		return 1;
	}
	if (r->is_pending) {
		r->is_pending = false;
		*out = r->pending;
		return 1;
	}
	while (r->next < s->sources.n) {
		const struct olk_source *m = &s->sources.items[r->next++];

		if (m->folder != r->folder)
			continue;
		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_format(&r->at, "%s/%s%s%s", s->folders.items[r->folder].path, m->directory,
		    m->directory[0] != '\0' ? "/" : "", m->name);
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		describe(m, out);
		out->framing.lead = find_message(out->bytes);
		turn(r, out);
		return 1;
	}
	if (r->missing == 0)
		return 0;
	tell_missing(r, out);
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&olk_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct olk_reader *r;

	if (reader == NULL)
		return;
	r = olk_reader_of(reader);
	message_file_free(&r->file);
	buf_free(&r->at);
	buf_free(&r->plain);
	mem_free(r);
}

static const struct reader_ops olk_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct olk_store *s = olk_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct olk_reader *r;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &olk_reader_ops;
	r->store = s;
	r->folder = (size_t)(folder - s->folders.items);
	r->missing = s->missing.items[r->folder];
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	*out = &r->reader;
	return 0;
}

const struct format_ops format_olk = {
	.name = "olk",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
