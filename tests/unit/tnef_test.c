/* SPDX-License-Identifier: MIT */
#include "core/mail/tnef.h"

#include "core/base/base64.h"
#include "core/base/vec.h"
#include "core/mail/message.h"
#include "core/mail/parts.h"
#include "tests/t.h"
#include "tests/unit/tnefkit.h"

#define RENDER 0x00069002
#define DATA 0x0006800F
#define TITLE 0x00018010
#define ATTACHMENT 0x00069005
#define PROPERTIES 0x00069003
#define IID "\7\3\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

static struct arena arena;

/* "file|name|type|charset|depth|bytes" a line each; then the subjects. */
static const char *
told(struct slice stream)
{
	static const char *const kinds[] = { "file", "text", "html", "rtf", "message" };
	struct tnef t = TNEF_EMPTY;
	struct buf out = BUF_EMPTY;
	const struct tnef_part *p;
	const char *copy;
	size_t i;

	if (!tnef_read(stream, &arena, &t))
		return "none";
	for (i = 0; i < t.n; i++) {
		p = &t.items[i];
		buf_add_format(&out, "%s|%s|%s|%s|%u|", kinds[p->kind], p->name ? p->name : "",
		    p->type ? p->type : "", p->charset ? p->charset : "", p->depth);
		buf_add(&out, p->kind == TNEF_MESSAGE ? SLICE_OF("...") :
		    slice_sub(stream, p->at, p->n));
		buf_add_byte(&out, '\n');
	}
	buf_add(&out, buf_slice(&t.subjects));
	copy = arena_string(&arena, buf_text(&out));
	buf_free(&out);
	tnef_free(&t);
	return copy;
}

static void
add_inner(struct buf *b)
{
	struct buf p = BUF_EMPTY;

	tnefkit_begin(b);
	tnefkit_property(&p, 0x1f, 0x37, SLICE_OF("I\0n\0\0\0"));
	tnefkit_property(&p, 0x1f, 0x1000, SLICE_OF("w\0i\0d\0e\0"));
	tnefkit_attribute(b, 1, PROPERTIES, buf_slice(&p));
	tnefkit_attribute(b, 2, RENDER, SLICE_EMPTY);
	tnefkit_attribute(b, 2, TITLE, SLICE_OF("deep.txt\0"));
	tnefkit_attribute(b, 2, DATA, SLICE_OF("deep"));
	buf_free(&p);
}

/* A body, a file by its old name, one with all names, one without a byte, a
 * message, and an object. */
static void
sample(struct buf *b)
{
	struct buf p = BUF_EMPTY, inner = BUF_EMPTY, object = BUF_EMPTY;

	tnefkit_begin(b);
	tnefkit_attribute(b, 1, 0x00069007, SLICE_OF("\xe3\4\0\0\0\0\0\0"));
	tnefkit_attribute(b, 1, 0x00018004, SLICE_OF("\xcf\xee\0"));
	tnefkit_attribute(b, 1, 0x0002800C, SLICE_OF("The text\0"));
	tnefkit_attribute(b, 2, RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, TITLE, SLICE_OF("OLD.TXT\0"));
	tnefkit_attribute(b, 2, DATA, SLICE_OF("old"));
	tnefkit_attribute(b, 2, RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, TITLE, SLICE_OF("LONGNA~1.TXT\0"));
	tnefkit_property(&p, 0x1e, 0x3704, SLICE_OF("short\0"));
	tnefkit_property(&p, 0x03, 0x3705, SLICE_OF("\1\0\0\0"));
	tnefkit_property(&p, 0x1f, 0x3707, SLICE_OF("l\0\xe4\0n\0g\0\n\0.\0t\0x\0t\0\0\0"));
	tnefkit_property(&p, 0x1e, 0x370e, SLICE_OF("Text/Plain\0"));
	tnefkit_property(&p, 0x102, 0x3701, SLICE_OF("long"));
	tnefkit_attribute(b, 2, ATTACHMENT, buf_slice(&p));
	tnefkit_attribute(b, 2, RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, DATA, SLICE_EMPTY);
	add_inner(&inner);
	buf_add(&object, SLICE_OF(IID));
	buf_add(&object, buf_slice(&inner));
	buf_clear(&p);
	tnefkit_property(&p, 0x0d, 0x3701, buf_slice(&object));
	tnefkit_property(&p, 0x1e, 0x3001, SLICE_OF("Inner\0"));
	tnefkit_attribute(b, 2, RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, ATTACHMENT, buf_slice(&p));
	tnefkit_attribute(b, 2, DATA, SLICE_OF("stand-in"));
	buf_clear(&p);
	tnefkit_property(&p, 0x0d, 0x3701, SLICE_OF("0123456789abcdefobject"));
	tnefkit_property(&p, 0x1e, 0x370e, SLICE_OF("no type\r\n\0"));
	tnefkit_attribute(b, 2, RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, ATTACHMENT, buf_slice(&p));
	buf_free(&p);
	buf_free(&inner);
	buf_free(&object);
}

