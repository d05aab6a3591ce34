/* SPDX-License-Identifier: MIT */
#include "backends/formats/archiveflags.h"

#include <stdlib.h>

#include "backends/formats/maildirreader.h"
#include "backends/formats/mhmarks.h"
#include "core/base/mem.h"
#include "core/base/vec.h"
#include "core/mail/names.h"

/* The last component, and in *directory what is before its slash. */
static struct slice
split(struct slice path, struct slice *directory)
{
	size_t n = path.n;

	while (n > 0 && path.p[n - 1] != '/')
		n--;
	*directory = slice_sub(path, 0, n > 0 ? n - 1 : 0);
	return slice_from(path, n);
}

bool
sides_want(struct slice name)
{
	struct slice directory, base = split(name, &directory);

	return slice_is(base, "dovecot-keywords") || slice_is(base, ".mh_sequences");
}

void
sides_add(struct member_sides *s, struct slice name, struct slice text)
{
	struct member_side side = { .tags = NULL };
	struct slice directory, base = split(name, &directory);

	side.is_mh = slice_is(base, ".mh_sequences");
	side.directory = arena_copy(&s->arena, directory);
	side.text = arena_copy(&s->arena, text);
	map_put(&s->by_directory, side.directory, s->n);
	*(struct member_side *)vec_push(s) = side;
}

void
sides_free(struct member_sides *s)
{
	vec_free(s);
	map_free(&s->by_directory);
	arena_free(&s->arena);
}

bool
member_name_read(struct slice name, struct mail_member *out, struct slice *directory)
{
	struct slice base = split(name, directory), above;
	struct maildir_name parsed;
	size_t i;

	if (!slice_is(split(*directory, &above), "cur") &&
	    !slice_is(split(*directory, &above), "new")) {
		if (base.n > 0 && base.p[0] != '0')
			slice_number(base, UINT64_MAX, &out->number);
		return false;
	}
	*directory = above;
	maildir_name_parse(base, &parsed);
	out->flags = flags_of_maildir(parsed.letters);
	for (i = 0; i < parsed.letters.n; i++) {
		if (parsed.letters.p[i] >= 'a' && parsed.letters.p[i] <= 'z')
			out->tags |= UINT64_C(1) << (parsed.letters.p[i] - 'a');
	}
	return true;
}

static int
by_number(const void *a, const void *b)
{
	const struct mail_member *x = *(const struct mail_member *const *)a;
	const struct mail_member *y = *(const struct mail_member *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
apply_sequences(struct member_sides *s, struct member_side *side, struct mail_member **members,
    size_t n)
{
	struct mh_message *messages = mem_alloc_array(n, sizeof(*messages));
	struct mh_marks marks;
	struct slice *tags;
	size_t i;

	if (n > 0)
		qsort(members, n, sizeof(*members), by_number);
	for (i = 0; i < n; i++)
		messages[i].number = members[i]->number;
	mh_sequences_read(side->text, &s->arena, messages, n, &marks);
	for (i = 0; i < n; i++) {
		members[i]->flags = messages[i].flags;
		members[i]->tags = messages[i].tags;
	}
	mem_free(messages);
	tags = arena_alloc(&s->arena, sizeof(marks.tags));
	memcpy(tags, marks.tags, sizeof(marks.tags));
	side->tags = tags;
}

const struct slice *
sides_apply(struct member_sides *s, struct slice directory, struct mail_member **members,
    size_t n)
{
	struct member_side *side;
	struct slice *tags;
	uint64_t at;

	if (!map_get(&s->by_directory, directory, &at))
		return NULL;
	side = &s->items[at];
	if (side->is_mh) {
		apply_sequences(s, side, members, n);
	} else {
		tags = arena_alloc(&s->arena, 64 * sizeof(*tags));
		memset(tags, 0, 64 * sizeof(*tags));
		maildir_keywords_read(side->text, tags);
		side->tags = tags;
	}
	return side->tags;
}
