/* SPDX-License-Identifier: MIT */
#include "core/mail/message.h"

#include "core/base/file.h"
#include "core/base/text.h"
#include "tests/t.h"

static struct arena arena;
static struct message message;

static const struct message *
open_bytes(struct slice raw)
{
	arena_reset(&arena);
	message_open(raw, &arena, &message);
	return &message;
}

static const struct message *
open_text(const char *raw)
{
	return open_bytes(slice_string(raw));
}

/* ---- Encoded words (RFC 2047) ---- */

static void
words(void)
{
	static const struct {
		const char *value, *text;
	} cases[] = {
		{ "plain", "plain" },
		{ "=?utf-8?B?TcO8bGxlcg==?=", "Müller" },
		{ "=?UTF-8?q?M=C3=BCller_=26_S=c3=b6hne?=", "Müller & Söhne" },
		/* Each with padding of its own: what most clients write. */
		{ "=?utf-8?B?R3LDvA==?=\r\n =?utf-8?B?w59lIGF1cw==?=\r\n =?utf-8?B?IEvDtmxu?=",
		    "Grüße aus Köln" },
		/* A character, and a base64 group, in two words. */
		{ "=?utf-8?Q?M=C3?= =?utf-8?Q?=BCller?=", "Müller" },
		{ "=?utf-8?B?TcO8?= =?UTF-8?Q?ller?=", "Müller" },
		{ "=?utf-8?B?TcO8b?= =?utf-8?B?Gxlcg==?=", "Müller" },
		{ "=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?= =?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テストテスト" },
		/* Blanks between words go, others stay. */
		{ "a =?utf-8?Q?b?= c =?utf-8?Q?d?=  =?iso-8859-1?Q?=E4?= e", "a b c dä e" },
		{ "a=?utf-8?Q?b?=c", "abc" },
		{ "=?utf-8?Q?=C3=A4?= =?iso-8859-1?Q?=E4?=", "ää" },
		{ "=?utf-8?Q?two words?=", "two words" },
		{ "=?utf-8*de?Q?=C3=A4?=", "ä" },
		/* Wrong, unknown and no charset: guessed at. */
		{ "=?us-ascii?Q?=C3=A4?=", "ä" },
		{ "=?x-nonesuch?Q?=C3=A4=20=E2=82=AC?=", "ä €" },
		{ "=?x-nonesuch?Q?=E4?=", "ä" },
		{ "=?iso-8859-1?Q?=80?=", "€" },
		{ "=?gb2312?B?1tDOxA==?=", "中文" },
		{ "=?windows-1251?B?z/Do4uXy?=", "Привет" },
		{ "=?utf-7?Q?+AOQ-?=", "ä" },
		/* Not words. */
		{ "=?", "=?" }, { "=?utf-8", "=?utf-8" }, { "=?utf-8?", "=?utf-8?" },
		{ "=?utf-8?Q", "=?utf-8?Q" }, { "=?utf-8?Q?", "=?utf-8?Q?" },
		{ "=?utf-8?Q?a", "=?utf-8?Q?a" }, { "=?utf-8?Q?a?", "=?utf-8?Q?a?" },
		{ "=?utf-8?X?a?=", "=?utf-8?X?a?=" }, { "=??Q?a?=", "=??Q?a?=" },
		{ "=?*de?Q?a?=", "=?*de?Q?a?=" },
		{ "=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b" },
		{ "=?utf-8?Q?\?=", "" }, { "=?utf-8?Q?=4?=", "=4" }, { "=?utf-8?B?!?=", "" },
		/* What is in a word makes no other line and no escape. */
		{ "=?utf-8?Q?a=0D=0ABcc:_b=1B[1m?=", "a Bcc: b [1m" },
		{ "a\r\n b\r\n\tc", "a b c" },
		/* Raw 8-bit: UTF-8, else windows-1252. */
		{ "M\xc3\xbcller", "Müller" }, { "M\xfcller", "Müller" }, { "\x93q\x94", "“q”" },
	};
	const struct message *m;
	struct buf raw = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&raw);
		buf_add_format(&raw, "Subject: %s\r\n\r\n", cases[i].value);
		m = open_bytes(buf_slice(&raw));
		T(strcmp(m->subject, cases[i].text) == 0, "%s: %s", cases[i].value, m->subject);
	}
	buf_free(&raw);
}

