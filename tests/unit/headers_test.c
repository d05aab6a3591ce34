/* SPDX-License-Identifier: MIT */
#include "core/archive/headers.h"

#include "core/archive/check.h"
#include "core/archive/transfer.h"
#include "tests/samplearchive.h"

struct keys {
	struct key_source source;
	const struct age_identity *id;
};

static int
fetch(struct key_source *k, const char *archive_id, struct identities *out, struct error *err)
{
	(void)archive_id;
	(void)err;
	identities_add(out, ((struct keys *)(void *)k)->id);
	return 0;
}

static struct age_identity first, second, third;
static struct keys with_first = { { fetch }, &first }, with_second = { { fetch }, &second },
    with_third = { { fetch }, &third };

/* 0: whole; -1: it does not open; else the number of faults. */
static int
look(struct target *t, struct keys *keys)
{
	struct check_report report;
	struct archive *a;
	struct error err = ERROR_NONE;
	int faults = -1;

	memset(&report, 0, sizeof(report));
	T(archive_open(t, &a, &err) == 0, "%s", err.text);
	archive_set_keys(a, &keys->source);
	if (archive_check(a, CHECK_ALL, NULL, NULL, NULL, &report, &err) == 0) {
		faults = (int)(report.faults.n + report.lost_messages.n);
		check_report_free(&report);
	}
	archive_close(a);
	return faults;
}

static size_t
rewrap(struct target *t, struct keys *keys, const struct age_identity *to)
{
	const struct recipients list = { (struct age_recipient *)(uintptr_t)&to->recipient, 1, 1 };
	struct archive *a;
	struct error err = ERROR_NONE;
	size_t count = 0, missed = 0;

	T(archive_open(t, &a, &err) == 0, "%s", err.text);
	archive_set_keys(a, &keys->source);
	T(archive_rewrap(a, &list, t_directory(), NULL, &count, &missed, &err) == 0 && missed == 0,
	    "rewrap: %s", err.text);
	archive_close(a);
	return count;
}

static struct buf *
headers_file(struct memory_target *m)
{
	size_t i;

	for (i = 0; i < m->files.n; i++)
		if (slice_starts(slice_string(m->files.items[i].name), "headers/"))
			return &m->files.items[i].bytes;
	return NULL;
}

static void
json_escape(struct buf *out, struct slice text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			buf_add_string(out, "\\n");
		else
			buf_add_byte(out, text.p[i]);
}

/* Somebody who can write there puts headers of his own, under a name that is
 * right: what they open is not what lies there, and nothing is given out. */
static void
forged(struct memory_target *m)
{
	struct buf line = BUF_EMPTY, name = BUF_EMPTY;
	struct age_file file;
	struct age_writer *w = age_writer_open(&third.recipient, 1);
	struct error err = ERROR_NONE;
	struct buf own = BUF_EMPTY;
	struct digest digest;
	struct target_item *items;
	struct arena a = ARENA_EMPTY;
	size_t n, i;

	age_writer_begin(w, &own);
	T(age_open(buf_slice(&own), &third, 1, &file, &err) == 1, "%s", err.text);
	buf_add_string(&line, "{\"headers\":1}\nrubbish\n{\"file\":1}\n");
	T(memory_list(&m->target, "", &a, &items, &n, &err) == 0, "list");
	buf_truncate(&own, own.n - AGE_NONCE);
	for (i = 0; i < n; i++) {
		buf_add_format(&line, "{\"file\":\"%s\",\"nonce\":%zu,\"header\":\"", items[i].name,
		    own.n);
		json_escape(&line, buf_slice(&own));
		buf_add_string(&line, "\"}\n");
	}
	digest_of(buf_slice(&line), &digest);
	buf_add_string(&name, "headers/");
	digest_add_hex(&name, &digest);
	buf_add_string(&name, ".jsonl");
	T(transfer_put(&m->target, t_directory(), buf_text(&name), buf_slice(&line), &err) == 0, "%s",
	    err.text);
	T(look(&m->target, &with_first) == 0, "the owner's is as it was");
	T(look(&m->target, &with_second) == 0, "the second too");
	T(look(&m->target, &with_third) != 0, "the thief reads nothing");
	age_writer_close(w);
	arena_free(&a);
	buf_free(&line);
	buf_free(&name);
	buf_free(&own);
}

int
main(void)
{
	struct memory_target *m = memory_target_open(NULL);
	struct buf mbox = BUF_EMPTY, *bytes;
	struct sample s;
	size_t n, i;

	age_identity_make(&first);
	age_identity_make(&second);
	age_identity_make(&third);
	*vec_push(&sample_recipients) = first.recipient;
	sample_keys = &with_first.source;
	if (!sample_open(&s, &m->target, CODEC_ZSTD, true) || !sample_fill(&s, 3, &mbox))
		return t_done();
	sample_close(&s);
	n = m->files.n;
	T(look(&m->target, &with_first) == 0, "whole");
	T(look(&m->target, &with_second) < 0, "not for the second");
	T(rewrap(&m->target, &with_first, &second) == n - 2, "all but the two that are plain");
	T(m->files.n == n + 1, "one file more");
	T(look(&m->target, &with_second) == 0, "for the second");
	T(look(&m->target, &with_first) == 0, "and for the first");
	T(look(&m->target, &with_third) < 0, "not for the third");

	bytes = headers_file(m);
	for (i = 0; i < bytes->n; i += 1 + bytes->n / 50) {
		bytes->p[i] ^= 1;
		T(look(&m->target, &with_first) == 1, "damage at %zu is named", i);
		T(look(&m->target, &with_second) != 0, "and opens nothing");
		bytes->p[i] ^= 1;
	}
	buf_add_byte(bytes, '\n');
	T(look(&m->target, &with_second) < 0, "a file that does not match its name is not used");
	buf_truncate(bytes, bytes->n - 1);
	forged(m);
	/* The second passes it on: a header is made out of a header. */
	T(rewrap(&m->target, &with_second, &third) >= n - 2, "passed on");
	T(look(&m->target, &with_third) == 0, "for the third");
	buf_free(&mbox);
	vec_free(&sample_recipients);
	m->target.ops->close(&m->target);
	return t_done();
}
