/* SPDX-License-Identifier: MIT */
#include "backends/formats/emlxparts.h"
#include "backends/formats/formats.h"
#include "core/base/base64.h"
#include "core/base/limits.h"
#include "core/mail/message.h"
#include "tests/unit/formatkit.h"

#define PART(headers, length, body) \
	"--b\n" headers "X-Apple-Content-Length: " length "\nContent-Type: text/plain; name=\"a.txt\"\n\n" body
#define FULL(headers, body) "--b\n" headers "Content-Type: text/plain; name=\"a.txt\"\n\n" body
#define HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n"
#define BASE64 "Content-Transfer-Encoding: Base64\n"
#define END "\n--b--\n"

/* 60 bytes are 80 characters of base64: two lines. */
#define SIXTY "0123456789012345678901234567890123456789012345678901234567xy"
#define LINES "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\n" \
    "N3h5"
#define LINES_64 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3\n" \
    "ODkwMTIzNDU2N3h5"

static const struct {
	const char *what, *message;
	const char *file, *text;        /* beside it */
	const char *whole;              /* NULL: stays as it is */
} cases[] = {
	{ "base64", HEAD PART(BASE64, "84", END), "Attachments/7/2/a.txt", SIXTY,
	    HEAD FULL(BASE64, LINES "\n" END) },
	{ "base64 without its last line end", HEAD PART(BASE64, "82", END), "Attachments/7/2/a.txt",
	    SIXTY, HEAD FULL(BASE64, LINES END) },
	{ "the length of the file", HEAD PART(BASE64, "60", END), "Attachments/7/2/a.txt", SIXTY,
	    HEAD FULL(BASE64, LINES "\n" END) },
	{ "a length that fits nothing", HEAD PART(BASE64, "99", END), "Attachments/7/2/a.txt", SIXTY,
	    NULL },
	{ "as it was encoded", HEAD PART(BASE64, "84", END), "Messages/7.2.emlxpart", LINES_64 "\n",
	    HEAD FULL(BASE64, LINES_64 "\n" END) },
	{ "another name", HEAD PART(BASE64, "84", END), "Attachments/7/2/other", SIXTY,
	    HEAD FULL(BASE64, LINES "\n" END) },
	{ "another part's", HEAD PART(BASE64, "84", END), "Attachments/7/3/a.txt", SIXTY, NULL },
	{ "another message's", HEAD PART(BASE64, "84", END), "Attachments/8/2/a.txt", SIXTY, NULL },
	{ "plain text", HEAD PART("", "10", END), "Attachments/7/2/a.txt", "a\nb\ncd\n",
	    HEAD FULL("", "a\nb\ncd\n" END) },
	{ "plain text of another length", HEAD PART("", "11", END), "Attachments/7/2/a.txt",
	    "a\nb\ncd\n", NULL },
	{ "quoted-printable, whose lines nobody knows",
	    HEAD PART("Content-Transfer-Encoding: quoted-printable\n", "4", END),
	    "Attachments/7/2/a.txt", "text", NULL },
	{ "quoted-printable as it was", HEAD PART("Content-Transfer-Encoding: quoted-printable\n", "4",
	    END), "Messages/7.2.emlxpart", "=41", HEAD FULL("Content-Transfer-Encoding: "
	    "quoted-printable\n", "=41" END) },
	{ "a part that has its body", HEAD PART(BASE64, "84", "QUFB" END), "Attachments/7/2/a.txt",
	    SIXTY, NULL },
	{ "one of two", HEAD PART(BASE64, "84", "\n") PART(BASE64, "84", END),
	    "Attachments/7/3/a.txt", SIXTY,
	    HEAD PART(BASE64, "84", "\n") FULL(BASE64, LINES "\n" END) },
	{ "inside another part", "Content-Type: multipart/mixed; boundary=o\n\n--o\n" HEAD
	    PART(BASE64, "84", END) "--o--\n", "Attachments/7/1.2/a.txt", SIXTY,
	    "Content-Type: multipart/mixed; boundary=o\n\n--o\n" HEAD FULL(BASE64, LINES "\n" END)
	    "--o--\n" },
	{ "the whole body", "X-Apple-Content-Length: 84\nContent-Transfer-Encoding: base64\n\n",
	    "Messages/7.1.emlxpart", LINES "\n", "Content-Transfer-Encoding: base64\n\n" LINES "\n" },
	{ "no length", HEAD PART(BASE64, "many", END), "Attachments/7/2/a.txt", SIXTY, NULL },
};

/* Every piece of it, from wherever to wherever. */
static size_t
wrong_ranges(const struct emlx_whole *whole, struct slice all)
{
	unsigned char piece[2048];
	size_t from, n, wrong = 0;

	for (from = 0; from < all.n; from++)
		for (n = 1; n <= all.n - from; n += 1 + n / 8)
			wrong += emlx_whole_bytes(whole, from, piece, n, &kit.err) < 0 ||
			    memcmp(piece, all.p + from, n) != 0;
	return wrong;
}

