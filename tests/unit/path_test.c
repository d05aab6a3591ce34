/* SPDX-License-Identifier: MIT */
#include "core/base/path.h"

#include <stdio.h>

#include "core/base/text.h"
#include "tests/t.h"

#define TAME_MAX 120

static struct arena arena = ARENA_EMPTY;

static void
joining_and_cutting(void)
{
	static const struct {
		const char *directory, *name, *path;
	} joins[] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" }, { "", "b", "b" },
		{ "a", "", "a" }, { "", "", "" }, { "/a/b", "c/d", "/a/b/c/d" },
	};
	static const struct {
		const char *path, *parent, *base;
	} cuts[] = {
		{ "/", "/", "" }, { "/a", "/", "a" }, { "a", ".", "a" }, { "/a/b", "/a", "b" },
		{ "a/b", "a", "b" }, { "//a", "/", "a" }, { "/a//b", "/a", "b" }, { "", ".", "" },
		{ "a/b/", "a/b", "" },
	};
	size_t i;
	char *got;

	for (i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		got = path_join(&arena, joins[i].directory, joins[i].name);
		T(strcmp(got, joins[i].path) == 0, "'%s' + '%s' = '%s'", joins[i].directory,
		    joins[i].name, got);
	}
	for (i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		got = path_parent(&arena, cuts[i].path);
		T(strcmp(got, cuts[i].parent) == 0, "parent of '%s' is '%s'", cuts[i].path, got);
		T(strcmp(path_base(cuts[i].path), cuts[i].base) == 0, "base of '%s' is '%s'",
		    cuts[i].path, path_base(cuts[i].path));
	}
}

static void
cleaning(void)
{
	static const struct {
		const char *path, *clean;
	} cases[] = {
	    {"", "."},
	    {".", "."},
	    {"./", "."},
	    {"/", "/"},
	    {"//", "/"},
	    {"/.", "/"},
	    {"/..", "/"},
	    {"/../a", "/a"},
	    {"..", ".."},
	    {"../", ".."},
	    {"../..", "../.."},
	    {"../a/..", ".."},
	    {"a/..", "."},
	    {"a/../..", ".."},
	    {"a/../b", "b"},
	    {"/a/../b", "/b"},
	    {"/a/b/../..", "/"},
	    {"/a/b/../../..", "/"},
	    {"a//b/./c/", "a/b/c"},
	    {"/a/./b//", "/a/b"},
	    {"...", "..."},
	    {"a/.../..b", "a/.../..b"},
	    {"a/b/..", "a"},
	    {"../../a/../b", "../../b"},
	    {"aa/bb/../cc", "aa/cc"},
	    {"a/./../b/", "b"},
	};
	static const char letters[] = "a./";
	char path[9];
	size_t i, k, v, bad = 0;
	char *clean;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		clean = path_clean(&arena, cases[i].path);
		T(strcmp(clean, cases[i].clean) == 0, "'%s' cleaned is '%s'", cases[i].path, clean);
	}
	/* All paths of eight such letters: clean once is clean for ever. */
	for (i = 0; i < 6561; i++) {
		for (k = 0, v = i; k < 8; k++, v /= 3)
			path[k] = letters[v % 3];
		path[8] = '\0';
		clean = path_clean(&arena, path);
		bad += strcmp(clean, path_clean(&arena, clean)) != 0;
		bad += (clean[0] == '/') != (path[0] == '/');
		bad += strstr(clean, "//") != NULL || strstr(clean, "/./") != NULL;
		bad += strlen(clean) > 1 && clean[strlen(clean) - 1] == '/';
		bad += clean[0] == '/' && strstr(clean, "/../") != NULL;
	}
	T(bad == 0, "%zu paths", bad);
}

