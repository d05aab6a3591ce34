/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/archiveflags.h"
#include "backends/formats/archivemember.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/messagefile.h"
#include "backends/formats/msg.h"
#include "backends/formats/ole.h"
#include "backends/formats/sniff.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/tnef.h"

#define SNIFF_BYTES 4096u
#define LARGE_HEAD (1u * MIB)
#define SIDE_FILE_MAX (1u * MIB)

struct archive_store {
	struct store store;
	struct folders folders;
	struct mail_member *members;    /* by index */
	size_t n, cap;
	struct {                        /* as folders.items */
		bool is_mbox;
		size_t first, count;    /* first of its members */
		uint64_t bytes;
		struct slice directory; /* in the archive */
		const struct slice *tags;       /* what the bits of its members stand for, or NULL */
	} *kinds;
	size_t kind_count, kind_cap;
	struct map by_name;             /* joined components to folder */
	struct map messages;            /* names of messages to members, for hard links */
	struct member_sides sides;
	char *path;
	/* Where the last reader stopped: mailboxes read in order need one pass
	 * through a compressed archive in all. */
	struct member_walk *walk;
};

static struct archive_store *
archive_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct archive_store, store);
}

/* ---- Finding the mailboxes ---- */

static int
probe(const char *path, struct error *err)
{
	/* libarchive knows compressions that the sniffing does not undo, and tar
	 * files of Unix version 7 have no magic. */
	static const char *const suffixes[] = { ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tbz",
		".tar" };
	struct file_meta meta;
	struct sniff sniff;
	size_t i, n, length = strlen(path);

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_REGULAR)
		return 0;
	if (sniff_file(path, &sniff, err) < 0)
		return -1;
	if (sniff.kind == SNIFFED_ARCHIVE)
		return 95;
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		n = strlen(suffixes[i]);
		if (length > n && slice_equal_nocase(slice_string(path + length - n),
		    slice_string(suffixes[i])))
			return 80;
	}
	return 0;
}

static bool
is_called_eml(struct slice name)
{
	return path_has_suffix(name, ".eml");
}

/* The components of a member's name as those of a mailbox, hostile ones being
 * only text here.  Returns how many. */
static size_t
split_name(struct slice name, struct arena *a, struct slice **out)
{
	struct slice *components = arena_alloc(a, FOLDER_DEPTH_MAX * sizeof(*components)), part;
	struct buf shown = BUF_EMPTY;
	size_t depth = 0;

	while (slice_field(&name, '/', &part) && depth < FOLDER_DEPTH_MAX) {
		if (part.n == 0 || slice_is(part, ".") || slice_is(part, ".."))
			continue;
		buf_clear(&shown);
		text_add_utf8(&shown, part);
		components[depth++] = arena_copy(a, buf_slice(&shown));
	}
	buf_free(&shown);
	*out = components;
	return depth;
}

/* The folder of these components, made when it is new. */
static size_t
folder_called(struct archive_store *s, const struct slice *components, size_t depth, bool is_mbox)
{
	const struct slice *parents = NULL;
	struct buf joined = BUF_EMPTY;
	uint64_t index;
	size_t i;

	buf_add_byte(&joined, is_mbox ? 'm' : 'd');
	for (i = 0; i < depth; i++) {
		buf_add_byte(&joined, '/');
		buf_add(&joined, components[i]);
	}
	if (is_mbox || !map_get(&s->by_name, buf_slice(&joined), &index)) {
		index = s->folders.n;
		for (i = 0; i + 1 < depth; i++)
			parents = folders_extend(&s->folders, parents, i, components[i]);
		folders_add(&s->folders, parents, depth - 1, components[depth - 1],
		    s->path)->layout = MAILBOX_EXTRACTED;
		s->kinds = vec_grow(s->kinds, &s->kind_cap, s->kind_count, sizeof(*s->kinds));
		s->kinds[s->kind_count].is_mbox = is_mbox;
		s->kinds[s->kind_count++].first = s->n;
		map_put(&s->by_name, buf_slice(&joined), index);
	}
	buf_free(&joined);
	return (size_t)index;
}

