/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/outtree.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/mail/names.h"

/*
 * Maildirs, with folders as three programs lay them out:
 *
 *	"maildir"    Maildir++: INBOX is the directory itself, A/B is ".A.B" in it,
 *	             with an empty maildirfolder; names in modified UTF-7.  A "."
 *	             inside a name becomes "_", for the layout has no way to write it
 *	"evolution"  the same with names in UTF-8, "." and "_" as _2E and _5F, and
 *	             what lies in INBOX called "..A"; "..maildir++" says so
 *	"kmail"      A/B is ".A.directory/B"; every folder is a Maildir, INBOX too
 */
enum layout { LAYOUT_DOTS, LAYOUT_EVOLUTION, LAYOUT_KMAIL };

#define FOLDER_BYTES_MAX 200u   /* of 255 that a file system gives a name */
#define KEYWORDS_MAX 26u        /* letters that Dovecot has for keywords */

struct maildir_writer {
	struct outtree tree;
	enum layout layout;
	bool has_marker;                /* "..maildir++" is written */
	struct buf folder;              /* "" or ".A.B/", ".A.directory/B/" */
	uint64_t messages;              /* of all mailboxes */
	struct slice keywords[KEYWORDS_MAX];
	size_t keyword_count;
	struct arena arena;             /* of the mailbox */
};

static struct maildir_writer *
maildir_writer_of(struct writer *w)
{
	return CONTAINER_OF(CONTAINER_OF(w, struct outtree, writer), struct maildir_writer, tree);
}

static int
open_as(const struct writer_ops *ops, enum layout layout, const char *directory,
    struct writer **out, struct error *err)
{
	struct maildir_writer *w = mem_alloc(sizeof(*w));

	w->layout = layout;
	if (outtree_open(&w->tree, ops, directory, err) < 0) {
		outtree_fail(&w->tree, err);
		outtree_close(&w->tree, err);
		mem_free(w);
		return -1;
	}
	*out = &w->tree.writer;
	return 0;
}

static int
open_maildir(const char *directory, struct writer **out, struct error *err)
{
	return open_as(&writer_maildir, LAYOUT_DOTS, directory, out, err);
}

static int
open_evolution(const char *directory, struct writer **out, struct error *err)
{
	return open_as(&writer_evolution, LAYOUT_EVOLUTION, directory, out, err);
}

static int
open_kmail(const char *directory, struct writer **out, struct error *err)
{
	return open_as(&writer_kmail, LAYOUT_KMAIL, directory, out, err);
}

/* Write the small file name into the mailbox. */
static int
put_file(struct maildir_writer *w, const char *name, struct slice bytes, struct error *err)
{
	struct buf path = BUF_EMPTY;
	int fd = -1, rc = -1;

	buf_add_format(&path, "%s%s", buf_text(&w->folder), name);
	if (root_create(w->tree.root, buf_text(&path), OUT_FILE_MODE, &fd, err) == 0)
		rc = file_write(fd, bytes, err);
	file_close(fd);
	buf_free(&path);
	return rc;
}

/* What the letters a, b, c … of the mailbox stand for. */
static int
end_mailbox(struct maildir_writer *w, struct error *err)
{
	struct buf text = BUF_EMPTY;
	size_t i;
	int rc = 0;

	for (i = 0; i < w->keyword_count; i++)
		buf_add_format(&text, "%zu %.*s\n", i, (int)w->keywords[i].n,
		    (const char *)w->keywords[i].p);
	if (text.n > 0)
		rc = put_file(w, "dovecot-keywords", buf_slice(&text), err);
	buf_free(&text);
	w->keyword_count = 0;
	arena_reset(&w->arena);
	return rc;
}

static bool
is_inbox(const struct slice *components, size_t depth)
{
	return depth == 1 && slice_equal_nocase(components[0], SLICE_OF("INBOX"));
}

