/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_MAPIMESSAGE_H
#define BACKENDS_FORMATS_MAPIMESSAGE_H

#include "backends/formats/confined.h"
#include "backends/formats/mapi.h"

/*
 * An Outlook item as a message (RFC 5322, MIME).  Everything it holds is in
 * it but what changes when it is read, answered, flagged or filed: that is
 * flags and tags.  So the same item gives the same bytes each night.
 *
 *	header        the one it came with, where that was kept, but for
 *	              MIME-Version and Content-*; what is not in it, and all of
 *	              an item that has none, from its properties
 *	mixed         body, attachments
 *	 related      HTML and the pictures in it
 *	  alternative plain text, HTML, and for what is no mail a vCard
 *	              (contact) or iCalendar (appointment, task)
 *
 * HTML keeps its code page; RTF is unwrapped where it holds HTML or plain
 * text, otherwise attached.  A message that is attached is message/rfc822.
 */
struct mapi_writer {
	struct mapi_container *container;
	struct confined_output *out;
	struct buf text;                /* on its way */
	size_t lost;                    /* things that could not be read */
	struct error first_lost;        /* why the first */
};

void mapi_write(struct mapi_writer *w, const struct mapi_item *item);
void mapi_writer_lose(struct mapi_writer *w, const struct error *err);
void mapi_writer_free(struct mapi_writer *w);

unsigned mapi_message_flags(const struct mapi_item *item);
void mapi_message_tags(const struct mapi_item *item, const struct mapi_names *names,
    struct arena *a, struct tags *out);
int64_t mapi_message_date(const struct mapi_item *item);        /* 0: unknown */

/* mapiheader.c: all fields but those of MIME. */
void mapi_add_header(const struct mapi_item *item, struct buf *out);

/* mapiother.c: what is no mail, as a text of another type; NULL for mail. */
const char *mapi_add_other(const struct mapi_item *item, const struct mapi_names *names,
    struct buf *out);

#endif
