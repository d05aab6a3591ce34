/* SPDX-License-Identifier: MIT */
#include "core/mail/parts.h"

#include <inttypes.h>

#include "core/base/base64.h"
#include "core/base/vec.h"
#include "core/mail/header.h"
#include "core/mail/tnef.h"

#define RECIPE_HEAD "mailcask-parts "
#define RECIPE_VERSION "1"

#define WIDTH_MAX 1000u         /* RFC 5322 allows lines of 998; mail has 72, 76 and 64 */
#define LINES_MIN 16u           /* fewer, without a header that says so, are chance */

/* A body of base64 lines. */
struct run {
	size_t at, end;         /* end: without the line end of the last line */
	unsigned width;
	bool crlf;
	size_t lines;
};

/* The bytes of the line end at at: 2, 1, or 0 where none stands there. */
static size_t
line_end(struct slice s, size_t at)
{
	if (at < s.n && s.p[at] == '\n')
		return 1;
	return at < s.n && s.n - at >= 2 && s.p[at] == '\r' && s.p[at + 1] == '\n' ? 2 : 0;
}

/* Characters of the base64 line that s begins with, padding included. */
static size_t
line_length(struct slice s)
{
	size_t n = base64_span(s), pad = 0;

	while (pad < 2 && n + pad < s.n && s.p[n + pad] == '=')
		pad++;
	return n + pad;
}

/* Does a line of nothing but base64 stand at at?  Then the run before it is
 * one of several behind one another, or of mixed widths. */
static bool
looks_encoded(struct slice message, size_t at)
{
	size_t n = line_length(slice_sub(message, at, WIDTH_MAX + 2));

	return n > 0 && (at + n == message.n || line_end(message, at + n) > 0);
}

/*
 * Read the run of base64 lines at at and append its plain bytes to plain.
 * False, with plain as before, when it is none; *next is where to go on.
 *
 * Why encoding again gives the same bytes, without trying: each line but the
 * last is exactly width characters (a multiple of four), without padding, and
 * ends in the same line end; the last has at most width characters and at
 * least four.  Quadruples are encoded independently, and base64_decode()
 * accepts just those that base64_encode() writes, so the characters are the
 * same; the encoder breaks a line exactly where width characters are full and
 * more follows, so the line ends are the same.
 */
static bool
read_run(struct slice message, size_t at, struct run *run, struct buf *plain, size_t *next)
{
	size_t start = plain->n, n = base64_span(slice_sub(message, at, WIDTH_MAX + 1));
	size_t eol = line_end(message, at + n);
	bool last = false;

	run->at = run->end = *next = at;
	run->lines = 0;
	if (n == 0 || n % 4 != 0 || n > WIDTH_MAX || eol == 0) {
		*next = at + n;
		return false;
	}
	run->width = (unsigned)n;
	run->crlf = eol == 2;
	/* For the rest of the message at once: growing would copy what a large
	 * attachment has so far five times over. */
		buf_reserve(plain, (message.n - at) / 4 * 3);
	for (; !last; at += n + eol) {
		n = run->width;
		/* The encoded line is decoded without looking at it first: a
		 * line end in it makes that fail.  Only the last is measured. */
		last = line_end(message, at + n) != eol;
		if (last || !base64_decode(slice_sub(message, at, n), plain)) {
			last = true;
			n = line_length(slice_sub(message, at, n));
			if (n == 0 || (at + n < message.n && line_end(message, at + n) == 0) ||
			    !base64_decode(slice_sub(message, at, n), plain))
				break;
		}
		run->lines++;
		run->end = at + n;
		last = last || message.p[run->end - 1] == '=';
	}
	*next = run->end;
	if (plain->n - start >= PART_MIN &&
	    !looks_encoded(message, run->end + line_end(message, run->end)))
		return true;
	buf_truncate(plain, start);
	return false;
}

/* The header of the MIME part (or of the message) that ends at end: from the
 * last line "--…" on, but not from before start. */
static struct slice
part_header(struct slice message, size_t start, size_t end)
{
	size_t line = end;
	const unsigned char *lf;

	while (line > start) {
		lf = memrchr(message.p + start, '\n', line - 1 - start);
		line = lf == NULL ? start : (size_t)(lf - message.p) + 1;
		if (slice_starts(slice_from(message, line), "--"))
			break;
	}
	return slice_sub(message, line, end - line);
}

