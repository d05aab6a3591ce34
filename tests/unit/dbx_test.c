/* SPDX-License-Identifier: MIT */
#include "tests/unit/dbxkit.h"

#include "backends/formats/confined.h"
#include "backends/formats/dbx.h"
#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

static const struct confined_parser parsers[] = {
	{ "dbx", NULL, dbx_parse },
	{ NULL, NULL, NULL },
};

#define RECEIVED UINT64_C(130799402390000000)   /* 2015-06-28 04:43:59 */
#define ONE "From: a@example.org\r\nSubject: one\r\n\r\nA text that is longer than a block of " \
    "them, which has sixty-four bytes and no more.\r\n"
#define TWO "From: b@example.org\r\nSubject: two\r\n\r\nTwo.\r\n"
#define THREE "From: c@example.org\r\nSubject: three\r\n\r\nThree.\r\n"

/* Where things lie in the sample. */
static struct {
	uint32_t text, record, root, leaf;
} at;

/* One in a child, two and one without a text in the root, three behind it. */
static void
sample(struct buf *b)
{
	uint32_t entries[2][2], leaf[1][2] = { { 0, 0 } };

	dbxkit_head(b, 4);
	at.text = dbxkit_text(b, ONE);
	at.record = dbxkit_record(b, 0x80 | 0x20, RECEIVED, at.text);
	leaf[0][0] = at.record;
	at.leaf = dbxkit_node(b, 0, leaf, 1);
	leaf[0][0] = dbxkit_record(b, 0x100000, 0, dbxkit_text(b, THREE));
	entries[1][0] = dbxkit_record(b, 0, 0, 0);
	entries[1][1] = dbxkit_node(b, 0, leaf, 1);
	entries[0][0] = dbxkit_record(b, 0x80000, 0, dbxkit_text(b, TWO));
	entries[0][1] = 0;
	at.root = dbxkit_node(b, at.leaf, entries, 2);
	dbxkit_set(b, 0xE4, at.root, 4);
}

/* What a child says of the bytes from the item first on, a line or more each. */
static const char *
told_from(struct slice bytes, uint64_t first)
{
	const struct confined_input in = { .fd = -1, .bytes = bytes, .size = bytes.n };
	struct confined_output out = CONFINED_OUTPUT(-1);
	struct confined_record r;
	struct error err = ERROR_NONE;
	struct buf told = BUF_EMPTY;
	struct confined *c;
	char text[256];
	const char *copy;
	int64_t got;
	int rc;

	buf_add(&out.out, SLICE_OF("H\4\0\0\0\3\0\0\0"));
	output_done(&out, dbx_parse(&in, 0, first, &out, &err) < 0 ? err.text : "");
	c = confined_open_bytes(buf_slice(&out.out));
	while ((rc = confined_next(c, &r, &err)) == 1) {
		if (r.kind == CONFINED_MESSAGE) {
			buf_add_format(&told, "%d %u %lld\n", (int)r.index, r.flags, (long long)r.date);
			while ((got = confined_read(c, text, sizeof(text), &err)) > 0)
				buf_add_bytes(&told, text, (size_t)got);
		} else
			buf_add_format(&told, "%s %.*s\n", r.kind == CONFINED_FAILED ? "FAILED" :
			    "WARNING", (int)r.text.n, (const char *)r.text.p);
	}
	if (rc < 0)
		buf_add_format(&told, "FAILED all: %s\n", err.text);
	confined_close(c);
	buf_free(&out.out);
	copy = arena_string(&kit.arena, buf_text(&told));
	buf_free(&told);
	return copy;
}

#define NEVER "WARNING 1 messages have only their headers here: they were never downloaded\n"

static void
test_messages(void)
{
	struct buf b = BUF_EMPTY;

	sample(&b);
	T_SAME(told_from(buf_slice(&b), 0), "0 5 1435466639\n" ONE "1 2 0\n" TWO "3 32 0\n" THREE
	    NEVER, "in the order of the index");
	T_SAME(told_from(buf_slice(&b), 3), "3 32 0\n" THREE, "from the last on");
	buf_free(&b);
}

