/* SPDX-License-Identifier: MIT */
#include "core/mail/tnef.h"

#include <string.h>

#include "core/base/text.h"
#include "core/base/vec.h"
#include "core/mail/charset.h"

/*
 * All numbers are little-endian.
 *
 *	stream     magic 4, key 2, attributes
 *	attribute  level 1 (1: of the message, 2: of an attachment), id 4, bytes 4,
 *	           the bytes, their sum 2
 *
 * An attribute of properties holds MAPI's:
 *
 *	set        properties 4, each of them
 *	property   type 2, id 2; from id 0x8000 on a name: GUID 16, kind 4, a number 4
 *	           or bytes 4 and a text; how many values 4, where the type has no
 *	           length of its own or may have many; each value: bytes 4 where the
 *	           type has none, bytes, zeroes up to four
 */
#define PARTS_MAX 2000u
#define NAME_MAX_BYTES 1024u
#define VALUES_MAX 65536u
#define SUBJECTS_MAX (64u * 1024u)

enum { SUBJECT = 0x0037, BODY = 0x1000, RTF = 0x1009, HTML = 0x1013, SHOWN_NAME = 0x3001,
	DATA = 0x3701, SHORT_NAME = 0x3704, LONG_NAME = 0x3707, MIME_TYPE = 0x370e,
	INTERNET_CODEPAGE = 0x3fde, MESSAGE_CODEPAGE = 0x3ffd };

/* Of an object that is a message: IID_IMessage. */
static const unsigned char iid_message[16] = { 7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0,
	0x46 };

/* Where the bytes of something lie in the stream; none where n is 0. */
struct place {
	size_t at, n;
};

struct attachment {
	bool is_open, is_message, has_data;
	struct place data;              /* may be empty */
	const char *name;
	unsigned name_rank;             /* which of its names that is: the lowest counts */
	const char *type;
};

struct reader {
	struct slice stream;
	struct arena *arena;
	struct tnef *out;
	unsigned depth;
	unsigned codepage;              /* of 8-bit texts; 0: not known */
	unsigned html_codepage;
	/* The bodies of a message. */
	struct place text, wide_text, html, rtf;
	struct attachment attachment;
};

static void read_stream(struct slice stream, struct slice part, unsigned depth, struct arena *a,
    struct tnef *out);

/* ---- Texts ---- */

/* The name of a code page for charset_add_text(), or NULL. */
static const char *
charset_of(struct arena *a, unsigned codepage)
{
	static const struct {
		unsigned codepage;
		const char *name;
	} known[] = {
		{ 0, NULL }, { 1200, "utf-16le" }, { 20127, NULL }, { 20866, "koi8-r" },
		{ 21866, "koi8-u" }, { 28591, "iso-8859-1" }, { 28592, "iso-8859-2" },
		{ 28595, "iso-8859-5" }, { 28597, "iso-8859-7" }, { 28599, "iso-8859-9" },
		{ 28605, "iso-8859-15" }, { 50220, "iso-2022-jp" }, { 50221, "iso-2022-jp" },
		{ 50222, "iso-2022-jp" }, { 51932, "euc-jp" }, { 51949, "euc-kr" },
		{ 52936, "hz-gb-2312" }, { 54936, "gb18030" }, { 65000, "utf-7" }, { 65001, "utf-8" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].codepage == codepage)
			return known[i].name;
	return arena_format(a, "cp%u", codepage);
}

/* A text up to its NUL, as UTF-8 on one line; NULL where it is empty. */
static const char *
text_of(const struct reader *r, struct slice raw, bool is_wide)
{
	struct buf text = BUF_EMPTY;
	struct slice s;
	const char *copy;
	size_t i;

	raw = slice_sub(raw, 0, NAME_MAX_BYTES);
	if (is_wide)
		text_add_utf16(&text, raw);
	else
		charset_add_text(&text, slice_sub(raw, 0, slice_find(raw, 0, '\0')),
		    charset_of(r->arena, r->codepage));
	buf_truncate(&text, slice_find(buf_slice(&text), 0, '\0'));
	for (i = 0; i < text.n; i++)
		if (text.p[i] < ' ')
			text.p[i] = ' ';
	s = slice_trim(buf_slice(&text));
	copy = s.n > 0 ? arena_string_of(r->arena, s) : NULL;
	buf_free(&text);
	return copy;
}

static void
add_subject(struct reader *r, struct slice raw, bool is_wide)
{
	const char *text = text_of(r, raw, is_wide);

	if (text == NULL || r->out->subjects.n > SUBJECTS_MAX)
		return;
	buf_add_string(&r->out->subjects, text);
	buf_add_byte(&r->out->subjects, '\n');
}

/* "Type/Subtype" and nothing else, in small letters; or NULL. */
static const char *
type_of(const struct reader *r, const char *text)
{
	char *type;
	size_t i, slashes = 0;

	if (text == NULL)
		return NULL;
	type = arena_string(r->arena, text);
	for (i = 0; type[i] != '\0'; i++) {
		slashes += type[i] == '/';
		if (type[i] >= 'A' && type[i] <= 'Z')
			type[i] = (char)(type[i] - 'A' + 'a');
		else if (type[i] <= ' ' || type[i] > '~' || strchr("()<>@,;:\\\"[]?=", type[i]))
			return NULL;
	}
	return slashes == 1 && type[0] != '/' && type[i - 1] != '/' ? type : NULL;
}