static bool
header_says(struct slice header, const char *name, const char *value, bool missing)
{
	struct header_field field;

	if (!header_find(header, name, &field))
		return missing;
	return slice_starts_nocase(field.value, value);
}

static void
add_recipe(struct slice message, struct split *out)
{
	struct buf *o = &out->object;
	const struct taken_part *part;
	size_t i, at = 0;

	buf_reserve(o, message.n);
	recipe_begin(o);
	for (i = 0; i <= out->part_count; i++) {
		size_t until = i < out->part_count ? out->parts[i].at : message.n;

		if (until > at)
			buf_add_format(o, "rest %zu\n", until - at);
		if (i == out->part_count)
			break;
		part = &out->parts[i];
		buf_add_format(o, "base64 %u %s ", part->width, part->crlf ? "crlf" : "lf");
		digest_add_hex(o, &part->id);
		buf_add_byte(o, '\n');
		at = part->at + part->n;
	}
	recipe_end(o);
	for (i = 0, at = 0; i < out->part_count; i++) {
		buf_add(o, slice_sub(message, at, out->parts[i].at - at));
		at = out->parts[i].at + out->parts[i].n;
	}
	buf_add(o, slice_from(message, at));
}

void
parts_split(struct slice message, struct arena *a, struct split *out)
{
	VEC(struct taken_part) parts = VEC_EMPTY;
	size_t line = 0, block = 0, eol, body, next, from, start, i;
	struct taken_part *part;
	struct slice header;
	struct run run;

	buf_clear(&out->decoded);
	buf_clear(&out->object);
	/* Bodies stand behind an empty line.  block is where the lines before
	 * it, with the header of the part, begin. */
	for (; line < message.n; line = slice_find(message, from, '\n') + 1) {
		from = line;
		if ((eol = line_end(message, line)) == 0)
			continue;
		body = line + eol;
		start = out->decoded.n;
		if (read_run(message, body, &run, &out->decoded, &next)) {
			header = part_header(message, block, line);
			if (run.lines >= LINES_MIN ||
			    header_says(header, "Content-Transfer-Encoding", "base64", false)) {
				part = vec_push(&parts);
				part->bytes.n = out->decoded.n - start;
				part->at = run.at;
				part->n = run.end - run.at;
				part->width = run.width;
				part->crlf = run.crlf;
				part->is_read = header_says(header, "Content-Type", "text/", true);
			} else {
				buf_truncate(&out->decoded, start);
			}
		}
		/* The line end before next is where the next line begins. */
		from = next - 1;
		block = next;
	}
	out->part_count = parts.n;
	out->parts = arena_alloc(a, parts.n * sizeof(*out->parts));
	for (i = 0, start = 0; i < parts.n; i++) {
		out->parts[i] = parts.items[i];
		part = &out->parts[i];
		part->bytes = slice_sub(buf_slice(&out->decoded), start, part->bytes.n);
		start += part->bytes.n;
		part->is_read |= slice_starts(part->bytes, TNEF_MAGIC);
		digest_of(part->bytes, &part->id);
	}
	if (parts.n > 0)
		add_recipe(message, out);
	vec_free(&parts);
}

void
split_free(struct split *s)
{
	buf_free(&s->decoded);
	buf_free(&s->object);
	s->parts = NULL;
	s->part_count = 0;
}

void
parts_view(struct slice message, const struct split *split, struct buf *out)
{
	const struct taken_part *part;
	size_t i, at = 0;

	buf_clear(out);
	for (i = 0; i < split->part_count; i++) {
		part = &split->parts[i];
		if (part->is_read)
			continue;
		buf_add(out, slice_sub(message, at, part->at - at));
		at = part->at + part->n;
	}
	buf_add(out, slice_from(message, at));
}

/* One line of a recipe, without its line end.  A rest step gets the length
 * only; the caller knows where its bytes lie. */
