/* SPDX-License-Identifier: MIT */
#include "core/mail/parts.h"

#include "core/base/base64.h"
#include "tests/t.h"

/* n bytes in lines of that width. */
static void
add_body(struct buf *out, size_t n, unsigned width, const char *eol)
{
	struct buf plain = BUF_EMPTY;
	size_t i;

	for (i = 0; i < n; i++)
		buf_add_byte(&plain, (unsigned char)(i * 7 + i / 251));
	base64_encode_lines(buf_slice(&plain), width, eol, out);
	buf_free(&plain);
}

/* Split, put together again, and look at the view; how many parts. */
static size_t
split(struct slice message, struct buf *view)
{
	struct split s = SPLIT_EMPTY;
	struct buf out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct recipe recipe;
	struct digest id;
	size_t i, part = 0, n;

	parts_split(message, &a, &s);
	n = s.part_count;
	parts_view(message, &s, view);
	if (n > 0 && T(recipe_parse(buf_slice(&s.object), &a, &recipe, &err) == 0, "%s", err.text)) {
		for (i = 0; i < recipe.n; i++) {
			if (recipe.steps[i].op == RECIPE_BASE64) {
				digest_of(s.parts[part].bytes, &id);
				T(digest_equal(&id, &recipe.steps[i].id), "part %zu", part);
				recipe_add(&recipe.steps[i], s.parts[part++].bytes, &out);
			} else {
				recipe_add(&recipe.steps[i], SLICE_EMPTY, &out);
			}
		}
		T(part == n && slice_equal(buf_slice(&out), message), "the same bytes");
		T(s.object.n < message.n, "and fewer: %zu of %zu", s.object.n, message.n);
	}
	T(n > 0 || s.object.n == 0, "nothing taken, no recipe");
	split_free(&s);
	buf_free(&out);
	arena_free(&a);
	return n;
}

static void
splits(void)
{
	static const struct {
		const char *what, *head, *eol, *tail;
		size_t n;
		unsigned width;
		bool is_taken, is_read;
	} cases[] = {
		{ "a part", "Content-Transfer-Encoding: base64\n\n", "\n", "\n", 3000, 76, true, true },
		{ "CR LF", "Content-Transfer-Encoding: base64\r\n\r\n", "\r\n", "\r\n", 3000, 76, true, true },
		{ "not text", "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n", "\n", "\n", 3000,
		    76, true, false },
		{ "text", "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n", "\n", "\n", 3000, 76,
		    true, true },
		{ "many lines say enough", "a: b\n\n", "\n", "\n", 3000, 60, true, true },
		{ "few do not", "a: b\n\n", "\n", "\n", 3000, 400, false, false },
		{ "few that are named do", "Content-Transfer-Encoding: BASE64\n\n", "\n", "\n", 3000, 400, true,
		    true },
		{ "no end of line at the end", "Content-Transfer-Encoding: base64\n\n", "\n", "", 3001, 76, true,
		    true },
		{ "whole lines", "Content-Transfer-Encoding: base64\n\n", "\n", "\n", 57 * 60, 76, true, true },
		{ "before a boundary", "--b\nContent-Transfer-Encoding: base64\n\n", "\n", "\n--b--\n", 3000, 76,
		    true, true },
		{ "small", "Content-Transfer-Encoding: base64\n\n", "\n", "\n", 1023, 76, false, false },
		{ "just not", "Content-Transfer-Encoding: base64\n\n", "\n", "\n", 1024, 76, true, true },
		{ "too wide", "Content-Transfer-Encoding: base64\n\n", "\n", "\n", 30000, 1004, false, false },
		{ "more behind it", "Content-Transfer-Encoding: base64\n\n", "\n", "\nQUJD\n", 3000, 76, false,
		    false },
		{ "no empty line before", "Content-Transfer-Encoding: base64\n", "\n", "\n", 3000, 76, false,
		    false },
	};
	struct buf message = BUF_EMPTY, view = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_set(&message, slice_string(cases[i].head));
		add_body(&message, cases[i].n, cases[i].width, cases[i].eol);
		buf_add_string(&message, cases[i].tail);
		T((split(buf_slice(&message), &view) == 1) == cases[i].is_taken, "%s", cases[i].what);
		T((view.n == message.n) == (cases[i].is_read || !cases[i].is_taken), "%s: the view: %zu",
		    cases[i].what, view.n);
	}
	/* Encoded otherwise than we would: a bit set behind the end, no padding. */
	buf_set(&message, SLICE_OF("Content-Transfer-Encoding: base64\n\n"));
	add_body(&message, 3001, 76, "\n");
	T(split(buf_slice(&message), &view) == 1, "padded");
	message.p[message.n - 3] ^= 1;
	T(split(buf_slice(&message), &view) == 0, "other bits");
	message.p[message.n - 3] ^= 1;
	buf_truncate(&message, message.n - 1);
	T(split(buf_slice(&message), &view) == 0, "without padding");
	buf_free(&message);
	buf_free(&view);
}

