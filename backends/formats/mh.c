/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/gnusmarks.h"
#include "backends/formats/messagefile.h"
#include "backends/formats/mhmarks.h"
#include "backends/formats/sniff.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/header.h"

#define NEWSRC ".newsrc.eld"

struct mh_store {
	struct store store;
	struct folders folders;
	enum mh_kind kind;      /* of folders whose files do not tell */
	bool is_gnus;           /* .newsrc.eld in settings holds the flags */
	bool is_claws;          /* every directory is a folder */
	char *path, *settings;
	char *tags;             /* of Claws: the directories in it are as those of the store */
};

struct mh_reader {
	struct reader reader;
	char *path;
	struct arena arena;
	struct mh_message *messages;
	size_t n, next;
	struct mh_marks marks;
	struct message_file file;
	struct buf at;
	struct arena entry;
};

static struct mh_store *
mh_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct mh_store, store);
}

static struct mh_reader *
mh_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mh_reader, reader);
}

/* ---- What is MH ---- */

/* The number a message file is named by; 0: it is none. */
static uint64_t
message_number(const char *name)
{
	uint64_t number;

	return name[0] != '0' && slice_number(slice_string(name), UINT64_MAX, &number) ? number : 0;
}

static bool
is_message(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return entry->kind != FILE_DIRECTORY && message_number(entry->name) > 0;
}

/* Side files of a folder; those without a role are caches that give it away. */
static const struct {
	const char *name, *role;
	enum mh_kind kind;
} side_files[] = {
	{ ".mh_sequences", "flags", MH_PLAIN },
	{ ".claws_mark", "flags", MH_CLAWS },
	{ ".claws_cache", NULL, MH_CLAWS },
	{ ".sylpheed_mark", "flags", MH_SYLPHEED },
	{ ".sylpheed_cache", NULL, MH_SYLPHEED },
	{ ".xmhcache", NULL, MH_PLAIN },
	{ ".overview", NULL, MH_PLAIN },
	{ ".mew-cache", NULL, MH_PLAIN },
	{ ".mew_cache", NULL, MH_PLAIN },
};
#define SIDE_FILE_COUNT (sizeof(side_files) / sizeof(side_files[0]))

/* Its index, or SIDE_FILE_COUNT. */
static size_t
side_file(const char *name)
{
	size_t i;

	for (i = 0; i < SIDE_FILE_COUNT && strcmp(name, side_files[i].name) != 0; i++)
		;
	return i;
}

/* What a listing shows of a directory. */
struct look {
	bool has_messages, has_side_files;
	bool has_maildir;       /* a folder may be called cur: new or tmp stands beside it */
	enum mh_kind kind;
};

static struct look
look_at(const struct directory *all, enum mh_kind kind)
{
	struct look look = { .kind = kind };
	bool has_cur = false, has_others = false;
	size_t i, side;

	for (i = 0; i < all->n; i++) {
		const struct directory_entry *e = &all->entries[i];

		if (e->kind == FILE_DIRECTORY) {
			has_cur |= strcmp(e->name, "cur") == 0;
			has_others |= strcmp(e->name, "new") == 0 || strcmp(e->name, "tmp") == 0;
		}
		if (e->kind != FILE_REGULAR)
			continue;
		look.has_messages |= is_message(e, NULL);
		side = side_file(e->name);
		if (side == SIDE_FILE_COUNT)
			continue;
		look.has_side_files = true;
		if (side_files[side].kind != MH_PLAIN && look.kind != MH_CLAWS)
			look.kind = side_files[side].kind;
	}
	look.has_maildir = has_cur && has_others;
	return look;
}

/* Lone numbered files may be anything: one has to look like mail. */
static bool
has_mail(const struct directory *all, const char *path, struct arena *a)
{
	struct error ignored = ERROR_NONE;
	struct sniff sniff;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->entries[i].kind == FILE_REGULAR && is_message(&all->entries[i], NULL))
			return sniff_file(path_join(a, path, all->entries[i].name), &sniff,
			    &ignored) == 0 && !sniff.packed &&
			    (sniff.kind == SNIFFED_MESSAGE || sniffed_mbox(sniff.kind));
	}
	return false;
}

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct look look;
	int bid = 0, found;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	look = look_at(&all, MH_PLAIN);
	if (look.has_maildir)
		goto out;
	bid = look.has_side_files ? 90 : has_mail(&all, path, &a) ? 80 : 0;
	for (i = 0; i < all.n && bid == 0 && levels > 0; i++) {
		if (all.entries[i].kind != FILE_DIRECTORY || all.entries[i].name[0] == '.')
			continue;
		found = bid_for_directory(path_join(&a, path, all.entries[i].name), levels - 1,
		    &ignored);
		bid = found > 0 ? found - 2 : 0;
	}

