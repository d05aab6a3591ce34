/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapimessage.h"

#include <string.h>

#include "backends/formats/mapimime.h"
#include "core/base/base64.h"
#include "core/mail/header.h"

enum {
	SUBMIT_TIME = 0x39, REPRESENTING_NAME = 0x42, REPLY_ENTRIES = 0x4f,
	REPRESENTING_TYPE = 0x64, REPRESENTING_ADDRESS = 0x65, THREAD_TOPIC = 0x70,
	THREAD_INDEX = 0x71, HEADERS = 0x7d, MESSAGE_CLASS = 0x1a, IMPORTANCE = 0x17,
	SENSITIVITY = 0x36, RECEIPT_WANTED = 0x29, SENDER_NAME = 0xc1a, SENDER_TYPE = 0xc1e,
	SENDER_ADDRESS = 0xc1f, RECIPIENT_TYPE = 0xc15, DELIVERY_TIME = 0xe06, MESSAGE_ID = 0x1035,
	REFERENCES = 0x1039, REPLY_TO_ID = 0x1042, DISPLAY_NAME = 0x3001, ADDRESS_TYPE = 0x3002,
	ADDRESS = 0x3003, CREATED = 0x3007, MODIFIED = 0x3008, SMTP_ADDRESS = 0x39fe,
	SENDER_SMTP = 0x5d01, REPRESENTING_SMTP = 0x5d02, RECIPIENT_NAME = 0x5ff6
};

static const char *const kept_fields[] = { "Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc",
	"Subject", "Message-ID", "In-Reply-To", "References", "Importance", "Sensitivity",
	"Thread-Topic", "Thread-Index" };

#define FIELDS (sizeof(kept_fields) / sizeof(kept_fields[0]))

/* ---- The header it came with ---- */

static bool
is_replaced(struct slice name)
{
	/* No field begins like a boundary; one that does is no field. */
	return slice_starts_nocase(name, "content-") || slice_starts(name, "-") ||
	    slice_equal_nocase(name, SLICE_OF("mime-version"));
}

/* Append the fields of text; had tells which of kept_fields were among them. */
static void
add_fields(struct slice text, struct buf *out, bool had[FIELDS])
{
	struct header_field field;
	struct slice line;
	bool any = false;
	size_t i;

	while (text.n > 0) {
		if (!header_next(&text, &field)) {
			/* "Microsoft Mail Internet Headers …" stands first in some. */
			if (!slice_line(&text, &line) || (any && slice_chomp(line).n == 0))
				return;
			continue;
		}
		any = true;
		if (is_replaced(field.name))
			continue;
		for (i = 0; i < FIELDS; i++)
			had[i] |= slice_equal_nocase(field.name, slice_string(kept_fields[i]));
		while (slice_line(&field.raw, &line)) {
			line = slice_chomp(line);
			/* A fold that is empty would end the header. */
			if (slice_trim(line).n == 0)
				continue;
			buf_add(out, line);
			buf_add_byte(out, '\n');
		}
	}
}

static bool
has(const bool had[FIELDS], const char *name)
{
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (strcmp(kept_fields[i], name) == 0)
			return had[i];
	}
	return false;
}

/* ---- Addresses ---- */

/*
 * An Exchange name, "/o=…/cn=…", as Exchange itself writes it where it has to
 * be an Internet address (IMCEAEX), in a domain that cannot be.
 */
static void
add_encapsulated(struct buf *out, struct slice type, struct slice name)
{
	size_t i;

	buf_add_format(out, "IMCEA%.*s-", (int)type.n, (const char *)type.p);
	for (i = 0; i < name.n; i++) {
		unsigned char c = name.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '=')
			buf_add_byte(out, c);
		else if (c == '/')
			buf_add_byte(out, '_');
		else
			buf_add_format(out, "+%02X", c);
	}
	buf_add_string(out, "@exchange.invalid");
}

struct who {
	unsigned name, other_name, smtp, address, type;
};

static const struct who sender = { SENDER_NAME, 0, SENDER_SMTP, SENDER_ADDRESS, SENDER_TYPE };
static const struct who represented = { REPRESENTING_NAME, 0, REPRESENTING_SMTP,
	REPRESENTING_ADDRESS, REPRESENTING_TYPE };
static const struct who recipient = { DISPLAY_NAME, RECIPIENT_NAME, SMTP_ADDRESS, ADDRESS,
	ADDRESS_TYPE };

/* False where there is neither name nor address. */
static bool
add_who(const struct mapi_item *item, const struct mapi_properties *p, const struct who *who,
    struct buf *out)
{
	struct buf name = BUF_EMPTY, raw = BUF_EMPTY, type = BUF_EMPTY, address = BUF_EMPTY;
	bool any;