static void
expect_told(struct buf *b, size_t where, uint32_t value, const char *part, const char *what)
{
	const char *told;

	sample(b);
	dbxkit_set(b, where, value, 4);
	told = told_from(buf_slice(b), 0);
	T(strstr(told, part) != NULL && strstr(told, "\n" THREE) != NULL, "%s: %s", what, told);
}

static void
test_damage(void)
{
	struct buf b = BUF_EMPTY;
	const char *good, *told;
	size_t i, silent = 0;

	sample(&b);
	expect_told(&b, at.text + 12, at.text, "message 1 is not whole: its text leads nowhere",
	    "text in a circle");
	expect_told(&b, at.text + 12, 1u << 30, "message 1 is not whole: its text leads nowhere",
	    "text behind the end");
	expect_told(&b, at.text, 4, "FAILED message 1: a block of its text is damaged",
	    "a block of another place");
	expect_told(&b, at.text + 4, 10, "FAILED message 1: a block of its text is damaged",
	    "more text than fits");
	expect_told(&b, at.record, 4, "FAILED message 1: its entry in the index is damaged",
	    "a record of another place");
	expect_told(&b, at.record + 4, 1u << 30, "FAILED message 1: its entry in the index is damaged",
	    "a long record");
	expect_told(&b, at.leaf, 4, "declares 4 messages, and its index names 3: it is damaged",
	    "a node of another place");
	expect_told(&b, at.root + 8, at.root, "declares 4 messages, and its index names 3: it is damaged",
	    "an index in a circle");
	expect_told(&b, 0xC4, 9, "declares 9 messages, and its index names 4\n", "too few");
	sample(&b);
	good = told_from(buf_slice(&b), 0);
	for (i = DBXKIT_HEAD; i < b.n; i++) {
		b.p[i] ^= 0x41;
		told_from(buf_slice(&b), 0);
		b.p[i] ^= 0x41;
	}
	for (i = 0; i < b.n; i += i < 0x100 || i >= DBXKIT_HEAD ? 1 : 97) {
		told = told_from(slice_sub(buf_slice(&b), 0, i), 0);
		silent += strcmp(told, good) != 0 && strstr(told, "FAILED") == NULL;
	}
	T(silent == 0, "%zu prefixes say nothing of what they lack", silent);
	buf_free(&b);
	arena_reset(&kit.arena);
}

/* Records that share one text cannot multiply the file. */
static void
test_shared(void)
{
	struct buf b = BUF_EMPTY;
	uint32_t entries[200][2], text;
	const char *told;
	unsigned i;

	dbxkit_head(&b, 200);
	text = dbxkit_text(&b, ONE ONE ONE ONE ONE ONE ONE ONE);
	for (i = 0; i < 200; i++) {
		entries[i][0] = dbxkit_record(&b, 0, 0, text);
		entries[i][1] = 0;
	}
	dbxkit_set(&b, 0xE4, dbxkit_node(&b, 0, entries, 200), 4);
	told = told_from(buf_slice(&b), 0);
	T(strlen(told) < b.n + 200 * 100 && strstr(told, "FAILED message 200: "), "%zu bytes of %zu",
	    strlen(told), b.n);
	buf_free(&b);
}

static void
add_old(struct buf *b, const char *text)
{
	size_t at_n = b->n, n = strlen(text);

	dbxkit_room(b, 16 + n + 4);
	dbxkit_set(b, at_n, 0x7F007F00, 4);
	dbxkit_set(b, at_n + 4, at_n, 4);
	dbxkit_set(b, at_n + 8, 16 + n + 4, 4);
	dbxkit_set(b, at_n + 12, n, 4);
	memcpy(b->p + at_n + 16, text, n);
}