out:
	arena_free(&a);
	return bid;
}

static int
probe(const char *path, struct error *err)
{
	struct file_meta meta;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	return meta.kind == FILE_DIRECTORY ? bid_for_directory(path, 4, err) : 0;
}

/* ---- Finding the folders ---- */

static void
keep_side_files(struct mh_store *s, const struct directory *all, const char *directory,
    struct arena *a)
{
	size_t i, side;

	for (i = 0; i < all->n; i++) {
		const struct directory_entry *e = &all->entries[i];

		if (e->kind != FILE_REGULAR)
			continue;
		side = side_file(e->name);
		if (side < SIDE_FILE_COUNT && side_files[side].role != NULL)
			folders_keep(&s->folders, path_join(a, directory, e->name),
			    side_files[side].role);
		/* ",12" is what rmm leaves of message 12. */
		else if (e->name[0] == ',' && message_number(e->name + 1) > 0)
			folders_keep(&s->folders, path_join(a, directory, e->name), "other");
	}
}

static bool
is_folder(const struct mh_store *s, const struct directory *all, const struct look *look,
    size_t depth)
{
	if (look->has_messages || look->has_side_files)
		return true;
	return depth > 0 && (s->is_claws || all->n == 0);
}

static int
walk(struct mh_store *s, const struct slice *parents, size_t depth, const char *directory,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	struct look look;
	size_t i;
	int rc = -1, listed;

	listed = folders_list(&s->folders, directory, &a, &all, err);
	if (listed < 0) {
		if (depth > 0) {
			folders_add_unreadable(&s->folders, parents, depth, directory);
			rc = 0;
		}
		goto out;
	}
	look = look_at(&all, s->kind);
	rc = 0;
	if (listed == 0 || (look.has_maildir && !s->is_claws))
		goto out;
	if (is_folder(s, &all, &look, depth)) {
		folder_name_add(&name, slice_string(path_base(directory)));
		folders_add(&s->folders, parents, depth > 0 ? depth - 1 : 0, depth > 0 ?
		    parents[depth - 1] : buf_slice(&name), directory)->layout = MAILBOX_FILES;
		keep_side_files(s, &all, directory, &a);
	}
	for (i = 0; i < all.n && rc == 0; i++) {
		const struct directory_entry *e = &all.entries[i];

		if (e->kind != FILE_DIRECTORY || depth >= FOLDER_DEPTH_MAX || e->name[0] == '.')
			continue;
		buf_clear(&name);
		folder_name_add(&name, slice_string(e->name));
		rc = walk(s, folders_extend(&s->folders, parents, depth, buf_slice(&name)),
		    depth + 1, path_join(&a, directory, e->name), err);
	}

out:
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static void
close_store(struct store *store)
{
	struct mh_store *s;

	if (store == NULL)
		return;
	s = mh_store_of(store);
	folders_free(&s->folders);
	mem_free(s->path);
	mem_free(s->settings);
	mem_free(s->tags);
	mem_free(s);
}

/* Claws keeps the tags of #mh/NAME/FOLDER, as it calls the folder, in that
 * place below tagsdb. */
static char *
tags_of(const struct location *where)
{
	struct arena a = ARENA_EMPTY;
	const char *kind = where->kind == LOCATION_IMAP_CACHE ? "#imap" :
	    where->kind == LOCATION_NEWS ? "#news" : "#mh";
	char *path = where->settings == NULL ? NULL : mem_string(arena_format(&a,
	    "%s/tagsdb/%s/%s", where->settings, kind, where->account));

	arena_free(&a);
	return path;
}

static struct mh_place
place_of(const struct mh_store *s, const char *folder, struct arena *a)
{
	const char *below = path_below(folder, s->path);
	struct mh_place place = { .folder = folder, .settings = s->settings, .tags = s->tags };

	if (s->tags != NULL && below != NULL && below[0] != '\0')
		place.tags = path_join(a, s->tags, below);
	return place;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct mh_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_mh;
	s->kind = strcmp(where->layout, "claws") == 0 ? MH_CLAWS :
	    strcmp(where->layout, "sylpheed") == 0 ? MH_SYLPHEED : MH_PLAIN;
	s->is_claws = s->kind != MH_PLAIN;
	s->is_gnus = strcmp(where->layout, "gnus") == 0;
	s->path = mem_string(where->path);
	s->settings = mem_string(where->settings);
	s->tags = tags_of(where);
	rc = walk(s, NULL, 0, where->path, err);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct mh_store *s = mh_store_of(store);
	const struct folder *folder;
	int found;
	size_t i;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		if (folder->is_unreadable)
			return 1;
		found = folder_measure_begin(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0 ||
		    folder_measure_files(folder->path, "", is_message, NULL, out, err) < 0) {
			folder_measure_failed(out);
			return 1;
		}
		for (i = 0; i < SIDE_FILE_COUNT; i++) {
			if (side_files[i].role != NULL)
				folder_measure_side_file(folder->path, side_files[i].name, out);
		}
		if (s->settings != NULL && s->is_gnus)
			folder_measure_side_file(s->settings, NEWSRC, out);
		if (s->settings != NULL && s->kind == MH_CLAWS) {
			folder_measure_side_file(s->settings, "tagsrc", out);
			folder_measure_side_file(place_of(s, folder->path, a).tags, MH_CLAWS_TAGS,
			    out);
		}
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&mh_store_of(store)->folders, a, out);
}

