/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MSG_H
#define BACKENDS_FORMATS_MSG_H

#include "backends/formats/confined.h"

struct reader;

/*
 * A confined_parser for Outlook's .msg files ([MS-OXMSG]): one item in a
 * compound file.  Its one mailbox has the key 0 and one item, 0.
 */
int msg_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err);

/* Is it called so, and does it look so? */
bool msg_is_called(struct slice name);
bool msg_sniff(const char *path);

/* The messages of a directory's .msg files, in order of their names: each is
 * read by a child of its own. */
int msgreader_open(const char *directory, struct reader **out, struct error *err);

#endif
