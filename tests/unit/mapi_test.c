/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapi.h"

#include <stdio.h>
#include <string.h>

#include "backends/formats/mapimessage.h"
#include "backends/formats/mapimime.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tests/t.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT8(number, text) { .id = number, .type = MAPI_STRING8, .value = SLICE_OF(text) }
#define BYTES(number, text) { .id = number, .type = MAPI_BINARY, .value = SLICE_OF(text) }
#define LONG(number, text) { .id = number, .type = MAPI_LONG, .value = SLICE_OF(text) }
#define TIME "\x00\x80\x8b\x0c\x5d\xb1\xd0\x01"        /* 2015-06-28 04:43:59 */

/* ---- A container in memory ---- */

/* Long values: ref is which; they come in pieces of seven bytes, and may fail
 * at some byte. */
struct memory {
	struct mapi_container container;
	struct slice values[4];
	size_t fail_at;                 /* 0: never */
	struct slice rest;
	size_t given;
	struct mapi_item inner;
};

static int
begin(struct mapi_container *c, const struct mapi_property *p, struct error *err)
{
	struct memory *m = (struct memory *)(void *)c;

	if (p->ref >= 4)
		return fail(err, ERR_FORMAT, "there is no such value");
	m->rest = m->values[p->ref];
	m->given = 0;
	return 0;
}

static int64_t
read_value(struct mapi_container *c, void *p, size_t n, struct error *err)
{
	struct memory *m = (struct memory *)(void *)c;

	if (m->fail_at && m->given >= m->fail_at)
		return fail(err, ERR_FORMAT, "it is cut");
	if (n > 7)
		n = 7;
	if (n > m->rest.n)
		n = m->rest.n;
	memcpy(p, m->rest.p, n);
	m->rest = slice_from(m->rest, n);
	m->given += n;
	return (int64_t)n;
}

/* A message that holds itself, for ever. */
static int
embedded(struct mapi_container *c, const struct mapi_property *p, struct arena *a,
    struct mapi_item *out, struct error *err)
{
	(void)p;
	(void)a;
	(void)err;
	*out = ((struct memory *)(void *)c)->inner;
	return 0;
}

static const struct mapi_container_ops memory_ops = { begin, read_value, embedded };

/* The message made of an item; what was lost is counted. */
static const char *
write(struct memory *m, const struct mapi_item *item, size_t *lost)
{
	static struct buf all;
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct mapi_writer w = { .container = &m->container, .out = &out };
	struct cursor c;
	uint32_t n;

	m->container.ops = &memory_ops;
	mapi_write(&w, item);
	/* Only records of data: take their heads off. */
	buf_clear(&all);
	c = cursor_of(buf_slice(&out.out));
	while (c.n > 0 && cursor_byte(&c) == 'D') {
		n = cursor_le32(&c);
		buf_add(&all, cursor_take(&c, n));
	}
	*lost = w.lost;
	mapi_writer_free(&w);
	buf_free(&out.out);
	return buf_text(&all);
}

static struct mapi_item
item_of(struct mapi_property *properties, size_t n)
{
	return (struct mapi_item){ .own = { properties, n, n }, .codepage = 1252 };
}

/* ---- Writing mail ---- */

static void
test_fields(void)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "plain", "X: plain\n" },
		{ "  trimmed\r\n", "X: trimmed\n" },
		{ "two\r\nlines: here", "X: two  lines: here\n" },
		{ "=?x", "X: =?UTF-8?B?PT94?=\n" },
		{ "\xc3\xa9", "X: =?UTF-8?B?w6k=?=\n" },
		{ "a very long line of many words that goes on and on until it is longer than one line",
		    "X: a very long line of many words that goes on and on until it is longer\n"
		    " than one line\n" },
		{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		    "\xc3\xa9\xc3\xa9\xc3\xa9",
		    "X: =?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k=?=\n"
		    " =?UTF-8?B?w6k=?=\n" },
	};
	struct buf out = BUF_EMPTY;
	struct slice rest, line;
	size_t i, longest = 0;

	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		mime_add_field(&out, "X", slice_string(cases[i].text));
		T(strcmp(buf_text(&out), cases[i].field) == 0, "%s: %s", cases[i].text,
		    buf_text(&out));
		rest = buf_slice(&out);
		while (slice_line(&rest, &line))
			longest = line.n > longest ? line.n : longest;
	}
	T(longest <= 78, "the longest line has %zu", longest);
	buf_free(&out);
}

