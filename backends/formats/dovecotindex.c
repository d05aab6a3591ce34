/* SPDX-License-Identifier: MIT */
#include "backends/formats/dovecotindex.h"

#include <string.h>

#include "backends/formats/marks.h"
#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"

#define FILE_MAX (512u * MIB)
#define EXTENSIONS_MAX 256u
/* Records touched by ranges in all: what a log of honest making stays far
 * below. */
#define WORK_MAX (UINT64_C(400) * 1000 * 1000)

/* enum mail_flags in a record */
enum { BIT_ANSWERED = 1, BIT_FLAGGED = 2, BIT_DELETED = 4, BIT_SEEN = 8, BIT_DRAFT = 16 };

/* enum mail_transaction_type */
enum {
	TYPE_EXPUNGE = 0x1, TYPE_APPEND = 0x2, TYPE_FLAG_UPDATE = 0x4, TYPE_EXT_INTRO = 0x40,
	TYPE_EXT_RESET = 0x80, TYPE_EXT_REC_UPDATE = 0x200, TYPE_KEYWORD_UPDATE = 0x400,
	TYPE_KEYWORD_RESET = 0x800, TYPE_EXPUNGE_GUID = 0x2000, TYPE_EXPUNGE_PROT = 0xcd90,
	TYPE_EXTERNAL = 0x10000000, TYPE_MASK = 0x0fffffff
};

enum { KEYWORD_ADD, KEYWORD_REMOVE, KEYWORD_REPLACE };

/* Extensions are named once, and called by their number afterwards. */
struct dovecot_extensions {
	const char *wanted;
	VEC(struct slice) names;
	size_t current;                 /* EXTENSIONS_MAX: none */
	uint32_t record_size;           /* of the current one, in updates */
	uint64_t work;
};

/* ---- Records ---- */

