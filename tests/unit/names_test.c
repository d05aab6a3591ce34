/* SPDX-License-Identifier: MIT */
#include "core/mail/names.h"

#include "core/base/text.h"
#include "tests/t.h"

static struct buf out = BUF_EMPTY;

typedef bool (*decoder)(struct slice raw, struct buf *to);

/* want NULL: refused, and what was there stays as it is. */
static void
decodes(decoder decode, const char *raw, const char *want)
{
	bool ok;

	buf_set(&out, SLICE_OF("was:"));
	ok = decode(slice_string(raw), &out);
	T(ok == (want != NULL), "%s: %s", raw, ok ? "taken" : "refused");
	T(slice_is(slice_from(buf_slice(&out), 4), want != NULL ? want : "") &&
	    slice_starts(buf_slice(&out), "was:"), "%s gave %s", raw, buf_text(&out));
}

static void
utf7(void)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
		{ "&ANw-bersicht", "Übersicht" },
		{ "R&-D", "R&D" },
		{ "emoji &2D3c7A-", "emoji 📬" },
		{ "&ZeVnLIqe-", "日本語" },
		{ "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語" }, /* RFC 3501, 5.1.3 */
		{ "&AOQA9gD8-", "äöü" },
		{ "a&AAo-b", "a\nb" },
		{ "INBOX", NULL },              /* nothing to tell by */
		{ "", NULL },
		{ "R&D", NULL },                /* an ordinary name with an ampersand */
		{ "Black & White - 2", NULL },
		{ "&AGE-", NULL },              /* "a" needs no encoding */
		{ "&AAA-", NULL },              /* NUL */
		{ "&ANw", NULL },               /* no end */
		{ "&ANw-&ANw-", NULL },         /* an encoder makes one run of it */
		{ "&2D0-", NULL },              /* half a surrogate pair */
		{ "&3ew-", NULL },
		{ "&ANy-", NULL },              /* bits behind the end that are not zero */
		{ "&A-", NULL },
		{ "&ANw=-", NULL },
		{ "&ANw/-", NULL },             /* the other alphabet */
		{ "Ü&-", NULL },                /* 8-bit: somebody else's name */
		{ "a\tb&-", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		decodes(name_decode_utf7, cases[i].raw, cases[i].want);
}

/* Every code point comes back, alone and between others. */
static void
utf7_there_and_back(void)
{
	struct buf plain = BUF_EMPTY, raw = BUF_EMPTY, again = BUF_EMPTY;
	size_t bad = 0;
	uint32_t code;

	for (code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 37) {
		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		buf_set(&plain, SLICE_OF("&a"));
		text_add_code(&plain, code);
		text_add_code(&plain, 0xfc);
		buf_add_byte(&plain, 'z');
		buf_clear(&raw);
		buf_clear(&again);
		name_encode_utf7(&raw, buf_slice(&plain));
		bad += !name_decode_utf7(buf_slice(&raw), &again);
		bad += !slice_equal(buf_slice(&plain), buf_slice(&again));
	}
	T(bad == 0, "%zu code points do not come back", bad);
	buf_free(&plain);
	buf_free(&raw);
	buf_free(&again);
}

static void
escapes(void)
{
	decodes(name_decode_percent, "a%2Fb %C3%A4", "a/b ä");
	decodes(name_decode_percent, "100%25", "100%");
	decodes(name_decode_percent, "%3a%3A", "::");
	decodes(name_decode_percent, "plain", NULL);
	decodes(name_decode_percent, "100%", NULL);
	decodes(name_decode_percent, "100%2", NULL);
	decodes(name_decode_percent, "a%2Fb 100% sure", NULL);
	decodes(name_decode_percent, "%+1", NULL);
	decodes(name_decode_percent, "50%ab", NULL);    /* no text comes of it */
	decodes(name_decode_percent, "a%00b", NULL);
	decodes(name_decode_evolution, "with_2Edots", "with.dots");
	decodes(name_decode_evolution, "under_5Fscore _5F5F", "under_score _5F");
	decodes(name_decode_evolution, "plain", NULL);
	decodes(name_decode_evolution, "snake_case", NULL);
	decodes(name_decode_evolution, "a_2Eb_c", NULL);
	decodes(name_decode_evolution, "a_2", NULL);
	decodes(name_decode_evolution, "a_41", NULL);   /* Evolution escapes two characters */
}