	if (!mapi_text(item, p, who->name, &name))
		mapi_text(item, p, who->other_name, &name);
	if (!mapi_text(item, p, who->smtp, &address) && mapi_text(item, p, who->address, &raw)) {
		mapi_text(item, p, who->type, &type);
		if (slice_find(buf_slice(&raw), 0, '@') < raw.n || type.n == 0 ||
		    slice_equal_nocase(buf_slice(&type), SLICE_OF("smtp")))
			buf_add(&address, buf_slice(&raw));
		else
			add_encapsulated(&address, buf_slice(&type), buf_slice(&raw));
	}
	any = name.n > 0 || address.n > 0;
	/* A name that only repeats the address says nothing. */
	if (slice_equal_nocase(buf_slice(&name), buf_slice(&address)))
		buf_clear(&name);
	if (any)
		mime_add_address(out, buf_slice(&name), buf_slice(&address));
	buf_free(&name);
	buf_free(&raw);
	buf_free(&type);
	buf_free(&address);
	return any;
}

static void
add_recipients(const struct mapi_item *item, const char *name, int64_t kind, struct buf *out)
{
	size_t from = out->n, i;
	int64_t is;
	bool any = false;

	for (i = 0; i < item->recipient_count; i++) {
		if (!mapi_number(&item->recipients[i], RECIPIENT_TYPE, &is))
			is = 1;
		/* The upper bits say whether it was sent already. */
		if ((is & 15) != kind)
			continue;
		if (any)
			buf_add_string(out, ",\n ");
		else
			buf_add_format(out, "%s: ", name);
		if (add_who(item, &item->recipients[i], &recipient, out))
			any = true;
		else
			buf_truncate(out, any ? out->n - 3 : from);
	}
	if (any)
		buf_add_byte(out, '\n');
}

static void
add_sender(const struct mapi_item *item, const bool had[FIELDS], struct buf *out)
{
	struct buf from = BUF_EMPTY, by = BUF_EMPTY;
	bool has_from = add_who(item, &item->own, &represented, &from);
	bool has_by = add_who(item, &item->own, &sender, &by);

	if (!has_from) {
		buf_take(&from, &by);
		has_from = has_by;
		has_by = false;
	}
	if (has_from && !has(had, "From"))
		buf_add_format(out, "From: %s\n", buf_text(&from));
	if (has_by && !has(had, "Sender") && !has(had, "From") &&
	    !slice_equal(buf_slice(&from), buf_slice(&by)))
		buf_add_format(out, "Sender: %s\n", buf_text(&by));
	if (has_from && mapi_flag(&item->own, RECEIPT_WANTED) && !has(had, "From"))
		buf_add_format(out, "Disposition-Notification-To: %s\n", buf_text(&from));
	buf_free(&from);
	buf_free(&by);
}

/* ---- Where answers go ---- */

/* Up to a NUL, as UTF-8. */
static void
take_text(struct cursor *c, const struct mapi_item *item, bool is_wide, struct buf *out)
{
	size_t width = is_wide ? 2 : 1, n = 0;

	while (n + width <= c->n && (c->p[n] != 0 || (is_wide && c->p[n + 1] != 0)))
		n += width;
	mapi_add_value(item, is_wide ? MAPI_UNICODE : MAPI_STRING8, cursor_take(c, n), out);
	cursor_skip(c, width);
}

/* An entry of an address book of its own ([MS-OXCDATA] 2.2.5.1); others say
 * nothing to anybody else. */
static bool
add_one_off(const struct mapi_item *item, struct slice entry, struct buf *out)
{
	static const unsigned char kind[16] = { 0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d,
		0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02 };
	struct buf name = BUF_EMPTY, type = BUF_EMPTY, address = BUF_EMPTY;
	struct cursor c = cursor_of(slice_from(entry, 22));
	bool is_wide = (cursor_le16(&c) & 0x8000) != 0, good;

	good = slice_equal(slice_sub(entry, 4, 16), slice_of(kind, 16));
	take_text(&c, item, is_wide, &name);
	take_text(&c, item, is_wide, &type);
	take_text(&c, item, is_wide, &address);
	good = good && address.n > 0 && slice_equal_nocase(buf_slice(&type), SLICE_OF("smtp"));
	if (good)
		mime_add_address(out, slice_equal(buf_slice(&name), buf_slice(&address)) ?
		    SLICE_EMPTY : buf_slice(&name), buf_slice(&address));
	buf_free(&name);
	buf_free(&type);
	buf_free(&address);
	return good;
}

