/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/outtree.h"
#include "core/base/limits.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/separator.h"

/*
 * Each message is
 *
 *	From sender date
 *	Status: RO
 *	X-Status: AF
 *	X-Label: "a label", "another"           (only where there are such)
 *	X-Keywords: $Forwarded urgent
 *	the message, every line "^>*From " with one ">" more
 *	an empty line
 *
 * The other three fields always stand first, and X-Keywords last of all: that
 * is how the reader knows that this quoting can be undone, that the last line
 * end is not the message's, and that a Status below is.
 */
#define READ_STEP (256u * KIB)
#define QUOTES_MAX 4096u        /* a line with more ">" than that is not quoted */

struct mbox_writer {
	struct outtree tree;
	int fd;                         /* of the mailbox, or -1 */
	uint64_t at;                    /* its length */
	struct buf in, out;
};

static struct mbox_writer *
mbox_writer_of(struct writer *w)
{
	return CONTAINER_OF(CONTAINER_OF(w, struct outtree, writer), struct mbox_writer, tree);
}

static int
open_writer(const char *directory, struct writer **out, struct error *err)
{
	struct mbox_writer *w = mem_alloc(sizeof(*w));

	w->fd = -1;
	if (outtree_open(&w->tree, &writer_mbox, directory, err) < 0) {
		outtree_fail(&w->tree, err);
		outtree_close(&w->tree, err);
		mem_free(w);
		return -1;
	}
	*out = &w->tree.writer;
	return 0;
}

static int
begin(struct writer *writer, const struct slice *components, size_t depth, struct error *err)
{
	struct mbox_writer *w = mbox_writer_of(writer);
	struct buf stem = BUF_EMPTY, path = BUF_EMPTY;
	size_t i;
	int rc = -1;

	file_close(w->fd);
	w->fd = -1;
	w->at = 0;
	for (i = 0; i < depth; i++) {
		if (i > 0) {
			if (root_make_directories(w->tree.root, buf_text(&stem),
			    OUT_DIRECTORY_MODE, err) < 0)
				goto out;
			buf_add_byte(&stem, '/');
		}
		outtree_add_component(components[i], ".mbox", &stem);
	}
	outtree_add_unique(&w->tree, buf_slice(&stem), ".mbox", &path);
	rc = root_create(w->tree.root, buf_text(&path), OUT_FILE_MODE, &w->fd, err);

out:
	buf_free(&stem);
	buf_free(&path);
	return rc < 0 ? outtree_fail(&w->tree, err) : 0;
}

/* A blank or a quote in it, or no ASCII: no word that X-Keywords can hold. */
static bool
is_keyword(struct slice tag)
{
	size_t i;

	for (i = 0; i < tag.n; i++) {
		if (tag.p[i] <= ' ' || tag.p[i] >= 0x7f || tag.p[i] == '"')
			return false;
	}
	return tag.n > 0;
}

static void
add_labels(struct buf *out, const struct tags *tags)
{
	size_t i, j, labels = 0;

	for (i = 0; i < tags->n; i++) {
		if (is_keyword(tags->items[i]) || tags->items[i].n == 0)
			continue;
		buf_add_string(out, labels++ == 0 ? "X-Label: \"" : ", \"");
		for (j = 0; j < tags->items[i].n; j++) {
			if (tags->items[i].p[j] >= ' ' && tags->items[i].p[j] != '"')
				buf_add_byte(out, tags->items[i].p[j]);
		}
		buf_add_byte(out, '"');
	}
	if (labels > 0)
		buf_add_byte(out, '\n');
}

static void
add_keywords(struct buf *out, unsigned flags, const struct tags *tags)
{
	size_t i;

	buf_add_string(out, flags & FLAG_FORWARDED ? "X-Keywords: $Forwarded" : "X-Keywords:");
	for (i = 0; i < tags->n; i++) {
		if (!is_keyword(tags->items[i]))
			continue;
		buf_add_byte(out, ' ');
		buf_add(out, tags->items[i]);
	}
	buf_add_byte(out, '\n');
}

