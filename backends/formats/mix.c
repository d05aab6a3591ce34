/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backends/formats/cclient.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"

/*
 * c-client's mix format: a directory with
 *
 *	.mixmeta    lines "K" and the names of keywords
 *	.mixindex   lines ":uid:date:size:file:place:head:header:", hexadecimal
 *	            but for the date
 *	.mixstatus  lines ":uid:keywords:flags:changed:"
 *	.mix6b06b777 …  the messages, each behind a line of "head" bytes
 *
 * Messages that no index names were expunged, and wait to be burped away.
 * The data files are kept as they lie, and the messages taken out of them.
 */
#define INDEX_MAX (256u * MIB)
#define KEYWORDS_MAX 30u
#define LARGE_HEAD (1u * MIB)

struct mix_store {
	struct store store;
	struct folders folders;
};

struct mix_message {
	uint64_t uid, size, file, at;
	int64_t date;
	unsigned flags;
	uint64_t keywords;
};

struct mix_reader {
	struct reader reader;
	char *path;
	VEC(struct mix_message) messages;
	size_t next;
	struct buf meta;
	struct slice keywords[KEYWORDS_MAX];
	uint64_t file;          /* that fd is open for */
	int fd;
	uint64_t start;
	struct buf bytes;
	struct arena arena;
};

static struct mix_store *
mix_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct mix_store, store);
}

static struct mix_reader *
mix_reader_of(struct reader *reader)
{
	return CONTAINER_OF(reader, struct mix_reader, reader);
}

/* ---- The store: a directory, and those below it ---- */

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	int bid = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind == FILE_DIRECTORY && file_exists(path_join(&a, path, ".mixmeta")))
		bid = 95;
	arena_free(&a);
	return bid;
}

static void
close_store(struct store *store)
{
	struct mix_store *s;

	if (store == NULL)
		return;
	s = mix_store_of(store);
	folders_free(&s->folders);
	mem_free(s);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct mix_store *s = mem_alloc(sizeof(*s));
	struct arena a = ARENA_EMPTY;
	struct buf name = BUF_EMPTY;
	struct directory all;
	size_t i;
	int rc = -1;

	s->store.ops = &format_mix;
	if (directory_read(where->path, false, &a, &all, err) < 0)
		goto out;
	folder_name_add(&name, slice_string(path_base(where->path)));
	folders_add(&s->folders, NULL, 0, buf_slice(&name), where->path)->layout = MAILBOX_EXTRACTED;
	for (i = 0; i < all.n; i++) {
		if (slice_starts(slice_string(all.entries[i].name), ".mix"))
			folders_keep(&s->folders, path_join(&a, where->path, all.entries[i].name), "store");
	}
	*out = &s->store;
	rc = 0;

out:
	if (rc < 0)
		close_store(&s->store);
	buf_free(&name);
	arena_free(&a);
	return rc;
}

static bool
is_part(const struct directory_entry *entry, const void *context)
{
	(void)context;
	return entry->kind == FILE_REGULAR && slice_starts(slice_string(entry->name), ".mix");
}

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct mix_store *s = mix_store_of(store);
	const struct folder *folder = folders_next(&s->folders);
	int found;

	if (folder == NULL)
		return 0;
	folder_describe(&s->folders, folder, a, out);
	found = folder_measure_begin(folder, out, err);
	if (found == 0)
		return 0;
	if (found < 0 || folder_measure_files(folder->path, "", is_part, NULL, out, err) < 0)
		folder_measure_failed(out);
	out->messages = -1;     /* those were files */
	return 1;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&mix_store_of(store)->folders, a, out);
}

/* ---- The index ---- */

static int
read_part(const struct mix_reader *r, const char *name, struct buf *out, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	int rc = file_read_all(path_join(&a, r->path, name), INDEX_MAX, out, err);

	arena_free(&a);
	return rc;
}

/* The fields between colons of ":a:b:…:"; the number of them. */
static size_t
split(struct slice line, struct slice *fields, size_t max)
{
	size_t n = 0;

	line = slice_chomp(line);
	if (!slice_starts(line, ":"))
		return 0;
	line = slice_from(line, 1);
	while (n < max && slice_field(&line, ':', &fields[n]))
		n++;
	return n;
}

/* "20261123114324+0000" */
static int64_t
parse_date(struct slice s)
{
	uint64_t n, zone;
	int64_t minutes;

	if (s.n != 19 || !slice_number(slice_sub(s, 0, 14), UINT64_MAX, &n) ||
	    !slice_number(slice_sub(s, 15, 4), 9999, &zone))
		return 0;
	minutes = (int64_t)(zone / 100 * 60 + zone % 100);
	if (s.p[14] == '-')
		minutes = -minutes;
	return text_days((int)(n / 10000000000), (unsigned)(n / 100000000 % 100),
	    (unsigned)(n / 1000000 % 100)) * 86400 + (int64_t)(n / 10000 % 100 * 3600 +
	    n / 100 % 100 * 60 + n % 100) - minutes * 60;
}

static void
take_index_line(struct mix_reader *r, struct slice line)
{
	struct slice f[7];
	struct mix_message m = { 0 };
	uint64_t place, head;

	if (split(line, f, 7) < 7 || !slice_hex_number(f[0], UINT32_MAX, &m.uid) ||
	    !slice_hex_number(f[2], UINT32_MAX, &m.size) ||
	    !slice_hex_number(f[3], UINT32_MAX, &m.file) ||
	    !slice_hex_number(f[4], UINT32_MAX, &place) ||
	    !slice_hex_number(f[5], UINT32_MAX, &head))
		return;
	m.at = place + head;
	m.date = parse_date(f[1]);
	*vec_push(&r->messages) = m;
}

