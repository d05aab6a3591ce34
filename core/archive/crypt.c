/* SPDX-License-Identifier: MIT */
#include "core/archive/crypt.h"

#include "core/archive/archive.h"
#include "core/archive/headers.h"
#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/map.h"
#include "core/base/path.h"
#include "core/base/secret.h"
#include "core/base/vec.h"
#include "core/port/target.h"

#define HEADER_STEP 2048u               /* enough for 19 recipients */
#define FILES_MAX 4096u                 /* whose keys are kept */
#define PROOF_FILES 8u                  /* that are tried with a key nobody knows */

struct crypt {
	struct target *target;
	const char *archive_id;
	struct recipients named;        /* in archive.json */
	struct recipients to;
	struct key_source *keys;
	struct identities ids;
	bool was_asked;
	struct error why;               /* asked in vain */
	struct headers *headers;        /* read when a file is for others; NULL: not yet */
	struct age_reader *reader;
	struct map files;               /* name to number in opened */
	VEC(struct age_file) opened;
	struct buf sealed, plain;
};

void
identities_add(struct identities *ids, const struct age_identity *id)
{
	struct age_identity *more;

	if (ids->n == ids->cap) {
		ids->cap = 2 * ids->cap + 4;
		more = mem_alloc_array(ids->cap, sizeof(*more));
		if (ids->n > 0)
			memcpy(more, ids->items, ids->n * sizeof(*more));
		secret_wipe(ids->items, ids->n * sizeof(*ids->items));
		mem_free(ids->items);
		ids->items = more;
	}
	ids->items[ids->n++] = *id;
}

void
identities_free(struct identities *ids)
{
	secret_wipe(ids->items, ids->cap * sizeof(*ids->items));
	vec_free(ids);
}

/* from may be to's own. */
static void
set(struct recipients *to, const struct age_recipient *from, size_t n)
{
	struct recipients made = VEC_EMPTY;
	size_t i;

	for (i = 0; i < n; i++)
		*vec_push(&made) = from[i];
	vec_free(to);
	*to = made;
}

struct crypt *
crypt_open(struct target *t, const char *archive_id, const struct age_recipient *to, size_t n)
{
	struct crypt *c = mem_alloc(sizeof(*c));

	c->target = t;
	c->archive_id = archive_id;
	set(&c->named, to, n);
	set(&c->to, to, n);
	c->reader = age_reader_open();
	return c;
}

static void
forget_files(struct crypt *c)
{
	secret_wipe(c->opened.items, c->opened.cap * sizeof(*c->opened.items));
	vec_clear(&c->opened);
	map_clear(&c->files);
}

void
crypt_close(struct crypt *c)
{
	if (c == NULL)
		return;
	forget_files(c);
	vec_free(&c->opened);
	map_free(&c->files);
	identities_free(&c->ids);
	vec_free(&c->named);
	vec_free(&c->to);
	headers_free(c->headers);
	age_reader_close(c->reader);
	buf_free(&c->sealed);
	buf_free(&c->plain);
	mem_free(c);
}

bool
archive_is_encrypted(const struct archive *a)
{
	return archive_crypt(a) != NULL;
}

void
archive_set_keys(const struct archive *a, struct key_source *keys)
{
	if (archive_crypt(a) != NULL)
		archive_crypt(a)->keys = keys;
}

void
archive_set_recipients(const struct archive *a, const struct recipients *to)
{
	set(&archive_crypt(a)->to, to->items, to->n);
}

const struct recipients *
archive_recipients(const struct archive *a)
{
	return &archive_crypt(a)->to;
}

struct age_writer *
crypt_writer(const struct crypt *c)
{
	return age_writer_open(c->to.items, c->to.n);
}

void
crypt_seal(const struct archive *a, struct buf *bytes)
{
	struct buf sealed = BUF_EMPTY;
	struct age_writer *w;

	if (archive_crypt(a) == NULL)
		return;
	w = crypt_writer(archive_crypt(a));
	age_writer_begin(w, &sealed);
	age_writer_add(w, buf_slice(bytes), &sealed);
	age_writer_end(w, &sealed);
	age_writer_close(w);
	buf_take(bytes, &sealed);
}

/* ---- Headers ---- */

/* Anybody can put a header there that opens to a key of his own choosing: the
 * first chunk tells. */
static bool
is_of_file(struct crypt *c, const char *name, const struct age_file *f)
{
	struct buf chunk = BUF_EMPTY, plain = BUF_EMPTY;
	struct error ignored;
	bool is = c->target->ops->get(c->target, name, f->header, AGE_CHUNK + AGE_TAG, &chunk,
	    &ignored) == 0 && age_read(c->reader, f, buf_slice(&chunk), 0, false, &plain,
	    &ignored) == 0;

	buf_free(&chunk);
	buf_free(&plain);
	return is;
}

