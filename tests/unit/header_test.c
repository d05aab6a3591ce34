/* SPDX-License-Identifier: MIT */
#include "core/mail/header.h"

#include "tests/t.h"

static void
fields(void)
{
	struct slice rest = SLICE_OF("From: a\r\nSubject : b\r\n c\n\td \nX:\nlast: e\n\nbody: no\n");
	struct header_field f;

	T(header_next(&rest, &f) && slice_is(f.name, "From") && slice_is(f.value, "a") &&
	    slice_is(f.raw, "From: a\r\n"), "a field with its line end");
	T(header_next(&rest, &f) && slice_is(f.name, "Subject") &&
	    slice_is(f.value, "b\r\n c\n\td") && slice_is(f.raw, "Subject : b\r\n c\n\td \n"),
	    "a folded one, with a blank before the colon");
	T(header_next(&rest, &f) && slice_is(f.name, "X") && f.value.n == 0, "an empty value");
	T(header_next(&rest, &f) && slice_is(f.name, "last"), "the last");
	T(!header_next(&rest, &f) && slice_is(rest, "\nbody: no\n"), "the empty line stays");
}

static void
no_fields(void)
{
	static const char *const lines[] = { "", "\n", "\r\n", ":", ": x\n", "name", "name\n",
		"na me: x\n", " folded: x\n", "n\xe4me: x\n", "From a@b Mon Jan 1\n", ">From: x: y\n" };
	struct header_field f;
	struct slice rest;
	size_t i;

	for (i = 0; i + 1 < sizeof(lines) / sizeof(lines[0]); i++) {
		rest = slice_string(lines[i]);
		T(!header_next(&rest, &f), "%s", lines[i]);
		T(slice_is(rest, lines[i]), "%s: nothing is taken", lines[i]);
	}
	rest = slice_string(lines[i]);
	T(header_next(&rest, &f), "\">\" may be in a name");
}

static void
ends(void)
{
	static const struct {
		const char *message;
		size_t end;
	} cases[] = {
		{ "", 0 }, { "\n", 1 }, { "\r\n", 2 }, { "\nbody", 1 }, { "a: b\n\nbody", 6 },
		{ "a: b\r\n\r\nbody", 8 }, { "a: b\n", 5 }, { "a: b", 4 }, { "a: b\n \nx", 8 },
		{ "a: b\n\r", 6 }, { "a: b\r\r\n\nx", 8 }, { "a\r\rb\n", 5 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		T(header_end(slice_string(cases[i].message)) == cases[i].end, "%s: %zu",
		    cases[i].message, header_end(slice_string(cases[i].message)));
}

static void
finding(void)
{
	struct slice m = SLICE_OF("a: 1\n>From somebody\nbroken line\nB: 2\nb: 3\n\nc: 4\n");
	struct header_field f;

	T(header_find(m, "A", &f) && slice_is(f.value, "1"), "whatever its case");
	T(header_find(m, "b", &f) && slice_is(f.value, "2"), "the first; lines that are none are passed");
	T(!header_find(m, "c", &f), "the body is no header");
	T(!header_find(m, "", &f), "no name");
	T(!header_find(SLICE_EMPTY, "a", &f), "nothing");
}

int
main(void)
{
	fields();
	no_fields();
	ends();
	finding();
	return t_done();
}
