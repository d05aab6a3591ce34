/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_SNIFF_H
#define BACKENDS_FORMATS_SNIFF_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/limits.h"

/* What a file is, told from its first bytes alone. */
enum sniffed {
	SNIFFED_OTHER,
	SNIFFED_EMPTY,
	SNIFFED_MBOX,           /* a separator line, or MMDF's four Ctrl-A */
	SNIFFED_MBOX_MAYBE,     /* "From " and a header field below it, but no date */
	SNIFFED_MESSAGE,        /* header fields that mail has */
	SNIFFED_MORK,           /* a Thunderbird summary */
	SNIFFED_ARCHIVE         /* zip or tar */
};

struct sniff {
	enum sniffed kind;
	bool packed;            /* gzip, zstd: kind is what lies inside */
};

int sniff_file(const char *path, struct sniff *out, struct error *err);
/* Does an mbox begin in so many bytes, behind some that are no mail? */
#define SNIFF_FAR (1u * MIB)
bool sniff_finds_mbox(const char *path);
/* head: the first bytes of a file, 4 KiB where there are as many. */
enum sniffed sniff_bytes(struct slice head);
bool sniff_is_packed(struct slice head);        /* gzip or zstd by its magic */
bool sniffed_mbox(enum sniffed kind);           /* one of the two */

#endif