#define SAMPLE "file|OLD.TXT|||0|old\nfile|l\xc3\xa4ng .txt|text/plain||0|long\nfile||||0|\n" \
    "message|Inner|||0|...\nfile|deep.txt|||1|deep\ntext|||utf-16le|1|w"

static void
test_parts(void)
{
	struct buf b = BUF_EMPTY, p = BUF_EMPTY;
	const char *have;

	sample(&b);
	have = told(buf_slice(&b));
	/* The wide text has NULs in it. */
	T_SAME(have, SAMPLE, "what it holds");
	T_SAME(told(SLICE_OF("\x78\x9f\x3e\x21\1\0")), "none", "no stream");
	T_SAME(told(SLICE_OF("\x78\x9f\x3e\x22")), "", "nothing but its beginning");
	tnefkit_begin(&b);
	tnefkit_attribute(&b, 9, 0, SLICE_EMPTY);
	tnefkit_attribute(&b, 1, 0x00018004, SLICE_OF("Behind\0"));
	T_SAME(told(buf_slice(&b)), "", "a level that there is not ends it");
	tnefkit_begin(&b);
	tnefkit_property(&p, 0x102, 0x1013, SLICE_OF("<p>x"));
	tnefkit_property(&p, 0x03, 0x3fde, SLICE_OF("\xe9\xfd\0\0"));
	tnefkit_property(&p, 0x102, 0x1009, SLICE_OF("packed"));
	tnefkit_attribute(&b, 1, PROPERTIES, buf_slice(&p));
	T_SAME(told(buf_slice(&b)), "html|||utf-8|0|<p>x\n", "HTML before RTF");
	buf_clear(&p);
	tnefkit_property(&p, 0x102, 0x1009, SLICE_OF("packed"));
	tnefkit_begin(&b);
	tnefkit_attribute(&b, 1, PROPERTIES, buf_slice(&p));
	T_SAME(told(buf_slice(&b)), "rtf||||0|packed\n", "RTF alone");
	buf_free(&b);
	buf_free(&p);
}

/* Names of properties, several values, and what makes no sense. */
static void
test_properties(void)
{
	struct buf b = BUF_EMPTY, p = BUF_EMPTY;

	tnefkit_number(&p, 4, 4);
	buf_add(&p, SLICE_OF("\x03\0\1\x80" "0123456789abcdef\0\0\0\0\5\0\0\0" "\7\0\0\0"));
	buf_add(&p, SLICE_OF("\x1e\0\2\x80" "0123456789abcdef\1\0\0\0\6\0\0\0a\0b\0\0\0\0\0"
	    "\1\0\0\0\2\0\0\0x\0\0\0"));
	buf_add(&p, SLICE_OF("\x1e\x10\1\x30\2\0\0\0\4\0\0\0one\0\4\0\0\0two\0"));
	buf_add(&p, SLICE_OF("\x1f\0\x37\0\1\0\0\0\4\0\0\0o\0k\0"));
	tnefkit_begin(&b);
	tnefkit_attribute(&b, 1, PROPERTIES, buf_slice(&p));
	T_SAME(told(buf_slice(&b)), "ok\n", "what is behind names and several values");
	buf_truncate(&p, 4);
	buf_add(&p, SLICE_OF("\x99\0\1\x30\1\0\0\0\4\0\0\0one\0"));
	buf_add(&p, SLICE_OF("\x1f\0\x37\0\1\0\0\0\4\0\0\0o\0k\0"));
	tnefkit_begin(&b);
	tnefkit_attribute(&b, 1, PROPERTIES, buf_slice(&p));
	T_SAME(told(buf_slice(&b)), "", "a type that nobody knows ends them");
	buf_free(&b);
	buf_free(&p);
}

