/* SPDX-License-Identifier: MIT */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/mem.h"
#include "tests/t.h"

#define COUNT 3000

/* Sizes that meet every branch: small, a block's rest, over a block. */
static size_t
size_of(size_t i)
{
	return i % 97 == 0 ? i * 1000 : i % 13 == 0 ? 4096 - i % 64 : i % 200;
}

/* Pieces are aligned and zeroed, and none overlaps another: each is filled with
 * its own number, and all are looked at when all are there. */
static void
pieces_stand_apart(struct arena *a)
{
	unsigned char **pieces = mem_alloc_array(COUNT, sizeof(*pieces));
	size_t i, k, bad = 0;

	for (i = 0; i < COUNT; i++) {
		pieces[i] = arena_alloc(a, size_of(i));
		bad += (uintptr_t)pieces[i] % alignof(max_align_t) != 0;
		for (k = 0; k < size_of(i); k++)
			bad += pieces[i][k] != 0;
		memset(pieces[i], (int)(i % 251) + 1, size_of(i));
	}
	for (i = 0; i < COUNT; i++)
		for (k = 0; k < size_of(i); k++)
			bad += pieces[i][k] != i % 251 + 1;
	T(bad == 0, "%zu bytes or pieces", bad);
	mem_free(pieces);
}

static void
copies(struct arena *a)
{
	struct slice s = arena_copy(a, SLICE_OF("a\0b"));
	const char *text;

	T(s.n == 3 && memcmp(s.p, "a\0b", 4) == 0, "copy with NUL behind");
	s = arena_copy(a, SLICE_EMPTY);
	T(s.n == 0 && s.p[0] == '\0', "copy of nothing");
	s = arena_copy(a, (struct slice){ NULL, 0 });
	T(s.n == 0 && s.p[0] == '\0', "copy of NULL");
	T(strcmp(arena_string(a, "text"), "text") == 0, "string");
	T(arena_string(a, NULL) == NULL, "NULL stays NULL");
	T(strcmp(arena_string_of(a, slice_sub(SLICE_OF("abcdef"), 1, 3)), "bcd") == 0, "part");
	text = arena_format(a, "%s-%d", "x", 5);
	T(strcmp(text, "x-5") == 0, "%s", text);
	text = arena_format(a, "%5000s|", "y");
	T(strlen(text) == 5001 && strcmp(text + 4999, "y|") == 0, "a long one");
}

int
main(void)
{
	struct arena a = ARENA_EMPTY;
	int i;

	arena_reset(&a);
	arena_free(&a);
	for (i = 0; i < 3; i++) {
		pieces_stand_apart(&a);
		copies(&a);
		arena_reset(&a);
	}
	arena_alloc(&a, 100000000);     /* one of its own, first of all */
	arena_free(&a);
	arena_alloc(&a, 10000000);
	arena_alloc(&a, 1);
	arena_free(&a);
	return t_done();
}