static void
add_status(struct buf *out, const struct outgoing *about)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = { { FLAG_ANSWERED, 'A' }, { FLAG_FLAGGED, 'F' }, { FLAG_DRAFT, 'T' },
		{ FLAG_DELETED, 'D' } };
	const struct tags none = { NULL, 0 }, *tags = about->tags != NULL ? about->tags : &none;
	size_t i;

	buf_add_string(out, about->flags & FLAG_SEEN ? "Status: RO\nX-Status: " :
	    "Status: O\nX-Status: ");
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (about->flags & letters[i].flag)
			buf_add_byte(out, (unsigned char)letters[i].letter);
	}
	buf_add_byte(out, '\n');
	add_labels(out, tags);
	add_keywords(out, about->flags, tags);
}

/* Append text, which begins at the start of a line, quoted.  Every "From " is
 * looked at, not every line. */
static void
add_quoted(struct buf *out, struct slice text, bool starts_line)
{
	size_t at, from = 0, line;

	for (at = slice_find_bytes(text, 0, SLICE_OF("From ")); at < text.n;
	    at = slice_find_bytes(text, at + 5, SLICE_OF("From "))) {
		for (line = at; line > from && at - line < QUOTES_MAX && text.p[line - 1] == '>';
		    line--)
			;
		if (line > 0 ? text.p[line - 1] != '\n' : !starts_line)
			continue;
		buf_add(out, slice_sub(text, from, line - from));
		buf_add_byte(out, '>');
		from = line;
	}
	buf_add(out, slice_from(text, from));
}

static int
flush(struct mbox_writer *w, struct error *err)
{
	w->at += w->out.n;
	if (file_write(w->fd, buf_slice(&w->out), err) < 0)
		return -1;
	buf_clear(&w->out);
	return 0;
}

/* Whole lines are quoted and written; what is left of the last one waits for
 * the next bytes, unless it alone fills the buffer. */
static int
copy_quoted(struct mbox_writer *w, struct source *message, struct error *err)
{
	bool starts_line = true;
	uint64_t copied = 0;
	size_t n;
	int64_t got;

	buf_clear(&w->in);
	do {
		buf_reserve(&w->in, READ_STEP);
		got = message->read(message, w->in.p + w->in.n, READ_STEP, err);
		if (got < 0)
			return -1;
		copied += (uint64_t)got;
		buf_extend(&w->in, (size_t)got);
		n = w->in.n;
		while (got > 0 && n > 0 && w->in.p[n - 1] != '\n')
			n--;
		if (n == 0 && w->in.n < READ_STEP)
			continue;
		if (n == 0)
			n = w->in.n;
		add_quoted(&w->out, slice_of(w->in.p, n), starts_line);
		starts_line = n > 0 && w->in.p[n - 1] == '\n';
		memmove(w->in.p, w->in.p + n, w->in.n - n);
		buf_truncate(&w->in, w->in.n - n);
		if (flush(w, err) < 0)
			return -1;
	} while (got > 0);
	if (copied != message->size)
		return fail(err, ERR_CHANGED, "%llu bytes where %llu were promised",
		    (unsigned long long)copied, (unsigned long long)message->size);
	return 0;
}

static int
put(struct writer *writer, struct source *message, const struct outgoing *about,
    struct error *err)
{
	struct mbox_writer *w = mbox_writer_of(writer);
	struct error ignored = ERROR_NONE;
	uint64_t before = w->at;

	buf_clear(&w->out);
	separator_add(&w->out, about->sender, about->date);
	add_status(&w->out, about);
	if (copy_quoted(w, message, err) < 0) {
		/* The mailbox stays good: a message that cannot be read leaves nothing. */
		if (file_truncate(w->fd, before, &ignored) < 0 ||
		    lseek(w->fd, (off_t)before, SEEK_SET) < 0)
			outtree_fail(&w->tree, err);
		w->at = before;
		return -1;
	}
	buf_add_byte(&w->out, '\n');
	return flush(w, err) < 0 ? outtree_fail(&w->tree, err) : 0;
}

static int
close_writer(struct writer *writer, struct error *err)
{
	struct mbox_writer *w;
	int rc;

	if (writer == NULL)
		return 0;
	w = mbox_writer_of(writer);
	file_close(w->fd);
	rc = outtree_close(&w->tree, err);
	buf_free(&w->in);
	buf_free(&w->out);
	mem_free(w);
	return rc;
}

const struct writer_ops writer_mbox = {
	.name = "mbox",
	.open = open_writer,
	.begin = begin,
	.put = put,
	.close = close_writer,
};
