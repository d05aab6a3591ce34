/* SPDX-License-Identifier: MIT */
#include "core/archive/archive.h"

#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/base/limits.h"
#include "tests/samplearchive.h"

/* Whatever bit of archive.json is flipped: refused, or known not to be whole
 * and then nothing is added.  (inv1, inv7) */
static void
identity_flips(struct target *t, struct buf *bytes)
{
	struct identity identity, good;
	struct archive *a;
	struct archive_writer *w;
	struct error err = ERROR_NONE;
	size_t bit, bad = 0, opened = 0;

	T(identity_read(t, &good, &err) == 0 && good.is_whole, "whole");
	for (bit = 0; bit < bytes->n * 8; bit++) {
		bytes->p[bit / 8] ^= (unsigned char)(1u << bit % 8);
		if (identity_read(t, &identity, &err) < 0) {
			bad += err.code != ERR_CORRUPT;
		} else {
			bad += identity.is_whole;
			bad += archive_open(t, &a, &err) < 0;
			bad += archive_writer_open(a, NULL, NULL, t_directory(), 0, &w, &err) == 0 ||
			    err.code != ERR_CORRUPT;
			archive_close(a);
			opened++;
		}
		bytes->p[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	T(bad == 0, "%zu of %zu flips", bad, bit);
	T(opened > 0, "an id that was hit still opens");
}

static void
identity_versions(struct target *t, struct buf *bytes)
{
	static const struct {
		const char *text;
		enum error_code code;
	} cases[] = {
		{ "{\"format\":\"mailcask archive\",\"version\":3}", ERR_VERSION },
		{ "{\"format\":\"mailcask archive\",\"version\":2}", ERR_CORRUPT },
		{ "{\"format\":\"mailcask archive\",\"version\":99,\"id\":\"x\",\"new\":[1,{}]}", ERR_VERSION },
		{ "{\"format\":\"mailcask archive\",\"version\":0}", ERR_CORRUPT },
		{ "{\"format\":\"something\",\"version\":1}", ERR_CORRUPT },
		{ "{\"format\":\"mailcask archive\",\"version\":1}", ERR_CORRUPT },
		{ "{\"format\":\"mailcask archive\",\"version\":1,\"codec\":\"lzma\","
		    "\"id\":\"00112233445566778899aabbccddeeff\"}", ERR_CORRUPT },
		{ "[]", ERR_CORRUPT },
		{ "", ERR_CORRUPT },
		{ "\"\xff\"", ERR_CORRUPT },
	};
	struct buf kept = BUF_EMPTY;
	struct archive *a;
	struct error err;
	size_t i;

	buf_take(&kept, bytes);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error_clear(&err);
		buf_set(bytes, slice_string(cases[i].text));
		T(archive_open(t, &a, &err) < 0 && err.code == cases[i].code, "%s: %d %s",
		    cases[i].text, err.code, err.text);
	}
	buf_take(bytes, &kept);
}

static void
init_and_open(void)
{
	struct memory_target *m = memory_target_open(t_directory());
	struct archive_settings settings = { .codec = CODEC_GZIP };
	struct archive *a;
	struct error err = ERROR_NONE;
	struct buf *readme;

	T(archive_open(&m->target, &a, &err) < 0 && err.code == ERR_NOT_FOUND, "%s", err.text);
	T(archive_init(&m->target, &settings, SAMPLE_TIME, &err) == 0, "%s", err.text);
	T(archive_init(&m->target, &settings, SAMPLE_TIME, &err) < 0 && err.code == ERR_EXISTS,
	    "init twice: %s", err.text);
	T(archive_open(&m->target, &a, &err) == 0, "%s", err.text);
	T(archive_codec(a) == CODEC_GZIP && strlen(archive_id(a)) == 32 &&
	    archive_target(a) == &m->target, "identity");
	archive_close(a);
	identity_flips(&m->target, memory_bytes(m, IDENTITY_NAME));
	identity_versions(&m->target, memory_bytes(m, IDENTITY_NAME));

	/* An init that died between the two files is done again; another's
	 * README.txt is left alone. */
	m->target.ops->remove(&m->target, IDENTITY_NAME, &err);
	T(archive_init(&m->target, &settings, SAMPLE_TIME, &err) == 0, "again: %s", err.text);
	m->target.ops->remove(&m->target, IDENTITY_NAME, &err);
	readme = memory_bytes(m, README_NAME);
	buf_add_byte(readme, '!');
	T(archive_init(&m->target, &settings, SAMPLE_TIME, &err) < 0 && err.code == ERR_EXISTS,
	    "foreign: %s", err.text);
	m->target.ops->close(&m->target);
}

static void
object_names(void)
{
	static const char *const bad[] = { "", "messages/", "messages/x.eml", "parts",
		"messages/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"messages/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.emlx",
		"parts/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"parts/../23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"/parts/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" };
	const struct naming how = { CODEC_ZSTD, false }, sealed = { CODEC_ZSTD, true };
	enum object_kind kind;
	struct digest id, back;
	struct buf name = BUF_EMPTY;
	bool is_recipe;
	size_t i;

	digest_of(SLICE_OF("x"), &id);
	for (i = 0; i < 5; i++) {
		buf_clear(&name);
		object_add_name(&name, i < 2 ? OBJECT_MESSAGE : (enum object_kind)(i - 1), i == 1, &id);
		T(object_parse_name(buf_slice(&name), &kind, &is_recipe, &back) &&
		    digest_equal(&id, &back) && is_recipe == (i == 1), "%s", buf_text(&name));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T(!object_parse_name(slice_string(bad[i]), &kind, &is_recipe, &back), "%s", bad[i]);
	T(pack_parse_name(SLICE_OF("packs/01/0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef.tar.zst"), how, &id), "pack");
	T(!pack_parse_name(SLICE_OF("packs/02/0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef.tar.zst"), how, &id), "pack in another's directory");
	T(!pack_parse_name(SLICE_OF("packs/01x0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef.tar.zst"), how, &id), "pack without slash");
	T(!pack_parse_name(SLICE_OF("packs/"), how, &id), "pack short");
	buf_clear(&name);
	index_add_name(&name, sealed, &id);
	T(slice_ends(buf_slice(&name), ".jsonl.zst.age"), "%s", buf_text(&name));
	T(index_parse_name(buf_slice(&name), sealed, &back) && digest_equal(&id, &back), "sealed");
	T(!index_parse_name(buf_slice(&name), how, &back), "sealed, and the archive is not");
	buf_free(&name);
}

/* The messages of the sample come back; streams of a recipe too.  (inv4, inv8) */
static void
read_back(struct sample *s)
{
	struct object_finder *f = memory_index_finder(s->index);
	struct buf message = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct digest id;
	unsigned i;

	for (i = 2; i < 12; i++) {
		sample_message(&message, i, i % 9);
		digest_of(buf_slice(&message), &id);
		T(archive_read_message(s->archive, f, &id, UINT64_MAX, &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), buf_slice(&message)), "message %u: %s", i, err.text);
		T(archive_read_object(s->archive, f, OBJECT_MESSAGE, &id, &out, &err) == 0 &&
		    slice_equal(buf_slice(&out), buf_slice(&message)), "object %u: %s", i, err.text);
	}
	sample_chunked(s, &id, &message);
	T(archive_read_message(s->archive, f, &id, message.n, &out, &err) == 0 &&
	    slice_equal(buf_slice(&out), buf_slice(&message)), "chunked: %s", err.text);
	T(archive_read_message(s->archive, f, &id, message.n - 1, &out, &err) < 0 &&
	    err.code == ERR_LIMIT && out.n == 0, "over max: %s", err.text);
	sample_recipe(s, &id, &message);
	T(archive_read_message(s->archive, f, &id, message.n, &out, &err) == 0 &&
	    slice_equal(buf_slice(&out), buf_slice(&message)), "parts: %s", err.text);
	digest_of(SLICE_OF("nobody"), &id);
	T(archive_read_object(s->archive, f, OBJECT_PART, &id, &out, &err) < 0 &&
	    err.code == ERR_NOT_FOUND, "unknown: %s", err.text);
	buf_free(&message);
	buf_free(&out);
}

/* A place out of a hostile index: refused before it sizes anything. */
static void
impossible_places(struct sample *s)
{
	struct object_finder *f = memory_index_finder(s->index);
	struct object_place good, p;
	struct buf message = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct digest id;
	unsigned i;

	sample_message(&message, 3, 3);
	digest_of(buf_slice(&message), &id);
	T(f->find(f, OBJECT_MESSAGE, &id, &good, &err) == 1, "found");
	for (i = 0; i < 10; i++) {
		p = good;
		switch (i) {
		case 0: p.frame_plain = UINT64_MAX; break;
		case 1: p.frame_n = UINT64_MAX; break;
		case 2: p.at = UINT64_MAX; break;
		case 3: p.n = UINT64_MAX; break;
		case 4: p.n = p.frame_plain - p.at + 1; break;
		case 5: p.frame_at = UINT64_MAX; break;
		case 6: p.frame_plain--; break;
		case 7: p.frame_n--; break;
		case 8: p.at ^= 1; break;
		default: p.pack.bytes[0] ^= 1; break;
		}
		error_clear(&err);
		T(archive_read_place(s->archive, &p, OBJECT_MESSAGE, &id, &out, &err) < 0 &&
		    err.code == ERR_CORRUPT && out.n == 0, "place %u: %d %s", i, err.code, err.text);
		T(archive_read_place(s->archive, &good, OBJECT_MESSAGE, &id, &out, &err) == 0,
		    "and the good one: %s", err.text);
	}
	buf_free(&message);
	buf_free(&out);
}

/* A recipe that makes other bytes: the stream says so before its end. */
static void
wrong_recipe(struct sample *s)
{
	struct buf message = BUF_EMPTY, out = BUF_EMPTY;
	struct error err = ERROR_NONE;
	struct message_stream *stream;
	struct slice piece;
	struct digest id;
	int rc, pieces = 0;

	digest_of(SLICE_OF("another message"), &id);
	buf_add_string(&message, "mailcask-parts 1\nrest 7\n\nseven..");
	sample_add(s, OBJECT_MESSAGE, true, &id, buf_slice(&message));
	T(archive_writer_finish(s->writer, &err) == 0, "%s", err.text);
	memory_index_free(s->index);
	archive_writer_close(s->writer);
	sample_begin(s);
	if (!T(message_stream_open(s->archive, memory_index_finder(s->index), &id, &stream,
	    &err) == 0, "%s", err.text))
		goto out;
	while ((rc = message_stream_next(stream, &piece, &err)) > 0)
		pieces++;
	T(rc < 0 && err.code == ERR_CORRUPT && pieces == 1, "%d pieces: %s", pieces, err.text);
	message_stream_close(stream);
	T(archive_read_message(s->archive, memory_index_finder(s->index), &id, UINT64_MAX, &out,
	    &err) < 0 && out.n == 0, "nothing is left");

out:
	buf_free(&message);
	buf_free(&out);
}

static void
reading(enum codec codec)
{
	struct memory_target *m = memory_target_open(NULL);
	struct buf mbox = BUF_EMPTY;
	struct sample s;

	if (sample_open(&s, &m->target, codec, true) && sample_fill(&s, 12, &mbox)) {
		archive_writer_close(s.writer);
		memory_index_free(s.index);
		sample_begin(&s);
		read_back(&s);
		impossible_places(&s);
		wrong_recipe(&s);
	}
	sample_close(&s);
	buf_free(&mbox);
	m->target.ops->close(&m->target);
}

int
main(void)
{
	init_and_open();
	object_names();
	reading(CODEC_ZSTD);
	reading(CODEC_GZIP);
	return t_done();
}
