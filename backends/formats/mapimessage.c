/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapimessage.h"

#include <string.h>

#include "backends/formats/mapimime.h"
#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/mail/rtf.h"

enum {
	MESSAGE_CLASS = 0x1a, SUBMIT_TIME = 0x39, DELIVERY_TIME = 0xe06, MESSAGE_FLAGS = 0xe07, BODY = 0x1000,
	RTF_BODY = 0x1009, HTML_BODY = 0x1013, ICON = 0x1080, LAST_VERB = 0x1081,
	FLAG_STATUS = 0x1090, DISPLAY_NAME = 0x3001, CREATED = 0x3007, MODIFIED = 0x3008,
	ATTACHED_DATA = 0x3701, ATTACHED_SHORT_NAME = 0x3704, ATTACHED_METHOD = 0x3705,
	ATTACHED_NAME = 0x3707, ATTACHED_PATH = 0x3708, ATTACHED_LONG_PATH = 0x370d,
	ATTACHED_TYPE = 0x370e, ATTACHED_ID = 0x3712, ATTACHED_LOCATION = 0x3713,
	ATTACHED_FLAGS = 0x3714, INTERNET_CODEPAGE = 0x3fde
};

enum { METHOD_NONE, METHOD_VALUE, METHOD_EMBEDDED = 5 };

#define UTF8 65001u
#define FLUSH_AT (64u * 1024u)
#define PIECE ((size_t)57 * 1000)       /* whole lines of base64 */
#define BODY_MAX MAPI_VALUE_MAX

/* ---- What is no part of the message ---- */

unsigned
mapi_message_flags(const struct mapi_item *item)
{
	const struct mapi_properties *p = &item->own;
	int64_t flags = 0, verb = 0, icon = 0, status = 0;
	unsigned out = 0;

	mapi_number(p, MESSAGE_FLAGS, &flags);
	mapi_number(p, LAST_VERB, &verb);
	mapi_number(p, ICON, &icon);
	mapi_number(p, FLAG_STATUS, &status);
	if (flags & 1)
		out |= FLAG_SEEN;
	if (flags & 8)
		out |= FLAG_DRAFT;
	if (verb == 102 || verb == 103 || icon == 261)
		out |= FLAG_ANSWERED;
	if (verb == 104 || icon == 262)
		out |= FLAG_FORWARDED;
	if (status == 2)
		out |= FLAG_FLAGGED;
	return out;
}

void
mapi_message_tags(const struct mapi_item *item, const struct mapi_names *names,
    struct arena *a, struct tags *out)
{
	const struct mapi_property *p = mapi_find(&item->own,
	    mapi_named_string(names, MAPI_SET_STRINGS, "Keywords"));
	struct buf tag = BUF_EMPTY;
	size_t i;

	for (i = 0; p && i < p->item_count && i < 256; i++) {
		buf_clear(&tag);
		mapi_add_value(item, p->type, p->items[i], &tag);
		if (slice_trim(buf_slice(&tag)).n > 0)
			tags_add(out, a, slice_trim(buf_slice(&tag)));
	}
	buf_free(&tag);
}

int64_t
mapi_message_date(const struct mapi_item *item)
{
	static const unsigned ids[] = { DELIVERY_TIME, SUBMIT_TIME, CREATED, MODIFIED };
	int64_t seconds;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (mapi_time(&item->own, ids[i], &seconds))
			return seconds;
	}
	return 0;
}

/* ---- The plan of one message ---- */

struct attachment {
	const struct mapi_properties *own;
	const struct mapi_property *data;
	int64_t method;
	bool is_inline;
};

struct plan {
	const struct mapi_item *item;
	unsigned depth;
	struct buf plain, html, other, rtf;
	const char *html_charset, *other_type;
	bool has_plain, has_html, has_rtf;
	struct attachment *attachments;
	size_t n, inlines;
};

void
mapi_writer_lose(struct mapi_writer *w, const struct error *err)
{
	if (w->lost++ == 0)
		w->first_lost = *err;
}

static void
flush(struct mapi_writer *w)
{
	output_data(w->out, buf_slice(&w->text));
	buf_clear(&w->text);
}

void
mapi_writer_free(struct mapi_writer *w)
{
	buf_free(&w->text);
}

