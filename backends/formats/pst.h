/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_PST_H
#define BACKENDS_FORMATS_PST_H

#include "backends/formats/confined.h"

/*
 * A confined_parser for Outlook's PST and OST files.  Mailboxes are the
 * folders below the one that Outlook shows as the top of the file, and others
 * that hold messages; a mailbox's key is its node, and so is an item's index.
 * What is no mail (contacts, appointments, tasks, notes) is a message of its
 * folder, with a vCard or iCalendar in it: see mapimessage.h.
 */
int pst_parse(const struct confined_input *in, uint64_t key, uint64_t first,
    struct confined_output *out, struct error *err);

#endif
