/* SPDX-License-Identifier: MIT */
#include "core/archive/headers.h"

#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/map.h"
#include "core/base/secret.h"
#include "core/base/vec.h"
#include "core/port/progress.h"
#include "core/port/target.h"

#define DIRECTORY "headers/"
#define SUFFIX ".jsonl"
#define FILE_SIZE (4u * MIB)            /* of one of ours */
#define FILE_MAX (64u * MIB)
#define FIRST_LINE "{\"headers\":1}\n"

struct header {
	struct slice text;
	uint64_t nonce;
	size_t next;                    /* number + 1 of another for the same file */
};

struct headers {
	struct arena arena;
	VEC(struct header) items;
	struct map by_name;             /* number + 1 */
};

bool
headers_parse_name(struct slice name, struct digest *out)
{
	size_t n = strlen(DIRECTORY);

	return slice_starts(name, DIRECTORY) && slice_ends(name, SUFFIX) &&
	    name.n == n + DIGEST_HEX + strlen(SUFFIX) &&
	    digest_parse(slice_sub(name, n, DIGEST_HEX), out);
}

/* A line that is none is a later version's. */
static void
take_line(struct headers *h, struct slice line)
{
	struct json *doc;
	struct error ignored;
	struct slice file, text;
	struct header *one;
	int64_t nonce;
	uint64_t first = 0;

	if (json_parse(line, &doc, &ignored) < 0)
		return;
	file = json_get_string(doc, "file");
	text = json_get_string(doc, "header");
	nonce = json_get_integer(doc, "nonce");
	if (file.n > 0 && text.n > 0 && text.n <= AGE_HEADER_MAX && nonce > 0 &&
	    nonce <= AGE_HEADER_MAX) {
		map_get(&h->by_name, file, &first);
		one = vec_push(&h->items);
		one->text = arena_copy(&h->arena, text);
		one->nonce = (uint64_t)nonce;
		one->next = (size_t)first;
		map_put(&h->by_name, file, h->items.n);
	}
	json_free(doc);
}

static int
load_one(struct target *t, const char *name, struct headers *h, struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct digest said, is;
	struct slice rest, line;
	int rc = -1;

	if (!headers_parse_name(slice_string(name), &said)) {
		rc = 0;
		goto out;
	}
	if (transfer_get(t, name, FILE_MAX, &text, err) < 0) {
		rc = err->code == ERR_LIMIT || err->code == ERR_NOT_FOUND ? 0 : -1;
		goto out;
	}
	rc = 0;
	digest_of(buf_slice(&text), &is);
	rest = buf_slice(&text);
	if (!digest_equal(&said, &is) || !slice_line(&rest, &line) || !slice_is(line, FIRST_LINE))
		goto out;
	while (slice_line(&rest, &line))
		take_line(h, line);

out:
	buf_free(&text);
	return rc;
}

int
headers_load(struct target *t, struct headers **out, struct error *err)
{
	struct headers *h = mem_alloc(sizeof(*h));
	struct arena arena = ARENA_EMPTY;
	struct target_item *items;
	size_t n, i;
	int rc = -1;

	if (t->ops->list(t, DIRECTORY, &arena, &items, &n, err) < 0)
		goto out;
	for (i = 0; i < n; i++)
		if (load_one(t, items[i].name, h, err) < 0)
			goto out;
	*out = h;
	h = NULL;
	rc = 0;

out:
	headers_free(h);
	arena_free(&arena);
	return rc;
}

void
headers_free(struct headers *h)
{
	if (h == NULL)
		return;
	vec_free(&h->items);
	map_free(&h->by_name);
	arena_free(&h->arena);
	mem_free(h);
}

bool
headers_next(const struct headers *h, const char *name, size_t *at, struct slice *text,
    uint64_t *nonce)
{
	uint64_t number = *at;

	if (number == 0 && !map_get(&h->by_name, slice_string(name), &number))
		return false;
	if (number == HEADERS_END)
		return false;
	*text = h->items.items[number - 1].text;
	*nonce = h->items.items[number - 1].nonce;
	*at = h->items.items[number - 1].next != 0 ? h->items.items[number - 1].next : HEADERS_END;
	return true;
}

/* ---- Writing ---- */

struct rewrapping {
	struct archive *archive;
	const struct recipients *to;
	const char *spool;
	struct progress *progress;
	struct buf lines, header;
	size_t count, missed;
};

static int
put_lines(struct rewrapping *r, struct error *err)
{
	struct buf name = BUF_EMPTY;
	struct digest digest;
	int rc;

	digest_of(buf_slice(&r->lines), &digest);
	buf_add_string(&name, DIRECTORY);
	digest_add_hex(&name, &digest);
	buf_add_string(&name, SUFFIX);
	rc = transfer_settle_bytes(archive_target(r->archive), r->spool, buf_text(&name),
	    buf_slice(&r->lines), &digest, err);
	buf_free(&name);
	buf_clear(&r->lines);
	return rc;
}

static int
rewrap_file(struct rewrapping *r, const char *name, struct error *err)
{
	struct age_file file;

	if (crypt_file(r->archive, name, &file, err) < 0) {
		r->missed++;
		return err->code == ERR_CORRUPT ? 0 : -1;
	}
	buf_clear(&r->header);
	age_header_add(&r->header, &file, r->to->items, r->to->n);
	if (r->lines.n == 0)
		buf_add_string(&r->lines, FIRST_LINE);
	json_open(&r->lines, NULL, '{');
	json_text(&r->lines, "file", name);
	json_integer(&r->lines, "nonce", (int64_t)(file.header - AGE_NONCE));
	json_text(&r->lines, "header", buf_text(&r->header));
	json_close(&r->lines, '}');
	buf_add_byte(&r->lines, '\n');
	secret_wipe(&file, sizeof(file));
	r->count++;
	return r->lines.n < FILE_SIZE ? 0 : put_lines(r, err);
}

static bool
is_of_archive(const struct archive *a, struct slice name)
{
	struct digest digest;
	struct slice id;

	return pack_parse_name(name, archive_naming(a), &digest) ||
	    index_parse_name(name, archive_naming(a), &digest) ||
	    snapshot_parse_name(name, archive_naming(a), &id);
}

static int
rewrap_below(struct rewrapping *r, const char *prefix, struct error *err)
{
	struct target *t = archive_target(r->archive);
	struct arena arena = ARENA_EMPTY;
	struct target_item *items;
	size_t n, i;
	int rc = -1;

	if (t->ops->list(t, prefix, &arena, &items, &n, err) < 0)
		goto out;
	for (i = 0; i < n; i++) {
		if (!is_of_archive(r->archive, slice_string(items[i].name)))
			continue;
		if (r->progress != NULL) {
			r->progress->doing = "reading headers";
			r->progress->update(r->progress);
		}
		if (rewrap_file(r, items[i].name, err) < 0)
			goto out;
	}
	rc = 0;

out:
	arena_free(&arena);
	return rc;
}

int
archive_rewrap(struct archive *a, const struct recipients *to, const char *spool,
    struct progress *progress, size_t *count, size_t *missed, struct error *err)
{
	struct rewrapping r = { .archive = a, .to = to, .spool = spool, .progress = progress };
	int rc = -1;

	if (archive_unlock(a, err) == 0 && rewrap_below(&r, "packs/", err) == 0 &&
	    rewrap_below(&r, "index/", err) == 0 && rewrap_below(&r, "snapshots/", err) == 0)
		rc = r.lines.n > 0 ? put_lines(&r, err) : 0;
	*count = r.count;
	*missed = r.missed;
	buf_free(&r.lines);
	buf_free(&r.header);
	return rc;
}