/* ---- File names ---- */

static void
names(void)
{
	static const struct {
		const char *fields, *name;
	} cases[] = {
		{ "Content-Type: a/b; name=x.pdf", "x.pdf" },
		{ "Content-Type: a/b; name=\"x y;z.pdf\"; charset=utf-8", "x y;z.pdf" },
		{ "Content-Type: a/b; charset=utf-8; NAME = \"x.pdf\"", "x.pdf" },
		{ "Content-Type: a/b; name=x y.pdf ; size=4", "x y.pdf" },
		{ "Content-Type: a/b name=\"x.pdf\"", "x.pdf" },
		{ "Content-Type: a/b; name=x.pdf; name=y.pdf", "x.pdf" },
		{ "Content-Type: a/b; name=\"x.pdf", "x.pdf" },
		{ "Content-Type: BINARY;name=\"x.pdf\"", "x.pdf" },
		{ "Content-Type: a/b; name=\"C:\\mail\\x.pdf\"", "C:\\mail\\x.pdf" },
		{ "Content-Type: a/b; name=\"a\\\"b\\\\c.pdf\"", "a\"b\\c.pdf" },
		{ "Content-Type: a/b; name=\"a\r\n b.pdf\"", "a b.pdf" },
		{ "Content-Type: a/b; name=\"M\xc3\xbcll.pdf\"", "Müll.pdf" },
		{ "Content-Type: a/b; name=\"M\xfcll.pdf\"", "Müll.pdf" },
		/* RFC 2231: encoded, in pieces, in any order, from 1. */
		{ "Content-Type: a/b; name*=utf-8''M%C3%BCll.pdf", "Müll.pdf" },
		{ "Content-Type: a/b; name*=iso-8859-1'de'M%FCll.pdf", "Müll.pdf" },
		{ "Content-Type: a/b; name*=''x%20y.pdf", "x y.pdf" },
		{ "Content-Type: a/b; name*=x%20y.pdf", "x y.pdf" },
		{ "Content-Type: a/b; name*0=\"a\\\"\"; name*1=b.pdf", "a\"b.pdf" },
		{ "Content-Type: a/b; name*1*=%9F.pdf; name*0*=utf-8''Fu%C3", "Fuß.pdf" },
		{ "Content-Type: a/b; name*0*=gb2312''%D6; name*1*=%D0; name*2=.pdf", "中.pdf" },
		{ "Content-Type: a/b; name*1=a; name*2=b.pdf", "ab.pdf" },
		{ "Content-Type: a/b; name*0=a; name*2=b.pdf", "a" },
		{ "Content-Type: a/b; name*0=a; name*99999999999=b.pdf; name**=c", "a" },
		{ "Content-Type: a/b; name=\"Mll.pdf\"; name*=utf-8''M%C3%BCll.pdf", "Müll.pdf" },
		/* Encoded words, which do not belong there. */
		{ "Content-Type: a/b; name=\"=?utf-8?B?UmVjaG4=?=\r\n =?utf-8?B?dW5nLnBkZg==?=\"",
		    "Rechnung.pdf" },
		{ "Content-Type: a/b; name==?utf-8?Q?M=C3=BCll.pdf?=", "Müll.pdf" },
		{ "Content-Type: a/b; name*0=\"=?utf-8?B?UmVj\"; name*1=\"aG4=?=\"", "Rechn" },
		/* The disposition has the better one. */
		{ "Content-Type: a/b; name=a.pdf\r\nContent-Disposition: attachment; filename=b.pdf",
		    "b.pdf" },
		{ "Content-Type: a/b; name=a.pdf\r\nContent-Disposition: inline", "a.pdf" },
		{ "Content-Type: a/b; names=a.pdf; name", NULL },
		{ "Content-Type: a/b; name=\"\"; =;=;==", NULL },
	};
	const struct message *m;
	struct buf raw = BUF_EMPTY;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&raw);
		buf_add_format(&raw, "%s\r\n\r\nx", cases[i].fields);
		m = open_bytes(buf_slice(&raw));
		T(m->part_count == 1, "%s: one part", cases[i].fields);
		name = m->parts[0].name;
		T(name == NULL ? cases[i].name == NULL
		    : cases[i].name != NULL && strcmp(name, cases[i].name) == 0, "%s: %s",
		    cases[i].fields, name == NULL ? "none" : name);
	}
	buf_free(&raw);
}

