/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_CLIENTS_PLACES_H
#define BACKENDS_CLIENTS_PLACES_H

#include "backends/clients/disk.h"

/*
 * The default places of a client that writes nowhere where it keeps its mail,
 * or writes it where it cannot be read: patterns as for disk_match().
 */
enum place_base {
	PLACE_HOME,
	PLACE_CONFIG,
	/* Of a mounted Windows only: below the home, where a directory has a name in
	 * the language of Windows XP, or outside the homes. */
	PLACE_WINDOWS,
	PLACE_ROOT
};

struct place {
	enum place_base base;
	const char *pattern;
	const char *mark;       /* believed where an entry matches this, and NULL: as it is */
};

/* Append what is there, each path once; places end with a pattern of NULL. */
void places_find(const struct disk *d, const struct place *places, struct paths *out);
/* Append the place that a value in the registry of a Windows home names, where it
 * is there: part is the word of the text that counts, from 0, or -1 for all. */
void places_add_registered(const struct disk *d, const char *key, const char *value, int part,
    struct paths *out);
bool places_has(const struct paths *list, const char *path);
/* Does the directory have an entry that matches? */
bool places_holds(const struct disk *d, const char *directory, const char *pattern);

#endif
