/* SPDX-License-Identifier: MIT */
#include "core/archive/crypt.h"

#include "core/archive/check.h"
#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/base/limits.h"
#include "core/base/secret.h"
#include "tests/samplearchive.h"

/* A key source that counts how often it is asked. */
struct keys {
	struct key_source source;
	struct age_identity *ids;
	size_t n;
	unsigned asked;
};

static int
fetch(struct key_source *k, const char *archive_id, struct identities *out, struct error *err)
{
	struct keys *keys = (struct keys *)(void *)k;
	size_t i;

	T(strlen(archive_id) == 32, "the archive's id");
	keys->asked++;
	if (keys->n == 0)
		return fail(err, ERR_KEY, "none here");
	for (i = 0; i < keys->n; i++)
		identities_add(out, &keys->ids[i]);
	return 0;
}

static struct age_identity ids[2], stranger;
static struct keys both = { { fetch }, ids, 2, 0 }, second = { { fetch }, &ids[1], 1, 0 },
    wrong = { { fetch }, &stranger, 1, 0 }, none = { { fetch }, NULL, 0, 0 };

static size_t
damage(struct target *t, struct keys *keys)
{
	struct check_report report;
	struct archive *a;
	struct error err = ERROR_NONE;
	size_t faults;

	memset(&report, 0, sizeof(report));
	T(archive_open(t, &a, &err) == 0, "open: %s", err.text);
	archive_set_keys(a, &keys->source);
	T(archive_check(a, CHECK_ALL, NULL, NULL, NULL, &report, &err) == 0, "check: %s", err.text);
	faults = report.faults.n + report.lost_messages.n;
	check_report_free(&report);
	archive_close(a);
	return faults;
}

/* What lies there shows nothing. */
static void
all_is_encrypted(struct memory_target *m)
{
	size_t i, counted = 0;
	struct slice name, bytes;

	for (i = 0; i < m->files.n; i++) {
		name = slice_string(m->files.items[i].name);
		bytes = buf_slice(&m->files.items[i].bytes);
		if (slice_is(name, IDENTITY_NAME) || slice_is(name, README_NAME))
			continue;
		T(slice_ends(name, ".age") && slice_starts(bytes, "age-encryption.org/v1\n") &&
		    slice_find_bytes(bytes, 0, SLICE_OF("example.org")) == bytes.n, "%s",
		    m->files.items[i].name);
		counted++;
	}
	T(counted >= 6, "%zu files", counted);
}

/* Without a key that opens it, and with a wrong one: ERR_KEY, asked once. */
static void
locked(struct target *t, struct keys *keys, const char *what)
{
	struct archive *a;
	struct arena arena = ARENA_EMPTY;
	struct memory_index *index;
	struct name_list names;
	struct snapshot s;
	struct error err = ERROR_NONE;
	size_t damaged;

	T(archive_open(t, &a, &err) == 0 && archive_is_encrypted(a), "%s: open: %s", what, err.text);
	archive_set_keys(a, keys != NULL ? &keys->source : NULL);
	T(snapshot_list(a, &arena, &names, &err) == 0 && names.n == 2, "%s: names: %s", what, err.text);
	T(keys == NULL || keys->asked == 0, "%s: asked before it is needed", what);
	T(snapshot_read(a, names.items[0], &arena, &s, &err) < 0 && err.code == ERR_KEY, "%s: %s", what,
	    err.text);
	T(memory_index_load(a, &index, &damaged, &err) < 0 && err.code == ERR_KEY, "%s: %s", what,
	    err.text);
	T(archive_orphans(a, &arena, &names, &err) < 0 && err.code == ERR_KEY, "%s: %s", what,
	    err.text);
	T(keys == NULL || keys->asked == 1, "%s: asked again", what);
	arena_free(&arena);
	archive_close(a);
}

/* A target that counts what is read of it. */
static uint64_t bytes_read;
static unsigned reads;

static int
counting_get(struct target *t, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	int rc = memory_get(t, name, at, n, out, err);

	reads++;
	bytes_read += out->n;
	return rc;
}

/* One message of a pack of several megabytes costs its chunks. */
static void
reads_little(void)
{
	struct memory_target *m = memory_target_open(NULL);
	struct target_ops counting = target_memory;
	struct sample s;
	struct digest id[40];
	struct buf bytes = BUF_EMPTY, back = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t i;

	if (!sample_open(&s, &m->target, CODEC_ZSTD, true) || !sample_begin(&s))
		return;
	for (i = 0; i < 40; i++) {
		buf_clear(&bytes);
		sample_noise(&bytes, 100000 + i * 777, i);
		digest_of(buf_slice(&bytes), &id[i]);
		sample_add(&s, OBJECT_CHUNK, false, &id[i], buf_slice(&bytes));
	}
	T(archive_writer_finish(s.writer, &err) == 0, "%s", err.text);
	sample_close(&s);

	counting.get = counting_get;
	m->target.ops = &counting;
	if (!sample_open(&s, &m->target, CODEC_ZSTD, false) || !sample_begin(&s))
		return;
	for (i = 0; i < 40; i += 13) {
		bytes_read = reads = 0;
		T(archive_read_object(s.archive, memory_index_finder(s.index), OBJECT_CHUNK, &id[i], &back,
		    &err) == 0 && back.n == 100000 + i * 777, "%zu: %s", i, err.text);
		/* A frame of about 1 MiB, the chunks at both its ends, and a header. */
		T(bytes_read < 1300 * KIB && reads == (i == 0 ? 2 : 1), "%zu: %llu bytes in %u reads", i,
		    (unsigned long long)bytes_read, reads);
	}
	sample_close(&s);
	buf_free(&bytes);
	buf_free(&back);
	m->target.ops->close(&m->target);
}

