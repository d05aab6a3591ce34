/* SPDX-License-Identifier: MIT */
#include "core/mail/names.h"

#include "core/base/text.h"
#include "core/mail/libgmime.h"

/* RFC 3501, 5.1.3: "," in place of "/", no padding. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int
alphabet_value(unsigned char c)
{
	const char *found = c == 0 ? NULL : strchr(alphabet, c);

	return found == NULL ? -1 : (int)(found - alphabet);
}

/* One shifted run, the text between "&" and "-", as UTF-16BE to UTF-8.  Lone
 * surrogates become U+FFFD, so that encoding again will tell. */
static void
add_utf16_run(struct buf *out, struct slice run)
{
	uint32_t bits = 0, unit, high = 0;
	unsigned have = 0;
	size_t i;

	for (i = 0; i < run.n; i++) {
		bits = (bits << 6 | (uint32_t)alphabet_value(run.p[i])) & 0x3fffff;
		have += 6;
		if (have < 16)
			continue;
		have -= 16;
		unit = bits >> have & 0xffff;
		if (high != 0 && unit >= 0xdc00 && unit <= 0xdfff) {
			text_add_code(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
			high = 0;
			continue;
		}
		if (high != 0)
			text_add_code(out, 0xfffd);
		high = 0;
		if (unit >= 0xd800 && unit <= 0xdbff)
			high = unit;
		else
			text_add_code(out, unit >= 0xdc00 && unit <= 0xdfff ? 0xfffd : unit);
	}
	if (high != 0)
		text_add_code(out, 0xfffd);
}

static bool
decode_utf7(struct slice raw, struct buf *out)
{
	size_t i, end;

	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] < ' ' || raw.p[i] > '~')
			return false;
		if (raw.p[i] != '&') {
			buf_add_byte(out, raw.p[i]);
			continue;
		}
		for (end = i + 1; end < raw.n && alphabet_value(raw.p[end]) >= 0; end++)
			;
		if (end == raw.n || raw.p[end] != '-')
			return false;
		if (end == i + 1)
			buf_add_byte(out, '&');
		else
			add_utf16_run(out, slice_sub(raw, i + 1, end - i - 1));
		i = end;
	}
	return true;
}

bool
name_decode_utf7(struct slice raw, struct buf *out)
{
	struct buf plain = BUF_EMPTY, again = BUF_EMPTY;
	bool ok = false;

	if (slice_find(raw, 0, '&') == raw.n || !decode_utf7(raw, &plain))
		goto out;
	/* Names such as "R&D" or "a&b-c" are ordinary; only what an encoder
	 * would have written is taken for encoded.  NUL would end the name. */
	name_encode_utf7(&again, buf_slice(&plain));
	ok = slice_equal(buf_slice(&again), raw) && slice_find(buf_slice(&plain), 0, 0) == plain.n;
	if (ok)
		buf_add(out, buf_slice(&plain));

out:
	buf_free(&plain);
	buf_free(&again);
	return ok;
}

struct shift {
	uint32_t bits;
	unsigned have;
};

static void
shift_add(struct buf *out, struct shift *s, uint32_t unit)
{
	s->bits = s->bits << 16 | unit;
	s->have += 16;
	while (s->have >= 6) {
		s->have -= 6;
		buf_add_byte(out, (unsigned char)alphabet[s->bits >> s->have & 63]);
	}
}

static void
shift_end(struct buf *out, struct shift *s)
{
	if (s->have > 0)
		buf_add_byte(out, (unsigned char)alphabet[s->bits << (6 - s->have) & 63]);
	buf_add_byte(out, '-');
	s->bits = 0;
	s->have = 0;
}

void
name_encode_utf7(struct buf *out, struct slice utf8)
{
	struct shift s = { 0, 0 };
	bool shifted = false;
	uint32_t code;

	while (text_next(&utf8, &code)) {
		if (code >= ' ' && code <= '~') {
			if (shifted)
				shift_end(out, &s);
			shifted = false;
			buf_add_byte(out, (unsigned char)code);
			if (code == '&')
				buf_add_byte(out, '-');
			continue;
		}
		if (!shifted)
			buf_add_byte(out, '&');
		shifted = true;
		if (code >= 0x10000) {
			shift_add(out, &s, 0xd800 + ((code - 0x10000) >> 10));
			shift_add(out, &s, 0xdc00 + ((code - 0x10000) & 0x3ff));
		} else {
			shift_add(out, &s, code);
		}
	}
	if (shifted)
		shift_end(out, &s);
}

