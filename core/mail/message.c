/* SPDX-License-Identifier: MIT */
#include "core/mail/message.h"

#include "core/base/file.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/mail/message_internal.h"
#include "core/mail/separator.h"

#define HEADER_WINDOW (1u * MIB)        /* read of a message that lies in a file */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"  /* editors on Windows */
#define YEAR_MIN 1970                   /* a date outside is a broken clock or a trick */
#define YEAR_MAX 2200

void
mail_init(void)
{
	(void)libgmime();
}

/* ---- Values ---- */

/* Append s with blanks for control characters, and without folds: of a fold
 * the blanks that begin the next line stay (RFC 5322, 2.2.3).  A line end that
 * is no fold came out of an encoded word. */
static void
add_one_line(struct buf *out, struct slice s)
{
	unsigned char c;
	size_t i, from = 0;

	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (c >= ' ' && c != 0x7f)
			continue;
		buf_add(out, slice_sub(s, from, i - from));
		from = i + 1;
		if (c != '\r' && !(c == '\n' && from < s.n && (s.p[from] == ' ' || s.p[from] == '\t')))
			buf_add_byte(out, ' ');
	}
	buf_add(out, slice_from(s, from));
}

static void
add_clean(struct buf *out, struct slice value, const char *charset)
{
	struct buf text = BUF_EMPTY;

	value = slice_sub(slice_trim(value), 0, HEADER_VALUE_MAX);
	charset_add_text(&text, value, text_is_utf8(value) ? NULL : charset);
	add_one_line(out, buf_slice(&text));
	buf_free(&text);
}

const char *
message_clean_line(struct slice value, struct arena *a)
{
	struct buf text = BUF_EMPTY;
	const char *out;

	add_clean(&text, value, NULL);
	out = arena_string_of(a, slice_trim(buf_slice(&text)));
	buf_free(&text);
	return out;
}

const char *
message_decode_text(struct slice value, const char *charset, struct arena *a)
{
	struct buf text = BUF_EMPTY, decoded = BUF_EMPTY;
	const char *out;

	add_clean(&text, value, charset);
	if (slice_find_bytes(buf_slice(&text), 0, SLICE_OF("=?")) < text.n) {
		message_add_words(&decoded, buf_slice(&text));
		buf_clear(&text);
		/* A word may hold line ends. */
		add_clean(&text, buf_slice(&decoded), NULL);
	}
	buf_free(&decoded);
	out = arena_string_of(a, slice_trim(buf_slice(&text)));
	buf_free(&text);
	return out;
}

/* "<a@b>" without the brackets; anything else as it is. */
static const char *
message_id_of(struct slice value, struct arena *a)
{
	size_t open = slice_find(value, 0, '<'), close = slice_find(value, open, '>');

	if (close < value.n)
		value = slice_sub(value, open + 1, close - open - 1);
	return message_clean_line(value, a);
}

static bool
read_date(struct slice value, enum date_source source, struct arena *a, struct message *m)
{
	GDateTime *date = libgmime()->g_mime_utils_header_decode_date(message_clean_line(value, a));
	int year;

	if (date == NULL)
		return false;
	year = libgmime()->g_date_time_get_year(date);
	if (year >= YEAR_MIN && year <= YEAR_MAX) {
		m->date = libgmime()->g_date_time_to_unix(date);
		m->date_zone_minutes = (int)(libgmime()->g_date_time_get_utc_offset(date) / (60 * 1000000));
		m->date_source = source;
	}
	libgmime()->g_date_time_unref(date);
	return m->date_source != DATE_NONE;
}

/* The date of a Received field stands behind its last semicolon. */
static struct slice
received_date(struct slice value)
{
	size_t n = value.n;

	while (n > 0 && value.p[n - 1] != ';')
		n--;
	return slice_from(value, n);
}

/* ---- The header ---- */

/* Separator lines that got into a message. */
static bool
is_from_line(struct slice s)
{
	while (slice_starts(s, ">"))
		s = slice_from(s, 1);
	return slice_starts(s, "From ");
}

bool
message_next_field(struct slice *rest, struct header_field *out)
{
	struct slice line, behind;

	for (;;) {
		if (header_next(rest, out))
			return true;
		behind = *rest;
		if (slice_starts(behind, BYTE_ORDER_MARK)) {
			*rest = slice_from(behind, sizeof(BYTE_ORDER_MARK) - 1);
			continue;
		}
		if (!slice_line(&behind, &line))
			return false;
		if (slice_chomp(line).n == 0) {
			*rest = behind;
			return false;
		}
		/* A boundary is the body's, whatever fields follow it. */
		if (!is_from_line(line) &&
		    (slice_starts(line, "--") || !header_line_looks_good(behind)))
			return false;
		*rest = behind;
	}
}

