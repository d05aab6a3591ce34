/* SPDX-License-Identifier: MIT */
#include "backends/formats/mork.h"

#include "tests/unit/formatkit.h"

#define MAGIC "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n"
#define HEAD MAGIC "< <(a=c)> // (f=iso-8859-1)\n" \
	"  (80=ns:msg:db:row:scope:msgs:all)(88=flags)(B4=storeToken)\n" \
	"  (9F=ns:msg:db:row:scope:dbfolderinfo:all)(A0=ns:msg:db:table:kind:dbfolderinfo)\n" \
	"  (96=ns:msg:db:table:kind:msgs)(97=ns:msg:db:table:kind:thread)(B8=keywords)\n" \
	"  (9C=msgOffset)(B1=folderName)>\n"
#define ALL "{1:^80 {(k^96:c)(s=9)} "

static const struct {
	const char *what, *text;
	const char *told;       /* "offset flags keywords|…"; NULL: refused */
} cases[] = {
	{ "no message", HEAD, "" },
	{ "literal values", HEAD ALL "[1(^88=1)(^B4=0)][2(^88=5)(^B4=1143)]}\n", "0 1 |1143 5 " },
	{ "values of a dictionary", HEAD "<(81=1013)(82=77)(83=\\$label1 a$C3$A4 b\\)c)>" ALL
	    "[1(^88^81)(^B4^82)(^B8^83)]}\n", "77 1013 $label1 a\xC3\xA4 b)c" },
	{ "a value over two lines", HEAD "<(83=\\$la\\\nbel1)>" ALL "[1(^88=1)(^B4=0)(^B8^83)]}\n",
	    "0 1 $label1" },
	{ "long values on lines of their own", HEAD "<(90=7)>" ALL "[1(^88\n    ^90)(^81\n    =P0 <p0@exam\\\n"
	    "ple.org>, P1)(^B4\n    =3)]}\n", "3 7 " },
	{ "sorted by offset", HEAD ALL "[1(^88=1)(^B4=9)][2(^88=2)(^B4=5)]}\n", "5 2 |9 1 " },
	{ "rows before the table", HEAD "[5:^80(^88=1)(^B4=3)]" ALL "5 }\n", "3 1 " },
	{ "rows in no table", HEAD "[5:^80(^88=1)(^B4=3)]\n", "" },
	{ "a table of threads", HEAD "{1:^80 {(k^97:c)(s=9)1:m } [1(^88=1)(^B4=3)]}\n", "" },
	{ "in both", HEAD ALL "[1(^88=1)(^B4=3)]} {2:^80 {(k^97:c)(s=9)1:m } 1 }\n", "3 1 " },
	{ "a row taken out", HEAD ALL "[1(^88=1)(^B4=3)][2(^88=1)(^B4=4)] -1 }\n", "4 1 " },
	{ "a row taken out, with its cells", HEAD ALL "[1(^88=1)(^B4=3)]} " ALL "-[1(^88=5)]}\n", "" },
	{ "a table that begins anew", HEAD ALL "[1(^88=1)(^B4=3)]} {-1:^80 {(k^96:c)(s=9)} "
	    "[2(^88=1)(^B4=4)]}\n", "4 1 " },
	{ "a cell changed", HEAD ALL "[1(^88=1)(^B4=3)]}[1:^80(^88=5)]\n", "3 5 " },
	{ "a row that begins anew", HEAD ALL "[1(^88=1)(^B4=3)]}[-1:^80(^88=5)]\n", "" },
	{ "a number with a new meaning", HEAD "<(81=1)>" ALL "[1(^88^81)(^B4=3)]}<(81=4)>" ALL
	    "[2(^88^81)(^B4=5)]}\n", "3 1 |5 4 " },
	{ "a group", HEAD ALL "[1(^88=1)(^B4=3)]}@$${1{@[1:^80(^88=5)]@$$}1}@\n", "3 5 " },
	{ "a group given up", HEAD ALL "[1(^88=1)(^B4=3)]}@$${1{@[1:^80(^88=5)]@$$}~~}@"
	    "@$${2{@@$$}2}@[1:^80(^88=7)]\n", "3 7 " },
	{ "a group never ended", HEAD ALL "[1(^88=1)(^B4=3)]}@$${1{@[1:^80(^88=5)]", "3 1 " },
	{ "a group in a group", HEAD "@$${1{@@$${2{@@$$}2}@@$$}1}@", NULL },
	{ "meta rows and moves", HEAD ALL "[1[1:m(^88=9)](^88=1)(^B4=3)]!5 }\n", NULL },
	{ "meta cells", HEAD ALL "[1[(^88=9)](^88=1)(^B4=3)]!5 }\n", "3 1 " },
	{ "not online", HEAD ALL "[1(^88=1)]}\n", "" },
	{ "msgOffset with the offline bit", HEAD ALL "[1(^88=81)(^9C=1f)][2(^88=1)(^9C=2f)]}\n",
	    "31 81 " },
	{ "flags that are no number", HEAD ALL "[1(^88=zz)(^B4=3)]}\n", "" },
	{ "an offset that is no number", HEAD ALL "[1(^88=1)(^B4=1795.eml)]}\n", "" },
	{ "comments", HEAD "// one\n" ALL "// two )}\n[1(^88=1)(^B4=3)]}\n", "3 1 " },
	{ "cut in a row", HEAD ALL "[1(^88=1)(^B4=3", NULL },
	{ "cut in a table", HEAD ALL "[1(^88=1)(^B4=3)]", NULL },
	{ "cut in a dictionary", HEAD "<(81=1", NULL },
	{ "a number over all bounds", HEAD "<(FFFFFFF=1)>", NULL },
	{ "a number over 32 bits", HEAD "<(FFFFFFFFF=1)>", NULL },
	{ "rubbish", HEAD "rubbish", NULL },
	{ "no Mork", "From ann\n", NULL },
	{ "nothing", "", NULL },
};

