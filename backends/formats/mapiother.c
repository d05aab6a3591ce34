/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapimessage.h"

#include "core/base/text.h"

/* A line of a vCard or iCalendar: folded at 75 bytes (RFC 5545, 3.1), at
 * whole characters; ends are LF here, as those of the message are. */
static void
add_line(struct buf *out, struct slice line)
{
	size_t n;

	for (;;) {
		n = line.n < 74 ? line.n : 74;
		while (n > 1 && n < line.n && (line.p[n] & 0xc0) == 0x80)
			n--;
		buf_add(out, slice_sub(line, 0, n));
		buf_add_byte(out, '\n');
		line = slice_from(line, n);
		if (line.n == 0)
			return;
		buf_add_byte(out, ' ');
	}
}

static void
add_escaped(struct buf *out, struct slice text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c == '\\' || c == ',' || c == ';')
			buf_add_byte(out, '\\');
		if (c == '\n')
			buf_add_string(out, "\\n");
		else if (c >= 0x20 || c == '\t')
			buf_add_byte(out, c);
	}
}

static void
add_value(const char *name, struct slice value, struct buf *out)
{
	struct buf line = BUF_EMPTY;

	buf_add_format(&line, "%s:", name);
	add_escaped(&line, value);
	add_line(out, buf_slice(&line));
	buf_free(&line);
}

/* "NAME:value", where there is a value. */
static bool
add_text(const struct mapi_item *item, unsigned id, const char *name, struct buf *out)
{
	struct buf value = BUF_EMPTY;
	bool found = mapi_text(item, &item->own, id, &value);

	if (found)
		add_value(name, buf_slice(&value), out);
	buf_free(&value);
	return found;
}

/* "NAME:a;b;c": several values of one field; only where one is not empty. */
static void
add_fields(const struct mapi_item *item, const unsigned *ids, size_t n, const char *name,
    struct buf *out)
{
	struct buf value = BUF_EMPTY, line = BUF_EMPTY;
	bool any = false;
	size_t i;

	buf_add_format(&line, "%s:", name);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_add_byte(&line, ';');
		buf_clear(&value);
		if (ids[i] && mapi_text(item, &item->own, ids[i], &value)) {
			add_escaped(&line, buf_slice(&value));
			any = true;
		}
	}
	if (any)
		add_line(out, buf_slice(&line));
	buf_free(&value);
	buf_free(&line);
}

/* 20261123T020004Z, or 20261123. */
static void
add_stamp(struct buf *out, int64_t seconds, bool is_date)
{
	struct buf text = BUF_EMPTY;
	size_t i;

	text_add_time(&text, seconds);
	for (i = 0; i < text.n && !(is_date && text.p[i] == 'T'); i++) {
		if (text.p[i] != '-' && text.p[i] != ':')
			buf_add_byte(out, text.p[i]);
	}
	buf_free(&text);
}

static bool
add_time(const struct mapi_item *item, unsigned id, const char *name, bool is_date,
    struct buf *out)
{
	int64_t seconds;

	if (!mapi_time(&item->own, id, &seconds))
		return false;
	buf_add_format(out, "%s%s:", name, is_date ? ";VALUE=DATE" : "");
	/* A date is kept as midnight of its zone: the nearest day is it. */
	add_stamp(out, is_date ? seconds + 12 * 3600 : seconds, is_date);
	buf_add_byte(out, '\n');
	return true;
}

/* ---- Contacts: vCard 3.0 (RFC 2426) ---- */

