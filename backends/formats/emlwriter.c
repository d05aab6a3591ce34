/* SPDX-License-Identifier: MIT */
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/outtree.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/text.h"

/* A mailbox is a directory, a message "2026-11-23 0200 subject.eml" in it. */
struct eml_writer {
	struct outtree tree;
	struct buf folder;              /* "A/B/" */
};

static struct eml_writer *
eml_writer_of(struct writer *w)
{
	return CONTAINER_OF(CONTAINER_OF(w, struct outtree, writer), struct eml_writer, tree);
}

static int
open_writer(const char *directory, struct writer **out, struct error *err)
{
	struct eml_writer *w = mem_alloc(sizeof(*w));

	if (outtree_open(&w->tree, &writer_eml, directory, err) < 0) {
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
	struct eml_writer *w = eml_writer_of(writer);
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc;

	for (i = 0; i < depth; i++) {
		if (i > 0)
			buf_add_byte(&name, '/');
		outtree_add_component(components[i], ".eml", &name);
	}
	buf_clear(&w->folder);
	outtree_add_unique(&w->tree, buf_slice(&name), "", &w->folder);
	rc = root_make_directories(w->tree.root, buf_text(&w->folder), OUT_DIRECTORY_MODE, err);
	buf_add_byte(&w->folder, '/');
	buf_free(&name);
	return rc < 0 ? outtree_fail(&w->tree, err) : 0;
}

/* "2026-11-23 0200", or nothing. */
static void
add_date(struct buf *out, int64_t date)
{
	struct buf text = BUF_EMPTY;

	text_add_time(&text, date);
	if (date != 0 && text.n == 20)
		buf_add_format(out, "%.10s %.2s%.2s ", buf_text(&text), buf_text(&text) + 11,
		    buf_text(&text) + 14);
	buf_free(&text);
}

static int
put(struct writer *writer, struct source *message, const struct outgoing *about,
    struct error *err)
{
	struct eml_writer *w = eml_writer_of(writer);
	struct buf stem = BUF_EMPTY, path = BUF_EMPTY;
	int rc;

	buf_add(&stem, buf_slice(&w->folder));
	add_date(&stem, about->date);
	path_add_tame(&stem, about->subject.n > 0 ? about->subject : SLICE_OF("no subject"));
	outtree_add_unique(&w->tree, buf_slice(&stem), ".eml", &path);
	rc = outtree_put(&w->tree, buf_text(&path), message, about->date, err);
	buf_free(&stem);
	buf_free(&path);
	return rc;
}

static int
close_writer(struct writer *writer, struct error *err)
{
	struct eml_writer *w;
	int rc;

	if (writer == NULL)
		return 0;
	w = eml_writer_of(writer);
	rc = outtree_close(&w->tree, err);
	buf_free(&w->folder);
	mem_free(w);
	return rc;
}

const struct writer_ops writer_eml = {
	.name = "eml",
	.open = open_writer,
	.begin = begin,
	.put = put,
	.close = close_writer,
};
