/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/boxes.h"
#include "backends/formats/formats.h"
#include "backends/formats/records.h"
#include "core/base/mem.h"
#include "core/base/path.h"

/*
 * The Bat!: a directory for each folder, its messages in MESSAGES.TBB.  That
 * file begins with a head (magic, two bytes of its length); each message stands
 * behind a record (all integers little-endian):
 *
 *	offset	bytes	field
 *	     0	    4	magic
 *	     4	    4	length of the record: 48
 *	    12	    4	when it was received, since 1970
 *	    20	    4	what became of it: see known[]
 *	    36	    4	bytes of the message behind the record
 *
 * What was deleted stays until the folder is compressed.
 */
static const unsigned char file_magic[] = { 0x20, 0x06, 0x79, 0x19 };
static const unsigned char record_magic[] = { 0x21, 0x09, 0x70, 0x19 };
#define FILE_MAGIC slice_of(file_magic, sizeof(file_magic))
#define RECORD_MAGIC slice_of(record_magic, sizeof(record_magic))
#define RECORD_MIN 40u
#define RECORD_MAX 4096u
#define HEAD_MIN 6u
#define DELETED 1u
#define DEPTH_MAX 32u
#define PROBE_DEPTH 3u

#define MESSAGES "messages.tbb"

/* ---- Reading ---- */

struct tbb_record {
	uint64_t lead, size;
	uint32_t date, status;
};

/* Does a whole record begin s? */
static bool
record_parse(struct slice s, struct tbb_record *out)
{
	struct cursor c = cursor_of(s);

	if (!slice_equal(cursor_take(&c, 4), RECORD_MAGIC))
		return false;
	out->lead = cursor_le32(&c);
	cursor_skip(&c, 4);
	out->date = cursor_le32(&c);
	cursor_skip(&c, 4);
	out->status = cursor_le32(&c);
	cursor_skip(&c, 12);
	out->size = cursor_le32(&c);
	return !c.bad && out->lead >= RECORD_MIN && out->lead <= RECORD_MAX;
}

/* Up to the next record, or to the end. */
static int
take_filler(struct records *r, uint64_t from, struct entry *out, struct error *err)
{
	uint64_t end;

	if (records_find(r, from, RECORD_MAGIC, &end, err) < 0)
		return -1;
	out->kind = ENTRY_FILLER;
	out->size = end - r->at;
	return 0;
}

/* Where a message ends: where the record says, if another one or the end is
 * there; otherwise its length is wrong, and the next record ends it. */
static int
find_end(struct records *r, const struct tbb_record *record, uint64_t *end, struct error *err)
{
	uint64_t text = r->at + record->lead;
	struct slice s;

	*end = text + record->size;
	if (*end == r->stream->size)
		return 0;
	if (records_peek(r, *end, sizeof(record_magic), &s, err) < 0)
		return -1;
	if (*end < r->stream->size && slice_equal(s, RECORD_MAGIC))
		return 0;
	return records_find(r, text < r->stream->size ? text : r->stream->size, RECORD_MAGIC, end,
	    err);
}

static unsigned
flags_of(uint32_t status)
{
	static const struct {
		unsigned bit, flag;
	} known[] = {
		{ 2, FLAG_SEEN },
		{ 4, FLAG_ANSWERED },
		{ 0x40, FLAG_FLAGGED },
		{ 0x80, FLAG_FORWARDED },
	};
	unsigned flags = 0;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		flags |= status & known[i].bit ? known[i].flag : 0;
	return flags;
}

static int
take(struct records *r, struct entry *out, struct error *err)
{
	struct tbb_record record;
	struct slice s;
	uint64_t end;

	if (records_peek(r, r->at, RECORD_MIN, &s, err) < 0)
		return -1;
	if (r->at == 0 && slice_equal(slice_sub(s, 0, 4), FILE_MAGIC)) {
		out->kind = ENTRY_FILLER;
		out->size = s.n < HEAD_MIN ? s.n : (uint64_t)s.p[4] | (uint64_t)s.p[5] << 8;
		if (out->size < HEAD_MIN)
			out->size = s.n;
		return 0;
	}
	if (!record_parse(s, &record))
		return take_filler(r, r->at + 1, out, err);
	if (find_end(r, &record, &end, err) < 0)
		return -1;
	out->kind = ENTRY_MESSAGE;
	out->size = end - r->at;
	out->framing.lead = (size_t)record.lead;
	out->date = record.date;
	out->flags = flags_of(record.status);
	out->dead = (record.status & DELETED) != 0;
	return 0;
}

