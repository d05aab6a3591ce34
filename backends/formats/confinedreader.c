/* SPDX-License-Identifier: MIT */
#include "backends/formats/confinedreader.h"

#include <string.h>

#include "backends/formats/folders.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"

#define LARGE_HEAD (1u * MIB)
#define PIECE ((size_t)64 * KIB)
#define CRASHES_MAX 100u        /* in one mailbox: then the rest is given up */

struct confined_reader {
	struct reader reader;
	char *path, *parser;
	uint64_t key;
	struct file_meta before;
	struct confined *child;         /* NULL: to be started at next */
	uint64_t next;                  /* the item to begin with then */
	unsigned crashes;
	bool has_met, ended;            /* had the file's meta; at the end */
	bool has_given;
	bool pending;                   /* record was read, and a warning went before it */
	struct confined_record record;
	struct arena arena;
	struct buf bytes;
	/* The large message handed out last, made once more. */
	struct confined *again;
	uint64_t large, at;             /* its number; where again stands in it */
};

static struct confined_reader *
confined_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct confined_reader, reader);
}

/* ---- A message ---- */

/* All its bytes, or the first and their number.  -1: err. */
static int
read_bytes(struct confined_reader *r, struct entry *out, struct error *err)
{
	unsigned char passed[PIECE];
	int64_t got;

	buf_clear(&r->bytes);
	do {
		got = confined_read(r->child, passed, sizeof(passed), err);
		if (got < 0)
			return -1;
		out->size += (uint64_t)got;
		if (r->bytes.n <= MESSAGE_IN_MEMORY)
			buf_add_bytes(&r->bytes, passed, (size_t)got);
	} while (got > 0);
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	out->bytes = out->is_large ? slice_sub(buf_slice(&r->bytes), 0, LARGE_HEAD) :
	    buf_slice(&r->bytes);
	return 0;
}

static void
fail_entry(struct entry *out, const struct error *err)
{
	memset(out, 0, sizeof(*out));
	out->kind = ENTRY_FAILED;
	out->error = *err;
}

/* The child is at its end, and not by its own will. */
static int
crashed(struct confined_reader *r, struct entry *out, struct error *err)
{
	uint64_t item = confined_item(r->child);

	confined_close(r->child);
	r->child = NULL;
	/* One that died before any item would do so again. */
	if (item == CONFINED_NO_INDEX || ++r->crashes >= CRASHES_MAX) {
		if (!r->has_given)
			return -1;
		r->ended = true;
		fail_in(err, "nothing more can be read of it");
	} else {
		r->next = item + 1;
		fail_in(err, "item %llu", (unsigned long long)item);
	}
	fail_entry(out, err);
	return 1;
}

static int
take_message(struct confined_reader *r, const struct confined_record *record, struct entry *out,
    struct error *err)
{
	size_t i;

	out->kind = ENTRY_MESSAGE;
	out->flags = record->flags;
	out->flags_are_final = true;
	out->date = record->date;
	for (i = 0; i < record->tags.n; i++)
		tags_add(&out->tags, &r->arena, record->tags.items[i]);
	r->large = record->index;
	if (read_bytes(r, out, err) == 0)
		return 1;
	if (confined_has_ended(r->child))
		return crashed(r, out, err);
	fail_entry(out, err);
	return 1;
}

static int
start(struct confined_reader *r, struct error *err)
{
	if (!r->has_met && file_stat(r->path, &r->before, err) < 0)
		return -1;
	r->has_met = true;
	return confined_open(r->path, r->parser, r->key, r->next, &r->child, err);
}

static int
finish(struct confined_reader *r, struct error *err)
{
	struct file_meta after;

	r->ended = true;
	if (file_stat(r->path, &after, err) < 0)
		return -1;
	if (!file_meta_same(&r->before, &after))
		return fail(err, ERR_CHANGED, "it changed while it was read");
	return 0;
}

