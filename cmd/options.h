/* SPDX-License-Identifier: MIT */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/verb.h"

struct buf;

/* Words off the command line; the strings stay argv's.  Free with vec_free(). */
struct words {
	const char **items;
	size_t n, cap;
};

/*
 * Long options, GNU style: "--name", "--name VALUE", "--name=VALUE"; "--" ends
 * them.  Abbreviations are not accepted: a script that relies on one breaks
 * when a later version has a second option that begins so.
 */
struct option {
	const char *name;       /* without dashes; NULL ends the table */
	const char *value;      /* what --help calls its value; NULL: a switch */
	const char *help;       /* one line */
	/* Where it goes: one of these; on and text together where a value may be
	 * given ("--name=VALUE") and need not. */
	bool *on;
	const char **text;
	struct words *list;     /* may be given several times */
	uint64_t *number;
};

#define OPTIONS_END { NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Sort the command line into options and words.  True: go on.  False: it is
 * all over with *status: --help was printed, or the mistake was said.
 */
bool options_parse(const struct verb *verb, const struct option *options, int argc, char **argv,
    struct words *words, int *status);

/* Say what is wrong with the command line, and where help is; gives
 * STATUS_USAGE. */
int usage_error(const struct verb *verb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The words with a blank between them: a query. */
void add_words(struct buf *out, const struct words *words);

/* The name most like word, or NULL when none is near.  names ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);

#endif
