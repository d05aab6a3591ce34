/* SPDX-License-Identifier: MIT */
#include "core/archive/identity.h"

#define BODY \
    "Everything here can be read with common tools and without mailcask: tar, zstd (or\n" \
    "gzip), sha256sum and anything that reads JSON. Nothing in here is ever changed; files\n" \
    "are only added. A name made of 64 hexadecimal digits (a digest) is the SHA-256 of what\n" \
    "bears it. Please do not rename, edit or delete anything.\n" \
    "\n" \
    "  archive.json   the identity of the archive, and its compression, zstd or gzip\n" \
    "  snapshots/     what all mailboxes looked like at each backup: JSON\n" \
    "  index/         what lies in which pack: JSON, one object a line\n" \
    "  packs/         the mail itself: tar files\n" \
    "\n" \
    "To unpack everything into an empty directory (with gzip: tar xzf):\n" \
    "\n" \
    "  for p in packs/*/*.tar.zst; do zstd -dc \"$p\" | tar xf - -C /some/empty/directory; done\n" \
    "\n" \
    "There are then\n" \
    "\n" \
    "  messages/DIGEST.eml     messages as they are, each once\n" \
    "  messages/DIGEST.parts   messages whose attachments were taken out. They begin with\n" \
    "                          lines that tell how to put them together again:\n" \
    "        mailcask-parts 1\n" \
    "        rest N                    copy the next N bytes of the rest\n" \
    "        base64 W lf DIGEST        put parts/DIGEST here, encoded in base64 in lines of W\n" \
    "                                  characters with LF (or crlf: CR LF) between them\n" \
    "        chunk DIGEST              put chunks/DIGEST here\n" \
    "                          then an empty line, then the rest\n" \
    "  parts/DIGEST            attachments, decoded, each once: plain PDF, JPEG, ...\n" \
    "  chunks/DIGEST           pieces of other files\n" \
    "  listings/DIGEST         what lies in a mailbox and in which order: JSON lines\n" \
    "\n" \
    "A mailbox: take the newest file of snapshots/ (zstd -dc, or gzip -dc). Under \"stores\"\n" \
    "and \"mailboxes\" each mailbox has the digest of its \"listing\". The first line of that\n" \
    "listing tells the version; every other line names two listings, \"what\" and \"state\",\n" \
    "whose n-th lines together describe one message in its place:\n" \
    "\n" \
    "  id         the message (or chunk: bytes that are no message)\n" \
    "  crlf       true: turn each LF of the message into CR LF\n" \
    "  insert     [offset, text] pairs: put text before the byte at that offset of the bytes\n" \
    "             made so far (offsets do not count earlier insertions; -1 is the end). A\n" \
    "             number in place of a text is an index into \"text\" of the state line.\n" \
    "             {\"raw\": ...} is base64 for bytes that are not UTF-8.\n" \
    "\n" \
    "All these bytes one behind the other are the mailbox file, if \"layout\" is \"file\". If it\n" \
    "is \"files\", each message is the file [directory/] name info below \"path\". \"files\" of a\n" \
    "store are kept as they lie: their \"chunks\" one behind the other.\n" \
    "\n" \
    "The exact description of this format is FORMAT.md in the source of mailcask, and\n" \
    "tests/stranger.sh there is a short script that restores every mailbox with such tools.\n"

static const char plain[] =
    "This is an archive of mail, made by mailcask.\n"
    "=============================================\n"
    "\n"
    BODY;

static const char encrypted[] =
    "This is an archive of mail, made by mailcask, and it is encrypted.\n"
    "==================================================================\n"
    "\n"
    "It can be read with the program age (https://age-encryption.org) and an identity, which\n"
    "is a line that begins with AGE-SECRET-KEY-1.  It is not here.  Whoever made the archive\n"
    "has it in a file, or on paper: the recovery sheet.  Without it nobody can read this.\n"
    "\n"
    "To decrypt everything into an empty directory, where it becomes an archive that is not\n"
    "encrypted but for archive.json:\n"
    "\n"
    "  find packs index snapshots -name '*.age' | while read -r f; do\n"
    "    mkdir -p \"/some/empty/directory/${f%/*}\"\n"
    "    age -d -i identity.txt \"$f\" >\"/some/empty/directory/${f%.age}\"\n"
    "  done\n"
    "\n"
    "A name made of 64 hexadecimal digits (a digest) is here the SHA-256 of the encrypted file.\n"
    "What follows is about the files without .age.\n"
    "\n"
    BODY;

struct slice
readme_text(bool is_encrypted)
{
	return is_encrypted ? SLICE_OF(encrypted) : SLICE_OF(plain);
}
