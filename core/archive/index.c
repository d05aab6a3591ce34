/* SPDX-License-Identifier: MIT */
#include "core/archive/index.h"

#include <inttypes.h>

#include "core/archive/names.h"
#include "core/archive/transfer.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/port/target.h"

#define VERSION 1
#define PACKED_MAX (64u * MIB)          /* of an index, which names a few packs */
#define LINE_MAX_BYTES (16u * MIB)
#define STEP (256u * KIB)

int
index_list(struct archive *a, struct arena *arena, struct name_list *out, struct error *err)
{
	struct target *t = archive_target(a);
	struct target_item *items;
	struct digest digest;
	size_t i, n;

	if (t->ops->list(t, "index/", arena, &items, &n, err) < 0)
		return -1;
	out->items = arena_alloc(arena, n * sizeof(*out->items));
	out->sizes = arena_alloc(arena, n * sizeof(*out->sizes));
	out->n = 0;
	for (i = 0; i < n; i++) {
		if (!index_parse_name(slice_string(items[i].name), archive_naming(a), &digest))
			continue;
		out->items[out->n] = items[i].name;
		out->sizes[out->n++] = items[i].size;
	}
	return 0;
}

/* The plain text of a large index would be the largest thing in memory: it is
 * made as it is read, and so is bounded whatever the file says. */
struct index_reader {
	struct buf packed;
	struct expander *expander;
	struct buf plain;
	struct slice rest;      /* of plain, not yet read */
	struct slice kept;      /* a line that was read too far; empty: none */
	uint64_t total;         /* plain bytes so far */
	bool ended;
	char *name;
	struct digests replaces;
};

/* Have a whole line in rest, or all that is left. */
static int
fill(struct index_reader *r, struct error *err)
{
	size_t looked = 0;
	int64_t got;

	while (!r->ended && slice_find(r->rest, looked, '\n') == r->rest.n) {
		looked = r->rest.n;
		if (looked > LINE_MAX_BYTES || r->total > SNAPSHOT_MAX)
			return fail(err, ERR_CORRUPT, "%s: longer than any index", r->name);
		if (looked > 0)
			memmove(r->plain.p, r->rest.p, looked);
		buf_truncate(&r->plain, looked);
		buf_reserve(&r->plain, STEP);
		got = expander_read(r->expander, r->plain.p + looked, STEP, err);
		if (got < 0) {
			err->code = ERR_CORRUPT;
			return fail_in(err, "%s", r->name);
		}
		r->total += (uint64_t)got;
		r->ended = got == 0;
		buf_extend(&r->plain, (size_t)got);
		r->rest = buf_slice(&r->plain);
	}
	return 0;
}

/* 1 with a line, 0 at the end. */
static int
next_line(struct index_reader *r, struct slice *line, struct error *err)
{
	*line = r->kept;
	r->kept = SLICE_EMPTY;
	if (line->n > 0)
		return 1;
	if (fill(r, err) < 0)
		return -1;
	return slice_line(&r->rest, line);
}

static int
read_head(struct index_reader *r, struct error *err)
{
	struct slice line;
	struct json *head;
	int64_t version;

	if (next_line(r, &line, err) < 0)
		return -1;
	if (json_parse(line, &head, err) < 0) {
		err->code = ERR_CORRUPT;
		return -1;
	}
	version = json_get_integer(head, "index");
	json_free(head);
	if (version > VERSION)
		return fail(err, ERR_VERSION, "the index has version %" PRId64
		    ": a newer program is needed", version);
	return version == VERSION ? 0 : fail(err, ERR_CORRUPT, "this is no index");
}

/* The line behind the first, if it is this one. */
static int
read_replaces(struct index_reader *r, struct error *err)
{
	const struct json *names;
	struct json *line_json;
	struct slice line;
	size_t i;
	int rc = next_line(r, &line, err);

	if (rc <= 0)
		return rc;
	if (!slice_starts(line, "{\"replaces\":")) {
		r->kept = line;
		return 0;
	}
	if (json_parse(line, &line_json, err) < 0) {
		err->code = ERR_CORRUPT;
		return -1;
	}
	names = json_member(line_json, "replaces");
	for (i = 0; i < json_length(names) && rc >= 0; i++)
		if (!digest_parse(json_value_string(json_item(names, i)),
		    (struct digest *)vec_push(&r->replaces)))
			rc = fail(err, ERR_CORRUPT, "it replaces what is no index");
	json_free(line_json);
	return rc < 0 ? -1 : 0;
}

