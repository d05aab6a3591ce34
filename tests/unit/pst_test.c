/* SPDX-License-Identifier: MIT */
#include "tests/unit/pstkit.h"

#include "backends/formats/confined.h"
#include "backends/formats/formats.h"
#include "backends/formats/pst.h"
#include "tests/unit/formatkit.h"

static const struct confined_parser parsers[] = {
	{ "pst", mapi_prepare, pst_parse },
	{ NULL, NULL, NULL },
};

#define TIME "\x00\x80\x8b\x0c\x5d\xb1\xd0\x01"        /* 2015-06-28 04:43:59 */
#define ENTRY "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x22\x80\0\0"
#define STRINGS "\x29\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
#define ADDRESSES "\x04\x20\x06\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

enum { TOP = 0x8022, INBOX = 0x8042, CONTACTS = 0x8062, INNER = 0x8082 };

/* ---- A file that has one of everything ---- */

static void
add_store(struct pstkit *k)
{
	/* "Keywords" is 0x8000, the first address of a contact 0x8001. */
	static const char entries[] = "\0\0\0\0\x05\0\0\0" "\x83\x80\0\0\x08\0\1\0";
	static const char strings[] = "\x10\0\0\0K\0e\0y\0w\0o\0r\0d\0s\0";
	static const char guids[] = STRINGS;
	static const char address[] = ADDRESSES;
	char both[32] = "";
	const struct pstkit_property store[] = { PSTKIT_TEXT(0x3001, "Test file"),
		{ 0x35e0, MAPI_BINARY, SLICE_OF(ENTRY), 0, 0 } };
	struct pstkit_property names[] = {
		{ 2, MAPI_BINARY, slice_of(both, 32), 0, 0 },
		{ 3, MAPI_BINARY, slice_of(entries, 16), 0, 0 },
		{ 4, MAPI_BINARY, slice_of(strings, 20), 0, 0 } };

	memcpy(both, guids, 16);
	memcpy(both + 16, address, 16);
	pstkit_node(k, PST_STORE_NODE, 0, pstkit_object(k,
	    (struct pstkit_set)PSTKIT_SET(store), NULL, 0));
	pstkit_node(k, PST_NAMES_NODE, 0, pstkit_object(k,
	    (struct pstkit_set)PSTKIT_SET(names), NULL, 0));
}

static void
add_folder(struct pstkit *k, uint32_t nid, uint32_t parent, const char *name, unsigned declared,
    const uint32_t *items, size_t n)
{
	const unsigned char count[4] = { (unsigned char)declared, 0, 0, 0 };
	const struct pstkit_property properties[] = {
		{ 0x3001, MAPI_UNICODE, slice_string(name), 0, 0 },
		{ 0x3602, MAPI_LONG, slice_of(count, 4), 0, 0 } };

	pstkit_node(k, nid, parent, pstkit_object(k,
	    (struct pstkit_set)PSTKIT_SET(properties), NULL, 0));
	if (items != NULL)
		pstkit_node(k, PST_NODE(nid, PST_CONTENTS), 0, pstkit_table(k, items, NULL, n));
}

static uint64_t
add_categories(struct pstkit *k)
{
	struct buf many = BUF_EMPTY;
	uint64_t block;

	pstkit_put(&many, 2, 4);
	pstkit_put(&many, 12, 4);
	pstkit_put(&many, k->kind == PSTKIT_ANSI ? 15 : 18, 4);
	buf_add(&many, k->kind == PSTKIT_ANSI ? SLICE_OF("Redto do") :
	    SLICE_OF("R\0e\0d\0t\0o\0 \0d\0o\0"));
	block = pstkit_data(k, buf_slice(&many));
	buf_free(&many);
	return block;
}

