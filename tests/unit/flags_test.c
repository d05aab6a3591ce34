/* SPDX-License-Identifier: MIT */
#include "core/mail/flags.h"

#include "core/base/text.h"
#include "tests/t.h"

static void
names(void)
{
	struct buf out = BUF_EMPTY;
	unsigned flags, bad = 0;

	for (flags = 0; flags <= FLAG_ALL; flags++) {
		buf_clear(&out);
		flags_add_names(&out, flags);
		bad += flags_parse_names(buf_slice(&out)) != flags;
		buf_clear(&out);
		flags_add_maildir(&out, flags);
		bad += flags_of_maildir(buf_slice(&out)) != flags;
	}
	T(bad == 0, "%u sets do not come back", bad);
	T(slice_is(buf_slice(&out), "DFPRST"), "in the order of ASCII: %s", buf_text(&out));
	buf_clear(&out);
	flags_add_names(&out, FLAG_SEEN | FLAG_ANSWERED);
	T(slice_is(buf_slice(&out), "seen answered"), "%s", buf_text(&out));
	T(flags_parse_names(SLICE_OF("draft recent  seen SEEN")) == (FLAG_DRAFT | FLAG_SEEN),
	    "unknown names are ignored");
	T(slice_is(slice_string(flag_name(FLAG_FORWARDED)), "forwarded"), "forwarded");
	T(*flag_name(1024) == '\0', "no such flag");
	buf_free(&out);
}

static void
of_clients(void)
{
	static const struct {
		uint32_t status, status2;
		unsigned flags;
		bool expunged;
	} cases[] = {
		{ 0x0000, 0, 0, false },
		{ 0x0001, 0x10000000, FLAG_SEEN, false },
		{ 0x1003, 0, FLAG_SEEN | FLAG_ANSWERED | FLAG_FORWARDED, false },
		{ 0x0014, 0, FLAG_FLAGGED, false },
		{ 0x0009, 0, FLAG_SEEN, true },
		{ 0xe400, 0x0e000000, 0, false },
		{ 0x0001, 0x00200000, FLAG_SEEN | FLAG_DELETED, false },
	};
	bool expunged;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		T(flags_of_mozilla(cases[i].status, cases[i].status2, &expunged) == cases[i].flags,
		    "%04x %08x", cases[i].status, cases[i].status2);
		T(expunged == cases[i].expunged, "%04x is expunged", cases[i].status);
	}
	T(flags_of_status(SLICE_OF("RO"), SLICE_OF("AF")) ==
	    (FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED), "RO, AF");
	T(flags_of_status(SLICE_OF("O"), SLICE_OF("")) == 0, "shown once, not read");
	T(flags_of_status(SLICE_EMPTY, SLICE_OF("DT")) == (FLAG_DELETED | FLAG_DRAFT), "DT");
	T(flags_of_maildir(SLICE_OF("abSz")) == FLAG_SEEN, "keywords are no flags");
}

static bool
is_set(const struct tags *t)
{
	size_t i;

	for (i = 1; i < t->n; i++) {
		if (slice_compare(t->items[i - 1], t->items[i]) >= 0)
			return false;
	}
	return true;
}

static void
tags(void)
{
	static const char *const words[] = { "work", "later", "$label1", "work", "Work", " later ",
		"", "  ", "ü", "zz" };
	struct arena a = ARENA_EMPTY;
	struct tags t = { NULL, 0 }, back = { NULL, 0 };
	struct slice long_one;
	size_t i, n = sizeof(words) / sizeof(words[0]);

	for (i = 0; i < n; i++)
		tags_add(&t, &a, slice_string(words[i]));
	for (i = n; i-- > 0;)
		tags_add(&back, &a, slice_string(words[i]));
	T(t.n == 6 && is_set(&t), "a set: %zu", t.n);
	T(tags_equal(&t, &back), "whatever the order");
	tags_add(&back, &a, SLICE_OF("one more"));
	T(!tags_equal(&t, &back), "another set");
	back.n = t.n;
	T(!tags_equal(&t, &back), "as many others");

	tags_add(&t, &a, SLICE_OF("M\xfcll"));
	T(slice_is(t.items[1], "M\xef\xbf\xbdll"), "always UTF-8: %s", (const char *)t.items[1].p);
	long_one.n = 5000;
	long_one.p = memset(arena_alloc(&a, long_one.n), 'x', long_one.n);
	tags_add(&t, &a, long_one);
	T(t.n == 7, "no tag is as long as that");
	for (i = 0; i < 3000; i++)
		tags_add(&t, &a, slice_string(arena_format(&a, "tag%zu", i * 7919 % 3000)));
	T(t.n == 1000 && is_set(&t), "bounded: %zu", t.n);
	arena_free(&a);
}

int
main(void)
{
	names();
	of_clients();
	tags();
	return t_done();
}
