/* SPDX-License-Identifier: MIT */
#include "backends/formats/mapi.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

#define UTF16_LITTLE 1200u
#define UTF8 65001u

enum { SUBJECT = 0x37, MESSAGE_LOCALE = 0x3ff1, MESSAGE_CODEPAGE = 0x3ffd };

/*
 * Windows' code pages, the names they have in mail (NULL: none that is good)
 * and in iconv.  A reader that is confined cannot load a table when it meets
 * a text, so all are loaded before.
 */
static struct page {
	unsigned codepage;
	const char *mail, *name;
	iconv_t table;
	bool is_loaded;
} pages[] = {
	{ 1252, "windows-1252", "CP1252", 0, false },
	{ 1250, "windows-1250", "CP1250", 0, false },
	{ 1251, "windows-1251", "CP1251", 0, false },
	{ 1253, "windows-1253", "CP1253", 0, false },
	{ 1254, "windows-1254", "CP1254", 0, false },
	{ 1255, "windows-1255", "CP1255", 0, false },
	{ 1256, "windows-1256", "CP1256", 0, false },
	{ 1257, "windows-1257", "CP1257", 0, false },
	{ 1258, "windows-1258", "CP1258", 0, false },
	{ 874, "windows-874", "CP874", 0, false },
	{ 932, "shift_jis", "CP932", 0, false },
	{ 936, "gb18030", "GB18030", 0, false },
	{ 949, "euc-kr", "UHC", 0, false },
	{ 950, "big5", "BIG5-HKSCS", 0, false },
	{ 437, NULL, "CP437", 0, false },
	{ 850, NULL, "CP850", 0, false },
	{ 852, NULL, "CP852", 0, false },
	{ 866, "ibm866", "CP866", 0, false },
	{ 10000, NULL, "MACINTOSH", 0, false },
	{ 20127, "us-ascii", "CP1252", 0, false },
	{ 20866, "koi8-r", "KOI8-R", 0, false },
	{ 21866, "koi8-u", "KOI8-U", 0, false },
	{ 28591, "iso-8859-1", "CP1252", 0, false },
	{ 28592, "iso-8859-2", "ISO-8859-2", 0, false },
	{ 28593, "iso-8859-3", "ISO-8859-3", 0, false },
	{ 28594, "iso-8859-4", "ISO-8859-4", 0, false },
	{ 28595, "iso-8859-5", "ISO-8859-5", 0, false },
	{ 28596, "iso-8859-6", "ISO-8859-6", 0, false },
	{ 28597, "iso-8859-7", "ISO-8859-7", 0, false },
	{ 28598, "iso-8859-8", "ISO-8859-8", 0, false },
	{ 28599, "iso-8859-9", "ISO-8859-9", 0, false },
	{ 28605, "iso-8859-15", "ISO-8859-15", 0, false },
	{ 38598, "iso-8859-8-i", "ISO-8859-8", 0, false },
	{ 50220, "iso-2022-jp", "ISO-2022-JP", 0, false },
	{ 50221, "iso-2022-jp", "ISO-2022-JP", 0, false },
	{ 50222, "iso-2022-jp", "ISO-2022-JP", 0, false },
	{ 50225, "iso-2022-kr", "ISO-2022-KR", 0, false },
	{ 51932, "euc-jp", "EUC-JP", 0, false },
	{ 51936, "gb18030", "GB18030", 0, false },
	{ 51949, "euc-kr", "UHC", 0, false },
	{ 52936, "hz-gb-2312", NULL, 0, false },
	{ 54936, "gb18030", "GB18030", 0, false },
	{ 65000, "utf-7", "UTF-7", 0, false },
	{ UTF8, "utf-8", NULL, 0, false },
};

#define PAGES (sizeof(pages) / sizeof(pages[0]))

void
mapi_prepare(void)
{
	size_t i;

	for (i = 0; i < PAGES; i++) {
		if (pages[i].is_loaded || pages[i].name == NULL)
			continue;
		pages[i].table = iconv_open("UTF-8", pages[i].name);
		pages[i].is_loaded = pages[i].table != (iconv_t)-1;
	}
}

static struct page *
page_of(unsigned codepage)
{
	size_t i;

	for (i = 0; i < PAGES; i++) {
		if (pages[i].codepage == codepage)
			return &pages[i];
	}
	return NULL;
}

const char *
mapi_charset(unsigned codepage)
{
	const struct page *page = page_of(codepage);

	return page != NULL ? page->mail : NULL;
}

/* Of a locale's programs that know no Unicode; by the language, and for two
 * of them by the country ([MS-LCID]). */
