/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MSG_H
#define BACKENDS_FORMATS_MSG_H

#include "backends/formats/confined.h"
#include "core/port/format.h"

/*
 * A confined_parser for Outlook's .msg files ([MS-OXMSG]), one item in a
 * compound file, and for the same as a stream of TNEF (winmail.dat).  Its one
 * mailbox has the key 0 and one item, 0.
 */
int msg_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err);

/* tnefitem.c: of a file that begins as such a stream. */
int tnef_parse(const struct confined_input *in, struct confined_output *out, struct error *err);

/* Is it called so, and does it look so? */
bool msg_is_called(struct slice name);
bool msg_sniff(const char *path);

/*
 * One that was read out of an archive: the entry's bytes become its message,
 * which lives in the conversion until the next.  What of it could not be read
 * is an entry of its own, to be asked for before the next member is read.
 */
struct msg_conversion {
	struct buf bytes;
	struct error failed;
	bool has_failed;
};

/* Tags live in the arena. */
void msg_convert(struct msg_conversion *m, struct arena *a, struct entry *entry);
bool msg_conversion_failed(struct msg_conversion *m, struct entry *out);
void msg_conversion_free(struct msg_conversion *m);

/* The messages of a directory's .msg files, in order of their names: each is
 * read by a child of its own. */
int msgreader_open(const char *directory, struct reader **out, struct error *err);

#endif
