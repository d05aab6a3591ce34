/* SPDX-License-Identifier: MIT */
#include "backends/formats/sniff.h"

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/mail/header.h"
#include "core/mail/separator.h"

#define SNIFF_BYTES 4096u
#define TAR_MAGIC_AT 257u

/* Fields that open a message; a text file may begin with "Note:" as well. */
static const char *const mail_fields[] = { "Return-Path", "Received", "Delivered-To",
	"X-Original-To", "Envelope-To", "From", "To", "Cc", "Subject", "Date", "Message-ID",
	"Reply-To", "Sender", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"DKIM-Signature", "ARC-Seal", "Authentication-Results", "List-Id", "References",
	"In-Reply-To", "X-Mozilla-Status", "X-Account-Key", "X-UIDL", "Status", "Newsgroups",
	"Path", "Xref", "X-GM-THRID", "X-Gmail-Labels", "X-Mailer", "X-Evolution-Source",
	"X-Claws-Account-Id", "Resent-From", "X-Apparently-To", "X-Received", "Lines" };

static bool
is_mail_field(struct slice name)
{
	size_t i;

	for (i = 0; i < sizeof(mail_fields) / sizeof(mail_fields[0]); i++) {
		if (slice_equal_nocase(name, slice_string(mail_fields[i])))
			return true;
	}
	return false;
}

/* A header of at least two fields, one of them known. */
static bool
looks_like_message(struct slice head)
{
	struct header_field field;
	unsigned fields = 0, known = 0;

	while (fields < 40 && header_next(&head, &field)) {
		fields++;
		known += is_mail_field(field.name);
		if (known > 0 && fields > 1)
			return true;
	}
	return false;
}

static bool
is_archive(struct slice head)
{
	return slice_starts(head, "PK\003\004") || slice_starts(head, "PK\005\006") ||
	    slice_starts(slice_from(head, TAR_MAGIC_AT), "ustar");
}

/* What a crash or an editor may leave in front of the first separator. */
static struct slice
skip_rubbish(struct slice head)
{
	if (slice_starts(head, "\xEF\xBB\xBF"))
		head = slice_from(head, 3);
	while (head.n > 0 && (head.p[0] == '\0' || head.p[0] == '\n' || head.p[0] == '\r'))
		head = slice_from(head, 1);
	return head;
}

enum sniffed
sniff_bytes(struct slice head)
{
	struct slice rest, line;
	size_t cr;

	if (head.n == 0)
		return SNIFFED_EMPTY;
	if (is_archive(head))
		return SNIFFED_ARCHIVE;
	if (slice_starts(head, "// <!-- <mdb:mork"))
		return SNIFFED_MORK;
	rest = skip_rubbish(head);
	if (slice_starts(rest, "\001\001\001\001"))
		return SNIFFED_MBOX;
	if (!slice_starts(rest, "From "))
		return looks_like_message(rest) ? SNIFFED_MESSAGE : SNIFFED_OTHER;
	cr = slice_find(rest, 0, '\r');
	if (slice_find(rest, 0, '\n') == rest.n && cr < rest.n)         /* classic Mac OS */
		line = slice_sub(rest, 0, cr);
	else if (!slice_line(&rest, &line))
		return SNIFFED_OTHER;
	if (separator_parse(line, NULL) == SEPARATOR_STRONG)
		return SNIFFED_MBOX;
	return slice_line(&rest, &line) && header_line_looks_good(line) ? SNIFFED_MBOX_MAYBE :
	    SNIFFED_OTHER;
}

bool
sniff_is_packed(struct slice head)
{
	return slice_starts(head, "\x1F\x8B\x08") || slice_starts(head, "\x28\xB5\x2F\xFD");
}

bool
sniffed_mbox(enum sniffed kind)
{
	return kind == SNIFFED_MBOX || kind == SNIFFED_MBOX_MAYBE;
}

/* The first plain bytes of a packed file; what cannot be unpacked is other. */
static enum sniffed
sniff_inside(int fd)
{
	unsigned char head[SNIFF_BYTES];
	struct error ignored = ERROR_NONE;
	struct expander *expander = expander_open(fd);
	size_t n = 0;
	int64_t got;

	do {
		got = expander_read(expander, head + n, sizeof(head) - n, &ignored);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && n < sizeof(head));
	expander_close(expander);
	if (got < 0 && n == 0)
		return SNIFFED_OTHER;
	return sniff_bytes(slice_of(head, n));
}

int
sniff_file(const char *path, struct sniff *out, struct error *err)
{
	unsigned char head[SNIFF_BYTES];
	struct slice bytes;
	int64_t got = 0;
	size_t n = 0;
	int fd = -1, again = -1, rc = -1;

	out->packed = false;
	if (file_open_read(path, &fd, err) < 0)
		goto out;
	while (n < sizeof(head) && (got = file_read(fd, head + n, sizeof(head) - n, err)) > 0)
		n += (size_t)got;
	if (got < 0)
		goto out;
	bytes = slice_of(head, n);
	out->packed = sniff_is_packed(bytes);
	if (out->packed) {
		if (file_open_read(path, &again, err) < 0)
			goto out;
		out->kind = sniff_inside(again);
	} else {
		out->kind = sniff_bytes(bytes);
	}
	rc = 0;

out:
	file_close(fd);
	file_close(again);
	return rc;
}

bool
sniff_finds_mbox(const char *path)
{
	struct error ignored = ERROR_NONE;
	struct buf bytes = BUF_EMPTY;
	bool found = file_read_head(path, SNIFF_FAR, &bytes, &ignored) == 0 &&
	    separator_follows(buf_slice(&bytes));

	buf_free(&bytes);
	return found;
}
