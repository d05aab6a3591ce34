/* SPDX-License-Identifier: MIT */
#include "backends/formats/confined.h"
#include "backends/formats/formats.h"
#include "backends/formats/mapi.h"
#include "backends/formats/msg.h"
#include "core/mail/tnef.h"
#include "tests/unit/formatkit.h"
#include "tests/unit/tnefkit.h"

static const struct confined_parser parsers[] = {
	{ "msg", mapi_prepare, msg_parse },
	{ NULL, NULL, NULL },
};

#define STRINGS_SET "\x29\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
#define MESSAGE_IID "\7\3\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

/* Keywords: "Red" and "Blue", by name. */
static void
add_keywords(struct buf *p)
{
	p->p[0]++;
	buf_add(p, SLICE_OF("\x1f\x10\x05\x80" STRINGS_SET "\1\0\0\0\x12\0\0\0"
	    "K\0e\0y\0w\0o\0r\0d\0s\0\0\0\0\0"));
	buf_add(p, SLICE_OF("\2\0\0\0\6\0\0\0R\0e\0d\0\0\0\x0a\0\0\0B\0l\0u\0e\0\0\0\0\0"));
}

static void
add_recipients(struct buf *b)
{
	struct buf p = BUF_EMPTY, all = BUF_EMPTY;

	tnefkit_number(&all, 2, 4);
	tnefkit_property(&p, 0x1e, 0x3001, SLICE_OF("Ben\0"));
	tnefkit_property(&p, 0x1e, 0x39fe, SLICE_OF("ben@example.org\0"));
	tnefkit_property(&p, 0x03, 0xc15, SLICE_OF("\1\0\0\0"));
	buf_add(&all, buf_slice(&p));
	buf_clear(&p);
	tnefkit_property(&p, 0x1e, 0x3001, SLICE_OF("Cleo\0"));
	tnefkit_property(&p, 0x1e, 0x39fe, SLICE_OF("cleo@example.org\0"));
	tnefkit_property(&p, 0x03, 0xc15, SLICE_OF("\2\0\0\0"));
	buf_add(&all, buf_slice(&p));
	tnefkit_attribute(b, 1, TNEF_RECIPIENTS, buf_slice(&all));
	buf_free(&p);
	buf_free(&all);
}

/* Whom it is from and when it was sent only the older attributes say. */
static void
sample(struct buf *b)
{
	struct buf p = BUF_EMPTY, object = BUF_EMPTY, inner = BUF_EMPTY;

	tnefkit_begin(b);
	tnefkit_attribute(b, 1, TNEF_CODEPAGE, SLICE_OF("\xe4\4\0\0\0\0\0\0"));
	tnefkit_attribute(b, 1, TNEF_FROM, SLICE_OF("\4\0\x1d\0\5\0\x15\0Ann\xe4\0SMTP:ann@example.org\0"));
	tnefkit_attribute(b, 1, TNEF_SUBJECT, SLICE_OF("An older subject\0"));
	tnefkit_attribute(b, 1, TNEF_SENT, SLICE_OF("\xdf\7\6\0\x1c\0\4\0\x2b\0\x3b\0\0\0"));
	tnefkit_attribute(b, 1, TNEF_CLASS, SLICE_OF("IPM.Microsoft Mail.Note\0"));
	tnefkit_attribute(b, 1, TNEF_BODY, SLICE_OF("The text\r\n\0"));
	add_recipients(b);
	tnefkit_property(&p, 0x1f, 0x37, SLICE_OF("S\0u\0b\0j\0e\0c\0t\0\0\0"));
	tnefkit_property(&p, 0x03, 0xe07, SLICE_OF("\1\0\0\0"));
	add_keywords(&p);
	tnefkit_attribute(b, 1, TNEF_PROPERTIES, buf_slice(&p));
	tnefkit_attribute(b, 2, TNEF_RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, TNEF_TITLE, SLICE_OF("old.bin\0"));
	tnefkit_attribute(b, 2, TNEF_DATA, SLICE_OF("old"));
	tnefkit_begin(&inner);
	tnefkit_attribute(&inner, 1, TNEF_SUBJECT, SLICE_OF("Inside\0"));
	tnefkit_attribute(&inner, 1, TNEF_BODY, SLICE_OF("Deep\0"));
	buf_add(&object, SLICE_OF(MESSAGE_IID));
	buf_add(&object, buf_slice(&inner));
	buf_clear(&p);
	tnefkit_property(&p, 0x0d, 0x3701, buf_slice(&object));
	tnefkit_property(&p, 0x1e, 0x3001, SLICE_OF("Inner\0"));
	tnefkit_attribute(b, 2, TNEF_RENDER, SLICE_OF("\1\0"));
	tnefkit_attribute(b, 2, TNEF_DATA, SLICE_OF("stand-in"));
	tnefkit_attribute(b, 2, TNEF_ATTACHMENT, buf_slice(&p));
	buf_free(&p);
	buf_free(&object);
	buf_free(&inner);
}

