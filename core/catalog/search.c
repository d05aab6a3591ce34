/* SPDX-License-Identifier: MIT */
#include "core/catalog/search.h"

#include <assert.h>
#include <sqlite3.h>

#include "core/catalog/catalog_internal.h"
#include "core/catalog/query.h"

/*
 * A query becomes one SELECT over message, made of the constant pieces
 * below; what a person typed is bound, or stands quoted in a bound FTS5
 * expression.  Words that belong together go into one such expression, for
 * FTS5 is good at finding what several have in common.
 */
struct bound_value {
	struct slice text;
	int64_t number;
	bool is_text;
};

struct compiler {
	struct catalog *c;
	struct arena *arena;
	struct buf sql;
	VEC(struct bound_value) values;
	bool words_first;       /* rows come from words: few of them, looked up one by one */
};

static void
add(struct compiler *k, const char *sql)
{
	buf_add_string(&k->sql, sql);
}

static void
bind_later_text(struct compiler *k, struct slice text)
{
	struct bound_value *v = vec_push(&k->values);

	v->is_text = true;
	v->text = text;
}

static void
bind_later(struct compiler *k, int64_t number)
{
	((struct bound_value *)vec_push(&k->values))->number = number;
}

/* ---- Terms without a word in them ("!!!") do not count ---- */

static bool
has_words(struct compiler *k, struct slice text)
{
	buf_clear(&k->c->folded);
	return tokenizer_fold(k->c->tokenizer, text, &k->c->folded) > 0;
}

/* The tree without them; NULL when nothing is left. */
static struct query_node *
prune(struct compiler *k, struct query_node *n)
{
	struct query_node **link = &n->child, *kept;

	if (n->kind == QUERY_TEXT)
		return has_words(k, n->text) ? n : NULL;
	if (n->child == NULL)
		return n;
	while (*link != NULL) {
		struct query_node *next = (*link)->next;

		kept = prune(k, *link);
		if (kept == NULL) {
			*link = next;
		} else {
			kept->next = next;
			*link = kept;
			link = &kept->next;
		}
	}
	if (n->child == NULL)
		return NULL;
	return n->kind != QUERY_NOT && n->child->next == NULL ? n->child : n;
}

/* ---- Words: an expression of FTS5 ---- */

/* Can all of it be said to FTS5? */
static bool
is_words(const struct query_node *n)
{
	const struct query_node *child;

	if (n->kind == QUERY_TEXT)
		return true;
	if (n->kind != QUERY_AND && n->kind != QUERY_OR)
		return false;
	for (child = n->child; child != NULL; child = child->next) {
		if (!is_words(child))
			return false;
	}
	return true;
}

/* A phrase in quotes is data for FTS5 whatever is in it; its tokenizer makes
 * several words of one where it has to. */
static void
add_phrase(struct buf *out, const struct query_node *n)
{
	static const char *const columns[] = { "", "subject : ", "sender : ", "recipients : ",
	    "files : " };
	size_t i;

	buf_add_string(out, columns[n->field]);
	buf_add_byte(out, '"');
	for (i = 0; i < n->text.n; i++) {
		if (n->text.p[i] == '"')
			buf_add_byte(out, '"');
		buf_add_byte(out, n->text.p[i]);
	}
	buf_add_string(out, n->is_prefix ? "\" *" : "\"");
}

static void
add_match(struct buf *out, const struct query_node *n)
{
	const struct query_node *child;

	if (n->kind == QUERY_TEXT) {
		add_phrase(out, n);
		return;
	}
	buf_add_byte(out, '(');
	for (child = n->child; child != NULL; child = child->next) {
		if (child != n->child)
			buf_add_string(out, n->kind == QUERY_AND ? " AND " : " OR ");
		add_match(out, child);
	}
	buf_add_byte(out, ')');
}

static bool
is_without_words(const struct query_node *n)
{
	return n->kind == QUERY_NOT && is_words(n->child);
}

/* Of the children of an AND those that are words, without those that are
 * not to be there; empty when FTS5 would have nothing to begin with. */
