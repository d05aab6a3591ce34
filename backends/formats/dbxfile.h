/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_DBXFILE_H
#define BACKENDS_FORMATS_DBXFILE_H

#include "backends/formats/confined.h"
#include "core/base/buf.h"

/*
 * What every file of Outlook Express 5 and 6 is made of, in a confined child:
 * an index of records, each with attributes.  Folders and the list of folders
 * differ in what the attributes mean.
 *
 * All numbers are little-endian, 32 bits unless said, and offsets count from
 * the beginning of the file.  Whatever can be pointed to begins with its own
 * offset, which is all that tells it from rubbish.
 *
 *	header   magic 4, class 16, …, 0xC4: items, …, 0xE4: the root node
 *	node     own, -, first child, parent, 1 byte, entries 1 byte, 2 bytes,
 *	         items below; each entry: record, child, items below it
 *	record   own, bytes behind these 12, 2 bytes, attributes 1 byte, 1 byte;
 *	         each attribute: tag 1 byte, value 3 bytes: with bit 7 of the tag
 *	         the value itself, otherwise where it lies behind the attributes
 */
enum dbx_class { DBX_NONE, DBX_MESSAGES, DBX_FOLDERS, DBX_OLD };

#define DBX_MAGIC 8u            /* bytes of the beginning that tell the class */

enum dbx_class dbx_class_of(struct slice head);

struct dbx_file {
	const struct confined_input *in;
	struct confined_output *out;
	uint32_t *records;              /* in the order of the index */
	size_t n, cap;
	uint32_t declared;              /* how many records it says it has */
	unsigned char *seen;            /* a bit for each four bytes of the file */
	uint64_t damaged;               /* nodes */
};

/* Read the index.  -1 only where there is no header. */
int dbx_file_open(struct dbx_file *f, const struct confined_input *in,
    struct confined_output *out, struct error *err);
void dbx_file_close(struct dbx_file *f);
/* Mark what lies there; false when it was, or cannot lie there. */
bool dbx_file_see(struct dbx_file *f, uint32_t at);
void dbx_file_forget(struct dbx_file *f, uint32_t at);

struct dbx_record {
	struct buf body;
	size_t attributes;
};

int dbx_record_read(const struct dbx_file *f, uint32_t at, struct dbx_record *out,
    struct error *err);
void dbx_record_free(struct dbx_record *r);
/* The number that an attribute is; false where there is none. */
bool dbx_record_number(const struct dbx_record *r, unsigned tag, uint32_t *out);
/* The bytes from where an attribute lies on; none where it is a number. */
struct slice dbx_record_data(const struct dbx_record *r, unsigned tag);

#endif
