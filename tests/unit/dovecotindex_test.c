/* SPDX-License-Identifier: MIT */
#include "backends/formats/dovecotindex.h"

#include "tests/unit/dovecotkit.h"
#include "tests/unit/formatkit.h"

/* "1 seen [a]|2 …": what is known of each message. */
static const char *
told(const char *directory, const char *extension)
{
	struct dovecot_index x = DOVECOT_INDEX_EMPTY;
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i, k;

	error_clear(&kit.err);
	if (dovecot_index_read(kit_path(directory), "dovecot.index", extension, &x, &kit.err) < 0)
		buf_add_format(&out, "failed %d", kit.err.code);
	for (i = 0; i < x.records.n; i++) {
		const struct dovecot_record *r = &x.records.items[i];
		unsigned flags = 0;
		struct tags tags = { NULL, 0 };

		dovecot_index_apply(&x, r, &kit.arena, &flags, &tags);
		buf_add_format(&out, "%s%u", i > 0 ? "|" : "", r->uid);
		if (flags != 0)
			buf_add_byte(&out, ' ');
		flags_add_names(&out, flags);
		for (k = 0; k < tags.n; k++)
			buf_add_format(&out, " [%.*s]", (int)tags.items[k].n,
			    (const char *)tags.items[k].p);
		if (extension[0] != '\0')
			buf_add_format(&out, " %u.%u.%u", r->extension[0], r->extension[1],
			    r->extension[2]);
	}
	dovecot_index_free(&x);
	copy = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

/* Five messages, with flags, keywords and an extension. */
static void
make_log(struct buf *log)
{
	put_log_head(log, 3);
	put_record_of(log, 0x20 | EXTERNAL, WORDS(0x00040018, 0x6b06ba31));
	put_intro(log, UINT32_MAX, "cache", 4);
	put_record_of(log, 0x2 | EXTERNAL, WORDS(1, 0, 2, 8, 3, 0, 7, 1, 9, 0));
	put_intro(log, UINT32_MAX, "map", 12);
	put_record_of(log, 0x200 | EXTERNAL, WORDS(1, 1, 16, 99, 2, 1, 600, 88, 8, 5, 5, 5));
	put_intro(log, 0, "", 4);
	put_record_of(log, 0x200 | EXTERNAL, WORDS(3, 12345));
	put_intro(log, 1, "", 12);
	put_record_of(log, 0x200 | EXTERNAL, WORDS(9, 2, 0, 77));
	put_record_of(log, 0x4 | EXTERNAL, WORDS(1, 2, 0x0002, 3, 9, 0x1810));
	put_keyword(log, 0, "wichtig", 1, 7);
	put_keyword(log, 0, "$Forwarded", 2, 2);
	put_keyword(log, 1, "wichtig", 2, 3);
	put_keyword(log, 2, "only", 7, 7);
	put_record_of(log, 0x1 | 0xcd90, WORDS(1, 2));
	put_record_of(log, 0x1 | EXTERNAL, WORDS(1, 2));
	put_record_of(log, 0x1 | 0xcd90 | EXTERNAL, WORDS(3, 3));
}

static void
log_alone(void)
{
	struct buf log = BUF_EMPTY;

	make_log(&log);
	kit_write_bytes("log/dovecot.index.log", buf_slice(&log));
	T_SAME(told("log", ""), "1 flagged [wichtig]|2 seen flagged forwarded|7 answered draft [only]|"
	    "9 draft", "what the log says; expunges that are only asked for are not done");
	T_SAME(told("log", "map"), "1 flagged [wichtig] 1.16.99|2 seen flagged forwarded 1.600.88|"
	    "7 answered draft [only] 0.0.0|9 draft 2.0.77", "an extension");
	put_record_of(&log, 0x800 | EXTERNAL, WORDS(1, UINT32_MAX));
	put_record(&log, 0x2000 | 0xcd90 | EXTERNAL, SLICE_OF("\2\0\0\0" "0123456789abcdef"));
	put_record_of(&log, 0x2 | EXTERNAL, WORDS(5, 0, 0, 0, 11, 8));
	buf_add_string(&log, "\x80\x80\x80\x09");
	kit_write_bytes("log/dovecot.index.log", buf_slice(&log));
	T_SAME(told("log", ""), "1 flagged|7 answered draft|9 draft|11 seen",
	    "UIDs grow; a torn end is left out");
	buf_free(&log);
}

static void
make_index(struct buf *b, uint32_t log_seq, uint32_t log_offset)
{
	buf_add_bytes(b, "\7\3", 2);
	put16(b, 120);
	put_words(b, WORDS(200, 20, 1, 77, 0, 1, 10, 2, 0, 0, 0, 0, 0, 0,
	    log_seq, 0, log_offset));
	while (b->n < 120)
		buf_add_byte(b, 0);
	/* keywords: two of them, a byte of bits behind flags */
	put_words(b, WORDS(32, 0, 8 | 1u << 16, 1 | 8u << 16));
	buf_add_string(b, "keywords");
	put_words(b, WORDS(2, 0, 0, 0, 8));
	buf_add_bytes(b, "wichtig\0two\0", 12);
	while (b->n < 176)
		buf_add_byte(b, 0);
	put_words(b, WORDS(0, 0, 12 | 8u << 16, 4 | 5u << 16));
	buf_add_bytes(b, "mdbox\0\0\0", 8);
	put_words(b, WORDS(1, 8, 1, 41, 1000));
	put_words(b, WORDS(4, 0, 3, 42, 1001));
}

static void
index_and_logs(void)
{
	struct buf index = BUF_EMPTY, log = BUF_EMPTY, old = BUF_EMPTY;
	size_t applied;

	put_log_head(&log, 5);
	put_record_of(&log, 0x4 | EXTERNAL, WORDS(1, 9, 0x0010));
	applied = log.n;
	put_intro(&log, 1, "", 8);
	put_record_of(&log, 0x2 | EXTERNAL, WORDS(6, 0));
	put_record_of(&log, 0x200 | EXTERNAL, WORDS(6, 43, 1002));
	put_keyword(&log, 0, "two", 6, 6);
	make_index(&index, 5, (uint32_t)applied);
	T(index.n == 200 + 40, "%zu", index.n);
	kit_write_bytes("both/dovecot.index", buf_slice(&index));
	kit_write_bytes("both/dovecot.index.log", buf_slice(&log));
	T_SAME(told("both", "mdbox"), "1 seen [wichtig] 41.1000.0|4 [two] [wichtig] 42.1001.0|"
	    "6 [two] 43.1002.0", "the log from where the index ends");

	/* The log was begun anew, and the rest of the old one does not show in
	 * the index yet. */
	put_log_head(&old, 4);
	put_record_of(&old, 0x4 | EXTERNAL, WORDS(4, 4, 0x0001));
	buf_clear(&index);
	make_index(&index, 4, 40);
	kit_write_bytes("both/dovecot.index", buf_slice(&index));
	kit_write_bytes("both/dovecot.index.log.2", buf_slice(&old));
	T_SAME(told("both", ""), "1 seen draft [wichtig]|4 answered draft [two] [wichtig]|6 [two]",
	    "two logs");
	kit_write_bytes("both/dovecot.index", SLICE_OF("\6\0rubbish, and more of it"));
	T_SAME(told("both", ""), "failed 7", "a version that is not known");
	T_SAME(told("nothing", ""), "failed 3", "not there");
	kit_write("text/dovecot.index.log", "text, and more text than a head has bytes");
	T_SAME(told("text", ""), "failed 3", "no log");
	buf_free(&index);
	buf_free(&log);
	buf_free(&old);
}

/* Cut anywhere and with any byte spoiled it is read without harm, and cut
 * between two transactions it is what it was then. */
static void
every_byte(void)
{
	struct buf log = BUF_EMPTY, index = BUF_EMPTY;
	size_t i;

	make_log(&log);
	make_index(&index, 3, 40);
	kit_write_bytes("flip/dovecot.index.log", buf_slice(&log));
	for (i = 0; i < index.n; i++) {
		index.p[i] ^= 0xff;
		kit_write_bytes("flip/dovecot.index", buf_slice(&index));
		told("flip", "mdbox");
		index.p[i] ^= 0xff;
		kit_write_bytes("flip/dovecot.index", slice_sub(buf_slice(&index), 0, i));
		told("flip", "mdbox");
	}
	kit_write_bytes("flip/dovecot.index", buf_slice(&index));
	for (i = 0; i < log.n; i++) {
		log.p[i] ^= 0xff;
		kit_write_bytes("flip/dovecot.index.log", buf_slice(&log));
		told("flip", "map");
		log.p[i] ^= 0xff;
		kit_write_bytes("flip/dovecot.index.log", slice_sub(buf_slice(&log), 0, i));
		told("flip", "map");
	}
	T(true, "no harm");
	buf_free(&log);
	buf_free(&index);
}

int
main(void)
{
	log_alone();
	index_and_logs();
	every_byte();
	kit_end();
	return t_done();
}
