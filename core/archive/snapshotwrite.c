/* SPDX-License-Identifier: MIT */
#include "core/archive/snapshot.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/archive/bytes.h"
#include "core/archive/index.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

static void
add_size(struct buf *out, const char *key, uint64_t n)
{
	json_integer(out, key, n <= INT64_MAX ? (int64_t)n : INT64_MAX);
}

static void
add_optional(struct buf *out, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		bytes_add(out, key, slice_string(text));
}

static void
add_mailbox(struct buf *out, const struct snapshot_mailbox *m)
{
	char hex[33];
	size_t i;

	json_open(out, NULL, '{');
	json_open(out, "mailbox", '[');
	for (i = 0; i < m->depth; i++)
		bytes_add_element(out, m->components[i]);
	json_close(out, ']');
	bytes_add(out, "path", m->path);
	json_text(out, "layout", m->layout);
	json_digest(out, "listing", &m->listing);
	add_size(out, "messages", m->messages);
	add_size(out, "unread", m->unread);
	add_size(out, "bytes", m->bytes);
	if (strcmp(m->layout, "file") == 0) {
		add_size(out, "size", m->size);
		bytes_add_mode(out, m->mode);
		json_integer(out, "mtime", m->mtime_ns);
		snprintf(hex, sizeof(hex), "%016" PRIx64 "%016" PRIx64, m->fingerprint.high,
		    m->fingerprint.low);
		json_text(out, "xxh128", hex);
	}
	if (m->stale)
		json_bool(out, "stale", true);
	json_close(out, '}');
}

static void
add_file(struct buf *out, const struct snapshot_file *f)
{
	size_t i;

	json_open(out, NULL, '{');
	bytes_add(out, "path", f->path);
	add_optional(out, "role", f->role);
	add_size(out, "size", f->size);
	bytes_add_mode(out, f->mode);
	json_integer(out, "mtime", f->mtime_ns);
	json_open(out, "chunks", '[');
	for (i = 0; i < f->chunk_count; i++)
		json_digest(out, NULL, &f->chunks[i]);
	json_close(out, ']');
	json_close(out, '}');
}

static void
add_directory(struct buf *out, const struct snapshot_directory *d)
{
	json_open(out, NULL, '{');
	bytes_add(out, "path", d->path);
	bytes_add_mode(out, d->mode);
	json_integer(out, "mtime", d->mtime_ns);
	json_close(out, '}');
}

static void
add_store(struct buf *out, const struct snapshot_store *s)
{
	size_t i;

	json_open(out, NULL, '{');
	add_optional(out, "client", s->client);
	add_optional(out, "account", s->account);
	add_optional(out, "kind", s->kind);
	add_optional(out, "format", s->format);
	add_optional(out, "layout", s->layout);
	bytes_add(out, "path", s->path);
	if (s->home.n > 0)
		bytes_add(out, "home", s->home);
	json_open(out, "mailboxes", '[');
	for (i = 0; i < s->mailbox_count; i++)
		add_mailbox(out, &s->mailboxes[i]);
	json_close(out, ']');
	json_open(out, "files", '[');
	for (i = 0; i < s->file_count; i++)
		add_file(out, &s->files[i]);
	json_close(out, ']');
	json_open(out, "directories", '[');
	for (i = 0; i < s->directory_count; i++)
		add_directory(out, &s->directories[i]);
	json_close(out, ']');
	json_close(out, '}');
}

static void
add_stores(struct buf *out, const char *key, const struct snapshot_store *stores, size_t n)
{
	size_t i;

	json_open(out, key, '[');
	for (i = 0; i < n; i++)
		add_store(out, &stores[i]);
	json_close(out, ']');
}

static void
add_snapshot(struct buf *out, struct archive *a, const struct snapshot *s)
{
	const struct digests *indexes = archive_new_indexes(a);
	size_t i;

	json_open(out, NULL, '{');
	json_integer(out, "snapshot", 1);
	json_text(out, "archive", archive_id(a));
	json_time(out, "time", s->time);
	add_optional(out, "host", s->host);
	add_optional(out, "user", s->user);
	add_optional(out, "program", s->program);
	if (s->parent != NULL) {
		json_text(out, "parent", s->parent);
		json_digest(out, "parent_digest", &s->parent_digest);
	}
	json_open(out, "indexes", '[');
	for (i = 0; i < indexes->n; i++)
		json_digest(out, NULL, &indexes->items[i]);
	json_close(out, ']');
	if (s->repeats != NULL)
		json_text(out, "repeats", s->repeats);
	if (s->forgotten_count > 0) {
		json_open(out, "forgotten", '[');
		for (i = 0; i < s->forgotten_count; i++)
			json_text(out, NULL, s->forgotten[i]);
		json_close(out, ']');
	}
	add_stores(out, "stores", s->stores, s->store_count);
	if (s->kept_count > 0)
		add_stores(out, "kept", s->kept, s->kept_count);
	json_open(out, "failed", '[');
	for (i = 0; i < s->failed_count; i++) {
		json_open(out, NULL, '{');
		bytes_add(out, "path", s->failed[i].path);
		add_optional(out, "reason", s->failed[i].reason);
		json_close(out, '}');
	}
	json_close(out, ']');
	add_size(out, "seen", s->seen);
	add_size(out, "saved", s->saved);
	add_size(out, "had", s->had);
	add_optional(out, "alarm", s->alarm);
	json_close(out, '}');
	buf_add_byte(out, '\n');
}

/* "2026-11-23T020004Z-1a2b3c4d" */
static const char *
make_id(const struct snapshot *s, struct arena *arena)
{
	struct buf time = BUF_EMPTY;
	char hex[DIGEST_HEX + 1];
	const char *t;
	char *id;

	text_add_time(&time, s->time);
	t = buf_text(&time);
	digest_hex(&s->digest, hex);
	id = arena_format(arena, "%.13s%.2s%.2sZ-%.8s", t, t + 14, t + 17, hex);
	buf_free(&time);
	return id;
}

int
snapshot_write(struct archive *a, struct snapshot *s, const char *spool, struct arena *arena,
    uint64_t *bytes, struct error *err)
{
	struct buf plain = BUF_EMPTY, packed = BUF_EMPTY, name = BUF_EMPTY;
	int64_t time;
	int rc = -1;

	add_snapshot(&plain, a, s);
	if (plain.n > SNAPSHOT_MAX) {
		fail(err, ERR_LIMIT, "a snapshot of %zu bytes is too long", plain.n);
		goto out;
	}
	if (transfer_compress(a, buf_slice(&plain), &packed, err) < 0)
		goto out;
	if (archive_is_encrypted(a))
		s->document = arena_copy(arena, buf_slice(&packed));
	crypt_seal(a, &packed);
	digest_of(buf_slice(&packed), &s->digest);
	s->id = make_id(s, arena);
	if (!snapshot_id_time(s->id, &time) || time != s->time) {
		fail(err, ERR_LIMIT, "the clock shows a year that no snapshot can bear");
		goto out;
	}
	snapshot_add_name(&name, archive_naming(a), slice_string(s->id));
	rc = transfer_settle_bytes(archive_target(a), spool, buf_text(&name), buf_slice(&packed),
	    &s->digest, err);
	*bytes = packed.n;
	if (rc == 0)
		vec_clear(archive_new_indexes(a));

out:
	buf_free(&plain);
	buf_free(&packed);
	buf_free(&name);
	return rc;
}
