/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_PSTSAMPLE_H
#define TESTS_UNIT_PSTSAMPLE_H

#include "tests/unit/pstkit.h"

#include "backends/formats/confined.h"
#include "backends/formats/pst.h"

/* Outlook files with folders and items of each kind, and all that the reader
 * makes of a file as text. */

#define TIME "\x00\x80\x8b\x0c\x5d\xb1\xd0\x01"        /* 2015-06-28 04:43:59 */
#define ENTRY "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x22\x80\0\0"
#define STRINGS "\x29\x03\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"
#define ADDRESSES "\x04\x20\x06\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

enum { TOP = 0x8022, INBOX = 0x8042, CONTACTS = 0x8062, INNER = 0x8082 };

/* ---- A file that has one of everything ---- */

static inline void
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

static inline void
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

static inline uint64_t
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
static inline void
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

static inline struct pst_node
inner_message(struct pstkit *k)
{
	const struct pstkit_property properties[] = { PSTKIT_TEXT(0x37, "Inner one"),
		PSTKIT_TEXT(0x1000, "inside\r\n"), PSTKIT_TEXT(0xc1f, "x@example.org") };

	return pstkit_object(k, (struct pstkit_set)PSTKIT_SET(properties), NULL, 0);
}

static inline void
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

static inline void
add_contact(struct pstkit *k, uint32_t nid)
{
	const struct pstkit_property properties[] = { PSTKIT_TEXT(0x1a, "IPM.Contact"),
		PSTKIT_TEXT(0x3001, "Anna Example"), PSTKIT_TEXT(0x3a06, "Anna"),
		PSTKIT_TEXT(0x3a11, "Example"), PSTKIT_TEXT(0x8001, "anna@example.org"),
		PSTKIT_TEXT(0x3a1c, "+49 1"), PSTKIT_TEXT(0x3a29, "1, High Street") };

	pstkit_node(k, nid, CONTACTS, pstkit_object(k, (struct pstkit_set)PSTKIT_SET(properties),
	    NULL, 0));
}

static inline struct slice
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

static inline void
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

static inline void
read_all(struct slice bytes, struct buf *told)
{
	uint64_t keys[16], none[16];
	size_t n = 0, ignored = 16, i;

	buf_clear(told);
	read_one(bytes, CONFINED_NO_INDEX, told, keys, &n);
	for (i = 0; i < n; i++)
		read_one(bytes, keys[i], told, none, &ignored);
}

#endif
