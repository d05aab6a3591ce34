/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_CONFINED_H
#define BACKENDS_FORMATS_CONFINED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/mail/flags.h"

/*
 * Containers whose parsing is too hard to be trusted (PST, OLE, DBX) are read
 * by a child process that can do nothing but read that one file and write
 * into one pipe (confinedfence.h).  The child is this program again, started
 * anew: a fork alone of a process with threads could not even allocate, and
 * would hand the parser our memory with the keys in it.
 *
 *	parent                                    child
 *	confined_open(path, "pst", key, first)    confined_serve() in main()
 *	    /proc/self/exe --confined pst KEY N     parser->prepare()
 *	    0: the file  1: the pipe  2: null       fence_up()
 *	confined_next() …                         parser->read(): output_…()
 *
 * What comes through the pipe is as untrusted as the file: every length is
 * bounded, texts are made valid UTF-8, an index may only grow.
 *
 * A record is a type, one byte; a length, four (all integers little-endian);
 * and so many bytes, at most RECORD_MAX:
 *
 *	H  fences 4                            first of all: which hold
 *	M  key 8, messages 8, depth 2, then each component: n 2, name
 *	S  index 8                             an item is begun: what follows is
 *	                                       its; a crash now is its failure
 *	I  index 8, flags 4, date 8, tags 2, each: n 2, tag
 *	D  bytes of the message begun by I
 *	E                                      its end
 *	F  index 8, text                       this item failed; NO_INDEX: something else did
 *	W  text                                worth saying, nothing is lost
 *	P                                      still alive
 *	Z  text                                last of all; a text: it could not go on
 */
#define CONFINED_NO_INDEX UINT64_MAX
#define CONFINED_DEPTH_MAX 64u
#define CONFINED_RECORD_MAX (1024u * 1024u)
#define CONFINED_DATA_MAX (64u * 1024u)
#define CONFINED_SILENCE_MS 60000       /* a child that says nothing for so long is stopped */

/* ---- For parsers: in the child, or in a test ---- */

/* The file: a descriptor, or bytes in memory when fd is -1. */
struct confined_input {
	int fd;
	struct slice bytes;
	uint64_t size;
};

/* Exactly n bytes from at; -1 with ERR_FORMAT where the file has fewer. */
int confined_input_read(const struct confined_input *in, uint64_t at, void *p, size_t n,
    struct error *err);

/* The pipe: with fd -1 all stays in out. */
struct confined_output {
	int fd;
	struct buf out;
	bool broken;            /* nobody listens any more: a parser may as well stop */
	uint32_t quiet;         /* calls of output_alive() since the last one sent */
};

#define CONFINED_OUTPUT(descriptor) { .fd = (descriptor), .out = BUF_EMPTY }

void output_mailbox(struct confined_output *o, uint64_t key, const struct slice *components,
    size_t depth, int64_t messages);
void output_start(struct confined_output *o, uint64_t index);
void output_message(struct confined_output *o, uint64_t index, unsigned flags,
    const struct tags *tags, int64_t date);
void output_data(struct confined_output *o, struct slice bytes);
void output_end(struct confined_output *o);
void output_failed(struct confined_output *o, uint64_t index, const char *text);
void output_warning(struct confined_output *o, const char *text);
void output_alive(struct confined_output *o);   /* in every loop that may take long */
void output_done(struct confined_output *o, const char *text);

/*
 * A parser lists mailboxes when key is CONFINED_NO_INDEX, otherwise reads the
 * mailbox that it listed with that key, from the item first on: items have a
 * number each that does not depend on where it began.  -1 when it cannot go
 * on: err is then said for it.
 */
struct confined_parser {
	const char *name;
	void (*prepare)(void);          /* what needs files: before the fences */
	int (*read)(const struct confined_input *in, uint64_t key, uint64_t first,
	    struct confined_output *out, struct error *err);
};

/*
 * To be called in main() before anything else.  True in such a child: it has
 * done its work, and main() is to _exit() with *status, for exit handlers
 * would want what is fenced off.  A program that has not asked cannot start
 * children: confined_open() refuses.  parsers end in a NULL name.
 */
bool confined_serve(int argc, char **argv, const struct confined_parser *parsers, int *status);

/* ---- For formats: in the parent ---- */

enum confined_kind { CONFINED_MAILBOX, CONFINED_MESSAGE, CONFINED_FAILED, CONFINED_WARNING };

struct confined_record {
	enum confined_kind kind;
	uint64_t key;                   /* of a mailbox */
	const struct slice *components;
	size_t depth;
	int64_t messages;               /* -1: not known */
	uint64_t index;                 /* of an item */
	unsigned flags;
	struct tags tags;
	int64_t date;
	struct slice text;              /* failed, warning: a part of a sentence */
};

struct confined;

int confined_open(const char *path, const char *parser, uint64_t key, uint64_t first,
    struct confined **out, struct error *err);
/* The same of a file that is in memory; it has no name anywhere. */
int confined_open_memory(struct slice file, const char *parser, uint64_t key, uint64_t first,
    struct confined **out, struct error *err);
/* Bytes as a child would have written them: for tests. */
struct confined *confined_open_bytes(struct slice bytes);
void confined_set_silence(struct confined *c, int milliseconds);
/* The next record, what is left of a message's bytes passed over; 1; 0 at the
 * end; -1 when the child crashed, hangs, or talks nonsense, or the parser gave
 * up.  What it points to is valid until the next call. */
int confined_next(struct confined *c, struct confined_record *out, struct error *err);
/* Bytes of the message: up to n, 0 at its end, -1: the message failed, or the
 * child, which confined_has_ended() tells. */
int64_t confined_read(struct confined *c, void *p, size_t n, struct error *err);
/* The item under way, or CONFINED_NO_INDEX: whose failure a crash is. */
uint64_t confined_item(const struct confined *c);
bool confined_has_ended(const struct confined *c);
/* Does the kernel hold the child as it should?  After the first record. */
bool confined_is_fenced(const struct confined *c);
void confined_close(struct confined *c);        /* stops the child; NULL is fine */

#endif
