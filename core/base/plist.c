/* SPDX-License-Identifier: MIT */
#include "core/base/plist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/base/xml.h"

#define DEPTH_MAX 64u
#define VALUES_MAX 100000u
#define APPLE_EPOCH 978307200   /* 2001-01-01, from where binary dates count */

/* What both forms are read into. */
struct parsing {
	struct arena *arena;
	struct xml xml;
	/* Of the binary form. */
	struct slice bytes;             /* all of it */
	struct slice offsets;           /* where the objects lie, each of offset_n bytes */
	size_t offset_n, reference_n;
	uint64_t objects;
	size_t values;                  /* made so far */
	struct buf text;
};

static struct plist *
new_value(struct parsing *p, enum plist_kind kind, struct error *err)
{
	struct plist *v;

	if (++p->values > VALUES_MAX) {
		fail(err, ERR_LIMIT, "the property list has more than %u values", VALUES_MAX);
		return NULL;
	}
	v = arena_alloc(p->arena, sizeof(*v));
	v->kind = kind;
	return v;
}

static int64_t
whole_part(double d)
{
	if (isnan(d))
		return 0;
	return d >= 9e18 ? INT64_MAX : d <= -9e18 ? INT64_MIN : (int64_t)d;
}

static int
fail_form(struct error *err)
{
	return fail(err, ERR_FORMAT, "this is no property list");
}

/* ---- XML ---- */

static const struct {
	const char *name;
	enum plist_kind kind;
} elements[] = {
	{ "dict", PLIST_DICT }, { "array", PLIST_ARRAY }, { "string", PLIST_STRING },
	{ "integer", PLIST_INTEGER }, { "real", PLIST_REAL }, { "date", PLIST_DATE },
	{ "true", PLIST_BOOL }, { "false", PLIST_BOOL }, { "data", PLIST_DATA },
};
#define ELEMENT_COUNT (sizeof(elements) / sizeof(elements[0]))

/* The text up to the end of the element, in p->text. */
static int
take_text(struct parsing *p, const struct xml_tag *start, struct error *err)
{
	struct xml_tag tag;

	buf_clear(&p->text);
	if (start->is_empty)
		return 0;
	if (!xml_next(&p->xml, &tag) || !tag.is_end || !slice_equal(tag.name, start->name))
		return fail_form(err);
	xml_decode(tag.text, &p->text);
	return 0;
}

static int64_t
number_of(struct slice text)
{
	bool negative = slice_starts(text, "-");
	uint64_t n = 0;

	text = slice_from(text, negative || slice_starts(text, "+") ? 1 : 0);
	if (slice_starts_nocase(text, "0x"))
		slice_hex_number(slice_from(text, 2), UINT64_MAX, &n);
	else
		slice_number(text, UINT64_MAX, &n);
	return (int64_t)(negative ? 0 - n : n);
}

static int xml_value(struct parsing *p, const struct xml_tag *start, unsigned depth,
    struct plist **out, struct error *err);

static int
xml_members(struct parsing *p, struct plist *v, unsigned depth, struct error *err)
{
	const struct plist **next = &v->first;
	struct slice key = SLICE_EMPTY;
	struct plist *member;
	struct xml_tag tag;

	for (;;) {
		if (!xml_next(&p->xml, &tag))
			return fail_form(err);
		if (tag.is_end)
			return 0;
		if (v->kind == PLIST_DICT && slice_is(tag.name, "key")) {
			if (take_text(p, &tag, err) < 0)
				return -1;
			key = arena_copy(p->arena, buf_slice(&p->text));
			continue;
		}
		if (xml_value(p, &tag, depth + 1, &member, err) < 0)
			return -1;
		member->key = key;
		key = SLICE_EMPTY;
		*next = member;
		next = &member->next;
	}
}

static int
xml_scalar(struct parsing *p, const struct xml_tag *start, struct plist *v, struct error *err)
{
	struct slice text;
	bool is_date;

	if (take_text(p, start, err) < 0)
		return -1;
	text = slice_trim(buf_slice(&p->text));
	switch (v->kind) {
	case PLIST_STRING:
		v->text = arena_copy(p->arena, buf_slice(&p->text));
		break;
	case PLIST_INTEGER:
		v->number = number_of(text);
		break;
	case PLIST_REAL:
		v->number = whole_part(strtod(arena_string_of(p->arena, text), NULL));
		break;
	case PLIST_DATE:
		text_parse_time(text, 0, &v->number, &is_date);
		break;
	case PLIST_BOOL:
		v->number = slice_is(start->name, "true");
		break;
	default:
		break;
	}
	return 0;
}

static int
xml_value(struct parsing *p, const struct xml_tag *start, unsigned depth, struct plist **out,
    struct error *err)
{
	size_t i;

