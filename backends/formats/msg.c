/* SPDX-License-Identifier: MIT */
#include "backends/formats/msg.h"

#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/mapimessage.h"
#include "backends/formats/ole.h"
#include "core/base/vec.h"
#include "core/mail/tnef.h"

enum { ATTACHED_DATA = 0x3701, ATTACHED_METHOD = 0x3705, METHOD_OLE = 6 };

#define ITEMS_MAX 65536u

/* What stands before the properties of a message, of one in a message, and of
 * a recipient or attachment. */
enum { HEAD_MESSAGE = 32, HEAD_EMBEDDED = 24, HEAD_OTHER = 8 };

struct msg {
	struct mapi_container container;
	struct ole ole;
	struct ole_stream stream;       /* the long value that is read */
	size_t lost;
	struct error first_lost;
};

static struct msg *
msg_of(struct mapi_container *c)
{
	return CONTAINER_OF(c, struct msg, container);
}

static void
lose(struct msg *m, const struct error *err)
{
	if (m->lost++ == 0)
		m->first_lost = *err;
}

/* ---- Properties ---- */

/* Those of a fixed length: all are in one stream, 16 bytes each. */
static void
read_fixed(struct msg *m, struct slice bytes, struct arena *a, struct mapi_properties *out)
{
	struct mapi_property p;
	struct cursor c;

	(void)m;
	for (; bytes.n >= 16; bytes = slice_from(bytes, 16)) {
		memset(&p, 0, sizeof(p));
		c = cursor_of(bytes);
		p.type = cursor_le16(&c);
		p.id = cursor_le16(&c);
		/* Others only have their length here. */
		if (p.type >= MAPI_OBJECT && p.type != MAPI_LONGLONG && p.type != MAPI_TIME)
			continue;
		p.value = arena_copy(a, slice_sub(bytes, 8, 8));
		*(struct mapi_property *)vec_push(out) = p;
	}
}

/* "__substg1.0_0037001F": a value that has a stream of its own; with
 * "-00000001" behind it one of several. */
static bool
parse_name(struct slice name, uint64_t *tag, bool *is_many)
{
	if (!slice_starts(name, "__substg1.0_") || name.n < 20)
		return false;
	*is_many = name.n > 20;
	return slice_hex_number(slice_sub(name, 12, 8), UINT32_MAX, tag);
}

/* Texts and bytes, several: a stream each, behind one that has their lengths. */
static void
read_many(struct msg *m, const uint32_t *list, size_t n, struct arena *a, struct mapi_property *p)
{
	struct slice *items = arena_alloc(a, (n + 1) * sizeof(*items)), name;
	struct buf bytes = BUF_EMPTY;
	struct error err = ERROR_NONE;
	uint64_t tag;
	size_t i;
	bool is_many;

	for (i = 0; i < n && p->item_count < ITEMS_MAX; i++) {
		name = m->ole.entries[list[i]].name;
		if (!parse_name(name, &tag, &is_many))
			continue;
		if (!is_many || tag >> 16 != p->id || (tag & 0xffff) != p->type)
			continue;
		if (ole_read(&m->ole, list[i], MAPI_VALUE_MAX, &bytes, &err) < 0)
			lose(m, &err);
		else
			items[p->item_count++] = arena_copy(a, buf_slice(&bytes));
	}
	p->items = items;
	buf_free(&bytes);
}

static void
read_value(struct msg *m, const uint32_t *list, size_t n, size_t i, struct arena *a,
    struct mapi_properties *out)
{
	const struct ole_entry *e = &m->ole.entries[list[i]];
	struct mapi_property p;
	struct buf bytes = BUF_EMPTY;
	struct error err = ERROR_NONE;
	uint64_t tag;
	bool is_many;

	memset(&p, 0, sizeof(p));
	if (!parse_name(e->name, &tag, &is_many) || is_many)
		return;
	p.id = (uint16_t)(tag >> 16);
	p.type = (uint16_t)tag;
	if (p.id == ATTACHED_DATA) {
		p.is_long = true;
		p.ref = list[i];
		p.sub = e->kind == OLE_STORAGE;
	} else if (e->kind != OLE_STREAM) {
		return;
	} else if (ole_read(&m->ole, list[i], MAPI_VALUE_MAX, &bytes, &err) < 0) {
		lose(m, &err);
		buf_free(&bytes);
		return;
	}
	p.value = arena_copy(a, buf_slice(&bytes));
	if (p.type & MAPI_MANY)
		read_many(m, list, n, a, &p);
	*(struct mapi_property *)vec_push(out) = p;
	buf_free(&bytes);
}