/* The HTML as it lies where its code page has a name in mail. */
static void
find_html(struct plan *plan)
{
	const struct mapi_property *p = mapi_find(&plan->item->own, HTML_BODY);
	int64_t codepage;

	plan->html_charset = "utf-8";
	if (p == NULL)
		return;
	if (p->type != MAPI_BINARY) {
		plan->has_html = mapi_text(plan->item, &plan->item->own, HTML_BODY, &plan->html);
		return;
	}
	if (!mapi_number(&plan->item->own, INTERNET_CODEPAGE, &codepage))
		codepage = plan->item->codepage;
	if (mapi_charset((unsigned)codepage)) {
		plan->html_charset = mapi_charset((unsigned)codepage);
		buf_add(&plan->html, p->value);
	} else {
		mapi_add_codepage(&plan->html, p->value, (unsigned)codepage);
	}
	plan->has_html = plan->html.n > 0;
}

/* RTF that holds one of the others is only looked at for want of that one. */
static void
find_rtf(struct mapi_writer *w, struct plan *plan)
{
	const struct mapi_property *p = mapi_find(&plan->item->own, RTF_BODY);
	struct error err = ERROR_NONE;
	struct buf inside = BUF_EMPTY;
	enum rtf_kind kind;

	if (p == NULL || p->value.n == 0 || plan->has_html)
		return;
	if (rtf_expand(p->value, BODY_MAX, &plan->rtf, &err) < 0) {
		mapi_writer_lose(w, &err);
		return;
	}
	kind = rtf_unwrap(buf_slice(&plan->rtf), mapi_add_codepage, BODY_MAX, &inside);
	if (kind == RTF_HTML) {
		buf_take(&plan->html, &inside);
		plan->has_html = plan->html.n > 0;
	} else if (!plan->has_plain) {
		/* RTF of its own is attached; its words are the message's all the same. */
		if (kind == RTF_OTHER)
			rtf_text(buf_slice(&plan->rtf), mapi_add_codepage, BODY_MAX, &inside);
		buf_take(&plan->plain, &inside);
		plan->has_plain = plan->plain.n > 0;
	}
	plan->has_rtf = kind == RTF_OTHER && plan->rtf.n > 0;
	buf_free(&inside);
}

/* A picture in the HTML: it has an id or a place that the HTML may name. */
static bool
is_inline(const struct plan *plan, const struct mapi_properties *own)
{
	struct buf name = BUF_EMPTY;
	bool found = false;

	if (!plan->has_html)
		return false;
	if (mapi_text(plan->item, own, ATTACHED_ID, &name) ||
	    mapi_text(plan->item, own, ATTACHED_LOCATION, &name))
		found = slice_find_bytes(buf_slice(&plan->html), 0, buf_slice(&name)) < plan->html.n;
	buf_free(&name);
	return found;
}

static void
find_attachments(struct plan *plan)
{
	size_t i;

	plan->n = plan->item->attachment_count;
	plan->attachments = mem_alloc_array(plan->n + 1, sizeof(*plan->attachments));
	for (i = 0; i < plan->n; i++) {
		struct attachment *a = &plan->attachments[i];

		a->own = &plan->item->attachments[i];
		a->data = mapi_find(a->own, ATTACHED_DATA);
		if (!mapi_number(a->own, ATTACHED_METHOD, &a->method))
			a->method = a->data ? METHOD_VALUE : METHOD_NONE;
		a->is_inline = a->method == METHOD_VALUE && is_inline(plan, a->own);
		plan->inlines += a->is_inline;
	}
}

static void
plan_free(struct plan *plan)
{
	buf_free(&plan->plain);
	buf_free(&plan->html);
	buf_free(&plan->other);
	buf_free(&plan->rtf);
	mem_free(plan->attachments);
}

/* ---- Parts ---- */

/* In no text of ours can a line begin with it: see mime_add_quoted(). */
static void
add_boundary(struct buf *out, const struct plan *plan, char kind)
{
	buf_add_format(out, "=_mailcask_%02u%c", plan->depth, kind);
}

static void
begin_multipart(struct mapi_writer *w, const struct plan *plan, const char *type, char kind)
{
	buf_add_format(&w->text, "Content-Type: multipart/%s;\n boundary=\"", type);
	add_boundary(&w->text, plan, kind);
	buf_add_string(&w->text, "\"\n\n");
}

static void
next_part(struct mapi_writer *w, const struct plan *plan, char kind)
{
	buf_add_string(&w->text, "--");
	add_boundary(&w->text, plan, kind);
	buf_add_byte(&w->text, '\n');
}

