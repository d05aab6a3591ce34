/* SPDX-License-Identifier: MIT */
#include "core/archive/check.h"

#include <sys/resource.h>

#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/base/limits.h"
#include "tests/samplearchive.h"

/* A small archive in memory, and damage of every kind to every file of it. */
struct bench {
	struct memory_target *memory;
	struct sample sample;
	char *head;             /* the newest snapshot, as a machine remembers it */
};

static void
bench_open(struct bench *b, enum codec codec)
{
	struct buf mbox = BUF_EMPTY;

	memset(b, 0, sizeof(*b));
	b->memory = memory_target_open(NULL);
	if (sample_open(&b->sample, &b->memory->target, codec, true) &&
	    sample_fill(&b->sample, 3, &mbox))
		b->head = mem_string(b->sample.snapshot.id);
	buf_free(&mbox);
}

static void
bench_close(struct bench *b)
{
	mem_free(b->head);
	sample_close(&b->sample);
	b->memory->target.ops->close(&b->memory->target);
}

enum outcome { CLEAN, NAMED, FOUND, REFUSED, FAILED };

/* What check --read-data says: NAMED if a fault names the file. */
static enum outcome
look(struct bench *b, const char *file, struct check_report *report)
{
	struct archive *a;
	struct error err = ERROR_NONE;
	enum outcome is = CLEAN;
	size_t i;

	memset(report, 0, sizeof(*report));
	if (archive_open(&b->memory->target, &a, &err) < 0)
		return err.code == ERR_CORRUPT || err.code == ERR_NOT_FOUND ? REFUSED : FAILED;
	if (archive_check(a, CHECK_ALL, b->head, NULL, NULL, report, &err) < 0)
		is = FAILED;
	for (i = 0; is != FAILED && i < report->faults.n; i++) {
		if (is == CLEAN)
			is = FOUND;
		if (report->faults.items[i].file != NULL &&
		    strcmp(report->faults.items[i].file, file) == 0)
			is = NAMED;
	}
	archive_close(a);
	return is;
}

static bool
is_found(struct bench *b, const char *file)
{
	struct check_report report;
	enum outcome is = look(b, file, &report);

	check_report_free(&report);
	return is == NAMED || (is == REFUSED && strcmp(file, IDENTITY_NAME) == 0);
}

static void
stays_clean(struct bench *b)
{
	struct check_report report;
	enum outcome is = look(b, "", &report);

	T(is == CLEAN && report.objects > 0 && report.snapshots == 2 &&
	    report.packs > 0, "clean: %s", report.faults.n > 0 ? report.faults.items[0].what : "");
	check_report_free(&report);
}

/* Every bit of every file; for the second codec, and of the README, which only
 * its digest is asked about, some bit of nearly each byte.  (inv4) */
