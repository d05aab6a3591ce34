/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/error.h"

/*
 * Everything that is printed.  Standard output holds nothing but the answer;
 * what goes wrong is said on standard error as "mailcask: backup: …".  Text
 * that comes from mail or from the file system goes through
 * text_add_printable() first, whether or not a terminal reads it.
 */

/* Exit statuses: an interface, listed in the manual. */
enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,      /* nothing new saved */
	STATUS_USAGE = 2,
	STATUS_PARTIAL = 3,     /* some items failed and are named */
	STATUS_VANISHED = 4,    /* saved, and mail has disappeared at the source */
	STATUS_ABSENT = 5,      /* target absent or unreachable */
	STATUS_DAMAGED = 6,     /* the archive is damaged */
	STATUS_LOCKED = 7,      /* another run is at work */
	STATUS_KEY = 8,         /* wrong or missing key */
	STATUS_INTERRUPTED = 128        /* never seen: main() dies of the signal */
};

/* Before anything else: standard descriptors that are closed are opened on
 * /dev/null, so that no file of ours ever gets their number. */
void output_open(void);
void output_verb(const char *name);     /* whose diagnostics follow */
/* Standard output is flushed.  Gives status, or STATUS_FAILED when what was
 * printed could not all be written.  Where all went well but nobody reads any
 * more ("| head"), this ends the program as other tools are ended: by SIGPIPE. */
int output_close(int status);

/* To standard output, as it is. */
void output_text(struct slice s);
/* b and a newline; b is empty afterwards. */
void output_line(struct buf *b);
/* A line of JSON: characters that could harm a terminal are escaped, which
 * JSON allows anywhere in its strings; b is empty afterwards. */
void output_json(struct buf *b);
/* Before something else writes to the descriptor: from here on SIGPIPE ends
 * the program, so let nothing be half done.  False: nothing can be written
 * there any more. */
bool output_hand_over(void);
/* Columns of the terminal on standard output; 0: it is none. */
unsigned output_columns(void);

/* A sentence to standard error, with the program's and the verb's name. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_plain(struct slice s);         /* without them */
/* Say what went wrong; gives the exit status for it. */
int say_error(const struct error *err);
int status_of(enum error_code code);

/* Append s with everything escaped that could harm a terminal; NULL: nothing. */
void add_shown(struct buf *out, const char *s);
/* "2026-11-23 02:00" and "2026-11-23", as clocks here show it; 0: nothing. */
void add_local_time(struct buf *out, int64_t seconds);
void add_local_date(struct buf *out, int64_t seconds);
/* "1 message", "2 messages". */
void add_count(struct buf *out, uint64_t n, const char *noun);

#endif
