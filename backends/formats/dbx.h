/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DBX_H
#define BACKENDS_FORMATS_DBX_H

#include "backends/formats/confined.h"

/*
 * A confined_parser for one file of Outlook Express.
 *
 * A folder, .dbx (5 and 6) or .mbx (4), does not say what it is called: it is
 * listed as the one mailbox 0, and an item's index is its place in the folder.
 *
 * Of Folders.dbx, the list of folders, each that has a file is a mailbox, and
 * the components are what it is called, those above it first, and behind them
 * the name of its file.  They are in the machine's code page, which the file
 * does not tell: each byte is handed out as the code point of its number.
 */
int dbx_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err);

/* dbxfolders.c: that of the list. */
int dbx_list_folders(const struct confined_input *in, struct confined_output *out,
    struct error *err);

#endif
