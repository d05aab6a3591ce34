/* SPDX-License-Identifier: MIT */
#include "core/mail/separator.h"

#include <inttypes.h>

#include "tests/t.h"

/* 2026-11-23 12:29:40 UTC */
#define NOON INT64_C(1795436980)

static const struct {
	const char *line, *sender;
	enum separator kind;
	int64_t date;
} cases[] = {
	/* mutt, procmail, Postfix; Thunderbird; Eudora; c-client; Takeout. */
	{ "From root Mon Nov 23 12:29:40 2026\n", "root", SEPARATOR_STRONG, NOON },
	{ "From - Mon Nov 23 12:29:40 2026\r\n", "-", SEPARATOR_STRONG, NOON },
	{ "From ???@??? Mon Nov 23 12:29:40 2026", "???@???", SEPARATOR_STRONG, NOON },
	{ "From nobody@vm Fri Jan  1 00:00:00 2010 +0000\n", "nobody@vm", SEPARATOR_STRONG, 1262304000 },
	{ "From 1749@xxx Mon Nov 23 12:29:40 +0000 2026\n", "1749@xxx", SEPARATOR_STRONG, NOON },
	{ "From a@b Mon Nov 23 13:29:40 +0100 2026\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From a@b Mon Nov 23 13:29:40 MET 2026\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From a@b Mon Nov 23 14:29:40 MET DST 2026\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From a@b Mon Nov 23 07:29:40 2026 (EST)\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From a@b Mon Nov 23 12:29:40 XYZ 2026\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From ann@example.org Mon Feb 01 01:38:27 2010\n", "ann@example.org", SEPARATOR_STRONG, 1264988307 },
	{ "From host!user Mon Nov 23 12:29 2026 remote from host\n", "host!user", SEPARATOR_STRONG, NOON - 40 },
	{ "From a@b Mon, 23 Nov 2026 12:29:40 +0000\n", "a@b", SEPARATOR_STRONG, NOON },
	{ "From ann at example.org  Mon Nov 23 12:29:40 2026\n", "ann at example.org", SEPARATOR_STRONG, NOON },
	{ "From \"a Mon b\"@c Mon Nov 23 12:29:40 2026\n", "\"a Mon b\"@c", SEPARATOR_STRONG, NOON },
	{ "From Mon Nov 23 12:29:40 2026\n", "", SEPARATOR_STRONG, NOON },
	{ "From  Mon Nov 23 12:29:40 2026\n", "", SEPARATOR_STRONG, NOON },
	{ "From a Mon Nov 23 12:29:40 26\n", "a", SEPARATOR_STRONG, NOON },
	{ "From a Tue Dec 31 23:59:60 1996\n", "a", SEPARATOR_STRONG, 852076800 },
	{ "From a MON NOV 23 12:29:40 2026\n", "a", SEPARATOR_STRONG, NOON },
	/* No date, or one in a sentence. */
	{ "From here on it rains\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From \n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a@b\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From Mon Nov 23 12:29:40 2026 on it rains\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40 2026 remote from\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 32 12:29:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 0 12:29:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 24:29:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:60:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:61 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40:1 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40 20261\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40 1600\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nov 23 12:29:40 +9999 2026 2027\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mun Nov 23 12:29:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	{ "From a Mon Nob 23 12:29:40 2026\n", NULL, SEPARATOR_WEAK, 0 },
	/* Something else. */
	{ "From: a@b\n", NULL, SEPARATOR_NO, 0 },
	{ ">From a@b Mon Nov 23 12:29:40 2026\n", NULL, SEPARATOR_NO, 0 },
	{ "from a@b Mon Nov 23 12:29:40 2026\n", NULL, SEPARATOR_NO, 0 },
	{ "From\n", NULL, SEPARATOR_NO, 0 },
	{ "", NULL, SEPARATOR_NO, 0 },
};

static void
shapes(void)
{
	struct from_line f;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T(separator_parse(slice_string(cases[i].line), &f) == cases[i].kind, "%s", cases[i].line);
		T(separator_parse(slice_string(cases[i].line), NULL) == cases[i].kind, "NULL will do");
		if (cases[i].kind == SEPARATOR_NO)
			continue;
		T(f.has_date == (cases[i].kind == SEPARATOR_STRONG) && f.date == cases[i].date,
		    "%s: %" PRId64, cases[i].line, f.date);
		T(cases[i].sender == NULL || slice_is(f.sender, cases[i].sender), "%s: %.*s",
		    cases[i].line, (int)f.sender.n, (const char *)f.sender.p);
	}
}

/* What we write is read as what it was, for dates of four centuries. */
static void
there_and_back(void)
{
	struct buf out = BUF_EMPTY;
	struct from_line f;
	size_t bad = 0;
	int64_t date;

	for (date = -2208988800; date < INT64_C(10413792000); date += 12345678) {
		buf_clear(&out);
		separator_add(&out, SLICE_OF("ann@example.org"), date);
		bad += separator_parse(buf_slice(&out), &f) != SEPARATOR_STRONG || f.date != date;
	}
	T(bad == 0, "%zu dates do not come back", bad);
	buf_clear(&out);
	separator_add(&out, SLICE_OF("sender"), NOON);
	T(slice_is(buf_slice(&out), "From sender Mon Nov 23 12:29:40 2026\n"), "%s", buf_text(&out));
	buf_clear(&out);
	separator_add(&out, SLICE_OF("a b\nFrom c"), 0);
	T(slice_is(buf_slice(&out), "From a-b-From-c Thu Jan  1 00:00:00 1970\n"), "one line: %s",
	    buf_text(&out));
	buf_clear(&out);
	separator_add(&out, SLICE_EMPTY, INT64_MAX);
	T(slice_is(buf_slice(&out), "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"), "%s",
	    buf_text(&out));
	buf_free(&out);
}

static void
header_lines(void)
{
	T(header_line_looks_good(SLICE_OF("Received: from x")), "Received");
	T(header_line_looks_good(SLICE_OF("X-Y:")), "an empty one");
	T(!header_line_looks_good(SLICE_OF("it rained: cats")), "a sentence");
	T(!header_line_looks_good(SLICE_OF(": x")), "no name");
	T(!header_line_looks_good(SLICE_OF("Received")), "no colon");
	T(!header_line_looks_good(SLICE_OF("Gr\xfc\xdf" "e: x")), "8-bit");
	T(!header_line_looks_good(SLICE_EMPTY), "nothing");
}

int
main(void)
{
	shapes();
	there_and_back();
	header_lines();
	return t_done();
}
