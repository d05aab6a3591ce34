/* SPDX-License-Identifier: MIT */
#ifndef CMD_MESSAGES_H
#define CMD_MESSAGES_H

#include "core/catalog/catalog.h"

/* What list, search and show say about messages and mailboxes, alike. */

/* The members that every message has in JSON, its mailboxes included. */
int json_message(struct buf *line, struct catalog *c, const struct catalog_found *m,
    struct error *err);
/* "Folder/Sub%2FBox" as an array of its components. */
void json_mailbox(struct buf *line, const char *key, const char *name);
/* Lines, each ended by "\n", as an array of strings. */
void json_lines(struct buf *line, const char *key, const char *lines);

/* The words of flags that a person wants to see: "unread flagged". */
void add_flags(struct buf *out, unsigned flags);
/* The beginning of the id that tables show: "3f2a90c1d4". */
void add_short_id(struct buf *out, const struct digest *id);
/* The date as tables show it. */
void add_message_date(struct buf *out, const struct catalog_found *m);

#endif