/* A message with all kinds of recipients, bodies and attachments. */
static void
add_message(struct pstkit *k, uint32_t nid, struct pst_node inner)
{
	const struct pstkit_property people[][4] = {
		{ PSTKIT_LONG(0xc15, "\1\0\0\0"), PSTKIT_TEXT(0x3001, "Anna Example"),
		    PSTKIT_TEXT(0x3002, "SMTP"), PSTKIT_TEXT(0x3003, "anna@example.org") },
		{ PSTKIT_LONG(0xc15, "\1\0\0\0"), PSTKIT_TEXT(0x3001, "Ben"),
		    PSTKIT_TEXT(0x3002, "EX"), PSTKIT_TEXT(0x3003, "/o=Org/cn=Ben") },
		{ PSTKIT_LONG(0xc15, "\2\0\0\0"), PSTKIT_TEXT(0x3001, "cc@example.org"),
		    PSTKIT_TEXT(0x3002, "SMTP"), PSTKIT_TEXT(0x3003, "cc@example.org") },
		{ PSTKIT_LONG(0xc15, "\3\0\0\0"), PSTKIT_TEXT(0x3001, "Hidden \"H\""),
		    PSTKIT_TEXT(0x3002, "SMTP"), PSTKIT_TEXT(0x3003, "bcc@example.org") },
	};
	const struct pstkit_set rows[] = { { people[0], 4 }, { people[1], 4 }, { people[2], 4 },
		{ people[3], 4 } };
	static const uint32_t row_ids[] = { 0, 1, 2, 3 };
	static const uint32_t attachment_ids[] = { 0x8025, 0x8045, 0x8065, 0x8085 };
	struct buf long_data = BUF_EMPTY;
	const struct pstkit_property picture[] = { PSTKIT_LONG(0x3705, "\1\0\0\0"),
		PSTKIT_TEXT(0x3707, "dot.png"), PSTKIT_TEXT(0x370e, "image/png"),
		PSTKIT_TEXT(0x3712, "dot@1"), PSTKIT_BYTES(0x3701, "\x89PNG") };
	struct pstkit_property file[] = { PSTKIT_LONG(0x3705, "\1\0\0\0"),
		PSTKIT_TEXT(0x3707, "numbers.bin"), { 0x3701, MAPI_BINARY, SLICE_EMPTY, 0, 0 } };
	const struct pstkit_property message[] = { PSTKIT_LONG(0x3705, "\5\0\0\0"),
		PSTKIT_TEXT(0x3001, "Inner"),
		{ 0x3701, MAPI_OBJECT, SLICE_EMPTY, inner.data, inner.sub } };
	const struct pstkit_property link[] = { PSTKIT_LONG(0x3705, "\4\0\0\0"),
		PSTKIT_TEXT(0x3707, "plan.doc"), PSTKIT_TEXT(0x370d, "\\\\server\\plan.doc") };
	struct pst_node inside[6];
	size_t i;

	for (i = 0; i < 1500; i++)
		buf_add_format(&long_data, "%zu,", i);
	file[2].data = pstkit_data(k, buf_slice(&long_data));
	inside[0] = pstkit_table(k, row_ids, rows, 4);
	inside[0].nid = PST_RECIPIENTS_NODE;
	inside[1] = pstkit_table(k, attachment_ids, NULL, 4);
	inside[1].nid = PST_ATTACHMENTS_NODE;
	inside[2] = pstkit_object(k, (struct pstkit_set)PSTKIT_SET(picture), NULL, 0);
	inside[3] = pstkit_object(k, (struct pstkit_set)PSTKIT_SET(file), NULL, 0);
	inside[4] = pstkit_object(k, (struct pstkit_set)PSTKIT_SET(message), NULL, 0);
	inside[5] = pstkit_object(k, (struct pstkit_set)PSTKIT_SET(link), NULL, 0);
	for (i = 0; i < 4; i++)
		inside[2 + i].nid = attachment_ids[i];
	{
		const struct pstkit_property properties[] = { PSTKIT_TEXT(0x1a, "IPM.Note"),
			PSTKIT_TEXT(0x37, "\1\5RE: All of it"),
			{ 0x39, MAPI_TIME, SLICE_OF(TIME), 0, 0 },
			PSTKIT_TEXT(0x42, "Anna Example"), PSTKIT_TEXT(0x5d02, "anna@example.org"),
			PSTKIT_TEXT(0xc1a, "Secretary"), PSTKIT_TEXT(0x5d01, "s@example.org"),
			PSTKIT_LONG(0x17, "\2\0\0\0"), PSTKIT_LONG(0x36, "\2\0\0\0"),
			PSTKIT_LONG(0xe07, "\1\0\0\0"), PSTKIT_LONG(0x1081, "\x66\0\0\0"),
			PSTKIT_LONG(0x1090, "\2\0\0\0"), PSTKIT_TEXT(0x1035, "<1@example.org>"),
			PSTKIT_TEXT(0x1042, "<0@example.org>"), PSTKIT_LONG(0x3fde, "\xe9\xfd\0\0"),
			PSTKIT_TEXT(0x1000, "Dear Ben,\r\n\r\nFrom here = there.\r\n"),
			PSTKIT_BYTES(0x1013, "<p>Dear Ben<img src=\"cid:dot@1\">"),
			{ 0x8000, k->kind == PSTKIT_ANSI ? MAPI_MANY | MAPI_STRING8 :
			    MAPI_MANY | MAPI_UNICODE, SLICE_EMPTY, add_categories(k), 0 } };

		pstkit_node(k, nid, INBOX, pstkit_object(k,
		    (struct pstkit_set)PSTKIT_SET(properties), inside, 6));
	}
	buf_free(&long_data);
}

