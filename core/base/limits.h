/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_LIMITS_H
#define CORE_BASE_LIMITS_H

/*
 * Every bound in one place.  Limits bound parsing and memory, never storing:
 * what is over a limit is kept byte for byte all the same, only looked at
 * less closely.
 */
#define KIB 1024u
#define MIB (1024u * 1024u)

/* A message up to this size is held in memory, canonicalised and its parts
 * are taken out; a longer one is kept in chunks as it lies. */
#define MESSAGE_IN_MEMORY (16u * MIB)

/* What the parser looks at (the same figures as Dovecot's). */
#define MIME_DEPTH_MAX 100u
#define MIME_PARTS_MAX 10000u
#define HEADER_MAX (50u * MIB)          /* of one message, in all */
#define HEADER_FIELD_MAX (10u * MIB)
#define INDEX_TEXT_MAX (4u * MIB)       /* text of one message that is indexed */
#define INDEX_WORDS_MAX 100000u         /* different words of a long one */
#define ATTACHMENT_NAMES_MAX (512u * KIB)       /* names of one message that are listed */

/* Objects of the archive: a pack entry, a run of a listing, a recipe. */
#define OBJECT_MAX (32u * MIB)
#define FRAME_PLAIN_MAX (64u * MIB)     /* one frame of a pack, decompressed */
#define SNAPSHOT_MAX (512u * MIB)       /* a snapshot or index, decompressed */
#define RUN_ENTRIES_MAX 4096u

/* Content-defined chunks of companions and opaque files. */
#define CHUNK_MIN (256u * KIB)
#define CHUNK_AVERAGE (1u * MIB)
#define CHUNK_MAX (4u * MIB)

#define PATH_LENGTH_MAX 65536u          /* a path we build; the system's bound is lower */
#define CONFIG_FILE_MAX (64u * MIB)     /* prefs.js, folderlist.xml, muttrc … */

#endif