/* Decode escape XX in raw; false when one is not of two digits, when there is
 * none at all, or when the result is no text.  lead is the escape. */
static bool
decode_hex_escapes(struct slice raw, unsigned char lead, struct buf *out)
{
	size_t start = out->n, at = 0, found;
	struct slice plain;
	uint64_t byte;

	if (slice_find(raw, 0, lead) == raw.n)
		return false;
	while (at < raw.n) {
		found = slice_find(raw, at, lead);
		buf_add(out, slice_sub(raw, at, found - at));
		if (found == raw.n)
			break;
		if (raw.n - found < 3 || !slice_hex_number(slice_sub(raw, found + 1, 2), 255, &byte)) {
			buf_truncate(out, start);
			return false;
		}
		buf_add_byte(out, (unsigned char)byte);
		at = found + 3;
	}
	plain = slice_from(buf_slice(out), start);
	if (text_is_utf8(plain) && slice_find(plain, 0, 0) == plain.n)
		return true;
	buf_truncate(out, start);
	return false;
}

bool
name_decode_percent(struct slice raw, struct buf *out)
{
	return decode_hex_escapes(raw, '%', out);
}

bool
name_decode_evolution(struct slice raw, struct buf *out)
{
	size_t at;

	for (at = slice_find(raw, 0, '_'); at < raw.n; at = slice_find(raw, at + 1, '_')) {
		if (!slice_is(slice_sub(raw, at, 3), "_2E") && !slice_is(slice_sub(raw, at, 3), "_5F"))
			return false;
	}
	return decode_hex_escapes(raw, '_', out);
}

/* How long the separator at p is; 0: none.  U+F022 and U+F03A are what SMB
 * and FAT mounts of Mac OS and Linux store in place of ":". */
static size_t
info_separator(struct slice s)
{
	if (slice_starts(s, "\xef\x80\xa2") || slice_starts(s, "\xef\x80\xba"))
		return 3;
	return s.n > 0 && memchr(":!;-", s.p[0], 4) != NULL ? 1 : 0;
}

static bool
is_letter(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void
maildir_name_parse(struct slice name, struct maildir_name *out)
{
	struct slice behind;
	size_t at, sep, letters;

	out->base = name;
	out->info = out->letters = SLICE_EMPTY;
	for (at = name.n; at-- > 0;) {
		sep = info_separator(slice_from(name, at));
		behind = slice_from(name, at + sep);
		if (sep == 0 || behind.n < 2 || behind.p[1] != ',' ||
		    (behind.p[0] != '1' && behind.p[0] != '2'))
			continue;
		for (letters = 2; letters < behind.n && is_letter(behind.p[letters]); letters++)
			;
		/* "-2,S=1100" is a part of the unique name: all but ":" are
		 * separators only where nothing but letters follows. */
		if (name.p[at] != ':' && letters < behind.n)
			continue;
		out->base = slice_sub(name, 0, at);
		out->info = slice_from(name, at);
		if (behind.p[0] == '2')
			out->letters = slice_sub(behind, 2, letters - 2);
		return;
	}
}

void
mailbox_name_add(struct buf *out, const struct slice *components, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_add_byte(out, '/');
		for (j = 0; j < components[i].n; j++) {
			if (components[i].p[j] == '/')
				buf_add_string(out, "%2F");
			else if (components[i].p[j] == '%')
				buf_add_string(out, "%25");
			else
				buf_add_byte(out, components[i].p[j]);
		}
	}
}

void
name_compose(struct slice raw, struct buf *out)
{
	struct buf text = BUF_EMPTY;
	char *composed;

	if (text_plain_prefix(raw) == raw.n) {
		buf_add(out, raw);
		return;
	}
	text_add_utf8(&text, raw);
	composed = libgmime()->g_utf8_normalize(buf_text(&text), (gssize)text.n, G_NORMALIZE_NFC);
	if (composed != NULL)
		buf_add_string(out, composed);
	else
		buf_add(out, buf_slice(&text));
	libgmime()->g_free(composed);
	buf_free(&text);
}

bool
mailbox_name_next(struct slice *rest, struct buf *out)
{
	struct slice component;
	uint64_t code;
	size_t i;

	buf_clear(out);
	if (!slice_field(rest, '/', &component))
		return false;
	for (i = 0; i < component.n; i++) {
		if (component.p[i] == '%' &&
		    slice_hex_number(slice_sub(component, i + 1, 2), 0xff, &code)) {
			buf_add_byte(out, (unsigned char)code);
			i += 2;
		} else {
			buf_add_byte(out, component.p[i]);
		}
	}
	return true;
}