static int
take_record(struct confined_reader *r, const struct confined_record *record, struct entry *out,
    struct error *err)
{
	switch (record->kind) {
	case CONFINED_MESSAGE:
		return take_message(r, record, out, err);
	case CONFINED_FAILED:
		fail(err, ERR_FORMAT, "%.*s", (int)record->text.n, (const char *)record->text.p);
		fail_entry(out, err);
		return 1;
	case CONFINED_WARNING:
		fail(err, ERR_FORMAT, "%.*s", (int)record->text.n, (const char *)record->text.p);
		out->kind = ENTRY_TORN;
		out->error = *err;
		return 1;
	case CONFINED_MAILBOX:
		break;
	}
	return fail(err, ERR_FORMAT, "its reader went astray");
}

/* Once a run: without seccomp only Landlock and the limits hold a child. */
static bool
warn_of_fences(const struct confined *child, struct entry *out)
{
	static bool has_told;

	if (confined_is_fenced(child) || has_told)
		return false;
	has_told = true;
	out->kind = ENTRY_TORN;
	fail(&out->error, ERR_SYSTEM, "this kernel offers no seccomp, so what reads this file is "
	    "less well confined than it should be");
	return true;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct confined_reader *r = confined_reader_of(reader);
	int rc;

	memset(out, 0, sizeof(*out));
	arena_reset(&r->arena);
	confined_close(r->again);
	r->again = NULL;
	if (r->ended)
		return 0;
	if (r->pending) {
		r->pending = false;
		return take_record(r, &r->record, out, err);
	}
	if (r->child == NULL && start(r, err) < 0)
		return -1;
	rc = confined_next(r->child, &r->record, err);
	if (rc == 0)
		return finish(r, err);
	if (rc == 1 && warn_of_fences(r->child, out)) {
		r->pending = true;
		return 1;
	}
	rc = rc < 0 ? crashed(r, out, err) : take_record(r, &r->record, out, err);
	r->has_given |= rc == 1;
	return rc;
}

/* ---- A large one again ---- */

static int
begin_again(struct confined_reader *r, struct error *err)
{
	struct confined_record record;

	confined_close(r->again);
	r->again = NULL;
	r->at = 0;
	if (confined_open(r->path, r->parser, r->key, r->large, &r->again, err) < 0)
		return -1;
	do {
		if (confined_next(r->again, &record, err) < 0)
			return -1;
	} while (record.kind == CONFINED_WARNING);
	if (record.kind != CONFINED_MESSAGE || record.index != r->large)
		return fail(err, ERR_CHANGED, "it changed while it was read");
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct confined_reader *r = confined_reader_of(reader);
	unsigned char passed[PIECE], *to = p;
	uint64_t want;
	int64_t got;

	if ((r->again == NULL || r->at > at) && begin_again(r, err) < 0)
		return -1;
	while (n > 0) {
		want = r->at < at ? at - r->at : n;
		got = r->at < at ? confined_read(r->again, passed,
		    want < PIECE ? (size_t)want : PIECE, err) : confined_read(r->again, to, n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return fail(err, ERR_CHANGED, "it changed while it was read");
		if (r->at >= at) {
			to += got;
			n -= (size_t)got;
			at += (uint64_t)got;
		}
		r->at += (uint64_t)got;
	}
	return 0;
}

static void
close_reader(struct reader *reader)
{
	struct confined_reader *r;

	if (reader == NULL)
		return;
	r = confined_reader_of(reader);
	confined_close(r->child);
	confined_close(r->again);
	arena_free(&r->arena);
	buf_free(&r->bytes);
	mem_free(r->path);
	mem_free(r->parser);
	mem_free(r);
}

static const struct reader_ops confined_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

struct reader *
confinedreader_open(const char *path, const char *parser, uint64_t key)
{
	struct confined_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &confined_reader_ops;
	r->path = mem_string(path);
	r->parser = mem_string(parser);
	r->key = key;
	return &r->reader;
}

/* ---- A store that is one container ---- */

struct confined_store {
	struct store store;
	char *path;
	const char *parser;
	struct folders folders;
	struct confined_folder {
		uint64_t key;
		int64_t messages;
	} *known;                       /* as folders.items */
	size_t n, cap;
	struct error failed;            /* what is_unreadable of the last folder means */
};

static struct confined_store *
confined_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct confined_store, store);
}