/* ---- Reading one ---- */

/* A message waiting in Claws' queue or drafts begins with fields of its own. */
static bool
is_draft(struct slice bytes)
{
	struct slice head = slice_sub(bytes, 0, 4096);
	struct header_field field;

	while (header_next(&head, &field)) {
		if (slice_is(field.name, "X-Claws-End-Special-Headers") ||
		    slice_is(field.name, "X-Sylpheed-End-Special-Headers"))
			return true;
	}
	return false;
}

static void
describe(struct mh_reader *r, const struct mh_message *message, struct entry *out)
{
	size_t i;

	out->name = slice_string(message->name);
	out->flags = message->flags;
	for (i = 0; i < r->marks.tag_count; i++) {
		if (message->tags & UINT64_C(1) << i)
			tags_add(&out->tags, &r->entry, r->marks.tags[i]);
	}
	out->date = out->meta.mtime_ns / 1000000000;
	out->framing.lead = message_file_separator(out->bytes);
	if (is_draft(out->bytes))
		out->flags |= FLAG_DRAFT;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mh_reader *r = mh_reader_of(reader);

	(void)err;
	arena_reset(&r->entry);
	while (r->next < r->n) {
		const struct mh_message *message = &r->messages[r->next++];

		memset(out, 0, sizeof(*out));
		buf_clear(&r->at);
		buf_add_format(&r->at, "%s/%s", r->path, message->name);
		if (message_file_read(&r->file, buf_text(&r->at), out) == 0)
			continue;
		describe(r, message, out);
		return 1;
	}
	return 0;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	return message_file_bytes(&mh_reader_of(reader)->file, at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct mh_reader *r;

	if (reader == NULL)
		return;
	r = mh_reader_of(reader);
	message_file_free(&r->file);
	arena_free(&r->arena);
	arena_free(&r->entry);
	buf_free(&r->at);
	mem_free(r->messages);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops mh_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
by_number(const void *a, const void *b)
{
	const struct mh_message *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Without it, what lies in the folder counts. */
static void
read_newsrc(const struct mh_store *s, const struct mailbox *mailbox, struct mh_reader *r)
{
	struct error ignored = ERROR_NONE;
	struct buf text = BUF_EMPTY;

	if (s->settings != NULL && file_read_all(path_join(&r->arena, s->settings, NEWSRC),
	    CONFIG_FILE_MAX, &text, &ignored) == 0)
		gnus_newsrc_read(buf_slice(&text), mailbox, r->messages, r->n);
	buf_free(&text);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct mh_store *s = mh_store_of(store);
	struct mh_place place;
	struct mh_reader *r;
	struct directory all;
	struct look look;
	size_t i;

	r = mem_alloc(sizeof(*r));
	r->reader.ops = &mh_reader_ops;
	r->path = mem_string(mailbox->path);
	r->file = (struct message_file)MESSAGE_FILE_EMPTY;
	if (directory_read(r->path, false, &r->arena, &all, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	r->messages = mem_alloc_array(all.n, sizeof(*r->messages));
	for (i = 0; i < all.n; i++) {
		if (is_message(&all.entries[i], NULL))
			r->messages[r->n++] = (struct mh_message){ .name = all.entries[i].name,
				.number = message_number(all.entries[i].name) };
	}
	if (r->n > 0)
		qsort(r->messages, r->n, sizeof(*r->messages), by_number);
	look = look_at(&all, s->kind);
	place = place_of(s, r->path, &r->arena);
	mh_marks_read(&place, look.kind, &r->arena, r->messages, r->n, &r->marks);
	if (s->is_gnus)
		read_newsrc(s, mailbox, r);
	*out = &r->reader;
	return 0;
}

const struct format_ops format_mh = {
	.name = "mh",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