static struct pst_node
inner_message(struct pstkit *k)
{
	const struct pstkit_property properties[] = { PSTKIT_TEXT(0x37, "Inner one"),
		PSTKIT_TEXT(0x1000, "inside\r\n"), PSTKIT_TEXT(0xc1f, "x@example.org") };

	return pstkit_object(k, (struct pstkit_set)PSTKIT_SET(properties), NULL, 0);
}

static void
add_received(struct pstkit *k, uint32_t nid)
{
	const struct pstkit_property properties[] = { PSTKIT_TEXT(0x1a, "IPM.Note"),
		PSTKIT_TEXT(0x37, "not this one"),
		PSTKIT_TEXT(0x7d, "Microsoft Mail Internet Headers Version 2.0\r\n"
		    "Received: from a by b;\r\n\tMon, 2 Jan 2006 15:04:05 +0100\r\n"
		    "From: Me <me@example.org>\r\nSubject: As it came\r\nMIME-Version: 1.0\r\n"
		    "Content-Type: multipart/mixed;\r\n\tboundary=\"x\"\r\n"
		    "--=_mailcask_00m: no\r\nX-Odd: kept\r\n\r\n--x\r\nX-Inner: no\r\n"),
		PSTKIT_TEXT(0x1000, "text") };

	pstkit_node(k, nid, INBOX, pstkit_object(k, (struct pstkit_set)PSTKIT_SET(properties),
	    NULL, 0));
}

static void
add_contact(struct pstkit *k, uint32_t nid)
{
	const struct pstkit_property properties[] = { PSTKIT_TEXT(0x1a, "IPM.Contact"),
		PSTKIT_TEXT(0x3001, "Anna Example"), PSTKIT_TEXT(0x3a06, "Anna"),
		PSTKIT_TEXT(0x3a11, "Example"), PSTKIT_TEXT(0x8001, "anna@example.org"),
		PSTKIT_TEXT(0x3a1c, "+49 1"), PSTKIT_TEXT(0x3a29, "1, High Street") };

	pstkit_node(k, nid, CONTACTS, pstkit_object(k, (struct pstkit_set)PSTKIT_SET(properties),
	    NULL, 0));
}