/* ---- Header ---- */

static void
header(void)
{
	const struct message *m;

	m = open_text("Subject: one\nsubject: two\nFROM : Ann <a@example.org>\nTo: g: b@example.org,\n"
	    " c@example.org;, d@example.org\nCc:\nMessage-ID:  <1@example.org> (c)\n"
	    "References: <0@example.org>\n <1@example.org>\nList-Id: L <l.example.org>\n\nSubject: no\n");
	T(strcmp(m->subject, "one") == 0, "the first counts: %s", m->subject);
	T(strcmp(m->from, "Ann <a@example.org>") == 0, "any case, a blank: %s", m->from);
	T(strcmp(m->to, "g: b@example.org, c@example.org;, d@example.org") == 0, "a group: %s", m->to);
	T(m->cc[0] == '\0' && m->bcc[0] == '\0', "empty, missing");
	T(strcmp(m->message_id, "1@example.org") == 0, "no brackets: %s", m->message_id);
	T(strcmp(m->references, "<0@example.org> <1@example.org>") == 0, "%s", m->references);
	T(strcmp(m->list_id, "L <l.example.org>") == 0, "%s", m->list_id);

	m = open_text("\xef\xbb\xbfSubject: a\n\n");
	T(strcmp(m->subject, "a") == 0, "behind a byte order mark");
	m = open_text("From a@b Mon Nov 23 12:29:40 2026\nSubject: a\n\n");
	T(strcmp(m->subject, "a") == 0, "behind a separator");
	m = open_text("X: y\nlost its blank\nSubject: a\n\n");
	T(strcmp(m->subject, "a") == 0, "behind a line that is no field");
	m = open_text("X: y\n--b\nSubject: no\n\n");
	T(m->subject[0] == '\0', "a boundary ends it");
	m = open_text("Subject: M\xfcller\nContent-Type: text/plain; charset=iso-8859-2\n\n");
	T(strcmp(m->subject, "Müller") == 0, "raw, in the charset of the text");
	m = open_text("Subject: \xf0\xd2\xc9\xd7\xc5\xd4\nContent-Type: text/plain; charset=koi8-r\n\n");
	T(strcmp(m->subject, "Привет") == 0, "the same: %s", m->subject);
	m = open_text("");
	T(m->subject[0] == '\0' && m->date_source == DATE_NONE && m->part_count == 1, "nothing");
}