static void
test_addresses(void)
{
	struct buf out = BUF_EMPTY;

	mime_add_address(&out, SLICE_OF("A \"B\" \\C"), SLICE_OF("a@example.org"));
	T(strcmp(buf_text(&out), "\"A \\\"B\\\" \\\\C\" <a@example.org>") == 0, "%s", buf_text(&out));
	buf_clear(&out);
	mime_add_address(&out, SLICE_EMPTY, SLICE_OF("a@b>\r\nBcc: <evil@example.org"));
	T(strcmp(buf_text(&out), "<a@bBcc:evil@example.org>") == 0, "%s", buf_text(&out));
	buf_clear(&out);
	mime_add_address(&out, SLICE_OF("\xc3\xa9"), SLICE_OF("e@example.org"));
	T(strcmp(buf_text(&out), "=?UTF-8?B?w6k=?= <e@example.org>") == 0, "%s", buf_text(&out));
	buf_clear(&out);
	mime_add_parameter(&out, "name", SLICE_OF("a\"b.txt"));
	mime_add_parameter(&out, "name", SLICE_OF("\xc3\xa9 1.txt"));
	mime_add_parameter(&out, "name", SLICE_OF("x\"\r\n\r\nbody"));
	T(strcmp(buf_text(&out), ";\n name=\"a\\\"b.txt\";\n name*=UTF-8''%C3%A9%201.txt"
	    ";\n name=\"x\\\"    body\"") == 0, "%s", buf_text(&out));
	buf_free(&out);
}

static void
test_dates(void)
{
	static const struct {
		int64_t seconds;
		const char *date;
	} cases[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ -1, "Wed, 31 Dec 1969 23:59:59 +0000" },
		{ -86400, "Wed, 31 Dec 1969 00:00:00 +0000" },
		{ 1709210096, "Thu, 29 Feb 2024 12:34:56 +0000" },
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		mime_add_date(&out, cases[i].seconds);
		T(strcmp(buf_text(&out), cases[i].date) == 0, "%s", buf_text(&out));
	}
	buf_free(&out);
}

static void
test_quoted(void)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "", "" },
		{ "a\r\nb\nc", "a\nb\nc\n" },
		{ "a \r\nb\t", "a=20\nb=09\n" },
		{ "a\rb", "a=0Db\n" },
		{ "From x\nFrom\n.\n..x", "=46rom x\nFrom\n=2E\n=2E.x\n" },
		{ "--=_mailcask_00m", "--=3D_mailcask_00m\n" },
		{ "\xc3\xa9", "=C3=A9\n" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=b",
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=\n"
		    "=3Db\n" },
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		mime_add_quoted(&out, slice_string(cases[i].text));
		T(strcmp(buf_text(&out), cases[i].quoted) == 0, "\"%s\": \"%s\"", cases[i].text,
		    buf_text(&out));
	}
	buf_free(&out);
}

/* ---- Texts ---- */

static void
test_codepages(void)
{
	static const struct {
		unsigned codepage;
		const char *bytes, *text;
	} cases[] = {
		{ 1252, "\x80\xe9", "\xe2\x82\xac\xc3\xa9" },
		{ 1251, "\xcf", "\xd0\x9f" },
		{ 932, "\x93\xfa", "\xe6\x97\xa5" },
		{ 932, "\x93", "\xef\xbf\xbd" },
		{ 65001, "\xc3\xa9\xff", "\xc3\xa9\xef\xbf\xbd" },
		{ 99999, "\xc3\xa9", "\xc3\xa9" },
		{ 99999, "\xe9", "\xc3\xa9" },
	};
	struct mapi_property locale[] = { LONG(0x3ff1, "\x19\4\0\0") };
	struct mapi_property both[] = { LONG(0x3ff1, "\x19\4\0\0"), LONG(0x3ffd, "\xa4\3\0\0") };
	struct mapi_properties own = { locale, 1, 1 };
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		mapi_add_codepage(&out, slice_string(cases[i].bytes), cases[i].codepage);
		T(strcmp(buf_text(&out), cases[i].text) == 0, "%u: %s", cases[i].codepage,
		    buf_text(&out));
	}
	T(mapi_codepage(&own, 1) == 1251, "of a locale");
	own = (struct mapi_properties){ both, 2, 2 };
	T(mapi_codepage(&own, 1) == 932, "said outright");
	own.n = 0;
	T(mapi_codepage(&own, 1) == 1, "not said");
	buf_clear(&out);
	text_add_utf16(&out, SLICE_OF("\x3d\xd8\x00\xdc" "a\0\x00\xdc" "b"));
	T(strcmp(buf_text(&out), "\xf0\x9f\x90\x80" "a\xef\xbf\xbd") == 0, "UTF-16: %s",
	    buf_text(&out));
	buf_free(&out);
}

