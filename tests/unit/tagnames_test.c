/* SPDX-License-Identifier: MIT */
#include "core/mail/tagnames.h"

#include "tests/t.h"

static struct arena arena = ARENA_EMPTY;

static void
put(struct tag_names *t, const char *key, const char *name)
{
	tag_names_put(t, slice_string(key), slice_string(name));
}

/* The tags, which are separated by blanks, after applying: "a|b|". */
static const char *
applied(const struct tag_names *t, const char *words)
{
	struct slice rest = slice_string(words), word;
	struct tags tags = { NULL, 0 };
	struct buf out = BUF_EMPTY;
	const char *copy;
	size_t i;

	while (slice_field(&rest, ' ', &word))
		tags_add(&tags, &arena, word);
	tag_names_apply(t, &arena, &tags);
	for (i = 0; i < tags.n; i++) {
		buf_add(&out, tags.items[i]);
		buf_add_byte(&out, '|');
	}
	copy = arena_string(&arena, buf_text(&out));
	buf_free(&out);
	return copy;
}

static void
names_of_keys(void)
{
	struct tag_names t = TAG_NAMES_EMPTY;

	T_SAME(applied(&t, "work $label1"), "$label1|work|", "no names");
	put(&t, "$label1", "Important");
	put(&t, "$Label4", "To Do");
	put(&t, "projekt", "Projekt Übersee");
	T_SAME(applied(&t, "work $label1"), "$label1|Important|work|", "the key stays");
	T_SAME(applied(&t, "$LABEL1 PROJEKT"), "$LABEL1|Important|PROJEKT|Projekt Übersee|",
	    "in any case");
	T_SAME(applied(&t, "$label4"), "$label4|To Do|", "a key with capitals");
	T_SAME(applied(&t, ""), "", "no tags");
	put(&t, "$label1", "Wichtig");
	T_SAME(applied(&t, "$label1"), "$label1|Wichtig|", "another name takes its place");
	put(&t, "$label4", "Wichtig");
	T_SAME(applied(&t, "$label1 $label4"), "$label1|$label4|Wichtig|", "two of one name");
	put(&t, "x", "projekt");
	T_SAME(applied(&t, "x"), "projekt|x|", "a name is no key");
	put(&t, "work", "work");
	T_SAME(applied(&t, "work"), "work|", "its own name");
	tag_names_free(&t);
}

static void
names_that_are_none(void)
{
	static const char *const none[] = { "", "  ", "two\nlines", "bell\a", "\xe2\x80\xae gnirts" };
	struct tag_names t = TAG_NAMES_EMPTY;
	size_t i;

	put(&t, "a", "kept");
	put(&t, "", "nothing");
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		put(&t, "a", none[i]);
		put(&t, "b", none[i]);
		T_SAME(applied(&t, "a b"), "a|b|kept|", none[i]);
	}
	tag_names_free(&t);
}

static void
fingerprints(void)
{
	struct tag_names a = TAG_NAMES_EMPTY, b = TAG_NAMES_EMPTY;

	T(fingerprint_equal(tag_names_fingerprint(&a), (struct fingerprint){ 0, 0 }), "of none");
	put(&a, "x", "one");
	put(&a, "y", "two");
	put(&b, "Y", "other");
	put(&b, "x", "one");
	T(!fingerprint_equal(tag_names_fingerprint(&a), tag_names_fingerprint(&b)), "a name differs");
	put(&b, "y", "two");
	T(fingerprint_equal(tag_names_fingerprint(&a), tag_names_fingerprint(&b)), "in any order");
	put(&a, "x", "two");
	put(&a, "y", "one");
	T(!fingerprint_equal(tag_names_fingerprint(&a), tag_names_fingerprint(&b)), "exchanged");
	tag_names_free(&a);
	tag_names_free(&b);
}

int
main(void)
{
	names_of_keys();
	names_that_are_none();
	fingerprints();
	arena_free(&arena);
	return t_done();
}