static bool
parse_step(struct slice line, struct recipe_step *step)
{
	struct slice word, width, eol;
	uint64_t n;

	memset(step, 0, sizeof(*step));
	if (!slice_field(&line, ' ', &word))
		return false;
	if (slice_is(word, "rest")) {
		step->op = RECIPE_REST;
		if (!slice_number(line, SIZE_MAX, &n) || n == 0)
			return false;
		step->rest.n = (size_t)n;
		return true;
	}
	if (slice_is(word, "chunk")) {
		step->op = RECIPE_CHUNK;
		return digest_parse(line, &step->id);
	}
	if (!slice_is(word, "base64") || !slice_field(&line, ' ', &width) ||
	    !slice_field(&line, ' ', &eol) || !slice_number(width, WIDTH_MAX, &n) ||
	    n == 0 || n % 4 != 0)
		return false;
	step->op = RECIPE_BASE64;
	step->width = (unsigned)n;
	step->crlf = slice_is(eol, "crlf");
	return (step->crlf || slice_is(eol, "lf")) && digest_parse(line, &step->id);
}

static int
parse_version(struct slice *rest, struct error *err)
{
	struct slice line;
	uint64_t version;

	if (!slice_line(rest, &line) || !slice_starts(line, RECIPE_HEAD))
		return fail(err, ERR_CORRUPT, "no recipe");
	line = slice_from(slice_sub(line, 0, line.n - 1), sizeof(RECIPE_HEAD) - 1);
	if (slice_is(line, RECIPE_VERSION))
		return 0;
	if (!slice_number(line, UINT64_MAX, &version) || version < 2)
		return fail(err, ERR_CORRUPT, "a recipe without a version");
	return fail(err, ERR_VERSION,
	    "recipe of version %" PRIu64 ", this program knows " RECIPE_VERSION, version);
}

int
recipe_parse(struct slice object, struct arena *a, struct recipe *out, struct error *err)
{
	VEC(struct recipe_step) steps = VEC_EMPTY;
	struct slice rest = object, line;
	struct recipe_step step;
	bool was_rest = false;
	size_t i;
	int rc = -1;

	out->steps = NULL;
	out->n = 0;
	if (parse_version(&rest, err) < 0)
		goto out;
	for (;;) {
		if (!slice_line(&rest, &line) || line.p[line.n - 1] != '\n') {
			fail(err, ERR_CORRUPT, "the recipe has no end");
			goto out;
		}
		if (line.n == 1)
			break;
		/* A step without bytes, or one rest behind another, is never
		 * written: so the number of steps is bounded by the size. */
		if (!parse_step(slice_sub(line, 0, line.n - 1), &step) ||
		    (step.op == RECIPE_REST && was_rest)) {
			fail(err, ERR_CORRUPT, "step %zu of the recipe is none", steps.n + 1);
			goto out;
		}
		was_rest = step.op == RECIPE_REST;
		*vec_push(&steps) = step;
	}
	for (i = 0; i < steps.n; i++) {
		if (steps.items[i].op != RECIPE_REST)
			continue;
		if (steps.items[i].rest.n > rest.n) {
			fail(err, ERR_CORRUPT, "bytes of the recipe are missing");
			goto out;
		}
		steps.items[i].rest = slice_sub(rest, 0, steps.items[i].rest.n);
		rest = slice_from(rest, steps.items[i].rest.n);
	}
	if (rest.n > 0) {
		fail(err, ERR_CORRUPT, "the recipe has %zu bytes too many", rest.n);
		goto out;
	}
	out->steps = arena_alloc(a, steps.n * sizeof(*out->steps));
	if (steps.n > 0)
		memcpy(out->steps, steps.items, steps.n * sizeof(*out->steps));
	out->n = steps.n;
	rc = 0;

out:
	vec_free(&steps);
	return rc;
}

void
recipe_add(const struct recipe_step *step, struct slice part, struct buf *out)
{
	switch (step->op) {
	case RECIPE_REST:
		buf_add(out, step->rest);
		break;
	case RECIPE_BASE64:
		base64_encode_lines(part, step->width, step->crlf ? "\r\n" : "\n", out);
		break;
	case RECIPE_CHUNK:
		buf_add(out, part);
		break;
	}
}

void
recipe_begin(struct buf *object)
{
	buf_add_string(object, RECIPE_HEAD RECIPE_VERSION "\n");
}

void
recipe_chunk(struct buf *object, const struct digest *id)
{
	buf_add_string(object, "chunk ");
	digest_add_hex(object, id);
	buf_add_byte(object, '\n');
}

void
recipe_end(struct buf *object)
{
	buf_add_byte(object, '\n');
}
