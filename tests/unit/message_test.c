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

int
main(void)
{
	mail_init();
	words();
	names();
	header();
	dates();
	arena_free(&arena);
	return t_done();
}