/* A file that is for others may have a header for us beside it. */
static int
open_beside(struct crypt *c, const char *name, struct slice start, struct age_file *out,
    struct error *err)
{
	struct target *t = c->target;
	struct buf both = BUF_EMPTY, nonce = BUF_EMPTY;
	struct slice text;
	struct error why = *err;
	uint64_t nonce_at;
	size_t at = 0;
	bool has_several = false;
	int rc = -1;

	if (c->headers == NULL && headers_load(t, &c->headers, err) < 0)
		return -1;
	while (rc <= 0 && headers_next(c->headers, name, &at, &text, &nonce_at)) {
		buf_set(&both, text);
		if (start.n >= nonce_at + AGE_NONCE)
			buf_add(&both, slice_sub(start, (size_t)nonce_at, AGE_NONCE));
		else if (t->ops->get(t, name, nonce_at, AGE_NONCE, &nonce, err) == 0)
			buf_add(&both, buf_slice(&nonce));
		rc = age_open(buf_slice(&both), c->ids.items, c->ids.n, out, err);
		out->header = nonce_at + AGE_NONCE;
		has_several = has_several || at != HEADERS_END;
		if (rc > 0 && has_several && !is_of_file(c, name, out))
			rc = -1;
	}
	if (rc <= 0)
		*err = why;
	buf_free(&both);
	buf_free(&nonce);
	return rc > 0 ? 1 : -1;
}

/* As age_open(), of the file of this name. */
static int
open_start(struct crypt *c, const char *name, struct slice start, struct age_file *out,
    struct error *err)
{
	int rc = age_open(start, c->ids.items, c->ids.n, out, err);

	return rc < 0 && err->code == ERR_KEY ? open_beside(c, name, start, out, err) : rc;
}

/* ---- The key ---- */

/* Does one of the files open with an identity?  One that was added later opens
 * the newest. */
static int
opens_any(struct crypt *c, const char *prefix, bool *out, struct error *err)
{
	struct arena arena = ARENA_EMPTY;
	struct buf start = BUF_EMPTY;
	struct target_item *items;
	struct age_file file;
	struct error why;
	size_t n, i;
	int rc = -1;

	if (c->target->ops->list(c->target, prefix, &arena, &items, &n, err) < 0)
		goto out;
	for (i = n; i > 0 && n - i < PROOF_FILES && !*out; i--)
		*out = c->target->ops->get(c->target, items[i - 1].name, 0, AGE_HEADER_MAX, &start,
		    &why) == 0 && open_start(c, items[i - 1].name, buf_slice(&start), &file, &why) > 0;
	secret_wipe(&file, sizeof(file));
	rc = 0;

out:
	buf_free(&start);
	arena_free(&arena);
	return rc;
}

static int
prove(struct crypt *c, struct error *err)
{
	bool good = false;
	size_t i, k;

	for (i = 0; i < c->ids.n; i++)
		for (k = 0; k < c->named.n; k++)
			good = good || age_recipient_equal(&c->ids.items[i].recipient,
			    &c->named.items[k]);
	if (!good && opens_any(c, "snapshots/", &good, err) < 0)
		return -1;
	return good ? 0 : fail(err, ERR_KEY, "the archive is encrypted, and not to this identity");
}

static int
ask(struct crypt *c, struct error *err)
{
	if (c->keys == NULL)
		return fail(err, ERR_KEY, "the archive is encrypted, and there is no identity to read "
		    "it with");
	if (c->keys->fetch(c->keys, c->archive_id, &c->ids, err) < 0)
		return -1;
	return prove(c, err);
}

int
archive_unlock(const struct archive *a, struct error *err)
{
	struct crypt *c = archive_crypt(a);

	if (c == NULL)
		return 0;
	if (!c->was_asked) {
		c->was_asked = true;
		if (ask(c, &c->why) < 0)
			identities_free(&c->ids);
	}
	if (c->ids.n > 0)
		return 0;
	*err = c->why;
	return -1;
}

void
archive_lend_keys(const struct archive *from, const struct archive *to)
{
	struct crypt *lender = archive_crypt(from), *c = archive_crypt(to);
	size_t i;

	if (lender == NULL || c == NULL)
		return;
	for (i = 0; i < lender->ids.n; i++)
		identities_add(&c->ids, &lender->ids.items[i]);
	c->was_asked = true;
	c->why = lender->why;
}

/* ---- Reading ---- */

/* Whole files of other keys are told from damaged ones, which repair would
 * take away. */
