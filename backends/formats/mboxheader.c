/* SPDX-License-Identifier: MIT */
#include "backends/formats/mboxheader.h"

#include "core/mail/canonical.h"

/* A header longer than this is not looked at to its end. */
#define SCAN_MAX (256u * 1024)

static struct slice
value_of(struct slice line, size_t name)
{
	return slice_trim(slice_from(line, name));
}

static void
look_at_status(struct slice line, unsigned index, struct mbox_header *out)
{
	if (slice_starts_nocase(line, "Status:")) {
		out->has_status = true;
		out->is_ours |= index == 0;
	} else if (slice_starts_nocase(line, "Subject:") && slice_is(value_of(line, 8),
	    "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA")) {
		out->is_pseudo = true;
	}
}

static void
look_at_extension(struct slice line, unsigned index, struct mbox_header *out)
{
	if (slice_starts_nocase(line, "X-Status:"))
		out->has_status = true;
	else if (slice_starts_nocase(line, "X-IMAPbase:") || slice_starts_nocase(line, "X-IMAP:"))
		out->has_imap_base = true;
	else if (slice_starts(line, "X-Evolution:"))
		out->decor |= DECOR_EVOLUTION;
	/* The others count at the top only: mail that travelled may carry them. */
	else if (index < 4 && slice_starts(line, "X-Mozilla-Status:"))
		out->decor |= DECOR_MOZILLA;
	else if (index == 0 && (slice_starts(line, "X-GM-THRID:") ||
	    slice_starts(line, "X-Gmail-Labels:")))
		out->decor |= DECOR_TAKEOUT;
	else if (index == 0 && slice_starts(line, "X-Opera-Status:"))
		out->decor |= DECOR_OPERA;
}

static void
look_at_length(struct slice line, struct mbox_header *out)
{
	uint64_t length;

	if (!slice_starts_nocase(line, "Content-Length:") ||
	    !slice_number(value_of(line, 15), UINT64_MAX / 2, &length))
		return;
	out->has_length = true;
	out->length = length;
}

void
mbox_header_scan(struct slice head, unsigned char eol, struct mbox_header *out)
{
	struct slice rest = slice_sub(head, 0, SCAN_MAX), line;
	unsigned index = 0;

	*out = (struct mbox_header){ .end = head.n };
	for (; rest.n > 0; index++) {
		line = slice_sub(rest, 0, slice_find(rest, 0, eol) + 1);
		rest = slice_from(rest, line.n);
		if (slice_chomp(line).n == 0 || line.p[0] == eol) {
			out->end = head.n < SCAN_MAX ? head.n - rest.n : SCAN_MAX - rest.n;
			break;
		}
		if (out->is_ours && index == 1)
			out->is_ours = slice_starts(line, "X-Status:");
		if (out->is_ours && index == 2)
			out->is_ours = slice_starts(line, "X-Keywords:") ||
			    slice_starts(line, "X-Label:");
		switch (line.p[0]) {
		case 'S': case 's': look_at_status(line, index, out); break;
		case 'X': case 'x': look_at_extension(line, index, out); break;
		case 'C': case 'c': look_at_length(line, out); break;
		default: break;
		}
	}
	if (index < 3)
		out->is_ours = false;
}
