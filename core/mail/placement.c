/* SPDX-License-Identifier: MIT */
#include "core/mail/placement.h"

#include <inttypes.h>

uint64_t
placement_stored_size(const struct placement *p, uint64_t size, uint64_t lf_count)
{
	uint64_t total = size + (p->crlf ? lf_count : 0);
	size_t i;

	for (i = 0; i < p->insertion_count; i++)
		total += p->insertions[i].text.n;
	return total;
}

void
rejoin_open(struct rejoiner *r, const struct placement *p)
{
	r->placement = p;
	r->next = 0;
	r->at = 0;
}

/* Put in what stands at the current place, and tell how many expanded bytes
 * may follow before the next insertion. */
static uint64_t
insert_due(struct rejoiner *r, struct buf *out)
{
	const struct placement *p = r->placement;

	while (r->next < p->insertion_count && p->insertions[r->next].at <= r->at)
		buf_add(out, p->insertions[r->next++].text);
	if (r->next == p->insertion_count)
		return UINT64_MAX;
	return p->insertions[r->next].at - r->at;
}

static void
add_run(struct rejoiner *r, const unsigned char *p, size_t n, struct buf *out)
{
	uint64_t room;
	size_t take;

	while (n > 0) {
		room = insert_due(r, out);
		take = room < n ? (size_t)room : n;
		buf_add_bytes(out, p, take);
		r->at += take;
		p += take;
		n -= take;
	}
}

void
rejoin_feed(struct rejoiner *r, struct slice canonical, struct buf *out)
{
	size_t at = 0, lf;

	if (!r->placement->crlf) {
		add_run(r, canonical.p, canonical.n, out);
		return;
	}
	while (at < canonical.n) {
		lf = slice_find(canonical, at, '\n');
		add_run(r, canonical.p + at, lf - at, out);
		if (lf < canonical.n) {
			add_run(r, (const unsigned char *)"\r\n", 2, out);
			lf++;
		}
		at = lf;
	}
}

int
rejoin_end(struct rejoiner *r, struct buf *out, struct error *err)
{
	const struct placement *p = r->placement;
	size_t i;

	for (i = 1; i < p->insertion_count; i++) {
		if (p->insertions[i].at < p->insertions[i - 1].at)
			return fail(err, ERR_CORRUPT, "insertions are out of order");
	}
	for (; r->next < p->insertion_count; r->next++) {
		if (p->insertions[r->next].at != PLACEMENT_END && p->insertions[r->next].at > r->at)
			return fail(err, ERR_CORRUPT,
			    "an insertion at %" PRIu64 " lies behind the end of the message (%" PRIu64
			    " bytes)", p->insertions[r->next].at, r->at);
		buf_add(out, p->insertions[r->next].text);
	}
	return 0;
}

int
placement_rejoin(const struct placement *p, struct slice canonical, struct buf *out,
    struct error *err)
{
	struct rejoiner r;

	buf_clear(out);
	buf_reserve(out, canonical.n);
	rejoin_open(&r, p);
	rejoin_feed(&r, canonical, out);
	return rejoin_end(&r, out, err);
}