static bool
is_as_named(const char *name, struct slice bytes)
{
	struct slice base = slice_string(path_base(name));
	char hex[DIGEST_HEX + 1];
	struct digest is;

	digest_of(bytes, &is);
	digest_hex(&is, hex);
	return slice_starts(base, hex) || (base.n > SNAPSHOT_ID_LENGTH &&
	    memcmp(base.p + SNAPSHOT_ID_LENGTH - 8, hex, 8) == 0);
}

int
crypt_unseal(const struct archive *a, const char *name, struct buf *bytes, struct error *err)
{
	struct crypt *c = archive_crypt(a);
	struct buf plain = BUF_EMPTY;
	struct age_file file;
	int rc = -1;

	if (c == NULL)
		return 0;
	if (archive_unlock(a, err) < 0)
		return -1;
	rc = open_start(c, name, buf_slice(bytes), &file, err);
	if (rc == 0)
		rc = fail(err, ERR_CORRUPT, "it ends within its header");
	if (rc < 0 && err->code == ERR_KEY && !is_as_named(name, buf_slice(bytes)))
		fail(err, ERR_CORRUPT, "its header is damaged");
	if (rc < 0) {
		fail_in(err, "%s", name);
		goto out;
	}
	buf_reserve(&plain, bytes->n);
	rc = age_read(c->reader, &file, slice_from(buf_slice(bytes), (size_t)file.header), 0, true,
	    &plain, err);
	if (rc < 0)
		fail_in(err, "%s", name);
	else
		buf_take(bytes, &plain);

out:
	secret_wipe(&file, sizeof(file));
	buf_free(&plain);
	return rc;
}

/* Of a file that was not read whole nobody knows which of the two it is. */
static int
open_header(struct crypt *c, const char *name, struct slice start, struct age_file *out,
    struct error *err)
{
	int rc = open_start(c, name, start, out, err);

	if (rc < 0 && err->code == ERR_KEY)
		fail(err, ERR_CORRUPT, "its header is damaged, or it is encrypted to other keys");
	return rc < 0 ? fail_in(err, "%s", name) : rc;
}

/* The key of a file, from its header; files are asked for again and again. */
static int
file_of(struct crypt *c, const char *name, struct age_file *out, struct error *err)
{
	struct target *t = c->target;
	uint64_t number, want;
	int rc = 0;

	if (map_get(&c->files, slice_string(name), &number)) {
		*out = c->opened.items[number];
		return 0;
	}
	for (want = HEADER_STEP; rc == 0; want = AGE_HEADER_MAX) {
		if (t->ops->get(t, name, 0, want, &c->sealed, err) < 0)
			return -1;
		rc = open_header(c, name, buf_slice(&c->sealed), out, err);
		if (rc == 0 && c->sealed.n < want)
			rc = fail(err, ERR_CORRUPT, "%s: it ends within its header", name);
	}
	if (rc < 0)
		return -1;
	if (c->opened.n >= FILES_MAX)
		forget_files(c);
	map_put(&c->files, slice_string(name), c->opened.n);
	*vec_push(&c->opened) = *out;
	return 0;
}

int
crypt_file(const struct archive *a, const char *name, struct age_file *out, struct error *err)
{
	return archive_unlock(a, err) < 0 ? -1 : file_of(archive_crypt(a), name, out, err);
}

int
crypt_get(const struct archive *a, const char *name, uint64_t at, uint64_t n, struct buf *out,
    struct error *err)
{
	struct crypt *c = archive_crypt(a);
	struct target *t = archive_target(a);
	struct age_file file;
	uint64_t first = at / AGE_CHUNK, chunks;
	int rc = -1;

	if (c == NULL)
		return t->ops->get(t, name, at, n, out, err);
	buf_clear(out);
	if (archive_unlock(a, err) < 0 || file_of(c, name, &file, err) < 0)
		return -1;
	chunks = n == 0 ? 0 : (at + n - 1) / AGE_CHUNK - first + 1;
	if (t->ops->get(t, name, file.header + first * (AGE_CHUNK + AGE_TAG),
	    chunks * (AGE_CHUNK + AGE_TAG), &c->sealed, err) < 0)
		goto out;
	buf_clear(&c->plain);
	if (c->sealed.n > 0 && age_read(c->reader, &file, buf_slice(&c->sealed), first, false,
	    &c->plain, err) < 0) {
		fail_in(err, "%s", name);
		goto out;
	}
	buf_add(out, slice_sub(buf_slice(&c->plain), (size_t)(at % AGE_CHUNK), (size_t)n));
	rc = 0;

out:
	secret_wipe(&file, sizeof(file));
	return rc;
}