static void
test_old(void)
{
	struct buf b = BUF_EMPTY;
	size_t second;

	dbxkit_room(&b, 84);
	memcpy(b.p, "JMF6\3\0\1\0", 8);
	add_old(&b, ONE);
	second = b.n;
	add_old(&b, TWO);
	T_SAME(told_from(buf_slice(&b), 0), "0 0 0\n" ONE "1 0 0\n" TWO, "both");
	T_SAME(told_from(buf_slice(&b), 1), "1 0 0\n" TWO, "the second");
	dbxkit_set(&b, second + 8, 1u << 31, 4);
	T_SAME(told_from(buf_slice(&b), 0), "0 0 0\n" ONE "1 0 0\n" TWO
	    "FAILED message 2 is not as long as it says\n", "too long");
	dbxkit_set(&b, 84 + 8, 0, 4);
	T_SAME(told_from(buf_slice(&b), 0), "0 0 0\n" ONE "FAILED message 1 is not as long as it "
	    "says\n1 0 0\n" TWO "FAILED message 2 is not as long as it says\n", "no length");
	dbxkit_set(&b, 84, 0, 4);
	T_SAME(told_from(buf_slice(&b), 0), "FAILED message 1 is missing: the file is damaged there\n"
	    "1 0 0\n" TWO "FAILED message 2 is not as long as it says\n", "no head");
	buf_free(&b);
}

static void
test_format(void)
{
	struct buf b = BUF_EMPTY;

	sample(&b);
	kit_write_bytes("Inbox.dbx", buf_slice(&b));
	kit_write("Other.dbx", "\xCF\xAD\x12\xFE\xC6\xFD\x74\x6F");
	T(format_dbx.probe(kit_path("Inbox.dbx"), &kit.err) > 90, "known by its look");
	T(format_dbx.probe(kit_path("Other.dbx"), &kit.err) == 0, "the list of folders is none");
	if (T(kit_open(&format_dbx, "Inbox.dbx", "plain"), "open: %s", kit.err.text)) {
		T_SAME(kit_names(), "Inbox", "called as the file is");
		T_SAME(kit_kept(), "Inbox.dbx", "which is kept");
		T(kit_read(0) == 0, "read: %s", kit.err.text);
		T(slice_is(kit_joined(), ONE TWO THREE), "the messages");
	}
	buf_free(&b);
}

/* A folder with one message. */
static void
write_folder(const char *name)
{
	struct buf b = BUF_EMPTY;
	uint32_t entry[1][2] = { { 0, 0 } };

	dbxkit_head(&b, 1);
	entry[0][0] = dbxkit_record(&b, 0x80, 0, dbxkit_text(&b, TWO));
	dbxkit_set(&b, 0xE4, dbxkit_node(&b, 0, entry, 1), 4);
	kit_write_bytes(name, buf_slice(&b));
	buf_free(&b);
}

/* The list of folders of an identity with an account of its own. */
static void
write_list(const char *name)
{
	static const struct {
		uint32_t id, parent;
		const char *name, *file, *root;
	} folders[] = {
		{ 1, 0, "Local Folders", NULL, "LocalStore" },
		{ 4, 1, "Inbox", "INBOX.DBX", NULL },
		{ 5, 4, "\xc4rger & Co.", "rger.dbx", NULL },
		{ 6, 1, "Gone", "Gone.dbx", NULL },
		{ 9, 0, "Office", NULL, "00000001" },
		{ 10, 9, "Inbox", "Inbox(1).dbx", NULL },
		{ 20, 21, "Circle", "Circle.dbx", NULL },
		{ 21, 20, "Round", NULL, NULL },
	};
	const size_t n = sizeof(folders) / sizeof(folders[0]);
	uint32_t entries[8][2] = { { 0, 0 } };
	struct buf b = BUF_EMPTY;
	size_t i;

	dbxkit_list_head(&b, (unsigned)n);
	for (i = 0; i < n; i++)
		entries[i][0] = dbxkit_folder(&b, folders[i].id, folders[i].parent, folders[i].name,
		    folders[i].file, folders[i].root);
	dbxkit_set(&b, 0xE4, dbxkit_node(&b, 0, entries, (unsigned)n), 4);
	kit_write_bytes(name, buf_slice(&b));
	buf_free(&b);
}

