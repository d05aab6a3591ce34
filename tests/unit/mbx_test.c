/* SPDX-License-Identifier: MIT */
#include "backends/formats/cclient.h"
#include "backends/formats/formats.h"
#include "tests/unit/formatkit.h"

#define D "23-Nov-2026 11:43:24 +0000"
#define TEXT "Subject: x\r\n\r\ntext\r\n"       /* 20 bytes */

static const struct {
	const char *line;
	bool is;
	uint64_t size, keywords, bits;
	int64_t date;
} lines[] = {
	{ D ",49;0000000c8021-0000000a\r\n", true, 49, 12, 0x8021, 1795434204 },
	{ " 1-Jan-2010 00:00:00 -0930,0;000000000000-00000000\r\n", true, 0, 0, 0, 1262338200 },
	{ D ",49;400000000014\r\n", true, 49, 0, 12, 1795434204 },
	{ D ",49;000000000001\n", true, 49, 0, 1, 1795434204 },
	{ D ",49;000000000001", false, 0, 0, 0, 0 },
	{ D ",49;00000000000-00000001\r\n", false, 0, 0, 0, 0 },
	{ D ",49;000000000001-0000000\r\n", false, 0, 0, 0, 0 },
	{ D ",49;000000000001-000000001\r\n", false, 0, 0, 0, 0 },
	{ D ",49;00000000000x\r\n", false, 0, 0, 0, 0 },
	{ D ",49;000000000008\r\n", false, 0, 0, 0, 0 },
	{ D ",-1;000000000001\r\n", false, 0, 0, 0, 0 },
	{ D ",99999999999999999999;000000000001\r\n", false, 0, 0, 0, 0 },
	{ "23-Now-2026 11:43:24 +0000,49;000000000001\r\n", false, 0, 0, 0, 0 },
	{ "23 Nov 2026 11:43:24 +0000,49;000000000001\r\n", false, 0, 0, 0, 0 },
	{ "23-Nov-2026 11:43:24 0000,49;000000000001\r\n", false, 0, 0, 0, 0 },
	{ "\r\n", false, 0, 0, 0, 0 },
	{ "", false, 0, 0, 0, 0 },
};

static void
each_line(void)
{
	struct cclient_line l;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct slice s = slice_string(lines[i].line);

		if (!T(cclient_line_parse(s, &l) == lines[i].is, "%s", lines[i].line) || !lines[i].is)
			continue;
		T(l.n == s.n && l.size == lines[i].size && l.bits == lines[i].bits, "%s: %u", lines[i].line,
		    (unsigned)l.bits);
		T(l.date == lines[i].date, "%s: %lld", lines[i].line, (long long)l.date);
		T(l.is_octal || l.keywords == lines[i].keywords, "%s: keywords", lines[i].line);
	}
}

/* The head of an mbx with three keywords. */
static void
add_head(struct buf *out)
{
	size_t i;

	buf_add_string(out, "*mbx*\r\n6b06b86000000003\r\nwork\r\n$label1\r\n$Forwarded\r\n");
	for (i = 3; i < 30; i++)
		buf_add_string(out, "\r\n");
	while (out->n < 2038)
		buf_add_byte(out, 0);
	buf_add_string(out, "00000000\r\n");
}

static void
make_mbx(struct buf *out)
{
	add_head(out);
	buf_add_string(out, D ",20;000000030001-00000001\r\n" TEXT);
	buf_add_string(out, D ",20;00000004800a-00000002\r\n" TEXT);
	buf_add_string(out, D ",20;000000000034-00000003\r\n" TEXT);
}