/* One component behind its dot. */
static void
add_dotted(struct buf *out, enum layout layout, struct slice tame)
{
	struct buf plain = BUF_EMPTY;
	size_t i;

	buf_add_byte(out, '.');
	for (i = 0; i < tame.n; i++) {
		if (layout == LAYOUT_DOTS)
			buf_add_byte(&plain, tame.p[i] == '.' ? '_' : tame.p[i]);
		else if (tame.p[i] == '.' || tame.p[i] == '_')
			buf_add_format(&plain, "_%02X", tame.p[i]);
		else
			buf_add_byte(&plain, tame.p[i]);
	}
	if (layout == LAYOUT_DOTS)
		name_encode_utf7(out, buf_slice(&plain));
	else
		buf_add(out, buf_slice(&plain));
	buf_free(&plain);
}

/* No cut inside a shifted run of modified UTF-7, a character of UTF-8, or an
 * escape. */
static void
cut_folder(enum layout layout, struct buf *out)
{
	size_t i;

	buf_truncate(out, FOLDER_BYTES_MAX - 17);
	if (layout == LAYOUT_DOTS) {
		for (i = out->n; i > 0 && out->p[i - 1] != '&' && out->p[i - 1] != '-'; i--)
			;
		if (i > 0 && out->p[i - 1] == '&')
			buf_truncate(out, i - 1);
		return;
	}
	for (i = out->n; i > 0 && (out->p[i - 1] & 0xc0) == 0x80; i--)
		;
	if (i > 0 && out->p[i - 1] >= 0xc0)
		buf_truncate(out, i - 1);
	for (i = 1; i < 3 && i <= out->n; i++)
		if (out->p[out->n - i] == '_')
			buf_truncate(out, out->n - i);
}

static void
add_folder(enum layout layout, struct buf *out, const struct slice *components, size_t depth)
{
	struct buf tame = BUF_EMPTY;
	uint64_t whole;
	size_t i;

	/* What Evolution has in its Inbox. */
	if (layout == LAYOUT_EVOLUTION && depth > 1 && is_inbox(components, 1)) {
		buf_add_byte(out, '.');
		components++;
		depth--;
	}
	for (i = 0; i < depth; i++) {
		buf_clear(&tame);
		path_add_tame(&tame, components[i]);
		add_dotted(out, layout, buf_slice(&tame));
	}
	/* A deep or long name is cut, and told apart by what it was. */
	if (out->n > FOLDER_BYTES_MAX) {
		whole = fingerprint64(buf_slice(out));
		cut_folder(layout, out);
		buf_add_format(out, "-%016llx", (unsigned long long)whole);
	}
	buf_free(&tame);
}

static int
make_directories(struct maildir_writer *w, struct error *err)
{
	static const char *const subs[] = { "cur", "new", "tmp" };
	struct buf path = BUF_EMPTY;
	size_t i;
	int rc = 0;

	for (i = 0; i < 3 && rc == 0; i++) {
		buf_clear(&path);
		buf_add_format(&path, "%s%s", buf_text(&w->folder), subs[i]);
		rc = root_make_directories(w->tree.root, buf_text(&path), OUT_DIRECTORY_MODE, err);
	}
	buf_free(&path);
	return rc;
}

/* KMail shows what lies in a folder only where that is one itself. */
static int
add_kmail_folder(struct maildir_writer *w, const struct slice *components, size_t depth,
    struct buf *out, struct error *err)
{
	struct buf tame = BUF_EMPTY;
	size_t i, at;
	int rc = 0;

	for (i = 0; i < depth && rc == 0; i++) {
		buf_clear(&tame);
		outtree_add_component(components[i], ".directory", &tame);
		at = out->n;
		buf_add(out, buf_slice(&tame));
		if (i + 1 == depth)
			break;
		buf_set(&w->folder, buf_slice(out));
		buf_add_byte(&w->folder, '/');
		rc = make_directories(w, err);
		buf_truncate(out, at);
		buf_add_format(out, ".%s.directory/", buf_text(&tame));
	}
	buf_free(&tame);
	return rc;
}

/* The root is a Maildir in any case, but KMail's. */
static int
begin_root(struct maildir_writer *w, struct error *err)
{
	buf_clear(&w->folder);
	if (w->layout == LAYOUT_KMAIL)
		return 0;
	if (make_directories(w, err) < 0)
		return -1;
	if (w->layout == LAYOUT_EVOLUTION && !w->has_marker) {
		w->has_marker = true;
		return put_file(w, "..maildir++", SLICE_OF("maildir++ 1"), err);
	}
	return 0;
}