	if (depth > DEPTH_MAX)
		return fail(err, ERR_LIMIT, "the property list is nested too deeply");
	for (i = 0; i < ELEMENT_COUNT && !slice_is(start->name, elements[i].name); i++)
		;
	if (i == ELEMENT_COUNT || start->is_end)
		return fail_form(err);
	*out = new_value(p, elements[i].kind, err);
	if (*out == NULL)
		return -1;
	if ((*out)->kind != PLIST_DICT && (*out)->kind != PLIST_ARRAY)
		return xml_scalar(p, start, *out, err);
	return start->is_empty ? 0 : xml_members(p, *out, depth, err);
}

static int
parse_xml(struct parsing *p, struct slice bytes, struct plist **out, struct error *err)
{
	struct xml_tag tag;

	p->xml = xml_open(bytes);
	do {
		if (!xml_next(&p->xml, &tag))
			return fail_form(err);
	} while (slice_is(tag.name, "plist"));
	return xml_value(p, &tag, 0, out, err);
}

/* ---- Binary ---- */

#define HEAD "bplist00"
#define TRAILER 32u

static uint64_t
big_endian(struct slice s)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		n = n << 8 | s.p[i];
	return n;
}

/* The bytes from the object on; empty where there is none. */
static struct slice
object(const struct parsing *p, uint64_t number)
{
	uint64_t at;

	if (number >= p->objects)
		return SLICE_EMPTY;
	at = big_endian(slice_sub(p->offsets, (size_t)number * p->offset_n, p->offset_n));
	return at < p->bytes.n ? slice_from(p->bytes, (size_t)at) : SLICE_EMPTY;
}

/* Its marker and, for kinds that have one, its count. */
static int
take_head(struct cursor *c, unsigned char *type, uint64_t *count, struct error *err)
{
	unsigned char marker = cursor_byte(c), sized;

	*type = marker >> 4;
	*count = marker & 15u;
	if (*type >= 4 && *type != 8 && *count == 15) {
		sized = cursor_byte(c);
		if (sized >> 4 != 1 || (sized & 15u) > 3)
			return fail_form(err);
		*count = big_endian(cursor_take(c, (size_t)1 << (sized & 15u)));
	}
	return c->bad || (*type >= 4 && *count > c->n) ? fail_form(err) : 0;
}

