/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MBOXHEADER_H
#define BACKENDS_FORMATS_MBOXHEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/* What the splitting of an mbox needs to know of a message's header. */
struct mbox_header {
	uint64_t end;           /* bytes up to and with the empty line; all when none was seen */
	bool has_length;
	uint64_t length;        /* Content-Length */
	bool has_status;        /* Status or X-Status */
	bool is_ours;           /* begins with Status and X-Status: our own writer */
	unsigned decor;         /* MOZILLA, TAKEOUT, OPERA, EVOLUTION as found */
	bool has_imap_base;     /* X-IMAPbase or X-IMAP */
	bool is_pseudo;         /* c-client's "FOLDER INTERNAL DATA" */
};

/* head: from behind the separator line; as much of it as is there. */
void mbox_header_scan(struct slice head, unsigned char eol, struct mbox_header *out);

#endif
