/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "backends/formats/folders.h"
#include "backends/formats/formats.h"
#include "backends/formats/gnusmarks.h"
#include "backends/formats/kmail.h"
#include "backends/formats/maildirreader.h"
#include "backends/formats/maildirtree.h"
#include "backends/formats/marks.h"
#include "backends/formats/mboxreader.h"
#include "backends/formats/mozilla.h"
#include "backends/formats/sniff.h"
#include "core/base/mem.h"
#include "core/base/path.h"
#include "core/base/sqlitefile.h"

struct maildir_store {
	struct store store;
	struct folders folders;
	bool is_mozilla, is_imap;
	struct tag_names tag_names;     /* Mozilla's */
	/* A client's database that says more of the messages, or NULL. */
	char *database;
	bool is_evolution;              /* it tells folder by folder */
	bool is_notmuch;
	bool has_marks;                 /* of all mailboxes: Akonadi's */
	struct marks marks;
};

static struct maildir_store *
maildir_store_of(struct store *store)
{
	return CONTAINER_OF(store, struct maildir_store, store);
}

/* ---- What is a Maildir ---- */

#define LOOKED_AT_MAX 200u      /* files beside Maildirs */

/* Files of mail that lie beside the Maildirs are not for this reader: the one
 * of mixed trees takes both. */
static bool
has_mail_beside(const struct directory *all, const char *path, unsigned levels, size_t *looked)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory inside;
	struct sniff sniff;
	bool found = false;
	size_t i;

	for (i = 0; i < all->n && !found && *looked < LOOKED_AT_MAX; i++) {
		const struct directory_entry *e = &all->entries[i];
		const char *at = path_join(&a, path, e->name);

		if (e->name[0] == '.')
			continue;
		++*looked;
		if (e->kind == FILE_REGULAR)
			found = sniff_file(at, &sniff, &ignored) == 0 &&
			    (sniffed_mbox(sniff.kind) || sniff.kind == SNIFFED_MESSAGE);
		else if (e->kind == FILE_DIRECTORY && levels > 0 &&
		    directory_read(at, false, &a, &inside, &ignored) == 0 &&
		    !maildir_has(&inside, "cur"))
			found = has_mail_beside(&inside, at, levels - 1, looked);
	}
	arena_free(&a);
	return found;
}

static int
probe(const char *path, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct directory all;
	struct file_meta meta;
	int bid = 0;
	size_t i, looked = 0;

	if (file_stat(path, &meta, err) < 0)
		return -1;
	if (meta.kind != FILE_DIRECTORY)
		return 0;
	if (directory_read(path, false, &a, &all, err) < 0) {
		bid = -1;
		goto out;
	}
	if (maildir_has(&all, "cur"))
		bid = maildir_has(&all, "new") || maildir_has(&all, "tmp") ? 95 : 88;
	for (i = 0; i < all.n && bid < 80; i++) {
		const struct directory_entry *e = &all.entries[i];

		if (e->kind == FILE_DIRECTORY && file_is_directory(path_join(&a,
		    path_join(&a, path, e->name), "cur")))
			bid = mozilla_recognises(&all, path) ? 88 : e->name[0] == '.' ? 82 : 80;
	}
	if (bid > 0 && bid <= 82 && has_mail_beside(&all, path, 3, &looked))
		bid = 50;

out:
	arena_free(&a);
	return bid;
}

/* ---- The store ---- */

static bool
looks_like_mozilla(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct arena a = ARENA_EMPTY;
	struct directory all;
	bool found = directory_read(path, false, &a, &all, &ignored) == 0 &&
	    !maildir_has(&all, "cur") && mozilla_recognises(&all, path);

	arena_free(&a);
	return found;
}

static void
close_store(struct store *store)
{
	struct maildir_store *s;

	if (store == NULL)
		return;
	s = maildir_store_of(store);
	marks_free(&s->marks);
	tag_names_free(&s->tag_names);
	folders_free(&s->folders);
	mem_free(s->database);
	mem_free(s);
}

/* Evolution keeps folders.db in the account's own directory, Akonadi
 * akonadi.db in its data directory: the location's settings.  Otherwise
 * notmuch may know more. */
static void
find_database(struct maildir_store *s, const struct location *where)
{
	struct arena a = ARENA_EMPTY;
	const char *path;

	s->is_evolution = strcmp(where->layout, "evolution") == 0;
	if (where->settings != NULL && (s->is_evolution || slice_starts(slice_string(where->layout),
	    "kmail"))) {
		path = path_join(&a, where->settings, s->is_evolution ? "folders.db" : "akonadi.db");
		if (file_exists(path))
			s->database = mem_string(path);
		if (s->is_evolution)
			folders_keep(&s->folders, path, "flags");
	} else if (!s->is_mozilla) {
		s->database = mem_string(notmuch_find(where->path, &a));
		s->is_notmuch = s->database != NULL;
	}
	arena_free(&a);
}

