/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "backends/formats/emlxfile.h"
#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/outtree.h"
#include "core/base/file.h"
#include "core/base/mem.h"

/* A mailbox is a bundle A.mbox with Messages/1.emlx and so on, a mailbox in it
 * A/B.mbox: what Mac OS X 10.4 had, and every version since imports. */
struct emlx_writer {
	struct outtree tree;
	struct buf folder;              /* "A/B.mbox/Messages/" */
	uint64_t messages;              /* of the mailbox */
};

static struct emlx_writer *
emlx_writer_of(struct writer *w)
{
	return CONTAINER_OF(CONTAINER_OF(w, struct outtree, writer), struct emlx_writer, tree);
}

static int
open_writer(const char *directory, struct writer **out, struct error *err)
{
	struct emlx_writer *w = mem_alloc(sizeof(*w));

	if (outtree_open(&w->tree, &writer_emlx, directory, err) < 0) {
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
	struct emlx_writer *w = emlx_writer_of(writer);
	struct buf name = BUF_EMPTY;
	size_t i;
	int rc;

	for (i = 0; i < depth; i++) {
		if (i > 0)
			buf_add_byte(&name, '/');
		outtree_add_component(components[i], ".mbox", &name);
	}
	buf_clear(&w->folder);
	outtree_add_unique(&w->tree, buf_slice(&name), ".mbox", &w->folder);
	buf_add_string(&w->folder, "/Messages");
	rc = root_make_directories(w->tree.root, buf_text(&w->folder), OUT_DIRECTORY_MODE, err);
	buf_add_byte(&w->folder, '/');
	w->messages = 0;
	buf_free(&name);
	return rc < 0 ? outtree_fail(&w->tree, err) : 0;
}

static void
add_list(struct buf *out, const struct outgoing *about)
{
	buf_add_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
	    "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
	    "<plist version=\"1.0\">\n<dict>\n");
	if (about->date != 0)
		buf_add_format(out, "\t<key>date-received</key>\n\t<integer>%" PRId64 "</integer>\n",
		    about->date);
	buf_add_format(out, "\t<key>flags</key>\n\t<integer>%" PRIu64 "</integer>\n</dict>\n</plist>\n",
	    emlx_bits(about->flags, about->tags));
}

static int
put(struct writer *writer, struct source *message, const struct outgoing *about,
    struct error *err)
{
	struct emlx_writer *w = emlx_writer_of(writer);
	struct buf path = BUF_EMPTY, before = BUF_EMPTY, behind = BUF_EMPTY;
	int rc;

	buf_add_format(&path, "%s%" PRIu64 ".emlx", buf_text(&w->folder), w->messages + 1);
	buf_add_format(&before, "%-10" PRIu64 "\n", message->size);
	add_list(&behind, about);
	rc = outtree_put_between(&w->tree, buf_text(&path), buf_slice(&before), message,
	    buf_slice(&behind), about->date, err);
	w->messages += rc == 0;
	buf_free(&path);
	buf_free(&before);
	buf_free(&behind);
	return rc;
}

static int
close_writer(struct writer *writer, struct error *err)
{
	struct emlx_writer *w;
	int rc;

	if (writer == NULL)
		return 0;
	w = emlx_writer_of(writer);
	rc = outtree_close(&w->tree, err);
	buf_free(&w->folder);
	mem_free(w);
	return rc;
}

const struct writer_ops writer_emlx = {
	.name = "emlx",
	.open = open_writer,
	.begin = begin,
	.put = put,
	.close = close_writer,
};