static void
add_contact(const struct mapi_item *item, const struct mapi_names *names, struct buf *out)
{
	static const unsigned name[] = { 0x3a11, 0x3a06, 0x3a44, 0x3a45, 0x3a05 };
	static const unsigned company[] = { 0x3a16, 0x3a18 };
	static const unsigned business[] = { 0x3a2b, 0, 0x3a29, 0x3a27, 0x3a28, 0x3a2a, 0x3a26 };
	static const unsigned home[] = { 0x3a5e, 0, 0x3a5d, 0x3a59, 0x3a5c, 0x3a5b, 0x3a5a };
	static const unsigned other[] = { 0x3a64, 0, 0x3a63, 0x3a5f, 0x3a62, 0x3a61, 0x3a60 };
	static const struct {
		unsigned id;
		const char *name;
	} texts[] = {
		{ 0x3a4f, "NICKNAME" }, { 0x3a17, "TITLE" }, { 0x3a46, "ROLE" },
		{ 0x3a08, "TEL;TYPE=WORK,VOICE" }, { 0x3a1b, "TEL;TYPE=WORK,VOICE" },
		{ 0x3a09, "TEL;TYPE=HOME,VOICE" }, { 0x3a2f, "TEL;TYPE=HOME,VOICE" },
		{ 0x3a1c, "TEL;TYPE=CELL" }, { 0x3a1e, "TEL;TYPE=CAR" }, { 0x3a21, "TEL;TYPE=PAGER" },
		{ 0x3a24, "TEL;TYPE=WORK,FAX" }, { 0x3a25, "TEL;TYPE=HOME,FAX" },
		{ 0x3a1f, "TEL;TYPE=VOICE" }, { 0x3a1a, "TEL;TYPE=PREF" },
		{ 0x3a51, "URL;TYPE=WORK" }, { 0x3a50, "URL;TYPE=HOME" },
		{ 0x3a4e, "X-MANAGER" }, { 0x3a30, "X-ASSISTANT" }, { 0x3a48, "X-SPOUSE" },
		{ 0x1000, "NOTE" },
	};
	static const unsigned mails[] = { 0x8083, 0x8093, 0x80a3 };
	size_t i;

	buf_add_string(out, "BEGIN:VCARD\nVERSION:3.0\n");
	if (!add_text(item, 0x3001, "FN", out) && !add_text(item, 0x37, "FN", out))
		buf_add_string(out, "FN:\n");
	add_fields(item, name, 5, "N", out);
	add_fields(item, company, 2, "ORG", out);
	for (i = 0; i < 3; i++)
		add_text(item, mapi_named(names, MAPI_SET_ADDRESS, mails[i]), "EMAIL;TYPE=INTERNET",
		    out);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_text(item, texts[i].id, texts[i].name, out);
	add_fields(item, business, 7, "ADR;TYPE=WORK", out);
	add_fields(item, home, 7, "ADR;TYPE=HOME", out);
	add_fields(item, other, 7, "ADR", out);
	add_text(item, mapi_named(names, MAPI_SET_ADDRESS, 0x8062), "IMPP", out);
	add_time(item, 0x3a42, "BDAY", true, out);
	add_time(item, 0x3a41, "X-ANNIVERSARY", true, out);
	buf_add_string(out, "END:VCARD\n");
}

/* ---- Appointments and tasks: iCalendar (RFC 5545) ---- */

/* A name for the item that is always the same. */
static void
add_uid(const struct mapi_item *item, struct buf *out)
{
	/* PidTagSearchKey is the item's for its life. */
	const struct mapi_property *key = mapi_find(&item->own, 0x300b);
	size_t i;

	if (key == NULL || key->value.n == 0)
		return;
	buf_add_string(out, "UID:");
	for (i = 0; i < key->value.n && i < 64; i++)
		buf_add_format(out, "%02x", key->value.p[i]);
	buf_add_byte(out, '\n');
}

static void
begin_calendar(const struct mapi_item *item, const char *kind, struct buf *out)
{
	struct buf subject = BUF_EMPTY;

	buf_add_format(out, "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//mailcask//EN\nBEGIN:%s\n", kind);
	add_uid(item, out);
	if (!add_time(item, 0x3007, "DTSTAMP", false, out))
		add_time(item, 0x3008, "DTSTAMP", false, out);
	if (mapi_subject(item, &subject))
		add_value("SUMMARY", buf_slice(&subject), out);
	add_text(item, 0x1000, "DESCRIPTION", out);
	buf_free(&subject);
}

static void
add_people(const struct mapi_item *item, struct buf *out)
{
	struct buf name = BUF_EMPTY, address = BUF_EMPTY, line = BUF_EMPTY;
	size_t i;

	for (i = 0; i < item->recipient_count; i++) {
		const struct mapi_properties *p = &item->recipients[i];

		buf_clear(&name);
		buf_clear(&address);
		buf_clear(&line);
		mapi_text(item, p, 0x3001, &name);
		if (!mapi_text(item, p, 0x39fe, &address))
			mapi_text(item, p, 0x3003, &address);
		if (slice_find(buf_slice(&address), 0, '@') == address.n ||
		    slice_find(buf_slice(&name), 0, '"') < name.n)
			continue;
		buf_add_format(&line, "ATTENDEE;CN=\"%s\":mailto:%s", buf_text(&name),
		    buf_text(&address));
		add_line(out, buf_slice(&line));
	}
	buf_free(&name);
	buf_free(&address);
	buf_free(&line);
}

