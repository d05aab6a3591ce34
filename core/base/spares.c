/* SPDX-License-Identifier: MIT */
#include "core/base/spares.h"

static void
take_out(struct spares *s, struct buf *item, struct buf *to)
{
	struct buf *last = &s->items[s->n - 1];

	s->bytes -= item->cap;
	buf_take(to, item);
	if (item != last)
		buf_take(item, last);
	s->n--;
}

static struct buf *
smallest(struct spares *s)
{
	struct buf *found = &s->items[0];
	size_t i;

	for (i = 1; i < s->n; i++) {
		if (s->items[i].cap < found->cap)
			found = &s->items[i];
	}
	return found;
}

/* Smaller ones make room: full of what is too small for what comes, it would
 * be of no use for ever. */
void
spares_keep(struct spares *s, struct buf *b)
{
	struct buf dropped = BUF_EMPTY;

	buf_clear(b);
	if (b->cap < SPARES_LEAST)
		return;
	while (s->n > 0 && b->cap <= s->most && smallest(s)->cap < b->cap &&
	    (s->n == SPARES_MAX || s->bytes > s->most - b->cap))
		take_out(s, smallest(s), &dropped);
	buf_free(&dropped);
	if (s->n == SPARES_MAX || b->cap > s->most || s->bytes > s->most - b->cap) {
		buf_free(b);
		return;
	}
	s->bytes += b->cap;
	buf_take(&s->items[s->n++], b);
}

/* Up to the next of 1, 1.5, 2, 3, 4, 6 … times 32 KiB, so that what one leaves
 * fits the next; pages that nobody writes to cost nothing. */
static size_t
rounded(size_t n)
{
	size_t size = SPARES_LEAST;

	while (size <= n && size < SIZE_MAX / 4)
		size *= 2;
	return n < size / 4 * 3 ? size / 4 * 3 : size;
}

void
spares_lend(struct spares *s, struct buf *b, size_t n)
{
	struct buf *best = NULL;
	size_t i;

	buf_clear(b);
	if (n < SPARES_LEAST || b->cap > n)
		return;
	for (i = 0; i < s->n; i++) {
		if (s->items[i].cap > n && (best == NULL || s->items[i].cap < best->cap))
			best = &s->items[i];
	}
	if (best == NULL) {
		buf_free(b);
		buf_reserve(b, rounded(n));
		return;
	}
	take_out(s, best, b);
}

void
spares_free(struct spares *s)
{
	while (s->n > 0)
		buf_free(&s->items[--s->n]);
	s->bytes = 0;
}