static struct slice
sample(struct pstkit *k, enum pstkit_kind kind, unsigned encoding, size_t block_max)
{
	static const uint32_t mails[] = { 0x200024, 0x200044 }, contacts[] = { 0x200064 };

	pstkit_open(k, kind, encoding, block_max);
	add_store(k);
	add_folder(k, PST_ROOT_NODE, PST_ROOT_NODE, "", 0, NULL, 0);
	add_folder(k, TOP, PST_ROOT_NODE, "Top of file", 0, NULL, 0);
	add_folder(k, INBOX, TOP, "Inbox", 2, mails, 2);
	add_folder(k, CONTACTS, TOP, "Contacts", 1, contacts, 1);
	add_folder(k, INNER, INBOX, "Empty", 0, contacts, 0);
	add_folder(k, 0x80a2, PST_ROOT_NODE, "Search Root", 0, NULL, 0);
	add_message(k, 0x200024, inner_message(k));
	add_received(k, 0x200044);
	add_contact(k, 0x200064);
	return pstkit_close(k);
}

/* ---- All that a file gives, as text ---- */

static void
read_one(struct slice bytes, uint64_t key, struct buf *told, uint64_t *keys, size_t *n)
{
	struct confined_input in = { .fd = -1, .bytes = bytes, .size = bytes.n };
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c;
	unsigned char piece[777];
	int64_t got;
	size_t i;
	int rc = pst_parse(&in, key, 0, &out, &err);
	struct buf all = BUF_EMPTY;

	buf_add(&all, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	output_done(&out, rc < 0 ? err.text : "");
	buf_add(&all, buf_slice(&out.out));
	c = confined_open_bytes(buf_slice(&all));
	while ((rc = confined_next(c, &record, &err)) == 1) {
		if (record.kind == CONFINED_MAILBOX) {
			buf_add_string(told, "mailbox");
			for (i = 0; i < record.depth; i++)
				buf_add_format(told, "/%.*s", (int)record.components[i].n,
				    (const char *)record.components[i].p);
			buf_add_format(told, " %lld\n", (long long)record.messages);
			if (*n < 16)
				keys[(*n)++] = record.key;
		} else if (record.kind == CONFINED_FAILED) {
			buf_add_format(told, "FAILED %.*s\n", (int)record.text.n,
			    (const char *)record.text.p);
		} else {
			buf_add_format(told, "item %llx ", (unsigned long long)record.index);
			flags_add_names(told, record.flags);
			for (i = 0; i < record.tags.n; i++)
				buf_add_format(told, " [%.*s]", (int)record.tags.items[i].n,
				    (const char *)record.tags.items[i].p);
			buf_add_byte(told, '\n');
			while ((got = confined_read(c, piece, sizeof(piece), &err)) > 0)
				buf_add_bytes(told, piece, (size_t)got);
		}
	}
	if (rc < 0)
		buf_add_format(told, "FAILED %s\n", err.text);
	confined_close(c);
	buf_free(&all);
	buf_free(&out.out);
}

static void
read_all(struct slice bytes, struct buf *told)
{
	uint64_t keys[16], none[16];
	size_t n = 0, ignored = 16, i;

	buf_clear(told);
	read_one(bytes, CONFINED_NO_INDEX, told, keys, &n);
	for (i = 0; i < n; i++)
		read_one(bytes, keys[i], told, none, &ignored);
}

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

/* ---- Counting ---- */

static const char *
told_of(struct pstkit *k)
{
	struct buf told = BUF_EMPTY;
	const char *copy;

	read_all(pstkit_close(k), &told);
	copy = arena_string(&kit.arena, buf_text(&told));
	buf_free(&told);
	pstkit_free(k);
	return copy;
}

static void
test_shortfall(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044 };
	struct pstkit k;

	/* The folder declares more than there is. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 5, items, 1);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "FAILED folder \"Inbox\" declares 5 items, and 1 could be read\n"),
	    "a count that is not reached");

	/* The table names one that is nowhere. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 0, items, 2);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "FAILED item 2097220: it is missing\n"
	    "FAILED folder \"Inbox\" declares 2 items, and 1 could be read\n"), "an item is missing");

	/* No table at all: those that name the folder are read. */
	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 1, NULL, 0);
	add_received(&k, 0x200024);
	T(strstr(told_of(&k), "item 200024") != NULL, "an item that no table names");
}