static void
every_bit(struct bench *b, bool all)
{
	struct memory_file *f;
	size_t i, bit, missed, step, n;

	for (i = 0; i < b->memory->files.n; i++) {
		f = &b->memory->files.items[i];
		step = strcmp(f->name, README_NAME) == 0 ? 9 : all ? 1 : 5;
		for (bit = missed = n = 0; bit < f->bytes.n * 8; bit += step, n++) {
			f->bytes.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
			missed += !is_found(b, f->name);
			f->bytes.p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		T(missed == 0, "%s: %zu of %zu flips are missed", f->name, missed, n);
	}
	stays_clean(b);
}

static void
every_length(struct bench *b)
{
	struct memory_file *f;
	size_t i, k, n, missed;

	for (i = 0; i < b->memory->files.n; i++) {
		f = &b->memory->files.items[i];
		n = f->bytes.n;
		for (k = 1, missed = 0; k <= n; k += n - k < 7 && k < n ? n - k : 7) {
			f->bytes.n = n - k;
			missed += !is_found(b, f->name);
		}
		f->bytes.n = n;
		buf_add_byte(&f->bytes, 0);
		T(is_found(b, f->name), "%s with a byte more", f->name);
		f->bytes.n = n;
		T(missed == 0, "%s: %zu lengths are missed", f->name, missed);
	}
	stays_clean(b);
}

/* Take a file away and give it back. */
static struct memory_file
take(struct bench *b, size_t i)
{
	struct memory_file f = b->memory->files.items[i];

	b->memory->files.n--;
	memmove(b->memory->files.items + i, b->memory->files.items + i + 1,
	    (b->memory->files.n - i) * sizeof(f));
	return f;
}

static void
give(struct bench *b, struct memory_file f)
{
	bool found;
	size_t i = memory_place(b->memory, f.name, &found);

	T(!found, "%s is there", f.name);
	vec_push(&b->memory->files);
	memmove(b->memory->files.items + i + 1, b->memory->files.items + i,
	    (b->memory->files.n - 1 - i) * sizeof(f));
	b->memory->files.items[i] = f;
}

static void
every_file(struct bench *b)
{
	struct memory_file f, *x, *y;
	struct buf bytes;
	size_t i, k;

	for (i = 0; i < b->memory->files.n; i++) {
		f = take(b, i);
		T(is_found(b, f.name), "%s is missing", f.name);
		give(b, f);
	}
	for (i = 0; i < b->memory->files.n; i++) {
		for (k = i + 1; k < b->memory->files.n; k++) {
			x = &b->memory->files.items[i];
			y = &b->memory->files.items[k];
			bytes = x->bytes;
			x->bytes = y->bytes;
			y->bytes = bytes;
			T((is_found(b, x->name) || strcmp(y->name, IDENTITY_NAME) == 0) &&
			    (is_found(b, y->name) || strcmp(x->name, IDENTITY_NAME) == 0),
			    "%s and %s swapped", x->name, y->name);
			y->bytes = x->bytes;
			x->bytes = bytes;
		}
	}
	stays_clean(b);
}

/* What is lost with a pack is told by message.  (inv4) */
static void
tells_the_messages(struct bench *b)
{
	struct check_report report;
	struct memory_file f;
	struct digest lost;
	size_t i, k, n, most = 0;

	for (i = 0; i < b->memory->files.n; i++) {
		if (strncmp(b->memory->files.items[i].name, "packs/", 6) != 0)
			continue;
		f = take(b, i);
		look(b, f.name, &report);
		n = report.lost_messages.n;
		most = n > most ? n : most;
		for (k = 0; k < report.faults.n; k++) {
			if (!report.faults.items[k].has_id ||
			    report.faults.items[k].kind != OBJECT_MESSAGE)
				continue;
			lost = report.faults.items[k].id;
			T(n > 0 && bsearch(&lost, report.lost_messages.items, n, sizeof(lost),
			    (int (*)(const void *, const void *))digest_compare) != NULL,
			    "a message of %s", f.name);
		}
		check_report_free(&report);
		give(b, f);
	}
	T(most >= 4, "%zu messages", most);
}

/* ---- The chain (inv6) ---- */

static size_t
place_of(struct bench *b, const char *text)
{
	size_t i = 0;

	while (i < b->memory->files.n && strstr(b->memory->files.items[i].name, text) == NULL)
		i++;
	return i;
}

static const char *
put_plain(struct bench *b, const char *directory, const char *time, struct slice plain)
{
	enum codec codec = archive_codec(b->sample.archive);
	struct compressor *c = compressor_open(codec, 0);
	struct buf packed = BUF_EMPTY, name = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct digest digest;
	char hex[DIGEST_HEX + 1];
	size_t i;

	T(compressor_frame(c, plain, &packed, &err) == 0, "%s", err.text);
	compressor_close(c);
	digest_of(buf_slice(&packed), &digest);
	digest_hex(&digest, hex);
	if (time != NULL)
		buf_add_format(&name, "%s%s-%.8s.json%s", directory, time, hex, codec_suffix(codec));
	else
		buf_add_format(&name, "%s%s.jsonl%s", directory, hex, codec_suffix(codec));
	give(b, (struct memory_file){ mem_string(buf_text(&name)), packed });
	i = place_of(b, buf_text(&name));
	buf_free(&name);
	return b->memory->files.items[i].name;
}

static void
drop(struct memory_file f)
{
	mem_free(f.name);
	buf_free(&f.bytes);
}

static void
chain(struct bench *b)
{
	struct memory_file first = take(b, place_of(b, "snapshots/")), newest;
	struct buf plain = BUF_EMPTY;
	struct digest parent;
	const char *name;

	T(is_found(b, first.name), "the older one is missing");
	/* The newest names its index and its parent: gone on purpose is no damage. */
	newest = b->memory->files.items[place_of(b, "snapshots/")];
	digest_of(buf_slice(&newest.bytes), &parent);
	buf_add_format(&plain, "{\"snapshot\":1,\"archive\":\"%s\",\"time\":\"2027-01-01T00:00:00Z\","
	    "\"parent\":\"%.27s\",\"parent_digest\":\"", archive_id(b->sample.archive),
	    newest.name + strlen("snapshots/"));
	digest_add_hex(&plain, &parent);
	buf_add_format(&plain, "\",\"unknown\":[{}],\"forgotten\":[\"%.27s\"]}",
	    first.name + strlen("snapshots/"));
	put_plain(b, "snapshots/", "2027-01-01T000000Z", buf_slice(&plain));
	T(!is_found(b, first.name), "forgotten, and not missed");
	drop(take(b, place_of(b, "snapshots/2027")));
	give(b, first);

	/* The newest gone: only who has seen it can tell. */
	newest = take(b, place_of(b, b->head));
	T(is_found(b, newest.name), "the head is missing");
	give(b, newest);

	/* A snapshot of another archive; one of a later version; one of another time. */
	buf_clear(&plain);
	buf_add_string(&plain, "{\"snapshot\":1,\"archive\":\"00000000000000000000000000000000\","
	    "\"time\":\"2027-01-01T00:00:00Z\"}");
	name = put_plain(b, "snapshots/", "2027-01-01T000000Z", buf_slice(&plain));
	T(is_found(b, name), "of another");
	drop(take(b, place_of(b, "snapshots/2027")));
	name = put_plain(b, "snapshots/", "2027-01-01T000000Z",
	    SLICE_OF("{\"snapshot\":1,\"time\":\"2027-01-01T00:00:01Z\"}"));
	T(is_found(b, name), "its time");
	drop(take(b, place_of(b, "snapshots/2027")));
	stays_clean(b);
	buf_free(&plain);
}

/* Newer objects are refused with a sentence, whatever else is in them.  (inv7) */
static void
versions(struct bench *b)
{
	struct check_report report;
	const char *name;

	put_plain(b, "snapshots/", "2027-01-01T000000Z", SLICE_OF("{\"snapshot\":2,\"time\":[]}"));
	T(look(b, "", &report) == FAILED, "a newer snapshot");
	check_report_free(&report);
	drop(take(b, place_of(b, "snapshots/2027")));
	name = put_plain(b, "index/", NULL, SLICE_OF("{\"index\":2}\nsomething new\n"));
	T(look(b, "", &report) == FAILED, "a newer index");
	check_report_free(&report);
	drop(take(b, place_of(b, name)));
	stays_clean(b);
}

/* ---- Bombs ---- */

/* The address sanitizer keeps freed memory aside: resident memory means nothing. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_MEANS_NOTHING true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_MEANS_NOTHING true
#endif
#endif
#ifndef MEMORY_MEANS_NOTHING
#define MEMORY_MEANS_NOTHING false
#endif

/* A pack, or an index, that unfolds to ever so much: found, in bounded memory. */
static void
bombs(struct bench *b)
{
	static const char *const what[] = { "packs/", "index/" };
	enum codec codec = archive_codec(b->sample.archive);
	struct buf plain = BUF_EMPTY, packed = BUF_EMPTY, name = BUF_EMPTY;
	struct compressor *c = compressor_open(codec, 0);
	struct error err = ERROR_NONE;
	struct digest id;
	struct rusage before, after;
	char hex[DIGEST_HEX + 1];
	size_t i, k;

	memset(buf_extend(&plain, 80 * MIB), '{', 80 * MIB);
	T(compressor_frame(c, buf_slice(&plain), &packed, &err) == 0, "%s", err.text);
	buf_free(&plain);
	plain = packed;
	packed = (struct buf)BUF_EMPTY;
	for (i = 0; i < 2; i++) {
		buf_clear(&packed);
		for (k = 0; k < 4; k++)
			buf_add(&packed, buf_slice(&plain));
		digest_of(buf_slice(&packed), &id);
		digest_hex(&id, hex);
		buf_clear(&name);
		buf_add_string(&name, what[i]);
		if (i == 0)
			buf_add_format(&name, "%.2s/", hex);
		buf_add_format(&name, "%s.%s%s", hex, i == 0 ? "tar" : "jsonl", codec_suffix(codec));
		getrusage(RUSAGE_SELF, &before);
		give(b, (struct memory_file){ mem_string(buf_text(&name)), packed });
		packed = (struct buf)BUF_EMPTY;
		T(is_found(b, buf_text(&name)), "%s", buf_text(&name));
		getrusage(RUSAGE_SELF, &after);
		T(MEMORY_MEANS_NOTHING || after.ru_maxrss - before.ru_maxrss < 96 * 1024,
		    "%s: %ld kB", what[i], after.ru_maxrss - before.ru_maxrss);
		drop(take(b, place_of(b, hex)));
	}
	compressor_close(c);
	buf_free(&plain);
	buf_free(&name);
	stays_clean(b);
}

int
main(void)
{
	static const enum codec codecs[] = { CODEC_ZSTD, CODEC_GZIP };
	struct bench b;
	size_t i;

	for (i = 0; i < 2; i++) {
		bench_open(&b, codecs[i]);
		stays_clean(&b);
		every_file(&b);
		tells_the_messages(&b);
		chain(&b);
		versions(&b);
		bombs(&b);
		every_length(&b);
		every_bit(&b, i == 0);
		bench_close(&b);
	}
	return t_done();
}