static void
whole(void)
{
	struct buf mbx = BUF_EMPTY;

	make_mbx(&mbx);
	kit_write_bytes("whole", buf_slice(&mbx));
	T(format_mbx.probe(kit_path("whole"), &kit.err) == 95, "known");
	T(kit_open(&format_mbx, "whole", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "whole", "its name");
	T_SAME(kit_told(), "F2048\nM73 53-0 seen [$label1] [work]\n"
	    "M73 53-0 answered deleted forwarded dead\nM73 53-0 flagged draft\n", "entries");
	T(kit.entries.items[1].entry.date == 1795434204 && kit.entries.items[2].entry.at == 2121,
	    "date and place");
	T(slice_equal(kit_joined(), buf_slice(&mbx)), "all of it");
	buf_free(&mbx);

	kit_write("mtx", D ",20;000000000001\r\n" TEXT D ",20;000000000014\r\n" TEXT);
	T(format_mbx.probe(kit_path("mtx"), &kit.err) == 92, "known");
	T(kit_open(&format_mbx, "mtx", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M64 44-0 seen\nM64 44-0 answered flagged\n", "mtx");
	kit_write("tenex", D ",17;000000000001\nSubject: x\n\ntext\n");
	T(kit_open(&format_mbx, "tenex", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M60 43-0 seen\n", "tenex");
	kit_write("mail", "Subject: x\n\n");
	T(format_mbx.probe(kit_path("mail"), &kit.err) == 0, "a message is none");
	kit_write("none", "");
	T(kit_open(&format_mbx, "none", "plain") && kit_read(0) == 0 && kit.entries.n == 0, "empty");
}

static void
damaged(void)
{
	struct buf mbx = BUF_EMPTY;

	kit_write("odd", D ",20;000000000001\r\n" TEXT "rubbish\nmore, and more\n\n" D
	    ",20;000000000001\r\n" TEXT D ",99;000000000000\r\n" TEXT);
	T(kit_open(&format_mbx, "odd", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M64 44-0 seen\nF24\nM64 44-0 seen\nM64 44-0\n",
	    "rubbish is passed over, the last one is cut");
	/* Further than one look at the file goes. */
	buf_add_string(&mbx, D ",20;000000000001\r\n" TEXT "\n");
	memset(buf_extend(&mbx, 200000), 'x', 200000);
	buf_add_string(&mbx, "\n" D ",20;000000000001\r\n" TEXT);
	kit_write_bytes("far", buf_slice(&mbx));
	T(kit_open(&format_mbx, "far", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M64 44-0 seen\nF200002\nM64 44-0 seen\n", "found behind a long line");
	buf_free(&mbx);
}

/* Cut anywhere, and with any byte spoiled, all of it is handed out. */
static void
every_byte(void)
{
	struct buf mbx = BUF_EMPTY;
	size_t i, bad = 0;

	make_mbx(&mbx);
	for (i = 0; i <= mbx.n; i += i < 40 || i > 2000 ? 1 : 97) {
		kit_write_bytes("cut", slice_sub(buf_slice(&mbx), 0, i));
		bad += !kit_open(&format_mbx, "cut", "plain") || kit_read(0) < 0 ||
		    !slice_equal(kit_joined(), slice_sub(buf_slice(&mbx), 0, i));
		if (i == mbx.n)
			break;
		mbx.p[i] ^= 0x15;
		kit_write_bytes("cut", buf_slice(&mbx));
		bad += !kit_open(&format_mbx, "cut", "plain") || kit_read(0) < 0 ||
		    !slice_equal(kit_joined(), buf_slice(&mbx));
		mbx.p[i] ^= 0x15;
	}
	T(bad == 0, "%zu of the cut and spoiled ones differ", bad);
	buf_free(&mbx);
}

static void
large(void)
{
	struct buf mbx = BUF_EMPTY;
	size_t n = 17 << 20;

	buf_add_format(&mbx, D ",%zu;000000000001\r\n", n);
	memset(buf_extend(&mbx, n), 'x', n);
	buf_add_string(&mbx, D ",20;000000000001\r\n" TEXT);
	kit_write_bytes("large", buf_slice(&mbx));
	T(kit_open(&format_mbx, "large", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T(kit.entries.n == 2 && kit.entries.items[0].entry.is_large &&
	    slice_equal(kit_joined(), buf_slice(&mbx)), "all of a large one");
	buf_free(&mbx);
}

/* ---- mix ---- */

#define MSG ":msg:00000001:20261123114324+0000:00000014:\r\n"

static void
mix(void)
{
	kit_write("mix/.mixmeta", "S6b06b865\r\nV6b06b860\r\nL3\r\nN6b06b860\r\nKwork $label1\r\n");
	kit_write("mix/.mixindex", "S6b06b865\r\n"
	    ":00000002:20261123114324+0100:00000014:6b06b860:00000041:0000002d:00000010:\r\n"
	    ":00000001:20261123114324+0000:00000014:6b06b860:00000000:0000002d:00000010:\r\n"
	    ":00000003:20261123114324+0000:00000014:6b06b861:00000000:0000002d:00000010:\r\n"
	    ":00000004:20261123114324+0000:00000099:6b06b860:00000041:0000002d:00000010:\r\n"
	    "rubbish\r\n:1:2:\r\n");
	kit_write("mix/.mixstatus", "S1\r\n:00000001:00000003:0001:1:\r\n:00000002:00000000:000c:1:\r\n"
	    ":00000009:00000000:000c:1:\r\n:x:\r\n");
	kit_write("mix/.mix6b06b860", MSG TEXT MSG TEXT);
	kit_write("mix/other", "x");
	T(format_mix.probe(kit_path("mix"), &kit.err) == 95, "known");
	T(kit_open(&format_mix, "mix", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_kept(), ".mix6b06b860|.mixindex|.mixmeta|.mixstatus", "kept");
	T(kit.mailboxes.items[0].layout == MAILBOX_EXTRACTED, "extracted");
	T_SAME(kit_told(), "M20 seen [$label1] [work]\nM20 answered flagged\nX0\nX0\n",
	    "by UID; what is not there fails alone");
	T(slice_is(kit.entries.items[1].whole, TEXT), "bytes");
	T(kit.entries.items[0].entry.date == 1795434204 &&
	    kit.entries.items[1].entry.date == 1795430604, "dates");
	T(file_remove(kit_path("mix/.mixstatus"), &kit.err) == 0 &&
	    kit_open(&format_mix, "mix", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M20\nM20\nX0\nX0\n", "without flags");
}

int
main(void)
{
	each_line();
	whole();
	damaged();
	every_byte();
	large();
	mix();
	kit_end();
	return t_done();
}
