/* SPDX-License-Identifier: MIT */
#include "core/catalog/search.h"

#include <inttypes.h>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "tests/t.h"

/* 2026-11-23 12:29:40 UTC, and an hour east of it. */
static const struct search_options here = { .now = INT64_C(1795436980), .zone_minutes = 60 };

/* Found by their subject. */
/* A word of 120 bytes: of a word 64 count. */
#define LONG "ßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßßß"

static const struct {
	const char *subject, *from, *to, *cc, *file, *text, *date;
	const char *mailbox, *tag;
	unsigned flags;
	uint64_t bytes;
} mail[] = {
	{ "m0", "Anna Berg <anna.berg@mail.example.org>", "pat@example.org", "", "", "don't e-mail foo_bar " LONG,
	    "2024-05-06T22:59:59Z", "Inbox", "work", FLAG_SEEN, 10000 },
	{ "m1", "Bob <bob@example.org>", "anna@example.org", "Carl <c@example.org>", "Plan-2.PDF",
	    "the harbour dues of 3.14 crowns", "2024-05-06T23:00:00Z", "Inbox/Harbour", "$label1",
	    FLAG_SEEN | FLAG_FLAGGED, 999 },
	{ "m2", "", "", "", "", "Müller Straße Søren Łódź ﬁnance Cafe\xcc\x81 ＡＢＣ１２３", "2023-12-31T23:30:00Z",
	    "Archiv/Übersicht", "to do", 0, 1000 },
	{ "m3", "", "", "", "", "Καλημέρα από την Αθήνα, ο κόσμος. Ёлка в Москве, йод.", "", "", "", 0, 1001 },
	{ "m4", "", "", "", "", "月曜の会議です。中文测试邮件 한국어 시험입니다 สวัสดีชาวโลก 🎉", "2026-11-23T10:00:00Z", "Inbox",
	    "", FLAG_DRAFT, 20 },
	{ "m5", "", "", "", "", "مرحبا بالعالم שלום עולם हिन्दी", "2026-11-22T10:00:00Z", "Sent", "",
	    FLAG_ANSWERED | FLAG_FORWARDED | FLAG_SEEN, 5000000 },
};
#define MAIL_COUNT (sizeof(mail) / sizeof(mail[0]))

static struct catalog *
make_catalog(void)
{
	struct catalog_snapshot snapshot = { .id = "2026-11-23T000000Z-00000000", .time = 1 };
	struct error err = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct catalog *c = NULL;
	struct catalog_message m;
	struct catalog_mailbox box;
	struct slice file;
	struct tags tags;
	bool unused;
	int64_t row;
	size_t i;

	T(catalog_open(":memory:", CATALOG_WRITE, "x", true, &c, &err) == 0, "%s", err.text);
	T(catalog_begin(c, &err) == 0 && catalog_begin_snapshot(c, &snapshot, &row, &err) == 0,
	    "%s", err.text);
	for (i = 0; i < MAIL_COUNT; i++) {
		file = slice_string(mail[i].file);
		m = (struct catalog_message){ .bytes = mail[i].bytes, .from = slice_string(mail[i].from),
			.to = slice_string(mail[i].to), .cc = slice_string(mail[i].cc),
			.subject = slice_string(mail[i].subject), .text = slice_string(mail[i].text),
			.message_id = slice_string(mail[i].subject), .attachments = &file,
			.attachment_count = file.n > 0, .has_text = true };
		text_parse_time(slice_string(mail[i].date), 0, &m.date, &unused);
		digest_of(m.subject, &m.id);
		T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
		if (mail[i].mailbox[0] == '\0')
			continue;
		box = (struct catalog_mailbox){ .client = "mutt", .account = "~/Mail",
			.store = "/s", .path = arena_format(&a, "/s/%zu", i), .name = mail[i].mailbox };
		tags = (struct tags){ NULL, 0 };
		tags_add(&tags, &a, slice_string(mail[i].tag));
		T(catalog_mailbox_row(c, &box, &box.row, &err) == 0 &&
		    catalog_set_mailbox(c, row, &box, &err) == 0 &&
		    catalog_place(c, &m.id, mail[i].flags, &tags, &err) == 0 &&
		    catalog_placed(c, &err) == 0, "%s", err.text);
	}
	T(catalog_end_snapshot(c, &snapshot, &err) == 0 && catalog_commit(c, &err) == 0, "%s", err.text);
	arena_free(&a);
	return c;
}

