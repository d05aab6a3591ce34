/* SPDX-License-Identifier: MIT */
#include "core/mail/placement.h"

#include "tests/t.h"

static const char canonical[] = "ab\ncd\n\nend";

static const struct {
	const char *what, *stored;
	bool crlf;
	struct insertion insertions[3];
	size_t n;
} cases[] = {
	{ "nothing", "ab\ncd\n\nend", false, { { 0, { NULL, 0 }, false } }, 0 },
	{ "line ends", "ab\r\ncd\r\n\r\nend", true, { { 0, { NULL, 0 }, false } }, 0 },
	{ "in front and behind", "<ab\ncd\n\nend>", false,
	    { { 0, { (const unsigned char *)"<", 1 }, false },
	      { PLACEMENT_END, { (const unsigned char *)">", 1 }, false } }, 2 },
	{ "several at one place, in their order", "ab\n123cd\n\nend", false,
	    { { 3, { (const unsigned char *)"1", 1 }, false },
	      { 3, { (const unsigned char *)"2", 1 }, true },
	      { 3, { (const unsigned char *)"3", 1 }, false } }, 3 },
	{ "offsets count expanded bytes", "ab\r\n|cd\r\n\r\nend", true,
	    { { 4, { (const unsigned char *)"|", 1 }, false } }, 1 },
	{ "inside a line end", "ab\r|\ncd\r\n\r\nend", true,
	    { { 3, { (const unsigned char *)"|", 1 }, false } }, 1 },
	{ "at the end, by offset", "ab\ncd\n\nend|", false,
	    { { 10, { (const unsigned char *)"|", 1 }, false } }, 1 },
};

static void
set(struct placement *p, size_t i, struct insertion *copy)
{
	memset(p, 0, sizeof(*p));
	memcpy(copy, cases[i].insertions, sizeof(cases[i].insertions));
	p->crlf = cases[i].crlf;
	p->insertions = copy;
	p->insertion_count = cases[i].n;
}

/* Whole, and fed in pieces of every size. */
static void
rejoins(void)
{
	struct slice message = slice_string(canonical), rest;
	struct buf whole = BUF_EMPTY, pieces = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct insertion copy[3];
	struct placement p;
	struct rejoiner r;
	size_t i, step;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set(&p, i, copy);
		buf_set(&whole, SLICE_OF("left over"));
		T(placement_rejoin(&p, message, &whole, &err) == 0, "%s: %s", cases[i].what, err.text);
		T(slice_is(buf_slice(&whole), cases[i].stored), "%s: %s", cases[i].what,
		    buf_text(&whole));
		T(placement_stored_size(&p, message.n, 3) == whole.n, "%s: size", cases[i].what);
		for (step = 1; step < message.n; step++) {
			buf_clear(&pieces);
			rejoin_open(&r, &p);
			for (rest = message; rest.n > 0; rest = slice_from(rest, step))
				rejoin_feed(&r, slice_sub(rest, 0, step), &pieces);
			T(rejoin_end(&r, &pieces, &err) == 0 &&
			    slice_equal(buf_slice(&pieces), buf_slice(&whole)),
			    "%s: in steps of %zu", cases[i].what, step);
		}
	}
	buf_free(&whole);
	buf_free(&pieces);
}

static void
damage(void)
{
	struct insertion two[2] = { { 5, SLICE_OF("x"), false }, { 2, SLICE_OF("y"), false } };
	struct placement p = { .insertions = two, .insertion_count = 2 };
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;

	T(placement_rejoin(&p, slice_string(canonical), &out, &err) < 0 && err.code == ERR_CORRUPT,
	    "out of order");
	two[1].at = 11;
	error_clear(&err);
	T(placement_rejoin(&p, slice_string(canonical), &out, &err) < 0 && err.code == ERR_CORRUPT,
	    "behind the end");
	two[1].at = 10;
	error_clear(&err);
	T(placement_rejoin(&p, slice_string(canonical), &out, &err) == 0, "at the end");
	p.insertion_count = 1;
	two[0].at = 1;
	error_clear(&err);
	T(placement_rejoin(&p, SLICE_EMPTY, &out, &err) < 0 && err.code == ERR_CORRUPT,
	    "an empty message has one place only");
	buf_free(&out);
}

int
main(void)
{
	rejoins();
	damage();
	return t_done();
}