static size_t
first_from(const struct dovecot_index *x, uint32_t uid)
{
	size_t low = 0, high = x->records.n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (x->records.items[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct dovecot_record *
find(const struct dovecot_index *x, uint32_t uid)
{
	size_t i = first_from(x, uid);

	return i < x->records.n && x->records.items[i].uid == uid ? &x->records.items[i] : NULL;
}

/* UIDs only grow. */
static struct dovecot_record *
append(struct dovecot_index *x, uint32_t uid, unsigned char flags)
{
	struct dovecot_record *r;

	if (uid == 0 || (x->records.n > 0 && uid <= x->records.items[x->records.n - 1].uid))
		return NULL;
	r = vec_push(&x->records);
	r->uid = uid;
	r->flags = flags;
	return r;
}

/* A range of UIDs as indices; false where nothing is in it or enough was done. */
static bool
range(struct dovecot_index *x, uint32_t uid1, uint32_t uid2, size_t *from, size_t *to)
{
	*from = first_from(x, uid1);
	*to = uid2 == UINT32_MAX ? x->records.n : first_from(x, uid2 + 1);
	if (*from >= *to || x->extensions->work > WORK_MAX)
		return false;
	x->extensions->work += *to - *from;
	return true;
}

/* ---- Keywords ---- */

/* The keyword's number, a new one where it was not known. */
static size_t
keyword_number(struct dovecot_index *x, struct slice name)
{
	size_t i;

	for (i = 0; i < x->keywords.n; i++)
		if (slice_equal_nocase(x->keywords.items[i], name))
			return i;
	if (x->keywords.n < DOVECOT_KEYWORDS_MAX)
		*vec_push(&x->keywords) = arena_copy(&x->arena, name);
	return i;
}

static void
set_keyword(struct dovecot_record *r, size_t keyword, unsigned how)
{
	if (how == KEYWORD_REPLACE)
		memset(r->keywords, 0, sizeof(r->keywords));
	if (how == KEYWORD_REMOVE)
		r->keywords[keyword / 64] &= ~(UINT64_C(1) << keyword % 64);
	else
		r->keywords[keyword / 64] |= UINT64_C(1) << keyword % 64;
}

/* The extension "keywords" of the index: how many, an offset for each, names. */
static void
read_keyword_header(struct dovecot_index *x, struct slice data)
{
	struct cursor c = cursor_of(data);
	uint32_t count = cursor_le32(&c), i, offset;
	struct slice names, name;

	if (c.bad || count > DOVECOT_KEYWORDS_MAX || data.n < 4 + (size_t)count * 8)
		return;
	names = slice_from(data, 4 + (size_t)count * 8);
	for (i = 0; i < count; i++) {
		cursor_le32(&c);
		offset = cursor_le32(&c);
		name = slice_from(names, offset);
		name = slice_sub(name, 0, slice_find(name, 0, '\0'));
		*vec_push(&x->keywords) = arena_copy(&x->arena, name);
	}
}

/* ---- The index ---- */

struct header {
	uint32_t record_size, messages, log_seq, log_offset;
	size_t base_size, size;
	uint32_t extension_at, extension_size, keywords_at, keywords_size;      /* in a record */
};

static size_t
aligned(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static void
read_extension_headers(struct dovecot_index *x, struct slice file, struct header *h)
{
	struct dovecot_extensions *e = x->extensions;
	size_t at = aligned(h->base_size, 8), data;
	uint16_t record_at, record_size, name_size;
	struct cursor c;
	uint32_t header_size;
	struct slice name;

	while (at + 16 <= h->size && e->names.n < EXTENSIONS_MAX) {
		c = cursor_of(slice_from(file, at));
		header_size = cursor_le32(&c);
		cursor_le32(&c);        /* reset_id */
		record_at = cursor_le16(&c);
		record_size = cursor_le16(&c);
		cursor_le16(&c);        /* alignment */
		name_size = cursor_le16(&c);
		name = cursor_take(&c, name_size);
		data = at + aligned(16 + (size_t)name_size, 8);
		if (c.bad || data > h->size || header_size > h->size - data)
			return;
		*vec_push(&e->names) = arena_copy(&x->arena, name);
		if (slice_is(name, "keywords")) {
			read_keyword_header(x, slice_sub(file, data, header_size));
			h->keywords_at = record_at;
			h->keywords_size = record_size;
		} else if (slice_is(name, e->wanted)) {
			h->extension_at = record_at;
			h->extension_size = record_size;
		}
		at = data + aligned(header_size, 8);
	}
}

static void
set_extension(struct dovecot_record *r, struct slice data)
{
	struct cursor c = cursor_of(data);
	size_t i;

	for (i = 0; i < DOVECOT_EXTENSION_WORDS && c.n >= 4; i++)
		r->extension[i] = cursor_le32(&c);
}

static void
read_records(struct dovecot_index *x, struct slice file, const struct header *h)
{
	struct dovecot_record *r;
	struct slice record, bits;
	struct cursor c;
	uint32_t i, uid;
	size_t k;

	for (i = 0; i < h->messages; i++) {
		record = slice_sub(file, h->size + (size_t)i * h->record_size, h->record_size);
		c = cursor_of(record);
		uid = cursor_le32(&c);
		r = append(x, uid, cursor_byte(&c));
		if (c.bad || r == NULL)
			return;
		bits = slice_sub(record, h->keywords_at, h->keywords_size);
		for (k = 0; k < bits.n * 8 && k < x->keywords.n; k++)
			if (bits.p[k / 8] & 1u << k % 8)
				set_keyword(r, k, KEYWORD_ADD);
		set_extension(r, slice_sub(record, h->extension_at, h->extension_size));
	}
}

static int
read_index(struct dovecot_index *x, struct slice file, struct header *h, struct error *err)
{
	struct cursor c = cursor_of(file);
	unsigned char major = cursor_byte(&c), compat;

	cursor_byte(&c);
	h->base_size = cursor_le16(&c);
	h->size = cursor_le32(&c);
	h->record_size = cursor_le32(&c);
	compat = cursor_byte(&c);
	c = cursor_of(slice_from(file, 32));
	h->messages = cursor_le32(&c);
	c = cursor_of(slice_from(file, 60));
	h->log_seq = cursor_le32(&c);
	cursor_le32(&c);
	h->log_offset = cursor_le32(&c);
	if (c.bad || major != 7 || (compat & 1) == 0 || h->base_size < 72 || h->size > file.n ||
	    h->base_size > h->size || h->record_size < 5)
		return fail(err, ERR_FORMAT, "this is no index of a version that is known");
	read_extension_headers(x, file, h);
	read_records(x, file, h);
	return 0;
}

/* ---- The log ---- */

/* Sizes are written last and with their high bits set, so that a torn write
 * shows. */
static uint32_t
decode_size(uint32_t n)
{
	if ((n & 0x80808080u) != 0x80808080u)
		return 0;
	return ((n >> 24 & 0x7f) | (n >> 16 & 0x7f) << 7 | (n >> 8 & 0x7f) << 14 |
	    (n & 0x7f) << 21) << 2;
}

static void
log_append(struct dovecot_index *x, struct cursor c)
{
	uint32_t uid;

	while (c.n >= 8) {
		uid = cursor_le32(&c);
		append(x, uid, cursor_byte(&c));
		cursor_skip(&c, 3);
	}
}

static void
log_expunge(struct dovecot_index *x, struct cursor c)
{
	uint32_t uid1, uid2;
	size_t i, to;

	while (c.n >= 8) {
		uid1 = cursor_le32(&c);
		uid2 = cursor_le32(&c);
		if (range(x, uid1, uid2, &i, &to))
			for (; i < to; i++)
				x->records.items[i].is_expunged = true;
	}
}

static void
log_expunge_guid(struct dovecot_index *x, struct cursor c)
{
	struct dovecot_record *r;

	while (c.n >= 20) {
		r = find(x, cursor_le32(&c));
		cursor_skip(&c, 16);
		if (r != NULL)
			r->is_expunged = true;
	}
}

static void
log_flags(struct dovecot_index *x, struct cursor c)
{
	unsigned char add, take;
	uint32_t uid1, uid2;
	size_t i, to;

	while (c.n >= 12) {
		uid1 = cursor_le32(&c);
		uid2 = cursor_le32(&c);
		add = cursor_byte(&c);
		take = cursor_byte(&c);
		cursor_skip(&c, 2);
		if (!range(x, uid1, uid2, &i, &to))
			continue;
		for (; i < to; i++)
			x->records.items[i].flags = (unsigned char)
			    ((x->records.items[i].flags & ~take) | add);
	}
}

static void
log_keyword(struct dovecot_index *x, struct cursor c)
{
	unsigned char how = cursor_byte(&c);
	uint32_t uid1, uid2;
	uint16_t name_size;
	struct slice name;
	size_t keyword, i, to;

	cursor_byte(&c);
	name_size = cursor_le16(&c);
	name = cursor_take(&c, name_size);
	cursor_skip(&c, (4 - name_size % 4u) % 4);
	if (c.bad || how > KEYWORD_REPLACE)
		return;
	keyword = keyword_number(x, name);
	while (c.n >= 8 && keyword < x->keywords.n) {
		uid1 = cursor_le32(&c);
		uid2 = cursor_le32(&c);
		if (!range(x, uid1, uid2, &i, &to))
			continue;
		for (; i < to; i++)
			set_keyword(&x->records.items[i], keyword, how);
	}
}

static void
log_keyword_reset(struct dovecot_index *x, struct cursor c)
{
	uint32_t uid1, uid2;
	size_t i, to;

	while (c.n >= 8) {
		uid1 = cursor_le32(&c);
		uid2 = cursor_le32(&c);
		if (!range(x, uid1, uid2, &i, &to))
			continue;
		for (; i < to; i++)
			memset(x->records.items[i].keywords, 0, sizeof(x->records.items[i].keywords));
	}
}

static void
log_introduce(struct dovecot_index *x, struct cursor c)
{
	struct dovecot_extensions *e = x->extensions;
	uint32_t id = cursor_le32(&c);
	uint16_t record_size, name_size;
	struct slice name;
	size_t i;

	cursor_skip(&c, 8);
	record_size = cursor_le16(&c);
	cursor_skip(&c, 4);
	name_size = cursor_le16(&c);
	name = cursor_take(&c, name_size);
	e->current = EXTENSIONS_MAX;
	if (c.bad)
		return;
	e->record_size = record_size;
	if (id != UINT32_MAX) {
		e->current = id < e->names.n ? id : EXTENSIONS_MAX;
		return;
	}
	for (i = 0; i < e->names.n && !slice_equal(e->names.items[i], name); i++)
		;
	if (i == e->names.n && i < EXTENSIONS_MAX)
		*vec_push(&e->names) = arena_copy(&x->arena, name);
	e->current = i;
}

static bool
is_wanted(const struct dovecot_extensions *e)
{
	return e->current < e->names.n && slice_is(e->names.items[e->current], e->wanted);
}

static void
log_extension(struct dovecot_index *x, struct cursor c)
{
	const struct dovecot_extensions *e = x->extensions;
	size_t stride = aligned((size_t)e->record_size, 4);
	struct dovecot_record *r;
	struct slice data;

	while (is_wanted(e) && c.n >= 4 + stride) {
		r = find(x, cursor_le32(&c));
		data = cursor_take(&c, stride);
		if (r != NULL)
			set_extension(r, slice_sub(data, 0, e->record_size));
	}
}

static void
apply(struct dovecot_index *x, uint32_t type, struct cursor c)
{
	switch (type & TYPE_MASK) {
	case TYPE_APPEND:
		log_append(x, c);
		break;
	/* Without the mark it is only asked for. */
	case TYPE_EXPUNGE | TYPE_EXPUNGE_PROT:
		if (type & TYPE_EXTERNAL)
			log_expunge(x, c);
		break;
	case TYPE_EXPUNGE_GUID | TYPE_EXPUNGE_PROT:
		if (type & TYPE_EXTERNAL)
			log_expunge_guid(x, c);
		break;
	case TYPE_FLAG_UPDATE:
		log_flags(x, c);
		break;
	case TYPE_KEYWORD_UPDATE:
		log_keyword(x, c);
		break;
	case TYPE_KEYWORD_RESET:
		log_keyword_reset(x, c);
		break;
	case TYPE_EXT_INTRO:
		log_introduce(x, c);
		break;
	case TYPE_EXT_REC_UPDATE:
		log_extension(x, c);
		break;
	default:
		break;
	}
}

struct log {
	struct buf bytes;
	uint32_t seq;           /* 0: there is none */
	size_t header_size;
};

static void
apply_log(struct dovecot_index *x, const struct log *log, size_t from)
{
	struct slice rest = slice_from(buf_slice(&log->bytes), from);
	struct cursor c;
	uint32_t size, type;

	while (rest.n >= 8) {
		c = cursor_of(rest);
		size = decode_size(cursor_le32(&c));
		type = cursor_le32(&c);
		if (size < 8 || size > rest.n)
			return;
		apply(x, type, cursor_of(slice_sub(rest, 8, size - 8)));
		rest = slice_from(rest, size);
	}
}

static void
open_log(const char *path, struct log *log)
{
	struct error ignored = ERROR_NONE;
	struct cursor c;
	unsigned char major;

	if (file_read_all(path, FILE_MAX, &log->bytes, &ignored) < 0)
		return;
	c = cursor_of(buf_slice(&log->bytes));
	major = cursor_byte(&c);
	cursor_byte(&c);
	log->header_size = cursor_le16(&c);
	cursor_le32(&c);
	log->seq = cursor_le32(&c);
	if (c.bad || major != 1 || log->header_size < 24 || log->header_size > log->bytes.n)
		log->seq = 0;
}

/* ---- Both ---- */

/* The older log may hold what the index does not have yet. */
static void
apply_logs(struct dovecot_index *x, const struct header *h, const struct log *old,
    const struct log *now)
{
	if (now->seq != 0 && now->seq == h->log_seq) {
		apply_log(x, now, h->log_offset);
		return;
	}
	if (old->seq != 0 && old->seq == h->log_seq)
		apply_log(x, old, h->log_offset);
	else if (old->seq != 0 && h->log_seq == 0)
		apply_log(x, old, old->header_size);
	if (now->seq != 0)
		apply_log(x, now, now->header_size);
}

static void
drop_expunged(struct dovecot_index *x)
{
	size_t i, kept = 0;

	for (i = 0; i < x->records.n; i++)
		if (!x->records.items[i].is_expunged)
			x->records.items[kept++] = x->records.items[i];
	x->records.n = kept;
}

int
dovecot_index_read(const char *directory, const char *name, const char *extension,
    struct dovecot_index *out, struct error *err)
{
	struct dovecot_extensions e = { .wanted = extension, .names = VEC_EMPTY,
	    .current = EXTENSIONS_MAX };
	struct arena a = ARENA_EMPTY;
	struct log old = { BUF_EMPTY, 0, 0 }, now = { BUF_EMPTY, 0, 0 };
	struct header h = { 0 };
	struct buf file = BUF_EMPTY;
	const char *path = path_join(&a, directory, name);
	int rc = -1;

	out->extensions = &e;
	open_log(arena_format(&a, "%s.log.2", path), &old);
	open_log(arena_format(&a, "%s.log", path), &now);
	if (file_read_all(path, FILE_MAX, &file, err) == 0) {
		if (read_index(out, buf_slice(&file), &h, err) < 0) {
			fail_in(err, "%s", path);
			goto out;
		}
	} else if (err->code != ERR_NOT_FOUND || now.seq == 0) {
		goto out;
	}
	error_clear(err);
	apply_logs(out, &h, &old, &now);
	drop_expunged(out);
	rc = 0;

out:
	vec_free(&e.names);
	out->extensions = NULL;
	buf_free(&file);
	buf_free(&old.bytes);
	buf_free(&now.bytes);
	arena_free(&a);
	return rc;
}

const struct dovecot_record *
dovecot_index_find(const struct dovecot_index *index, uint32_t uid)
{
	return find(index, uid);
}

void
dovecot_index_apply(const struct dovecot_index *index, const struct dovecot_record *record,
    struct arena *a, unsigned *flags, struct tags *tags)
{
	static const struct {
		unsigned bit, flag;
	} bits[] = {
		{ BIT_ANSWERED, FLAG_ANSWERED },
		{ BIT_FLAGGED, FLAG_FLAGGED },
		{ BIT_DELETED, FLAG_DELETED },
		{ BIT_SEEN, FLAG_SEEN },
		{ BIT_DRAFT, FLAG_DRAFT },
	};
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		*flags |= record->flags & bits[i].bit ? bits[i].flag : 0;
	for (i = 0; i < index->keywords.n; i++)
		if (record->keywords[i / 64] & UINT64_C(1) << i % 64)
			marks_take_word(index->keywords.items[i], a, flags, tags);
}

void
dovecot_index_free(struct dovecot_index *index)
{
	vec_free(&index->records);
	vec_free(&index->keywords);
	arena_free(&index->arena);
}

struct fingerprint
dovecot_index_state(const char *directory, const char *name)
{
	static const char *const suffixes[] = { "", ".log", ".log.2" };
	struct fingerprint state = fingerprint128(SLICE_OF("dovecot"));
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct file_meta meta;
	size_t i;

	for (i = 0; i < 3; i++)
		if (file_stat(arena_format(&a, "%s/%s%s", directory, name, suffixes[i]), &meta,
		    &ignored) == 0)
			fingerprint_mix(&state, file_meta_fingerprint(suffixes[i], &meta));
	arena_free(&a);
	return state;
}
