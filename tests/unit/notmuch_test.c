/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "backends/formats/marks.h"
#include "backends/formats/xapian.h"
#include "tests/unit/formatkit.h"

#define BLOCK 2048u
#define REVISION 5

/* ---- Writing a database as Xapian does ---- */

static void
put_be(struct buf *b, uint64_t n, unsigned bytes)
{
	while (bytes-- > 0)
		buf_add_byte(b, (unsigned char)(n >> 8 * bytes));
}

static void
put_number(struct buf *b, uint64_t n)
{
	for (; n >= 128; n >>= 7)
		buf_add_byte(b, (unsigned char)(n | 128));
	buf_add_byte(b, (unsigned char)n);
}

static void
put_version(const char *directory, unsigned level)
{
	struct buf b = BUF_EMPTY;

	buf_add_bytes(&b, "\017\015Xapian Glass\004\156" "0123456789abcdef", 32);
	put_number(&b, REVISION);
	put_number(&b, level > 0 ? 2 : 0);      /* root */
	put_number(&b, level * 4);
	put_number(&b, 9);
	put_number(&b, 1);                      /* of 2048 bytes */
	buf_add_bytes(&b, "\0\0", 2);
	kit_write_bytes(path_join(&kit.arena, directory, "iamglass"), buf_slice(&b));
	buf_free(&b);
}

struct page {
	struct buf directory, items;
};

/* Items grow from the end of the block. */
static void
put_item(struct page *p, struct slice item)
{
	struct buf all = BUF_EMPTY;

	buf_add(&all, item);
	buf_add(&all, buf_slice(&p->items));
	put_be(&p->directory, BLOCK - all.n, 2);
	buf_take(&p->items, &all);
}

static void
put_block(struct buf *out, struct page *p, unsigned level)
{
	size_t start = out->n;

	put_be(out, REVISION, 4);
	buf_add_byte(out, (unsigned char)level);
	put_be(out, 0, 4);
	put_be(out, 11 + p->directory.n, 2);
	buf_add(out, buf_slice(&p->directory));
	while (out->n - start + p->items.n < BLOCK)
		buf_add_byte(out, 0);
	buf_add(out, buf_slice(&p->items));
	buf_free(&p->directory);
	buf_free(&p->items);
}

static void
put_leaf(struct page *p, struct slice key, struct slice value)
{
	struct buf item = BUF_EMPTY;

	put_be(&item, (2 + 1 + key.n + value.n - 3) | 0x6000u, 2);
	buf_add_byte(&item, (unsigned char)key.n);
	buf_add(&item, key);
	buf_add(&item, value);
	put_item(p, buf_slice(&item));
	buf_free(&item);
}

static void
put_inner(struct page *p, uint32_t block, const char *key)
{
	struct buf item = BUF_EMPTY;

	put_be(&item, block, 4);
	buf_add_byte(&item, (unsigned char)strlen(key));
	buf_add_string(&item, key);
	put_item(p, buf_slice(&item));
	buf_free(&item);
}

/* A term's documents, from the first one on. */
static void
put_term(struct page *p, const char *term, const uint32_t *documents, size_t n)
{
	struct buf value = BUF_EMPTY;
	size_t i;

	put_number(&value, n);
	put_number(&value, 0);
	put_number(&value, documents[0] - 1);
	buf_add_byte(&value, '1');
	put_number(&value, documents[n - 1] - documents[0]);
	put_number(&value, 0);
	for (i = 1; i < n; i++) {
		put_number(&value, documents[i] - documents[i - 1] - 1);
		put_number(&value, 0);
	}
	put_leaf(p, slice_string(term), buf_slice(&value));
	buf_free(&value);
}

#define DOCUMENTS(...) (const uint32_t[]){ __VA_ARGS__ }, \
    sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)

/* Tags in the first leaf, files in the second; "inbox" goes on in a piece of
 * its own at a large number. */
static void
make(struct buf *out)
{
	struct page p = { BUF_EMPTY, BUF_EMPTY };

	put_leaf(&p, SLICE_OF(""), SLICE_OF("\1\1\1"));
	put_term(&p, "Kflagged", DOCUMENTS(4));
	put_term(&p, "Kinbox", DOCUMENTS(1, 3, 4));
	put_leaf(&p, SLICE_OF("Kinbox\0\x81\x11\x70"), SLICE_OF("1\0\0"));
	put_term(&p, "Kpassed", DOCUMENTS(3));
	put_term(&p, "Kunread", DOCUMENTS(3));
	put_term(&p, "Kzwei Worte", DOCUMENTS(4, 9));
	put_block(out, &p, 0);
	put_term(&p, "XDIRECTORYa/cur", DOCUMENTS(2));
	put_term(&p, "XFDIRENTRY2:1.R1.host:2,S", DOCUMENTS(1));
	put_term(&p, "XFDIRENTRY2:3.R3.host:2,", DOCUMENTS(3));
	put_term(&p, "XFDIRENTRY2:4.R4.host", DOCUMENTS(4));
	put_term(&p, "XFDIRENTRY2:4.R5.host", DOCUMENTS(4));
	put_term(&p, "XFDIRENTRY2:70000.R1.host", DOCUMENTS(70000));
	put_term(&p, "XTIMESTAMP", DOCUMENTS(1));
	put_block(out, &p, 0);
	put_inner(&p, 0, "");
	put_inner(&p, 1, "XDIR");
	put_block(out, &p, 1);
}