static void
add_reply_to(const struct mapi_item *item, struct buf *out)
{
	const struct mapi_property *list = mapi_find(&item->own, REPLY_ENTRIES);
	struct cursor c;
	struct slice entry;
	size_t from, n;
	bool any = false;

	if (list == NULL || list->type != MAPI_BINARY)
		return;
	c = cursor_of(slice_from(list->value, 8));
	while (c.n > 4) {
		n = cursor_le32(&c);
		entry = cursor_take(&c, n);
		if (c.bad)
			break;
		/* They begin at every fourth byte. */
		n = (4 - n % 4) % 4;
		cursor_skip(&c, n < c.n ? n : c.n);
		from = out->n;
		buf_add_string(out, any ? ",\n " : "Reply-To: ");
		if (add_one_off(item, entry, out))
			any = true;
		else
			buf_truncate(out, from);
	}
	if (any)
		buf_add_byte(out, '\n');
}

/* ---- The other fields ---- */

static void
add_text(const struct mapi_item *item, unsigned id, const char *name, bool is_raw,
    const bool had[FIELDS], struct buf *out)
{
	struct buf value = BUF_EMPTY;

	if (!has(had, name) && mapi_text(item, &item->own, id, &value)) {
		if (is_raw)
			mime_add_raw_field(out, name, buf_slice(&value));
		else
			mime_add_field(out, name, buf_slice(&value));
	}
	buf_free(&value);
}

static void
add_subject(const struct mapi_item *item, const bool had[FIELDS], struct buf *out)
{
	struct buf value = BUF_EMPTY;

	if (!has(had, "Subject") && mapi_subject(item, &value))
		mime_add_field(out, "Subject", buf_slice(&value));
	buf_free(&value);
}

static void
add_date(const struct mapi_item *item, const bool had[FIELDS], struct buf *out)
{
	static const unsigned ids[] = { SUBMIT_TIME, DELIVERY_TIME, CREATED, MODIFIED };
	int64_t seconds;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]) && !has(had, "Date"); i++) {
		if (!mapi_time(&item->own, ids[i], &seconds))
			continue;
		buf_add_string(out, "Date: ");
		mime_add_date(out, seconds);
		buf_add_byte(out, '\n');
		return;
	}
}

static void
add_grades(const struct mapi_item *item, const bool had[FIELDS], struct buf *out)
{
	static const char *const importance[] = { "low", NULL, "high" };
	static const char *const sensitivity[] = { NULL, "Personal", "Private",
		"Company-Confidential" };
	const struct mapi_property *index = mapi_find(&item->own, THREAD_INDEX);
	struct buf value = BUF_EMPTY;
	int64_t grade;

	if (!has(had, "Importance") && mapi_number(&item->own, IMPORTANCE, &grade) &&
	    grade >= 0 && grade < 3 && importance[grade])
		buf_add_format(out, "Importance: %s\n", importance[grade]);
	if (!has(had, "Sensitivity") && mapi_number(&item->own, SENSITIVITY, &grade) &&
	    grade >= 0 && grade < 4 && sensitivity[grade])
		buf_add_format(out, "Sensitivity: %s\n", sensitivity[grade]);
	add_text(item, THREAD_TOPIC, "Thread-Topic", false, had, out);
	if (!has(had, "Thread-Index") && index && index->type == MAPI_BINARY && index->value.n > 0 &&
	    index->value.n <= 4096) {
		base64_encode_lines(index->value, 60, "\n ", &value);
		buf_add_format(out, "Thread-Index: %s\n", buf_text(&value));
	}
	buf_free(&value);
}

void
mapi_add_header(const struct mapi_item *item, struct buf *out)
{
	bool had[FIELDS] = { false };
	struct buf text = BUF_EMPTY;
	struct slice kind;

	if (mapi_text(item, &item->own, HEADERS, &text))
		add_fields(buf_slice(&text), out, had);
	add_date(item, had, out);
	add_sender(item, had, out);
	if (!has(had, "Reply-To") && !has(had, "From"))
		add_reply_to(item, out);
	if (!has(had, "To"))
		add_recipients(item, "To", 1, out);
	if (!has(had, "Cc"))
		add_recipients(item, "Cc", 2, out);
	if (!has(had, "Bcc"))
		add_recipients(item, "Bcc", 3, out);
	add_subject(item, had, out);
	add_text(item, MESSAGE_ID, "Message-ID", true, had, out);
	add_text(item, REPLY_TO_ID, "In-Reply-To", true, had, out);
	add_text(item, REFERENCES, "References", true, had, out);
	add_grades(item, had, out);
	/* What kind of item it is, where it is no ordinary mail. */
	buf_clear(&text);
	if (mapi_text(item, &item->own, MESSAGE_CLASS, &text)) {
		kind = buf_slice(&text);
		if (!slice_equal_nocase(kind, SLICE_OF("IPM.Note")))
			mime_add_raw_field(out, "X-Outlook-Item", kind);
	}
	buf_free(&text);
}