static struct slice
match_of_children(struct compiler *k, const struct query_node *n)
{
	const struct query_node *child;
	struct buf out = BUF_EMPTY;
	struct slice kept;

	for (child = n->child; child != NULL; child = child->next) {
		if (!is_words(child))
			continue;
		buf_add_string(&out, out.n == 0 ? "(" : " AND ");
		add_match(&out, child);
	}
	for (child = n->child; child != NULL && out.n > 0; child = child->next) {
		if (!is_without_words(child))
			continue;
		buf_add_string(&out, ") NOT (");
		add_match(&out, child->child);
	}
	if (out.n > 0)
		buf_add_byte(&out, ')');
	kept = arena_copy(k->arena, buf_slice(&out));
	buf_free(&out);
	return kept;
}

static struct slice
match_of(struct compiler *k, const struct query_node *n)
{
	struct buf out = BUF_EMPTY;
	struct slice kept;

	add_match(&out, n);
	kept = arena_copy(k->arena, buf_slice(&out));
	buf_free(&out);
	return kept;
}

/* ---- Everything else: conditions on message ---- */

static void
add_words_condition(struct compiler *k, struct slice match)
{
	add(k, "m.row IN (SELECT rowid FROM words WHERE words MATCH ?)");
	bind_later_text(k, match);
}

/* The text as names of mailboxes and tags are kept folded. */
static struct slice
folded(struct compiler *k, struct slice text)
{
	struct buf *b = &k->c->folded;

	return has_words(k, text) ? arena_copy(k->arena, buf_slice(b)) : text;
}

/* In a mailbox that fits, now or at some time: a person who looks for what
 * was in a folder means what was moved away as well. */
static void
add_mailbox_condition(struct compiler *k, const struct query_node *n)
{
	/* Going over all that lies in a mailbox is worth it only where
	 * nothing else says which messages to look at. */
	add(k, k->words_first ? "EXISTS (SELECT 1 FROM placement p WHERE p.message = m.row "
	    "AND p.mailbox IN " : "m.row IN (SELECT p.message FROM placement p WHERE p.mailbox IN ");
	add(k, n->kind == QUERY_FOLDER ? "(SELECT row FROM mailbox WHERE instr(folded_name, ?)))"
	    : n->kind == QUERY_CLIENT ? "(SELECT row FROM mailbox WHERE instr(folded_client, ?)))"
	    : "(SELECT row FROM mailbox WHERE instr(folded_account, ?)))");
	bind_later_text(k, folded(k, n->text));
}

/* On a placement that counts: see catalog_add_tags(). */
static void
add_tag_condition(struct compiler *k, const struct query_node *n)
{
	struct slice tag = folded(k, n->text);

	add(k, "m.row IN (SELECT p.message FROM placement p WHERE p.tagset IN "
	    "(SELECT row FROM tagset WHERE instr(folded, ?)) AND p.tagset <> 0 AND p.gone = "
	    "(SELECT max(gone) FROM placement WHERE message = p.message))");
	bind_later_text(k, slice_string(arena_format(k->arena, n->is_prefix ? "\n%.*s" : "\n%.*s\n",
	    (int)tag.n, (const char *)tag.p)));
}

static void
add_range_condition(struct compiler *k, const struct query_node *n)
{
	/* Mail of unknown date (0) was written neither before nor after. */
	add(k, n->kind == QUERY_DATE ? "(m.date >= ? AND m.date < ? AND m.date <> 0)"
	    : "(m.bytes >= ? AND m.bytes < ?)");
	bind_later(k, n->from);
	bind_later(k, n->before);
}

static void
add_id_condition(struct compiler *k, const struct query_node *n)
{
	struct slice id = slice_trim(n->text);

	if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		id = slice_sub(id, 1, id.n - 2);
	add(k, "m.row IN (SELECT row FROM summary WHERE message_id = ?)");
	bind_later_text(k, id);
}

/* has any of the flags; or has none of them, where it still lies somewhere
 * or did: what was never placed has no flags to speak of. */
static void
add_flags_condition(struct compiler *k, const struct query_node *n)
{
	add(k, n->wanted ? "m.flags & ? <> 0" : "(m.flags & ? = 0 AND m.state <> 0)");
	bind_later(k, n->mask);
}

static void add_condition(struct compiler *k, const struct query_node *n, bool without_words);

