/* SPDX-License-Identifier: MIT */
#include "backends/formats/exporttree.h"

#include <string.h>

#include "backends/formats/formats.h"
#include "backends/formats/messagefile.h"
#include "backends/formats/stream.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define JSON_MAX (1u * MIB)

/* What a file of the tree is, by its name. */
enum file_use {
	USE_SIDE,               /* kept beside the mail */
	USE_MESSAGE,
	USE_PACKED,             /* a message, compressed */
	USE_SEALED              /* one that is encrypted */
};

struct tree {
	const char *path;
	VEC(const char *) directories;  /* below it, "" being itself; parents first */
};

struct export_store {
	struct store store;
	const struct export_kind *kind;
	struct folders folders;
	VEC(struct tree) trees;         /* as folders.items */
};

struct export_reader {
	struct reader reader;
	const struct export_kind *kind;
	const struct tree *tree;
	void *known;
	size_t directory, next;         /* of the tree; into all */
	struct directory all;
	struct arena arena, entry;      /* of the directory; of the entry */
	struct message_file file;
	struct buf at, plain;
	/* A compressed message comes after its file. */
	bool is_pending, is_plain;
	struct entry packed;
	struct stream *stream;
	struct error failure;           /* of what is known, to be told once */
};

static struct export_store *
export_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct export_store, store);
}

static struct export_reader *
export_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct export_reader, reader);
}

int
export_read_json(const char *path, struct json **out, struct error *err)
{
	struct buf text = BUF_EMPTY;
	int rc;

	*out = NULL;
	rc = file_read_all(path, JSON_MAX, &text, err);
	if (rc < 0 && err->code == ERR_NOT_FOUND) {
		error_clear(err);
		rc = 0;
	} else if (rc == 0 && json_parse(buf_slice(&text), out, err) < 0) {
		rc = fail_in(err, "%s", path);
	}
	buf_free(&text);
	return rc;
}

static enum file_use
use_of(struct slice name)
{
	if (slice_ends(name, ".eml"))
		return USE_MESSAGE;
	if (slice_ends(name, ".eml.gz"))
		return USE_PACKED;
	return slice_ends(name, ".crypt") || slice_ends(name, ".crypt.gz") ? USE_SEALED : USE_SIDE;
}

/* ---- Finding trees ---- */

static bool
is_tree(const struct export_kind *kind, const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool is;

	is = directory_read(path, false, &a, &all, &ignored) == 0 && kind->is_top(path, &all);
	arena_free(&a);
	return is;
}

/* The directories of a tree; files that no entry can hold are kept. */
static int
collect(struct export_store *s, size_t tree, const char *path, const char *sub, unsigned depth,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	size_t i;
	int rc = 0;

	if (folders_list(&s->folders, path, &a, &all, err) < 0) {
		rc = -1;
		goto out;
	}
	*vec_push(&s->trees.items[tree].directories) = arena_string(&s->folders.arena, sub);
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];
		const char *at = path_join(&a, path, e->name);
		struct error ignored = ERROR_NONE;
		struct file_meta meta;

		if (e->kind == FILE_DIRECTORY && depth < FOLDER_DEPTH_MAX)
			rc = collect(s, tree, at, sub[0] == '\0' ? e->name : path_join(&a, sub, e->name),
			    depth + 1, err);
		else if (e->kind == FILE_REGULAR && use_of(slice_string(e->name)) != USE_MESSAGE &&
		    file_stat(at, &meta, &ignored) == 0 && (meta.size == 0 || meta.size > CHUNK_MIN))
			folders_keep(&s->folders, at, "flags");
	}

out:
	arena_free(&a);
	return rc;
}