static void
end_multipart(struct mapi_writer *w, const struct plan *plan, char kind)
{
	buf_add_string(&w->text, "--");
	add_boundary(&w->text, plan, kind);
	buf_add_string(&w->text, "--\n");
}

static void
add_text_part(struct mapi_writer *w, const char *type, const char *charset, struct slice text)
{
	buf_add_format(&w->text, "Content-Type: %s; charset=%s\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n", type, charset);
	mime_add_quoted(&w->text, text);
	flush(w);
}

static void
add_bodies(struct mapi_writer *w, const struct plan *plan)
{
	unsigned n = (unsigned)plan->has_plain + plan->has_html + (plan->other_type != NULL);

	if (n > 1)
		begin_multipart(w, plan, "alternative", 'a');
	if (plan->has_plain || n == 0) {
		if (n > 1)
			next_part(w, plan, 'a');
		add_text_part(w, "text/plain", "utf-8", buf_slice(&plan->plain));
	}
	if (plan->has_html) {
		if (n > 1)
			next_part(w, plan, 'a');
		add_text_part(w, "text/html", plan->html_charset, buf_slice(&plan->html));
	}
	if (plan->other_type) {
		if (n > 1)
			next_part(w, plan, 'a');
		add_text_part(w, plan->other_type, "utf-8", buf_slice(&plan->other));
	}
	if (n > 1)
		end_multipart(w, plan, 'a');
}

static void
add_base64(struct mapi_writer *w, struct slice bytes)
{
	base64_encode_lines(bytes, 76, "\n", &w->text);
	if (bytes.n > 0)
		buf_add_byte(&w->text, '\n');
	if (w->text.n >= FLUSH_AT)
		flush(w);
}

/* What can be read of it; the rest is said. */
static void
add_data(struct mapi_writer *w, const struct mapi_property *data)
{
	struct mapi_container *c = w->container;
	struct error err = ERROR_NONE;
	unsigned char *piece;
	size_t n = 0;
	int64_t got;

	if (!data->is_long) {
		add_base64(w, data->value);
		return;
	}
	if (c->ops->begin(c, data, &err) < 0) {
		mapi_writer_lose(w, &err);
		return;
	}
	piece = mem_alloc(PIECE);
	do {
		got = c->ops->read(c, piece + n, PIECE - n, &err);
		n += got > 0 ? (size_t)got : 0;
		if (n == PIECE || got <= 0) {
			add_base64(w, slice_of(piece, n));
			n = 0;
		}
		output_alive(w->out);
	} while (got > 0 && !w->out->broken);
	if (got < 0)
		mapi_writer_lose(w, &err);
	mem_free(piece);
}

/* "image/png" as it stands, if it is one; never a type that must not be in
 * base64. */
static void
add_type(const struct plan *plan, const struct attachment *a, struct buf *out)
{
	struct buf type = BUF_EMPTY;
	size_t i, slashes = 0;
	bool good = mapi_text(plan->item, a->own, ATTACHED_TYPE, &type) && type.n < 128;

	for (i = 0; good && i < type.n; i++) {
		slashes += type.p[i] == '/';
		good = type.p[i] > ' ' && type.p[i] < 0x7f && !strchr("()<>@,;:\\\"[]?=", type.p[i]);
	}
	good = good && slashes == 1 && type.p[0] != '/' && type.p[type.n - 1] != '/' &&
	    !slice_starts_nocase(buf_slice(&type), "multipart/") &&
	    !slice_starts_nocase(buf_slice(&type), "message/");
	buf_add_string(out, good ? buf_text(&type) : "application/octet-stream");
	buf_free(&type);
}

static void
add_name(const struct plan *plan, const struct attachment *a, struct buf *out)
{
	static const unsigned ids[] = { ATTACHED_NAME, ATTACHED_SHORT_NAME, DISPLAY_NAME };
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (mapi_text(plan->item, a->own, ids[i], out))
			return;
	}
}

static void
add_id(const struct plan *plan, const struct attachment *a, struct buf *out)
{
	struct buf id = BUF_EMPTY;

	if (mapi_text(plan->item, a->own, ATTACHED_ID, &id)) {
		struct slice bare = buf_slice(&id);

		if (slice_starts(bare, "<") && slice_ends(bare, ">"))
			bare = slice_sub(bare, 1, bare.n - 2);
		buf_add_string(out, "Content-ID: ");
		mime_add_address(out, SLICE_EMPTY, bare);
		buf_add_byte(out, '\n');
	}
	buf_clear(&id);
	if (mapi_text(plan->item, a->own, ATTACHED_LOCATION, &id))
		mime_add_raw_field(out, "Content-Location", buf_slice(&id));
	buf_free(&id);
}