static void
every_case(void)
{
	struct mork_message message;
	struct buf told = BUF_EMPTY;
	struct mork *m;
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kit_write("a.msf", cases[i].text);
		if (mork_open(kit_path("a.msf"), &m, &kit.err) < 0) {
			T(cases[i].told == NULL && kit.err.code == ERR_FORMAT, "%s: %s",
			    cases[i].what, kit.err.text);
			continue;
		}
		buf_clear(&told);
		for (j = 0; j < mork_message_count(m); j++) {
			uint64_t at = mork_message_offset(m, j);

			T(mork_message_at(m, at, &message), "%s", cases[i].what);
			buf_add_format(&told, "%s%" PRIu64 " %x ", j > 0 ? "|" : "", at,
			    message.flags);
			buf_add(&told, message.keywords);
		}
		T(!mork_message_at(m, 999999, &message), "%s: nothing there", cases[i].what);
		T_SAME(buf_text(&told), cases[i].told == NULL ? "(refused)" : cases[i].told,
		    cases[i].what);
		mork_close(m);
	}
	buf_free(&told);
}

/* Every prefix of every case is read or refused, quickly and without harm. */
static void
every_prefix(void)
{
	struct mork *m;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (n = 0; n < strlen(cases[i].text); n += 3) {
			kit_write_bytes("a.msf", slice_of(cases[i].text, n));
			if (mork_open(kit_path("a.msf"), &m, &kit.err) == 0)
				mork_close(m);
			arena_reset(&kit.arena);
		}
	}
	T(true, "prefixes");
}

static const char *
names_of(const char *text)
{
	struct buf shown = BUF_EMPTY, online = BUF_EMPTY;
	const char *both;

	buf_set(&shown, SLICE_OF("before"));
	kit_write("a.msf", text);
	mork_folder_names(kit_path("a.msf"), &shown, &online);
	both = arena_format(&kit.arena, "%s|%s", buf_text(&shown), buf_text(&online));
	buf_free(&shown);
	buf_free(&online);
	return both;
}

/* In a maildir storeToken is the name of a file. */
static void
files(void)
{
	struct mork_message message;
	struct mork *m = NULL;

	kit_write("a.msf", HEAD "<(81=1795.M1P2.vm$2C1.eml)(82=$$label1)>" ALL
	    "[1(^88=5)(^B4^81)(^B8^82)][2(^88=0)(^B4=7.eml)][3(^88=1)(^B4=9)]}\n");
	T(mork_open(kit_path("a.msf"), &m, &kit.err) == 0, "%s", kit.err.text);
	T(mork_message_count(m) == 1 && mork_message_offset(m, 0) == 9, "a number is an offset");
	T(mork_message_named(m, SLICE_OF("1795.M1P2.vm,1.eml"), &message) && message.flags == 5 &&
	    slice_is(message.keywords, "$$label1"), "a file");
	T(mork_message_named(m, SLICE_OF("7.eml"), &message) && message.flags == 0 &&
	    message.keywords.n == 0, "another");
	T(!mork_message_named(m, SLICE_OF("8.eml"), &message), "an unknown file");
	mork_close(m);
}

static void
names(void)
{
	T_SAME(names_of(HEAD "<(B2=test $CF$84)>{1:^9F {(k^A0:c)(s=9u)} [1(^B1^B2)]}\n"
	    "@$${1{@<(B3=a\\)b)>[1:^9F(^B1^B3)]@$$}1}@\n"), "a)b|", "the last name");
	T_SAME(names_of(HEAD "<(B2=test $CF$84)>{1:^9F {(k^A0:c)(s=9u)} [1(^B1^B2)]}\n"),
	    "test \xCF\x84|", "a name");
	T_SAME(names_of(HEAD "<<(a=c)>(D0=onlineName)>{1:^9F {(k^A0:c)(s=9u)} "
	    "[1(^D0=Archive/a&-b)]}\n"), "|Archive/a&-b", "one on the server");
	T_SAME(names_of(HEAD), "|", "no name");
	T_SAME(names_of("no summary"), "|", "no summary");
}

/* Tables that begin anew by the hundred thousand take linear time. */
static void
hostile(void)
{
	struct buf text = BUF_EMPTY;
	struct mork *m = NULL;
	size_t i;

	buf_add_string(&text, HEAD ALL);
	for (i = 0; i < 100000; i++)
		buf_add_format(&text, "[%zx(^88=1)(^B4=%zu)]", i, i);
	buf_add_byte(&text, '}');
	for (i = 0; i < 100000; i++)
		buf_add_string(&text, "{-1:^80{(k^96:c)}1}");
	kit_write_bytes("a.msf", buf_slice(&text));
	T(mork_open(kit_path("a.msf"), &m, &kit.err) == 0 && mork_message_count(m) == 1, "%s",
	    kit.err.text);
	mork_close(m);
	buf_free(&text);
}

int
main(void)
{
	every_case();
	every_prefix();
	files();
	names();
	hostile();
	kit_end();
	return t_done();
}