/* Every kind of damage to every file is found, and nothing else is taken for
 * what was there: a file cut off, longer, with one byte changed, another one
 * of its kind in its place. */
static void
every_damage(struct memory_target *m)
{
	struct buf good = BUF_EMPTY, *bytes;
	size_t i, k, missed = 0, tried = 0;

	for (i = 0; i < m->files.n; i++) {
		if (!slice_ends(slice_string(m->files.items[i].name), ".age"))
			continue;
		bytes = &m->files.items[i].bytes;
		buf_set(&good, buf_slice(bytes));
		for (k = 0; k < good.n; k += 1 + good.n / 40) {
			bytes->p[k] ^= 4;
			missed += damage(&m->target, &both) == 0;
			bytes->p[k] ^= 4;
			tried++;
		}
		buf_truncate(bytes, good.n / 2);
		missed += damage(&m->target, &both) == 0;
		buf_set(bytes, buf_slice(&good));
		buf_add_byte(bytes, 0);
		missed += damage(&m->target, &both) == 0;
		buf_set(bytes, buf_slice(&good));
	}
	T(missed == 0 && tried > 200, "%zu of %zu not found", missed, tried);
	T(damage(&m->target, &both) == 0, "as it was");
	buf_free(&good);
}

/* A pack of which bits are flipped gives its messages or none. */
static void
flipped_packs(struct memory_target *m)
{
	struct buf *bytes, got = BUF_EMPTY;
	struct sample s;
	struct error err = ERROR_NONE;
	struct digest id;
	struct buf message = BUF_EMPTY;
	size_t i, k, bad = 0, hit = 0;

	sample_message(&message, 1, 1);
	digest_of(buf_slice(&message), &id);
	if (!sample_open(&s, &m->target, CODEC_ZSTD, false) || !sample_begin(&s))
		return;
	for (i = 0; i < m->files.n; i++) {
		if (!slice_starts(slice_string(m->files.items[i].name), "packs/"))
			continue;
		bytes = &m->files.items[i].bytes;
		for (k = 0; k < bytes->n * 8; k += 37) {
			struct archive *a;

			bytes->p[k / 8] ^= (unsigned char)(1u << k % 8);
			T(archive_open(&m->target, &a, &err) == 0, "%s", err.text);
			archive_set_keys(a, &both.source);
			if (archive_read_object(a, memory_index_finder(s.index), OBJECT_MESSAGE, &id, &got,
			    &err) == 0)
				bad += !slice_equal(buf_slice(&got), buf_slice(&message));
			else
				hit += err.code == ERR_CORRUPT ? 1 : 1000000;
			archive_close(a);
			bytes->p[k / 8] ^= (unsigned char)(1u << k % 8);
		}
	}
	T(bad == 0 && hit > 0 && hit < 1000000, "%zu bad, %zu hit", bad, hit);
	sample_close(&s);
	buf_free(&got);
	buf_free(&message);
}

static void
identity_of_it(struct target *t)
{
	struct identity identity;
	struct error err = ERROR_NONE;

	T(identity_read(t, &identity, &err) == 0 && identity.is_whole && identity.is_encrypted &&
	    identity.recipient_count == 2 &&
	    age_recipient_equal(&identity.recipients[1], &ids[1].recipient), "%s", err.text);
}

static void
one_codec(enum codec codec)
{
	struct memory_target *m = memory_target_open(NULL);
	struct buf mbox = BUF_EMPTY;
	struct sample s;

	if (!sample_open(&s, &m->target, codec, true) || !sample_fill(&s, 3, &mbox))
		return;
	sample_close(&s);
	both.asked = second.asked = wrong.asked = none.asked = 0;
	all_is_encrypted(m);
	identity_of_it(&m->target);
	T(damage(&m->target, &both) == 0, "whole, to the first");
	T(damage(&m->target, &second) == 0, "whole, to the second");
	locked(&m->target, NULL, "no source");
	locked(&m->target, &none, "no key");
	locked(&m->target, &wrong, "a wrong key");
	if (codec == CODEC_ZSTD) {
		every_damage(m);
		flipped_packs(m);
	}
	buf_free(&mbox);
	m->target.ops->close(&m->target);
}

int
main(void)
{
	size_t i;

	age_identity_make(&ids[0]);
	age_identity_make(&ids[1]);
	age_identity_make(&stranger);
	for (i = 0; i < 2; i++)
		*vec_push(&sample_recipients) = ids[i].recipient;
	sample_keys = &both.source;
	one_codec(CODEC_ZSTD);
	one_codec(CODEC_GZIP);
	reads_little();
	vec_free(&sample_recipients);
	return t_done();
}
