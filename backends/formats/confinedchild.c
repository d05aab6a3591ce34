/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "backends/formats/confined.h"
#include "backends/formats/confined_internal.h"
#include "backends/formats/confinedfence.h"
#include "core/base/file.h"

#define FLUSH_AT (64u * 1024u)
#define QUIET_CALLS 256u
#define TEXT_MAX 900u

bool confined_program_serves;

/* ---- Reading ---- */

int
confined_input_read(const struct confined_input *in, uint64_t at, void *p, size_t n,
    struct error *err)
{
	if (at > in->size || n > in->size - at)
		return fail(err, ERR_FORMAT, "the file ends too early");
	if (in->fd >= 0)
		return file_read_at(in->fd, at, p, n, err);
	if (n > 0)
		memcpy(p, in->bytes.p + at, n);
	return 0;
}

/* ---- Writing ---- */

static void
flush(struct confined_output *o)
{
	struct error err = ERROR_NONE;

	if (o->fd < 0)
		return;
	if (!o->broken && file_write(o->fd, buf_slice(&o->out), &err) < 0)
		o->broken = true;
	buf_clear(&o->out);
}

static void
put_number(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes > 0; bytes--, v >>= 8)
		buf_add_byte(b, (unsigned char)v);
}

static void
put_short(struct buf *b, struct slice s)
{
	s = slice_sub(s, 0, UINT16_MAX);
	put_number(b, s.n, 2);
	buf_add(b, s);
}

/* The place of the length, to be filled in by end_record(). */
static size_t
begin_record(struct confined_output *o, char type)
{
	o->quiet = 0;
	buf_add_byte(&o->out, (unsigned char)type);
	put_number(&o->out, 0, 4);
	return o->out.n;
}

static void
end_record(struct confined_output *o, size_t from)
{
	size_t n = o->out.n - from, i;

	for (i = 0; i < 4; i++)
		o->out.p[from - 4 + i] = (unsigned char)(n >> 8 * i);
	if (o->out.n >= FLUSH_AT)
		flush(o);
}

void
output_mailbox(struct confined_output *o, uint64_t key, const struct slice *components,
    size_t depth, int64_t messages)
{
	size_t from = begin_record(o, 'M'), i;

	put_number(&o->out, key, 8);
	put_number(&o->out, (uint64_t)messages, 8);
	put_number(&o->out, depth, 2);
	for (i = 0; i < depth; i++)
		put_short(&o->out, slice_sub(components[i], 0, 4096));
	end_record(o, from);
}

void
output_start(struct confined_output *o, uint64_t index)
{
	size_t from = begin_record(o, 'S');

	put_number(&o->out, index, 8);
	end_record(o, from);
	/* It has to be known before anything can go wrong. */
	flush(o);
}

void
output_message(struct confined_output *o, uint64_t index, unsigned flags,
    const struct tags *tags, int64_t date)
{
	size_t from = begin_record(o, 'I'), i, n = tags->n < 256 ? tags->n : 256;

	put_number(&o->out, index, 8);
	put_number(&o->out, flags, 4);
	put_number(&o->out, (uint64_t)date, 8);
	put_number(&o->out, n, 2);
	for (i = 0; i < n; i++)
		put_short(&o->out, slice_sub(tags->items[i], 0, 2048));
	end_record(o, from);
}

void
output_data(struct confined_output *o, struct slice bytes)
{
	size_t from;

	for (; bytes.n > 0; bytes = slice_from(bytes, CONFINED_DATA_MAX)) {
		from = begin_record(o, 'D');
		buf_add(&o->out, slice_sub(bytes, 0, CONFINED_DATA_MAX));
		end_record(o, from);
	}
}

void
output_end(struct confined_output *o)
{
	end_record(o, begin_record(o, 'E'));
}

static void
put_text(struct confined_output *o, char type, bool has_index, uint64_t index, const char *text)
{
	size_t from = begin_record(o, type);

	if (has_index)
		put_number(&o->out, index, 8);
	buf_add(&o->out, slice_sub(slice_string(text), 0, TEXT_MAX));
	end_record(o, from);
}

void
output_failed(struct confined_output *o, uint64_t index, const char *text)
{
	put_text(o, 'F', true, index, text);
}

void
output_warning(struct confined_output *o, const char *text)
{
	put_text(o, 'W', false, 0, text);
}

void
output_alive(struct confined_output *o)
{
	if (++o->quiet < QUIET_CALLS)
		return;
	end_record(o, begin_record(o, 'P'));
	flush(o);
}

void
output_done(struct confined_output *o, const char *text)
{
	put_text(o, 'Z', false, 0, text);
	flush(o);
}

/* ---- main() of the child ---- */

static int
serve(const struct confined_parser *parser, uint64_t key, uint64_t first)
{
	struct confined_output out = CONFINED_OUTPUT(STDOUT_FILENO);
	struct confined_input in = { .fd = STDIN_FILENO };
	struct error err = ERROR_NONE;
	struct file_meta meta;
	size_t from;
	int rc;

	if (file_stat_fd(in.fd, &meta, &err) < 0)
		return 1;
	in.size = meta.size;
	if (parser->prepare)
		parser->prepare();
	from = begin_record(&out, 'H');
	put_number(&out.out, fence_up(), 4);
	end_record(&out, from);
	flush(&out);
	rc = parser->read(&in, key, first, &out, &err);
	output_done(&out, rc < 0 ? err.text : "");
	buf_free(&out.out);
	return 0;
}

bool
confined_serve(int argc, char **argv, const struct confined_parser *parsers, int *status)
{
	uint64_t key, first;

	confined_program_serves = true;
	if (argc != 5 || strcmp(argv[1], CONFINED_ARGUMENT) != 0)
		return false;
	*status = 1;
	if (!slice_number(slice_string(argv[3]), UINT64_MAX, &key) ||
	    !slice_number(slice_string(argv[4]), UINT64_MAX, &first))
		return true;
	for (; parsers->name != NULL; parsers++) {
		if (strcmp(parsers->name, argv[2]) == 0) {
			*status = serve(parsers, key, first);
			break;
		}
	}
	return true;
}
