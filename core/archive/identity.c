/* SPDX-License-Identifier: MIT */
#include "core/archive/identity.h"

#include <inttypes.h>

#include "core/archive/archive.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/port/target.h"

#define FORMAT "mailcask archive"
#define VERSION 1
#define VERSION_ENCRYPTED 2
#define IDENTITY_MAX MIB
#define DIGEST_MEMBER "\"digest\":\""
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/*
 * The file carries the digest of itself, with zeros in the place of the
 * digest's digits, so that a flipped bit in it is found as it is elsewhere.
 * False when there is no such member.
 */
static bool
own_digest(struct slice text, struct digest *said, struct digest *is)
{
	size_t at = slice_find_bytes(text, 0, SLICE_OF(DIGEST_MEMBER)) + strlen(DIGEST_MEMBER);
	struct hasher *h;

	if (!digest_parse(slice_sub(text, at, DIGEST_HEX), said))
		return false;
	h = hasher_open();
	hasher_add(h, slice_sub(text, 0, at));
	hasher_add(h, SLICE_OF(ZEROS));
	hasher_add(h, slice_from(text, at + DIGEST_HEX));
	hasher_end(h, is);
	hasher_close(h);
	return true;
}

static bool
is_id(struct slice id)
{
	size_t i;

	for (i = 0; i < id.n; i++)
		if (strchr("0123456789abcdef", id.p[i]) == NULL || id.p[i] == '\0')
			return false;
	return id.n == 32;
}

/* Whom the archive was encrypted to at first; of a file that is not whole, those
 * that can be understood. */
static bool
take_recipients(const struct json *doc, struct identity *out)
{
	const struct json *list = json_member(doc, "recipients");
	size_t i, n = json_length(list);
	bool good = n > 0 && n <= AGE_RECIPIENTS_MAX;

	for (i = 0; i < n && out->recipient_count < AGE_RECIPIENTS_MAX; i++) {
		if (age_recipient_parse(json_value_string(json_item(list, i)),
		    &out->recipients[out->recipient_count]))
			out->recipient_count++;
		else
			good = false;
	}
	return good || !out->is_whole;
}

static int
understand(struct slice text, const struct json *doc, struct identity *out, struct error *err)
{
	struct digest said, is;
	bool has_digest = own_digest(text, &said, &is);
	struct slice id = json_get_string(doc, "id"), codec = json_get_string(doc, "codec");
	int64_t version = json_get_integer(doc, "version");

	out->is_whole = has_digest && digest_equal(&said, &is);
	if (!slice_is(json_get_string(doc, "format"), FORMAT) || version < 1)
		return fail(err, ERR_CORRUPT, "this is not the identity of an archive");
	out->is_encrypted = version == VERSION_ENCRYPTED;
	if (version > VERSION_ENCRYPTED && (out->is_whole || !has_digest))
		return fail(err, ERR_VERSION, "the archive has version %" PRId64
		    ", and this program knows version %d: a newer one is needed", version,
		    VERSION_ENCRYPTED);
	if (version > VERSION_ENCRYPTED || !is_id(id) ||
	    (!slice_is(codec, "zstd") && !slice_is(codec, "gzip")) ||
	    (out->is_encrypted && !take_recipients(doc, out)))
		return fail(err, ERR_CORRUPT, "the identity of the archive is damaged");
	out->digest = said;
	memcpy(out->id, id.p, id.n);
	out->codec = slice_is(codec, "zstd") ? CODEC_ZSTD : CODEC_GZIP;
	if (!json_get_digest(doc, "readme", &out->readme))
		out->is_whole = false;
	return 0;
}

int
identity_read(struct target *t, struct identity *out, struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct json *doc = NULL;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (transfer_get(t, IDENTITY_NAME, IDENTITY_MAX, &text, err) < 0) {
		if (err->code == ERR_LIMIT)
			err->code = ERR_CORRUPT;
		goto out;
	}
	if (json_parse(buf_slice(&text), &doc, err) < 0) {
		err->code = ERR_CORRUPT;
		fail_in(err, IDENTITY_NAME);
		goto out;
	}
	rc = understand(buf_slice(&text), doc, out, err);
	if (rc < 0)
		fail_in(err, IDENTITY_NAME);

out:
	json_free(doc);
	buf_free(&text);
	return rc;
}

static void
add_recipients(struct buf *out, const struct recipients *to)
{
	struct buf text = BUF_EMPTY;
	size_t i;

	json_open(out, "recipients", '[');
	for (i = 0; i < to->n; i++) {
		buf_clear(&text);
		age_recipient_add(&text, &to->items[i]);
		json_text(out, NULL, buf_text(&text));
	}
	json_close(out, ']');
	buf_free(&text);
}

static void
add_identity(struct buf *out, const struct archive_settings *settings, int64_t now)
{
	bool is_encrypted = settings->recipients.n > 0;
	struct digest readme, own;
	char id[33], hex[DIGEST_HEX + 1];
	size_t at;

	random_hex(id);
	digest_of(readme_text(is_encrypted), &readme);
	json_open(out, NULL, '{');
	json_text(out, "format", FORMAT);
	json_integer(out, "version", is_encrypted ? VERSION_ENCRYPTED : VERSION);
	json_text(out, "id", id);
	json_text(out, "codec", codec_name(settings->codec));
	if (is_encrypted)
		add_recipients(out, &settings->recipients);
	json_time(out, "created", now);
	json_digest(out, "readme", &readme);
	json_text(out, "digest", ZEROS);
	json_close(out, '}');
	buf_add_byte(out, '\n');
	digest_of(buf_slice(out), &own);
	digest_hex(&own, hex);
	at = slice_find_bytes(buf_slice(out), 0, SLICE_OF(DIGEST_MEMBER)) + strlen(DIGEST_MEMBER);
	memcpy(out->p + at, hex, DIGEST_HEX);
}

static int
write_readme(struct target *t, struct slice text, struct error *err)
{
	struct buf there = BUF_EMPTY;
	int rc = transfer_put(t, NULL, README_NAME, text, err);

	/* An init that was interrupted may have put it. */
	if (rc < 0 && err->code == ERR_EXISTS &&
	    transfer_get(t, README_NAME, IDENTITY_MAX, &there, err) == 0)
		rc = slice_equal(buf_slice(&there), text) ? 0 :
		    fail(err, ERR_EXISTS, "a " README_NAME " of something else lies here");
	buf_free(&there);
	return rc;
}

int
identity_write(struct target *t, const struct archive_settings *settings, int64_t now,
    struct error *err)
{
	struct buf text = BUF_EMPTY;
	uint64_t size;
	int rc;

	if (t->ops->stat(t, IDENTITY_NAME, &size, err) == 0)
		return fail(err, ERR_EXISTS, "an archive is here already");
	/* README.txt first: a place that has archive.json is an archive. */
	if (err->code != ERR_NOT_FOUND ||
	    write_readme(t, readme_text(settings->recipients.n > 0), err) < 0)
		return -1;
	add_identity(&text, settings, now);
	rc = transfer_put(t, NULL, IDENTITY_NAME, buf_slice(&text), err);
	buf_free(&text);
	return rc;
}
