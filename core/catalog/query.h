/* SPDX-License-Identifier: MIT */
#ifndef CORE_CATALOG_QUERY_H
#define CORE_CATALOG_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/catalog/search.h"

/*
 * What search.h describes, as a tree.  Of what a person types at most
 * QUERY_BYTES_MAX bytes and QUERY_TERMS_MAX terms are looked at, and
 * parentheses nest QUERY_DEPTH_MAX deep: the rest is left out, the tree stays
 * within what SQLite takes.
 */
#define QUERY_BYTES_MAX 65536u
#define QUERY_TERMS_MAX 256u
#define QUERY_DEPTH_MAX 16u

enum query_kind {
	QUERY_AND, QUERY_OR, QUERY_NOT, /* NOT has one child */
	QUERY_TEXT,
	QUERY_FOLDER, QUERY_CLIENT, QUERY_ACCOUNT, QUERY_TAG, QUERY_ID,
	QUERY_FLAGS,                    /* has any of mask, or (wanted false) none of it */
	QUERY_DELETED,
	QUERY_ATTACHMENT,
	QUERY_DATE, QUERY_SIZE          /* from <= x < before */
};

/* Where the words of a QUERY_TEXT are looked for. */
enum query_field { FIELD_ANY, FIELD_SUBJECT, FIELD_SENDER, FIELD_RECIPIENTS, FIELD_FILES };

struct query_node {
	enum query_kind kind;
	struct query_node *child;       /* the first */
	struct query_node *next;        /* the sibling behind */
	struct slice text;              /* as typed, without quotes; valid UTF-8 without NUL */
	enum query_field field;
	bool is_prefix;                 /* words that begin so */
	unsigned mask;
	bool wanted;
	int64_t from, before;
};

/* *out is NULL for a query without terms.  ERR_USAGE: a date or a size that
 * makes no sense. */
int query_parse(struct slice query, const struct search_options *options, struct arena *a,
    struct query_node **out, struct error *err);

/* Of the field before the colon (date, before, after): the seconds that text
 * means. */
int query_parse_dates(struct slice field, struct slice text,
    const struct search_options *options, int64_t *from, int64_t *before, struct error *err);
/* The same of larger and smaller, in bytes. */
int query_parse_sizes(struct slice field, struct slice text, int64_t *from, int64_t *before,
    struct error *err);

#endif