/* The fields that are shown.  Of several with one name the first counts, as in
 * every mail client; but recipients are recipients, and their fields are one. */
enum { TO, CC, BCC, SUBJECT, FROM, IN_REPLY_TO, REFERENCES, LIST_ID, DATE, MESSAGE_ID, RECEIVED,
	FIELD_COUNT, RECIPIENT_FIELDS = SUBJECT };

static const char *const field_names[FIELD_COUNT] = {
	"To", "Cc", "Bcc", "Subject", "From", "In-Reply-To", "References", "List-Id", "Date",
	"Message-ID", "Received"
};

/* joined: what the fields before hold together, once there are two. */
static void
join_recipients(struct buf *joined, struct slice *value, struct slice more)
{
	more = slice_trim(more);
	if (more.n == 0 || value->n >= HEADER_VALUE_MAX)
		return;
	if (slice_trim(*value).n == 0) {
		*value = more;
		return;
	}
	if (joined->n == 0)
		buf_add(joined, slice_trim(*value));
	buf_add_string(joined, ", ");
	buf_add(joined, more);
	*value = buf_slice(joined);
}

static void
read_header(struct slice header, struct arena *a, struct message *m)
{
	const char **text[] = { &m->to, &m->cc, &m->bcc, &m->subject, &m->from, &m->in_reply_to,
		&m->references, &m->list_id };
	struct buf joined[RECIPIENT_FIELDS] = { BUF_EMPTY, BUF_EMPTY, BUF_EMPTY };
	struct slice values[FIELD_COUNT];
	struct header_field field;
	const char *charset = NULL;
	size_t i;

	memset(values, 0, sizeof(values));
	while (message_next_field(&header, &field)) {
		for (i = 0; i < FIELD_COUNT; i++) {
			if ((values[i].p != NULL && i >= RECIPIENT_FIELDS) ||
			    !slice_equal_nocase(field.name, slice_string(field_names[i])))
				continue;
			if (values[i].p == NULL)
				values[i] = field.value;
			else
				join_recipients(&joined[i], &values[i], field.value);
		}
	}
	/* Raw 8-bit bytes in a header are mostly in the charset of the text. */
	for (i = 0; i < m->part_count && charset == NULL; i++)
		charset = m->parts[i].charset;
	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		*text[i] = values[i].p == NULL ? "" : message_decode_text(values[i], charset, a);
	for (i = 0; i < RECIPIENT_FIELDS; i++)
		buf_free(&joined[i]);
	m->message_id = values[MESSAGE_ID].p == NULL ? "" : message_id_of(values[MESSAGE_ID], a);
	if (values[DATE].p == NULL || !read_date(values[DATE], DATE_HEADER, a, m))
		read_date(received_date(values[RECEIVED]), DATE_RECEIVED, a, m);
}

static void
start(struct message *m, struct arena *a, struct slice raw, int fd, uint64_t size)
{
	memset(m, 0, sizeof(*m));
	m->handle = arena_alloc(a, sizeof(*m->handle));
	m->handle->raw = raw;
	m->handle->fd = fd;
	m->handle->size = size;
	message_find_parts(m, a);
	message_find_inside(m, a);
}

void
message_open(struct slice raw, struct arena *a, struct message *out)
{
	start(out, a, raw, -1, raw.n);
	read_header(slice_sub(raw, 0, HEADER_MAX), a, out);
}

void
message_open_fd(int fd, struct arena *a, struct message *out)
{
	struct error ignored = ERROR_NONE;
	struct buf head = BUF_EMPTY;
	struct file_meta meta;
	size_t n;

	/* What cannot be read is an empty message: opening cannot fail. */
	if (file_stat_fd(fd, &meta, &ignored) < 0)
		meta.size = 0;
	start(out, a, SLICE_EMPTY, fd, meta.size);
	n = meta.size < HEADER_WINDOW ? (size_t)meta.size : HEADER_WINDOW;
	if (file_read_at(fd, 0, buf_extend(&head, n), n, &ignored) < 0)
		buf_clear(&head);
	read_header(buf_slice(&head), a, out);
	buf_free(&head);
}

void
message_close(struct message *m)
{
	m->handle = NULL;
}