static void
add_disposition(struct buf *out, const char *disposition, struct slice name)
{
	buf_add_format(out, "Content-Disposition: %s", disposition);
	if (name.n > 0)
		mime_add_parameter(out, "filename", name);
	buf_add_byte(out, '\n');
}

static void write_message(struct mapi_writer *w, const struct mapi_item *item, unsigned depth);

static void
add_embedded(struct mapi_writer *w, const struct plan *plan, const struct attachment *a,
    struct slice name)
{
	struct arena arena = ARENA_EMPTY;
	struct error err = ERROR_NONE;
	struct mapi_item inner;

	memset(&inner, 0, sizeof(inner));
	buf_add_string(&w->text, "Content-Type: message/rfc822\n");
	add_disposition(&w->text, "attachment", name);
	buf_add_string(&w->text, "Content-Transfer-Encoding: 8bit\n\n");
	if (plan->depth + 1 >= MAPI_DEPTH_MAX)
		fail(&err, ERR_LIMIT, "messages in messages are nested too deeply");
	else if (w->container->ops->embedded(w->container, a->data, &arena, &inner, &err) == 0)
		write_message(w, &inner, plan->depth + 1);
	if (err.code != ERR_NONE)
		mapi_writer_lose(w, &err);
	arena_free(&arena);
}

/* A file that lies elsewhere: its path is all there is. */
static void
add_reference(struct mapi_writer *w, const struct plan *plan, const struct attachment *a,
    struct slice name)
{
	struct buf path = BUF_EMPTY;
	struct error err = ERROR_NONE;

	if (!mapi_text(plan->item, a->own, ATTACHED_LONG_PATH, &path) &&
	    !mapi_text(plan->item, a->own, ATTACHED_PATH, &path) && a->method <= METHOD_VALUE) {
		fail(&err, ERR_FORMAT, "the attachment \"%.*s\" has no content",
		    (int)(name.n < 200 ? name.n : 200), (const char *)name.p);
		mapi_writer_lose(w, &err);
	}
	buf_add_byte(&path, '\n');
	buf_add_string(&w->text, "Content-Type: text/plain; charset=utf-8\n");
	add_disposition(&w->text, "attachment", name);
	buf_add_string(&w->text, "Content-Transfer-Encoding: quoted-printable\n\n");
	mime_add_quoted(&w->text, buf_slice(&path));
	buf_free(&path);
}

static void
add_attachment(struct mapi_writer *w, const struct plan *plan, const struct attachment *a)
{
	struct buf name = BUF_EMPTY;

	add_name(plan, a, &name);
	if (a->data && a->method == METHOD_EMBEDDED) {
		add_embedded(w, plan, a, buf_slice(&name));
	} else if (a->data) {
		buf_add_string(&w->text, "Content-Type: ");
		add_type(plan, a, &w->text);
		if (name.n > 0)
			mime_add_parameter(&w->text, "name", buf_slice(&name));
		buf_add_byte(&w->text, '\n');
		add_id(plan, a, &w->text);
		add_disposition(&w->text, a->is_inline ? "inline" : "attachment", buf_slice(&name));
		buf_add_string(&w->text, "Content-Transfer-Encoding: base64\n\n");
		add_data(w, a->data);
	} else {
		add_reference(w, plan, a, buf_slice(&name));
	}
	flush(w);
	buf_free(&name);
}

static void
add_rtf(struct mapi_writer *w, const struct plan *plan)
{
	buf_add_string(&w->text, "Content-Type: application/rtf\n");
	add_disposition(&w->text, "attachment", SLICE_OF("message.rtf"));
	buf_add_string(&w->text, "Content-Transfer-Encoding: base64\n\n");
	add_base64(w, buf_slice(&plan->rtf));
}

static void
add_related(struct mapi_writer *w, const struct plan *plan)
{
	size_t i;

	if (plan->inlines == 0) {
		add_bodies(w, plan);
		return;
	}
	begin_multipart(w, plan, "related", 'r');
	next_part(w, plan, 'r');
	add_bodies(w, plan);
	for (i = 0; i < plan->n; i++) {
		if (!plan->attachments[i].is_inline)
			continue;
		next_part(w, plan, 'r');
		add_attachment(w, plan, &plan->attachments[i]);
	}
	end_multipart(w, plan, 'r');
}