static void
dates(void)
{
	static const struct {
		const char *fields;
		int64_t date;
		enum date_source source;
	} cases[] = {
		{ "Date: Mon, 23 Nov 2026 12:29:40 +0000", 1795436980, DATE_HEADER },
		{ "Date: 23 Nov 2026 13:29:40 +0100", 1795436980, DATE_HEADER },
		{ "Date: Mon, 23 Nov 2026 07:29:40 EST", 1795436980, DATE_HEADER },
		{ "Date: Mon, 23 Nov 26 12:29:40 GMT", 1795436980, DATE_HEADER },
		{ "Date: Mon,\r\n 23 Nov 2026\r\n 12:29:40 +0000 (UTC)", 1795436980, DATE_HEADER },
		{ "Date: Mon Nov 23 12:29:40 2026", 1795436980, DATE_HEADER },
		{ "Date: 2026-11-23 12:29:40", 1795436980, DATE_HEADER },
		{ "Date: soon\r\nReceived: by x;\r\n Mon, 23 Nov 2026 12:29:40 +0000", 1795436980,
		    DATE_RECEIVED },
		{ "Received: by x (a; b); Mon, 23 Nov 2026 12:29:40 +0000\r\nReceived: by y; Tue, "
		    "24 Nov 2026 12:29:40 +0000", 1795436980, DATE_RECEIVED },
		{ "Date: Mon, 23 Nov 9926 12:29:40 +0000", 0, DATE_NONE },
		{ "Date: Fri, 1 Jan 1904 00:00:00 +0000", 0, DATE_NONE },
		{ "Date:", 0, DATE_NONE }, { "Date: 99999999999999999999", 0, DATE_NONE },
		{ "Received: no date", 0, DATE_NONE }, { "X: y", 0, DATE_NONE },
	};
	const struct message *m;
	struct buf raw = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&raw);
		buf_add_format(&raw, "%s\r\n\r\n", cases[i].fields);
		m = open_bytes(buf_slice(&raw));
		T(m->date == cases[i].date && m->date_source == cases[i].source, "%s: %lld, %d",
		    cases[i].fields, (long long)m->date, m->date_source);
	}
	m = open_text("Date: Mon, 23 Nov 2026 13:29:40 +0130\n\n");
	T(m->date_zone_minutes == 90, "the zone: %d", m->date_zone_minutes);
	buf_free(&raw);
}

/* ---- Parts ---- */

static const char nested[] =
    "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n"
    "--a b\r\n\r\nfirst\r\n"
    "--a b\r\nContent-Type: message/rfc822; name=in.eml\r\n\r\n"
    "Subject: inner\r\nFrom: Bob\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: TEXT/Plain; charset=UTF-8 (c)\r\n\r\nsecond\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n<p>third</p>\r\n--b--\r\nepilogue\r\n"
    "--a b\t\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3Vi\r\n"
    "--a b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: inline; filename=x.pdf\r\n\r\nJVBE\r\nRg==\r\n"
    "--a bc\r\n--a b--\r\nepilogue";

static void
parts(void)
{
	static const struct {
		const char *number, *type, *name;
		bool is_attachment, is_container;
	} want[] = {
		{ "1", "text/plain", "", false, false },
		{ "2", "message/rfc822", "in.eml", true, true },
		{ "2.1", "text/plain", "", false, false },
		{ "2.2", "text/html", "", false, false },
		{ "3", "message/rfc822", "", true, false },
		{ "4", "application/pdf", "x.pdf", true, false },
	};
	const struct message *m = open_text(nested);
	struct buf out = BUF_EMPTY;
	size_t i;

	T(m->part_count == 6, "%zu parts", m->part_count);
	for (i = 0; i < m->part_count && i < 6; i++)
		T(strcmp(m->parts[i].number, want[i].number) == 0 &&
		    strcmp(m->parts[i].type, want[i].type) == 0 &&
		    strcmp(m->parts[i].name ? m->parts[i].name : "", want[i].name) == 0 &&
		    m->parts[i].is_attachment == want[i].is_attachment &&
		    m->parts[i].is_container == want[i].is_container, "%s: %s %s",
		    want[i].number, m->parts[i].number, m->parts[i].type);
	T(strcmp(m->parts[2].charset, "UTF-8") == 0, "%s", m->parts[2].charset);
	message_add_part(m, 5, 100, &out);
	T(slice_is(slice_sub(buf_slice(&out), 0, 4), "%PDF"), "%s", buf_text(&out));
	buf_clear(&out);
	message_add_part(m, 5, 2, &out);
	T(slice_is(buf_slice(&out), "%P"), "no more than max: %s", buf_text(&out));
	buf_clear(&out);
	message_add_text(m, true, 1000, &out);
	T(slice_is(buf_slice(&out), "first\nsecond\nthird\n"), "%s", buf_text(&out));
	buf_clear(&out);
	message_add_text(m, false, 1000, &out);
	T(slice_is(buf_slice(&out), "first\nsecond\nthird\ninner\nBob\n"), "with its header: %s",
	    buf_text(&out));

	m = open_text("Content-Type: multipart/mixed; boundary=x\n\nno part\n");
	buf_clear(&out);
	message_add_text(m, true, 1000, &out);
	T(m->part_count == 1 && slice_is(buf_slice(&out), "no part\n"), "%s", buf_text(&out));
	m = open_text("Content-Type: multipart/mixed; boundary=x\n\n--x\n\nno end");
	T(m->part_count == 1 && m->parts[0].n == 6, "a part without end");
	m = open_text("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: s\n\nt\n--x--\n");
	T(m->part_count == 2 && strcmp(m->parts[0].type, "message/rfc822") == 0 &&
	    strcmp(m->parts[1].number, "1.1") == 0, "a digest: %zu", m->part_count);
	buf_free(&out);
}

