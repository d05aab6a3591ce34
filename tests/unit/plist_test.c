/* SPDX-License-Identifier: MIT */
#include "core/base/plist.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/t.h"

/* "{flags=1 list=[a b]}" */
static void
tell(const struct plist *v, struct buf *out)
{
	const struct plist *inside;

	switch (v->kind) {
	case PLIST_DICT:
	case PLIST_ARRAY:
		buf_add_byte(out, v->kind == PLIST_DICT ? '{' : '[');
		for (inside = v->first; inside != NULL; inside = inside->next) {
			if (inside != v->first)
				buf_add_byte(out, ' ');
			if (v->kind == PLIST_DICT) {
				buf_add(out, inside->key);
				buf_add_byte(out, '=');
			}
			tell(inside, out);
		}
		buf_add_byte(out, v->kind == PLIST_DICT ? '}' : ']');
		break;
	case PLIST_STRING:
		buf_add_byte(out, '"');
		buf_add(out, v->text);
		buf_add_byte(out, '"');
		break;
	case PLIST_DATA:
		buf_add_string(out, "data");
		break;
	default:
		buf_add_format(out, "%" PRId64, v->number);
	}
}

static const char *
told(struct slice bytes, struct arena *a)
{
	struct error err = ERROR_NONE;
	struct buf out = BUF_EMPTY;
	const struct plist *top;
	const char *copy;

	if (plist_parse(bytes, a, &top, &err) < 0)
		return err.code == ERR_LIMIT ? "limit" : err.code == ERR_FORMAT ? "none" : "other";
	tell(top, &out);
	copy = arena_string(a, buf_text(&out));
	buf_free(&out);
	return copy;
}

#define BEGIN "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD " \
    "PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n"
#define END "\n</plist>\n"

static void
xml(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ BEGIN "<dict>\n\t<key>flags</key>\n\t<integer>8590195713</integer>\n</dict>" END,
		    "{flags=8590195713}" },
		{ BEGIN "<dict><key>a</key><string>x &amp; &#228;</string><key>b</key><true/>"
		    "<key>c</key><false/></dict>" END, "{a=\"x & \303\244\" b=1 c=0}" },
		{ BEGIN "<array><string/><string></string><integer>-5</integer><integer>0x10</integer>"
		    "</array>" END, "[\"\" \"\" -5 16]" },
		{ BEGIN "<array><real>1580423431.75</real><real>-1.5</real><real>nan</real>"
		    "<real>1e300</real></array>" END, "[1580423431 -1 0 9223372036854775807]" },
		{ BEGIN "<date>2020-01-30T22:30:31Z</date>" END, "1580423431" },
		{ BEGIN "<dict><key>d</key><data>\nAAEC\n</data></dict>" END, "{d=data}" },
		{ BEGIN "<dict><key>k</key><dict><key>i</key><array/></dict></dict>" END, "{k={i=[]}}" },
		{ "<plist><integer>18446744073709551615</integer></plist>", "-1" },
		{ BEGIN "<dict><integer>1</integer></dict>" END, "{=1}" },
		{ BEGIN "<dict/>" END, "{}" },
		{ "", "none" },
		{ "text", "none" },
		{ BEGIN END, "none" },
		{ BEGIN "<dict><key>a</key>", "none" },
		{ BEGIN "<dict><key>a<b></dict>", "none" },
		{ BEGIN "<integer>1<string></integer>", "none" },
		{ BEGIN "<html></html>" END, "none" },
	};
	struct arena a = ARENA_EMPTY;
	struct buf deep = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *have = told(slice_string(cases[i].text), &a);

		T(strcmp(have, cases[i].want) == 0, "%s: %s", cases[i].want, have);
	}
	buf_add_string(&deep, "<plist>");
	for (i = 0; i < 70; i++)
		buf_add_string(&deep, "<array>");
	T(strcmp(told(buf_slice(&deep), &a), "limit") == 0, "70 deep");
	buf_clear(&deep);
	buf_add_string(&deep, "<plist><array>");
	for (i = 0; i < 100001; i++)
		buf_add_string(&deep, "<true/>");
	buf_add_string(&deep, "</array></plist>");
	T(strcmp(told(buf_slice(&deep), &a), "limit") == 0, "too many");
	T(plist_sniff(SLICE_OF("\n" BEGIN)) && plist_sniff(SLICE_OF("bplist00xx")) &&
	    !plist_sniff(SLICE_OF("<html>")) && !plist_sniff(SLICE_OF("")), "what looks like one");
	buf_free(&deep);
	arena_free(&a);
}