static void
several(void)
{
	struct buf message = BUF_EMPTY, view = BUF_EMPTY;
	unsigned i;

	for (i = 0; i < 5; i++) {
		buf_add_format(&message, "--b\nContent-Type: %s/x\nContent-Transfer-Encoding: base64\n\n",
		    i % 2 ? "text" : "image");
		add_body(&message, 2000 + i, 76, "\n");
		buf_add_string(&message, "\n");
	}
	T(split(buf_slice(&message), &view) == 5, "five");
	T(slice_find_bytes(buf_slice(&view), 0, SLICE_OF("Content-Type: image/x")) < view.n &&
	    view.n < message.n / 2, "headers stay in the view, and text: %zu", view.n);
	buf_free(&message);
	buf_free(&view);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
recipes(void)
{
	static const struct {
		const char *object;
		enum error_code code;
	} cases[] = {
		{ "mailcask-parts 1\n\n", ERR_NONE },
		{ "mailcask-parts 1\nrest 2\n\nab", ERR_NONE },
		{ "mailcask-parts 1\nbase64 76 lf " ID "\nrest 1\nchunk " ID "\n\nx", ERR_NONE },
		{ "mailcask-parts 1\nbase64 1000 crlf " ID "\n\n", ERR_NONE },
		{ "mailcask-parts 2\n\n", ERR_VERSION }, { "mailcask-parts 10\nnews\n\n", ERR_VERSION },
		{ "", ERR_CORRUPT }, { "mailcask-parts 1", ERR_CORRUPT }, { "mailcask-parts 1\n", ERR_CORRUPT },
		{ "mailcask-parts 0\n\n", ERR_CORRUPT }, { "mailcask-parts \n\n", ERR_CORRUPT },
		{ "mailcask-parts x\n\n", ERR_CORRUPT }, { "Subject: a\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest 2\n\na", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest 2\n\nabc", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest 0\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest 1\nrest 1\n\nab", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest 18446744073709551616\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nrest\n\n", ERR_CORRUPT }, { "mailcask-parts 1\nmore 1\n\nx", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 76 lf\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 76 cr " ID "\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 75 lf " ID "\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 0 lf " ID "\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 1004 lf " ID "\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nbase64 76 lf " ID "0\n\n", ERR_CORRUPT },
		{ "mailcask-parts 1\nchunk 0123\n\n", ERR_CORRUPT },
	};
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct recipe recipe;
	enum error_code code;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error_clear(&err);
		code = recipe_parse(slice_string(cases[i].object), &a, &recipe, &err) == 0 ? ERR_NONE
		    : err.code;
		T(code == cases[i].code, "%s: %d %s", cases[i].object, code, err.text);
		T(code == ERR_NONE || recipe.n == 0, "%s: no steps", cases[i].object);
	}
	arena_free(&a);
}

int
main(void)
{
	splits();
	several();
	recipes();
	return t_done();
}
