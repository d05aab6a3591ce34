/* SPDX-License-Identifier: MIT */
#include "cmd/identityfile.h"

#include "cmd/output.h"
#include "cmd/sheet.h"
#include "core/base/file.h"
#include "core/base/path.h"
#include "core/base/secret.h"

#define SHEET ".sheet"
#define NAME_LENGTH 12                  /* of the recipient's characters */

const char *
identityfile_place(struct session *s, const struct age_identity *id)
{
	struct buf recipient = BUF_EMPTY;
	const char *name;

	if (s->keys.directory == NULL)
		return NULL;
	age_recipient_add(&recipient, &id->recipient);
	name = arena_format(&s->arena, "%.*s.txt", NAME_LENGTH, buf_text(&recipient));
	buf_free(&recipient);
	return path_join(&s->arena, s->keys.directory, name);
}

static int
write_new(const char *path, struct slice text, struct error *err)
{
	struct error ignored;
	int fd, rc;

	if (file_create(path, 0600, &fd, err) < 0)
		return -1;
	rc = file_write(fd, text, err) < 0 || file_sync(fd, err) < 0 ? -1 : 0;
	file_close(fd);
	if (rc < 0) {
		file_remove(path, &ignored);
		fail_in(err, "%s", path);
	}
	return rc;
}

int
identityfile_write(const char *path, const struct age_identity *id, struct slice passphrase,
    const char *archive, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	struct buf text = BUF_EMPTY, locked = BUF_EMPTY, sheet = BUF_EMPTY;
	const char *parent = path_parent(&a, path);
	int rc = -1;

	keyfile_add(&text, id);
	if (sheet_add(&sheet, id, archive, err) < 0 || (passphrase.n > 0 &&
	    keyfile_encrypt(buf_slice(&text), passphrase, &locked, err) < 0))
		goto out;
	if (!file_is_directory(parent) && (file_make_directories(parent, 0700, err) < 0 ||
	    file_sync_parents(parent, err) < 0))
		goto out;
	if (write_new(path, passphrase.n > 0 ? buf_slice(&locked) : buf_slice(&text), err) < 0 ||
	    write_new(arena_format(&a, "%s" SHEET, path), buf_slice(&sheet), err) < 0 ||
	    file_sync_directory(parent, err) < 0)
		goto out;
	rc = 0;

out:
	secret_free(&text);
	secret_free(&sheet);
	buf_free(&locked);
	arena_free(&a);
	return rc;
}

void
identityfile_tell(const char *path)
{
	struct buf line = BUF_EMPTY;

	buf_add_string(&line, "Its key (the identity): ");
	add_shown(&line, path);
	output_line(&line);
	buf_add_string(&line, "Its recovery sheet: ");
	add_shown(&line, path);
	buf_add_string(&line, SHEET);
	output_line(&line);
	output_text(SLICE_OF(
	    "Whoever has one of these files can read all mail in the archive. Without them nobody\n"
	    "can, ever: there is no password to be reset, and no other way in. Print the sheet, keep\n"
	    "it where this computer is not, and remove that file. Backups need neither: keep the key\n"
	    "elsewhere too, and this computer can add to the archive and not read it.\n"));
	buf_free(&line);
}