static void
test_identity(void)
{
	write_list("Express/Folders.dbx");
	write_folder("Express/Inbox.dbx");
	write_folder("Express/rger.dbx");
	write_folder("Express/Inbox(1).dbx");
	write_folder("Express/Lost.dbx");
	write_folder("Express/Old/Inbox.dbx");
	kit_write("Express/Pop3uidl.dbx", "\xCF\xAD\x12\xFE\xC7\xFD\x74\x6F");
	kit_write("Express/cleanup.log", "x");
	T(format_dbx.probe(kit_path("Express"), &kit.err) == 80, "a directory is known");
	T(format_dbx.probe(kit_path("Express/Old"), &kit.err) == 80, "without a list as well");
	if (!T(kit_open(&format_dbx, "Express", "plain"), "open: %s", kit.err.text))
		return;
	T_SAME(kit_names(), "Office/Inbox|Inbox|Lost|Old/Inbox|Inbox/\xc3\x84rger & Co.",
	    "as the list calls them");
	T_SAME(kit_kept(), "Folders.dbx|Inbox(1).dbx|Inbox.dbx|Lost.dbx|Inbox.dbx|Pop3uidl.dbx|"
	    "cleanup.log|rger.dbx", "all is kept");
	T(kit_read(1) == 0 && slice_is(kit_joined(), TWO), "a message: %s", kit.err.text);
	if (T(kit_open(&format_dbx, "Express", "cp1251"), "open: %s", kit.err.text))
		T(strstr(kit_names(), "Inbox/\xd0\x94rger & Co.") != NULL, "in Russia: %s", kit_names());
}

/* Without a good list the files' own names do. */
static void
test_bad_list(void)
{
	write_folder("Bad/Inbox.dbx");
	kit_write("Bad/Folders.dbx", "\xCF\xAD\x12\xFE\xC6\xFD\x74\x6F");
	if (T(kit_open(&format_dbx, "Bad", "plain"), "open: %s", kit.err.text))
		T_SAME(kit_names(), "Inbox", "by its file");
}

/* No list has so many folders: behind a bound they are called as their files. */
static void
test_long_list(void)
{
	enum { NODES = 81, EACH = 250 };
	static uint32_t leaf[EACH][2], entries[NODES][2];
	struct buf b = BUF_EMPTY, name = BUF_EMPTY;
	unsigned i, k;

	dbxkit_list_head(&b, NODES * EACH);
	for (i = 0; i < NODES; i++) {
		for (k = 0; k < EACH; k++) {
			buf_clear(&name);
			buf_add_format(&name, "f%u.dbx", i * EACH + k);
			leaf[k][0] = dbxkit_folder(&b, i * EACH + k + 1, 0, "Listed", buf_text(&name), NULL);
		}
		entries[i][1] = dbxkit_node(&b, 0, leaf, EACH);
	}
	dbxkit_set(&b, 0xE4, dbxkit_node(&b, 0, entries, NODES), 4);
	kit_write_bytes("Long/Folders.dbx", buf_slice(&b));
	write_folder("Long/f19999.dbx");
	write_folder("Long/f20000.dbx");
	if (T(kit_open(&format_dbx, "Long", "plain"), "open: %s", kit.err.text))
		T_SAME(kit_names(), "Listed|f20000", "the last that counts, and the next");
	buf_free(&b);
	buf_free(&name);
}

int
main(int argc, char **argv)
{
	int status;

	if (confined_serve(argc, argv, parsers, &status))
		_exit(status);
	test_messages();
	test_damage();
	test_shared();
	test_old();
	test_format();
	test_identity();
	test_bad_list();
	test_long_list();
	kit_end();
	return t_done();
}