static unsigned
codepage_of_locale(unsigned locale)
{
	static const struct {
		unsigned language, codepage;
	} known[] = {
		{ 0x01, 1256 }, { 0x02, 1251 }, { 0x04, 936 }, { 0x05, 1250 }, { 0x08, 1253 },
		{ 0x0d, 1255 }, { 0x0e, 1250 }, { 0x11, 932 }, { 0x12, 949 }, { 0x15, 1250 },
		{ 0x18, 1250 }, { 0x19, 1251 }, { 0x1a, 1250 }, { 0x1b, 1250 }, { 0x1c, 1250 },
		{ 0x1e, 874 }, { 0x1f, 1254 }, { 0x20, 1256 }, { 0x22, 1251 }, { 0x23, 1251 },
		{ 0x24, 1250 }, { 0x25, 1257 }, { 0x26, 1257 }, { 0x27, 1257 }, { 0x29, 1256 },
		{ 0x2a, 1258 }, { 0x2c, 1254 }, { 0x2f, 1251 },
	};
	size_t i;

	if (locale == 0x0404 || locale == 0x0c04 || locale == 0x1404)
		return 950;
	if (locale == 0x0c1a || locale == 0x1c1a || locale == 0x082c)
		return 1251;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].language == (locale & 0x3ff))
			return known[i].codepage;
	}
	return 1252;
}

unsigned
mapi_codepage(const struct mapi_properties *own, unsigned otherwise)
{
	int64_t value;

	if (mapi_number(own, MESSAGE_CODEPAGE, &value) && value != UTF16_LITTLE &&
	    page_of((unsigned)value) != NULL)
		return (unsigned)value;
	/* That of the Internet is what the message was sent in, not what its
	 * writer's programs know. */
	if (mapi_number(own, MESSAGE_LOCALE, &value) && value > 0 && value < 0x10000)
		return codepage_of_locale((unsigned)value);
	return otherwise;
}

/* Each byte that is none of the code page becomes U+FFFD. */
static void
convert(struct buf *out, struct slice s, iconv_t table)
{
	char *in = (char *)(uintptr_t)s.p, *to;
	size_t left = s.n, room, got;
	struct buf raw = BUF_EMPTY;

	iconv(table, NULL, NULL, NULL, NULL);
	buf_reserve(&raw, s.n + s.n / 2 + 64);
	while (left > 0) {
		room = raw.cap - raw.n - 1;
		to = (char *)raw.p + raw.n;
		got = iconv(table, &in, &left, &to, &room);
		buf_extend(&raw, (size_t)((unsigned char *)to - raw.p) - raw.n);
		if (got != (size_t)-1)
			break;
		if (errno == E2BIG) {
			buf_reserve(&raw, raw.cap);
			continue;
		}
		text_add_code(&raw, 0xfffd);
		in++;
		left--;
	}
	text_add_utf8(out, buf_slice(&raw));
	buf_free(&raw);
}

void
mapi_add_codepage(struct buf *out, struct slice s, unsigned codepage)
{
	struct page *page = page_of(codepage);

	if (codepage == UTF16_LITTLE)
		text_add_utf16(out, s);
	else if (codepage == UTF8)
		text_add_utf8(out, s);
	else if (page != NULL && page->is_loaded)
		convert(out, s, page->table);
	else if (text_is_utf8(s))
		buf_add(out, s);
	else if (pages[0].is_loaded)
		convert(out, s, pages[0].table);
	else
		text_add_utf8(out, s);
}

void
mapi_add_value(const struct mapi_item *item, unsigned type, struct slice value, struct buf *out)
{
	if ((type & 0xfff) == MAPI_UNICODE) {
		while (value.n >= 2 && value.p[(value.n & ~(size_t)1) - 2] == 0 &&
		    value.p[(value.n & ~(size_t)1) - 1] == 0)
			value.n = (value.n & ~(size_t)1) - 2;
		text_add_utf16(out, value);
	} else if ((type & 0xfff) == MAPI_STRING8) {
		while (value.n > 0 && value.p[value.n - 1] == 0)
			value.n--;
		mapi_add_codepage(out, value, item->codepage);
	}
}

bool
mapi_text(const struct mapi_item *item, const struct mapi_properties *p, unsigned id,
    struct buf *out)
{
	const struct mapi_property *found = mapi_find(p, id);
	size_t before = out->n;

	if (found != NULL && (found->type == MAPI_UNICODE || found->type == MAPI_STRING8))
		mapi_add_value(item, found->type, found->value, out);
	return out->n > before;
}

/* A 1 in front and the length of "RE: " ([MS-OXCMSG] 2.2.1.46, [MS-PST] 2.5.3.1.1.1). */
bool
mapi_subject(const struct mapi_item *item, struct buf *out)
{
	struct buf value = BUF_EMPTY;
	struct slice subject, rest;
	uint32_t length;

	if (mapi_text(item, &item->own, SUBJECT, &value)) {
		subject = buf_slice(&value);
		rest = slice_from(subject, 1);
		if (subject.p[0] == 1 && text_next(&rest, &length))
			subject = rest;
		buf_add(out, subject);
	}
	buf_free(&value);
	return out->n > 0;
}
