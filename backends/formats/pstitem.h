/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_PSTITEM_H
#define BACKENDS_FORMATS_PSTITEM_H

#include "backends/formats/mapimessage.h"
#include "backends/formats/pstheap.h"

/* The top layer ([MS-PST] 2.4): messages with their recipients and
 * attachments, as the container that mapi_write() reads from. */
struct pst_items {
	struct mapi_container container;
	struct pst_file *file;
	struct pst_heap **heaps;        /* of the message under way: its values lie there */
	size_t n, cap;
	struct arena names;
	struct pst_data stream;         /* the long value that is read */
	size_t next;
	struct buf block;
	size_t at;
	uint64_t got;                   /* of it so far */
	unsigned codepage;              /* of texts that do not say */
	size_t lost;                    /* of the message under way */
	struct error first_lost;
};

/* -1 when the names of properties cannot be read: all else can, then. */
int pst_items_open(struct pst_file *f, unsigned codepage, struct pst_items *out,
    struct error *err);
void pst_items_free(struct pst_items *s);

/* The properties of a node, which live until pst_items_release(). */
int pst_items_properties(struct pst_items *s, const struct pst_node *node, struct arena *a,
    struct mapi_properties *out, struct error *err);
/* The message; what of it cannot be read is counted in lost. */
int pst_items_get(struct pst_items *s, const struct pst_node *node, struct arena *a,
    struct mapi_item *out, struct error *err);
void pst_items_release(struct pst_items *s);

#endif