/* Over the limits nothing is lost: what is deeper, or behind, is text. */
static void
limits(void)
{
	struct buf raw = BUF_EMPTY, out = BUF_EMPTY;
	const struct message *m;
	unsigned i;

	for (i = 0; i < 1000; i++)
		buf_add_format(&raw, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
	buf_add_string(&raw, "\nthe deepest\n");
	m = open_bytes(buf_slice(&raw));
	message_add_text(m, true, 1u << 20, &out);
	T(m->part_count == 100, "nested: %zu", m->part_count);
	T(slice_ends(buf_slice(&out), "the deepest\n"), "the rest is text");

	buf_clear(&raw);
	buf_clear(&out);
	buf_add_string(&raw, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (i = 0; i < 20000; i++)
		buf_add_format(&raw, "--b\n\npart%u\n", i);
	m = open_bytes(buf_slice(&raw));
	message_add_text(m, true, 1u << 20, &out);
	T(m->part_count == 10000, "parts: %zu", m->part_count);
	T(slice_ends(buf_slice(&out), "part19999\n"), "the rest is text");
	T(slice_find_bytes(buf_slice(&out), 0, SLICE_OF("part9998\n")) < out.n, "and so are they");

	/* Two at a time, from an odd number on. */
	buf_set(&raw, SLICE_OF("Content-Type: multipart/digest; boundary=b\n\n--b\nContent-Type: a/b\n\n"));
	for (i = 0; i < 6000; i++)
		buf_add_string(&raw, "--b\n\n\nt\n");
	m = open_bytes(buf_slice(&raw));
	T(m->part_count == 10000, "parts of a digest: %zu", m->part_count);
	buf_clear(&raw);
	for (i = 0; i < 100; i++)
		buf_add_string(&raw, "Content-Type: message/rfc822\n\n");
	buf_add_string(&raw, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n");
	m = open_bytes(buf_slice(&raw));
	T(m->part_count == 101 && strcmp(m->parts[100].type, "multipart/mixed") == 0,
	    "nested messages: %zu", m->part_count);
	for (i = 1000; i < 1002; i++) {
		buf_set(&raw, SLICE_OF("Content-Type: multipart/mixed; boundary="));
		memset(buf_extend(&raw, i), 'b', i);
		buf_add_string(&raw, "\n\n--");
		memset(buf_extend(&raw, i), 'b', i);
		buf_add_string(&raw, "\n\nx\n");
		m = open_bytes(buf_slice(&raw));
		T(strcmp(m->parts[0].type, i == 1000 ? "text/plain" : "multipart/mixed") == 0,
		    "a boundary of %u: %s", i, m->parts[0].type);
	}
	buf_free(&raw);
	buf_free(&out);
}

/* ---- Text ---- */

static void
texts(void)
{
	static const struct {
		const char *raw, *text;
	} cases[] = {
		{ "\nplain\n", "plain\n" },
		{ "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
		    "M=C3=BCl=\nler\n", "Müller\n" },
		{ "Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=koi8-r\n\n"
		    "8NLJ18XU\n", "Привет" },
		{ "Content-Transfer-Encoding: base64\n\n\nThis is no base64.\n", "\nThis is no base64.\n" },
		{ "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#0V%T\n`\nend\n", "Cat" },
		{ "Content-Transfer-Encoding: x-uuencode\n\nno beginning\n", "no beginning\n" },
		{ "Content-Type: text/plain; charset=nonesuch\n\nM\xc3\xbcller", "Müller" },
		{ "Content-Type: text/plain; charset=utf-8\n\nM\xfcller", "Müller" },
		{ "Content-Type: text/plain; charset=utf-8\n\nMü, ä, ö, \xff", "Mü, ä, ö, \xef\xbf\xbd" },
		{ "Content-Type: text/plain; charset=iso-8859-1\n\nM\xfcller \x93q\x94", "Müller “q”" },
		{ "Content-Type: text/plain; charset=Windows-1252\n\n\x80", "€" },
		{ "Content-Type: text/plain; charset=ISO-8859-1\n\nMüller, Köln", "Müller, Köln" },
		{ "Content-Type: text/plain; charset=Windows-1252\n\nMüller, Köln", "Müller, Köln" },
		/* The last letter might have got an accent. */
		{ "Content-Type: text/plain; charset=windows-1255\n\n\xf2\xe5\xec\xed", "עולם" },
		{ "Content-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%F%9%H\x1b(B", "テスト" },
		{ "\n\x1b$B%F%9%H\x1b(B", "テスト" },
		{ "Content-Type: text/plain; charset=shift_jis\n\n\x83\x65", "テ" },
		{ "Content-Type: text/plain; charset=utf-7\n\nM+APw-ller", "Müller" },
		{ "Content-Type: text/plain; charset=euc-kr\n\n\xc7\xd1\xff", "한\xef\xbf\xbd" },
		{ "Content-Type: message/delivery-status\n\nStatus: 5.1.1\n", "Status: 5.1.1\n" },
		{ "Content-Type: image/png\n\nx", "" },
		{ "Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx", "" },
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		message_add_text(open_text(cases[i].raw), false, 1000, &out);
		T(slice_equal(slice_trim(buf_slice(&out)), slice_trim(slice_string(cases[i].text))),
		    "%s: %s", cases[i].raw, buf_text(&out));
	}
	buf_clear(&out);
	message_add_text(open_text("\naääää"), false, 6, &out);
	T(slice_is(buf_slice(&out), "aää"), "no half character: %s", buf_text(&out));
	buf_free(&out);
}

static void
html(void)
{
	static const struct {
		const char *html, *text;
	} cases[] = {
		{ "one<br>two<p>three</p>four", "one\ntwo\nthree\nfour\n" },
		{ "<B>f</B>iv<i>e</i> <a href=\"x>y\">si</a>x", "five six\n" },
		{ "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\nc\n" },
		{ "a<STYLE>p {}</STYLE>b<script>if (a</b>) x()</script >c", "abc\n" },
		{ "a<!-- <p>no --> b<!-->c<!DOCTYPE html>d<?xml x?>e", "a bcde\n" },
		{ "&amp;&lt;&#228;&#xE4;&auml;&euro;&#128;&nbsp;x&zwj;", "&<äää€€ x\xe2\x80\x8d\n" },
		{ "a&shy;b&nope;c&d &#0; &#x110000; &", "ab&nope;c&d &#0; &#x110000; &\n" },
		{ "?a=1&copy=2&sect&notit;&Sigma&Sigma;", "?a=1©=2§&notit;&SigmaΣ\n" },
		{ "a < b <3 </ 4 <5", "a < b <3 </ 4 <5\n" },
		{ "a<b x='>' y=\">\" z=>c<b x=\"d>e", "ace\n" },
		{ "  a \r\n\t b  ", "a b\n" }, { "", "" }, { "<", "<\n" }, { "a<b", "a\n" },
		{ "<script>a", "" }, { "<!-- a", "" }, { "<!-- a > b", "b\n" },
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		html_add_text(slice_string(cases[i].html), 1000, &out);
		T(slice_is(buf_slice(&out), cases[i].text), "%s: %s", cases[i].html, buf_text(&out));
	}
	buf_free(&out);
}

/* From a descriptor, window by window, the same comes out. */
static void
from_a_file(void)
{
	struct buf raw = BUF_EMPTY, a = BUF_EMPTY, b = BUF_EMPTY;
	struct error err = ERROR_NONE;
	const struct message *m;
	size_t i, n;
	int fd = -1;

	buf_add_string(&raw, "Subject: long\nContent-Type: multipart/mixed; boundary=b\n\n");
	for (i = 0; i < 130; i++) {
		buf_add_format(&raw, "--b\nContent-Type: text/plain; name=\"%zu\"\n\n", i);
		for (n = 0; n < i * 97; n++)
			buf_add_format(&raw, "%s%zu\n", n % 50 ? "" : "--c", n);
	}
	m = open_bytes(buf_slice(&raw));
	n = m->part_count;
	for (i = 0; i < n; i++)
		buf_add_format(&a, "%s %s %llu %llu\n", m->parts[i].number, m->parts[i].name,
		    (unsigned long long)m->parts[i].at, (unsigned long long)m->parts[i].n);
	message_add_text(m, false, SIZE_MAX, &a);
	T(file_replace(t_path("long"), 0600, buf_slice(&raw), &err) == 0 &&
	    file_open_read(t_path("long"), &fd, &err) == 0, "%s", err.text);
	arena_reset(&arena);
	message_open_fd(fd, &arena, &message);
	T(strcmp(m->subject, "long") == 0 && m->part_count == n && n == 130, "%zu %zu", n,
	    m->part_count);
	for (i = 0; i < m->part_count; i++)
		buf_add_format(&b, "%s %s %llu %llu\n", m->parts[i].number, m->parts[i].name,
		    (unsigned long long)m->parts[i].at, (unsigned long long)m->parts[i].n);
	message_add_text(m, false, SIZE_MAX, &b);
	T(raw.n > 3u << 20 && slice_equal(buf_slice(&a), buf_slice(&b)), "the same: %zu", raw.n);
	file_close(fd);
	buf_free(&raw);
	buf_free(&a);
	buf_free(&b);
}

/* Recipients stand in as many fields as whoever wrote them liked. */
static void
several_fields(void)
{
	struct arena a = ARENA_EMPTY;
	struct buf raw = BUF_EMPTY;
	struct message m;
	size_t i;

	message_open(SLICE_OF("To:\nCc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nSubject: one\n"
	    "To: Ann <a@example.org>,\n\tb@example.org\nSubject: two\ncc:\nCc: c@example.org\n"
	    "TO: d@example.org\nFrom: e@example.org\nFrom: f@example.org\n\nTo: g@example.org\n"),
	    &a, &m);
	T(strcmp(m.to, "Ann <a@example.org>,\tb@example.org, d@example.org") == 0 ||
	    strcmp(m.to, "Ann <a@example.org>, b@example.org, d@example.org") == 0, "%s", m.to);
	T(strcmp(m.cc, "J\xc3\xbcrgen <j@example.org>, c@example.org") == 0, "%s", m.cc);
	T(strcmp(m.subject, "one") == 0 && strcmp(m.from, "e@example.org") == 0, "%s, %s",
	    m.subject, m.from);
	message_close(&m);

	/* Fields without end cost time and memory for what is shown of them only. */
	for (i = 0; i < 1000000; i++)
		buf_add_format(&raw, "Cc: p%zu@example.org\n", i);
	message_open(buf_slice(&raw), &a, &m);
	T(strlen(m.cc) > 500000 && strlen(m.cc) < 600000, "%zu bytes", strlen(m.cc));
	message_close(&m);
	buf_free(&raw);
	arena_free(&a);
}

int
main(void)
{
	mail_init();
	words();
	names();
	header();
	dates();
	parts();
	limits();
	texts();
	html();
	from_a_file();
	arena_free(&arena);
	several_fields();
	return t_done();
}