static int
open_store(const struct location *where, struct store **out, struct error *err)
{
	struct maildir_store *s = mem_alloc(sizeof(*s));
	int rc;

	s->store.ops = &format_maildir;
	s->is_mozilla = strcmp(where->layout, "mozilla") == 0 || looks_like_mozilla(where->path);
	s->is_imap = s->is_mozilla && mozilla_is_imap(where);
	rc = s->is_mozilla ? mozilla_walk(&s->folders, where, MOZILLA_MAILDIR, err) :
	    slice_starts(slice_string(where->layout), "kmail") ?
	    kmail_walk(&s->folders, where, err) :
	    maildir_tree_add(&s->folders, NULL, 0, where->path, err);
	find_database(s, where);
	if (rc == 0 && s->is_mozilla)
		mozilla_read_tag_names(where, &s->tag_names);
	if (rc == 0)
		*out = &s->store;
	else
		close_store(&s->store);
	return rc;
}

/* ---- Handing them out ---- */

static int
next_mailbox(struct store *store, struct arena *a, struct mailbox *out, struct error *err)
{
	struct maildir_store *s = maildir_store_of(store);
	const struct folder *folder;
	int found;

	while ((folder = folders_next(&s->folders)) != NULL) {
		folder_describe(&s->folders, folder, a, out);
		out->tag_names = &s->tag_names;
		if (folder->is_unreadable)
			return 1;
		found = folder->layout == MAILBOX_FILE ? folder_measure_file(folder, out, err) :
		    maildir_measure(folder, out, err);
		if (found == 0)
			continue;
		if (found < 0)
			folder_measure_failed(out);
		else if (s->is_notmuch)
			folder_measure_side_file(s->database, "iamglass", out);
		else if (s->database != NULL)
			fingerprint_mix(&out->state, sqlite_file_state(s->database));
		else if (folder->layout == MAILBOX_FILES && !s->is_mozilla)
			gnus_maildir_measure(out);
		else if (s->is_imap)
			mozilla_measure_summary(folder, out);
		return 1;
	}
	return 0;
}

static int
next_file(struct store *store, struct arena *a, struct kept_file *out, struct error *err)
{
	(void)err;
	return folders_next_file(&maildir_store_of(store)->folders, a, out);
}

/* The name by which folders.db has a folder: the Inbox is ".". */
static void
evolution_name(const struct mailbox *mailbox, struct buf *out)
{
	bool in_inbox = slice_is(mailbox->components[0], "INBOX");
	size_t i;

	buf_add(out, !in_inbox ? mailbox->components[0] : mailbox->depth == 1 ? SLICE_OF(".") :
	    SLICE_OF("Inbox"));
	for (i = 1; i < mailbox->depth; i++) {
		buf_add_byte(out, '/');
		buf_add(out, mailbox->components[i]);
	}
}

static int
read_marks(struct maildir_store *s, const struct mailbox *mailbox, struct error *err)
{
	struct buf name = BUF_EMPTY;
	int rc;

	if (s->has_marks)
		return 0;
	marks_free(&s->marks);
	if (s->database == NULL) {
		gnus_maildir_read(mailbox->path, &s->marks);
		return 0;
	}
	if (s->is_evolution) {
		evolution_name(mailbox, &name);
		rc = evolution_marks_read(s->database, buf_slice(&name), &s->marks, err);
		buf_free(&name);
	} else if (s->is_notmuch) {
		rc = notmuch_marks_read(s->database, &s->marks, err);
	} else {
		rc = akonadi_marks_read(s->database, &s->marks, err);
	}
	rc = marks_settle(&s->marks, rc, err);
	s->has_marks = rc == 0 && !s->is_evolution;
	return rc;
}

static int
read_mailbox(struct store *store, const struct mailbox *mailbox, struct reader **out,
    struct error *err)
{
	struct maildir_store *s = maildir_store_of(store);
	const struct folder *folder = folders_of(&s->folders, mailbox);
	struct stream *stream;

	if (folder == NULL)
		return fail(err, ERR_NOT_FOUND, "%s: no such mailbox", mailbox->path);
	if (folder->layout == MAILBOX_FILE) {
		if (stream_open_file(folder->path, &stream, err) < 0)
			return -1;
		*out = mboxreader_open(stream, MBOX_PLAIN);
		return 0;
	}
	if (s->database == NULL && (s->is_mozilla || !gnus_maildir_is_one(folder->path))) {
		if (maildirreader_open(folder->path, s->is_mozilla, NULL, out, err) < 0)
			return -1;
		if (s->is_imap)
			*out = mozilla_reader_open(*out, folder);
		return 0;
	}
	if (read_marks(s, mailbox, err) < 0)
		return -1;
	return maildirreader_open(folder->path, false, &s->marks, out, err);
}

const struct format_ops format_maildir = {
	.name = "maildir",
	.probe = probe,
	.open = open_store,
	.next_mailbox = next_mailbox,
	.next_file = next_file,
	.read = read_mailbox,
	.close = close_store,
};
