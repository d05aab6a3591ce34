/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_WINDOWS_H
#define BACKENDS_CLIENTS_WINDOWS_H

#include "backends/clients/disk.h"
#include "backends/clients/found.h"
#include "backends/clients/registryhive.h"

/*
 * The home of a person on a Windows disk: where programs keep their data, by
 * the usual places of Windows 95 to 11 and by what the person's registry says.
 */
struct windows {
	const struct disk *disk;
	struct hive hive;               /* the person's; without keys where there is none */
	struct hive_key user;           /* HKEY_CURRENT_USER in it */
	const char *hive_path;          /* or NULL */
	/* Directories that are there, none twice; where programs keep what stays
	 * on the machine, what moves with the person, and the person's own. */
	struct paths local, roaming, documents;
};

void windows_open(struct windows *w, const struct disk *d);
void windows_close(struct windows *w);

/* A place as the registry names it: "C:\…", "%USERPROFILE%\…".  NULL where
 * it is not on this disk; windows_is_elsewhere() tells whether another volume
 * is meant. */
const char *windows_place(const struct windows *w, const char *text);
bool windows_is_elsewhere(const struct windows *w, const char *text);

/* The code page of the machine's 8-bit texts, by its own registry; 0: unknown. */
unsigned windows_codepage(const struct windows *w);

/* Keep what matches in each of the directories. */
void windows_keep(const struct windows *w, const struct paths *directories,
    const struct keep *keep, struct companions *out);

#endif
