/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MHMARKS_H
#define BACKENDS_FORMATS_MHMARKS_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/mail/flags.h"

/*
 * What the side files of an MH folder say of its messages: .mh_sequences
 * (nmh, mutt: unseen, flagged, replied; any other sequence is a tag),
 * .claws_mark (Claws Mail), .sylpheed_mark; and .claws_tags, which Claws keeps
 * in tagsdb among its settings.
 */
enum mh_kind { MH_PLAIN, MH_CLAWS, MH_SYLPHEED };

#define MH_TAGS_MAX 64u         /* different tags of one folder; more are ignored */

struct mh_message {
	uint64_t number;
	const char *name;       /* the number as the file has it */
	unsigned flags;
	uint64_t tags;          /* bit i: mh_marks.tags[i] */
};

struct mh_marks {
	struct slice tags[MH_TAGS_MAX];         /* arena */
	size_t tag_count;
};

struct mh_place {
	const char *folder;
	const char *settings;   /* the client's directory, with tagsrc, or NULL */
	const char *tags;       /* where Claws keeps .claws_tags of the folder; as settings */
};
#define MH_CLAWS_TAGS ".claws_tags"

/* Set flags and tags of messages, which are sorted by number. */
void mh_marks_read(const struct mh_place *place, enum mh_kind kind, struct arena *a,
    struct mh_message *messages, size_t n, struct mh_marks *out);

/* The same by the text of an .mh_sequences, wherever that lies. */
void mh_sequences_read(struct slice text, struct arena *a, struct mh_message *messages,
    size_t n, struct mh_marks *out);

#endif
