/* SPDX-License-Identifier: MIT */
#include "core/archive/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/archive/bytes.h"
#include "core/archive/identity.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/port/target.h"

#define VERSION 1

/* Members that are missing or of another kind set bad, which is looked at once,
 * at the end. */
struct parser {
	struct arena *arena;
	bool bad;
};

static struct slice
take_bytes(struct parser *p, const struct json *object, const char *key)
{
	struct slice s = SLICE_EMPTY;

	if (!bytes_get(object, key, p->arena, &s))
		p->bad = true;
	return s;
}

/* Texts end at the first NUL: they are for people. */
static const char *
take_text(struct parser *p, const struct json *object, const char *key)
{
	struct slice s;

	return bytes_get(object, key, p->arena, &s) ? (const char *)s.p : "";
}

static uint64_t
take_size(struct parser *p, const struct json *object, const char *key)
{
	uint64_t n;

	if (!bytes_get_size(object, key, &n))
		p->bad = true;
	return n;
}

static uint32_t
take_mode(struct parser *p, const struct json *object)
{
	uint32_t mode = 0;

	if (!bytes_get_mode(object, &mode))
		p->bad = true;
	return mode;
}

static void
take_digest(struct parser *p, struct slice hex, struct digest *out)
{
	if (!digest_parse(hex, out))
		p->bad = true;
}

static struct digest *
take_digests(struct parser *p, const struct json *object, const char *key, size_t *n)
{
	const struct json *array = json_member(object, key);
	struct digest *digests;
	size_t i;

	*n = json_length(array);
	digests = arena_alloc(p->arena, *n * sizeof(*digests));
	for (i = 0; i < *n; i++)
		take_digest(p, json_value_string(json_item(array, i)), &digests[i]);
	return digests;
}

static void
parse_mailbox(struct parser *p, const struct json *doc, struct snapshot_mailbox *m)
{
	const struct json *components = json_member(doc, "mailbox");
	struct slice hex = json_get_string(doc, "xxh128"), *names;
	size_t i;

	m->depth = json_length(components);
	m->components = names = arena_alloc(p->arena, m->depth * sizeof(*names));
	for (i = 0; i < m->depth; i++)
		if (!bytes_get_element(json_item(components, i), p->arena, &names[i]))
			p->bad = true;
	m->path = take_bytes(p, doc, "path");
	m->layout = take_text(p, doc, "layout");
	take_digest(p, json_get_string(doc, "listing"), &m->listing);
	m->messages = take_size(p, doc, "messages");
	m->unread = take_size(p, doc, "unread");
	m->bytes = take_size(p, doc, "bytes");
	m->size = take_size(p, doc, "size");
	m->mode = take_mode(p, doc);
	m->mtime_ns = json_get_integer(doc, "mtime");
	m->stale = json_get_bool(doc, "stale");
	if (strcmp(m->layout, "file") != 0 && strcmp(m->layout, "files") != 0 &&
	    strcmp(m->layout, "extracted") != 0)
		p->bad = true;
	if (hex.n > 0 && (hex.n != 32 ||
	    !slice_hex_number(slice_sub(hex, 0, 16), UINT64_MAX, &m->fingerprint.high) ||
	    !slice_hex_number(slice_sub(hex, 16, 16), UINT64_MAX, &m->fingerprint.low)))
		p->bad = true;
}

static void
parse_file(struct parser *p, const struct json *doc, struct snapshot_file *f)
{
	f->path = take_bytes(p, doc, "path");
	f->role = take_text(p, doc, "role");
	f->size = take_size(p, doc, "size");
	f->mode = take_mode(p, doc);
	f->mtime_ns = json_get_integer(doc, "mtime");
	f->chunks = take_digests(p, doc, "chunks", &f->chunk_count);
}

static void
parse_directory(struct parser *p, const struct json *doc, struct snapshot_directory *d)
{
	d->path = take_bytes(p, doc, "path");
	d->mode = take_mode(p, doc);
	d->mtime_ns = json_get_integer(doc, "mtime");
}