/* The subjects found, without their "m", the newest first; or the error. */
static void
ask(struct catalog *c, struct slice query, const struct search_options *options, struct buf *out)
{
	struct error err = ERROR_NONE;
	struct catalog_rows *rows = NULL;
	struct catalog_found found;
	int rc = catalog_search(c, query, options, &rows, &err);

	buf_clear(out);
	while (rc == 0 && (rc = catalog_next_message(rows, &found, &err)) == 1) {
		buf_add_string(out, found.subject + 1);
		rc = 0;
	}
	if (rc < 0)
		buf_add_string(out, err.code == ERR_USAGE ? "usage" : err.text);
	catalog_rows_close(rows);
}

static void
finds(struct catalog *c)
{
	static const struct {
		const char *query, *found;
	} cases[] = {
		{ "", "451023" }, { "   ", "451023" }, { "!!!", "" }, { "m1", "1" }, { "M1", "1" },
		/* Words, prefixes, phrases, what stands between letters. */
		{ "harbour dues", "1" }, { "dues harbour", "1" }, { "\"harbour dues\"", "1" },
		{ "\"dues harbour\"", "" }, { "har*", "1" }, { "har", "" }, { "\"harbour du\"*", "1" },
		{ "don't", "0" }, { "e-mail", "0" }, { "foo_bar", "0" }, { "3.14", "1" },
		{ LONG, "0" }, { LONG "ss", "0" }, { "ss*", "0" }, { "s", "" },
		{ "anna.berg@mail.example.org", "0" }, { "example.org", "10" }, { "a*b", "" },
		/* Folding: case, accents, letters that are two, wide ones. */
		{ "muller", "2" }, { "MÜLLER", "2" }, { "Mu\xcc\x88ller", "2" }, { "strasse", "2" },
		{ "STRAßE", "2" }, { "soren", "2" }, { "lodz", "2" }, { "finance", "2" }, { "café", "2" },
		{ "abc123", "2" }, { "ＡＢＣ１２３", "2" }, { "αθηνα", "3" }, { "ΚΌΣΜΟΣ", "3" }, { "κοσμοσ", "3" },
		{ "елка", "3" }, { "ЁЛКА", "3" }, { "йод", "3" }, { "и\xcc\x86од", "3" },
		/* Scripts without blanks: any part. */
		{ "会議", "4" }, { "月曜", "4" }, { "議会", "" }, { "中文", "4" }, { "邮件", "4" }, { "한국", "4" },
		{ "시험", "4" }, { "ชาวโลก", "4" }, { "🎉", "4" }, { "会*", "4" },
		{ "بالعالم", "5" }, { "שלום", "5" }, { "हिन्दी", "5" },
		/* Fields. */
		{ "from:anna", "0" }, { "to:anna", "1" }, { "to:carl", "1" }, { "cc:carl", "1" },
		{ "FROM:Anna", "0" }, { "from:\"anna berg\"", "0" }, { "from:\"berg berg\"", "" },
		{ "from:ann*", "0" }, { "subject:m*", "451023" }, { "subject:harbour", "" },
		{ "file:pdf", "1" }, { "file:plan-2.pdf", "1" }, { "has:attachment", "1" },
		{ "has:attachments -m1", "" }, { "has:nothing", "" }, { "x:harbour", "" }, { "id:m3", "3" },
		{ "id:<m3>", "3" }, { "id:M3", "" },
		/* Places. */
		{ "folder:inbox", "410" }, { "folder:harbour", "1" }, { "folder:ubersicht", "2" },
		{ "folder:inbox/harbour", "1" }, { "client:mutt", "45102" }, { "account:mail", "45102" },
		{ "tag:work", "0" }, { "tag:wor", "" }, { "tag:wor*", "0" }, { "tag:$label1", "1" },
		{ "tag:\"to do\"", "2" }, { "-folder:inbox", "523" },
		/* States: what lies nowhere has none. */
		{ "is:unread", "42" }, { "is:seen", "510" }, { "is:flagged", "1" }, { "is:answered", "5" },
		{ "is:forwarded", "5" }, { "is:draft", "4" }, { "is:deleted", "" }, { "is:nothing", "" },
		/* Times where the person is; no date is never in a range. */
		{ "date:2024-05-06", "0" }, { "date:2024-05-07", "1" }, { "date:2024", "102" },
		{ "date:2023", "" }, { "date:2024-05", "10" }, { "date:2024/05/07", "1" },
		{ "date:2024-01..2024-04", "2" }, { "date:..2024-01", "2" }, { "date:2026..", "45" },
		{ "before:2024-05-07", "02" }, { "after:2024-05-07", "451" }, { "date:today", "4" },
		{ "date:yesterday", "5" }, { "date:1d..", "45" }, { "date:2024-05-06T23:00:00Z", "1" },
		{ "-date:2024", "453" }, { "date:2024-13", "usage" }, { "date:2023-02-29", "usage" },
		{ "date:2025..2024", "usage" }, { "date:..", "usage" }, { "before:soon", "usage" },
		/* Sizes. */
		{ "larger:1k", "503" }, { "smaller:1k", "41" }, { "larger:0.999k", "5023" },
		{ "larger:4.9MB", "5" }, { "smaller:1KiB", "4123" }, { "larger:big", "usage" },
		{ "larger:", "" }, { "larger:-1", "usage" }, { "larger:99999999999999999999", "usage" },
		/* Together. */
		{ "harbour -dues", "" }, { "-harbour", "45023" }, { "NOT harbour", "45023" },
		{ "NOT NOT harbour", "1" }, { "harbour OR muller", "12" }, { "harbour AND muller", "" },
		{ "m1 OR m2 folder:inbox", "1" }, { "(m1 OR m2) -folder:inbox", "2" },
		{ "m1 OR (m2 OR (m3))", "123" }, { "-(m1 OR m2)", "4503" }, { "-(m1 m2)", "451023" },
		{ "-m1 -m2", "4503" }, { "has:attachment OR is:draft", "41" }, { "m4 OR -m*", "4" },
		{ "-is:unread -is:seen", "3" }, { "m1 ()", "1" }, { "m1 !!!", "1" }, { "m1 -!!!", "1" },
		{ "m1 OR !!!", "1" }, { "folder:inbox OR -folder:inbox", "451023" },
		/* Whatever is typed. */
		{ "\"", "" }, { "\"m1", "1" }, { "m1\"", "1" }, { "(m1", "1" }, { "m1)", "1" }, { ")m1", "1" },
		{ "m1 AND", "" }, { "AND m1", "" }, { "m1 OR", "" }, { "m1 AND OR m2", "" }, { "--m1", "1" },
		{ "- m1", "1" }, { "*", "" }, { "m*", "451023" }, { "from:", "" }, { "from:\"", "" },
		{ "NEAR(m1 m2)", "" }, { "^m1", "1" }, { "{subject} : m1", "" }, { "m1 + m1", "1" },
		{ "'m1'", "1" }, { "m1;", "1" }, { "m\x01 m1", "" }, { "\xff" "m1", "1" }, { "m1\xff", "1" },
	};
	struct buf out = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(c, slice_string(cases[i].query), &here, &out);
		T(slice_is(buf_slice(&out), cases[i].found), "%s: %s", cases[i].query, buf_text(&out));
	}
	ask(c, SLICE_OF("m1\0m2"), &here, &out);
	T(out.n == 0, "NUL is a blank: %s", buf_text(&out));
	buf_free(&out);
}

