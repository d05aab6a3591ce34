/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/mapimessage.h"
#include "backends/formats/msg.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/tnef.h"

/*
 * A TNEF stream that lies alone in a file (winmail.dat) as an item: what
 * MAPI's properties say, and where those are missing what the older
 * attributes do.
 */
#define PROPERTIES_MAX 65536u
#define RECIPIENTS_MAX 65536u
#define ATTACHMENTS_MAX 4096u
#define NAMES_MAX 0x7ffeu

enum { CLASS = 0x1a, SUBJECT = 0x37, SUBMIT_TIME = 0x39, SENDER_NAME = 0xc1a, SENDER_TYPE = 0xc1e,
	SENDER_ADDRESS = 0xc1f, DELIVERY_TIME = 0xe06, BODY = 0x1000, DATA = 0x3701,
	SHORT_NAME = 0x3704, METHOD = 0x3705, METHOD_EMBEDDED = 5, FIRST_NAMED = 0x8000 };

struct sets {
	struct mapi_properties *items;
	size_t n, cap;
};

struct tnef_item {
	struct mapi_container container;
	struct arena arena;
	/* What mapi_named() looks names up in: see mapinames.c. */
	struct buf guids, entries, strings;
	unsigned names;
};

static void
put_number(struct buf *b, uint64_t v, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		buf_add_byte(b, (unsigned char)(v >> 8 * i));
}

/* ---- Properties ---- */

static void
add_property(struct mapi_properties *out, unsigned id, unsigned type, struct slice value)
{
	struct mapi_property *p;

	if (out->n >= PROPERTIES_MAX)
		return;
	p = vec_push(out);
	p->id = (uint16_t)id;
	p->type = (uint16_t)type;
	p->value = value;
}

/* The number that a named property gets here; 0: no more of them. */
static unsigned
number_of(struct tnef_item *t, const struct tnef_property *p)
{
	uint32_t id = p->number;

	if (t->names >= NAMES_MAX)
		return 0;
	if (p->text.n > 0) {
		id = (uint32_t)t->strings.n;
		/* Here it may end in a NUL, there it does not. */
		put_number(&t->strings, p->text.n >= 2 && p->text.p[p->text.n - 2] == 0 &&
		    p->text.p[p->text.n - 1] == 0 ? p->text.n - 2 : p->text.n, 4);
		buf_add(&t->strings, p->text);
	}
	buf_add(&t->guids, p->set);
	put_number(&t->entries, id, 4);
	put_number(&t->entries, (t->names + 3) << 1 | (p->text.n > 0), 2);
	put_number(&t->entries, t->names, 2);
	return FIRST_NAMED + t->names++;
}

static void
take_property(struct tnef_item *t, const struct tnef_property *p, struct mapi_properties *out)
{
	unsigned id = p->id < FIRST_NAMED ? p->id : number_of(t, p);
	struct cursor c = cursor_of(p->all);
	struct mapi_property *many;
	struct slice *items;
	size_t n;

	if (id == 0)
		return;
	if ((p->type & TNEF_MANY) == 0) {
		add_property(out, id, p->type, p->value);
		return;
	}
	add_property(out, id, p->type, p->all);
	if (out->n == 0 || ((p->type & 0xfff) != MAPI_STRING8 && (p->type & 0xfff) != MAPI_UNICODE &&
	    (p->type & 0xfff) != MAPI_BINARY))
		return;
	items = arena_alloc(&t->arena, ((size_t)p->values + 1) * sizeof(*items));
	for (n = 0; n < p->values && tnef_next_value(&c, &items[n]); n++)
		;
	many = &out->items[out->n - 1];
	many->items = items;
	many->item_count = n;
}

static void
read_properties(struct tnef_item *t, struct cursor *c, struct mapi_properties *out)
{
	uint32_t n = cursor_le32(c);
	struct tnef_property p;

	while (n-- > 0 && c->n > 0 && tnef_next_property(c, &p))
		take_property(t, &p, out);
}

/* ---- The older attributes ---- */

