/* SPDX-License-Identifier: MIT */
#include "backends/formats/dbox.h"

#include "backends/formats/formats.h"
#include "core/base/base64.h"
#include "core/base/codec.h"
#include "tests/unit/dovecotkit.h"
#include "tests/unit/formatkit.h"

#define BODY "Subject: x\n\ntext\n"      /* 17 bytes */
#define META "R6b06ba23\nV14\nGd41d8cd98f00b204e9800998ecf8427e\n"

/* What stands around BODY in a file of sdbox's. */
#define HEAD 46
#define TAIL (4 + 48 + 1)

static void
put_file(const char *path, struct slice body, const char *metadata)
{
	struct buf b = BUF_EMPTY;

	buf_add_string(&b, DBOX_HEAD);
	put_dbox_message(&b, "", body, metadata);
	kit_write_bytes(path, buf_slice(&b));
	buf_free(&b);
}

static void
pack(enum codec codec, struct slice plain, struct buf *out)
{
	struct compressor *c = compressor_open(codec, 0);

	buf_clear(out);
	T(compressor_frame(c, plain, out, &kit.err) == 0, "%s", kit.err.text);
	compressor_close(c);
}

static void
put_index(const char *path)
{
	struct buf log = BUF_EMPTY;

	put_log_head(&log, 1);
	put_record_of(&log, 0x2 | EXTERNAL, WORDS(1, 8, 2, 0, 12, 1));
	put_keyword(&log, 0, "wichtig", 2, 12);
	kit_write_bytes(path, buf_slice(&log));
	buf_free(&log);
}

/* ---- sdbox ---- */

#define S "s/mailboxes/"

static void
sdbox(void)
{
	put_file(S "INBOX/dbox-Mails/u.1", SLICE_OF(BODY), META);
	put_file(S "INBOX/dbox-Mails/u.12", SLICE_OF(BODY), META);
	put_file(S "INBOX/dbox-Mails/u.2", SLICE_OF(BODY), META);
	kit_write(S "INBOX/dbox-Mails/u.30", "no dbox");
	kit_write(S "INBOX/dbox-Mails/u.x", "x");
	kit_write(S "INBOX/dbox-Mails/dovecot.index.cache", "x");
	put_index(S "INBOX/dbox-Mails/dovecot.index.log");
	put_file(S "&ANw-b/Q &- A/dbox-Mails/u.1", SLICE_OF(BODY), META);
	kit_directory(S "empty/dbox-Mails");
	T(format_sdbox.probe(kit_path("s"), &kit.err) == 94, "known");
	T(format_mdbox.probe(kit_path("s"), &kit.err) == 0, "no mdbox");
	T(kit_open(&format_sdbox, "s", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "Üb/Q & A|INBOX|empty", "names");
	T_SAME(kit_kept(), "dovecot.index.log", "kept");
	T(kit.mailboxes.items[1].layout == MAILBOX_FILES && kit.mailboxes.items[1].messages == 4,
	    "files");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M116 46-53 /u.1+ seen\nM116 46-53 /u.2+ [wichtig]\n"
	    "M116 46-53 /u.12+ answered [wichtig]\nM7 /u.30+\n", "messages");
	T(kit.entries.items[0].entry.date == 0x6b06ba23, "when it came in");
}

/* What other packings make of BODY; LZ4's chunk repeats "text\n" twenty times. */
#define BZIP2 SLICE_OF("\102\132\150\071\061\101\131\046\123\131\267\312\021\002\000\000\002" \
	"\333\200\000\020\100\000\000\020\010\000\032\020\006\100\040\000\061\000\323\115" \
	"\004\047\251\223\117\152\015\122\103\051\341\201\375\027\162\105\070\120\220\267" \
	"\312\021\002")
#define XZ SLICE_OF("\375\067\172\130\132\000\000\001\151\042\336\066\002\000\041\001\026\000" \
	"\000\000\164\057\345\243\001\000\020\123\165\142\152\145\143\164\072\040\170\012" \
	"\012\164\145\170\164\012\000\000\000\000\336\044\124\265\000\001\045\021\076\105" \
	"\305\242\220\102\231\015\001\000\000\000\000\001\131\132")
#define LONG SLICE_OF("\102\132\150\061\061\101\131\046\123\131\332\175\176\363\000\003\020\001" \
	"\040\240\000\000\004\000\010\040\000\060\314\005\051\246\004\055\210\041\170\273\222" \
	"\051\302\204\206\323\353\367\230")        /* 400,000 times "a" */
