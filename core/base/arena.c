/* SPDX-License-Identifier: MIT */
#include "core/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

#define BLOCK_SMALLEST 4096
#define BLOCK_LARGEST (1024 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

static struct arena_block *
block_new(size_t size)
{
	const size_t head = sizeof(struct arena_block);
	struct arena_block *block = mem_resize(NULL, size > SIZE_MAX - head ? SIZE_MAX : head + size);

	block->next = NULL;
	block->size = size;
	return block;
}

/* What would waste most of a block gets one of its own behind the newest,
 * which goes on being filled. */
static void *
alloc_apart(struct arena *a, size_t n)
{
	struct arena_block *block = block_new(n);

	block->next = a->blocks->next;
	a->blocks->next = block;
	return block->bytes;
}

static void *
alloc_raw(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = a->blocks;
	size_t size;
	void *p;

	n = n > SIZE_MAX - align ? SIZE_MAX : (n + align - 1) / align * align;
	if (block == NULL || n > block->size - a->used) {
		size = block == NULL ? BLOCK_SMALLEST : block->size * 2;
		if (size > BLOCK_LARGEST)
			size = BLOCK_LARGEST;
		if (block != NULL && n > size / 4)
			return alloc_apart(a, n);
		block = block_new(n > size ? n : size);
		block->next = a->blocks;
		a->blocks = block;
		a->used = 0;
	}
	p = block->bytes + a->used;
	a->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(alloc_raw(a, n), 0, n);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	return (struct slice){ (const unsigned char *)arena_string_of(a, s), s.n };
}

char *
arena_string(struct arena *a, const char *s)
{
	return s != NULL ? arena_string_of(a, slice_string(s)) : NULL;
}

char *
arena_string_of(struct arena *a, struct slice s)
{
	char *copy = alloc_raw(a, s.n + 1);

	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

char *
arena_format(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *s;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(n >= 0);
	s = alloc_raw(a, (size_t)n + 1);
	va_start(args, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, args);
	va_end(args);
	return s;
}

static void
free_blocks(struct arena_block *block)
{
	struct arena_block *next;

	for (; block != NULL; block = next) {
		next = block->next;
		mem_free(block);
	}
}

void
arena_reset(struct arena *a)
{
	if (a->blocks == NULL)
		return;
	free_blocks(a->blocks->next);
	a->blocks->next = NULL;
	a->used = 0;
}

void
arena_free(struct arena *a)
{
	free_blocks(a->blocks);
	a->blocks = NULL;
	a->used = 0;
}
