/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/confinedreader.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/msg.h"
#include "backends/formats/ole.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/tnef.h"

/*
 * One .msg file, or a tree of directories that hold some: each such directory
 * is a mailbox.  People save .eml files beside them, so what the eml format
 * finds in the tree are mailboxes of the store too.
 */
struct msg_store {
	struct store store;
	struct folders folders;
	struct store *others;   /* of the eml format, or NULL */
	bool is_single;
};

#define DEPTH_MAX 64u
#define PROBE_DEPTH 3u
#define PROBE_BYTES (256u * KIB)
#define OTHERS 'e'              /* before the keys of their mailboxes */

static struct msg_store *
msg_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct msg_store, store);
}

/* The bytes of the suffix that such a file is told by; 0: of none. */
static size_t
suffix_of(struct slice name)
{
	static const char *const suffixes[] = { ".msg", ".oft", ".tnef", ".dat" };
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (path_has_suffix(name, suffixes[i]))
			return strlen(suffixes[i]);
	return 0;
}

bool
msg_is_called(struct slice name)
{
	/* Many things are called .dat. */
	return suffix_of(name) > 0 && (!path_has_suffix(name, ".dat") ||
	    slice_equal_nocase(name, SLICE_OF("winmail.dat")) ||
	    slice_equal_nocase(name, SLICE_OF("win.dat")));
}

/* Word and Excel write compound files too: only messages have the name of that
 * stream in their directory. */
static bool
has_mark(struct slice bytes)
{
	static const char mark[] = "_\0_\0p\0r\0o\0p\0e\0r\0t\0i\0e\0s\0_\0v\0e\0r\0s\0i\0o\0n\0001\0";

	return slice_find_bytes(bytes, 0, slice_of(mark, sizeof(mark) - 1)) < bytes.n;
}

bool
msg_sniff(const char *path)
{
	struct error err = ERROR_NONE;
	struct buf head = BUF_EMPTY;
	bool called = msg_is_called(slice_string(path_base(path))), found;
	int64_t got;
	int fd;

	if (file_open_read(path, &fd, &err) < 0)
		return false;
	got = file_read(fd, buf_extend(&head, called ? 8 : PROBE_BYTES),
	    called ? 8 : PROBE_BYTES, &err);
	buf_truncate(&head, got > 0 ? (size_t)got : 0);
	found = slice_starts(buf_slice(&head), TNEF_MAGIC) ||
	    (ole_sniff(buf_slice(&head)) && (called || has_mark(buf_slice(&head))));
	file_close(fd);
	buf_free(&head);
	return found;
}

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	struct arena a = ARENA_EMPTY;
	bool found = entry->kind == FILE_REGULAR && msg_is_called(slice_string(entry->name)) &&
	    msg_sniff(path_join(&a, context, entry->name));

	arena_free(&a);
	return found;
}

static bool
is_passed_over(const char *name)
{
	return name[0] == '.';
}

/* Is there one in the directory, or not far below? */
static bool
holds_messages(const char *path, unsigned depth)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = false;
	size_t i;

	if (directory_read(path, false, &a, &all, &ignored) == 0) {
		for (i = 0; i < all.n && !found; i++)
			found = is_message(&all.entries[i], path);
		for (i = 0; i < all.n && !found && depth > 0; i++)
			found = all.entries[i].kind == FILE_DIRECTORY &&
			    !is_passed_over(all.entries[i].name) &&
			    holds_messages(path_join(&a, path, all.entries[i].name), depth - 1);
	}
	arena_free(&a);
	return found;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_REGULAR)
		return msg_sniff(path) ? 96 : 0;
	/* More than the eml format says of a directory: it is asked too. */
	return meta.kind == FILE_DIRECTORY && holds_messages(path, PROBE_DEPTH) ? 67 : 0;
}

/* ---- Finding the mailboxes ---- */

static void
add_mailbox(struct msg_store *s, const struct slice *parents, size_t depth, struct slice raw,
    const char *path)
{
	struct buf name = BUF_EMPTY;

	folder_name_add(&name, raw);
	if (s->others)          /* which may have a mailbox of this name */
		buf_add_string(&name, " (.msg)");
	folders_add(&s->folders, parents, depth, buf_slice(&name), path)->layout =
	    MAILBOX_EXTRACTED;
	buf_free(&name);
}