static void
order(struct catalog *c)
{
	struct search_options options = here;
	struct buf out = BUF_EMPTY;

	options.limit = 2;
	ask(c, SLICE_OF("m*"), &options, &out);
	T(slice_is(buf_slice(&out), "45"), "a limit: %s", buf_text(&out));
	options.oldest_first = true;
	ask(c, SLICE_OF("m*"), &options, &out);
	T(slice_is(buf_slice(&out), "32"), "the oldest: %s", buf_text(&out));
	options.limit = UINT64_MAX;
	ask(c, SLICE_EMPTY, &options, &out);
	T(slice_is(buf_slice(&out), "320154"), "all: %s", buf_text(&out));
	options.zone_minutes = -300;
	ask(c, SLICE_OF("date:2023"), &options, &out);
	T(slice_is(buf_slice(&out), "2"), "in the west it was still 2023: %s", buf_text(&out));
	buf_free(&out);
}

/* More than SQLite and FTS5 would take: the rest of the query is left out. */
static void
long_ones(struct catalog *c)
{
	static const char *const pieces[] = { " OR m9", " -m9", " -is:flagged", " NOT (m9 OR is:draft)",
		" (m1 OR", "((", " -(", "中", " OR date:2024", " \"m9\" *", "a.", " NOT" };
	struct buf query = BUF_EMPTY, out = BUF_EMPTY;
	size_t i, n;

	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		buf_set(&query, SLICE_OF("m1"));
		for (n = 0; n < 30000; n++)
			buf_add_string(&query, pieces[i]);
		ask(c, buf_slice(&query), &here, &out);
		T(out.n <= MAIL_COUNT, "%s …: %s", pieces[i], buf_text(&out));
	}
	buf_clear(&query);
	memset(buf_extend(&query, 65536), ' ', 65536);
	buf_add_string(&query, "m1");
	ask(c, buf_slice(&query), &here, &out);
	T(out.n == 0, "what is behind is not looked at: %s", buf_text(&out));
	buf_free(&query);
	buf_free(&out);
}

