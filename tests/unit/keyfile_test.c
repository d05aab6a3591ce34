/* SPDX-License-Identifier: MIT */
#include "core/archive/keyfile.h"

#include "core/base/base64.h"
#include "core/base/secret.h"
#include "tests/t.h"

#define IDENTITY "AGE-SECRET-KEY-1RM4MY8ZY7C32S8DKG5XDX3C0H2T0YLX3QVJGKKXRC8SKV5E0XTHQ2GLFDU"

static void
lines(void)
{
	static const struct {
		const char *text;
		size_t n;               /* identities; 0: refused */
	} cases[] = {
		{ IDENTITY, 1 },
		{ "# a comment\n\n  " IDENTITY "  \r\n", 1 },
		{ IDENTITY "\n" IDENTITY "\n", 2 },
		{ "# " IDENTITY "\n", 0 },
		{ "", 0 },
		{ "rubbish\n", 0 },
		{ IDENTITY "\nrubbish\n", 0 },
		{ "age1u8tg6d764wyt65y6k6dr3se7745gqffl7lxm57fmwtusq22xkd2qcpvv98\n", 0 },
		{ "ssh-ed25519 AAAA\n", 0 },
	};
	struct identities ids;
	struct error err = ERROR_NONE;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&ids, 0, sizeof(ids));
		rc = keyfile_parse(slice_string(cases[i].text), &ids, &err);
		T(cases[i].n > 0 ? rc == 0 && ids.n == cases[i].n : rc < 0 && err.code == ERR_KEY,
		    "%zu: %s", i, err.text);
		T(!keyfile_wants_passphrase(slice_string(cases[i].text)), "%zu: no passphrase", i);
		identities_free(&ids);
	}
}

/* More than the memory that is there at first: all the keys stay. */
static void
many(void)
{
	struct identities ids = { NULL, 0, 0 };
	struct age_identity id, first;
	size_t i;

	age_identity_make(&first);
	identities_add(&ids, &first);
	for (i = 0; i < 40; i++) {
		age_identity_make(&id);
		identities_add(&ids, &id);
	}
	T(ids.n == 41 && age_recipient_equal(&ids.items[0].recipient, &first.recipient) &&
	    age_recipient_equal(&ids.items[40].recipient, &id.recipient), "kept");
	identities_free(&ids);
	T(ids.items == NULL && ids.n == 0, "freed");
}

static void
add_armour(struct buf *out, struct slice bytes)
{
	buf_clear(out);
	buf_add_string(out, "-----BEGIN AGE ENCRYPTED FILE-----\n");
	base64_encode_lines(bytes, 64, "\n", out);
	buf_add_string(out, "\n-----END AGE ENCRYPTED FILE-----\n");
}

static void
passphrase(void)
{
	struct age_identity id;
	struct identities ids = { NULL, 0, 0 };
	struct buf text = BUF_EMPTY, locked = BUF_EMPTY, armour = BUF_EMPTY, open = BUF_EMPTY;
	struct error err = ERROR_NONE;
	size_t at;

	age_identity_make(&id);
	keyfile_add(&text, &id);
	T(keyfile_encrypt(buf_slice(&text), SLICE_OF("correct horse"), &locked, &err) == 0, "%s",
	    err.text);
	T(keyfile_wants_passphrase(buf_slice(&locked)), "it wants one");
	T(slice_find_bytes(buf_slice(&locked), 0, SLICE_OF("SECRET")) == locked.n, "nothing shows");
	T(keyfile_decrypt(buf_slice(&locked), SLICE_OF("correct horse"), &open, &err) == 0 &&
	    slice_equal(buf_slice(&open), buf_slice(&text)), "opened: %s", err.text);
	T(keyfile_parse(buf_slice(&open), &ids, &err) == 0 && ids.n == 1 &&
	    age_recipient_equal(&ids.items[0].recipient, &id.recipient), "the identity: %s", err.text);
	T(keyfile_decrypt(buf_slice(&locked), SLICE_OF("wrong"), &open, &err) < 0 &&
	    err.code == ERR_KEY && open.n == 0, "a wrong one: %s", err.text);

	add_armour(&armour, buf_slice(&locked));
	T(keyfile_wants_passphrase(buf_slice(&armour)), "armoured");
	T(keyfile_decrypt(buf_slice(&armour), SLICE_OF("correct horse"), &open, &err) == 0 &&
	    slice_equal(buf_slice(&open), buf_slice(&text)), "opened: %s", err.text);
	at = slice_find_bytes(buf_slice(&armour), 0, SLICE_OF("\n")) + 1;
	armour.p[at + 64] = 'A';
	T(!keyfile_wants_passphrase(buf_slice(&armour)), "a line that is too long");
	add_armour(&armour, buf_slice(&locked));
	buf_add_string(&armour, "more");
	T(!keyfile_wants_passphrase(buf_slice(&armour)), "something behind it");
	buf_truncate(&armour, armour.n - 20);
	T(!keyfile_wants_passphrase(buf_slice(&armour)), "no end");
	identities_free(&ids);
	secret_free(&text);
	secret_free(&open);
	buf_free(&locked);
	buf_free(&armour);
}

int
main(void)
{
	lines();
	many();
	passphrase();
	return t_done();
}