static bool
is_passed_over(struct slice name)
{
	const char *base = path_base((const char *)name.p);

	return base[0] == '.' || base[0] == '\0' || slice_starts(name, "__MACOSX/");
}

/* The first bytes of a member: up to most of them. */
static int64_t
read_some(struct member_walk *walk, size_t most, struct buf *out)
{
	struct error ignored = ERROR_NONE;
	int64_t got;

	do {
		buf_reserve(out, SNIFF_BYTES);
		got = member_walk_read(walk, out->p + out->n, SNIFF_BYTES, &ignored);
		if (got > 0)
			buf_extend(out, (size_t)got);
	} while (got > 0 && out->n < most);
	return got;
}

/* What cannot be read (it is encrypted) is taken for an mbox: reading that
 * will say why. */
static enum sniffed
sniff_member(struct member_walk *walk)
{
	struct buf head = BUF_EMPTY;
	enum sniffed kind = SNIFFED_MBOX;

	if (read_some(walk, SNIFF_BYTES, &head) >= 0 || head.n > 0)
		kind = sniff_bytes(slice_sub(buf_slice(&head), 0, SNIFF_BYTES));
	buf_free(&head);
	return kind;
}

static void
take_side_file(struct archive_store *s, struct member_walk *walk, const struct member *member)
{
	struct buf text = BUF_EMPTY;

	if (read_some(walk, SIDE_FILE_MAX, &text) == 0)
		sides_add(&s->sides, member->name, buf_slice(&text));
	buf_free(&text);
}

/* ".A.B" of a Maildir++ as the components that it stands for. */
static size_t
spread_dots(struct archive_store *s, struct slice *components, size_t depth)
{
	struct slice rest = depth > 0 ? components[depth - 1] : SLICE_EMPTY, part;
	struct buf shown = BUF_EMPTY;

	if (!slice_starts(rest, "."))
		return depth;
	depth--;
	rest = slice_from(rest, 1);
	while (depth < FOLDER_DEPTH_MAX && slice_field(&rest, '.', &part)) {
		buf_clear(&shown);
		folder_name_add(&shown, part);
		components[depth++] = arena_copy(&s->folders.arena, buf_slice(&shown));
	}
	buf_free(&shown);
	return depth;
}

/* The components of the folder that a message lies in; messages at the top
 * are in one named as the archive. */
static size_t
folder_of_message(struct archive_store *s, struct slice directory, bool is_maildir,
    struct arena *a, struct slice **components)
{
	struct buf own = BUF_EMPTY;
	size_t depth = split_name(directory, a, components);

	if (is_maildir)
		depth = spread_dots(s, *components, depth);
	if (depth == 0) {
		text_add_utf8(&own, slice_string(path_base(s->path)));
		(*components)[depth++] = arena_copy(a, buf_slice(&own));
		buf_free(&own);
	}
	return depth;
}