static void
below(void)
{
	static const struct {
		const char *path, *directory, *rest;
	} cases[] = {
	    {"/a/b", "/a", "b"},
	    {"/a/b", "/a/", "b"},
	    {"/a", "/a", ""},
	    {"/ab", "/a", NULL},
	    {"/a", "/a/b", NULL},
	    {"/a/b/c", "/", "a/b/c"},
	    {"/", "/", ""},
	    {"a", "/", NULL},
	    {"a/b", "a", "b"},
	    {"a", "", NULL},
	    {"", "a", NULL},
	    {"/a//b", "/a", "b"},
	    {"/a/", "/a", ""},
	    {"/b", "/a", NULL},
	};
	const char *rest;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rest = path_below(cases[i].path, cases[i].directory);
		T(rest == NULL ? cases[i].rest == NULL :
		    cases[i].rest != NULL && strcmp(rest, cases[i].rest) == 0,
		    "'%s' below '%s': '%s'", cases[i].path, cases[i].directory,
		    rest != NULL ? rest : "not");
	}
}

static void
safe_names(void)
{
	static const char *const good[] = {
	    "a", "...", "..a", ".a", "a b", "\xff", "\n", "-", "~", "con"};
	static const char *const bad[] = { "", ".", "..", "/", "a/b", "/a", "a/" };
	static const char *const good_paths[] = { "a", "a/b", "a/b/c", ".../..a" };
	static const char *const bad_paths[] = {
	    "", "/", "/a", "a/", "a//b", "a/./b", "a/../b", "..", "../a", "a/..", ".", "./a"};
	char name[300];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		T(path_name_is_safe(slice_string(good[i])), "'%s'", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(!path_name_is_safe(slice_string(bad[i])), "'%s'", bad[i]);
	for (i = 0; i < sizeof(good_paths) / sizeof(good_paths[0]); i++)
		T(path_is_safe(slice_string(good_paths[i])), "'%s'", good_paths[i]);
	for (i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++)
		T(!path_is_safe(slice_string(bad_paths[i])), "'%s'", bad_paths[i]);
	T(!path_name_is_safe(SLICE_OF("a\0b")) && !path_is_safe(SLICE_OF("a/b\0c")), "NUL");
	memset(name, 'x', sizeof(name));
	T(path_name_is_safe(slice_of(name, 255)) && !path_name_is_safe(slice_of(name, 256)),
	    "length");
	name[1] = '/';
	T(path_is_safe(slice_of(name, 257)) && !path_is_safe(slice_of(name, 258)),
	    "length of a part");
}

/* The rules of Windows, of macOS and ours, asked in another way than path.c does. */
static bool
is_tame(struct slice s)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "com1", "lpt9" };
	struct slice rest = s, stem = slice_sub(s, 0, slice_find(s, 0, '.'));
	uint32_t code;
	size_t i;

	if (!path_name_is_safe(s) || s.n > TAME_MAX || !text_is_utf8(s) || s.p[0] == '.' ||
	    s.p[0] == ' ' || s.p[s.n - 1] == '.' || s.p[s.n - 1] == ' ')
		return false;
	while (text_next(&rest, &code))
		if (text_is_control(code) ||
		    (code < 0x80 && strchr("<>:\"/\\|?*", (int)code) != NULL))
			return false;
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (slice_equal_nocase(slice_trim(stem), slice_string(devices[i])))
			return false;
	return true;
}

static void
tame_names(void)
{
	static const struct {
		const char *name, *tame;
	} cases[] = {
	    {"report.pdf", "report.pdf"},
	    {"", "unnamed"},
	    {"   ", "unnamed"},
	    {"..", "_"},
	    {".", "_"},
	    {"...a", "_..a"},
	    {".bashrc", "_bashrc"},
	    {"../../etc/passwd", "_._.._etc_passwd"},
	    {"a/b\\c", "a_b_c"},
	    {"C:\\x", "C__x"},
	    {"a\x1b[2J", "a_[2J"},
	    {"a\nb", "a_b"},
	    {"gpj.\xe2\x80\xae"
	     "exe",
		"gpj._exe"},
	    {"a\xff"
	     "b",
		"a_b"},
	    {"CON", "_CON"},
	    {"con.txt", "_con.txt"},
	    {"Nul .x", "_Nul .x"},
	    {"com1", "_com1"},
	    {"COM\xc2\xb2.y", "_COM\xc2\xb2.y"},
	    {"lpt9.", "_lpt9"},
	    {"console", "console"},
	    {"com10", "com10"},
	    {"com", "com"},
	    {"conin$", "_conin$"},
	    {"a. . .", "a"},
	    {" a ", "a"},
	    {"w?h*a\"t<i>s|t:h", "w_h_a_t_i_s_t_h"},
	    {"na\xc3\xafve \xe6\x97\xa5.txt", "na\xc3\xafve \xe6\x97\xa5.txt"},
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		path_add_tame(&out, slice_string(cases[i].name));
		T(slice_is(buf_slice(&out), cases[i].tame), "'%s' becomes '%s'", cases[i].name,
		    buf_text(&out));
	}
	buf_set(&out, SLICE_OF("dir/"));
	path_add_tame(&out, SLICE_OF("x\0y"));
	T(slice_is(buf_slice(&out), "dir/x_y"), "added behind what is there: '%s'", buf_text(&out));
	buf_free(&out);
}

