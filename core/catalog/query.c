/* SPDX-License-Identifier: MIT */
#include "core/catalog/query.h"

#include "core/base/text.h"
#include "core/mail/flags.h"

struct parser {
	struct slice rest;
	const struct search_options *options;
	struct arena *arena;
	unsigned terms, depth;
	struct error *err;
	bool failed;
};

static bool
is_blank(unsigned char c)
{
	return c <= ' ';
}

static unsigned char
peek(const struct parser *p)
{
	return p->rest.n == 0 ? 0 : p->rest.p[0];
}

static void
skip(struct parser *p, size_t n)
{
	p->rest = slice_from(p->rest, n);
}

static void
skip_blanks(struct parser *p)
{
	while (p->rest.n > 0 && is_blank(peek(p)))
		skip(p, 1);
}

static struct query_node *
new_node(struct parser *p, enum query_kind kind)
{
	struct query_node *n = arena_alloc(p->arena, sizeof(*n));

	n->kind = kind;
	return n;
}

/* ---- Terms ---- */

/* What stands behind "field:", or all of a term without one. */
struct value {
	struct slice text;
	bool is_prefix;
};

static const struct {
	const char *name;
	enum query_kind kind;
	enum query_field field;
} FIELDS[] = {
	{ "from", QUERY_TEXT, FIELD_SENDER }, { "to", QUERY_TEXT, FIELD_RECIPIENTS },
	{ "cc", QUERY_TEXT, FIELD_RECIPIENTS }, { "subject", QUERY_TEXT, FIELD_SUBJECT },
	{ "file", QUERY_TEXT, FIELD_FILES }, { "folder", QUERY_FOLDER, FIELD_ANY },
	{ "client", QUERY_CLIENT, FIELD_ANY }, { "account", QUERY_ACCOUNT, FIELD_ANY },
	{ "tag", QUERY_TAG, FIELD_ANY }, { "id", QUERY_ID, FIELD_ANY },
	{ "date", QUERY_DATE, FIELD_ANY }, { "before", QUERY_DATE, FIELD_ANY },
	{ "after", QUERY_DATE, FIELD_ANY }, { "larger", QUERY_SIZE, FIELD_ANY },
	{ "smaller", QUERY_SIZE, FIELD_ANY }, { "is", QUERY_FLAGS, FIELD_ANY },
	{ "has", QUERY_ATTACHMENT, FIELD_ANY },
};

