/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_PLACEMARKS_H
#define BACKENDS_FORMATS_PLACEMARKS_H

#include "core/base/map.h"
#include "core/port/format.h"

/*
 * What an index beside a file says of the messages in it, by the place where
 * each begins.  A message that it does not name was deleted by the client,
 * which cuts it out of the file later; but those behind the last one that it
 * names are too new for it.
 */
struct place_marks {
	struct map flags;       /* of a place */
	uint64_t end;           /* of the last message that it names */
};

#define PLACE_MARKS_EMPTY { MAP_EMPTY, 0 }

void place_marks_add(struct place_marks *m, uint64_t at, uint64_t n, unsigned flags);
void place_marks_free(struct place_marks *m);

/*
 * Set flags and dead of what inner hands out, by the marks, which are emptied.
 * The file at path is asked first whether sign stands at the places that they
 * name; with a head it stands right before them, but for a message that begins
 * behind so many bytes.  An index of another time proves nothing, nor does one
 * that names none: then inner is returned as it is.
 */
struct reader *place_marks_open(struct reader *inner, struct place_marks *m, const char *path,
    struct slice sign, uint64_t head);

#endif