static void
parse_store(struct parser *p, const struct json *doc, struct snapshot_store *s)
{
	const struct json *mailboxes = json_member(doc, "mailboxes"),
	    *files = json_member(doc, "files"), *directories = json_member(doc, "directories");
	size_t i;

	s->client = take_text(p, doc, "client");
	s->account = take_text(p, doc, "account");
	s->kind = take_text(p, doc, "kind");
	s->format = take_text(p, doc, "format");
	s->layout = take_text(p, doc, "layout");
	s->path = take_bytes(p, doc, "path");
	if (!bytes_get(doc, "home", p->arena, &s->home))
		s->home = SLICE_EMPTY;
	s->mailbox_count = json_length(mailboxes);
	s->mailboxes = arena_alloc(p->arena, s->mailbox_count * sizeof(*s->mailboxes));
	for (i = 0; i < s->mailbox_count; i++)
		parse_mailbox(p, json_item(mailboxes, i), &s->mailboxes[i]);
	s->file_count = json_length(files);
	s->files = arena_alloc(p->arena, s->file_count * sizeof(*s->files));
	for (i = 0; i < s->file_count; i++)
		parse_file(p, json_item(files, i), &s->files[i]);
	s->directory_count = json_length(directories);
	s->directories = arena_alloc(p->arena, s->directory_count * sizeof(*s->directories));
	for (i = 0; i < s->directory_count; i++)
		parse_directory(p, json_item(directories, i), &s->directories[i]);
}

static struct snapshot_store *
take_stores(struct parser *p, const struct json *object, const char *key, size_t *n)
{
	const struct json *array = json_member(object, key);
	struct snapshot_store *stores;
	size_t i;

	*n = json_length(array);
	stores = arena_alloc(p->arena, *n * sizeof(*stores));
	for (i = 0; i < *n; i++)
		parse_store(p, json_item(array, i), &stores[i]);
	return stores;
}

/* Ids of snapshots. */
static const char **
take_ids(struct parser *p, const struct json *object, const char *key, size_t *n)
{
	const struct json *array = json_member(object, key);
	const char **ids;
	int64_t time;
	size_t i;

	*n = json_length(array);
	ids = arena_alloc(p->arena, *n * sizeof(*ids));
	for (i = 0; i < *n; i++) {
		ids[i] = arena_string_of(p->arena, json_value_string(json_item(array, i)));
		if (!snapshot_id_time(ids[i], &time))
			p->bad = true;
	}
	return ids;
}

static void
parse_snapshot(struct parser *p, const struct json *doc, struct snapshot *s)
{
	const struct json *failed = json_member(doc, "failed");
	int64_t time;
	size_t i;

	if (!json_get_time(doc, "time", &s->time))
		p->bad = true;
	s->host = take_text(p, doc, "host");
	s->user = take_text(p, doc, "user");
	s->program = take_text(p, doc, "program");
	if (json_has(doc, "parent")) {
		s->parent = take_text(p, doc, "parent");
		take_digest(p, json_get_string(doc, "parent_digest"), &s->parent_digest);
		/* It becomes part of a file's name. */
		if (!snapshot_id_time(s->parent, &time))
			p->bad = true;
	}
	s->indexes = take_digests(p, doc, "indexes", &s->index_count);
	s->forgotten = take_ids(p, doc, "forgotten", &s->forgotten_count);
	if (json_has(doc, "repeats")) {
		s->repeats = take_text(p, doc, "repeats");
		if (!snapshot_id_time(s->repeats, &time))
			p->bad = true;
	}
	s->stores = take_stores(p, doc, "stores", &s->store_count);
	s->kept = take_stores(p, doc, "kept", &s->kept_count);
	s->failed_count = json_length(failed);
	s->failed = arena_alloc(p->arena, s->failed_count * sizeof(*s->failed));
	for (i = 0; i < s->failed_count; i++) {
		s->failed[i].path = take_bytes(p, json_item(failed, i), "path");
		s->failed[i].reason = take_text(p, json_item(failed, i), "reason");
	}
	s->seen = take_size(p, doc, "seen");
	s->saved = take_size(p, doc, "saved");
	s->had = take_size(p, doc, "had");
	if (json_has(doc, "alarm"))
		s->alarm = take_text(p, doc, "alarm");
}

static int
parse_document(struct archive *a, struct slice text, struct arena *arena, struct snapshot *s,
    struct error *err)
{
	const struct identity *identity = archive_identity(a);
	struct parser p = { arena, false };
	struct json *doc;
	int64_t version;
	int rc = -1;

	if (json_parse(text, &doc, err) < 0) {
		err->code = ERR_CORRUPT;
		return -1;
	}
	version = json_get_integer(doc, "snapshot");
	if (version > VERSION) {
		fail(err, ERR_VERSION, "it has version %" PRId64 ": a newer program is needed",
		    version);
		goto out;
	}
	if (identity->is_whole && json_has(doc, "archive") &&
	    !slice_is(json_get_string(doc, "archive"), identity->id)) {
		fail(err, ERR_CORRUPT, "it belongs to another archive");
		goto out;
	}
	parse_snapshot(&p, doc, s);
	if (version != VERSION || p.bad) {
		fail(err, ERR_CORRUPT, "this is no snapshot");
		goto out;
	}
	rc = 0;

out:
	json_free(doc);
	return rc;
}

