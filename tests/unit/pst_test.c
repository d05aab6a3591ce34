/* SPDX-License-Identifier: MIT */
#include "tests/unit/pstsample.h"

#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

static const struct confined_parser parsers[] = {
	{ "pst", mapi_prepare, pst_parse },
	{ NULL, NULL, NULL },
};

static const char *
without_numbers(const char *told)
{
	/* The long attachment: checked by itself. */
	const char *from = strstr(told, "MCwxLDIsMyw0"), *to = from ? strstr(from, "\n--") : NULL;

	return to ? arena_format(&kit.arena, "%.*s(numbers)%s", (int)(from - told), told, to) : told;
}

static const char expected[] =
    "mailbox/Inbox 2\n"
    "mailbox/Contacts 1\n"
    "mailbox/Inbox/Empty 0\n"
    "item 200024 seen answered flagged [Red] [to do]\n"
    "Date: Sun, 28 Jun 2015 04:43:59 +0000\n"
    "From: \"Anna Example\" <anna@example.org>\n"
    "Sender: \"Secretary\" <s@example.org>\n"
    "To: \"Anna Example\" <anna@example.org>,\n"
    " \"Ben\" <IMCEAEX-_o=Org_cn=Ben@exchange.invalid>\n"
    "Cc: <cc@example.org>\n"
    "Bcc: \"Hidden \\\"H\\\"\" <bcc@example.org>\n"
    "Subject: RE: All of it\n"
    "Message-ID: <1@example.org>\n"
    "In-Reply-To: <0@example.org>\n"
    "Importance: high\n"
    "Sensitivity: Private\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed;\n"
    " boundary=\"=_mailcask_00m\"\n"
    "\n"
    "--=_mailcask_00m\n"
    "Content-Type: multipart/related;\n"
    " boundary=\"=_mailcask_00r\"\n"
    "\n"
    "--=_mailcask_00r\n"
    "Content-Type: multipart/alternative;\n"
    " boundary=\"=_mailcask_00a\"\n"
    "\n"
    "--=_mailcask_00a\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "Dear Ben,\n"
    "\n"
    "=46rom here =3D there.\n"
    "--=_mailcask_00a\n"
    "Content-Type: text/html; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "<p>Dear Ben<img src=3D\"cid:dot@1\">\n"
    "--=_mailcask_00a--\n"
    "--=_mailcask_00r\n"
    "Content-Type: image/png;\n"
    " name=\"dot.png\"\n"
    "Content-ID: <dot@1>\n"
    "Content-Disposition: inline;\n"
    " filename=\"dot.png\"\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "iVBORw==\n"
    "--=_mailcask_00r--\n"
    "--=_mailcask_00m\n"
    "Content-Type: application/octet-stream;\n"
    " name=\"numbers.bin\"\n"
    "Content-Disposition: attachment;\n"
    " filename=\"numbers.bin\"\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "(numbers)\n"
    "--=_mailcask_00m\n"
    "Content-Type: message/rfc822\n"
    "Content-Disposition: attachment;\n"
    " filename=\"Inner\"\n"
    "Content-Transfer-Encoding: 8bit\n"
    "\n"
    "From: <x@example.org>\n"
    "Subject: Inner one\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "inside\n"
    "--=_mailcask_00m\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Disposition: attachment;\n"
    " filename=\"plan.doc\"\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "\\\\server\\plan.doc\n"
    "--=_mailcask_00m--\n"
    "item 200044 \n"
    "Received: from a by b;\n"
    "\tMon, 2 Jan 2006 15:04:05 +0100\n"
    "From: Me <me@example.org>\n"
    "Subject: As it came\n"
    "X-Odd: kept\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "text\n"
    "item 200064 \n"
    "X-Outlook-Item: IPM.Contact\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/vcard; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "BEGIN:VCARD\n"
    "VERSION:3.0\n"
    "FN:Anna Example\n"
    "N:Example;Anna;;;\n"
    "EMAIL;TYPE=3DINTERNET:anna@example.org\n"
    "TEL;TYPE=3DCELL:+49 1\n"
    "ADR;TYPE=3DWORK:;;1\\, High Street;;;;\n"
    "END:VCARD\n";

/* Each kind of file, in each encoding, with blocks of several lengths. */
static void
test_kinds(void)
{
	static const size_t lengths[] = { 400, 1000, 8000 };
	static const char *const names[] = { "ANSI", "Unicode", "4K" };
	struct buf told = BUF_EMPTY, first = BUF_EMPTY;
	struct pstkit k;
	unsigned kind, encoding;
	size_t i;

	for (kind = 0; kind < 3; kind++) {
		for (encoding = 0; encoding < 3; encoding++) {
			for (i = 0; i < 3; i++) {
				read_all(sample(&k, kind, encoding, lengths[i]), &told);
				if (first.n == 0)
					buf_add(&first, buf_slice(&told));
				T(slice_equal(buf_slice(&first), buf_slice(&told)),
				    "%s, encoding %u, blocks of %zu:\n%s", names[kind], encoding,
				    lengths[i], buf_text(&told));
				pstkit_free(&k);
			}
		}
	}
	T_SAME(without_numbers(buf_text(&first)), expected, "what a file gives");
	buf_free(&told);
	buf_free(&first);
}

