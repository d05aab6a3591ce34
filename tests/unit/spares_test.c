/* SPDX-License-Identifier: MIT */
#include "core/base/spares.h"

#include "tests/t.h"

#define KIB 1024u

static struct buf
long_one(size_t n)
{
	struct buf b = BUF_EMPTY;

	buf_reserve(&b, n);
	return b;
}

static void
the_smallest_that_is_enough(void)
{
	static const size_t sizes[] = { 300 * KIB, 100 * KIB, 200 * KIB };
	struct spares s = { .most = 1024 * KIB };
	struct buf b = BUF_EMPTY;
	const unsigned char *kept[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		struct buf given = long_one(sizes[i]);

		kept[i] = given.p;
		spares_keep(&s, &given);
		T(given.p == NULL, "taken");
	}
	spares_lend(&s, &b, 150 * KIB);
	T(b.p == kept[2] && b.n == 0, "of 200 KiB");
	spares_lend(&s, &b, 90 * KIB);
	T(b.p == kept[2] && s.n == 2, "what is long enough is kept");
	buf_free(&b);
	spares_lend(&s, &b, 400 * KIB);
	T(b.cap > 400 * KIB && b.cap < 800 * KIB && s.n == 2, "there is none so long");
	buf_free(&b);
	spares_lend(&s, &b, 100);
	T(b.p == NULL && s.n == 2, "nothing for what is short");
	spares_lend(&s, &b, 50 * KIB);
	T(b.p == kept[1], "of 100 KiB");
	buf_free(&b);
	spares_free(&s);
	T(s.n == 0 && s.bytes == 0, "empty");
}

static void
no_more_than_most(void)
{
	struct spares s = { .most = 1024 * KIB };
	struct buf b;
	size_t i;

	for (i = 0; i < 2 * SPARES_MAX; i++) {
		b = long_one(i % 3 == 0 ? 2048 * KIB : 250 * KIB);
		spares_keep(&s, &b);
		T(b.p == NULL && s.bytes <= s.most, "%zu bytes", s.bytes);
	}
	T(s.n == 4, "%zu kept", s.n);
	b = long_one(500 * KIB);
	spares_keep(&s, &b);
	T(s.n == 3 && s.items[2].cap > 500 * KIB, "a longer one takes the place of two");
	spares_free(&s);
	s.most = SIZE_MAX;
	for (i = 0; i < 2 * SPARES_MAX; i++) {
		b = long_one(SPARES_LEAST);
		spares_keep(&s, &b);
	}
	T(s.n == SPARES_MAX, "%zu kept", s.n);
	b = long_one(100);
	spares_keep(&s, &b);
	T(b.cap > 0 && b.n == 0, "a short one stays where it is");
	buf_free(&b);
	spares_free(&s);
}

int
main(void)
{
	the_smallest_that_is_enough();
	no_more_than_most();
	return t_done();
}