static void
take_member(struct archive_store *s, struct member_walk *walk, const struct member *member)
{
	struct mail_member found = { .index = member->index };
	struct arena a = ARENA_EMPTY;
	struct slice *components, directory;
	enum sniffed kind;
	bool is_mbox, is_maildir, is_link;
	uint64_t size = member->size, other;
	size_t depth;

	/* Dovecot copies a message by a hard link to it, and tar keeps those. */
	is_link = map_get(&s->messages, member->link, &other);
	if (is_link) {
		found.index = s->members[other].index;
		size = s->members[other].size;
	}

	if (member->is_regular && sides_want(member->name))
		take_side_file(s, walk, member);
	if ((!member->is_regular && !is_link) || is_passed_over(member->name))
		return;
	kind = is_link || is_called_eml(member->name) || msg_is_called(member->name) ?
	    SNIFFED_MESSAGE : sniff_member(walk);
	is_mbox = sniffed_mbox(kind) ||
	    (kind == SNIFFED_EMPTY && slice_ends(member->name, ".mbox"));
	is_maildir = member_name_read(member->name, &found, &directory);
	/* A file in a Maildir is one message, whatever it begins with. */
	is_mbox = is_mbox && !is_maildir;
	if (!is_mbox && !is_maildir && kind != SNIFFED_MESSAGE)
		return;
	depth = is_mbox ? split_name(member->name, &a, &components) :
	    folder_of_message(s, directory, is_maildir, &a, &components);
	if (depth == 0)
		goto out;
	found.folder = folder_called(s, components, depth, is_mbox);
	s->kinds[found.folder].directory = arena_copy(&s->folders.arena, directory);
	s->kinds[found.folder].count++;
	s->kinds[found.folder].bytes += size;
	found.size = size;
	if (!is_mbox)
		map_put(&s->messages, member->name, s->n);
	s->members = vec_grow(s->members, &s->cap, s->n, sizeof(*s->members));
	s->members[s->n++] = found;

out:
	arena_free(&a);
}

/* What side files say of the members of their directories. */
static void
apply_sides(struct archive_store *s)
{
	struct mail_member **members = mem_alloc_array(s->n, sizeof(*members));
	size_t i, j, n;

	for (i = 0; i < s->kind_count && s->sides.n > 0; i++) {
		if (s->kinds[i].is_mbox)
			continue;
		for (j = s->kinds[i].first, n = 0; j < s->n && n < s->kinds[i].count; j++) {
			if (s->members[j].folder == i)
				members[n++] = &s->members[j];
		}
		s->kinds[i].tags = sides_apply(&s->sides, s->kinds[i].directory, members, n);
	}
	mem_free(members);
}

static int
find_members(struct archive_store *s, struct error *err)
{
	struct member_walk *walk = NULL;
	struct member member;
	int found = -1;

	if (member_walk_open(s->path, &walk, err) < 0)
		goto out;
	while ((found = member_walk_next(walk, &member, err)) == 1)
		take_member(s, walk, &member);
	/* What lies before the damage can be read; that something is missing is
	 * said by a mailbox that cannot. */
	if ((found < 0 && s->n > 0) || (found == 0 && slice_ends(slice_string(s->path), ".olm"))) {
		folders_add_unreadable(&s->folders, NULL, 0, s->path);
		s->folders.items[s->folders.n - 1].layout = MAILBOX_EXTRACTED;
		found = 0;
	}
	if (found == 0) {
		folders_keep(&s->folders, s->path, "other");
		apply_sides(s);
	}

out:
	member_walk_close(walk);
	return found;
}

static void
close_store(struct store *store)
{
	struct archive_store *s;

	if (store == NULL)
		return;
	s = archive_store_of(store);
	member_walk_close(s->walk);
	folders_free(&s->folders);
	map_free(&s->by_name);
	map_free(&s->messages);
	sides_free(&s->sides);
	mem_free(s->members);
	mem_free(s->kinds);
	mem_free(s->path);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct archive_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_archive;
	s->path = mem_string(where->path);
	rc = find_members(s, err);
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
	struct archive_store *s = archive_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	size_t index;
	int found;

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	if (folder->is_unreadable)
		return 1;
	found = folder_measure_file(folder, out, err);
	if (found <= 0) {
		folder_measure_failed(out);
		return 1;
	}
	index = (size_t)(folder - s->folders.items);
	out->bytes = s->kinds[index].bytes;
	out->messages = s->kinds[index].is_mbox ? -1 : (int64_t)s->kinds[index].count;
	return 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&archive_store_of(store)->folders, a, out);
}

/* ---- Reading ---- */

/* The walk at its begin or where the last reader left it, if that is not
 * behind the member wanted. */
static int
take_walk(struct archive_store *s, size_t index, struct member_walk **out, struct error *err)
{
	if (s->walk != NULL && member_walk_reaches(s->walk, index)) {
		*out = s->walk;
		s->walk = NULL;
		return 0;
	}
	return member_walk_open(s->path, out, err);
}

