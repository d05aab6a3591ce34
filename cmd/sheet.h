/* SPDX-License-Identifier: MIT */
#ifndef CMD_SHEET_H
#define CMD_SHEET_H

#include "core/archive/age.h"

/*
 * The recovery sheet: an identity on paper.  Text to be printed, with the
 * identity in lines that people can type, each with a check of its own, and
 * as a QR code.  The text is a valid file of an identity as well.
 *
 *	1: RM4M Y8ZY 7C32 S8DK 5P
 *
 * What stands before the colon is the number of the line; the last group is
 * the check over the number and the others.
 */
#define SHEET_LINES 4u

/* The whole sheet, to be given to secret_free().  place: where the archive is,
 * or "". */
int sheet_add(struct buf *out, const struct age_identity *id, const char *place,
    struct error *err);

/* Append the letters of one line as it was typed to letters, if it is line
 * number (from 1) and its check is right.  Blanks, case and the number in front
 * do not matter. */
bool sheet_take_line(struct slice typed, unsigned number, struct buf *letters);
/* The identity of the letters of all lines. */
bool sheet_identity(struct slice letters, struct age_identity *out);

#endif