static const char expected[] =
    "seen [Blue] [Red]\n"
    "Date: Sun, 28 Jun 2015 04:43:59 +0000\n"
    "From: =?UTF-8?B?QW5uw6Q=?= <ann@example.org>\n"
    "To: \"Ben\" <ben@example.org>\n"
    "Cc: \"Cleo\" <cleo@example.org>\n"
    "Subject: Subject\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed;\n"
    " boundary=\"=_mailcask_00m\"\n"
    "\n"
    "--=_mailcask_00m\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "The text\n"
    "--=_mailcask_00m\n"
    "Content-Type: application/octet-stream;\n"
    " name=\"old.bin\"\n"
    "Content-Disposition: attachment;\n"
    " filename=\"old.bin\"\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "b2xk\n"
    "--=_mailcask_00m\n"
    "Content-Type: message/rfc822\n"
    "Content-Disposition: attachment;\n"
    " filename=\"Inner\"\n"
    "Content-Transfer-Encoding: 8bit\n"
    "\n"
    "Subject: Inside\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "Deep\n"
    "--=_mailcask_00m--\n";

/* Flags and tags, the message, and what failed. */
static void
read_all(struct slice bytes, struct buf *told)
{
	const struct confined_input in = { .fd = -1, .bytes = bytes, .size = bytes.n };
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record r;
	struct error err = ERROR_NONE;
	struct confined *c;
	char piece[1000];
	int64_t got;
	size_t i;

	buf_clear(told);
	buf_add(&out.out, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	output_done(&out, msg_parse(&in, 0, 0, &out, &err) < 0 ? err.text : "");
	c = confined_open_bytes(buf_slice(&out.out));
	while (confined_next(c, &r, &err) == 1) {
		if (r.kind != CONFINED_MESSAGE) {
			buf_add_format(told, "FAILED %.*s\n", (int)r.text.n, (const char *)r.text.p);
			continue;
		}
		flags_add_names(told, r.flags);
		for (i = 0; i < r.tags.n; i++)
			buf_add_format(told, " [%.*s]", (int)r.tags.items[i].n,
			    (const char *)r.tags.items[i].p);
		buf_add_byte(told, '\n');
		while ((got = confined_read(c, piece, sizeof(piece), &err)) > 0)
			buf_add_bytes(told, piece, (size_t)got);
	}
	confined_close(c);
	buf_free(&out.out);
}

static void
test_item(void)
{
	struct buf b = BUF_EMPTY, told = BUF_EMPTY;
	size_t i;

	sample(&b);
	read_all(buf_slice(&b), &told);
	T_SAME(buf_text(&told), expected, "what it gives");
	for (i = 4; i < b.n; i++) {
		b.p[i] ^= 0xff;
		read_all(buf_slice(&b), &told);
		b.p[i] ^= 0xff;
		read_all(slice_sub(buf_slice(&b), 0, i), &told);
		if (told.n == 0)
			break;
	}
	T(i == b.n, "whatever is cut off at %zu, there is a message", i);
	buf_free(&b);
	buf_free(&told);
}

static void
test_format(void)
{
	struct buf b = BUF_EMPTY;

	sample(&b);
	kit_write_bytes("winmail.dat", buf_slice(&b));
	kit_write_bytes("tree/a/one.tnef", buf_slice(&b));
	kit_write("tree/a/other.dat", "not that");
	T(format_msg.probe(kit_path("winmail.dat"), &kit.err) == 96, "known by its look");
	T(format_msg.probe(kit_path("tree/a/other.dat"), &kit.err) == 0, "another is not");
	T(format_msg.probe(kit_path("tree"), &kit.err) == 67, "in a tree");
	if (T(kit_open(&format_msg, "winmail.dat", "plain"), "open: %s", kit.err.text)) {
		T_SAME(kit_names(), "winmail", "called as the file is");
		T_SAME(kit_kept(), "winmail.dat", "which is kept");
		T(kit_read(0) == 0 && slice_is(kit_joined(), strchr(expected, '\n') + 1), "the message");
	}
	buf_free(&b);
}

int
main(int argc, char **argv)
{
	int status;

	if (confined_serve(argc, argv, parsers, &status))
		_exit(status);
	mapi_prepare();
	test_item();
	test_format();
	kit_end();
	return t_done();
}