static void
give_walk_back(struct archive_store *s, struct member_walk *walk)
{
	member_walk_close(s->walk);
	s->walk = walk;
}

/* Go to the member of that index. */
static int
walk_to(struct archive_store *s, struct member_walk *walk, size_t index, struct member *member,
    struct error *err)
{
	int found;

	do {
		found = member_walk_next(walk, member, err);
		if (found < 0)
			return -1;
		if (found == 0)
			return fail(err, ERR_CHANGED, "%s: was changed while it was read", s->path);
	} while (member->index != index);
	return 0;
}

struct member_stream {
	struct stream stream;
	struct archive_store *store;
	struct member_walk *walk;
	struct member_again *again;
	size_t index;
};

static struct member_stream *
member_stream_of(struct stream *s)
{
	return CONTAINER_OF(s, struct member_stream, stream);
}

static int64_t
stream_read(struct stream *s, void *p, size_t n, struct error *err)
{
	return member_walk_read(member_stream_of(s)->walk, p, n, err);
}

static int
stream_bytes(struct stream *s, uint64_t at, void *p, size_t n, struct error *err)
{
	struct member_stream *m = member_stream_of(s);

	if (m->again == NULL)
		m->again = member_again_open(m->store->path);
	return member_again_bytes(m->again, m->index, at, p, n, err);
}

static int
stream_end(struct stream *s, bool *grew, struct error *err)
{
	*grew = false;
	return member_walk_check(member_stream_of(s)->walk, err);
}

static void
stream_done(struct stream *s)
{
	struct member_stream *m = member_stream_of(s);

	give_walk_back(m->store, m->walk);
	member_again_close(m->again);
	mem_free(m);
}

static const struct stream_ops member_stream_ops = {
	.read = stream_read,
	.bytes = stream_bytes,
	.end = stream_end,
	.close = stream_done,
};

static int
open_mbox(struct archive_store *s, size_t index, struct reader **out, struct error *err)
{
	struct member_stream *m;
	struct member_walk *walk;
	struct member member;

	if (take_walk(s, index, &walk, err) < 0)
		return -1;
	if (walk_to(s, walk, index, &member, err) < 0) {
		member_walk_close(walk);
		return -1;
	}
	m = mem_alloc(sizeof(*m));
	m->stream.ops = &member_stream_ops;
	m->store = s;
	m->walk = walk;
	m->index = index;
	*out = mboxreader_open(&m->stream, MBOX_PLAIN);
	return 0;
}

/* The .eml members of one directory. */
struct members_reader {
	struct reader reader;
	struct archive_store *store;
	struct member_walk *walk;
	struct member_again *again;
	size_t folder, next;            /* into store.members */
	size_t index;                   /* of the member handed out last */
	struct buf bytes;
	struct msg_conversion outlook;  /* of a .msg file */
	struct arena entry;             /* tags of the entry */
};

static struct members_reader *
members_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct members_reader, reader);
}

static int
read_member(struct members_reader *r, struct entry *out)
{
	unsigned char drained[64 * KIB];
	int64_t got;

	buf_clear(&r->bytes);
	for (;;) {
		if (r->bytes.n <= MESSAGE_IN_MEMORY) {
			buf_reserve(&r->bytes, 64 * KIB);
			got = member_walk_read(r->walk, r->bytes.p + r->bytes.n, 64 * KIB,
			    &out->error);
			if (got > 0)
				buf_extend(&r->bytes, (size_t)got);
		} else {
			got = member_walk_read(r->walk, drained, sizeof(drained), &out->error);
		}
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		out->size += (uint64_t)got;
	}
	out->is_large = out->size > MESSAGE_IN_MEMORY;
	out->bytes = out->is_large ? slice_sub(buf_slice(&r->bytes), 0, LARGE_HEAD) :
	    buf_slice(&r->bytes);
	out->framing.lead = message_file_separator(out->bytes);
	return 0;
}