static void
test_lost_attachment(void)
{
	static const uint32_t items[] = { 0x200024 }, attached[] = { 0x8025, 0x8045 };
	const struct pstkit_property empty[] = { PSTKIT_LONG(0x3705, "\1\0\0\0"),
		PSTKIT_TEXT(0x3707, "gone.doc") };
	const struct pstkit_property mail[] = { PSTKIT_TEXT(0x37, "Two of them"),
		PSTKIT_TEXT(0x1000, "text") };
	struct pst_node inside[2];
	struct pstkit k;
	const char *told;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 1, items, 1);
	inside[0] = pstkit_table(&k, attached, NULL, 2);
	inside[0].nid = PST_ATTACHMENTS_NODE;
	inside[1] = pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(empty), NULL, 0);
	inside[1].nid = 0x8025;
	pstkit_node(&k, 0x200024, INBOX, pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(mail),
	    inside, 2));
	told = told_of(&k);
	T(strstr(told, "item 2097188 \"Two of them\" is not whole: attachment 2 of 2: it is missing, "
	    "and 1 more") != NULL, "attachments that are not there: %s", told);
	T(strstr(told, "filename=\"gone.doc\"") != NULL, "what there is of it is kept");
}

/* ---- Names ---- */

static void
test_folders(void)
{
	static const uint32_t items[] = { 0x200024 };
	struct pstkit k;
	const char *told;

	/* Two of one name, one beside the top that holds mail, one whose parent
	 * is missing, and two that are each other's parents. */
	pstkit_open(&k, PSTKIT_UNICODE, 1, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "A/B", 0, NULL, 0);
	add_folder(&k, CONTACTS, TOP, "A/B", 0, NULL, 0);
	add_folder(&k, INNER, PST_ROOT_NODE, "Beside", 1, items, 1);
	add_folder(&k, 0x80a2, 0x9992, "Orphan", 0, NULL, 0);
	add_folder(&k, 0x80c2, 0x80e2, "Hen", 0, NULL, 0);
	add_folder(&k, 0x80e2, 0x80c2, "Egg", 0, NULL, 0);
	add_folder(&k, 0x8102, TOP, "Caf\xc3\xa9", 0, NULL, 0);
	add_received(&k, 0x200024);
	k.nodes.items[k.nodes.n - 1].parent = INNER;
	told = told_of(&k);
	T(strncmp(told, "mailbox/A/B 0\nmailbox/A/B (2) 0\nmailbox/Beside 1\n"
	    "mailbox/Caf\xc3\xa9 0\n", 65) == 0, "folders:\n%s", told);
}

/* An ANSI file says nowhere what code page its texts are in, but messages do. */
static void
test_codepage(void)
{
	static const uint32_t items[] = { 0x200024 };
	const struct pstkit_property mail[] = { PSTKIT_LONG(0x3ffd, "\xe3\x04\0\0"),
		PSTKIT_TEXT(0x37, "\xcf\xf0\xe8\xe2\xe5\xf2") };
	struct pstkit k;
	const char *told;

	pstkit_open(&k, PSTKIT_ANSI, 1, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "\xc4\xe0", 1, items, 1);
	pstkit_node(&k, 0x200024, INBOX, pstkit_object(&k, (struct pstkit_set)PSTKIT_SET(mail),
	    NULL, 0));
	told = told_of(&k);
	T(strstr(told, "mailbox/\xd0\x94\xd0\xb0 1\n") != NULL, "a folder in 1251: %s", told);
	T(strstr(told, "Subject: =?UTF-8?B?0J/RgNC40LLQtdGC?=\n") != NULL, "a subject in 1251");
}

/* ---- Circles ---- */

/* A block of blocks that names itself, as often as it has room for. */
static uint64_t
endless_block(struct pstkit *k, unsigned type, unsigned level, unsigned entry)
{
	const uint64_t own = k->next_block | 2;
	struct buf list = BUF_EMPTY;
	uint64_t id;
	size_t i;

	pstkit_put(&list, type, 1);
	pstkit_put(&list, level, 1);
	pstkit_put(&list, 400, 2);
	pstkit_put(&list, 0, 4);
	for (i = 0; i < 400 * entry / 8; i++)
		pstkit_put(&list, own, 8);
	id = pstkit_block(k, buf_slice(&list), true);
	buf_free(&list);
	return id;
}