static void
add_mixed(struct mapi_writer *w, const struct plan *plan)
{
	size_t i;

	if (plan->n == plan->inlines && !plan->has_rtf) {
		add_related(w, plan);
		return;
	}
	begin_multipart(w, plan, "mixed", 'm');
	next_part(w, plan, 'm');
	add_related(w, plan);
	if (plan->has_rtf) {
		next_part(w, plan, 'm');
		add_rtf(w, plan);
	}
	for (i = 0; i < plan->n; i++) {
		if (plan->attachments[i].is_inline)
			continue;
		next_part(w, plan, 'm');
		add_attachment(w, plan, &plan->attachments[i]);
	}
	end_multipart(w, plan, 'm');
}

/* ---- S/MIME ---- */

static bool
is_of_class(const struct mapi_item *item, const char *prefix)
{
	struct buf name = BUF_EMPTY;
	bool is;

	mapi_text(item, &item->own, MESSAGE_CLASS, &name);
	is = slice_starts_nocase(buf_slice(&name), prefix);
	buf_free(&name);
	return is;
}

/* Line ends become LF. */
static void
add_lines(struct buf *out, struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '\n' && out->n > 0 && out->p[out->n - 1] == '\r')
			buf_truncate(out, out->n - 1);
		buf_add_byte(out, s.p[i]);
	}
}

static int
load(struct mapi_writer *w, const struct mapi_property *data, struct buf *out, struct error *err)
{
	struct mapi_container *c = w->container;
	unsigned char piece[4096];
	int64_t got = 0;

	if (!data->is_long) {
		add_lines(out, data->value);
		return 0;
	}
	if (c->ops->begin(c, data, err) < 0)
		return -1;
	while (out->n < MAPI_VALUE_MAX && (got = c->ops->read(c, piece, sizeof(piece), err)) > 0)
		add_lines(out, slice_of(piece, (size_t)got));
	return got < 0 ? -1 : 0;
}

/*
 * What Outlook keeps of a signed message is one attachment: the whole of what
 * was signed and its signature, with the Content-Type on top.  It becomes the
 * message again, or the signature would not hold.
 */
static bool
add_signed(struct mapi_writer *w, const struct plan *plan)
{
	struct error err = ERROR_NONE;
	struct buf whole = BUF_EMPTY;
	bool good = plan->n == 1 && plan->attachments[0].data &&
	    plan->attachments[0].method == METHOD_VALUE &&
	    is_of_class(plan->item, "IPM.Note.SMIME.MultipartSigned") &&
	    load(w, plan->attachments[0].data, &whole, &err) == 0 &&
	    slice_starts_nocase(buf_slice(&whole), "content-type: multipart/signed");

	if (good)
		buf_add(&w->text, buf_slice(&whole));
	buf_free(&whole);
	return good;
}

/* One that is encrypted is its attachment, and nothing else. */
static bool
is_encrypted(const struct plan *plan)
{
	return plan->n == 1 && plan->attachments[0].data &&
	    plan->attachments[0].method == METHOD_VALUE && !plan->has_html && !plan->has_rtf &&
	    slice_trim(buf_slice(&plan->plain)).n == 0 && is_of_class(plan->item, "IPM.Note.SMIME");
}

static void
write_message(struct mapi_writer *w, const struct mapi_item *item, unsigned depth)
{
	struct plan plan;

	memset(&plan, 0, sizeof(plan));
	plan.item = item;
	plan.depth = depth;
	plan.has_plain = mapi_text(item, &item->own, BODY, &plan.plain);
	find_html(&plan);
	find_rtf(w, &plan);
	plan.other_type = mapi_add_other(item, &w->container->names, &plan.other);
	find_attachments(&plan);
	mapi_add_header(item, &w->text);
	buf_add_string(&w->text, "MIME-Version: 1.0\n");
	if (add_signed(w, &plan))
		;
	else if (is_encrypted(&plan))
		add_attachment(w, &plan, &plan.attachments[0]);
	else
		add_mixed(w, &plan);
	flush(w);
	plan_free(&plan);
}

void
mapi_write(struct mapi_writer *w, const struct mapi_item *item)
{
	write_message(w, item, 0);
}