static int
read_properties(struct msg *m, uint32_t storage, size_t head, struct arena *a,
    struct mapi_properties *out, struct error *err)
{
	struct mapi_properties all = { NULL, 0, 0 };
	struct buf bytes = BUF_EMPTY;
	uint32_t *list, stream;
	size_t n = ole_list(&m->ole, storage, &list), i;
	int rc = -1;

	if (!ole_find(&m->ole, storage, "__properties_version1.0", &stream)) {
		fail(err, ERR_FORMAT, "its properties are missing");
		goto out;
	}
	if (ole_read(&m->ole, stream, MAPI_VALUE_MAX, &bytes, err) < 0)
		goto out;
	read_fixed(m, slice_from(buf_slice(&bytes), head), a, &all);
	for (i = 0; i < n; i++)
		read_value(m, list, n, i, a, &all);
	out->n = out->cap = all.n;
	out->items = arena_alloc(a, (all.n + 1) * sizeof(*out->items));
	if (all.n > 0)
		memcpy(out->items, all.items, all.n * sizeof(*all.items));
	rc = 0;

out:
	vec_free(&all);
	buf_free(&bytes);
	return rc;
}

/* Storages whose name begins so: recipients, attachments. */
static void
read_children(struct msg *m, uint32_t storage, const char *prefix, struct arena *a,
    struct mapi_properties **out, size_t *count)
{
	struct error err = ERROR_NONE;
	uint32_t *list;
	size_t n = ole_list(&m->ole, storage, &list), i;

	*out = arena_alloc(a, (n + 1) * sizeof(**out));
	for (i = 0; i < n && *count < ITEMS_MAX; i++) {
		const struct ole_entry *e = &m->ole.entries[list[i]];

		if (e->kind != OLE_STORAGE || !slice_starts(e->name, prefix))
			continue;
		if (read_properties(m, list[i], HEAD_OTHER, a, &(*out)[*count], &err) == 0) {
			++*count;
			continue;
		}
		fail_in(&err, "%.*s", (int)e->name.n, (const char *)e->name.p);
		lose(m, &err);
	}
}

/* What it says it has; only the outermost does so in every version. */
static void
check_counts(struct msg *m, uint32_t storage, const struct mapi_item *item)
{
	struct buf bytes = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct cursor c;
	uint32_t stream, recipients, attachments;

	if (ole_find(&m->ole, storage, "__properties_version1.0", &stream) &&
	    ole_read(&m->ole, stream, MAPI_VALUE_MAX, &bytes, &err) == 0) {
		c = cursor_of(slice_from(buf_slice(&bytes), 16));
		recipients = cursor_le32(&c);
		attachments = cursor_le32(&c);
		if (!c.bad && (recipients > item->recipient_count ||
		    attachments > item->attachment_count)) {
			fail(&err, ERR_FORMAT, "it declares %u recipients and %u attachments, and "
			    "has %zu and %zu", recipients, attachments, item->recipient_count,
			    item->attachment_count);
			lose(m, &err);
		}
	}
	buf_free(&bytes);
}

static int
read_item(struct msg *m, uint32_t storage, size_t head, struct arena *a, struct mapi_item *out,
    struct error *err)
{
	memset(out, 0, sizeof(*out));
	if (read_properties(m, storage, head, a, &out->own, err) < 0)
		return -1;
	out->codepage = mapi_codepage(&out->own, 1252);
	read_children(m, storage, "__recip_version1.0_", a, &out->recipients, &out->recipient_count);
	read_children(m, storage, "__attach_version1.0_", a, &out->attachments,
	    &out->attachment_count);
	return 0;
}

/* ---- The container ---- */

static int
begin(struct mapi_container *c, const struct mapi_property *p, struct error *err)
{
	struct msg *m = msg_of(c);

	ole_stream_free(&m->stream);
	if (p->sub != 0)
		return fail(err, ERR_FORMAT, "an embedded document is kept in the file only");
	return ole_stream_open(&m->ole, (uint32_t)p->ref, &m->stream, err);
}