static int
find_trees(struct export_store *s, const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	struct tree *tree;
	size_t i;
	int rc = 0;

	if (is_tree(s->kind, path)) {
		folder_name_add(&name, slice_string(path_base(path)));
		folders_add(&s->folders, NULL, 0, buf_slice(&name), path)->layout = MAILBOX_FILES;
		tree = vec_push(&s->trees);
		tree->path = arena_string(&s->folders.arena, path);
		rc = collect(s, s->trees.n - 1, path, "", 0, err);
	} else if (levels > 0 && directory_read(path, false, &a, &all, &ignored) == 0) {
		for (i = 0; i < all.n && rc == 0; i++)
			if (all.entries[i].kind == FILE_DIRECTORY && all.entries[i].name[0] != '.')
				rc = find_trees(s, path_join(&a, path, all.entries[i].name), levels - 1, err);
	}
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static bool
has_tree(const struct export_kind *kind, const char *path, unsigned levels)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool has = false;
	size_t i;

	if (directory_read(path, false, &a, &all, &ignored) < 0)
		all.n = 0;
	else
		has = kind->is_top(path, &all);
	for (i = 0; i < all.n && !has && levels > 0; i++)
		if (all.entries[i].kind == FILE_DIRECTORY && all.entries[i].name[0] != '.')
			has = has_tree(kind, path_join(&a, path, all.entries[i].name), levels - 1);
	arena_free(&a);
	return has;
}

static int
probe_for(const struct export_kind *kind, const char *path, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	return meta.kind != FILE_DIRECTORY ? 0 : has_tree(kind, path, 0) ? 92 :
	    kind->has_parent && has_tree(kind, path, 1) ? 70 : 0;
}