/* Objects of a binary list of at most 255 bytes, offsets made from their lengths. */
static struct slice
binary(const struct slice *objects, size_t n, struct arena *a)
{
	struct buf out = BUF_EMPTY, offsets = BUF_EMPTY;
	struct slice copy;
	size_t i;

	buf_add_string(&out, "bplist00");
	for (i = 0; i < n; i++) {
		buf_add_byte(&offsets, (unsigned char)out.n);
		buf_add(&out, objects[i]);
	}
	i = out.n;
	buf_add(&out, buf_slice(&offsets));
	buf_add_bytes(&out, "\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0", 15);
	buf_add_byte(&out, (unsigned char)n);
	buf_add_bytes(&out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
	buf_add_byte(&out, (unsigned char)i);
	copy = arena_copy(a, buf_slice(&out));
	buf_free(&offsets);
	buf_free(&out);
	return copy;
}

static void
binary_form(void)
{
	const struct slice all[] = {
		SLICE_OF("\xd8\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10"),
		SLICE_OF("\x51""a"), SLICE_OF("\x51""b"), SLICE_OF("\x51""c"), SLICE_OF("\x51""d"),
		SLICE_OF("\x51""e"), SLICE_OF("\x51""f"), SLICE_OF("\x51""g"), SLICE_OF("\x51""h"),
		SLICE_OF("\x13\0\0\0\2\0\4\0\1"),               /* 8590196737 */
		SLICE_OF("\x5f\x10\x05""hello"),
		SLICE_OF("\x62\0\xe4\x26\x03"),
		SLICE_OF("\x09"), SLICE_OF("\x08"),
		SLICE_OF("\x33\x41\xb9\x26\x82\xf0\0\0\0"),     /* a date */
		SLICE_OF("\xa2\x9\xc"),
		SLICE_OF("\x43xyz"),
	};
	const struct slice loop[] = { SLICE_OF("\xa1\0") };
	const struct slice key_loop[] = { SLICE_OF("\xd1\0\0") };
	const struct slice wide[] = { SLICE_OF("\xaf\x10\xff\0") };
	const struct slice surrogate[] = { SLICE_OF("\x63\xd8\x3d\xdc\xec\xdc\0") };
	struct arena a = ARENA_EMPTY;
	struct slice whole = binary(all, sizeof(all) / sizeof(all[0]), &a);
	struct buf bent = BUF_EMPTY;
	const char *have = told(whole, &a);
	size_t i, bad = 0;

	T(strcmp(have, "{a=8590196737 b=\"hello\" c=\"\303\244\342\230\203\" d=1 e=0 f=1400261488 "
	    "g=[8590196737 1] h=data}") == 0, "a binary one: %s", have);
	T(strcmp(told(binary(surrogate, 1, &a), &a), "\"\360\237\223\254\357\277\275\"") == 0,
	    "surrogates: %s", told(binary(surrogate, 1, &a), &a));
	T(strcmp(told(binary(loop, 1, &a), &a), "limit") == 0, "one that holds itself");
	T(strcmp(told(binary(key_loop, 1, &a), &a), "limit") == 0, "one that is its own key");
	T(strcmp(told(binary(wide, 1, &a), &a), "none") == 0, "more members than bytes");
	for (i = 0; i < whole.n; i++) {
		const char *cut = told(slice_sub(whole, 0, i), &a);

		bad += strcmp(cut, "none") != 0 && strcmp(cut, "limit") != 0 && cut[0] != '{';
	}
	for (i = 0; i < whole.n * 8; i++) {
		buf_set(&bent, whole);
		bent.p[i / 8] ^= (unsigned char)(1u << i % 8);
		told(buf_slice(&bent), &a);
		arena_reset(&a);
		whole = binary(all, sizeof(all) / sizeof(all[0]), &a);
	}
	T(bad == 0, "every prefix ends cleanly");
	buf_free(&bent);
	arena_free(&a);
}

int
main(void)
{
	xml();
	binary_form();
	return t_done();
}
