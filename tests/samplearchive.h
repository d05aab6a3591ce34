/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SAMPLEARCHIVE_H
#define TESTS_SAMPLEARCHIVE_H

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/archive/archive.h"
#include "core/archive/index.h"
#include "core/archive/listing.h"
#include "core/archive/snapshot.h"
#include "core/archive/writer.h"
#include "core/base/base64.h"
#include "core/base/workers.h"
#include "tests/memorytarget.h"
#include "tests/t.h"

/*
 * A small archive with one of everything: whole messages, one with a part
 * taken out, one kept in chunks, insertions of both kinds, bytes that are no
 * mail, a kept file, a directory, two snapshots.  In a header, for a test is
 * linked with the kit alone.
 */
#define SAMPLE_TIME 1795000000          /* of the first snapshot */

static inline uint64_t
sample_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* n bytes that do not compress. */
static inline void
sample_noise(struct buf *out, size_t n, uint64_t seed)
{
	while (n-- > 0)
		buf_add_byte(out, (unsigned char)(sample_random(&seed) >> 32));
}

static inline void
sample_message(struct buf *out, unsigned number, size_t lines)
{
	uint64_t seed = number;
	size_t i;

	buf_clear(out);
	buf_add_format(out, "From: somebody%u@example.org\nSubject: number %u\n\n", number % 7, number);
	for (i = 0; i < lines; i++)
		buf_add_format(out, "line %zu of %u: %016llx\n", i, number,
		    (unsigned long long)sample_random(&seed));
}

/* What the archive is encrypted to, and what opens it; nothing at first. */
static struct recipients sample_recipients;
static struct key_source *sample_keys;

struct sample {
	struct target *target;
	struct archive *archive;
	struct workers *workers;
	struct memory_index *index;
	struct archive_writer *writer;
	const char *spool;
	struct arena arena;
	struct snapshot snapshot;
};

static inline bool
sample_ok(int rc, const struct error *err, const char *what)
{
	return T(rc >= 0, "%s: %s", what, err->text);
}

/* Load what is there, and begin to add to it. */
static inline bool
sample_begin(struct sample *s)
{
	struct error err = ERROR_NONE;
	size_t damaged;

	return sample_ok(memory_index_load(s->archive, &s->index, &damaged, &err), &err, "index") &&
	    sample_ok(archive_writer_open(s->archive, memory_index_finder(s->index), s->workers,
	    s->spool, 0, &s->writer, &err), &err, "writer");
}

/* target stays the caller's. */
static inline bool
sample_open(struct sample *s, struct target *target, enum codec codec, bool init)
{
	struct archive_settings settings = { .codec = codec, .recipients = sample_recipients };
	struct error err = ERROR_NONE;

	memset(s, 0, sizeof(*s));
	s->target = target;
	s->workers = workers_open(2);
	s->spool = target->spool != NULL ? target->spool : t_directory();
	if ((init && !sample_ok(archive_init(target, &settings, SAMPLE_TIME, &err), &err, "init")) ||
	    !sample_ok(archive_open(target, &s->archive, &err), &err, "open"))
		return false;
	archive_set_keys(s->archive, sample_keys);
	return true;
}

static inline void
sample_close(struct sample *s)
{
	archive_writer_close(s->writer);
	memory_index_free(s->index);
	archive_close(s->archive);
	workers_close(s->workers);
	arena_free(&s->arena);
}

static inline void
sample_add(struct sample *s, enum object_kind kind, bool is_recipe, const struct digest *id,
    struct slice bytes)
{
	struct error err = ERROR_NONE;

	sample_ok(archive_writer_add(s->writer, kind, is_recipe, id, bytes,
	    kind == OBJECT_MESSAGE ? SLICE_OF("\"subject\":\"a \\\"test\\\"\"") : SLICE_EMPTY, &err),
	    &err, "add");
}

/* A message with a part taken out, by hand; id becomes its name. */
static inline void
sample_recipe(struct sample *s, struct digest *id, struct buf *message)
{
	struct buf part = BUF_EMPTY, recipe = BUF_EMPTY;
	struct digest part_id;
	char hex[DIGEST_HEX + 1];
	const char *head = "From: a@example.org\nContent-Transfer-Encoding: base64\n\n";
	const char *tail = "\n-- \nbye\n";

	sample_noise(&part, 200, 77);
	digest_of(buf_slice(&part), &part_id);
	digest_hex(&part_id, hex);
	buf_clear(message);
	buf_add_string(message, head);
	base64_encode_lines(buf_slice(&part), 76, "\n", message);
	buf_add_string(message, tail);
	digest_of(buf_slice(message), id);
	buf_add_format(&recipe, "mailcask-parts 1\nrest %zu\nbase64 76 lf %s\nrest %zu\n\n%s%s",
	    strlen(head), hex, strlen(tail), head, tail);
	sample_add(s, OBJECT_PART, false, &part_id, buf_slice(&part));
	sample_add(s, OBJECT_MESSAGE, true, id, buf_slice(&recipe));
	buf_free(&part);
	buf_free(&recipe);
}