static void
describe(struct members_reader *r, const struct mail_member *member, struct entry *out)
{
	const struct slice *tags = r->store->kinds[r->folder].tags;
	size_t i;

	out->flags = member->flags;
	for (i = 0; tags != NULL && member->tags >> i != 0; i++) {
		if ((member->tags >> i & 1) != 0 && tags[i].n > 0)
			tags_add(&out->tags, &r->entry, tags[i]);
		if (i == 63)
			break;
	}
}

static int
next_member(struct reader *reader, struct entry *out, struct error *err)
{
	struct members_reader *r = members_reader_of(reader);
	struct archive_store *s = r->store;
	struct member member;

	memset(out, 0, sizeof(*out));
	if (msg_conversion_failed(&r->outlook, out))
		return 1;
	while (r->next < s->n && s->members[r->next].folder != r->folder)
		r->next++;
	if (r->next == s->n)
		return member_walk_check(r->walk, err);
	arena_reset(&r->entry);
	describe(r, &s->members[r->next], out);
	r->index = s->members[r->next++].index;
	if (!member_walk_reaches(r->walk, r->index)) {
		member_walk_close(r->walk);
		r->walk = NULL;
		if (member_walk_open(s->path, &r->walk, err) < 0)
			return -1;
	}
	if (walk_to(s, r->walk, r->index, &member, err) < 0)
		return -1;
	if (read_member(r, out) < 0) {
		out->kind = ENTRY_FAILED;
		out->bytes = SLICE_EMPTY;
		out->size = 0;
	} else if (ole_sniff(out->bytes) || slice_starts(out->bytes, TNEF_MAGIC)) {
		msg_convert(&r->outlook, &r->entry, out);
	}
	return 1;
}

static int
member_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct members_reader *r = members_reader_of(reader);

	if (r->again == NULL)
		r->again = member_again_open(r->store->path);
	return member_again_bytes(r->again, r->index, at, p, n, err);
}

static void
close_members(struct reader *reader)
{
	struct members_reader *r;

	if (reader == NULL)
		return;
	r = members_reader_of(reader);
	give_walk_back(r->store, r->walk);
	member_again_close(r->again);
	buf_free(&r->bytes);
	msg_conversion_free(&r->outlook);
	arena_free(&r->entry);
	mem_free(r);
}

static const struct reader_ops members_reader_ops = {
	.next = next_member,
	.bytes = member_bytes,
	.close = close_members,
};

static int
open_members(struct archive_store *s, size_t folder, struct reader **out, struct error *err)
{
	struct members_reader *r = mem_alloc(sizeof(*r));

	r->reader.ops = &members_reader_ops;
	r->store = s;
	r->folder = folder;
	r->next = s->kinds[folder].first;
	if (take_walk(s, s->members[r->next].index, &r->walk, err) < 0) {
		mem_free(r);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

/* Behind the last mailbox that could be found: what stopped the search. */
static int
read_damage(struct archive_store *s, struct error *err)
{
	struct member_walk *walk = NULL;
	struct member member;
	int found;

	if (slice_ends(slice_string(s->path), ".olm"))
		return fail(err, ERR_FORMAT, "%s: is kept, but an export of Outlook for Mac takes messages "
		    "apart: drag the folders to the Finder, which writes mbox files", s->path);
	if (member_walk_open(s->path, &walk, err) < 0)
		return -1;
	while ((found = member_walk_next(walk, &member, err)) == 1)
		;
	member_walk_close(walk);
	return found < 0 ? -1 : fail(err, ERR_CHANGED, "%s: was changed while it was read", s->path);
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct archive_store *s = archive_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	size_t index;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->is_unreadable)
		return read_damage(s, err);
	index = (size_t)(folder - s->folders.items);
	if (s->kinds[index].is_mbox)
		return open_mbox(s, s->members[s->kinds[index].first].index, out, err);
	return open_members(s, index, out, err);
}

const struct format_ops format_archive = {
	.name = "archive",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
