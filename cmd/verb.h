/* SPDX-License-Identifier: MIT */
#ifndef CMD_VERB_H
#define CMD_VERB_H

#include <stdbool.h>

#define MAILCASK_VERSION "0.1.0"

/* A command of the program: one file each, listed in main.c. */
struct verb {
	const char *name;
	const char *arguments;          /* "[MAILBOX]", or "" */
	const char *summary;            /* one line, for the list of commands */
	const char *about;              /* more lines for its --help, or "" */
	const char *examples;           /* command lines, each ended by "\n" */
	bool dash_words;                /* "-spam" is a word: a query that says not */
	/* argv without the program's and the verb's name.  Gives the exit status. */
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_init;
extern const struct verb verb_key;
extern const struct verb verb_locate;
extern const struct verb verb_backup;
extern const struct verb verb_snapshots;
extern const struct verb verb_list;
extern const struct verb verb_search;
extern const struct verb verb_show;
extern const struct verb verb_restore;
extern const struct verb verb_forget;
extern const struct verb verb_prune;
extern const struct verb verb_repair;
extern const struct verb verb_export;
extern const struct verb verb_check;
extern const struct verb verb_target;
extern const struct verb verb_push;
extern const struct verb verb_status;
extern const struct verb verb_schedule;

#endif