#define LZ4_HEAD "Dovecot-LZ4\r*\x9b\xc5\000\001\000\000"
#define LZ4_CHUNK "\377\001Subject: x\n\ntext\005\000\110Ptext\n"
#define TEN "text\ntext\ntext\ntext\ntext\n" "text\ntext\ntext\ntext\ntext\n"
#define LZ4_TEXT "Subject: x\n\n" TEN TEN

static const char *
unpacked(struct slice packed)
{
	struct buf out = BUF_EMPTY;
	const char *text = "damaged";

	error_clear(&kit.err);
	if (dbox_unpack(packed, &out, &kit.err) == 0)
		text = arena_string(&kit.arena, buf_text(&out));
	buf_free(&out);
	return text;
}

static void
packings(void)
{
	static const char lz4[] = LZ4_HEAD "\000\000\000\033" LZ4_CHUNK
	    "\000\000\000\005\100tail";
	struct buf damaged = BUF_EMPTY;
	size_t i;

	T_SAME(unpacked(BZIP2), BODY, "bzip2");
	T_SAME(unpacked(XZ), BODY, "xz");
	T_SAME(unpacked(slice_sub(BZIP2, 0, 30)), "damaged", "bzip2 that is cut");
	T_SAME(unpacked(slice_sub(XZ, 0, 40)), "damaged", "xz that is cut");
	T_SAME(unpacked(slice_of(lz4, sizeof(lz4) - 1)), LZ4_TEXT "tail", "lz4, two chunks");
	T(strlen(unpacked(LONG)) == 400000, "long bzip2");
	T_SAME(unpacked(slice_sub(LONG, 0, 43)), "damaged", "long bzip2 that is cut");
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD)), "", "lz4, none");
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD "\0\0\0\3\100ab")), "damaged", "lz4, literals that are cut");
	/* No length and no place is believed. */
	for (i = 15; i < sizeof(lz4) - 1; i++) {
		buf_set(&damaged, slice_of(lz4, i));
		T(strcmp(unpacked(buf_slice(&damaged)), "damaged") == 0 || i == 19 || i == 50,
		    "cut at %zu", i);
	}
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD "\0\0\0\1\0")), "", "lz4, a chunk of nothing");
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD "\0\0\0\4\20a\2\0")), "damaged", "from before its begin");
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD "\0\0\0\6\20a\0\0\20b")), "damaged", "from nowhere");
	T_SAME(unpacked(SLICE_OF(LZ4_HEAD "\0\0\0\4\20a\1\0")), "damaged", "no last literals");
	T_SAME(unpacked(SLICE_OF("Dovecot-LZ4\r*\x9b\xc5\0\0\0\3" "\0\0\0\5\100tail")), "damaged",
	    "more than a chunk holds");
	T_SAME(unpacked(SLICE_OF("Dovecot-LZ4\r*\x9b\xc5\0\0\0\7" "\0\0\0\6\21a\1\0\20b")), "aaaaaab",
	    "as much as it holds");
	T_SAME(unpacked(SLICE_OF("Dovecot-LZ4\r*\x9b\xc5\0\0\0\6" "\0\0\0\6\21a\1\0\20b")), "damaged",
	    "one more");
	T_SAME(unpacked(SLICE_OF("Dovecot-LZ4\r*\x9b\xc5\0\0\0\5" "\0\0\0\6\21a\1\0\20b")), "damaged",
	    "a run that is too long");
	T_SAME(unpacked(SLICE_OF("Dovecot-LZ4\r*\x9b\xc5\0\20\0\1" "\0\0\0\5\100tail")), "damaged",
	    "chunks that are too large");
	buf_free(&damaged);
}