/* ---- Parts ---- */

static struct tnef_part *
add_part(struct reader *r, enum tnef_kind kind, struct place place)
{
	struct tnef_part *p = vec_push(r->out);

	p->kind = kind;
	p->depth = r->depth;
	p->at = place.at;
	p->n = place.n;
	return p;
}

static void
end_attachment(struct reader *r)
{
	struct attachment *a = &r->attachment;
	struct tnef_part *p;

	if (a->is_open && a->has_data && r->out->n < PARTS_MAX) {
		p = add_part(r, a->is_message ? TNEF_MESSAGE : TNEF_FILE, a->data);
		p->name = a->name;
		p->type = a->type;
		if (a->is_message && r->depth < TNEF_DEPTH_MAX)
			read_stream(r->stream, slice_sub(r->stream, a->data.at, a->data.n), r->depth + 1,
			    r->arena, r->out);
	}
	memset(a, 0, sizeof(*a));
}

/* Outlook writes one body at least, and others that say the same. */
static void
end_message(struct reader *r)
{
	struct tnef_part *p;

	end_attachment(r);
	if (r->out->n >= PARTS_MAX)
		return;
	if (r->wide_text.n > 2) {
		p = add_part(r, TNEF_TEXT, r->wide_text);
		p->charset = "utf-16le";
	} else if (r->text.n > 1) {
		p = add_part(r, TNEF_TEXT, r->text);
		p->charset = charset_of(r->arena, r->codepage);
	} else if (r->html.n > 0) {
		p = add_part(r, TNEF_HTML, r->html);
		p->charset = charset_of(r->arena, r->html_codepage);
	} else if (r->rtf.n > 0) {
		add_part(r, TNEF_RTF, r->rtf);
	}
}

/* ---- Properties ---- */

/* Bytes of a value of that type; 0: it says itself. */
static size_t
width_of(unsigned type)
{
	switch (type & ~(unsigned)TNEF_MANY) {
	case 0x02: case 0x03: case 0x04: case 0x0a: case 0x0b: return 4;
	case 0x05: case 0x06: case 0x07: case 0x14: case 0x40: return 8;
	case 0x48: return 16;
	default: return 0;
	}
}

static bool
has_length(unsigned type)
{
	type &= ~(unsigned)TNEF_MANY;
	return type == TNEF_STRING8 || type == TNEF_UNICODE || type == TNEF_OBJECT ||
	    type == TNEF_BINARY;
}

static void
read_name(struct cursor *c, struct tnef_property *out)
{
	uint32_t n;

	out->set = cursor_take(c, 16);
	if (cursor_le32(c) == 0) {
		out->number = cursor_le32(c);
		return;
	}
	n = cursor_le32(c);
	out->text = cursor_take(c, n);
	cursor_skip(c, (0u - n) & 3);
}

bool
tnef_next_value(struct cursor *c, struct slice *out)
{
	uint32_t n = cursor_le32(c);

	*out = cursor_take(c, n);
	/* At the end of an attribute the zeroes may be left out. */
	cursor_skip(c, c->n > 0 ? (0u - n) & 3 : 0);
	return !c->bad;
}

bool
tnef_next_property(struct cursor *c, struct tnef_property *out)
{
	const unsigned char *begin;
	struct slice value;
	size_t width;
	uint32_t i;

	memset(out, 0, sizeof(*out));
	out->set = out->text = out->value = out->all = SLICE_EMPTY;
	out->values = 1;
	out->type = cursor_le16(c);
	out->id = cursor_le16(c);
	if (out->id >= 0x8000)
		read_name(c, out);
	width = width_of(out->type);
	if (width == 0 && !has_length(out->type))
		return false;
	if (width == 0 || (out->type & TNEF_MANY))
		out->values = cursor_le32(c);
	if (out->values > VALUES_MAX)
		return false;
	begin = c->p;
	for (i = 0; i < out->values && !c->bad; i++) {
		if (width == 0)
			tnef_next_value(c, &value);
		else
			value = cursor_take(c, width);
		if (i == 0)
			out->value = value;
	}
	if (!c->bad)
		out->all = slice_of(begin, (size_t)(c->p - begin));
	return !c->bad;
}

bool
tnef_is_message(struct slice object, struct slice *stream)
{
	*stream = slice_from(object, sizeof(iid_message));
	return object.n >= sizeof(iid_message) &&
	    memcmp(object.p, iid_message, sizeof(iid_message)) == 0 &&
	    slice_starts(*stream, TNEF_MAGIC);
}

static struct place
place_of(const struct reader *r, struct slice s)
{
	return (struct place){ s.n > 0 ? (size_t)(s.p - r->stream.p) : 0, s.n };
}

static unsigned
number_of(struct slice value)
{
	struct cursor c = cursor_of(value);

	return cursor_le32(&c) & 0xffff;
}

