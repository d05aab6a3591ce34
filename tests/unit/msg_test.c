/* SPDX-License-Identifier: MIT */
#include "tests/unit/olekit.h"

#include "backends/formats/confined.h"
#include "backends/formats/formats.h"
#include "backends/formats/mapi.h"
#include "backends/formats/msg.h"
#include "backends/formats/ole.h"
#include "tests/unit/formatkit.h"

static const struct confined_parser parsers[] = {
	{ "msg", mapi_prepare, msg_parse },
	{ NULL, NULL, NULL },
};

#define TIME "\x00\x80\x8b\x0c\x5d\xb1\xd0\x01"        /* 2015-06-28 04:43:59 */

/* ---- A message ---- */

/* The properties of a fixed length are collected in a stream. */
struct fixed {
	struct buf bytes;
};

static void
fixed_open(struct fixed *f, size_t head, unsigned recipients, unsigned attachments)
{
	memset(f, 0, sizeof(*f));
	if (head == 8) {
		olekit_put(&f->bytes, 0, 8);
		return;
	}
	olekit_put(&f->bytes, 0, 16);
	olekit_put(&f->bytes, recipients, 4);
	olekit_put(&f->bytes, attachments, 4);
	olekit_put(&f->bytes, 0, head == 32 ? 8 : 0);
}

static void
fixed_add(struct fixed *f, unsigned id, unsigned type, struct slice value)
{
	size_t from = f->bytes.n;

	olekit_put(&f->bytes, type, 2);
	olekit_put(&f->bytes, id, 2);
	olekit_put(&f->bytes, 6, 4);
	buf_add(&f->bytes, value);
	while (f->bytes.n < from + 16)
		buf_add_byte(&f->bytes, 0);
}

static void
fixed_close(struct fixed *f, struct olekit *k, uint32_t storage)
{
	olekit_add(k, storage, "__properties_version1.0", 2, buf_slice(&f->bytes));
	buf_free(&f->bytes);
}

static void
add_stream(struct olekit *k, uint32_t storage, unsigned id, unsigned type, struct slice bytes)
{
	olekit_add(k, storage, arena_format(&k->arena, "__substg1.0_%04X%04X", id, type), 2, bytes);
}

/* ASCII, as UTF-16 without a NUL. */
static void
add_text(struct olekit *k, uint32_t storage, unsigned id, const char *text)
{
	struct buf wide = BUF_EMPTY;

	for (; *text; text++)
		olekit_put(&wide, (unsigned char)*text, 2);
	add_stream(k, storage, id, MAPI_UNICODE, buf_slice(&wide));
	buf_free(&wide);
}

static void
add_recipient(struct olekit *k, uint32_t storage, unsigned i, const char *kind, const char *name,
    const char *address)
{
	uint32_t at = olekit_add(k, storage, arena_format(&k->arena,
	    "__recip_version1.0_#%08X", i), 1, SLICE_EMPTY);
	struct fixed f;

	fixed_open(&f, 8, 0, 0);
	fixed_add(&f, 0xc15, MAPI_LONG, slice_of(kind, 4));
	fixed_close(&f, k, at);
	add_text(k, at, 0x3001, name);
	add_text(k, at, 0x39fe, address);
}

static uint32_t
add_attachment(struct olekit *k, uint32_t storage, unsigned i, const char *name,
    const char *method)
{
	uint32_t at = olekit_add(k, storage, arena_format(&k->arena,
	    "__attach_version1.0_#%08X", i), 1, SLICE_EMPTY);
	struct fixed f;

	fixed_open(&f, 8, 0, 0);
	fixed_add(&f, 0x3705, MAPI_LONG, slice_of(method, 4));
	fixed_close(&f, k, at);
	add_text(k, at, 0x3707, name);
	return at;
}

static void
add_names(struct olekit *k)
{
	uint32_t at = olekit_add(k, OLE_ROOT, "__nameid_version1.0", 1, SLICE_EMPTY);

	add_stream(k, at, 2, MAPI_BINARY, SLICE_EMPTY);
	add_stream(k, at, 3, MAPI_BINARY, SLICE_OF("\0\0\0\0\5\0\0\0"));
	add_stream(k, at, 4, MAPI_BINARY, SLICE_OF("\x10\0\0\0K\0e\0y\0w\0o\0r\0d\0s\0"));
}

