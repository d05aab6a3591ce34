/* SPDX-License-Identifier: MIT */
#include "core/base/limits.h"
#include "core/base/vec.h"
#include "core/mail/message_internal.h"
#include "core/mail/tnef.h"

/*
 * Parts that lie inside an attachment: Outlook's winmail.dat (tnef.h).  They
 * are counted on below it, "2.1", "2.2", and read out of its decoded bytes
 * when they are wanted.
 */
#define INSIDE_MAX (4u * MESSAGE_IN_MEMORY)     /* a longer one is not looked into */

struct grown {
	VEC(struct message_part) parts;
	VEC(GMimeContentEncoding) encodings;
	struct buf texts;               /* for the index alone */
};

static bool
may_be_tnef(const struct message_part *p)
{
	struct slice name = slice_string(p->name);

	if (p->is_container)
		return false;
	return strcmp(p->type, "application/ms-tnef") == 0 ||
	    strcmp(p->type, "application/vnd.ms-tnef") == 0 ||
	    slice_equal_nocase(name, SLICE_OF("winmail.dat")) ||
	    slice_equal_nocase(name, SLICE_OF("win.dat"));
}

/* Has the message a text of its own?  Then that in the stream is the same. */
static bool
has_text(const struct message *m)
{
	struct buf text = BUF_EMPTY;
	bool has;

	message_add_text(m, true, 256, &text);
	has = slice_trim(buf_slice(&text)).n > 0;
	buf_free(&text);
	return has;
}

static const char *
type_of(const struct tnef_part *p)
{
	switch (p->kind) {
	case TNEF_TEXT: return "text/plain";
	case TNEF_HTML: return "text/html";
	case TNEF_RTF: return "text/rtf";
	case TNEF_MESSAGE: return "application/ms-tnef";
	case TNEF_FILE: break;
	}
	return p->type != NULL ? p->type : "application/octet-stream";
}

static struct message_part *
add(struct grown *g, const struct message_part *part, GMimeContentEncoding encoding)
{
	struct message_part *copy = vec_push(&g->parts);

	*copy = *part;
	*(GMimeContentEncoding *)vec_push(&g->encodings) = encoding;
	return copy;
}

/* The parts in one stream, which is part outer of the message. */
static void
add_inside(struct grown *g, const struct message *m, size_t outer, const struct tnef *tnef,
    bool hide_text, struct arena *a)
{
	const struct message_part *around = &m->parts[outer];
	/* Of the messages around: their numbers, and how many parts they have. */
	const char *numbers[TNEF_DEPTH_MAX + 1] = { around->number };
	unsigned counts[TNEF_DEPTH_MAX + 1] = { 0 };
	struct message_part *part;
	const struct tnef_part *p;
	size_t i;

	for (i = 0; i < tnef->n && g->parts.n < MIME_PARTS_MAX; i++) {
		p = &tnef->items[i];
		if (p->depth == 0 && p->kind != TNEF_FILE && p->kind != TNEF_MESSAGE && hide_text)
			continue;
		part = add(g, &(struct message_part){ .name = p->name, .type = type_of(p),
		    .charset = p->charset, .at = p->at, .n = p->n, .is_inside = true, .outer = outer,
		    .is_packed = p->kind == TNEF_RTF,
		    .is_attachment = p->kind == TNEF_FILE || p->kind == TNEF_MESSAGE,
		    .is_container = p->kind == TNEF_MESSAGE }, m->handle->encodings[outer]);
		part->number = arena_format(a, "%s.%u", numbers[p->depth], ++counts[p->depth]);
		if (p->kind == TNEF_MESSAGE && p->depth < TNEF_DEPTH_MAX) {
			numbers[p->depth + 1] = part->number;
			counts[p->depth + 1] = 0;
		}
	}
}

/* The text of the stream, where the message has one of its own: a person looks
 * for words of either. */
static void
add_hidden_text(struct grown *g, const struct message *m, size_t outer, const struct tnef *tnef)
{
	struct message_part part = { .is_inside = true, .outer = outer };
	size_t i, start = g->texts.n;

	for (i = 0; i < tnef->n; i++) {
		if (tnef->items[i].depth > 0 || tnef->items[i].kind == TNEF_FILE ||
		    tnef->items[i].kind == TNEF_MESSAGE)
			continue;
		part.type = type_of(&tnef->items[i]);
		part.charset = tnef->items[i].charset;
		part.is_packed = tnef->items[i].kind == TNEF_RTF;
		part.at = tnef->items[i].at;
		part.n = tnef->items[i].n;
		message_add_part_text(m, &part, m->handle->encodings[outer],
		    INDEX_TEXT_MAX - (g->texts.n < INDEX_TEXT_MAX ? g->texts.n : INDEX_TEXT_MAX),
		    &g->texts);
		buf_add_byte(&g->texts, '\n');
	}
	message_cut_text(&g->texts, start, INDEX_TEXT_MAX);
}

static bool
read_inside(struct grown *g, struct message *m, size_t part, bool has_own_text, struct arena *a)
{
	struct tnef tnef = TNEF_EMPTY;
	struct buf stream = BUF_EMPTY;
	struct message_part *copy;
	bool is_one = false;

	if (may_be_tnef(&m->parts[part]) && m->parts[part].n <= 2 * INSIDE_MAX)
		message_add_part(m, part, INSIDE_MAX + 1, &stream);
	if (stream.n <= INSIDE_MAX)
		is_one = tnef_read(buf_slice(&stream), a, &tnef) && tnef.n > 0;
	copy = add(g, &m->parts[part], m->handle->encodings[part]);
	if (is_one) {
		copy->is_container = copy->is_attachment = true;
		add_inside(g, m, part, &tnef, has_own_text, a);
		if (has_own_text)
			add_hidden_text(g, m, part, &tnef);
		buf_add(&g->texts, buf_slice(&tnef.subjects));
	}
	tnef_free(&tnef);
	buf_free(&stream);
	return is_one;
}

void
message_find_inside(struct message *m, struct arena *a)
{
	struct grown g = { VEC_EMPTY, VEC_EMPTY, BUF_EMPTY };
	struct message_handle *h = m->handle;
	bool may = false, has_own_text;
	size_t *places;
	size_t i, n = 0;

	for (i = 0; i < m->part_count; i++)
		may = may || may_be_tnef(&m->parts[i]);
	if (!may)
		return;
	has_own_text = has_text(m);
	places = arena_alloc(a, m->part_count * sizeof(*places));
	for (i = 0; i < m->part_count; i++) {
		places[i] = g.parts.n;
		n += read_inside(&g, m, i, has_own_text, a);
	}
	if (n > 0) {
		/* Where the outer ones are has changed. */
		for (i = 0; i < g.parts.n; i++)
			if (g.parts.items[i].is_inside)
				g.parts.items[i].outer = places[g.parts.items[i].outer];
		m->part_count = g.parts.n;
		m->parts = arena_alloc(a, g.parts.n * sizeof(*m->parts));
		memcpy(m->parts, g.parts.items, g.parts.n * sizeof(*m->parts));
		h->encodings = arena_alloc(a, g.parts.n * sizeof(*h->encodings));
		memcpy(h->encodings, g.encodings.items, g.parts.n * sizeof(*h->encodings));
		buf_add(&g.texts, h->inner_headers);
		h->inner_headers = arena_copy(a, buf_slice(&g.texts));
	}
	vec_free(&g.parts);
	vec_free(&g.encodings);
	buf_free(&g.texts);
}