static void
put_together(void)
{
	struct emlx_whole whole;
	struct buf have = BUF_EMPTY;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *at = arena_format(&kit.arena, "%zu/", i);
		struct slice message = slice_string(cases[i].message);
		bool found;

		kit_directory(arena_format(&kit.arena, "%sMessages", at));
		kit_write(arena_format(&kit.arena, "%s%s", at, cases[i].file), cases[i].text);
		found = emlx_whole_find(message,
		    kit_path(arena_format(&kit.arena, "%sMessages/7.partial.emlx", at)), &kit.arena, &whole);
		if (!T(found == (cases[i].whole != NULL), "%s: %d", cases[i].what, found) || !found)
			continue;
		buf_clear(&have);
		T(emlx_whole_bytes(&whole, 0, buf_extend(&have, (size_t)whole.size), (size_t)whole.size,
		    &kit.err) == 0, "%s: %s", cases[i].what, kit.err.text);
		T_SAME(buf_text(&have), cases[i].whole, cases[i].what);
		T(wrong_ranges(&whole, buf_slice(&have)) == 0, "%s: in pieces", cases[i].what);
		T(emlx_whole_bytes(&whole, whole.size, buf_extend(&have, 1), 1, &kit.err) < 0,
		    "%s: nothing behind it", cases[i].what);
	}
	buf_free(&have);
}

static void
two_files(void)
{
	struct slice message = SLICE_OF(HEAD PART(BASE64, "84", END));
	const char *path = kit_path("two/Messages/7.partial.emlx");
	struct emlx_whole whole;
	struct fingerprint before;

	kit_directory("two/Messages");
	kit_write("two/Attachments/7/2/a.txt", SIXTY);
	kit_write("two/Attachments/7/2/b.txt", "other");
	T(emlx_whole_find(message, path, &kit.arena, &whole), "the one that is called so");
	before = whole.files;
	kit_write("two/Attachments/7/2/a.txt", "xxxx" SIXTY);
	T(!emlx_whole_find(message, path, &kit.arena, &whole) &&
	    !fingerprint_equal(before, whole.files), "that was changed");
	kit_write("two/Attachments/7/2/c.txt", SIXTY);
	T(file_remove(kit_path("two/Attachments/7/2/a.txt"), &kit.err) == 0 &&
	    !emlx_whole_find(message, path, &kit.arena, &whole), "which of two, nobody knows");
}

/* What a store hands out: the file for what it is, then the message. */
static void
of_a_store(void)
{
	static const char message[] = HEAD PART(BASE64, "84", END);
	struct buf file = BUF_EMPTY, big = BUF_EMPTY;
	const struct kit_entry *e;

	buf_add_format(&file, "%zu\n%s<plist><dict><key>flags</key><integer>5</integer></dict></plist>",
	    sizeof(message) - 1, message);
	kit_write_bytes("store/A.mbox/Messages/7.partial.emlx", buf_slice(&file));
	kit_write_bytes("store/A.mbox/Messages/8.emlx", buf_slice(&file));
	kit_write("store/A.mbox/Attachments/7/2/a.txt", SIXTY);
	T(kit_open(&format_emlx, "store", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F233 4-64 Messages/7.partial.emlx+\nM220 seen answered\n"
	    "M233 4-64 Messages/8.emlx+\nF60 Attachments/7/2/a.txt+\n", "entries");
	e = &kit.entries.items[1];
	T(slice_is(e->whole, HEAD FULL(BASE64, LINES "\n" END)), "the message");
	T(kit.mailboxes.items[0].directory_count == 4, "%zu", kit.mailboxes.items[0].directory_count);
	/* One that is too long for memory, and whose length says so. */
	memset(buf_extend(&big, 18 * MIB), 'x', 18 * MIB);
	kit_write_bytes("large/A.mbox/Attachments/7/2/a.txt", buf_slice(&big));
	buf_clear(&file);
	buf_add_format(&file, "%zu\n%s", sizeof(HEAD PART(BASE64, "25828084", END)) - 1,
	    HEAD PART(BASE64, "25828084", END));
	kit_write_bytes("large/A.mbox/Messages/7.partial.emlx", buf_slice(&file));
	T(kit_open(&format_emlx, "large", "plain") && kit_read(0) == 0 && kit.entries.n == 2, "%s",
	    kit.err.text);
	e = &kit.entries.items[1];
	buf_clear(&file);
	buf_add_string(&file, HEAD "--b\n" BASE64 "Content-Type: text/plain; name=\"a.txt\"\n\n");
	base64_encode_lines(buf_slice(&big), 76, "\n", &file);
	buf_add_string(&file, "\n" END);
	T(e->entry.is_large && slice_equal(e->whole, buf_slice(&file)), "a large one: %zu, %zu",
	    e->whole.n, file.n);
	buf_free(&file);
	buf_free(&big);
}

int
main(void)
{
	mail_init();
	put_together();
	two_files();
	of_a_store();
	kit_end();
	return t_done();
}