static void
add_appointment(const struct mapi_item *item, const struct mapi_names *names, struct buf *out)
{
	const enum mapi_set set = MAPI_SET_APPOINTMENT;
	bool whole_day = mapi_flag(&item->own, mapi_named(names, set, 0x8215));
	int64_t minutes;

	begin_calendar(item, "VEVENT", out);
	if (!add_time(item, mapi_named(names, set, 0x820d), "DTSTART", whole_day, out))
		add_time(item, 0x60, "DTSTART", whole_day, out);
	if (!add_time(item, mapi_named(names, set, 0x820e), "DTEND", whole_day, out))
		add_time(item, 0x61, "DTEND", whole_day, out);
	add_text(item, mapi_named(names, set, 0x8208), "LOCATION", out);
	/* The pattern as Outlook words it: what it computes from is kept in the file. */
	add_text(item, mapi_named(names, set, 0x8232), "X-RECURRENCE", out);
	add_people(item, out);
	if (mapi_flag(&item->own, mapi_named(names, MAPI_SET_COMMON, 0x8503)) &&
	    mapi_number(&item->own, mapi_named(names, MAPI_SET_COMMON, 0x8501), &minutes) &&
	    minutes >= 0 && minutes < 525600)
		buf_add_format(out, "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\n"
		    "TRIGGER:-PT%lldM\nEND:VALARM\n", (long long)minutes);
	buf_add_string(out, "END:VEVENT\nEND:VCALENDAR\n");
}

static void
add_task(const struct mapi_item *item, const struct mapi_names *names, struct buf *out)
{
	static const char *const states[] = { "NEEDS-ACTION", "IN-PROCESS", "COMPLETED", NULL, NULL };
	const struct mapi_property *done;
	const enum mapi_set set = MAPI_SET_TASK;
	struct cursor c;
	union { uint64_t bits; double value; } share;
	int64_t state;

	begin_calendar(item, "VTODO", out);
	add_time(item, mapi_named(names, set, 0x8104), "DTSTART", true, out);
	add_time(item, mapi_named(names, set, 0x8105), "DUE", true, out);
	add_time(item, mapi_named(names, set, 0x810f), "COMPLETED", false, out);
	if (mapi_number(&item->own, mapi_named(names, set, 0x8101), &state) && state >= 0 &&
	    state < 5 && states[state])
		buf_add_format(out, "STATUS:%s\n", states[state]);
	done = mapi_find(&item->own, mapi_named(names, set, 0x8102));
	if (done && done->type == MAPI_DOUBLE && done->value.n == 8) {
		c = cursor_of(done->value);
		share.bits = cursor_le64(&c);
		if (share.value >= 0 && share.value <= 1)
			buf_add_format(out, "PERCENT-COMPLETE:%u\n", (unsigned)(share.value * 100));
	}
	buf_add_string(out, "END:VTODO\nEND:VCALENDAR\n");
}

const char *
mapi_add_other(const struct mapi_item *item, const struct mapi_names *names, struct buf *out)
{
	static const struct {
		const char *kind, *type;
		void (*add)(const struct mapi_item *item, const struct mapi_names *names,
		    struct buf *out);
	} kinds[] = {
		{ "IPM.Contact", "text/vcard", add_contact },
		{ "IPM.Appointment", "text/calendar", add_appointment },
		{ "IPM.Schedule.Meeting", "text/calendar", add_appointment },
		{ "IPM.Task", "text/calendar", add_task },
	};
	struct buf name = BUF_EMPTY;
	const char *type = NULL;
	size_t i;

	mapi_text(item, &item->own, 0x1a, &name);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && type == NULL; i++) {
		if (!slice_starts_nocase(buf_slice(&name), kinds[i].kind))
			continue;
		kinds[i].add(item, names, out);
		type = kinds[i].type;
	}
	buf_free(&name);
	return type;
}