static bool
is_tbb(const char *path)
{
	unsigned char head[sizeof(file_magic)];
	struct error ignored = ERROR_NONE;
	bool is;
	int fd;

	if (file_open_read(path, &fd, &ignored) < 0)
		return false;
	is = file_read_at(fd, 0, head, sizeof(head), &ignored) == 0 &&
	    slice_equal(slice_of(head, sizeof(head)), FILE_MAGIC);
	file_close(fd);
	return is;
}

static int
read_box(const struct folder *folder, struct reader **out, struct error *err)
{
	static const struct records_ops ops = { take, records_free };
	struct file_meta meta;

	if (file_stat(folder->path, &meta, err) < 0)
		return -1;
	if (meta.size > 0 && !is_tbb(folder->path))
		return fail(err, ERR_FORMAT, "%s: it does not begin as The Bat!'s message bases do: "
		    "encrypted ones cannot be read", folder->path);
	return records_open(mem_alloc(sizeof(struct records)), &ops, folder->path, out, err);
}

/* ---- The store ---- */

static int
bid_for_directory(const char *path, unsigned levels, struct error *err)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	const char *name;
	int bid = 0;
	size_t i;

	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	name = boxes_find_entry(&all, MESSAGES);
	if (name != NULL && is_tbb(path_join(&a, path, name)))
		bid = 90;
	for (i = 0; i < all.n && bid == 0 && levels > 0; i++) {
		if (all.entries[i].kind == FILE_DIRECTORY && bid_for_directory(path_join(&a, path,
		    all.entries[i].name), levels - 1, &ignored) > 0)
			bid = 80;
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
	if (meta.kind == FILE_DIRECTORY)
		return bid_for_directory(path, PROBE_DEPTH, err);
	return meta.kind == FILE_REGULAR && is_tbb(path) ? 95 : 0;
}

static bool
is_index(struct slice name)
{
	return slice_equal_nocase(name, SLICE_OF("messages.tbi")) ||
	    slice_equal_nocase(name, SLICE_OF("messages.tbn"));
}

static int walk(struct folders *f, const struct slice *names, size_t depth, const char *path,
    struct error *err);

static int
walk_entries(struct folders *f, const struct slice *names, size_t depth, const char *path,
    struct arena *a, const struct directory *all, struct error *err)
{
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc = 0;

	for (i = 0; i < all->n && rc == 0; i++) {
		const struct directory_entry *e = &all->entries[i];
		const char *inside = path_join(a, path, e->name);

		if (e->kind == FILE_REGULAR && slice_equal_nocase(slice_string(e->name),
		    SLICE_OF(MESSAGES))) {
			boxes_add(f, names, depth > 0 ? depth - 1 : 0,
			    depth > 0 ? names[depth - 1] : SLICE_OF("Messages"), inside);
			if (!is_tbb(inside))
				folders_keep(f, inside, "store");
		} else if (e->kind == FILE_REGULAR && is_index(slice_string(e->name))) {
			folders_keep(f, inside, "index");
		}
		if (e->kind != FILE_DIRECTORY || depth >= DEPTH_MAX)
			continue;
		buf_clear(&name);
		folder_name_add(&name, slice_string(e->name));
		rc = walk(f, folders_extend(f, names, depth, buf_slice(&name)), depth + 1, inside, err);
	}
	buf_free(&name);
	return rc;
}

static int
walk(struct folders *f, const struct slice *names, size_t depth, const char *path,
    struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	int rc = 0;

	if (folders_list(f, path, &a, &all, err) < 0) {
		if (depth > 0)
			folders_add_unreadable(f, names, depth, path);
		rc = depth > 0 ? 0 : -1;
	} else {
		rc = walk_entries(f, names, depth, path, &a, &all, err);
	}
	arena_free(&a);
	return rc;
}

static int
find_boxes(struct folders *f, const struct location *where, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct file_meta meta;

	if (file_stat(where->path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY)
		return walk(f, NULL, 0, where->path, err);
	boxes_add_base(&name, where->path);
	boxes_add(f, NULL, 0, buf_slice(&name), where->path);
	buf_free(&name);
	return 0;
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	static const struct box_kind kind = { &format_tbb, find_boxes, read_box };

	return boxes_open(&kind, where, out, err);
}

const struct format_ops format_tbb = {
	.name = "tbb",
	.probe = probe,
	.open = open_store,
	.next_mailbox = boxes_next_mailbox,
	.next_file = boxes_next_file,
	.read = boxes_read,
	.close = boxes_close,
};