static int
begin(struct writer *writer, const struct slice *components, size_t depth, struct error *err)
{
	struct maildir_writer *w = maildir_writer_of(writer);
	struct buf name = BUF_EMPTY, path = BUF_EMPTY;
	int rc = -1;

	if (end_mailbox(w, err) < 0 || begin_root(w, err) < 0)
		goto out;
	rc = 0;
	if (w->layout != LAYOUT_KMAIL && is_inbox(components, depth))
		goto out;
	if (w->layout == LAYOUT_KMAIL)
		rc = add_kmail_folder(w, components, depth, &name, err);
	else
		add_folder(w->layout, &name, components, depth);
	outtree_add_unique(&w->tree, buf_slice(&name), "", &path);
	buf_clear(&w->folder);
	buf_add_format(&w->folder, "%s/", buf_text(&path));
	if (rc == 0)
		rc = make_directories(w, err);
	if (rc == 0 && w->layout == LAYOUT_DOTS)
		rc = put_file(w, "maildirfolder", SLICE_EMPTY, err);

out:
	buf_free(&name);
	buf_free(&path);
	return rc < 0 ? outtree_fail(&w->tree, err) : 0;
}

/* Letters of the keywords, in the order of the alphabet; those over 26
 * different ones in a mailbox have no place. */
static void
add_keywords(struct maildir_writer *w, const struct tags *tags, struct buf *out)
{
	bool has[KEYWORDS_MAX] = { false };
	size_t i, j;

	for (i = 0; i < tags->n; i++) {
		for (j = 0; j < w->keyword_count && !slice_equal(w->keywords[j], tags->items[i]);
		    j++)
			;
		if (j == KEYWORDS_MAX)
			continue;
		if (j == w->keyword_count)
			w->keywords[w->keyword_count++] = arena_copy(&w->arena, tags->items[i]);
		has[j] = true;
	}
	for (j = 0; j < KEYWORDS_MAX; j++) {
		if (has[j])
			buf_add_byte(out, (unsigned char)('a' + j));
	}
}

static int
put(struct writer *writer, struct source *message, const struct outgoing *about,
    struct error *err)
{
	struct maildir_writer *w = maildir_writer_of(writer);
	char id[DIGEST_HEX + 1];
	struct buf path = BUF_EMPTY;
	bool is_new = about->flags == 0 && (about->tags == NULL || about->tags->n == 0);
	int rc;

	digest_hex(&about->id, id);
	buf_add_format(&path, "%s%s/%lld.M%lluQ%.16s.mailcask,S=%llu", buf_text(&w->folder),
	    is_new ? "new" : "cur", (long long)(about->date > 0 ? about->date : 0),
	    (unsigned long long)++w->messages, id, (unsigned long long)message->size);
	if (!is_new) {
		buf_add_string(&path, ":2,");
		flags_add_maildir(&path, about->flags);
		if (about->tags != NULL)
			add_keywords(w, about->tags, &path);
	}
	rc = outtree_put(&w->tree, buf_text(&path), message, about->date, err);
	buf_free(&path);
	return rc;
}

static int
close_writer(struct writer *writer, struct error *err)
{
	struct maildir_writer *w;
	int rc;

	if (writer == NULL)
		return 0;
	w = maildir_writer_of(writer);
	if (end_mailbox(w, err) < 0)
		outtree_fail(&w->tree, err);
	rc = outtree_close(&w->tree, err);
	buf_free(&w->folder);
	arena_free(&w->arena);
	mem_free(w);
	return rc;
}

const struct writer_ops writer_maildir = {
	.name = "maildir",
	.open = open_maildir,
	.begin = begin,
	.put = put,
	.close = close_writer,
};

const struct writer_ops writer_evolution = {
	.name = "evolution",
	.open = open_evolution,
	.begin = begin,
	.put = put,
	.close = close_writer,
};

const struct writer_ops writer_kmail = {
	.name = "kmail",
	.open = open_kmail,
	.begin = begin,
	.put = put,
	.close = close_writer,
};
