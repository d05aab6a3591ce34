/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DBX_H
#define BACKENDS_FORMATS_DBX_H

#include "backends/formats/confined.h"

/*
 * A confined_parser for one folder of Outlook Express: .dbx (5 and 6) and
 * .mbx (4).  The file does not say what the folder is called: it is listed
 * as the one mailbox 0, and an item's index is its place in the folder.
 */
int dbx_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err);

#endif