static int
by_uid(const void *a, const void *b)
{
	const struct mix_message *x = a, *y = b;

	return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static void
take_status_line(struct mix_reader *r, struct slice line)
{
	struct slice f[3];
	struct mix_message key = { 0 }, *m;
	uint64_t bits;

	if (r->messages.n == 0 || split(line, f, 3) < 3 ||
	    !slice_hex_number(f[0], UINT32_MAX, &key.uid) ||
	    !slice_hex_number(f[1], UINT32_MAX, &key.keywords) ||
	    !slice_hex_number(f[2], UINT32_MAX, &bits))
		return;
	m = bsearch(&key, r->messages.items, r->messages.n, sizeof(key), by_uid);
	if (m == NULL)
		return;
	m->flags = cclient_flags(bits);
	m->keywords = key.keywords;
}

static int
read_index(struct mix_reader *r, struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct error ignored = ERROR_NONE;
	struct slice rest, line, word;
	size_t i = 0;
	int rc = -1;

	if (read_part(r, ".mixmeta", &r->meta, err) < 0 || read_part(r, ".mixindex", &text, err) < 0)
		goto out;
	rest = buf_slice(&text);
	while (slice_line(&rest, &line))
		take_index_line(r, line);
	if (r->messages.n > 0)
		qsort(r->messages.items, r->messages.n, sizeof(*r->messages.items), by_uid);
	/* Without it all are unread. */
	if (read_part(r, ".mixstatus", &text, &ignored) < 0)
		buf_clear(&text);
	rest = buf_slice(&text);
	while (slice_line(&rest, &line))
		take_status_line(r, line);
	rest = buf_slice(&r->meta);
	while (slice_line(&rest, &line)) {
		if (!slice_starts(line, "K"))
			continue;
		line = slice_from(slice_chomp(line), 1);
		while (i < KEYWORDS_MAX && slice_field(&line, ' ', &word))
			r->keywords[i++] = word;
	}
	rc = 0;

out:
	buf_free(&text);
	return rc;
}

/* ---- Reading ---- */

static int
open_file(struct mix_reader *r, uint64_t file, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	int rc;

	if (r->fd >= 0 && r->file == file)
		return 0;
	file_close(r->fd);
	r->fd = -1;
	r->file = file;
	rc = file_open_read(path_join(&a, r->path, arena_format(&a, ".mix%08llx",
	    (unsigned long long)file)), &r->fd, err);
	arena_free(&a);
	return rc;
}

static int
take_message(struct mix_reader *r, const struct mix_message *m, struct entry *out)
{
	size_t n = m->size > MESSAGE_IN_MEMORY ? LARGE_HEAD : (size_t)m->size, i;
	struct file_meta meta;

	if (open_file(r, m->file, &out->error) < 0 || file_stat_fd(r->fd, &meta, &out->error) < 0)
		return -1;
	if (m->at > meta.size || m->size > meta.size - m->at)
		return fail(&out->error, ERR_FORMAT, "it reaches beyond the end of its file");
	buf_clear(&r->bytes);
	if (file_read_at(r->fd, m->at, buf_extend(&r->bytes, n), n, &out->error) < 0)
		return -1;
	r->start = m->at;
	out->kind = ENTRY_MESSAGE;
	out->size = m->size;
	out->is_large = m->size > MESSAGE_IN_MEMORY;
	out->bytes = buf_slice(&r->bytes);
	out->date = m->date;
	out->flags = m->flags;
	for (i = 0; i < KEYWORDS_MAX; i++) {
		if (m->keywords & UINT64_C(1) << i)
			marks_take_word(r->keywords[i], &r->arena, &out->flags, &out->tags);
	}
	return 0;
}

static int
next_entry(struct reader *reader, struct entry *out, struct error *err)
{
	struct mix_reader *r = mix_reader_of(reader);
	const struct mix_message *m;

	(void)err;
	memset(out, 0, sizeof(*out));
	arena_reset(&r->arena);
	if (r->next == r->messages.n)
		return 0;
	m = &r->messages.items[r->next++];
	if (take_message(r, m, out) < 0) {
		out->kind = ENTRY_FAILED;
		fail_in(&out->error, "message %llu", (unsigned long long)m->uid);
	}
	return 1;
}

static int
entry_bytes(struct reader *reader, uint64_t at, void *p, size_t n, struct error *err)
{
	struct mix_reader *r = mix_reader_of(reader);

	return file_read_at(r->fd, r->start + at, p, n, err);
}

static void
close_reader(struct reader *reader)
{
	struct mix_reader *r;

	if (reader == NULL)
		return;
	r = mix_reader_of(reader);
	file_close(r->fd);
	vec_free(&r->messages);
	buf_free(&r->meta);
	buf_free(&r->bytes);
	arena_free(&r->arena);
	mem_free(r->path);
	mem_free(r);
}

static const struct reader_ops mix_reader_ops = {
	.next = next_entry,
	.bytes = entry_bytes,
	.close = close_reader,
};

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct mix_reader *r = mem_alloc(sizeof(*r));

	(void)store;
	r->reader.ops = &mix_reader_ops;
	r->path = mem_string(mailbox->path);
	r->fd = -1;
	if (read_index(r, err) < 0) {
		close_reader(&r->reader);
		return -1;
	}
	*out = &r->reader;
	return 0;
}

const struct format_ops format_mix = {
	.name = "mix",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