static void
add_embedded(struct olekit *k, uint32_t attachment)
{
	uint32_t at = olekit_add(k, attachment, "__substg1.0_3701000D", 1, SLICE_EMPTY);
	struct fixed f;

	fixed_open(&f, 24, 0, 0);
	fixed_close(&f, k, at);
	add_text(k, at, 0x37, "Inner one");
	add_text(k, at, 0x1000, "inside");
}

static struct slice
sample(struct olekit *k, bool is_wide, unsigned declared)
{
	struct buf numbers = BUF_EMPTY;
	struct fixed f;
	size_t i;

	olekit_open(k, is_wide);
	fixed_open(&f, 32, 2, declared);
	fixed_add(&f, 0x39, MAPI_TIME, SLICE_OF(TIME));
	fixed_add(&f, 0xe07, MAPI_LONG, SLICE_OF("\1\0\0\0"));
	fixed_close(&f, k, OLE_ROOT);
	add_names(k);
	add_text(k, OLE_ROOT, 0x1a, "IPM.Note");
	add_text(k, OLE_ROOT, 0x37, "A message in a file");
	add_text(k, OLE_ROOT, 0x1000, "text");
	add_text(k, OLE_ROOT, 0xc1a, "Anna");
	add_text(k, OLE_ROOT, 0x5d01, "anna@example.org");
	add_stream(k, OLE_ROOT, 0x8000, MAPI_MANY | MAPI_UNICODE, SLICE_OF("\6\0\0\0\6\0\0\0"));
	olekit_add(k, OLE_ROOT, "__substg1.0_8000101F-00000000", 2, SLICE_OF("R\0e\0d\0\0\0"));
	olekit_add(k, OLE_ROOT, "__substg1.0_8000101F-00000001", 2, SLICE_OF("W\0e\0t\0\0\0"));
	add_recipient(k, OLE_ROOT, 0, "\1\0\0\0", "Ben", "ben@example.org");
	add_recipient(k, OLE_ROOT, 1, "\2\0\0\0", "Cleo", "cleo@example.org");
	for (i = 0; i < 1500; i++)
		buf_add_format(&numbers, "%zu,", i);
	add_stream(k, add_attachment(k, OLE_ROOT, 0, "numbers.bin", "\1\0\0\0"), 0x3701, MAPI_BINARY,
	    buf_slice(&numbers));
	add_embedded(k, add_attachment(k, OLE_ROOT, 1, "Inner", "\5\0\0\0"));
	buf_free(&numbers);
	return olekit_close(k);
}

/* ---- What it gives ---- */