/* ---- Damage ---- */

/* One byte changed anywhere: nothing is taken for another thing unsaid. */
static void
test_damage(enum pstkit_kind kind, size_t step)
{
	struct buf told = BUF_EMPTY, good = BUF_EMPTY, damaged = BUF_EMPTY;
	struct pstkit k;
	size_t i, silent = 0, harmless = 0;

	buf_add(&damaged, sample(&k, kind, 1, 1000));
	read_all(buf_slice(&damaged), &good);
	for (i = 0; i < damaged.n; i += step) {
		damaged.p[i] ^= 0x41;
		read_all(buf_slice(&damaged), &told);
		if (slice_equal(buf_slice(&told), buf_slice(&good)))
			harmless++;
		else if (strstr(buf_text(&told), "FAILED ") == NULL && silent++ < 3)
			T(false, "kind %d: a change at %zu is not told:\n%s", kind, i,
			    buf_text(&told));
		damaged.p[i] ^= 0x41;
	}
	T(silent == 0 && harmless < damaged.n / step, "kind %d: %zu changes, %zu harmless", kind,
	    damaged.n / step, harmless);
	for (i = 0; i < damaged.n; i += step) {
		read_all(slice_sub(buf_slice(&damaged), 0, i), &told);
		if (strstr(buf_text(&told), "FAILED ") == NULL)
			T(false, "kind %d: cut at %zu", kind, i);
	}
	buf_free(&told);
	buf_free(&good);
	buf_free(&damaged);
	pstkit_free(&k);
}

/* ---- As a format, in a child ---- */

static void
test_format(void)
{
	struct pstkit k;
	const char *first;

	kit_write_bytes("mail.pst", sample(&k, PSTKIT_UNICODE, 1, 1000));
	T(format_pst.probe(kit_path("mail.pst"), &kit.err) > 90, "it is known by its look");
	T(format_pst.probe(t_directory(), &kit.err) == 0, "a directory is none");
	kit_write("other.pst", "!BDN and no more");
	T(format_pst.probe(kit_path("other.pst"), &kit.err) == 0, "the name alone is not enough");
	if (!T(kit_open(&format_pst, "mail.pst", "plain"), "open: %s", kit.err.text))
		return;
	T_SAME(kit_names(), "Inbox|Contacts|Inbox/Empty", "mailboxes");
	T_SAME(kit_kept(), "mail.pst", "the file is kept");
	T(kit.mailboxes.items[0].messages == 2, "how many");
	T(kit_read(0) == 0, "read: %s", kit.err.text);
	T(kit.entries.n == 2 && kit.entries.items[0].entry.date == 1435466639 &&
	    kit.entries.items[0].entry.tags.n == 2, "entries");
	first = arena_string_of(&kit.arena, kit_joined());
	T(kit_read(0) == 0 && slice_is(kit_joined(), first), "the same every night");
	T(strncmp(strstr(expected, "Date: "), first, 500) == 0, "the same as in one process");
	pstkit_free(&k);

	/* What cannot be read at all is kept all the same. */
	kit_write_bytes("cut.pst", SLICE_OF("!BDN\0\0\0\0SM\27\0\0\0\0\0"));
	T(kit_open(&format_pst, "cut.pst", "plain"), "open one that is cut");
	T_SAME(kit_names(), "cut.pst", "one mailbox");
	T_SAME(kit_kept(), "cut.pst", "the file is kept");
	T(kit_read(0) < 0, "which cannot be read");
}

/* Files to begin with, for the fuzzer. */
static int
write_seeds(const char *directory)
{
	static const char *const names[] = { "ansi", "unicode", "4k" };
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct pstkit k;
	unsigned kind;
	int rc = 0;

	for (kind = 0; kind < 3 && rc == 0; kind++) {
		struct slice bytes = sample(&k, kind, kind, 700);

		rc = file_replace(path_join(&a, directory, names[kind]), 0644, bytes, &err);
		pstkit_free(&k);
	}
	arena_free(&a);
	return rc < 0;
}

int
main(int argc, char **argv)
{
	int status;

	if (confined_serve(argc, argv, parsers, &status))
		_exit(status);
	mapi_prepare();
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(argv[2]);
	test_kinds();
	test_damage(PSTKIT_ANSI, 7);
	test_damage(PSTKIT_UNICODE, 7);
	test_damage(PSTKIT_4K, 61);
	test_format();
	kit_end();
	return t_done();
}