static void
close_store(struct store *store)
{
	struct export_store *s;
	size_t i;

	if (store == NULL)
		return;
	s = export_store_of(store);
	for (i = 0; i < s->trees.n; i++)
		vec_free(&s->trees.items[i].directories);
	vec_free(&s->trees);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_for(const struct export_kind *kind, const struct format_ops *ops,
    const struct location *where, struct store **out, struct error *err)
{
	struct export_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = ops;
	s->kind = kind;
	rc = find_trees(s, where->path, 1, err);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static bool
is_mail(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return entry->kind == FILE_REGULAR && use_of(slice_string(entry->name)) != USE_SIDE;
}

static bool
is_side(const struct directory_entry *entry, const void *context)
{
	return entry->kind == FILE_REGULAR && !is_mail(entry, context);
}

/* All files make the state, messages alone the numbers. */
static int
measure(const struct folder *folder, const char *sub, struct mailbox *out, struct error *err)
{
	struct mailbox side = *out;

	if (folder_measure_files(folder->path, sub, is_side, NULL, &side, err) < 0)
		return -1;
	out->state = side.state;
	return folder_measure_files(folder->path, sub, is_mail, NULL, out, err);
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct export_store *s = export_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	const struct tree *tree;
	const char **names;
	size_t i;
	int found;

	if (folder == NULL)
		return 0;
	tree = &s->trees.items[folder - s->folders.items];
	folder_describe(&s->folders, folder, a, out);
	names = arena_alloc(a, (tree->directories.n + 1) * sizeof(*names));
	found = folder_measure_begin(folder, out, err);
	for (i = 0; found > 0 && i < tree->directories.n; i++) {
		if (tree->directories.items[i][0] != '\0')
			names[out->directory_count++] = arena_string(a, tree->directories.items[i]);
		if (measure(folder, tree->directories.items[i], out, err) < 0)
			found = -1;
	}
	out->directories = names;
	if (found <= 0)
		folder_measure_failed(out);
	return 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&export_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

/* The next regular file of the tree; false at its end. */
static bool
next_of_tree(struct export_reader *r, const struct directory_entry **out)
{
	struct error ignored = ERROR_NONE;

	for (;;) {
		while (r->next < r->all.n) {
			*out = &r->all.entries[r->next++];
			if ((*out)->kind == FILE_REGULAR)
				return true;
		}
		if (r->directory == r->tree->directories.n)
			return false;
		arena_reset(&r->arena);
		r->next = 0;
		if (directory_read(path_join(&r->arena, r->tree->path,
		    r->tree->directories.items[r->directory++]), false, &r->arena, &r->all,
		    &ignored) < 0)
			r->all.n = 0;
	}
}

static void
describe(struct export_reader *r, const struct directory_entry *e, const struct export_mark *mark,
    struct entry *out)
{
	memset(out, 0, sizeof(*out));
	out->directory = slice_string(r->tree->directories.items[r->directory - 1]);
	out->name = slice_string(e->name);
	out->flags = mark->flags;
	out->tags = mark->tags;
	out->are_labels = mark->tags.n > 0;
	out->date = mark->date;
}

/* A file that is kept as it lies; false: it is gone, or kept elsewhere. */
static bool
take_side(struct export_reader *r, const struct directory_entry *e, struct entry *out)
{
	static const struct export_mark nothing = { 0, { NULL, 0 }, 0 };

	describe(r, e, &nothing, out);
	if (message_file_is_known(&r->reader, buf_text(&r->at), out)) {
		out->kind = ENTRY_FILLER;
		return true;
	}
	describe(r, e, &nothing, out);
	if (message_file_read(&r->file, buf_text(&r->at), out) == 0 ||
	    (out->kind == ENTRY_MESSAGE && (out->size == 0 || out->size > CHUNK_MIN)))
		return false;
	describe(r, e, &nothing, &r->packed);
	if (out->kind == ENTRY_MESSAGE)
		out->kind = ENTRY_FILLER;
	out->directory = r->packed.directory;
	out->name = r->packed.name;
	return true;
}

static bool
take_message(struct export_reader *r, const struct directory_entry *e,
    const struct export_mark *mark, struct entry *out)
{
	describe(r, e, mark, out);
	if (message_file_is_known(&r->reader, buf_text(&r->at), out))
		return true;
	describe(r, e, mark, out);
	if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
		return false;
	out->framing.lead = message_file_separator(out->bytes);
	return true;
}

/* The plain bytes of the compressed file that came before; a message without
 * a file of its own. */
static void
take_plain(struct export_reader *r, struct entry *out)
{
	unsigned char step[16 * KIB];
	int64_t got = 1;

	*out = r->packed;
	r->is_pending = false;
	r->is_plain = true;
	out->name = out->directory = SLICE_EMPTY;
	out->kind = ENTRY_MESSAGE;
	buf_clear(&r->plain);
	stream_close(r->stream);
	r->stream = NULL;
	if (stream_open_packed(buf_text(&r->at), &r->stream, &out->error) < 0)
		got = -1;
	while (got > 0) {
		got = r->stream->ops->read(r->stream, step, sizeof(step), &out->error);
		out->size += got > 0 ? (uint64_t)got : 0;
		if (got > 0 && r->plain.n <= MESSAGE_IN_MEMORY)
			buf_add_bytes(&r->plain, step, (size_t)got);
	}
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	out->bytes = slice_sub(buf_slice(&r->plain), 0, out->is_large ? MIB : r->plain.n);
	if (got < 0) {
		out->kind = ENTRY_FAILED;
		out->bytes = SLICE_EMPTY;
		out->is_large = false;
	}
}

/* An encrypted message is kept as a file, and named. */
static void
take_sealed(struct export_reader *r, struct entry *out)
{
	r->is_pending = false;
	memset(out, 0, sizeof(*out));
	out->kind = ENTRY_FAILED;
	fail(&out->error, ERR_FORMAT, "%s: is encrypted: its bytes are kept, but restore it with "
	    "the program that wrote it to have its message read", buf_text(&r->at));
}

/* Flags that cannot be read are no reason to lose the mail. */
static void
keep_failure(struct export_reader *r, struct error *err)
{
	r->failure = *err;
	fail_in(&r->failure, "flags and tags could not be read");
	error_clear(err);
}

/* 1: an entry; 0: none of this file. */
static int
take_file(struct export_reader *r, const struct directory_entry *e, struct entry *out,
    struct error *err)
{
	struct export_mark mark = { 0, { NULL, 0 }, 0 };
	enum file_use use = use_of(slice_string(e->name));
	const char *below = path_below(buf_text(&r->at), r->tree->path);

	if (use == USE_SIDE)
		return take_side(r, e, out);
	if (r->kind->mark(r->known, below, buf_text(&r->at), &r->entry, &mark, err) < 0) {
		if (err->code == ERR_CHANGED)
			return -1;
		keep_failure(r, err);
	}
	if (use == USE_MESSAGE)
		return take_message(r, e, &mark, out);
	r->is_pending = true;
	if (!take_side(r, e, out)) {
		/* It is kept beside the mail: what is in it comes at once. */
		describe(r, e, &mark, &r->packed);
		r->packed.meta = out->meta;
		if (use == USE_PACKED)
			take_plain(r, out);
		else
			take_sealed(r, out);
		return 1;
	}
	r->is_pending = out->kind == ENTRY_FILLER;
	describe(r, e, &mark, &r->packed);
	r->packed.meta = out->meta;
	return 1;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct export_reader *r = export_reader_of(reader);
	const struct directory_entry *e;
	int rc;

	if (r->is_pending) {
		if (slice_ends(r->packed.name, ".eml.gz"))
			take_plain(r, out);
		else
			take_sealed(r, out);
		return 1;
	}
	if (r->failure.code != ERR_NONE) {
		memset(out, 0, sizeof(*out));
		out->kind = ENTRY_FAILED;
		out->error = r->failure;
		error_clear(&r->failure);
		return 1;
	}
	arena_reset(&r->entry);
	r->is_plain = false;
	while (next_of_tree(r, &e)) {
		buf_clear(&r->at);
		buf_add_format(&r->at, "%s/%s%s%s", r->tree->path,
		    r->tree->directories.items[r->directory - 1],
		    r->tree->directories.items[r->directory - 1][0] != '\0' ? "/" : "", e->name);
		rc = take_file(r, e, out, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct export_reader *r = export_reader_of(reader);

	return r->is_plain ? r->stream->ops->bytes(r->stream, at, p, n, err) :
	    message_file_bytes(&r->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct export_reader *r;

	if (reader == NULL)
		return;
	r = export_reader_of(reader);
	if (r->known != NULL)
		r->kind->close(r->known);
	stream_close(r->stream);
	message_file_free(&r->file);
	arena_free(&r->arena);
	arena_free(&r->entry);
	buf_free(&r->at);
	buf_free(&r->plain);
	mem_free(r);
}

static const struct reader_ops export_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct export_store *s = export_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct export_reader *r;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	r = mem_alloc(sizeof(*r));
	r->reader.ops = &export_reader_ops;
	r->kind = s->kind;
	r->tree = &s->trees.items[folder - s->folders.items];
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (s->kind->open(r->tree->path, &r->known, err) < 0) {
		if (err->code == ERR_CHANGED) {
			close_reader(&r->reader);
			return -1;
		}
		keep_failure(r, err);
	}
	*out = &r->reader;
	return 0;
}

#define EXPORT_FORMAT(word) \
	static int \
	probe_##word(const char *path, struct error *err) \
	{ \
		return probe_for(&export_##word, path, err); \
	} \
	static int \
	open_##word(const struct location *where, struct store **out, struct error *err) \
	{ \
		return open_for(&export_##word, &format_##word, where, out, err); \
	} \
	const struct format_ops format_##word = { \
		.name = #word, \
		.probe = probe_##word, \
		.open = open_##word, \
		.next_mailbox = next_mailbox, \
		.next_file = next_file, \
		.read = read_mailbox, \
		.close = close_store, \
	}

EXPORT_FORMAT(gyb);
EXPORT_FORMAT(gmvault);
EXPORT_FORMAT(proton);