static void
read_all(struct slice bytes, struct buf *told)
{
	struct confined_input in = { .fd = -1, .bytes = bytes, .size = bytes.n };
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record record;
	struct error err = ERROR_NONE;
	struct confined *c;
	unsigned char piece[777];
	int64_t got;
	size_t i;
	int rc;

	buf_clear(told);
	buf_add(&out.out, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	rc = msg_parse(&in, 0, 0, &out, &err);
	output_done(&out, rc < 0 ? err.text : "");
	c = confined_open_bytes(buf_slice(&out.out));
	while ((rc = confined_next(c, &record, &err)) == 1) {
		if (record.kind == CONFINED_FAILED) {
			buf_add_format(told, "FAILED %.*s\n", (int)record.text.n,
			    (const char *)record.text.p);
			continue;
		}
		flags_add_names(told, record.flags);
		for (i = 0; i < record.tags.n; i++)
			buf_add_format(told, " [%.*s]", (int)record.tags.items[i].n,
			    (const char *)record.tags.items[i].p);
		buf_add_byte(told, '\n');
		while ((got = confined_read(c, piece, sizeof(piece), &err)) > 0)
			buf_add_bytes(told, piece, (size_t)got);
	}
	if (rc < 0)
		buf_add_format(told, "FAILED %s\n", err.text);
	confined_close(c);
	buf_free(&out.out);
}

static const char expected[] =
    "seen [Red] [Wet]\n"
    "Date: Sun, 28 Jun 2015 04:43:59 +0000\n"
    "From: \"Anna\" <anna@example.org>\n"
    "To: \"Ben\" <ben@example.org>\n"
    "Cc: \"Cleo\" <cleo@example.org>\n"
    "Subject: A message in a file\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed;\n"
    " boundary=\"=_mailcask_00m\"\n"
    "\n"
    "--=_mailcask_00m\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "text\n"
    "--=_mailcask_00m\n"
    "Content-Type: application/octet-stream;\n"
    " name=\"numbers.bin\"\n"
    "Content-Disposition: attachment;\n"
    " filename=\"numbers.bin\"\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "MCwxLDIsMyw0";

static const char expected_end[] =
    "--=_mailcask_00m\n"
    "Content-Type: message/rfc822\n"
    "Content-Disposition: attachment;\n"
    " filename=\"Inner\"\n"
    "Content-Transfer-Encoding: 8bit\n"
    "\n"
    "Subject: Inner one\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: quoted-printable\n"
    "\n"
    "inside\n"
    "--=_mailcask_00m--\n";

static void
test_message(void)
{
	struct buf narrow = BUF_EMPTY, wide = BUF_EMPTY;
	struct olekit k;

	read_all(sample(&k, false, 2), &narrow);
	olekit_free(&k);
	read_all(sample(&k, true, 2), &wide);
	olekit_free(&k);
	T(slice_starts(buf_slice(&narrow), expected) && slice_ends(buf_slice(&narrow), expected_end),
	    "what it gives:\n%s", buf_text(&narrow));
	T(slice_equal(buf_slice(&narrow), buf_slice(&wide)), "sectors of 4096 bytes:\n%s",
	    buf_text(&wide));
	read_all(sample(&k, false, 3), &narrow);
	T(slice_ends(buf_slice(&narrow), "FAILED it is not whole: it declares 2 recipients and 3 "
	    "attachments, and has 2 and 2\n"), "counted:\n%s", buf_text(&narrow));
	olekit_free(&k);
	buf_free(&narrow);
	buf_free(&wide);
}

/* There are no checksums: it may give other bytes, but it gives an end. */
static void
test_damage(void)
{
	struct buf told = BUF_EMPTY, damaged = BUF_EMPTY;
	struct olekit k;
	size_t i;

	buf_add(&damaged, sample(&k, false, 2));
	for (i = 0; i < damaged.n; i++) {
		damaged.p[i] ^= 0xff;
		read_all(buf_slice(&damaged), &told);
		damaged.p[i] ^= 0xff;
		if (i % 16 == 0)
			read_all(slice_sub(buf_slice(&damaged), 0, i), &told);
	}
	T(told.n > 0, "%zu changes", i);
	buf_free(&told);
	buf_free(&damaged);
	olekit_free(&k);
}

/* A chain that bites its tail, and a directory that does. */
static void
test_circles(void)
{
	struct buf told = BUF_EMPTY, all = BUF_EMPTY;
	struct confined_input in = { .fd = -1 };
	struct error err = ERROR_NONE;
	struct olekit k;
	struct ole o;
	uint32_t *list, stream;
	size_t i;

	olekit_open(&k, false);
	memset(buf_extend(&all, 9000), 'x', 9000);
	olekit_add(&k, OLE_ROOT, "long", 2, buf_slice(&all));
	olekit_add(&k, OLE_ROOT, "short", 2, SLICE_OF("12345"));
	in.bytes = olekit_close(&k);
	in.size = in.bytes.n;
	T(ole_open(&in, NULL, &o, &err) == 0, "open: %s", err.text);
	T(ole_list(&o, OLE_ROOT, &list) == 2 && slice_is(o.entries[list[0]].name, "long"), "list");
	T(ole_find(&o, OLE_ROOT, "short", &stream) &&
	    ole_read(&o, stream, 100, &told, &err) == 0 && slice_is(buf_slice(&told), "12345"),
	    "a short stream");
	T(ole_read(&o, stream, 4, &told, &err) < 0 && err.code == ERR_LIMIT, "a limit");
	T(ole_find(&o, OLE_ROOT, "long", &stream) && ole_read(&o, stream, 9000, &told, &err) == 0 &&
	    slice_equal(buf_slice(&told), buf_slice(&all)), "a long stream");
	T(!ole_find(&o, OLE_ROOT, "other", &stream), "no such stream");
	/* Each sector leads to itself: as many as the stream has, and no more. */
	for (i = 0; i < o.chains.n; i++)
		o.chains.items[i] = (uint32_t)i;
	T(ole_read(&o, list[0], 9000, &told, &err) == 0 && told.n == 9000, "a circle of sectors");
	o.entries[list[0]].size = UINT64_MAX;
	T(ole_read(&o, list[0], SIZE_MAX, &told, &err) < 0, "longer than the file");
	for (i = 0; i < o.n; i++)
		o.entries[i].left = o.entries[i].right = o.entries[i].child = 1;
	T(ole_list(&o, OLE_ROOT, &list) <= 2, "a circle of entries");
	ole_free(&o);
	olekit_free(&k);
	buf_free(&told);
	buf_free(&all);
}

/* ---- As a format, in children ---- */

static void
test_format(void)
{
	struct olekit k;
	struct slice bytes = sample(&k, false, 2);

	kit_write_bytes("one.msg", bytes);
	kit_write_bytes("no-name", bytes);
	kit_write("no.msg", "not a compound file");
	T(format_msg.probe(kit_path("one.msg"), &kit.err) > 90, "by its name and look");
	T(format_msg.probe(kit_path("no-name"), &kit.err) > 90, "by its look");
	T(format_msg.probe(kit_path("no.msg"), &kit.err) == 0, "not by its name alone");
	T(kit_open(&format_msg, "one.msg", "plain"), "open: %s", kit.err.text);
	T_SAME(kit_names(), "one", "a mailbox");
	T_SAME(kit_kept(), "one.msg", "the file is kept");
	T(kit_read(0) == 0 && kit.entries.n == 1, "read: %s", kit.err.text);
	T(slice_starts(kit_joined(), strchr(expected, '\n') + 1), "its message");
	T(kit.entries.items[0].entry.flags == FLAG_SEEN && kit.entries.items[0].entry.tags.n == 2,
	    "its flags and tags");

	/* A tree of them, with something else in it. */
	kit_write_bytes("tree/A/2.msg", bytes);
	kit_write_bytes("tree/A/1.MSG", bytes);
	kit_write_bytes("tree/A/broken.msg", slice_sub(bytes, 0, 600));
	kit_write_bytes("tree/.hidden/1.msg", bytes);
	kit_write("tree/A/word.msg", "no message");
	T(format_msg.probe(kit_path("tree"), &kit.err) > 60, "a tree");
	T(kit_open(&format_msg, "tree", "plain"), "open: %s", kit.err.text);
	T_SAME(kit_names(), "A", "its mailbox");
	T_SAME(kit_kept(), "1.MSG|2.msg|broken.msg", "its files");
	T(kit_read(0) == 0 && kit.entries.n == 3, "read: %s", kit.err.text);
	T(kit.entries.n == 3 && kit.entries.items[1].entry.kind == ENTRY_MESSAGE &&
	    kit.entries.items[2].entry.kind == ENTRY_FAILED &&
	    strncmp(kit.entries.items[2].entry.error.text, "broken.msg: ", 12) == 0,
	    "one that is cut");

	/* With messages of the other kind beside them, all are read. */
	kit_write("tree/A/3.eml", "Subject: x\n\ntext\n");
	T(format_msg.probe(kit_path("tree"), &kit.err) > format_eml.probe(kit_path("tree"), &kit.err),
	    "both kinds");
	T(kit_open(&format_msg, "tree", "plain"), "open: %s", kit.err.text);
	T_SAME(kit_names(), "A (.msg)|A", "two mailboxes");
	T(kit_read(1) == 0 && slice_is(kit_joined(), "Subject: x\n\ntext\n"), "the other one");
	olekit_free(&k);
}

static int
write_seeds(const char *directory)
{
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct olekit k;
	int rc = 0, wide;

	for (wide = 0; wide < 2 && rc == 0; wide++) {
		struct slice bytes = sample(&k, wide != 0, 2);

		rc = file_replace(path_join(&a, directory, wide ? "wide" : "narrow"), 0644, bytes,
		    &err);
		olekit_free(&k);
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
	test_message();
	test_damage();
	test_circles();
	test_format();
	kit_end();
	return t_done();
}
