/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAPI_H
#define BACKENDS_FORMATS_MAPI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/mail/flags.h"

/*
 * What Outlook keeps of an item, wherever it keeps it (PST, .msg, TNEF): a
 * set of properties, each with a number, a type and a value ([MS-OXCDATA]
 * 2.11); for a message also its recipients and attachments, sets too.  Those
 * from 0x8000 on have names, which each container numbers in its own way.
 */
enum mapi_type {
	MAPI_SHORT = 0x02,
	MAPI_LONG = 0x03,
	MAPI_FLOAT = 0x04,
	MAPI_DOUBLE = 0x05,
	MAPI_BOOLEAN = 0x0b,
	MAPI_OBJECT = 0x0d,
	MAPI_LONGLONG = 0x14,
	MAPI_STRING8 = 0x1e,            /* in the item's code page */
	MAPI_UNICODE = 0x1f,            /* UTF-16, little-endian */
	MAPI_TIME = 0x40,               /* 100 ns since 1601 */
	MAPI_GUID = 0x48,
	MAPI_BINARY = 0x102,
	MAPI_MANY = 0x1000              /* with one of them: several values */
};

struct mapi_property {
	uint16_t id, type;
	bool is_long;                   /* value is empty: to be read from the container */
	struct slice value;             /* little-endian; of several: see items */
	uint64_t ref, sub;              /* the container's own, where is_long */
	const struct slice *items;      /* MAPI_MANY of texts and bytes */
	size_t item_count;
};

struct mapi_properties {
	struct mapi_property *items;
	size_t n, cap;
};

#define MAPI_VALUE_MAX (64u * 1024u * 1024u)    /* of one that is no attachment */
#define MAPI_DEPTH_MAX 32u                      /* messages in messages */
#define MAPI_MANY_MAX 65536u

struct mapi_item {
	struct mapi_properties own;
	struct mapi_properties *recipients, *attachments;
	size_t recipient_count, attachment_count;
	size_t attachments_declared;    /* by the table that lists them */
	unsigned codepage;              /* of MAPI_STRING8 */
};

/* The property with that number, or NULL. */
const struct mapi_property *mapi_find(const struct mapi_properties *p, unsigned id);
/* A number or a truth; false when there is none. */
bool mapi_number(const struct mapi_properties *p, unsigned id, int64_t *out);
/* Seconds since 1970, for times between 1900 and 9999. */
bool mapi_time(const struct mapi_properties *p, unsigned id, int64_t *out);
bool mapi_flag(const struct mapi_properties *p, unsigned id);

/* ---- mapitext.c ---- */

/* Load the tables for code pages: where files may no longer be opened, only
 * those that were loaded are known. */
void mapi_prepare(void);
/* That of an item's 8-bit texts, as it says itself; otherwise when it does not. */
unsigned mapi_codepage(const struct mapi_properties *own, unsigned otherwise);
/* Append as UTF-8; what is no good in the code page becomes U+FFFD. */
void mapi_add_codepage(struct buf *out, struct slice s, unsigned codepage);
/* The name for a Content-Type, or NULL: then it is to be converted. */
const char *mapi_charset(unsigned codepage);
/* A text value without the NULs at its end.  False: there is none, or it is
 * empty. */
bool mapi_text(const struct mapi_item *item, const struct mapi_properties *p, unsigned id,
    struct buf *out);
/* The subject, without the mark of where its prefix ends. */
bool mapi_subject(const struct mapi_item *item, struct buf *out);
void mapi_add_value(const struct mapi_item *item, unsigned type, struct slice value,
    struct buf *out);

/* ---- mapinames.c ---- */

/*
 * Which number a named property has here: the container's three streams
 * ([MS-OXMSG] 2.2.3, [MS-PST] 2.4.7) of GUIDs, entries and strings.
 */
struct mapi_names {
	struct slice guids, entries, strings;
};

enum mapi_set {
	MAPI_SET_STRINGS,               /* PS_PUBLIC_STRINGS */
	MAPI_SET_COMMON,
	MAPI_SET_APPOINTMENT,
	MAPI_SET_TASK,
	MAPI_SET_ADDRESS,
	MAPI_SET_NOTE,
	MAPI_SETS
};

/* 0 where nothing here has that name. */
unsigned mapi_named(const struct mapi_names *names, enum mapi_set set, unsigned number);
unsigned mapi_named_string(const struct mapi_names *names, enum mapi_set set, const char *name);

/* ---- The container ---- */

struct mapi_container;

struct mapi_container_ops {
	/* The bytes of a long value, in order; one at a time. */
	int (*begin)(struct mapi_container *c, const struct mapi_property *p, struct error *err);
	int64_t (*read)(struct mapi_container *c, void *p, size_t n, struct error *err);
	/* The message that an attachment is. */
	int (*embedded)(struct mapi_container *c, const struct mapi_property *p, struct arena *a,
	    struct mapi_item *out, struct error *err);
};

struct mapi_container {
	const struct mapi_container_ops *ops;
	struct mapi_names names;
};

#endif