static void
add_folder(struct confined_store *s, const struct confined_record *record)
{
	const struct slice *parents = NULL;
	struct confined_folder *known;
	size_t i;

	for (i = 0; i + 1 < record->depth; i++)
		parents = folders_extend(&s->folders, parents, i, record->components[i]);
	folders_add(&s->folders, parents, record->depth - 1, record->components[record->depth - 1],
	    s->path)->layout = MAILBOX_EXTRACTED;
	s->known = vec_grow(s->known, &s->cap, s->n, sizeof(*s->known));
	known = &s->known[s->n++];
	known->key = record->key;
	known->messages = record->messages;
}

/* A mailbox called as the file, whose reading fails. */
static void
add_failure(struct confined_store *s)
{
	struct buf name = BUF_EMPTY;
	struct folder *folder;

	text_add_utf8(&name, slice_string(path_base(s->path)));
	folder = folders_add(&s->folders, NULL, 0, buf_slice(&name), s->path);
	folder->layout = MAILBOX_EXTRACTED;
	folder->is_unreadable = true;
	s->known = vec_grow(s->known, &s->cap, s->n, sizeof(*s->known));
	s->known[s->n++] = (struct confined_folder){ 0, -1 };
	buf_free(&name);
}

static int
list(struct confined_store *s, struct error *err)
{
	struct confined *child = NULL;
	struct confined_record record;
	int rc;

	rc = confined_open(s->path, s->parser, CONFINED_NO_INDEX, 0, &child, err);
	if (rc < 0)
		return -1;
	while ((rc = confined_next(child, &record, err)) == 1) {
		if (record.kind == CONFINED_MAILBOX)
			add_folder(s, &record);
		else if (record.kind == CONFINED_FAILED && s->failed.code == ERR_NONE)
			fail(&s->failed, ERR_FORMAT, "%.*s", (int)record.text.n,
			    (const char *)record.text.p);
	}
	if (rc < 0)
		s->failed = *err;
	confined_close(child);
	return 0;
}

int
confinedstore_open(const char *path, const char *parser, const struct format_ops *ops,
    struct store **out, struct error *err)
{
	struct confined_store *s = mem_alloc(sizeof(*s));
	struct file_meta meta;

	s->store.ops = ops;
	s->path = mem_string(path);
	s->parser = parser;
	if (file_stat(path, &meta, err) < 0) {
		confinedstore_close(&s->store);
		return -1;
	}
	if (list(s, err) < 0)
		s->failed = *err;
	error_clear(err);
	if (s->failed.code != ERR_NONE)
		add_failure(s);
	folders_keep(&s->folders, path, "store");
	*out = &s->store;
	return 0;
}

int
confinedstore_next_mailbox(struct store *store, struct arena *a, struct mailbox *out,
    struct error *err)
{
	struct confined_store *s = confined_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	int found;

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	found = folder_measure_file(folder, out, err);
	if (found <= 0 || folder->is_unreadable) {
		folder_measure_failed(out);
		return 1;
	}
	/* The file counts once. */
	if (folder != s->folders.items)
		out->bytes = 0;
	out->messages = s->known[folder - s->folders.items].messages;
	return 1;
}

int
confinedstore_next_file(struct store *store, struct arena *a, struct kept_file *out,
    struct error *err)
{
	(void)err;
	return folders_next_file(&confined_store_of(store)->folders, a, out);
}

int
confinedstore_read(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct confined_store *s = confined_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->is_unreadable)
		return fail(err, ERR_FORMAT, "%s", s->failed.text);
	*out = confinedreader_open(s->path, s->parser, s->known[folder - s->folders.items].key);
	return 0;
}

void
confinedstore_close(struct store *store)
{
	struct confined_store *s;

	if (store == NULL)
		return;
	s = confined_store_of(store);
	folders_free(&s->folders);
	mem_free(s->known);
	mem_free(s->path);
	mem_free(s);
}