/* Of a long text that is all different words only so many are indexed, but
 * all of a short one, and of both what was met before. */
static void
long_texts(void)
{
	struct error err = ERROR_NONE;
	struct buf text = BUF_EMPTY, out = BUF_EMPTY;
	struct search_options all = { .limit = 10 };
	struct catalog *c = NULL;
	struct catalog_message m = { .subject = SLICE_OF("mlong"), .has_text = true };
	size_t i;

	for (i = 0; i < INDEX_WORDS_MAX + 50000; i++)
		buf_add_format(&text, "w%zu ", i);
	buf_add_string(&text, "last w1 w2");
	T(catalog_open(":memory:", CATALOG_WRITE, "x", true, &c, &err) == 0 &&
	    catalog_begin(c, &err) == 0, "%s", err.text);
	m.text = buf_slice(&text);
	digest_of(m.subject, &m.id);
	T(catalog_add_message(c, &m, &err) == 0, "%s", err.text);
	m.subject = SLICE_OF("mshort");
	m.text = slice_from(m.text, m.text.n - 300000);
	digest_of(m.subject, &m.id);
	T(catalog_add_message(c, &m, &err) == 0 && catalog_commit(c, &err) == 0, "%s", err.text);
	ask(c, SLICE_OF("w99"), &all, &out);
	T(strcmp(buf_text(&out), "long") == 0, "the first words: %s", buf_text(&out));
	ask(c, SLICE_OF("last"), &all, &out);
	T(strcmp(buf_text(&out), "short") == 0, "a new one at the end: %s", buf_text(&out));
	ask(c, SLICE_OF("\"w1 w2\""), &all, &out);
	T(strlen(buf_text(&out)) == strlen("longshort"), "known ones there: %s", buf_text(&out));
	catalog_close(c);
	buf_free(&text);
	buf_free(&out);
}

/* Where a message lies is told whatever was asked since. */
static void
places_beside_a_search(struct catalog *c)
{
	struct catalog_rows *first = NULL, *other = NULL;
	struct catalog_whereabouts place;
	struct error err = ERROR_NONE;
	struct buf found = BUF_EMPTY;

	T(catalog_places(c, 1, &first, &err) == 0, "%s", err.text);
	ask(c, SLICE_OF("Müller"), &(struct search_options){ .limit = 0 }, &found);
	T(catalog_places(c, 6, &other, &err) == 0 &&
	    catalog_next_place(other, &place, &err) == 1 && strcmp(place.name, "Sent") == 0,
	    "the sixth: %s", err.text);
	T(catalog_next_place(first, &place, &err) == 1 && strcmp(place.name, "Inbox") == 0,
	    "the first: %s", place.name);
	catalog_rows_close(first);
	catalog_rows_close(other);
	buf_free(&found);
}

int
main(void)
{
	struct catalog *c = make_catalog();

	finds(c);
	order(c);
	long_ones(c);
	long_texts();
	places_beside_a_search(c);
	catalog_close(c);
	return t_done();
}