/* ---- Messages ---- */

static void
test_bodies(void)
{
	struct mapi_property latin[] = { LONG(0x3fde, "\xaf\x6f\0\0"),
		BYTES(0x1013, "<p>\xe9</p>"), TEXT8(0x1000, "\xe9") };
	struct mapi_property rtf[] = { BYTES(0x1009, "\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7"
	    "\x03\0\x0a\0rcpg125B2\x0a\xf3 hel\x09\0 bw\x05\xb0ld}\x0a\x80\x0f\xa0") };
	struct mapi_property bad[] = { BYTES(0x1009, "no RTF at all, but long"),
		TEXT8(0x1000, "text") };
	struct memory m = { .fail_at = 0 };
	struct mapi_item item = item_of(latin, 3);
	const char *text;
	size_t lost;

	text = write(&m, &item, &lost);
	T(strstr(text, "text/html; charset=iso-8859-1\n") && strstr(text, "<p>=E9</p>\n") &&
	    strstr(text, "=C3=A9\n") && lost == 0, "HTML keeps its code page:\n%s", text);
	item = item_of(rtf, 1);
	text = write(&m, &item, &lost);
	T(strstr(text, "filename=\"message.rtf\"") && strstr(text, "e1xydGYxXGFuc2lcYW5zaWNwZzEyNTJc"
	    "cGFyZCBoZWxsbyB3b3JsZH0NCg==") && lost == 0, "RTF is attached:\n%s", text);
	T(strstr(text, "text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "hello world\n") != NULL, "and its words are the text:\n%s", text);
	item = item_of(bad, 2);
	text = write(&m, &item, &lost);
	T(strstr(text, "\n\ntext\n") && lost == 1, "RTF that is none is counted:\n%s", text);
}

static void
test_attachments(void)
{
	struct mapi_property one[] = { LONG(0x3705, "\1\0\0\0"), TEXT8(0x370e, "text/html"),
		{ .id = 0x3701, .type = MAPI_BINARY, .is_long = true, .ref = 0 } };
	struct mapi_property odd[] = { LONG(0x3705, "\1\0\0\0"), TEXT8(0x370e, "message/rfc822"),
		BYTES(0x3701, "short") };
	struct mapi_property worse[] = { LONG(0x3705, "\1\0\0\0"),
		TEXT8(0x370e, "text/plain\r\nX-Evil: yes"), BYTES(0x3701, "short") };
	struct mapi_property itself[] = { LONG(0x3705, "\5\0\0\0"),
		{ .id = 0x3701, .type = MAPI_OBJECT, .is_long = true, .ref = 9 } };
	struct mapi_properties all[] = { { one, 3, 3 }, { odd, 3, 3 }, { worse, 3, 3 } };
	struct mapi_properties again = { itself, 2, 2 };
	struct memory m = { .values = { SLICE_OF("0123456789abcdefghij") } };
	struct mapi_item item = item_of(NULL, 0);
	const char *text;
	size_t lost, n;

	item.attachments = all;
	item.attachment_count = 3;
	text = write(&m, &item, &lost);
	T(strstr(text, "Content-Type: text/html\n") && strstr(text, "MDEyMzQ1Njc4OWFiY2RlZmdoaWo=\n") &&
	    lost == 0, "a value in pieces:\n%s", text);
	T(!strstr(text, "message/rfc822") && !strstr(text, "X-Evil") &&
	    strstr(text, "application/octet-stream"), "types that must not be:\n%s", text);
	m.fail_at = 14;
	text = write(&m, &item, &lost);
	T(strstr(text, "MDEyMzQ1Njc4OWFiY2Q=\n") && strstr(text, "c2hvcnQ=\n") && lost == 1,
	    "what there is of one that is cut, and the others:\n%s", text);

	/* A message in itself ends, and it is said. */
	item.attachments = &again;
	item.attachment_count = 1;
	m.inner = item;
	text = write(&m, &item, &lost);
	for (n = 0; (text = strstr(text, "message/rfc822")) != NULL; n++)
		text++;
	T(n == MAPI_DEPTH_MAX && lost == 1, "%zu deep, %zu lost", n, lost);
}

static void
test_smime(void)
{
	struct mapi_property mail[] = { TEXT8(0x1a, "IPM.Note.SMIME.MultipartSigned"),
		TEXT8(0x37, "Signed") };
	struct mapi_property file[] = { LONG(0x3705, "\1\0\0\0"), BYTES(0x3701,
	    "Content-Type: multipart/signed;\r\n boundary=x\r\n\r\n--x\r\n\r\ntext\r\n--x--\r\n") };
	struct mapi_property p7m[] = { LONG(0x3705, "\1\0\0\0"), TEXT8(0x3707, "smime.p7m"),
		TEXT8(0x370e, "application/pkcs7-mime"), BYTES(0x3701, "0\x80") };
	struct mapi_properties attached = { file, 2, 2 };
	struct memory m = { .fail_at = 0 };
	struct mapi_item item = item_of(mail, 2);
	const char *text;
	size_t lost;

	item.attachments = &attached;
	item.attachment_count = 1;
	text = write(&m, &item, &lost);
	T(strcmp(text, "Subject: Signed\nX-Outlook-Item: IPM.Note.SMIME.MultipartSigned\n"
	    "MIME-Version: 1.0\nContent-Type: multipart/signed;\n boundary=x\n\n--x\n\ntext\n--x--\n")
	    == 0, "what was signed is as it was:\n%s", text);
	mail[0].value = SLICE_OF("IPM.Note.SMIME");
	attached = (struct mapi_properties){ p7m, 4, 4 };
	text = write(&m, &item, &lost);
	T(strstr(text, "MIME-Version: 1.0\nContent-Type: application/pkcs7-mime;\n"
	    " name=\"smime.p7m\"\n") && !strstr(text, "multipart"), "encrypted:\n%s", text);
}

static void
test_reply_to(void)
{
	static const char entries[] = "\2\0\0\0\0\0\0\0"
	    "\x31\0\0\0\0\0\0\0\x81\x2b\x1f\xa4\xbe\xa3\x10\x19\x9d\x6e\x00\xdd\x01\x0f\x54\x02"
	    "\0\0\0\0Lists\0SMTP\0l@example.org\0\0\0\0"
	    "\x20\0\0\0\0\0\0\0\xdc\xa7\x40\xc8\xc0\x42\x10\x1a\xb4\xb9\x08\x00\x2b\x2f\xe1\x82"
	    "\1\0\0\0\0\0\0\0/o=x\0\0\0\0";
	struct mapi_property mail[] = { { .id = 0x4f, .type = MAPI_BINARY,
		.value = slice_of(entries, sizeof(entries) - 1) }, TEXT8(0x5d01, "me@example.org") };
	struct memory m = { .fail_at = 0 };
	struct mapi_item item = item_of(mail, 2);
	const char *text;
	size_t lost, i;

	text = write(&m, &item, &lost);
	T(strstr(text, "Reply-To: \"Lists\" <l@example.org>\n"), "where answers go:\n%s", text);
	for (i = 0; i < sizeof(entries) - 1; i++) {
		mail[0].value.n = i;
		text = write(&m, &item, &lost);
		T(strstr(text, "From: <me@example.org>\n") != NULL, "cut at %zu", i);
	}
}

static void
test_others(void)
{
	struct mapi_property meeting[] = { TEXT8(0x1a, "IPM.Appointment"),
		TEXT8(0x37, "\1\5RE: One; two, three"), TEXT8(0x1000, "line\r\nline"),
		{ .id = 0x60, .type = MAPI_TIME, .value = SLICE_OF(TIME) },
		{ .id = 0x61, .type = MAPI_TIME, .value = SLICE_OF(TIME) },
		BYTES(0x300b, "\x01\xab") };
	struct mapi_property task[] = { TEXT8(0x1a, "IPM.Task"), TEXT8(0x37, "Do it"),
		{ .id = 0x8000, .type = MAPI_DOUBLE, .value = SLICE_OF("\0\0\0\0\0\0\xe0\x3f") },
		LONG(0x8001, "\1\0\0\0") };
	struct mapi_property note[] = { TEXT8(0x1a, "IPM.StickyNote"), TEXT8(0x1000, "remember") };
	struct memory m = { .fail_at = 0 };
	struct mapi_item item = item_of(meeting, COUNT(meeting));
	const char *text;
	size_t lost;

	/* 0x8102 and 0x8101 of tasks. */
	m.container.names.guids = SLICE_OF("\x03\x20\x06\0\0\0\0\0\xc0\0\0\0\0\0\0\x46");
	m.container.names.entries = SLICE_OF("\x02\x81\0\0\6\0\0\0" "\x01\x81\0\0\6\0\1\0");
	m.container.names.strings = SLICE_EMPTY;
	text = write(&m, &item, &lost);
	T(strstr(text, "BEGIN:VEVENT\nUID:01ab\nSUMMARY:RE: One\\; two\\, three\n"
	    "DESCRIPTION:line\\nline\nDTSTART:20150628T044359Z\nDTEND:20150628T044359Z\n"
	    "END:VEVENT\n"), "an appointment:\n%s", text);
	item = item_of(task, COUNT(task));
	text = write(&m, &item, &lost);
	T(strstr(text, "SUMMARY:Do it\nSTATUS:IN-PROCESS\nPERCENT-COMPLETE:50\nEND:VTODO\n"),
	    "a task:\n%s", text);
	item = item_of(note, COUNT(note));
	text = write(&m, &item, &lost);
	T(strcmp(text, "X-Outlook-Item: IPM.StickyNote\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
	    "remember\n") == 0, "a note:\n%s", text);
}

static void
test_flags(void)
{
	static const struct {
		const char *flags, *verb, *icon, *status;
		unsigned want;
	} cases[] = {
		{ "\0\0\0\0", "\0\0\0\0", "\0\0\0\0", "\0\0\0\0", 0 },
		{ "\1\0\0\0", "\x66\0\0\0", "\xff\xff\xff\xff", "\2\0\0\0",
		    FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED },
		{ "\x9\0\0\0", "\x68\0\0\0", "\0\0\0\0", "\1\0\0\0",
		    FLAG_SEEN | FLAG_DRAFT | FLAG_FORWARDED },
		{ "\0\0\0\0", "\0\0\0\0", "\5\1\0\0", "\0\0\0\0", FLAG_ANSWERED },
		{ "\0\0\0\0", "\0\0\0\0", "\6\1\0\0", "\0\0\0\0", FLAG_FORWARDED },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct mapi_property p[] = {
			{ .id = 0xe07, .type = MAPI_LONG, .value = slice_of(cases[i].flags, 4) },
			{ .id = 0x1081, .type = MAPI_LONG, .value = slice_of(cases[i].verb, 4) },
			{ .id = 0x1080, .type = MAPI_LONG, .value = slice_of(cases[i].icon, 4) },
			{ .id = 0x1090, .type = MAPI_LONG, .value = slice_of(cases[i].status, 4) } };
		struct mapi_item item = item_of(p, 4);

		T(mapi_message_flags(&item) == cases[i].want, "flags %zu: %x", i,
		    mapi_message_flags(&item));
	}
}

int
main(void)
{
	mapi_prepare();
	test_fields();
	test_addresses();
	test_dates();
	test_quoted();
	test_codepages();
	test_bodies();
	test_attachments();
	test_smime();
	test_reply_to();
	test_others();
	test_flags();
	return t_done();
}