static void
maildir(void)
{
	static const struct {
		const char *name, *base, *info, *letters;
	} cases[] = {
		{ "1.M2P3.host:2,FS", "1.M2P3.host", ":2,FS", "FS" },
		{ "1.host:2,", "1.host", ":2,", "" },
		{ "1.host", "1.host", "", "" },
		{ "1.host!2,S", "1.host", "!2,S", "S" },
		{ "1.host;2,S", "1.host", ";2,S", "S" },
		{ "1.host-2,S", "1.host", "-2,S", "S" },
		{ "1.host\xef\x80\xa2" "2,RS", "1.host", "\xef\x80\xa2" "2,RS", "RS" },
		{ "1.host\xef\x80\xba" "2,RS", "1.host", "\xef\x80\xba" "2,RS", "RS" },
		{ "1.host:1,experimental", "1.host", ":1,experimental", "" },
		{ "1.host,S=12,W=13:2,Sab", "1.host,S=12,W=13", ":2,Sab", "Sab" },
		{ "1.host,U=4,FMD5=7e:2,S", "1.host,U=4,FMD5=7e", ":2,S", "S" },
		{ "1.V-2,S=1100", "1.V-2,S=1100", "", "" },
		{ "1.V-2,S=1100:2,F", "1.V-2,S=1100", ":2,F", "F" },
		{ "1.host:2,S:2,F", "1.host:2,S", ":2,F", "F" },
		{ "1.host:2,S.eml", "1.host", ":2,S.eml", "S" },
		{ "1795434206.M875090P26230Q1.vm.eml", "1795434206.M875090P26230Q1.vm.eml", "", "" },
		{ "1.host:2", "1.host:2", "", "" },
		{ "1.host:3,S", "1.host:3,S", "", "" },
		{ "1.host:", "1.host:", "", "" },
		{ ":2,S", "", ":2,S", "S" },
		{ "", "", "", "" },
	};
	struct maildir_name n;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		maildir_name_parse(slice_string(cases[i].name), &n);
		T(slice_is(n.base, cases[i].base), "%s: base", cases[i].name);
		T(slice_is(n.info, cases[i].info), "%s: info", cases[i].name);
		T(slice_is(n.letters, cases[i].letters), "%s: letters", cases[i].name);
	}
}

static void
mailbox_names(void)
{
	const struct slice parts[] = { SLICE_OF("Kept mail"), SLICE_OF("a/b 100%"), SLICE_OF("ü") };

	buf_clear(&out);
	mailbox_name_add(&out, parts, 3);
	T(slice_is(buf_slice(&out), "Kept mail/a%2Fb 100%25/ü"), "%s", buf_text(&out));
	buf_clear(&out);
	mailbox_name_add(&out, parts, 0);
	T(out.n == 0, "no components");
}

static void
composed(void)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
		{ "Inbox", "Inbox" },
		{ "Bu\xcc\x88ro", "B\xc3\xbcro" },
		{ "B\xc3\xbcro", "B\xc3\xbcro" },
		{ "bad \xff", "bad \xef\xbf\xbd" },
		{ "", "" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		name_compose(slice_string(cases[i].raw), &out);
		T(strcmp(buf_text(&out), cases[i].want) == 0, "%s: %s", cases[i].raw, buf_text(&out));
	}
}

int
main(void)
{
	utf7();
	utf7_there_and_back();
	escapes();
	maildir();
	mailbox_names();
	composed();
	buf_free(&out);
	return t_done();
}