static void
add_utf16(struct buf *out, struct slice s)
{
	struct cursor c = cursor_of(s);
	uint32_t code, low;

	while (c.n >= 2) {
		code = cursor_be16(&c);
		if (code >= 0xd800 && code < 0xdc00 && c.n >= 2) {
			low = cursor_be16(&c);
			code = low >= 0xdc00 && low < 0xe000 ?
			    0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
		}
		text_add_code(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
	}
}

static double
real_of(struct slice s)
{
	uint64_t bits = big_endian(s);
	uint32_t half = (uint32_t)bits;
	double d = 0;
	float f = 0;

	if (s.n == 8) {
		memcpy(&d, &bits, sizeof(d));
	} else if (s.n == 4) {
		memcpy(&f, &half, sizeof(f));
		d = (double)f;
	}
	return d;
}

/* The kinds that hold no others; count is the low half of the marker, or
 * the length. */
static int
binary_scalar(struct parsing *p, unsigned char type, uint64_t count, struct cursor *c,
    struct plist *v, struct error *err)
{
	struct slice s;

	switch (type) {
	case 0x0:
		v->number = count == 9;
		break;
	case 0x1:
	case 0x2:
	case 0x3:
		s = cursor_take(c, (size_t)1 << (count & 7u));
		v->number = type == 1 ? (int64_t)big_endian(s) : whole_part(real_of(s));
		if (type == 3)
			v->number = whole_part(real_of(s) + APPLE_EPOCH);
		break;
	case 0x5:
		buf_clear(&p->text);
		text_add_utf8(&p->text, cursor_take(c, (size_t)count));
		v->text = arena_copy(p->arena, buf_slice(&p->text));
		break;
	case 0x6:
		buf_clear(&p->text);
		add_utf16(&p->text, cursor_take(c, (size_t)count * 2));
		v->text = arena_copy(p->arena, buf_slice(&p->text));
		break;
	default:
		break;
	}
	return c->bad ? fail_form(err) : 0;
}

static int binary_value(struct parsing *p, uint64_t number, unsigned depth, struct plist **out,
    struct error *err);

static int
binary_members(struct parsing *p, struct plist *v, struct slice references, uint64_t count,
    unsigned depth, struct error *err)
{
	bool is_dict = v->kind == PLIST_DICT;
	const struct plist **next = &v->first;
	struct cursor keys = cursor_of(references);
	struct cursor values = cursor_of(slice_from(references,
	    is_dict ? (size_t)count * p->reference_n : 0));
	struct plist *member, *key;
	uint64_t i;

	for (i = 0; i < count; i++) {
		key = NULL;
		if (is_dict && binary_value(p, big_endian(cursor_take(&keys, p->reference_n)),
		    depth + 1, &key, err) < 0)
			return -1;
		if (binary_value(p, big_endian(cursor_take(&values, p->reference_n)), depth + 1,
		    &member, err) < 0)
			return -1;
		if (key != NULL)
			member->key = key->text;
		*next = member;
		next = &member->next;
	}
	return keys.bad || values.bad ? fail_form(err) : 0;
}

static int
binary_value(struct parsing *p, uint64_t number, unsigned depth, struct plist **out,
    struct error *err)
{
	static const enum plist_kind kinds[16] = { PLIST_BOOL, PLIST_INTEGER, PLIST_REAL, PLIST_DATE,
		PLIST_DATA, PLIST_STRING, PLIST_STRING, PLIST_DATA, PLIST_DATA, PLIST_DATA, PLIST_ARRAY,
		PLIST_DATA, PLIST_ARRAY, PLIST_DICT, PLIST_DATA, PLIST_DATA };
	struct cursor c = cursor_of(object(p, number));
	unsigned char type;
	uint64_t count;
	size_t each;

	if (depth > DEPTH_MAX)
		return fail(err, ERR_LIMIT, "the property list is nested too deeply");
	if (take_head(&c, &type, &count, err) < 0)
		return -1;
	*out = new_value(p, kinds[type], err);
	if (*out == NULL)
		return -1;
	if ((*out)->kind != PLIST_DICT && (*out)->kind != PLIST_ARRAY)
		return binary_scalar(p, type, count, &c, *out, err);
	each = p->reference_n * ((*out)->kind == PLIST_DICT ? 2 : 1);
	if (count > c.n / each)
		return fail_form(err);
	return binary_members(p, *out, cursor_take(&c, (size_t)count * each), count, depth, err);
}

static int
parse_binary(struct parsing *p, struct slice bytes, struct plist **out, struct error *err)
{
	struct slice trailer = slice_from(bytes, bytes.n < TRAILER ? bytes.n : bytes.n - TRAILER);
	uint64_t at, top;

	if (trailer.n < TRAILER)
		return fail_form(err);
	p->bytes = bytes;
	p->offset_n = trailer.p[6];
	p->reference_n = trailer.p[7];
	p->objects = big_endian(slice_sub(trailer, 8, 8));
	top = big_endian(slice_sub(trailer, 16, 8));
	at = big_endian(slice_sub(trailer, 24, 8));
	if (p->offset_n < 1 || p->offset_n > 8 || p->reference_n < 1 || p->reference_n > 8 ||
	    at > bytes.n - TRAILER || p->objects > (bytes.n - TRAILER - at) / p->offset_n)
		return fail_form(err);
	p->offsets = slice_sub(bytes, (size_t)at, (size_t)p->objects * p->offset_n);
	return binary_value(p, top, 0, out, err);
}

/* ---- Both ---- */

bool
plist_sniff(struct slice bytes)
{
	struct slice head = slice_sub(slice_trim(slice_sub(bytes, 0, 4096)), 0, 1024);

	if (slice_starts(head, HEAD))
		return true;
	return slice_starts(head, "<") &&
	    slice_find_bytes(head, 0, SLICE_OF("<plist")) < head.n;
}

int
plist_parse(struct slice bytes, struct arena *a, const struct plist **out, struct error *err)
{
	struct parsing p = { .arena = a, .text = BUF_EMPTY };
	struct plist *top = NULL;
	int rc;

	rc = slice_starts(bytes, HEAD) ? parse_binary(&p, bytes, &top, err) :
	    parse_xml(&p, bytes, &top, err);
	buf_free(&p.text);
	if (rc == 0)
		*out = top;
	return rc;
}

const struct plist *
plist_get(const struct plist *dictionary, const char *key)
{
	const struct plist *v;

	if (dictionary == NULL || dictionary->kind != PLIST_DICT)
		return NULL;
	for (v = dictionary->first; v != NULL && !slice_is(v->key, key); v = v->next)
		;
	return v;
}

struct slice
plist_get_string(const struct plist *dictionary, const char *key)
{
	const struct plist *v = plist_get(dictionary, key);

	return v != NULL && v->kind == PLIST_STRING ? v->text : SLICE_EMPTY;
}

int64_t
plist_get_number(const struct plist *dictionary, const char *key, int64_t fallback)
{
	const struct plist *v = plist_get(dictionary, key);

	if (v == NULL || (v->kind != PLIST_INTEGER && v->kind != PLIST_REAL &&
	    v->kind != PLIST_DATE && v->kind != PLIST_BOOL))
		return fallback;
	return v->number;
}
