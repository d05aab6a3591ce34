/* SPDX-License-Identifier: MIT */
#include "backends/formats/marks.h"

#include <string.h>

struct mark *
marks_of(struct marks *m, struct slice key)
{
	uint64_t index;

	if (!map_get(&m->keys, key, &index)) {
		index = m->items.n;
		map_put(&m->keys, key, index);
		(void)vec_push(&m->items);
	}
	return &m->items.items[index];
}

void
marks_take_word(struct slice word, struct arena *a, unsigned *flags, struct tags *tags)
{
	static const struct {
		const char *name;
		unsigned flag;
	} known[] = {
		{ "\\Seen", FLAG_SEEN },
		{ "\\Answered", FLAG_ANSWERED },
		{ "\\Flagged", FLAG_FLAGGED },
		{ "\\Draft", FLAG_DRAFT },
		{ "\\Deleted", FLAG_DELETED },
		{ "$Forwarded", FLAG_FORWARDED },
		{ "\\Recent", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (slice_equal_nocase(word, slice_string(known[i].name))) {
			*flags |= known[i].flag;
			return;
		}
	}
	if (word.n > 0)
		tags_add(tags, a, word);
}

void
marks_apply(const struct marks *m, struct slice key, struct arena *a, struct entry *out)
{
	const struct mark *mark;
	uint64_t index;
	size_t i;

	if (!map_get(&m->keys, key, &index))
		return;
	mark = &m->items.items[index];
	out->flags |= mark->flags;
	for (i = 0; i < mark->tags.n; i++)
		tags_add(&out->tags, a, mark->tags.items[i]);
}

void
marks_free(struct marks *m)
{
	map_free(&m->keys);
	vec_free(&m->items);
	arena_free(&m->arena);
}

int
marks_settle(struct marks *m, int rc, struct error *err)
{
	if (rc == 0 || err->code == ERR_CHANGED)
		return rc;
	m->failure = *err;
	fail_in(&m->failure, "flags and tags could not be read");
	error_clear(err);
	return 0;
}

bool
marks_tell_failure(struct marks *m, struct entry *out)
{
	if (m->failure.code == ERR_NONE)
		return false;
	memset(out, 0, sizeof(*out));
	out->kind = ENTRY_FAILED;
	out->error = m->failure;
	error_clear(&m->failure);
	return true;
}