static inline void
sample_chunked(struct sample *s, struct digest *id, struct buf *message)
{
	struct buf recipe = BUF_EMPTY;
	struct digest chunk;
	char hex[DIGEST_HEX + 1];
	size_t half;

	sample_message(message, 4711, 40);
	digest_of(buf_slice(message), id);
	half = message->n / 2;
	buf_add_string(&recipe, "mailcask-parts 1\n");
	digest_of(slice_sub(buf_slice(message), 0, half), &chunk);
	sample_add(s, OBJECT_CHUNK, false, &chunk, slice_sub(buf_slice(message), 0, half));
	digest_hex(&chunk, hex);
	buf_add_format(&recipe, "chunk %s\n", hex);
	digest_of(slice_from(buf_slice(message), half), &chunk);
	sample_add(s, OBJECT_CHUNK, false, &chunk, slice_from(buf_slice(message), half));
	digest_hex(&chunk, hex);
	buf_add_format(&recipe, "chunk %s\n\n", hex);
	sample_add(s, OBJECT_MESSAGE, true, id, buf_slice(&recipe));
	buf_free(&recipe);
}

/* One placement at the end of the listing; its stored bytes are appended to
 * file unless that is NULL. */
static inline void
sample_place(struct listing_writer *l, const struct placement *p, struct slice canonical,
    struct buf *file)
{
	struct buf what = BUF_EMPTY, state = BUF_EMPTY, stored = BUF_EMPTY;
	struct error err = ERROR_NONE;

	placement_add_what(&what, p);
	placement_add_state(&state, p);
	sample_ok(listing_writer_add(l, &p->id, buf_slice(&what), buf_slice(&state), &err), &err,
	    "listing");
	if (sample_ok(placement_rejoin(p, canonical, &stored, &err), &err, "rejoin") && file != NULL)
		buf_add(file, buf_slice(&stored));
	buf_free(&what);
	buf_free(&state);
	buf_free(&stored);
}

/* An mbox of count messages and of the odd ones; file becomes its bytes. */
static inline void
sample_mbox(struct sample *s, unsigned first, unsigned count, struct digest *root, struct buf *file)
{
	struct listing_writer *l = listing_writer_open(s->writer);
	struct insertion insertions[] = {
		{ 0, SLICE_OF("From - Sat Jan  3 01:05:34 1996\n"), false },
		{ 0, SLICE_OF("X-Mozilla-Status: 0001\n"), true },
		{ 5, SLICE_OF("\xff\x00>"), false },
		{ PLACEMENT_END, SLICE_OF("\n"), false },
	};
	struct placement p = { .insertions = insertions, .insertion_count = 4,
		.flags = FLAG_SEEN | FLAG_FLAGGED };
	struct buf message = BUF_EMPTY;
	struct error err = ERROR_NONE;
	unsigned i;

	buf_clear(file);
	for (i = first; i < first + count; i++) {
		sample_message(&message, i, i % 9);
		digest_of(buf_slice(&message), &p.id);
		p.crlf = i % 3 == 0;
		p.dead = i % 5 == 0;
		sample_add(s, OBJECT_MESSAGE, false, &p.id, buf_slice(&message));
		sample_place(l, &p, buf_slice(&message), file);
	}
	sample_recipe(s, &p.id, &message);
	sample_place(l, &p, buf_slice(&message), file);
	sample_chunked(s, &p.id, &message);
	sample_place(l, &p, buf_slice(&message), file);
	memset(&p, 0, sizeof(p));
	p.kind = PLACED_CHUNKS;
	buf_clear(&message);
	buf_add_string(&message, "rubbish\r\nat the end");
	digest_of(buf_slice(&message), &p.id);
	sample_add(s, OBJECT_CHUNK, false, &p.id, buf_slice(&message));
	sample_place(l, &p, buf_slice(&message), file);
	sample_ok(listing_writer_end(l, root, &err), &err, "listing end");
	listing_writer_close(l);
	buf_free(&message);
}