static void
add_list(struct compiler *k, const struct query_node *n, bool without_words)
{
	const char *between = n->kind == QUERY_AND ? " AND " : " OR ";
	const struct query_node *child;
	struct slice match = n->kind == QUERY_AND ? match_of_children(k, n) : SLICE_EMPTY;
	bool first = true;

	add(k, "(");
	if (match.n > 0 && !without_words) {
		add_words_condition(k, match);
		first = false;
	}
	for (child = n->child; child != NULL; child = child->next) {
		if (match.n > 0 && (is_words(child) || is_without_words(child)))
			continue;
		add(k, first ? "" : between);
		add_condition(k, child, false);
		first = false;
	}
	add(k, first ? "1)" : ")");
}

static void
add_condition(struct compiler *k, const struct query_node *n, bool without_words)
{
	if (is_words(n)) {
		add_words_condition(k, match_of(k, n));
		return;
	}
	switch (n->kind) {
	case QUERY_AND: case QUERY_OR:
		add_list(k, n, without_words);
		break;
	case QUERY_NOT:
		add(k, "NOT ");
		add_condition(k, n->child, false);
		break;
	case QUERY_FOLDER: case QUERY_CLIENT: case QUERY_ACCOUNT:
		add_mailbox_condition(k, n);
		break;
	case QUERY_TAG:
		add_tag_condition(k, n);
		break;
	case QUERY_ID:
		add_id_condition(k, n);
		break;
	case QUERY_FLAGS:
		add_flags_condition(k, n);
		break;
	case QUERY_DELETED:
		add(k, "m.state = 2");
		break;
	case QUERY_ATTACHMENT:
		add(k, "m.files > 0");
		break;
	case QUERY_DATE: case QUERY_SIZE:
		add_range_condition(k, n);
		break;
	case QUERY_TEXT:
		break;
	}
}

/* ---- The whole ---- */

static void
compile(struct compiler *k, const struct query_node *n, bool all,
    const struct search_options *options)
{
	struct slice match = SLICE_EMPTY;

	if (n != NULL && is_words(n))
		match = match_of(k, n);
	else if (n != NULL && n->kind == QUERY_AND)
		match = match_of_children(k, n);
	add(k, "SELECT m.row, m.date, m.bytes, m.flags, m.state FROM ");
	k->words_first = match.n > 0;
	if (k->words_first) {
		add(k, "words CROSS JOIN message m ON m.row = words.rowid WHERE words MATCH ? AND "
		    IS_FOUND_SQL);
		bind_later_text(k, match);
		if (!is_words(n)) {
			add(k, " AND ");
			add_condition(k, n, true);
		}
	} else {
		add(k, "message m WHERE " IS_FOUND_SQL " AND ");
		if (n == NULL)
			add(k, all ? "1" : "0");
		else
			add_condition(k, n, false);
	}
	/* All that fits is sorted; of few the newest come out of the index on
	 * date, which for all would be a look-up for each message there is. */
	add(k, options->limit == 0 ? " ORDER BY +m.date" : " ORDER BY m.date");
	add(k, options->oldest_first ? ", m.row LIMIT ?" : " DESC, m.row DESC LIMIT ?");
	bind_later(k, options->limit == 0 || options->limit > INT64_MAX ? -1
	    : (int64_t)options->limit);
}

static int
open_rows(struct compiler *k, struct catalog_rows **out, struct error *err)
{
	struct catalog *c = k->c;
	const struct bound_value *v;
	sqlite3_stmt *s = NULL;
	size_t i;
	int rc;

	rc = sqlite3_prepare_v2(c->db, buf_text(&k->sql), -1, &s, NULL);
	if (rc != SQLITE_OK)
		return catalog_fail(c, rc, "search", err);
	for (i = 0; i < k->values.n; i++) {
		v = &k->values.items[i];
		if (v->is_text)
			bind_text_copy(s, (int)i + 1, v->text);
		else
			bind_int(s, (int)i + 1, v->number);
	}
	*out = rows_open(c, s, SQL_COUNT);
	return 0;
}

int
catalog_search(struct catalog *c, struct slice query, const struct search_options *options,
    struct catalog_rows **out, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct compiler k = { c, &arena, BUF_EMPTY, VEC_EMPTY, false };
	struct query_node *n = NULL;
	int rc;

	*out = NULL;
	rc = query_parse(query, options, &arena, &n, err);
	if (rc == 0) {
		if (n != NULL)
			n = prune(&k, n);
		compile(&k, n, slice_trim(query).n == 0, options);
		rc = open_rows(&k, out, err);
	}
	buf_free(&k.sql);
	vec_free(&k.values);
	arena_free(&arena);
	return rc;
}
