/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MBOXREADER_H
#define BACKENDS_FORMATS_MBOXREADER_H

#include <stdbool.h>

#include "backends/formats/stream.h"
#include "core/port/format.h"

/*
 * Splitting an mbox.  Whatever the bytes, the entries one behind the other
 * are the file (the torn one included, when it is the last).
 *
 * A line that begins with "From " separates when
 *  - it carries a date, and stands at the start, behind an empty line or NUL
 *    bytes, or before what looks like a header field; or
 *  - it carries none that is understood, names an address or holds no second
 *    word, stands behind an empty line and before a header field;
 * and it does not lie in a body that Content-Length measures exactly, that
 * is, up to the end of the file or to another separator.  A file that begins
 * with four Ctrl-A is MMDF; one with CR and no LF (classic Mac OS) has its
 * lines end in CR.
 *
 * Filler are the bytes before the first separator (unless they begin with a
 * header field: then it is mail whose separator was lost), runs of NUL that a
 * crash left before a separator or at the end, and c-client's pseudo message.
 *
 * framing.decor is told message by message from its header: Mozilla's block,
 * Takeout's and Opera's fields at its top, Status or an exact Content-Length,
 * X-Evolution.  framing.quoting is QUOTING_RD only where the writer is known
 * to quote so: Thunderbird since 2023 (its separator ends in CRLF or names
 * the sender) and our own writer (its messages begin with Status, X-Status, and
 * X-Label or X-Keywords; there the last line end always is the separator's, so that a message
 * without a final newline comes back).
 */
enum mbox_kind {
	MBOX_PLAIN,
	MBOX_MOZILLA,           /* in a Thunderbird account: Content-Length is not its word */
	MBOX_EUDORA             /* "From ???@??? DATE" alone separates */
};

/* The reader owns the stream from here on.  Cannot fail: nothing is read yet. */
struct reader *mboxreader_open(struct stream *stream, enum mbox_kind kind);

#endif