static void
take_message_property(struct reader *r, const struct tnef_property *p)
{
	bool is_wide = p->type == TNEF_UNICODE;

	if (p->id == SUBJECT)
		add_subject(r, p->value, is_wide);
	else if (p->id == BODY && is_wide)
		r->wide_text = place_of(r, p->value);
	else if (p->id == BODY && p->type == TNEF_STRING8)
		r->text = place_of(r, p->value);
	else if (p->id == HTML && p->type == TNEF_BINARY)
		r->html = place_of(r, p->value);
	else if (p->id == RTF && p->type == TNEF_BINARY)
		r->rtf = place_of(r, p->value);
	else if (p->id == INTERNET_CODEPAGE)
		r->html_codepage = number_of(p->value);
	else if (p->id == MESSAGE_CODEPAGE && r->codepage == 0)
		r->codepage = number_of(p->value);
}

static void
take_name(struct reader *r, struct slice value, bool is_wide, unsigned rank)
{
	struct attachment *a = &r->attachment;
	const char *name;

	if (a->name != NULL && a->name_rank <= rank)
		return;
	name = text_of(r, value, is_wide);
	if (name == NULL)
		return;
	a->name = name;
	a->name_rank = rank;
}

static void
take_data(struct reader *r, const struct tnef_property *p)
{
	struct attachment *a = &r->attachment;
	struct slice object;

	a->has_data = true;
	if (p->type == TNEF_BINARY) {
		a->data = place_of(r, p->value);
	} else if (p->type == TNEF_OBJECT && p->value.n >= sizeof(iid_message)) {
		a->is_message = tnef_is_message(p->value, &object);
		a->data = place_of(r, object);
	}
}

static void
take_attachment_property(struct reader *r, const struct tnef_property *p)
{
	bool is_wide = p->type == TNEF_UNICODE;

	if (p->id == DATA) {
		take_data(r, p);
	} else if (p->type == TNEF_STRING8 || is_wide) {
		switch (p->id) {
		case LONG_NAME: take_name(r, p->value, is_wide, 1); break;
		case SHORT_NAME: take_name(r, p->value, is_wide, 3); break;
		case SHOWN_NAME: take_name(r, p->value, is_wide, 4); break;
		case MIME_TYPE: r->attachment.type = type_of(r, text_of(r, p->value, is_wide)); break;
		default: break;
		}
	}
}

static void
read_properties(struct reader *r, struct slice set,
    void (*take)(struct reader *r, const struct tnef_property *p))
{
	struct cursor c = cursor_of(set);
	struct tnef_property p;
	uint32_t n = cursor_le32(&c);

	while (n-- > 0 && c.n > 0 && tnef_next_property(&c, &p))
		take(r, &p);
}

/* ---- The stream ---- */

static void
take_attribute(struct reader *r, uint32_t id, struct slice data)
{
	switch (id) {
	case TNEF_CODEPAGE:
		r->codepage = number_of(data);
		break;
	case TNEF_SUBJECT:
		add_subject(r, data, false);
		break;
	case TNEF_BODY:
		r->text = place_of(r, slice_sub(data, 0, slice_find(data, 0, '\0')));
		break;
	case TNEF_PROPERTIES:
		read_properties(r, data, take_message_property);
		break;
	case TNEF_RENDER:
		end_attachment(r);
		r->attachment.is_open = true;
		break;
	case TNEF_TITLE:
		take_name(r, data, false, 2);
		break;
	case TNEF_DATA:
		/* Of a message inside it is a stand-in. */
		if (!r->attachment.is_message)
			r->attachment.data = place_of(r, data);
		r->attachment.has_data = true;
		break;
	case TNEF_ATTACHMENT:
		read_properties(r, data, take_attachment_property);
		break;
	default:
		break;
	}
}

bool
tnef_next_attribute(struct cursor *c, struct tnef_attribute *out)
{
	if (c->bad || c->n == 0)
		return false;
	out->level = cursor_byte(c);
	out->id = cursor_le32(c);
	out->data = cursor_take(c, cursor_le32(c));
	if (c->bad || out->level < 1 || out->level > 2)
		return false;
	cursor_skip(c, c->n < 2 ? c->n : 2);
	return true;
}

static void
read_stream(struct slice stream, struct slice part, unsigned depth, struct arena *a,
    struct tnef *out)
{
	struct reader r = { .stream = stream, .arena = a, .out = out, .depth = depth };
	struct cursor c = cursor_of(slice_from(part, TNEF_HEAD));
	struct tnef_attribute attribute;

	while (tnef_next_attribute(&c, &attribute)) {
		/* Some programs write an attachment without its beginning. */
		if (attribute.level == 2)
			r.attachment.is_open = true;
		take_attribute(&r, attribute.id, attribute.data);
	}
	end_message(&r);
}

bool
tnef_read(struct slice stream, struct arena *a, struct tnef *out)
{
	if (!slice_starts(stream, TNEF_MAGIC))
		return false;
	read_stream(stream, stream, 0, a, out);
	return true;
}

void
tnef_free(struct tnef *t)
{
	vec_free(t);
	buf_free(&t->subjects);
}
