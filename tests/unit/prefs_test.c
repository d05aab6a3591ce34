/* SPDX-License-Identifier: MIT */
#include "core/base/prefs.h"

#include "tests/t.h"

static struct arena arena = ARENA_EMPTY;

/* The value of "a" after reading text, or "(none)". */
static const char *
value_of_a(const char *text)
{
	struct prefs prefs;
	struct slice value;
	const char *got = "(none)";

	prefs_init(&prefs, &arena);
	prefs_read(&prefs, slice_string(text));
	if (prefs_get(&prefs, "a", &value))
		got = arena_string_of(&arena, value);
	prefs_free(&prefs);
	return got;
}

static void
values(void)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "user_pref(\"a\", \"x\");", "x" },
		{ "user_pref(\"a\", \"\");", "" },
		{ "user_pref( 'a' ,\n\t'x' )\n;", "x" },
		{ "user_pref(\"a\", 17);", "17" },
		{ "user_pref(\"a\", -1);", "-1" },
		{ "user_pref(\"a\", true);", "true" },
		{ "pref(\"a\", \"x\");", "x" },
		{ "lockPref(\"a\", \"x\");", "x" },
		{ "\xef\xbb\xbfuser_pref(\"a\", \"x\");\r\n", "x" },
		{ "user_pref(\"a\", \"one\");\nuser_pref(\"a\", \"two\");\n", "two" },
		{ "user_pref(\"a\", \"q\\\"q\\\\ \\'\\n\\r\");", "q\"q\\ '\n\r" },
		{ "user_pref(\"a\", \"\\x41\\u00e4\\ud83d\\udcec\");", "A\xc3\xa4\xf0\x9f\x93\xac" },
		{ "user_pref(\"a\", \"\xc3\xa4\");", "\xc3\xa4" },
		{ "user_pref(\"a\", \"C:\\\\Mail; (x) // #\");", "C:\\Mail; (x) // #" },
		{ "// user_pref(\"a\", 1);\n# user_pref(\"a\", 2);\n/* user_pref(\"a\", 3);\n */", "(none)" },
		{ "/**/user_pref/**/(/* \" */\"a\"/**/,/**/\"x\");", "x" },
		{ "user_pref(\"a\", \"x\")\nuser_pref(\"b\", 1);", "x" },
		{ "rubbish here\nuser_pref(\"a\", \"x\");", "x" },
		{ "user_pref(\"b\", {});\nuser_pref(\"a\", \"x\");", "x" },
		{ "user_pref(\"b\", \"\\q\");\nuser_pref(\"a\", \"x\");", "x" },
		{ "user_pref(\"a\", \"open", "(none)" },
		{ "user_pref(\"a\", \"\\", "(none)" },
		{ "user_pref(\"a\", \"\\u12\");", "(none)" },
		{ "user_pref(\"a\", \"\\u0000\");", "(none)" },
		{ "user_pref(\"a\", \"\\ud800x\");", "(none)" },
		{ "user_pref(\"a\", \"\\udc00\");", "(none)" },
		{ "user_pref(\"a\", \"\\ud83d\\u0041\");", "(none)" },
		{ "user_pref(\"a\", )", "(none)" },
		{ "user_pref(\"a\"", "(none)" },
		{ "user_pref", "(none)" },
		{ "", "(none)" },
		{ "/", "(none)" },
		{ "/*", "(none)" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(strcmp(value_of_a(cases[i].text), cases[i].value) == 0, "%s gives %s", cases[i].text,
		    value_of_a(cases[i].text));
}

static void
iterating_and_overriding(void)
{
	struct prefs prefs;
	struct slice name, value;
	size_t at = 0, n = 0;

	prefs_init(&prefs, &arena);
	prefs_read(&prefs, SLICE_OF("user_pref(\"a\", 1);\nuser_pref(\"b\", 2);\n"));
	prefs_read(&prefs, SLICE_OF("user_pref(\"b\", 3);\nuser_pref(\"c\", 4);\n"));
	while (prefs_next(&prefs, &at, &name, &value)) {
		n++;
		T(slice_is(name, "b") ? slice_is(value, "3") : value.n == 1, "%.*s", (int)name.n, name.p);
	}
	T(n == 3, "%zu names", n);
	prefs_free(&prefs);
}

/* Cut anywhere, it ends cleanly and invents nothing. */
static void
every_prefix(void)
{
	static const char text[] = "// c\nuser_pref(\"a\", \"\\ud83d\\udcec\\x41\");\n/* x */ pref('b', 1);";
	struct prefs prefs;
	struct slice value;
	size_t n;
	void *copy;

	for (n = 0; n < sizeof(text); n++) {
		prefs_init(&prefs, &arena);
		/* Alone in memory, so that a byte behind it is noticed. */
		copy = mem_copy(text, n);
		prefs_read(&prefs, slice_of(copy, n));
		mem_free(copy);
		T(!prefs_get(&prefs, "a", &value) || slice_is(value, "\xf0\x9f\x93\xac" "A"),
		    "%zu bytes", n);
		prefs_free(&prefs);
	}
}

int
main(void)
{
	values();
	iterating_and_overriding();
	every_prefix();
	arena_free(&arena);
	return t_done();
}
