/* SPDX-License-Identifier: MIT */
#include "core/mail/tagnames.h"

#include "core/base/text.h"

static struct slice
lower(struct slice key, struct buf *out)
{
	size_t i;

	buf_set(out, key);
	for (i = 0; i < out->n; i++) {
		if (out->p[i] >= 'A' && out->p[i] <= 'Z')
			out->p[i] |= 0x20;
	}
	return buf_slice(out);
}

/* Tags are told one a line, and shown on terminals. */
static bool
is_line(struct slice name)
{
	uint32_t code;

	if (slice_trim(name).n == 0)
		return false;
	while (text_next(&name, &code)) {
		if (text_is_control(code))
			return false;
	}
	return true;
}

void
tag_names_put(struct tag_names *t, struct slice key, struct slice name)
{
	struct buf lowered = BUF_EMPTY;
	uint64_t at;

	if (key.n > 0 && is_line(name)) {
		key = lower(key, &lowered);
		if (!map_get(&t->keys, key, &at)) {
			at = t->names.n;
			map_put(&t->keys, key, at);
			vec_push(&t->names);
		}
		t->names.items[at] = arena_copy(&t->arena, name);
	}
	buf_free(&lowered);
}

void
tag_names_apply(const struct tag_names *t, struct arena *a, struct tags *tags)
{
	/* Adding makes a new array: a name that is a key as well is not named again. */
	const struct tags keys = *tags;
	struct buf lowered = BUF_EMPTY;
	uint64_t at;
	size_t i;

	for (i = 0; i < keys.n; i++) {
		if (map_get(&t->keys, lower(keys.items[i], &lowered), &at))
			tags_add(tags, a, t->names.items[at]);
	}
	buf_free(&lowered);
}

struct fingerprint
tag_names_fingerprint(const struct tag_names *t)
{
	struct fingerprint sum = { 0, 0 };
	struct buf pair = BUF_EMPTY;
	struct slice key;
	size_t at = 0;
	uint64_t index;

	while (map_next(&t->keys, &at, &key, &index)) {
		buf_set(&pair, key);
		buf_add_byte(&pair, 0);
		buf_add(&pair, t->names.items[index]);
		fingerprint_mix(&sum, fingerprint128(buf_slice(&pair)));
	}
	buf_free(&pair);
	return sum;
}

void
tag_names_free(struct tag_names *t)
{
	map_free(&t->keys);
	vec_free(&t->names);
	arena_free(&t->arena);
}