int
index_open(struct archive *a, const char *name, struct index_reader **out, struct error *err)
{
	struct index_reader *r = mem_alloc(sizeof(*r));
	struct digest said, is;
	int rc = -1;

	r->name = mem_string(name);
	if (!index_parse_name(slice_string(name), archive_naming(a), &said)) {
		fail(err, ERR_USAGE, "%s is not the name of an index", name);
		goto out;
	}
	if (transfer_get(archive_target(a), name, PACKED_MAX, &r->packed, err) < 0) {
		if (err->code == ERR_LIMIT)
			err->code = ERR_CORRUPT;
		goto out;
	}
	digest_of(buf_slice(&r->packed), &is);
	if (!digest_equal(&said, &is)) {
		fail(err, ERR_CORRUPT, "%s: its bytes do not match its name", name);
		goto out;
	}
	if (crypt_unseal(a, name, &r->packed, err) < 0)
		goto out;
	r->expander = expander_open_bytes(archive_codec(a), buf_slice(&r->packed));
	r->rest = buf_slice(&r->plain);
	if (read_head(r, err) < 0 || read_replaces(r, err) < 0)
		fail_in(err, "%s", name);
	else
		rc = 0;

out:
	if (rc < 0)
		index_close(r);
	else
		*out = r;
	return rc;
}

/*
 * Lines are read by position, which the format allows: a JSON parser would
 * take most of the time of loading an index of 100,000 entries.
 */
static bool
take(struct slice *rest, const char *text)
{
	if (!slice_starts(*rest, text))
		return false;
	*rest = slice_from(*rest, strlen(text));
	return true;
}

static bool
take_number(struct slice *rest, uint64_t max, uint64_t *out)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	if (!slice_number(slice_sub(*rest, 0, n), max, out))
		return false;
	*rest = slice_from(*rest, n);
	return true;
}

static bool
take_frames(struct slice *line, struct pack_record *out)
{
	struct pack_frame *f;

	while (take(line, out->frames.n == 0 ? "[" : ",[")) {
		f = vec_push(&out->frames);
		if (!take_number(line, INT64_MAX, &f->at) || !take(line, ",") ||
		    !take_number(line, INT64_MAX, &f->n) || !take(line, ",") ||
		    !take_number(line, FRAME_PLAIN_MAX, &f->plain) || !take(line, "]"))
			return false;
	}
	return out->frames.n <= UINT32_MAX;
}

static bool
parse_pack(struct slice line, struct pack_record *out)
{
	if (!take(&line, "{\"pack\":\"") ||
	    !digest_parse(slice_sub(line, 0, DIGEST_HEX), &out->id))
		return false;
	line = slice_from(line, DIGEST_HEX);
	return take(&line, "\",\"size\":") && take_number(&line, INT64_MAX, &out->size) &&
	    take(&line, ",\"frames\":[") && take_frames(&line, out) && take(&line, "]") &&
	    (slice_is(line, "}") || slice_starts(line, ","));
}

static bool
parse_entry(struct slice line, const struct pack_record *record, struct pack_object *out)
{
	struct slice name;
	uint64_t frame;

	if (!take(&line, "{\"entry\":\""))
		return false;
	name = slice_sub(line, 0, slice_find(line, 0, '"'));
	line = slice_from(line, name.n);
	if (!object_parse_name(name, &out->kind, &out->is_recipe, &out->id) ||
	    !take(&line, "\",\"frame\":") || !take_number(&line, UINT32_MAX, &frame) ||
	    !take(&line, ",\"at\":") || !take_number(&line, FRAME_PLAIN_MAX, &out->at) ||
	    !take(&line, ",\"size\":") || !take_number(&line, OBJECT_MAX, &out->n) ||
	    frame >= record->frames.n || !slice_ends(line, "}"))
		return false;
	out->frame = (uint32_t)frame;
	line.n--;
	if (line.n > 0 && !take(&line, ","))
		return false;
	out->summary = line;
	return true;
}

int
index_next(struct index_reader *r, struct pack_record **out, struct error *err)
{
	struct pack_record *record = NULL;
	struct pack_object *object;
	struct slice line;
	int more;

	while ((more = next_line(r, &line, err)) > 0) {
		if (slice_starts(line, "{\"pack\":")) {
			if (record != NULL) {
				r->kept = line;
				break;
			}
			record = mem_alloc(sizeof(*record));
			if (!parse_pack(slice_chomp(line), record))
				goto damaged;
		} else if (slice_starts(line, "{\"entry\":")) {
			if (record == NULL)
				goto damaged;
			object = vec_push(&record->objects);
			if (!parse_entry(slice_chomp(line), record, object))
				goto damaged;
			object->summary = arena_copy(&record->strings, object->summary);
		}
		/* Lines of other kinds are a later version's, to be passed over. */
	}
	if (more < 0) {
		pack_record_free(record);
		return -1;
	}
	*out = record;
	return record != NULL;

damaged:
	pack_record_free(record);
	return fail(err, ERR_CORRUPT, "%s: a line that is none of an index", r->name);
}

const struct digests *
index_replaces(const struct index_reader *r)
{
	return &r->replaces;
}

void
index_close(struct index_reader *r)
{
	if (r == NULL)
		return;
	vec_free(&r->replaces);
	expander_close(r->expander);
	buf_free(&r->packed);
	buf_free(&r->plain);
	mem_free(r->name);
	mem_free(r);
}