static int64_t
read_bytes(struct mapi_container *c, void *p, size_t n, struct error *err)
{
	return ole_stream_read(&msg_of(c)->stream, p, n, err);
}

static int
embedded(struct mapi_container *c, const struct mapi_property *p, struct arena *a,
    struct mapi_item *out, struct error *err)
{
	if (p->sub == 0)
		return fail(err, ERR_FORMAT, "a message in a message is missing");
	return read_item(msg_of(c), (uint32_t)p->ref, HEAD_EMBEDDED, a, out, err);
}

static const struct mapi_container_ops msg_container_ops = {
	.begin = begin,
	.read = read_bytes,
	.embedded = embedded,
};

static struct slice
named_stream(struct msg *m, uint32_t storage, const char *name)
{
	struct buf bytes = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct slice copy = SLICE_EMPTY;
	uint32_t stream;

	if (ole_find(&m->ole, storage, name, &stream)) {
		if (ole_read(&m->ole, stream, MAPI_VALUE_MAX, &bytes, &err) < 0)
			lose(m, &err);
		copy = arena_copy(&m->ole.arena, buf_slice(&bytes));
	}
	buf_free(&bytes);
	return copy;
}

static void
read_names(struct msg *m)
{
	struct mapi_names *names = &m->container.names;
	uint32_t storage;

	*names = (struct mapi_names){ SLICE_EMPTY, SLICE_EMPTY, SLICE_EMPTY };
	if (!ole_find(&m->ole, OLE_ROOT, "__nameid_version1.0", &storage))
		return;
	names->guids = named_stream(m, storage, "__substg1.0_00020102");
	names->entries = named_stream(m, storage, "__substg1.0_00030102");
	names->strings = named_stream(m, storage, "__substg1.0_00040102");
}

/* ---- The parser ---- */

static void
tell_lost(struct confined_output *out, const struct msg *m, const struct mapi_writer *w)
{
	struct error err = m->lost > 0 ? m->first_lost : w->first_lost;
	size_t lost = m->lost + w->lost;

	if (lost == 0)
		return;
	if (lost > 1)
		fail(&err, err.code, "%s, and %zu more", m->lost > 0 ? m->first_lost.text :
		    w->first_lost.text, lost - 1);
	fail_in(&err, "it is not whole");
	output_failed(out, CONFINED_NO_INDEX, err.text);
}

static int
convert(struct msg *m, struct confined_output *out, struct error *err)
{
	struct mapi_writer w = { .container = &m->container, .out = out, .text = BUF_EMPTY };
	struct arena a = ARENA_EMPTY;
	struct tags tags = { NULL, 0 };
	struct mapi_item item;
	int rc;

	output_start(out, 0);
	read_names(m);
	rc = read_item(m, OLE_ROOT, HEAD_MESSAGE, &a, &item, err);
	if (rc == 0) {
		check_counts(m, OLE_ROOT, &item);
		mapi_message_tags(&item, &m->container.names, &a, &tags);
		output_message(out, 0, mapi_message_flags(&item), &tags, mapi_message_date(&item));
		mapi_write(&w, &item);
		output_end(out);
		tell_lost(out, m, &w);
	}
	mapi_writer_free(&w);
	arena_free(&a);
	return rc;
}

int
msg_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err)
{
	const struct slice name = SLICE_OF("message");
	struct error ignored = ERROR_NONE;
	unsigned char head[4];
	struct msg m;
	int rc;

	if (key == CONFINED_NO_INDEX) {
		output_mailbox(out, 0, &name, 1, 1);
		return 0;
	}
	if (first > 0)
		return 0;
	if (confined_input_read(in, 0, head, sizeof(head), &ignored) == 0 &&
	    memcmp(head, TNEF_MAGIC, sizeof(head)) == 0)
		return tnef_parse(in, out, err);
	memset(&m, 0, sizeof(m));
	m.container.ops = &msg_container_ops;
	rc = ole_open(in, out, &m.ole, err);
	if (rc == 0)
		rc = convert(&m, out, err);
	ole_stream_free(&m.stream);
	ole_free(&m.ole);
	return rc;
}