/* Each prefix gives the first parts of the whole, and no byte leads outside. */
static void
test_damage(void)
{
	struct buf b = BUF_EMPTY;
	struct tnef t;
	size_t i, k, outside = 0, n, before = 0;

	sample(&b);
	for (i = 0; i < b.n; i++) {
		t = (struct tnef)TNEF_EMPTY;
		b.p[i] ^= 0x83;
		tnef_read(buf_slice(&b), &arena, &t);
		for (k = 0; k < t.n; k++)
			outside += t.items[k].at > b.n || t.items[k].n > b.n - t.items[k].at;
		b.p[i] ^= 0x83;
		tnef_free(&t);
		arena_reset(&arena);
	}
	T(outside == 0, "%zu parts lie outside", outside);
	for (i = 0; i < b.n; i++) {
		t = (struct tnef)TNEF_EMPTY;
		tnef_read(slice_sub(buf_slice(&b), 0, i), &arena, &t);
		n = 0;
		for (k = 0; k < t.n; k++)
			n += t.items[k].kind == TNEF_FILE && t.items[k].depth == 0;
		T(n >= before, "%zu files of %zu bytes", n, i);
		before = n;
		tnef_free(&t);
		arena_reset(&arena);
	}
	buf_free(&b);
}

/* A message inside a message inside … ends. */
static void
test_deep(void)
{
	struct buf b = BUF_EMPTY, p = BUF_EMPTY, object = BUF_EMPTY;
	struct tnef t = TNEF_EMPTY;
	unsigned i;

	add_inner(&b);
	for (i = 0; i < 40; i++) {
		buf_clear(&p);
		buf_set(&object, SLICE_OF(IID));
		buf_add(&object, buf_slice(&b));
		tnefkit_property(&p, 0x0d, 0x3701, buf_slice(&object));
		tnefkit_begin(&b);
		tnefkit_attribute(&b, 2, RENDER, SLICE_EMPTY);
		tnefkit_attribute(&b, 2, ATTACHMENT, buf_slice(&p));
	}
	T(tnef_read(buf_slice(&b), &arena, &t) && t.n == 9 && t.items[8].depth == 8, "%zu parts", t.n);
	tnef_free(&t);
	buf_free(&b);
	buf_free(&p);
	buf_free(&object);
}

/* No stream makes more parts than a message may have, and a number of values
 * that no property has ends the reading. */
