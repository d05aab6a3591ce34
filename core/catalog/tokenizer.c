/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <sqlite3.h>

#include "core/base/digest.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/catalog/catalog_internal.h"

/*
 * ASCII is done here; what has other bytes in it goes to unicode61, so that
 * its tables need no copy.  Text between two ASCII characters that are
 * neither letter nor digit is a run; tokens never cross its ends.
 */
struct tokenizer {
	fts5_tokenizer unicode;
	Fts5Tokenizer *unicode_handle;
};

typedef int token_sink(void *to, int flags, const char *token, int n, int start, int end);

/* 0: no letter or digit; else the character folded.  Bytes from 0x80 on
 * stand for themselves. */
static const unsigned char FOLDED[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

/*
 * Scripts written without blanks between words, or whose words carry
 * endings without one (Hangul), and pictographs, which unicode61 would drop.
 * Ideographic punctuation is not among them.
 */
static const struct {
	uint32_t first, last;
} ALONE[] = {
	{ 0x0e01, 0x0e3a }, { 0x0e40, 0x0e4e },         /* Thai */
	{ 0x0e81, 0x0ece },                             /* Lao */
	{ 0x1000, 0x1049 },                             /* Myanmar */
	{ 0x1100, 0x11ff },                             /* Hangul Jamo */
	{ 0x1780, 0x17d3 },                             /* Khmer */
	{ 0x2600, 0x27bf },                             /* pictographs */
	{ 0x3005, 0x3007 }, { 0x3021, 0x3029 }, { 0x3031, 0x3035 }, { 0x3041, 0x3096 },
	{ 0x309d, 0x309f }, { 0x30a1, 0x30fa }, { 0x30fc, 0x30ff },     /* Kana */
	{ 0x3105, 0x312f }, { 0x3131, 0x318e }, { 0x31a0, 0x31bf }, { 0x31f0, 0x31ff },
	{ 0x3400, 0x4dbf }, { 0x4e00, 0x9fff },         /* Han */
	{ 0xa960, 0xa97f }, { 0xac00, 0xd7ff },         /* Hangul */
	{ 0xf900, 0xfaff }, { 0xff66, 0xff9f },
	{ 0x1f300, 0x1faff },                           /* pictographs */
	{ 0x20000, 0x3ffff },                           /* Han */
};

static bool
stands_alone(uint32_t code)
{
	size_t low = 0, high = sizeof(ALONE) / sizeof(ALONE[0]), middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (code > ALONE[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof(ALONE) / sizeof(ALONE[0]) && code >= ALONE[low].first;
}

/*
 * What unicode61 leaves: letters that are no others with an accent to Unicode
 * and are to people, the accents of Greek and Cyrillic, ligatures.  In order;
 * nothing grows by it.
 */
static const struct {
	uint32_t code;
	char letters[4];
} FOLDS[] = {
	{ 0xdf, "ss" }, { 0xe6, "ae" }, { 0xf0, "d" }, { 0xf8, "o" }, { 0xfe, "th" },
	{ 0x111, "d" }, { 0x127, "h" }, { 0x131, "i" }, { 0x133, "ij" }, { 0x142, "l" },
	{ 0x153, "oe" }, { 0x167, "t" }, { 0x390, "ι" }, { 0x3ac, "α" }, { 0x3ad, "ε" },
	{ 0x3ae, "η" }, { 0x3af, "ι" }, { 0x3b0, "υ" }, { 0x3ca, "ι" }, { 0x3cb, "υ" },
	{ 0x3cc, "ο" }, { 0x3cd, "υ" }, { 0x3ce, "ω" }, { 0x439, "и" }, { 0x450, "е" },
	{ 0x451, "е" }, { 0x453, "г" }, { 0x457, "і" }, { 0x45c, "к" }, { 0x45d, "и" },
	{ 0x45e, "у" }, { 0xfb00, "ff" }, { 0xfb01, "fi" }, { 0xfb02, "fl" }, { 0xfb03, "ffi" },
	{ 0xfb04, "ffl" }, { 0xfb05, "st" }, { 0xfb06, "st" },
};

/* Fold a token of unicode61 into out, which holds n bytes; how many it takes. */
static int
fold(const char *token, int n, char *out)
{
	struct slice rest = slice_of(token, (size_t)n), before = rest;
	size_t low, high, middle, used = 0, size;
	const void *from;
	uint32_t code;
	char ascii;

	for (; text_next(&rest, &code); before = rest) {
		from = before.p;
		size = before.n - rest.n;
		for (low = 0, high = sizeof(FOLDS) / sizeof(FOLDS[0]); code >= 0xdf && low < high;) {
			middle = (low + high) / 2;
			if (FOLDS[middle].code == code) {
				from = FOLDS[middle].letters;
				size = strlen(from);
				break;
			}
			if (FOLDS[middle].code < code)
				low = middle + 1;
			else
				high = middle;
		}
		/* The wide forms of ASCII. */
		if (code > 0xff00 && code < 0xff5f) {
			ascii = (char)(code - 0xff00 + ' ');
			from = &ascii;
			size = 1;
		}
		memcpy(out + used, from, size);
		used += size;
	}
	return (int)used;
}

/* Where the tokens of a piece go, and where in the text the piece begins. */
struct piece {
	token_sink *sink;
	void *to;
	int at;
};

/* A cut never leaves half a character: those bytes would be no UTF-8. */
static int
cut_token(const char *token, int n)
{
	if (n <= TOKEN_MAX)
		return n;
	n = TOKEN_MAX;
	while (n > 0 && ((unsigned char)token[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static int
piece_token(void *context, int flags, const char *token, int n, int start, int end)
{
	struct piece *p = context;
	char folded[TOKEN_MAX];

	n = fold(token, cut_token(token, n), folded);
	return p->sink(p->to, flags, folded, n, p->at + start, p->at + end);
}

static int
tokenize_piece(struct tokenizer *t, struct piece *p, int flags, struct slice piece)
{
	if (piece.n == 0)
		return SQLITE_OK;
	return t->unicode.xTokenize(t->unicode_handle, p, flags, (const char *)piece.p,
	    (int)piece.n, piece_token);
}

/* A run with bytes that are not ASCII; at is where it begins in the text. */
static int
tokenize_run(struct tokenizer *t, token_sink *sink, void *to, int flags, struct slice run, int at)
{
	struct piece p = { sink, to, at };
	struct slice rest = run, piece = { run.p, 0 };
	const unsigned char *here;
	uint32_t code;
	int rc = SQLITE_OK, start;

	while (rc == SQLITE_OK && rest.n > 0) {
		here = rest.p;
		if (here[0] < 0x80) {
			rest = slice_from(rest, 1);
			continue;
		}
		text_next(&rest, &code);
		if (!stands_alone(code))
			continue;
		piece.n = (size_t)(here - piece.p);
		rc = tokenize_piece(t, &p, flags, piece);
		start = at + (int)(here - run.p);
		if (rc == SQLITE_OK)
			rc = sink(to, 0, (const char *)here, (int)(rest.p - here), start,
			    start + (int)(rest.p - here));
		piece.p = rest.p;
		p.at = at + (int)(rest.p - run.p);
	}
	piece.n = (size_t)(rest.p - piece.p);
	return rc != SQLITE_OK ? rc : tokenize_piece(t, &p, flags, piece);
}

static int
tokenize(struct tokenizer *t, token_sink *sink, void *to, int flags, const char *text, int n)
{
	const unsigned char *p = (const unsigned char *)text;
	char token[TOKEN_MAX];
	int i = 0, start, rc = SQLITE_OK;
	unsigned char folded;

	while (rc == SQLITE_OK) {
		while (i < n && p[i] < 0x80 && FOLDED[p[i]] == 0)
			i++;
		if (i >= n)
			break;
		for (start = i; i < n && (folded = FOLDED[p[i]]) != 0; i++) {
			if (i - start < TOKEN_MAX)
				token[i - start] = (char)folded;
		}
		if (i == n || p[i] < 0x80) {
			rc = sink(to, 0, token, i - start < TOKEN_MAX ? i - start : TOKEN_MAX,
			    start, i);
			continue;
		}
		while (i < n && (p[i] >= 0x80 || FOLDED[p[i]] != 0))
			i++;
		rc = tokenize_run(t, sink, to, flags, slice_of(p + start, (size_t)(i - start)),
		    start);
	}
	return rc;
}

/* ---- Long texts ---- */

/*
 * FTS5 holds the words of a row in memory, some 130 bytes for each that is
 * new.  A text shorter than this cannot have too many of them; of a longer
 * one (a dump, a log) only so many are indexed, each wherever it stands.
 */
#define LONG_TEXT (512u * KIB)
#define SEEN_BITS (1u << 20)

struct long_text {
	token_sink *sink;
	void *to;
	size_t words;                   /* different ones, but for equal hashes */
	unsigned char seen[SEEN_BITS / 8];      /* by their hash */
};

static int
long_text_token(void *context, int flags, const char *token, int n, int start, int end)
{
	struct long_text *l = context;
	uint64_t bit = fingerprint64(slice_of(token, (size_t)n)) % SEEN_BITS;
	unsigned char mask = (unsigned char)(1u << bit % 8);

	if ((l->seen[bit / 8] & mask) == 0) {
		if (l->words == INDEX_WORDS_MAX)
			return SQLITE_OK;
		l->words++;
		l->seen[bit / 8] |= mask;
	}
	return l->sink(l->to, flags, token, n, start, end);
}

static int
tokenize_long(struct tokenizer *t, token_sink *sink, void *to, int flags, const char *text, int n)
{
	struct long_text *l = mem_alloc(sizeof(*l));
	int rc;

	l->sink = sink;
	l->to = to;
	rc = tokenize(t, long_text_token, l, flags, text, n);
	mem_free(l);
	return rc;
}

/* ---- As FTS5 knows it ---- */

/* FTS5 makes one for each table; all are the catalog's. */
static int
fts_create(void *context, const char **args, int n, Fts5Tokenizer **out)
{
	(void)args;
	(void)n;
	*out = context;
	return SQLITE_OK;
}

static void
fts_delete(Fts5Tokenizer *t)
{
	(void)t;
}

static int
fts_tokenize(Fts5Tokenizer *t, void *to, int flags, const char *text, int n, token_sink *sink)
{
	return (n > (int)LONG_TEXT ? tokenize_long : tokenize)((struct tokenizer *)t, sink, to, flags,
	    text, n);
}

static fts5_api *
fts_api(sqlite3 *db)
{
	fts5_api *api = NULL;
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_pointer(s, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(s);
	}
	sqlite3_finalize(s);
	return api;
}

int
tokenizer_register(struct catalog *c, struct error *err)
{
	static const char *args[] = { "remove_diacritics", "2" };
	fts5_tokenizer mail = { fts_create, fts_delete, fts_tokenize };
	fts5_api *api = fts_api(c->db);
	struct tokenizer *t;
	void *user;
	int rc;

	if (api == NULL)
		return fail(err, ERR_SYSTEM, "this SQLite has no FTS5");
	t = c->tokenizer = mem_alloc(sizeof(*t));
	rc = api->xFindTokenizer(api, "unicode61", &user, &t->unicode);
	if (rc == SQLITE_OK)
		rc = t->unicode.xCreate(user, args, 2, &t->unicode_handle);
	if (rc == SQLITE_OK)
		rc = api->xCreateTokenizer(api, "mail", t, &mail, NULL);
	return rc == SQLITE_OK ? 0 : catalog_fail(c, rc, "tokenizer", err);
}

void
tokenizer_close(struct tokenizer *t)
{
	if (t == NULL)
		return;
	if (t->unicode_handle != NULL)
		t->unicode.xDelete(t->unicode_handle);
	mem_free(t);
}

struct folding {
	struct buf *out;
	size_t n;
};

static int
folding_token(void *to, int flags, const char *token, int n, int start, int end)
{
	struct folding *f = to;

	(void)flags;
	(void)start;
	(void)end;
	if (f->n++ > 0)
		buf_add_byte(f->out, ' ');
	buf_add_bytes(f->out, token, (size_t)n);
	return SQLITE_OK;
}

size_t
tokenizer_fold(struct tokenizer *t, struct slice text, struct buf *out)
{
	struct folding f = { out, 0 };

	tokenize(t, folding_token, &f, FTS5_TOKENIZE_AUX, (const char *)text.p, (int)text.n);
	return f.n;
}
