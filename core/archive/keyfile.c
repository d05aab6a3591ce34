/* SPDX-License-Identifier: MIT */
#include "core/archive/keyfile.h"

#include "core/base/base64.h"
#include "core/base/secret.h"

#define ARMOUR_BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define ARMOUR_END "-----END AGE ENCRYPTED FILE-----"
#define ARMOUR_WIDTH 64u
#define WORK 16u                        /* 64 MiB and a quarter of a second */

int
keyfile_parse(struct slice text, struct identities *out, struct error *err)
{
	struct slice line;
	struct age_identity id;
	size_t number = 0, found = 0;

	while (slice_line(&text, &line)) {
		number++;
		line = slice_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!age_identity_parse(line, &id))
			return fail(err, ERR_KEY, "line %zu is no identity of age (AGE-SECRET-KEY-1...), "
			    "or is mistyped", number);
		identities_add(out, &id);
		found++;
	}
	secret_wipe(&id, sizeof(id));
	return found > 0 ? 0 : fail(err, ERR_KEY, "there is no identity in it");
}

/* Replace out by the bytes inside the armour; false: it is none. */
static bool
take_off_armour(struct slice text, struct buf *out)
{
	struct buf all = BUF_EMPTY;
	struct slice line;
	bool is_last = false, good;

	buf_clear(out);
	good = slice_line(&text, &line) && slice_is(slice_trim(line), ARMOUR_BEGIN);
	while (good && slice_line(&text, &line) && !slice_is(slice_trim(line), ARMOUR_END)) {
		line = slice_chomp(line);
		good = !is_last && line.n > 0 && line.n <= ARMOUR_WIDTH;
		is_last = line.n < ARMOUR_WIDTH;
		buf_add(&all, line);
	}
	good = good && slice_is(slice_trim(line), ARMOUR_END) && slice_trim(text).n == 0 &&
	    base64_decode(buf_slice(&all), out);
	buf_free(&all);
	return good;
}

bool
keyfile_wants_passphrase(struct slice text)
{
	struct buf bytes = BUF_EMPTY;
	bool wants = age_wants_passphrase(text) ||
	    (take_off_armour(text, &bytes) && age_wants_passphrase(buf_slice(&bytes)));

	buf_free(&bytes);
	return wants;
}

int
keyfile_decrypt(struct slice text, struct slice passphrase, struct buf *out, struct error *err)
{
	struct buf bytes = BUF_EMPTY;
	struct age_reader *r = age_reader_open();
	struct age_file file;
	int rc;

	if (take_off_armour(text, &bytes))
		text = buf_slice(&bytes);
	buf_clear(out);
	buf_reserve(out, text.n);
	rc = age_open_passphrase(text, passphrase, &file, err);
	if (rc == 0)
		rc = fail(err, ERR_KEY, "it is cut off");
	else if (rc > 0)
		rc = age_read(r, &file, slice_from(text, (size_t)file.header), 0, true, out, err);
	if (rc < 0)
		err->code = ERR_KEY;
	secret_wipe(&file, sizeof(file));
	age_reader_close(r);
	buf_free(&bytes);
	return rc;
}

void
keyfile_add(struct buf *out, const struct age_identity *id)
{
	buf_reserve(out, 512);
	buf_add_string(out, "# An identity of age, for an archive of mail made by mailcask.\n"
	    "# Whoever has it can read all of that mail; without it nobody can.\n# public key: ");
	age_recipient_add(out, &id->recipient);
	buf_add_byte(out, '\n');
	age_identity_add(out, id);
	buf_add_byte(out, '\n');
}

int
keyfile_encrypt(struct slice text, struct slice passphrase, struct buf *out, struct error *err)
{
	struct age_writer *w = age_writer_open(NULL, 0);
	int rc = 0;

	buf_clear(out);
	if (age_writer_begin_passphrase(w, passphrase, WORK, out)) {
		age_writer_add(w, text, out);
		age_writer_end(w, out);
	} else {
		rc = fail(err, ERR_LIMIT, "there is not the memory that a passphrase takes");
	}
	age_writer_close(w);
	return rc;
}