/* Packed bodies, and attachments in files of their own. */
static void
taken_apart(void)
{
	static const unsigned char blob[] = "an attachment, and what is more of it";
	struct buf packed = BUF_EMPTY, whole = BUF_EMPTY, hollow = BUF_EMPTY, meta = BUF_EMPTY;
	struct slice plain = slice_of(blob, sizeof(blob) - 1);
	size_t at;

	pack(CODEC_GZIP, SLICE_OF(BODY), &packed);
	put_file("z/mailboxes/INBOX/dbox-Mails/u.1", buf_slice(&packed), "Z1\n" META);
	pack(CODEC_ZSTD, SLICE_OF(BODY), &packed);
	put_file("z/mailboxes/INBOX/dbox-Mails/u.2", buf_slice(&packed), "Z1\n" META);
	put_file("z/mailboxes/INBOX/dbox-Mails/u.3", SLICE_OF(BODY), META);
	put_file("z/mailboxes/INBOX/dbox-Mails/u.4", SLICE_OF("BZh9 whatever"), META);
	put_file("z/mailboxes/INBOX/dbox-Mails/u.5", SLICE_OF("CRYPTED\x03\x07 whatever"), META);
	T(kit_open(&format_sdbox, "z", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T(kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED, "taken out");
	T_SAME(kit_kept(), "u.1|u.2|u.3|u.4|u.5", "kept as they lie");
	T_SAME(kit_told(), "M17\nM17\nM17\nX0\nX0\n", "unpacked");
	T(slice_is(kit.entries.items[0].whole, BODY) && slice_is(kit.entries.items[1].whole, BODY),
	    "bytes");
	T(strstr(kit.entries.items[4].entry.error.text, "mail_crypt") != NULL, "%s",
	    kit.entries.items[4].entry.error.text);

	buf_set(&hollow, SLICE_OF("Subject: x\n\n"));
	at = hollow.n;
	buf_set(&whole, buf_slice(&hollow));
	base64_encode_lines(plain, 20, "\n", &whole);
	buf_add_format(&meta, "X%zu %zu B20 ab/cd/0123-4567 %zu 5 - ab/cd/raw\n" META, at,
	    whole.n - at, whole.n + 1);
	buf_add_string(&whole, "\nplain-\n");
	buf_add_string(&hollow, "\n-\n");
	put_file("a/mailboxes/INBOX/dbox-Mails/u.1", buf_slice(&hollow), buf_text(&meta));
	kit_write_bytes("a/attachments/ab/cd/0123-4567-89ab-1", plain);
	kit_write("a/attachments/ab/cd/raw", "plain");
	kit_write("a/attachments/ab/cd/other", "x");
	T(kit_open(&format_sdbox, "a", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_kept(), "u.1|0123-4567-89ab-1|other|raw", "with its attachments");
	T(kit.entries.n == 1 && slice_equal(kit.entries.items[0].whole, buf_slice(&whole)),
	    "put back: %s", kit.entries.items[0].entry.error.text);
	T(file_remove(kit_path("a/attachments/ab/cd/raw"), &kit.err) == 0 &&
	    kit_open(&format_sdbox, "a", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "X0\n", "one of them is gone");
	buf_free(&packed);
	buf_free(&whole);
	buf_free(&hollow);
	buf_free(&meta);
}

/* Older mail of a mailbox, elsewhere. */
static void
alternate(void)
{
	put_file("alt/mailboxes/INBOX/dbox-Mails/u.2", SLICE_OF(BODY), META);
	put_file("older/mailboxes/INBOX/dbox-Mails/u.1", SLICE_OF(BODY), META);
	put_index("alt/mailboxes/INBOX/dbox-Mails/dovecot.index.log");
	T(symlink(kit_path("older"), kit_path("alt/dbox-alt-root")) == 0, "link");
	T(kit_open(&format_sdbox, "alt", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX", "one mailbox");
	T_SAME(kit_told(), "M17 seen\nM17 [wichtig]\n", "from both places");
}

/* ---- mdbox ---- */

static void
put_map(const char *path, const uint32_t *words, size_t n)
{
	struct buf log = BUF_EMPTY, uids = BUF_EMPTY;
	size_t i;

	put_log_head(&log, 1);
	for (i = 0; i < n; i += 4) {
		put32(&uids, words[i]);
		put32(&uids, 0);
	}
	put_record(&log, 0x2 | EXTERNAL, buf_slice(&uids));
	put_intro(&log, UINT32_MAX, "map", 12);
	put_record_of(&log, 0x200 | EXTERNAL, words, n);
	kit_write_bytes(path, buf_slice(&log));
	buf_free(&log);
	buf_free(&uids);
}

static void
put_members(const char *path, const uint32_t *words, size_t n)
{
	struct buf log = BUF_EMPTY, uids = BUF_EMPTY;
	size_t i;

	put_log_head(&log, 1);
	for (i = 0; i < n; i += 3) {
		put32(&uids, words[i]);
		put32(&uids, 8);
	}
	put_record(&log, 0x2 | EXTERNAL, buf_slice(&uids));
	put_intro(&log, UINT32_MAX, "mdbox", 8);
	put_record_of(&log, 0x200 | EXTERNAL, words, n);
	kit_write_bytes(path, buf_slice(&log));
	buf_free(&log);
	buf_free(&uids);
}

static void
mdbox(void)
{
	struct buf one = BUF_EMPTY, two = BUF_EMPTY, packed = BUF_EMPTY;
	uint32_t second, third;

	pack(CODEC_GZIP, SLICE_OF("Subject: packed\n\n"), &packed);
	buf_add_string(&one, DBOX_HEAD);
	put_dbox_message(&one, "", SLICE_OF(BODY), META);
	second = (uint32_t)one.n;
	put_dbox_message(&one, "", buf_slice(&packed), "Z9\n" META);
	third = (uint32_t)one.n;
	put_dbox_message(&one, "0000000a", SLICE_OF("Subject: gone\n\n"), META);
	kit_write_bytes("m/storage/m.1", buf_slice(&one));
	buf_add_string(&two, DBOX_HEAD);
	put_dbox_message(&two, "", SLICE_OF("Subject: old\n\n"), META);
	kit_write_bytes("m/dbox-alt-root/storage/m.7", buf_slice(&two));
	put_map("m/storage/dovecot.map.index.log", WORDS(1, 1, 16, 0, 2, 1, second, 0, 3, 1, third, 0,
	    4, 7, 16, 0, 5, 9, 16, 0, 6, 1, 17, 0, 7, 1, 4000000000, 0));
	put_members("m/mailboxes/INBOX/dbox-Mails/dovecot.index.log", WORDS(1, 1, 0, 2, 2, 0, 3, 4, 0));
	put_members("m/mailboxes/INBOX/Copies/dbox-Mails/dovecot.index.log", WORDS(5, 1, 0, 6, 5, 0,
	    7, 6, 0, 8, 99, 0, 9, 7, 0));
	kit_directory("m/mailboxes/none/dbox-Mails");
	T(format_mdbox.probe(kit_path("m"), &kit.err) == 94, "known");
	T(kit_open(&format_mdbox, "m", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "INBOX/Copies|INBOX|none", "names");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 seen\nM17 seen\nM14 seen\n", "by the map, from both storages");
	T(slice_is(kit.entries.items[0].whole, BODY) &&
	    slice_is(kit.entries.items[1].whole, "Subject: packed\n\n") &&
	    slice_is(kit.entries.items[2].whole, "Subject: old\n\n"), "bytes");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17 seen\nX0 seen\nX0 seen\nX0 seen\nX0 seen\n",
	    "a lost file, a wrong place, no place, a place behind the end: each fails alone");
	T(kit_read(2) == 0 && kit.entries.n == 0, "never had mail");
	T(strcmp(kit_kept(), "dovecot.index.log|dovecot.index.log|dovecot.map.index.log|m.1|m.7") == 0,
	    "%s", kit_kept());
	T(file_remove(kit_path("m/storage/dovecot.map.index.log"), &kit.err) == 0 &&
	    kit_open(&format_mdbox, "m", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M17\nM17\nM15\n", "without a map, all there is");
	buf_free(&one);
	buf_free(&two);
	buf_free(&packed);
}

/* Cut anywhere, and with any byte spoiled: no harm, and of sdbox all bytes. */
static void
every_byte(void)
{
	struct buf b = BUF_EMPTY;
	size_t i, bad = 0;

	buf_add_string(&b, DBOX_HEAD);
	put_dbox_message(&b, "", SLICE_OF(BODY), META);
	kit_directory("f/mailboxes/INBOX/dbox-Mails");
	kit_directory("g/mailboxes");
	for (i = 0; i < b.n; i++) {
		kit_write_bytes("f/mailboxes/INBOX/dbox-Mails/u.1", slice_sub(buf_slice(&b), 0, i));
		bad += !kit_open(&format_sdbox, "f", "plain") || kit_read(0) < 0 ||
		    !slice_equal(kit_joined(), slice_sub(buf_slice(&b), 0, i));
		b.p[i] ^= 0xff;
		kit_write_bytes("f/mailboxes/INBOX/dbox-Mails/u.1", buf_slice(&b));
		bad += !kit_open(&format_sdbox, "f", "plain") || kit_read(0) < 0 ||
		    (kit.mailboxes.items[0].layout == MAILBOX_FILES &&
		    !slice_equal(kit_joined(), buf_slice(&b)));
		kit_write_bytes("g/storage/m.1", buf_slice(&b));
		bad += !kit_open(&format_mdbox, "g", "plain") || kit_read(0) < 0;
		b.p[i] ^= 0xff;
	}
	T(bad == 0, "%zu", bad);
	buf_free(&b);
}

int
main(void)
{
	sdbox();
	packings();
	taken_apart();
	alternate();
	mdbox();
	every_byte();
	kit_end();
	return t_done();
}
