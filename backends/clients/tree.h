/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_TREE_H
#define BACKENDS_CLIENTS_TREE_H

#include "backends/clients/disk.h"
#include "core/port/locator.h"

/*
 * What lies in a directory where people keep mail without a client's word on
 * how: mbox files, Maildirs and MH folders, mixed as they come.
 *
 * One location stands for a whole tree of one kind.  A path is handed out
 * only once, so where kinds are mixed in one directory, Maildirs or MH take
 * it and each mbox is a location of its own.
 */
enum tree_kind {
	TREE_MBOX = 1,          /* and what looks like one: mbx, mix, Babyl */
	TREE_MAILDIR = 2,
	TREE_MH = 4,
	TREE_ANY = 7,
	TREE_ODD = 8            /* files in the directory that are none of these */
};

/* Append the locations of the given kinds at path, a file or a directory;
 * looks at a bounded number of entries. */
void tree_add(const struct disk *d, const char *client, const char *path, unsigned kinds,
    struct locations *out);

#endif