static int
walk(struct msg_store *s, const struct slice *parents, size_t depth, const char *directory,
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

		if (is_message(e, directory)) {
			has_messages = true;
			folders_keep(&s->folders, path, "container");
		}
		if (e->kind != FILE_DIRECTORY || depth >= DEPTH_MAX || is_passed_over(e->name))
			continue;
		buf_clear(&name);
		folder_name_add(&name, slice_string(e->name));
		rc = walk(s, folders_extend(&s->folders, parents, depth, buf_slice(&name)),
		    depth + 1, path, err);
	}
	if (rc == 0 && has_messages)
		add_mailbox(s, parents, depth > 0 ? depth - 1 : 0,
		    slice_string(path_base(directory)), directory);

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct msg_store *s;

	if (store == NULL)
		return;
	s = msg_store_of(store);
	if (s->others)
		s->others->ops->close(s->others);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct msg_store *s = mem_alloc(sizeof(*s));
	struct slice name = slice_string(path_base(where->path));
	struct file_meta meta;
	int rc;

	s->store.ops = &format_msg;
	rc = file_stat(where->path, &meta, err);
	if (rc == 0 && meta.kind != FILE_DIRECTORY) {
		s->is_single = true;
		add_mailbox(s, NULL, 0, slice_sub(name, 0, name.n - suffix_of(name)),
		    where->path);
		folders_keep(&s->folders, where->path, "container");
	} else if (rc == 0) {
		if (format_eml.probe(where->path, err) > 0)
			rc = format_eml.open(where, &s->others, err);
		if (rc == 0) {
			error_clear(err);
			rc = walk(s, NULL, 0, where->path, err);
		}
	}
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static int
measure(struct msg_store *s, const struct folder *folder, struct mailbox *out, struct error *err)
{
	int found;

	if (s->is_single) {
		out->messages = 1;
		return folder_measure_file(folder, out, err);
	}
	found = folder_measure_begin(folder, out, err);
	if (found > 0 && folder_measure_files(folder->path, "", is_message, folder->path, out,
	    err) < 0)
		return -1;
	return found;
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct msg_store *s = msg_store_of(store);
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
	if (s->others == NULL)
		return 0;
	found = s->others->ops->next_mailbox(s->others, a, out, err);
	if (found == 1)
		out->key = arena_format(a, "%c%s", OTHERS, out->key);
	return found;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	struct msg_store *s = msg_store_of(store);

	if (folders_next_file(&s->folders, a, out) == 1)
		return 1;
	return s->others ? s->others->ops->next_file(s->others, a, out, err) : 0;
}

/* ---- Reading ---- */

struct msg_reader {
	struct reader reader;
	char *directory;
	struct arena arena;
	struct directory all;
	size_t next;
	const char *name;               /* of the file that is read */
	struct reader *inner;           /* it, or NULL */
};

static struct msg_reader *
msg_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct msg_reader, reader);
}

static void
close_inner(struct msg_reader *r)
{
	if (r->inner)
		r->inner->ops->close(r->inner);
	r->inner = NULL;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct msg_reader *r = msg_reader_of(reader);
	struct arena a = ARENA_EMPTY;
	int rc = 0;

	while (rc == 0) {
		if (r->inner == NULL) {
			while (r->next < r->all.n && !is_message(&r->all.entries[r->next],
			    r->directory))
				r->next++;
			if (r->next == r->all.n)
				break;
			r->name = r->all.entries[r->next++].name;
			r->inner = confinedreader_open(path_join(&a, r->directory, r->name), "msg",
			    0);
		}
		rc = r->inner->ops->next(r->inner, out, err);
		if (rc < 0 && err->code != ERR_CHANGED) {
			memset(out, 0, sizeof(*out));
			out->kind = ENTRY_FAILED;
			out->error = *err;
			error_clear(err);
			rc = 1;
			close_inner(r);
		}
		if (rc == 1 && out->kind == ENTRY_FAILED)
			fail_in(&out->error, "%s", r->name);
		if (rc == 0)
			close_inner(r);
	}
	arena_free(&a);
	return rc;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct msg_reader *r = msg_reader_of(reader);

	return r->inner->ops->bytes(r->inner, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct msg_reader *r;

	if (reader == NULL)
		return;
	r = msg_reader_of(reader);
	close_inner(r);
	arena_free(&r->arena);
	mem_free(r->directory);
	mem_free(r);
}

static const struct reader_ops msg_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

int
msgreader_open(const char *directory, struct reader **out, struct error *err)
{
	struct msg_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &msg_reader_ops;
	r->directory = mem_string(directory);
	if (directory_read(directory, false, &r->arena, &r->all, err) < 0) {
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
	struct msg_store *s = msg_store_of(store);
	struct mailbox other = *mailbox;
	const struct folder *folder;

	if (mailbox->key[0] == OTHERS && s->others) {
		other.key++;
		return s->others->ops->read(s->others, &other, out, err);
	}
	folder = folders_of(&s->folders, mailbox);
	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (!s->is_single)
		return msgreader_open(folder->path, out, err);
	*out = confinedreader_open(folder->path, "msg", 0);
	return 0;
}

const struct format_ops format_msg = {
	.name = "msg",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