/* ---- Reading it ---- */

static const char *
told(const char *store)
{
	struct marks marks = MARKS_EMPTY;
	struct buf out = BUF_EMPTY;
	const char *database = notmuch_find(kit_path(store), &kit.arena), *copy;
	struct slice key;
	uint64_t index;
	size_t at = 0, i, k, n = 0;

	error_clear(&kit.err);
	if (database == NULL)
		return "none";
	if (notmuch_marks_read(database, &marks, &kit.err) < 0)
		buf_add_format(&out, "failed %d ", kit.err.code);
	/* In the order in which they were met. */
	for (i = 0; i < marks.items.n; i++) {
		for (at = 0; map_next(&marks.keys, &at, &key, &index) && index != i;)
			;
		buf_add_format(&out, "%s%.*s ", n++ > 0 ? "|" : "", (int)key.n, (const char *)key.p);
		flags_add_names(&out, marks.items.items[i].flags);
		for (k = 0; k < marks.items.items[i].tags.n; k++)
			buf_add_format(&out, " [%.*s]", (int)marks.items.items[i].tags.items[k].n,
			    (const char *)marks.items.items[i].tags.items[k].p);
	}
	marks_free(&marks);
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

static void
database(void)
{
	struct buf b = BUF_EMPTY;

	make(&b);
	put_version("m/.notmuch/xapian", 1);
	kit_write_bytes("m/.notmuch/xapian/postlist.glass", buf_slice(&b));
	T_SAME(told("m"), "1.R1.host seen [inbox]|3.R3.host forwarded [inbox]|"
	    "4.R4.host seen flagged [inbox] [zwei Worte]|4.R5.host seen flagged [inbox] [zwei Worte]|"
	    "70000.R1.host seen [inbox]", "tags of files");
	T_SAME(told("m/a/cur"), told("m"), "found from below");
	T_SAME(told("."), "none", "not from above");
	put_version("h/.local/share/notmuch/work/xapian", 1);
	kit_write_bytes("h/.local/share/notmuch/work/xapian/postlist.glass", buf_slice(&b));
	kit_write("h/.local/share/notmuch/default/xapian/flintlock", "");
	T_SAME(told("h/mail/ann/box"), told("m"), "of the home");
	T_SAME(told("h/mail/ann/box/far"), "none", "of a home too far above");
	buf_free(&b);
}

static void
maildir(void)
{
	struct fingerprint before;

	kit_write("m/a/cur/1.R1.host:2,S", "Subject: x\n\n");
	kit_write("m/a/cur/3.R3.host:2,", "Subject: x\n\n");
	kit_write("m/a/new/4.R4.host", "Subject: x\n\n");
	kit_write("m/a/new/5.R4.host", "Subject: x\n\n");
	T(kit_open(&format_maildir, "m", "fs") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "a", "names");
	T_SAME(kit_told(), "M12 new/4.R4.host+ seen flagged [inbox] [zwei Worte]\nM12 new/5.R4.host+\n"
	    "M12 cur/1.R1.host+:2,S seen [inbox]\nM12 cur/3.R3.host+:2, forwarded [inbox]\n",
	    "joined to what the names say");
	before = kit.mailboxes.items[0].state;
	put_version("m/.notmuch/xapian", 0);
	T(kit_open(&format_maildir, "m", "fs") &&
	    !fingerprint_equal(before, kit.mailboxes.items[0].state), "part of the state");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M12 new/4.R4.host+\nM12 new/5.R4.host+\nM12 cur/1.R1.host+:2,S seen\n"
	    "M12 cur/3.R3.host+:2,\n", "another root");
	kit_write("m/.notmuch/xapian/iamglass", "IAmChert");
	T(kit_open(&format_maildir, "m", "fs") && kit_read(0) == 0, "%s", kit.err.text);
	T(kit.entries.n == 5 && kit.entries.items[0].entry.kind == ENTRY_FAILED, "said once");
}

/* Cut anywhere, and with any byte spoiled, it ends and does no harm. */
static void
every_byte(void)
{
	struct buf b = BUF_EMPTY;
	size_t i;

	make(&b);
	put_version("f/.notmuch/xapian", 1);
	for (i = 0; i < b.n; i++) {
		if (b.p[i] == 0 && i % 7 != 0)
			continue;
		b.p[i] ^= 0xff;
		kit_write_bytes("f/.notmuch/xapian/postlist.glass", buf_slice(&b));
		told("f");
		b.p[i] ^= 0xff ^ 0x01;
		kit_write_bytes("f/.notmuch/xapian/postlist.glass", buf_slice(&b));
		told("f");
		b.p[i] ^= 0x01;
		kit_write_bytes("f/.notmuch/xapian/postlist.glass", slice_sub(buf_slice(&b), 0, i));
		told("f");
	}
	T(true, "no harm");
	buf_free(&b);
}

int
main(void)
{
	database();
	maildir();
	every_byte();
	kit_end();
	return t_done();
}