/* From the bytes of its frame; id says what time it is to have. */
static int
parse_packed(struct archive *a, const char *id, struct slice packed, struct arena *arena,
    struct snapshot *out, struct error *err)
{
	struct buf plain = BUF_EMPTY;
	int64_t time;
	int rc = -1;

	if (!snapshot_id_time(id, &time)) {
		fail(err, ERR_NOT_FOUND, "there are no snapshots with such names");
		goto out;
	}
	if (codec_expand(archive_codec(a), packed, SNAPSHOT_MAX, &plain, err) < 0 ||
	    parse_document(a, buf_slice(&plain), arena, out, err) < 0)
		goto out;
	if (out->time != time) {
		fail(err, ERR_CORRUPT, "its time does not match its name");
		goto out;
	}
	out->id = arena_string(arena, id);
	rc = 0;

out:
	buf_free(&plain);
	return rc;
}

int
snapshot_read(struct archive *a, const char *id, struct arena *arena, struct snapshot *out,
    struct error *err)
{
	struct buf name = BUF_EMPTY, packed = BUF_EMPTY;
	char hex[DIGEST_HEX + 1];
	int64_t time;
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (!snapshot_id_time(id, &time)) {
		fail(err, ERR_NOT_FOUND, "there are no snapshots with such names");
		goto out;
	}
	snapshot_add_name(&name, archive_naming(a), slice_string(id));
	if (transfer_get(archive_target(a), buf_text(&name), SNAPSHOT_MAX, &packed, err) < 0)
		goto out;
	digest_of(buf_slice(&packed), &out->digest);
	digest_hex(&out->digest, hex);
	if (strncmp(hex, id + SNAPSHOT_ID_LENGTH - 8, 8) != 0) {
		fail(err, ERR_CORRUPT, "its bytes do not match its name");
		goto out;
	}
	if (crypt_unseal(a, buf_text(&name), &packed, err) < 0 ||
	    parse_packed(a, id, buf_slice(&packed), arena, out, err) < 0)
		goto out;
	if (archive_is_encrypted(a))
		out->document = arena_copy(arena, buf_slice(&packed));
	rc = 0;

out:
	if (rc < 0)
		fail_in(err, "snapshot %s", id);
	buf_free(&name);
	buf_free(&packed);
	return rc;
}

int
snapshot_recall(struct archive *a, const char *id, const struct digest *digest,
    struct slice document, struct arena *arena, struct snapshot *out, struct error *err)
{
	memset(out, 0, sizeof(*out));
	out->digest = *digest;
	if (parse_packed(a, id, document, arena, out, err) < 0)
		return fail_in(err, "snapshot %s, as the catalog keeps it", id);
	return 0;
}

int
snapshot_list(struct archive *a, struct arena *arena, struct name_list *out, struct error *err)
{
	struct target *t = archive_target(a);
	struct target_item *items;
	const char *id_text;
	struct slice id;
	size_t i, n;
	int64_t time;

	if (t->ops->list(t, "snapshots/", arena, &items, &n, err) < 0)
		return -1;
	out->items = arena_alloc(arena, n * sizeof(*out->items));
	out->sizes = arena_alloc(arena, n * sizeof(*out->sizes));
	out->n = 0;
	/* Sorted by name is sorted by time. */
	for (i = 0; i < n; i++) {
		if (!snapshot_parse_name(slice_string(items[i].name), archive_naming(a), &id))
			continue;
		id_text = arena_string_of(arena, id);
		if (!snapshot_id_time(id_text, &time))
			continue;
		out->items[out->n] = id_text;
		out->sizes[out->n++] = items[i].size;
	}
	return 0;
}

bool
snapshot_id_time(const char *id, int64_t *out)
{
	struct slice s = slice_string(id);
	struct buf text = BUF_EMPTY;
	uint64_t tail;
	bool is_date, good;

	/* The time with its colons; written again it must be the same. */
	if (s.n != SNAPSHOT_ID_LENGTH || s.p[17] != 'Z' || s.p[18] != '-' ||
	    !slice_hex_number(slice_sub(s, 19, 8), UINT32_MAX, &tail))
		return false;
	buf_add_format(&text, "%.13s:%.2s:%.2sZ", id, id + 13, id + 15);
	good = text_parse_time(buf_slice(&text), 0, out, &is_date) && !is_date;
	buf_free(&text);
	if (!good)
		return false;
	text_add_time(&text, *out);
	good = strncmp(buf_text(&text), id, 13) == 0 &&
	    strncmp(buf_text(&text) + 14, id + 13, 2) == 0 &&
	    strncmp(buf_text(&text) + 17, id + 15, 2) == 0;
	buf_free(&text);
	return good;
}
