/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "core/mail/canonical.h"
#include "tests/unit/boxkit.h"

#define HEAD "BABYL OPTIONS: -*- rmail -*-\nVersion: 5\nLabels: work\n\n\x1f"
#define SHORTENED "\f\n1, answered,, work, at home,\nReceived: x\nSubject: x\n\n*** EOOH ***\n" \
	"Subject: x\n\ntext\n\n\x1fnot the end\n\x1f"
#define WHOLE "\f\n0, unseen, deleted,,\n*** EOOH ***\nSubject: y\n\ntext y\n\x1f"
#define NO_END "\f\n0,,\n*** EOOH ***\nSubject: z\n\nz\n"

/* The message of an entry, as it came. */
static const char *
message_of(size_t i)
{
	const struct kit_entry *e = &kit.entries.items[i];
	struct buf message = BUF_EMPTY, again = BUF_EMPTY;
	struct placement p = { .dead = false };
	const char *text;

	canonical_take(e->whole, &e->entry.framing, &kit.arena, &message, &p);
	T(placement_rejoin(&p, buf_slice(&message), &again, &kit.err) == 0 &&
	    slice_equal(buf_slice(&again), e->whole), "put back");
	text = arena_string(&kit.arena, buf_text(&message));
	buf_free(&message);
	buf_free(&again);
	return text;
}

static void
messages(void)
{
	kit_write("RMAIL", HEAD SHORTENED WHOLE NO_END);
	T(format_babyl.probe(kit_path("RMAIL"), &kit.err) == 95, "known");
	T(kit_open(&format_babyl, "RMAIL", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "RMAIL", "its name");
	if (!T(kit.entries.n == 4, "%zu entries", kit.entries.n))
		return;
	T(kit.entries.items[0].entry.kind == ENTRY_FILLER, "the head");
	T_SAME(message_of(1), "Received: x\nSubject: x\n\ntext\n\n\x1fnot the end\n",
	    "the header as it came");
	T(kit.entries.items[1].entry.flags == (FLAG_SEEN | FLAG_ANSWERED), "answered");
	T(kit.entries.items[1].entry.tags.n == 2, "labels");
	T_SAME(message_of(2), "Subject: y\n\ntext y\n", "a header not shortened");
	T(kit.entries.items[2].entry.flags == FLAG_DELETED, "deleted, unseen");
	T(kit.entries.items[2].entry.tags.n == 0, "no labels");
	T_SAME(message_of(3), "Subject: z\n\nz\n", "without an end");
	box_survives(&format_babyl, "RMAIL");
}

static void
odd(void)
{
	kit_write("a", HEAD "junk\n\x1f\f\n\x1f\f\n1,,\n"
	    "Subject: no EOOH\n\ntext that is long enough\n\x1f\n");
	T(kit_open(&format_babyl, "a", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	if (T(kit.entries.n == 4, "%zu entries", kit.entries.n))
		T_SAME(message_of(2), "Subject: no EOOH\n\ntext that is long enough\n",
		    "without what Rmail shows");
	box_survives(&format_babyl, "a");
	kit_write("c", HEAD "\f\n1,,\nSubject: q\n\n*** EOOH ***\nSubject: q\n\x1f");
	T(kit_open(&format_babyl, "c", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	if (T(kit.entries.n == 2, "%zu entries", kit.entries.n))
		T_SAME(message_of(1), "Subject: q\n\n", "without a body");
	kit_write("b", "BABYL");
	T(format_babyl.probe(kit_path("b"), &kit.err) == 0, "too short");
}

int
main(void)
{
	messages();
	odd();
	return box_done();
}