static inline void
sample_maildir(struct sample *s, struct digest *root)
{
	struct listing_writer *l = listing_writer_open(s->writer);
	struct placement p = { .name = SLICE_OF("1600000000.M1P2.host\xe4"), .mode = 0640,
		.mtime_ns = 1600000000123456789, .directory = SLICE_OF("cur"),
		.info = SLICE_OF(":2,S"), .flags = FLAG_SEEN };
	struct slice tag = SLICE_OF("work");
	struct buf message = BUF_EMPTY;
	struct error err = ERROR_NONE;

	p.tags.items = &tag;
	p.tags.n = 1;
	sample_message(&message, 900, 3);
	digest_of(buf_slice(&message), &p.id);
	sample_add(s, OBJECT_MESSAGE, false, &p.id, buf_slice(&message));
	sample_place(l, &p, buf_slice(&message), NULL);
	sample_ok(listing_writer_end(l, root, &err), &err, "listing end");
	listing_writer_close(l);
	buf_free(&message);
}

/* Finish the writer and write a snapshot with these two mailboxes and a file. */
static inline bool
sample_snapshot(struct sample *s, int64_t time, const struct digest *mbox, uint64_t mbox_size,
    const struct digest *maildir)
{
	static struct slice names[] = { SLICE_OF("Local Folders"), SLICE_OF("In\xf6""box") };
	struct snapshot previous = s->snapshot;
	struct slice filters = SLICE_OF("version=\"9\"\nlogging=\"no\"\n");
	struct snapshot_mailbox *m = arena_alloc(&s->arena, 2 * sizeof(*m));
	struct snapshot_store *store = arena_alloc(&s->arena, sizeof(*store));
	struct snapshot_file *f = arena_alloc(&s->arena, sizeof(*f));
	struct snapshot_directory *d = arena_alloc(&s->arena, sizeof(*d));
	struct digest *chunk = arena_alloc(&s->arena, sizeof(*chunk));
	struct error err = ERROR_NONE;
	uint64_t bytes;

	m[0] = (struct snapshot_mailbox){ .components = names, .depth = 2,
		.path = SLICE_OF(".thunderbird/x/Mail/Local Folders/Inbox"), .layout = "file",
		.listing = *mbox, .messages = 4, .unread = 1, .bytes = mbox_size, .size = mbox_size,
		.mode = 0600, .mtime_ns = 1600000000000000001, .fingerprint = { 3, 0xabc } };
	m[1] = (struct snapshot_mailbox){ .components = names, .depth = 1,
		.path = SLICE_OF("Maildir"), .layout = "files", .listing = *maildir, .messages = 1 };
	digest_of(filters, chunk);
	sample_add(s, OBJECT_CHUNK, false, chunk, filters);
	*f = (struct snapshot_file){ .path = SLICE_OF(".thunderbird/x/fil\x80ters.dat"),
		.role = "filters", .size = filters.n, .mode = 0644, .mtime_ns = -5, .chunks = chunk,
		.chunk_count = 1 };
	*d = (struct snapshot_directory){ SLICE_OF("Maildir/cur"), 0700, 1600000000000000000 };
	*store = (struct snapshot_store){ .client = "thunderbird", .account = "Local Folders",
		.kind = "mail", .format = "mbox", .layout = "sbd", .path = SLICE_OF(".thunderbird/x"),
		.home = SLICE_OF("/home/anna"), .mailboxes = m, .mailbox_count = 2, .files = f,
		.file_count = 1, .directories = d, .directory_count = 1 };
	s->snapshot = (struct snapshot){ .time = time, .host = "host", .user = "anna",
		.program = "test", .parent = previous.id, .parent_digest = previous.digest,
		.stores = store, .store_count = 1, .seen = 5, .saved = 5 };
	return sample_ok(archive_writer_finish(s->writer, &err), &err, "finish") &&
	    sample_ok(snapshot_write(s->archive, &s->snapshot, s->spool, &s->arena, &bytes, &err),
	    &err, "snapshot");
}

/* The whole of it: two nights. */
static inline bool
sample_fill(struct sample *s, unsigned count, struct buf *mbox)
{
	struct digest root, maildir;

	if (!sample_begin(s))
		return false;
	sample_mbox(s, 1, count, &root, mbox);
	sample_maildir(s, &maildir);
	if (!sample_snapshot(s, SAMPLE_TIME, &root, mbox->n, &maildir))
		return false;
	archive_writer_close(s->writer);
	memory_index_free(s->index);
	if (!sample_begin(s))
		return false;
	sample_mbox(s, 2, count, &root, mbox);
	return sample_snapshot(s, SAMPLE_TIME + 86400, &root, mbox->n, &maildir);
}

/* What "sh -c" gave as its exit status. */
static inline int
sample_shell(const char *command)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
