/* SPDX-License-Identifier: MIT */
#include "cmd/sheet.h"

#include "cmd/output.h"
#include "core/base/digest.h"
#include "core/base/qr.h"
#include "core/base/secret.h"

#define BEGINNING "AGE-SECRET-KEY-1"    /* of every identity: nobody need type it */
#define GROUP 4u
#define LINE (4u * GROUP)
#define CHECK 2u
#define TYPED_MAX 128u

/* Those of Bech32: none is easily taken for another. */
static const char alphabet[] = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

/* Ten bits: one mistake in a thousand is missed here, and the identity has a
 * checksum of its own. */
static void
check_of(struct slice letters, unsigned number, char out[CHECK])
{
	struct digest d;
	unsigned char text[1 + LINE];

	text[0] = (unsigned char)('0' + number);
	memcpy(text + 1, letters.p, letters.n);
	digest_of(slice_of(text, 1 + letters.n), &d);
	out[0] = alphabet[d.bytes[0] & 31];
	out[1] = alphabet[d.bytes[1] & 31];
	secret_wipe(text, sizeof(text));
}

static void
add_line(struct buf *out, struct slice letters, unsigned number)
{
	char check[CHECK];
	size_t i;

	buf_add_format(out, "#     %u:", number);
	for (i = 0; i < letters.n; i += GROUP) {
		buf_add_byte(out, ' ');
		buf_add(out, slice_sub(letters, i, GROUP));
	}
	check_of(letters, number, check);
	buf_add_byte(out, ' ');
	buf_add_bytes(out, check, CHECK);
	buf_add_byte(out, '\n');
}

int
sheet_add(struct buf *out, const struct age_identity *id, const char *place, struct error *err)
{
	struct buf text = BUF_EMPTY;
	struct slice letters;
	unsigned number;
	int rc;

	buf_reserve(out, 16384);
	buf_add_string(out, "# MAILCASK: RECOVERY SHEET\n#\n"
	    "# This is the key of an encrypted archive of mail. Whoever holds this sheet can read all\n"
	    "# of that mail; if the sheet and every file with the key are lost, nobody can, ever: there\n"
	    "# is no password to be reset. Print it, keep it where the computer is not, and remove the\n"
	    "# file.\n#\n");
	if (place[0] != '\0') {
		buf_add_string(out, "# The archive: ");
		add_shown(out, place);
		buf_add_byte(out, '\n');
	}
	buf_add_string(out, "# Its recipient: ");
	age_recipient_add(out, &id->recipient);
	buf_add_string(out, "\n#\n# To get at the mail: install mailcask (or age, see README.txt in the archive), and\n"
	    "#     mailcask key enter identity.txt\n"
	    "# asks for these lines, in which case and blanks do not matter and the last two letters\n"
	    "# tell whether the others are right:\n#\n");
	age_identity_add(&text, id);
	letters = slice_from(buf_slice(&text), strlen(BEGINNING));
	for (number = 1; number <= SHEET_LINES; number++)
		add_line(out, slice_sub(letters, (number - 1) * LINE, LINE), number);
	buf_add_string(out, "#\n# Then\n#     mailcask restore --archive ARCHIVE --identity identity.txt --to DIRECTORY\n"
	    "#\n# The same for a camera, and as a line (this sheet is a file that age -i takes):\n#\n");
	rc = qr_add(out, "#   ", buf_text(&text), err);
	buf_add_byte(out, '\n');
	buf_add(out, buf_slice(&text));
	buf_add_byte(out, '\n');
	secret_free(&text);
	return rc;
}

bool
sheet_take_line(struct slice typed, unsigned number, struct buf *letters)
{
	unsigned char line[LINE + CHECK];
	char check[CHECK];
	size_t i, n = 0, colon = slice_find(typed, 0, ':');
	bool good = typed.n <= TYPED_MAX;

	if (colon < typed.n)
		typed = slice_from(typed, colon + 1);
	for (i = 0; i < typed.n && good; i++) {
		unsigned char c = typed.p[i];

		if (c == ' ' || c == '\t' || c == '-' || c == '\r' || c == '\n')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (unsigned char)(c + 'A' - 'a');
		good = c != '\0' && n < sizeof(line) && strchr(alphabet, c) != NULL;
		if (good)
			line[n++] = c;
	}
	good = good && n > CHECK;
	if (good) {
		check_of(slice_of(line, n - CHECK), number, check);
		good = memcmp(check, line + n - CHECK, CHECK) == 0;
	}
	if (good)
		buf_add_bytes(letters, line, n - CHECK);
	secret_wipe(line, sizeof(line));
	return good;
}

bool
sheet_identity(struct slice letters, struct age_identity *out)
{
	struct buf text = BUF_EMPTY;
	bool good;

	buf_reserve(&text, TYPED_MAX);
	buf_add_string(&text, BEGINNING);
	buf_add(&text, slice_sub(letters, 0, TYPED_MAX - strlen(BEGINNING)));
	good = age_identity_parse(buf_slice(&text), out);
	secret_free(&text);
	return good;
}