/* A tree in a heap, each of whose eight levels has one piece that names the
 * next twenty times, and no leaves: 20^8 ways through it. */
static struct pst_node
endless_object(struct pstkit *k)
{
	struct pstkit_heap h = { .k = k };
	struct buf piece = BUF_EMPTY;
	struct pst_node made;
	uint32_t below = 0;
	size_t i, level;

	for (level = 0; level < 8; level++) {
		buf_clear(&piece);
		for (i = 0; i < 20; i++) {
			pstkit_put(&piece, i, 2);
			pstkit_put(&piece, below, 4);
		}
		below = pstkit_piece(&h, buf_slice(&piece));
	}
	pstkit_piece(&h, SLICE_OF("\xb5\2\6\x8\0\1\0\0"));         /* 0x100: the eighth */
	made = pstkit_close_heap(&h, 0xbc, 0x120);
	buf_free(&piece);
	return made;
}

static void
test_circles(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044, 0x200064, 0x200084 };
	struct pst_node node = { 0, 0, 0, 0 };
	struct buf told = BUF_EMPTY;
	struct pstkit k;
	struct cursor c;
	size_t root;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 4, items, 4);
	node.data = endless_block(&k, 1, 2, 8);
	pstkit_node(&k, items[0], INBOX, node);
	node.data = pstkit_data(&k, SLICE_OF("x"));
	node.sub = endless_block(&k, 2, 1, 16);
	pstkit_node(&k, items[1], INBOX, node);
	pstkit_node(&k, items[2], INBOX, endless_object(&k));
	add_received(&k, items[3]);
	read_all(pstkit_close(&k), &told);
	T(strstr(buf_text(&told), "and 1 could be read\n") != NULL &&
	    strstr(buf_text(&told), "Subject: As it came\n") != NULL, "circles of blocks:\n%s",
	    buf_text(&told));

	/* The root of the tree of nodes becomes its own first branch. */
	c = cursor_of(slice_from(buf_slice(&k.file), 0xe0));
	root = (size_t)cursor_le64(&c);
	T(k.file.p[root + 491] == 1, "there is a level");
	pstkit_set_at(&k.file, root + 16, root, 8);
	read_all(buf_slice(&k.file), &told);
	T(strstr(buf_text(&told), "FAILED ") != NULL, "a circle of pages:\n%s", buf_text(&told));
	buf_free(&told);
	pstkit_free(&k);
}

/* The index names another block of the same length, whole in itself. */
static void
test_swapped(void)
{
	static const uint32_t items[] = { 0x200024, 0x200044 };
	struct buf told = BUF_EMPTY;
	struct pstkit k;

	pstkit_open(&k, PSTKIT_UNICODE, 0, 1000);
	add_store(&k);
	add_folder(&k, TOP, PST_ROOT_NODE, "Top", 0, NULL, 0);
	add_folder(&k, INBOX, TOP, "Inbox", 2, items, 2);
	add_received(&k, items[0]);
	add_contact(&k, items[1]);
	k.nodes.items[k.nodes.n - 1].parent = INBOX;
	k.blocks.items[k.blocks.n - 1].at = k.blocks.items[k.blocks.n - 3].at;
	k.blocks.items[k.blocks.n - 1].n = k.blocks.items[k.blocks.n - 3].n;
	read_all(pstkit_close(&k), &told);
	T(strstr(buf_text(&told), "is not where it should be\n") != NULL &&
	    strstr(buf_text(&told), "and 1 could be read\n") != NULL, "another's block:\n%s",
	    buf_text(&told));
	buf_free(&told);
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
	test_shortfall();
	test_lost_attachment();
	test_folders();
	test_codepage();
	test_circles();
	test_swapped();
	test_format();
	kit_end();
	return t_done();
}