/* Names of every length around the limit, of letters of one to four bytes, with
 * and without an extension, with dots and blanks where the cut falls. */
static void
long_names(void)
{
	static const char *const letters[] = {
	    "a", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x98\x80", ". ", "\xff", "/"};
	static const char *const ends[] = {
	    "", ".pdf", ".", ".tar.gz", ".an-extension-that-is-too-long", " .x"};
	static const char *const starts[] = { "", "com1", "con.", ".", " " };
	struct buf name = BUF_EMPTY, once = BUF_EMPTY, twice = BUF_EMPTY;
	size_t letter, tail, head, count, bad = 0, cut = 0;

	for (letter = 0; letter < 7; letter++) {
		for (tail = 0; tail < 6; tail++) {
			for (head = 0; head < 5; head++) {
				for (count = 0; count < 140; count++) {
					size_t i;

					buf_set(&name, slice_string(starts[head]));
					for (i = 0; i < count; i++)
						buf_add_string(&name, letters[letter]);
					buf_add_string(&name, ends[tail]);
					buf_clear(&once);
					path_add_tame(&once, buf_slice(&name));
					buf_clear(&twice);
					path_add_tame(&twice, buf_slice(&once));
					bad += !is_tame(buf_slice(&once));
					bad += !slice_equal(buf_slice(&once), buf_slice(&twice));
					if (tail == 1 && letter < 4 && name.n > 130) {
						bad += !slice_ends(buf_slice(&once), ".pdf") ||
						       once.n < TAME_MAX - 3;
						cut++;
					}
				}
			}
		}
	}
	T(bad == 0 && cut > 0, "%zu names", bad);
	buf_free(&name);
	buf_free(&once);
	buf_free(&twice);
}

static void
suffixes(void)
{
	T(path_has_suffix(SLICE_OF("a.eml"), ".eml") && path_has_suffix(SLICE_OF("A.EML"), ".eml"),
	    "in whatever letters");
	T(!path_has_suffix(SLICE_OF(".eml"), ".eml"), "a suffix alone is a name");
	T(!path_has_suffix(SLICE_OF("a.emlx"), ".eml") && !path_has_suffix(SLICE_OF("l"), ".eml"),
	    "others");
}

/* Each byte, and each pair of bytes, as a whole name. */
static void
every_byte(void)
{
	struct buf out = BUF_EMPTY;
	unsigned char name[2];
	size_t i, bad = 0;

	for (i = 0; i < 65536; i++) {
		name[0] = (unsigned char)(i >> 8);
		name[1] = (unsigned char)i;
		buf_clear(&out);
		path_add_tame(&out, slice_of(name, 2));
		bad += !is_tame(buf_slice(&out));
		buf_clear(&out);
		path_add_tame(&out, slice_of(name, 1));
		bad += !is_tame(buf_slice(&out));
	}
	T(bad == 0, "%zu names", bad);
	buf_free(&out);
}

int
main(void)
{
	joining_and_cutting();
	cleaning();
	below();
	safe_names();
	tame_names();
	long_names();
	suffixes();
	every_byte();
	arena_free(&arena);
	return t_done();
}