static void
test_many(void)
{
	struct buf b = BUF_EMPTY, p = BUF_EMPTY, raw = BUF_EMPTY;
	struct tnef t = TNEF_EMPTY;
	struct message m;
	unsigned i;

	tnefkit_begin(&b);
	for (i = 0; i < 3000; i++) {
		tnefkit_attribute(&b, 2, RENDER, SLICE_EMPTY);
		tnefkit_attribute(&b, 2, DATA, SLICE_OF("x"));
	}
	T(tnef_read(buf_slice(&b), &arena, &t) && t.n == 2000, "%zu parts", t.n);
	tnef_free(&t);
	/* Six such in one message. */
	buf_add_string(&raw, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (i = 0; i < 6; i++) {
		buf_add_string(&raw, "--b\nContent-Type: application/ms-tnef\n"
		    "Content-Transfer-Encoding: base64\n\n");
		base64_encode_lines(buf_slice(&b), 76, "\n", &raw);
		buf_add_byte(&raw, '\n');
	}
	message_open(buf_slice(&raw), &arena, &m);
	T(m.part_count >= 10000 && m.part_count < 10010, "%zu parts", m.part_count);
	message_close(&m);
	tnefkit_number(&p, 2, 4);
	buf_add(&p, SLICE_OF("\x03\x10\1\x30\1\0\1\0"));
	memset(buf_extend(&p, 4 * 0x10001), 0, 4 * 0x10001);
	buf_add(&p, SLICE_OF("\x1f\0\x37\0\1\0\0\0\4\0\0\0o\0k\0"));
	tnefkit_begin(&b);
	tnefkit_attribute(&b, 1, PROPERTIES, buf_slice(&p));
	T_SAME(told(buf_slice(&b)), "", "values");
	buf_free(&b);
	buf_free(&p);
	buf_free(&raw);
}

/* ---- In a message ---- */

/* All parts, "number type name size attachment container" a line each. */
static const char *
parts_of(const struct message *m)
{
	struct buf out = BUF_EMPTY;
	const struct message_part *p;
	const char *copy;
	size_t i;

	for (i = 0; i < m->part_count; i++) {
		p = &m->parts[i];
		buf_add_format(&out, "%s %s %s %u%s%s\n", p->number, p->type, p->name ? p->name : "-",
		    (unsigned)message_part_size(m, i), p->is_attachment ? " attachment" : "",
		    p->is_container ? " container" : "");
	}
	copy = arena_string(&arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

static const char *
text_of(const struct message *m, bool bodies_only)
{
	struct buf out = BUF_EMPTY;
	const char *copy;

	message_add_text(m, bodies_only, 10000, &out);
	copy = arena_string(&arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

static void
wrap(struct buf *out, const char *text, const char *type)
{
	struct buf stream = BUF_EMPTY;

	sample(&stream);
	buf_clear(out);
	buf_add_format(out, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n%s\n--b\n"
	    "Content-Type: %s\nContent-Transfer-Encoding: base64\n\n", text, type);
	base64_encode_lines(buf_slice(&stream), 76, "\n", out);
	buf_add_string(out, "\n--b\nContent-Type: image/png; name=after.png\n\nPNG\n--b--\n");
	buf_free(&stream);
}

#define INSIDE "2.1 application/octet-stream OLD.TXT 3 attachment\n" \
    "2.2 text/plain l\xc3\xa4ng .txt 4 attachment\n2.3 application/octet-stream - 0 attachment\n" \
    "2.4 application/ms-tnef Inner "
#define DEEP " attachment container\n2.4.1 application/octet-stream deep.txt 4 attachment\n" \
    "2.4.2 text/plain - 8\n2.5 application/octet-stream - 6 attachment\n"
#define AFTER "3 image/png after.png 3 attachment\n"

static void
test_message(void)
{
	struct buf raw = BUF_EMPTY, bytes = BUF_EMPTY;
	const char *have, *text;
	struct message m;
	size_t i;

	wrap(&raw, "", "application/ms-tnef; name=\"winmail.dat\"");
	message_open(buf_slice(&raw), &arena, &m);
	have = parts_of(&m);
	T(strstr(have, "attachment container\n" INSIDE) != NULL && strstr(have, DEEP "2.6 text/plain - 8\n"
	    AFTER) != NULL, "with the text, for there is no other:\n%s", have);
	T_SAME(text_of(&m, true), "wide\nThe text", "which is shown");
	for (i = 0; i < m.part_count; i++) {
		buf_clear(&bytes);
		message_add_part(&m, i, 1000, &bytes);
		if (strcmp(m.parts[i].number, "2.4.1") == 0)
			T(slice_is(buf_slice(&bytes), "deep"), "a part: %s", buf_text(&bytes));
		if (strcmp(m.parts[i].number, "2.1") == 0)
			T(slice_is(buf_slice(&bytes), "old"), "the first: %s", buf_text(&bytes));
		if (strcmp(m.parts[i].number, "3") == 0)
			T(slice_is(buf_slice(&bytes), "PNG"), "what follows: %s", buf_text(&bytes));
	}
	message_close(&m);

	wrap(&raw, "Own words.", "application/octet-stream; name=\"WINMAIL.DAT\"");
	message_open(buf_slice(&raw), &arena, &m);
	have = parts_of(&m);
	T(strstr(have, DEEP AFTER) != NULL, "without it, for there is another:\n%s", have);
	text = text_of(&m, true);
	T(strstr(text, "Own words.") != NULL && strstr(text, "The text") == NULL, "shown: %s", text);
	text = text_of(&m, false);
	T(strstr(text, "The text") != NULL && strstr(text, "\xd0\x9f\xd0\xbe\nIn\n") != NULL,
	    "and yet in the index: %s", text);
	message_close(&m);

	buf_set(&raw, SLICE_OF("Content-Type: application/ms-tnef\n\nno stream"));
	message_open(buf_slice(&raw), &arena, &m);
	T_SAME(parts_of(&m), "1 application/ms-tnef - 9 attachment\n", "what only says so");
	message_close(&m);
	buf_free(&raw);
	buf_free(&bytes);
}

/* Where attachments are taken out before a message is read, this one stays. */
static void
test_view(void)
{
	struct buf raw = BUF_EMPTY, stream = BUF_EMPTY, view = BUF_EMPTY;
	struct split split = SPLIT_EMPTY;

	sample(&stream);
	while (stream.n < 3 * PART_MIN)
		tnefkit_attribute(&stream, 1, 0x00060000, SLICE_OF("something that nobody reads"));
	buf_add_string(&raw, "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n");
	base64_encode_lines(buf_slice(&stream), 76, "\n", &raw);
	parts_split(buf_slice(&raw), &arena, &split);
	parts_view(buf_slice(&raw), &split, &view);
	T(split.part_count == 1 && view.n == raw.n, "%zu parts, %zu bytes of %zu", split.part_count,
	    view.n, raw.n);
	split_free(&split);
	buf_free(&raw);
	buf_free(&stream);
	buf_free(&view);
}

int
main(void)
{
	mail_init();
	test_parts();
	test_properties();
	test_damage();
	test_deep();
	test_many();
	test_message();
	test_view();
	arena_free(&arena);
	return t_done();
}