static const struct {
	const char *name;
	unsigned mask;
	bool wanted;
} STATES[] = {
	{ "seen", FLAG_SEEN, true }, { "read", FLAG_SEEN, true }, { "unread", FLAG_SEEN, false },
	{ "unseen", FLAG_SEEN, false }, { "flagged", FLAG_FLAGGED, true },
	{ "starred", FLAG_FLAGGED, true }, { "answered", FLAG_ANSWERED, true },
	{ "replied", FLAG_ANSWERED, true }, { "draft", FLAG_DRAFT, true },
	{ "forwarded", FLAG_FORWARDED, true },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
is_word(struct slice s, const char *word)
{
	return slice_equal_nocase(s, slice_string(word));
}

/* is:unread and its like; false when the word is none of them. */
static bool
set_state(struct query_node *n, struct slice word)
{
	size_t i;

	if (is_word(word, "deleted")) {
		n->kind = QUERY_DELETED;
		return true;
	}
	for (i = 0; i < COUNT(STATES); i++) {
		if (is_word(word, STATES[i].name)) {
			n->mask = STATES[i].mask;
			n->wanted = STATES[i].wanted;
			return true;
		}
	}
	return false;
}

static void
set_range(struct parser *p, struct query_node *n, struct slice name, struct slice text)
{
	int rc;

	rc = n->kind == QUERY_DATE
	    ? query_parse_dates(name, text, p->options, &n->from, &n->before, p->err)
	    : query_parse_sizes(name, text, &n->from, &n->before, p->err);
	if (rc < 0)
		p->failed = true;
}

/* A term with a field we know; NULL when it is to be taken as text. */
static struct query_node *
field_node(struct parser *p, struct slice name, const struct value *value)
{
	struct query_node *n;
	size_t i;

	for (i = 0; i < COUNT(FIELDS) && !is_word(name, FIELDS[i].name); i++)
		;
	if (i == COUNT(FIELDS) || value->text.n == 0)
		return NULL;
	n = new_node(p, FIELDS[i].kind);
	n->field = FIELDS[i].field;
	n->text = value->text;
	n->is_prefix = value->is_prefix;
	if (n->kind == QUERY_DATE || n->kind == QUERY_SIZE)
		set_range(p, n, name, value->text);
	if (n->kind == QUERY_FLAGS && !set_state(n, value->text))
		return NULL;
	if (n->kind == QUERY_ATTACHMENT && !is_word(value->text, "attachment") &&
	    !is_word(value->text, "attachments"))
		return NULL;
	return n;
}

/* "a phrase" from its quote on; without a second quote it ends with the query. */
static struct value
take_phrase(struct parser *p)
{
	struct value v = { SLICE_EMPTY, false };
	size_t end;

	skip(p, 1);
	end = slice_find(p->rest, 0, '"');
	v.text = slice_sub(p->rest, 0, end);
	skip(p, end + 1);
	if (peek(p) == '*') {
		v.is_prefix = true;
		skip(p, 1);
	}
	return v;
}

/* How long the word is that begins here: up to a blank, or to a ")" where
 * there is a group to be closed. */
static size_t
word_length(const struct parser *p)
{
	size_t n = 0;

	while (n < p->rest.n && !is_blank(p->rest.p[n]) &&
	    !(p->rest.p[n] == ')' && p->depth > 0))
		n++;
	return n;
}

static struct value
value_of(struct slice word)
{
	struct value v = { word, false };

	if (word.n > 1 && word.p[word.n - 1] == '*') {
		v.is_prefix = true;
		v.text.n--;
	}
	return v;
}

static struct query_node *
text_node(struct parser *p, const struct value *v)
{
	struct query_node *n = new_node(p, QUERY_TEXT);

	n->text = v->text;
	n->is_prefix = v->is_prefix;
	return n;
}

static struct query_node *
parse_term(struct parser *p)
{
	struct slice before = p->rest, word, name;
	struct query_node *n;
	struct value v;
	size_t colon;

	if (peek(p) == '"') {
		v = take_phrase(p);
		return text_node(p, &v);
	}
	word = slice_sub(p->rest, 0, word_length(p));
	colon = slice_find(word, 0, ':');
	if (colon < word.n) {
		name = slice_sub(word, 0, colon);
		if (colon + 1 < word.n && word.p[colon + 1] == '"') {
			skip(p, colon + 1);
			v = take_phrase(p);
		} else {
			v = value_of(slice_from(word, colon + 1));
			skip(p, word.n);
		}
		n = field_node(p, name, &v);
		if (n != NULL)
			return n;
	}
	p->rest = slice_from(before, word.n);
	v = value_of(word);
	return text_node(p, &v);
}

/* ---- Operators ---- */

/* Does word stand here alone, with something behind that it can be an
 * operator for?  Otherwise it is text. */
static bool
at_operator(const struct parser *p, const char *word)
{
	struct slice behind;

	if (!slice_starts(p->rest, word))
		return false;
	behind = slice_from(p->rest, strlen(word));
	if (behind.n == 0 || !(is_blank(behind.p[0]) || behind.p[0] == '('))
		return false;
	behind = slice_trim(behind);
	return behind.n > 0 && behind.p[0] != ')';
}

static bool
take_operator(struct parser *p, const char *word)
{
	if (!at_operator(p, word))
		return false;
	skip(p, strlen(word));
	skip_blanks(p);
	return true;
}

/* "-term", but not "- term", and "--help" is something to look for. */
static bool
take_minus(struct parser *p)
{
	if (peek(p) != '-' || p->rest.n < 2 || is_blank(p->rest.p[1]) || p->rest.p[1] == '-' ||
	    p->rest.p[1] == ')')
		return false;
	skip(p, 1);
	return true;
}

static bool
at_end(struct parser *p)
{
	skip_blanks(p);
	return p->failed || p->rest.n == 0 || p->terms >= QUERY_TERMS_MAX ||
	    (peek(p) == ')' && p->depth > 0);
}

static struct query_node *parse_or(struct parser *p);

static struct query_node *
parse_group(struct parser *p)
{
	struct query_node *n;

	skip(p, 1);
	p->depth++;
	n = parse_or(p);
	p->depth--;
	if (peek(p) == ')')
		skip(p, 1);
	return n;
}

/* NULL for "()" and for a parenthesis that does not count. */
static struct query_node *
parse_unary(struct parser *p)
{
	struct query_node *n, *inner = NULL;
	bool negated = false;

	while (take_operator(p, "NOT") || take_minus(p))
		negated = !negated;
	if (peek(p) == '(' && p->depth < QUERY_DEPTH_MAX) {
		inner = parse_group(p);
	} else if (peek(p) == '(' || peek(p) == ')') {
		skip(p, 1);
	} else {
		p->terms++;
		inner = parse_term(p);
	}
	if (inner == NULL || !negated)
		return inner;
	n = new_node(p, QUERY_NOT);
	n->child = inner;
	return n;
}

/* An only child needs no parent. */
static struct query_node *
joined(struct parser *p, enum query_kind kind, struct query_node *first)
{
	struct query_node *n;

	if (first == NULL || first->next == NULL)
		return first;
	n = new_node(p, kind);
	n->child = first;
	return n;
}

static struct query_node *
parse_and(struct parser *p)
{
	struct query_node *first = NULL, **last = &first;

	while (!at_end(p)) {
		if (first != NULL && at_operator(p, "OR"))
			break;
		if (first != NULL)
			take_operator(p, "AND");
		*last = parse_unary(p);
		if (*last != NULL)
			last = &(*last)->next;
	}
	return joined(p, QUERY_AND, first);
}

static struct query_node *
parse_or(struct parser *p)
{
	struct query_node *first = NULL, **last = &first;

	while (!at_end(p)) {
		if (first != NULL)
			take_operator(p, "OR");
		*last = parse_and(p);
		if (*last != NULL)
			last = &(*last)->next;
	}
	return joined(p, QUERY_OR, first);
}

int
query_parse(struct slice query, const struct search_options *options, struct arena *a,
    struct query_node **out, struct error *err)
{
	struct parser p = { SLICE_EMPTY, options, a, 0, 0, err, false };
	struct buf clean = BUF_EMPTY;
	size_t i;

	/* No half characters, and no NUL, which would end the text for FTS5. */
	text_add_utf8(&clean, slice_sub(query, 0, QUERY_BYTES_MAX));
	for (i = 0; i < clean.n; i++) {
		if (clean.p[i] == '\0')
			clean.p[i] = ' ';
	}
	p.rest = arena_copy(a, buf_slice(&clean));
	buf_free(&clean);
	*out = parse_or(&p);
	return p.failed ? -1 : 0;
}
