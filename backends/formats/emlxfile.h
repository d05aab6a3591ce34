/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_EMLXFILE_H
#define BACKENDS_FORMATS_EMLXFILE_H

#include "core/port/format.h"

/*
 * One file of Apple Mail's:
 *
 *	1234      \n            the length of the message, padded with blanks
 *	From: …                 the message, that long, lines ended by LF
 *	<?xml …                 a property list, or a binary one: flags, dates
 *
 * Files that were cut, edited or made by others have no list, or a length that
 * leads elsewhere: the list is then looked for at the end.
 */
struct emlx {
	size_t lead;            /* the length and its line end; 0: there is none */
	uint64_t trail;         /* where the property list begins; the size where there is none */
};

/* Does the file begin with a length?  Sets lead, and *length. */
bool emlx_length(struct slice head, struct emlx *out, uint64_t *length);
/* The whole file. */
void emlx_split(struct slice file, struct emlx *out);

/* What flags and tags the list is read into lives in the arena; a list that
 * cannot be read tells nothing. */
struct emlx_told {
	unsigned flags;
	struct tags tags;
	int64_t date;           /* when it came in; 0: unknown */
};

void emlx_told(struct slice list, struct arena *a, struct emlx_told *out);
/* The number that both the list and the index hold. */
void emlx_flags(uint64_t bits, struct arena *a, struct emlx_told *out);
/* The other way round, for what bits there are; colour is not among them. */
uint64_t emlx_bits(unsigned flags, const struct tags *tags);

#endif