/* Seven numbers of 16 bits: year, month, day, hour, minute, second, weekday. */
static void
add_time(struct tnef_item *t, struct slice data, unsigned id, struct mapi_properties *out)
{
	const uint64_t epoch = 11644473600u;
	struct cursor c = cursor_of(data);
	unsigned year = cursor_le16(&c), month = cursor_le16(&c), day = cursor_le16(&c);
	unsigned hour = cursor_le16(&c), minute = cursor_le16(&c), second = cursor_le16(&c);
	struct buf ticks = BUF_EMPTY;
	int64_t time;

	if (c.bad || year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 ||
	    hour > 23 || minute > 59 || second > 60)
		return;
	time = text_days((int)year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	put_number(&ticks, ((uint64_t)time + epoch) * 10000000, 8);
	add_property(out, id, MAPI_TIME, arena_copy(&t->arena, buf_slice(&ticks)));
	buf_free(&ticks);
}

/* [MS-OXTNEF] 2.1.3.3.2: 4 and a length, the lengths of a name and of an
 * address, those two, "SMTP:ann@example.org". */
static void
add_sender(struct tnef_item *t, struct slice data, struct mapi_properties *out)
{
	struct cursor c = cursor_of(data);
	struct slice name, address;
	size_t names, addresses, colon;

	if (mapi_find(out, SENDER_NAME) != NULL || mapi_find(out, SENDER_ADDRESS) != NULL)
		return;
	cursor_skip(&c, 4);
	names = cursor_le16(&c);
	addresses = cursor_le16(&c);
	name = cursor_take(&c, names);
	address = cursor_take(&c, addresses);
	if (c.bad)
		return;
	colon = slice_find(address, 0, ':');
	if (name.n > 0)
		add_property(out, SENDER_NAME, MAPI_STRING8, arena_copy(&t->arena, name));
	if (colon < address.n) {
		add_property(out, SENDER_TYPE, MAPI_STRING8, slice_sub(address, 0, colon));
		add_property(out, SENDER_ADDRESS, MAPI_STRING8, slice_from(address, colon + 1));
	}
}

static void
add_text(struct slice data, unsigned id, struct mapi_properties *out)
{
	if (data.n > 0)
		add_property(out, id, MAPI_STRING8, data);
}

/* What MAPI's properties did not say: the first of a number counts, and those
 * stand before. */
static void
take_older(struct tnef_item *t, const struct tnef_attribute *a, struct mapi_properties *out)
{
	switch (a->id) {
	case TNEF_FROM: add_sender(t, a->data, out); break;
	case TNEF_SUBJECT: add_text(a->data, SUBJECT, out); break;
	case TNEF_BODY: add_text(a->data, BODY, out); break;
	case TNEF_SENT: add_time(t, a->data, SUBMIT_TIME, out); break;
	case TNEF_RECEIVED: add_time(t, a->data, DELIVERY_TIME, out); break;
	case TNEF_CLASS:
		/* "IPM.Microsoft Mail.Note" is what everybody calls IPM.Note. */
		if (!slice_starts(a->data, "IPM.Microsoft "))
			add_text(a->data, CLASS, out);
		break;
	default:
		break;
	}
}

/* ---- Items ---- */

static void
read_recipients(struct tnef_item *t, struct slice data, struct sets *out)
{
	struct cursor c = cursor_of(data);
	uint32_t n = cursor_le32(&c);

	while (n-- > 0 && !c.bad && c.n > 0 && out->n < RECIPIENTS_MAX)
		read_properties(t, &c, vec_push(out));
}

static void
take_attachment(struct tnef_item *t, const struct tnef_attribute *a, struct sets *out)
{
	struct cursor c = cursor_of(a->data);
	struct mapi_properties *own;

	if (out->n == 0 || a->id == TNEF_RENDER) {
		if (out->n >= ATTACHMENTS_MAX)
			return;
		vec_push(out);
	}
	own = &out->items[out->n - 1];
	if (a->id == TNEF_TITLE)
		add_text(a->data, SHORT_NAME, own);
	else if (a->id == TNEF_DATA && mapi_find(own, DATA) == NULL)
		add_property(own, DATA, MAPI_BINARY, a->data);
	else if (a->id == TNEF_ATTACHMENT)
		read_properties(t, &c, own);
}

/* The property that counts where an attachment has several of one: a message,
 * before its stand-in; and an object without the number of its interface. */
static void
settle_data(struct tnef_item *t, struct mapi_properties *own)
{
	struct slice stream = SLICE_EMPTY, number;
	struct buf method = BUF_EMPTY;
	size_t i;
	bool is_message = false;

	for (i = 0; i < own->n; i++) {
		if (own->items[i].id != DATA || own->items[i].type != MAPI_OBJECT)
			continue;
		is_message = tnef_is_message(own->items[i].value, &stream);
		own->items[i].value = stream;
		own->items[i].ref = is_message;
		break;
	}
	if (i == own->n)
		return;
	/* The first of a number is the one that is found. */
	for (i = 0; i < own->n; i++)
		if (own->items[i].id == DATA && own->items[i].type != MAPI_OBJECT)
			own->items[i].id = 0;
	if (!is_message || mapi_find(own, METHOD) != NULL)
		return;
	put_number(&method, METHOD_EMBEDDED, 4);
	number = arena_copy(&t->arena, buf_slice(&method));
	add_property(own, METHOD, MAPI_LONG, number);
	buf_free(&method);
}

/* Copy what grew into the arena. */
static struct mapi_properties
kept(struct mapi_properties *p, struct arena *a)
{
	struct mapi_properties out = { NULL, p->n, p->n };

	out.items = arena_alloc(a, (p->n + 1) * sizeof(*out.items));
	if (p->n > 0)
		memcpy(out.items, p->items, p->n * sizeof(*out.items));
	vec_free(p);
	return out;
}

static struct mapi_properties *
kept_sets(struct sets *s, struct arena *a, size_t *n)
{
	struct mapi_properties *out = arena_alloc(a, (s->n + 1) * sizeof(*out));
	size_t i;

	for (i = 0; i < s->n; i++)
		out[i] = kept(&s->items[i], a);
	*n = s->n;
	vec_free(s);
	return out;
}

static void
read_item(struct tnef_item *t, struct slice stream, struct arena *a, struct mapi_item *out)
{
	struct sets recipients = VEC_EMPTY, attachments = VEC_EMPTY;
	struct mapi_properties own = VEC_EMPTY;
	struct tnef_attribute attribute;
	struct cursor c = cursor_of(slice_from(stream, TNEF_HEAD)), data;
	unsigned codepage = 1252;
	size_t i;

	memset(out, 0, sizeof(*out));
	while (tnef_next_attribute(&c, &attribute)) {
		data = cursor_of(attribute.data);
		if (attribute.level == 2)
			take_attachment(t, &attribute, &attachments);
		else if (attribute.id == TNEF_PROPERTIES)
			read_properties(t, &data, &own);
		else if (attribute.id == TNEF_RECIPIENTS)
			read_recipients(t, attribute.data, &recipients);
		else if (attribute.id == TNEF_CODEPAGE && attribute.data.n >= 4)
			codepage = cursor_le32(&data) & 0xffff;
	}
	c = cursor_of(slice_from(stream, TNEF_HEAD));
	while (tnef_next_attribute(&c, &attribute))
		if (attribute.level == 1)
			take_older(t, &attribute, &own);
	for (i = 0; i < attachments.n; i++)
		settle_data(t, &attachments.items[i]);
	out->own = kept(&own, a);
	out->recipients = kept_sets(&recipients, a, &out->recipient_count);
	out->attachments = kept_sets(&attachments, a, &out->attachment_count);
	out->attachments_declared = out->attachment_count;
	out->codepage = mapi_codepage(&out->own, codepage);
	t->container.names = (struct mapi_names){ buf_slice(&t->guids), buf_slice(&t->entries),
	    buf_slice(&t->strings) };
}

/* ---- The container ---- */

static struct tnef_item *
tnef_item_of(struct mapi_container *c)
{
	return CONTAINER_OF(c, struct tnef_item, container);
}

/* No value is long here. */
static int
begin(struct mapi_container *c, const struct mapi_property *p, struct error *err)
{
	(void)c;
	(void)p;
	return fail(err, ERR_FORMAT, "a value is missing");
}

static int64_t
read_bytes(struct mapi_container *c, void *p, size_t n, struct error *err)
{
	(void)c;
	(void)p;
	(void)n;
	return fail(err, ERR_FORMAT, "a value is missing");
}

static int
embedded(struct mapi_container *c, const struct mapi_property *p, struct arena *a,
    struct mapi_item *out, struct error *err)
{
	if (p->ref == 0)
		return fail(err, ERR_FORMAT, "a message in a message is missing");
	read_item(tnef_item_of(c), p->value, a, out);
	return 0;
}

static const struct mapi_container_ops tnef_container_ops = {
	.begin = begin,
	.read = read_bytes,
	.embedded = embedded,
};

/* ---- The parser ---- */

static void
convert(struct tnef_item *t, struct slice stream, struct confined_output *out)
{
	struct mapi_writer w = { .container = &t->container, .out = out, .text = BUF_EMPTY };
	struct arena a = ARENA_EMPTY;
	struct tags tags = { NULL, 0 };
	struct mapi_item item;

	output_start(out, 0);
	read_item(t, stream, &a, &item);
	mapi_message_tags(&item, &t->container.names, &a, &tags);
	output_message(out, 0, mapi_message_flags(&item), &tags, mapi_message_date(&item));
	mapi_write(&w, &item);
	output_end(out);
	if (w.lost > 0) {
		fail_in(&w.first_lost, "it is not whole");
		output_failed(out, CONFINED_NO_INDEX, w.first_lost.text);
	}
	mapi_writer_free(&w);
	arena_free(&a);
}

int
tnef_parse(const struct confined_input *in, struct confined_output *out, struct error *err)
{
	struct tnef_item t;
	struct buf stream = BUF_EMPTY;
	int rc;

	memset(&t, 0, sizeof(t));
	t.container.ops = &tnef_container_ops;
	if (in->size > MAPI_VALUE_MAX)
		return fail(err, ERR_LIMIT, "it is too long for a stream of TNEF");
	rc = confined_input_read(in, 0, buf_extend(&stream, (size_t)in->size), (size_t)in->size, err);
	if (rc == 0)
		convert(&t, buf_slice(&stream), out);
	buf_free(&stream);
	buf_free(&t.guids);
	buf_free(&t.entries);
	buf_free(&t.strings);
	arena_free(&t.arena);
	return rc;
}
