/* SPDX-License-Identifier: MIT */
#include "backends/formats/exporttree.h"
#include "backends/formats/formats.h"
#include "core/base/codec.h"
#include "core/base/limits.h"
#include "tests/unit/sqlitekit.h"

#define MAIL "Subject: x\n\ntext\n"             /* 17 bytes */

static void
gyb(void)
{
	kit_write("gyb/2019/4/16/16a2.eml", MAIL);
	kit_write("gyb/2019/4/16/16a3.eml", MAIL);
	kit_write("gyb/2019/12/1/16a4.eml", MAIL);
	kit_sql("gyb/msg-db.sqlite", "CREATE TABLE settings (name TEXT, value TEXT);"
	    "CREATE TABLE messages (message_num INTEGER PRIMARY KEY, message_filename TEXT,"
	    " message_internaldate TIMESTAMP);"
	    "CREATE TABLE labels (message_num INTEGER, label TEXT);"
	    "INSERT INTO messages VALUES (1, '2019/4/16/16a2.eml', '2019-04-16 10:00:00'),"
	    " (2, '2019/12/1/16a4.eml', '2019-12-01 10:00:00'), (3, '2019/1/1/gone.eml', NULL);"
	    "INSERT INTO labels VALUES (1, 'INBOX'), (1, 'UNREAD'), (1, 'Wörk/A, b'), (2, 'STARRED'),"
	    " (2, 'DRAFT'), (3, 'SENT');");
	T(format_gyb.probe(kit_path("gyb"), &kit.err) == 92 && format_gyb.probe(kit_path(""), &kit.err) ==
	    0 && format_gyb.probe(kit_path("gyb/2019"), &kit.err) == 0, "known");
	T(kit_open(&format_gyb, "gyb", "plain"), "%s", kit.err.text);
	T_SAME(kit_names(), "gyb", "one mailbox");
	T(kit.mailboxes.items[0].messages == 3 && kit.mailboxes.items[0].bytes == 51 &&
	    kit.mailboxes.items[0].directory_count == 5, "measured");
	T(kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F16384 /msg-db.sqlite+\n"
	    "M17 2019/12/1/16a4.eml+ seen flagged draft\n"
	    "M17 2019/4/16/16a2.eml+ [INBOX] [Wörk/A, b]\n"
	    "M17 2019/4/16/16a3.eml+\n", "labels of the database");
	T(kit.entries.items[1].entry.date == 1575194400, "its date");
	kit_write("gyb/msg-db.sqlite", "no database, but long enough to be looked at as one");
	kit_open(&format_gyb, "gyb", "plain");
	T(kit_read(0) == 0 && kit.entries.n == 5 && kit.entries.items[0].entry.kind == ENTRY_FAILED &&
	    kit.entries.items[2].entry.flags == 0, "a broken database is told, and the mail is read");
}

static void
gmvault(void)
{
	struct buf packed = BUF_EMPTY, big = BUF_EMPTY;
	struct compressor *c = compressor_open(CODEC_GZIP, 6);

	compressor_frame(c, SLICE_OF(MAIL), &packed, &kit.err);
	kit_write("vault/.info/.owner_account.info", "x");
	kit_write("vault/db/2014-02/1.eml", MAIL);
	kit_write("vault/db/2014-02/1.meta", "{\"gm_id\": 1461105475473326310, \"labels\": [\"\\\\Inbox\", "
	    "\"\\\\Starred\", \"W\\u00f6rk\"], \"flags\": [\"\\\\Seen\", \"\\\\Answered\"], "
	    "\"internal_date\": 1393513380}");
	kit_write_bytes("vault/db/2014-02/2.eml.gz", buf_slice(&packed));
	kit_write("vault/db/2014-02/2.meta", "{\"labels\": [], \"flags\": [\"\\\\Seen\"], "
	    "\"internal_date\": 1393513381}");
	kit_write("vault/db/2014-02/3.eml.crypt", "secret");
	kit_write("vault/db/2014-02/3.meta", "{");
	kit_write("vault/db/chats/subchats-1/4.eml", MAIL);
	T(format_gmvault.probe(kit_path("vault"), &kit.err) == 92 &&
	    format_gmvault.probe(kit_path("vault/db"), &kit.err) == 92 &&
	    format_gmvault.probe(kit_path("vault/db/2014-02"), &kit.err) == 0, "known");
	T(kit_open(&format_gmvault, "vault", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T(kit.mailboxes.items[0].messages == 4, "measured");
	T_SAME(kit_told(), "F1 .info/.owner_account.info+\n"
	    "M17 db/2014-02/1.eml+ seen answered flagged [Inbox] [Wörk]\nF143 db/2014-02/1.meta+\n"
	    "F37 db/2014-02/2.eml.gz+\nM17 seen\nF64 db/2014-02/2.meta+\n"
	    "F6 db/2014-02/3.eml.crypt+\nX0\nX0\nF1 db/2014-02/3.meta+\n"
	    "M17 db/chats/subchats-1/4.eml+\n", "with what lies beside them");
	T(kit.entries.items[4].entry.date == 1393513381 &&
	    slice_is(kit.entries.items[4].whole, MAIL), "a compressed one");
	T(strstr(kit.entries.items[7].entry.error.text, "3.eml.crypt: is encrypted") != NULL, "%s",
	    kit.entries.items[7].entry.error.text);

	/* Too long for memory, and its file too long for an entry. */
	buf_add_string(&big, "Subject: x\n\n");
	while (big.n < 17 * MIB)
		buf_add_format(&big, "%zu %zx\n", big.n * 2654435761u, big.n * 40503u);
	buf_clear(&packed);
	compressor_frame(c, buf_slice(&big), &packed, &kit.err);
	kit_write("long/db/2014-02/0.meta", "{}");
	kit_write_bytes("long/db/2014-02/1.eml.gz", buf_slice(&packed));
	kit_write("long/.info/x", "x");
	T(kit_open(&format_gmvault, "long", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_kept(), "1.eml.gz", "kept beside the mail");
	T(kit.entries.n == 3 && kit.entries.items[2].entry.is_large &&
	    slice_equal(kit.entries.items[2].whole, buf_slice(&big)), "%zu entries", kit.entries.n);
	compressor_close(c);
	buf_free(&packed);
	buf_free(&big);
}

static void
proton(void)
{
#define AT "proton/ann@example.org/mail_20240101_120000/"
	kit_write(AT "labels.json", "{\"Version\": 1, \"Payload\": [{\"ID\": \"L1\", \"Name\": \"B\", "
	    "\"Path\": [\"A\", \"B\"]}, {\"ID\": \"L2\", \"Name\": \"x\", \"Path\": \"W\\u00f6rk\"}, "
	    "{\"ID\": \"0\", \"Name\": \"Inbox\"}]}");
	kit_write(AT "m1.eml", MAIL);
	kit_write(AT "m1.metadata.json", "{\"Version\": 1, \"Payload\": {\"ID\": \"m1\", \"LabelIDs\": "
	    "[\"0\", \"5\", \"10\", \"L1\", \"L2\", \"L9\"], \"Unread\": 1, \"IsReplied\": 1, "
	    "\"IsForwarded\": 0, \"Time\": 1700000000}}");
	kit_write(AT "m2.eml", MAIL);
	kit_write(AT "m2.metadata.json", "{\"Version\": 1, \"Payload\": {\"ID\": \"m1\", \"LabelIDs\": "
	    "[\"8\"], \"Unread\": false, \"IsForwarded\": true}}");
	kit_write(AT "m3.eml", MAIL);
	kit_write(AT "m3.empty", "");
	T(format_proton.probe(kit_path("proton/ann@example.org"), &kit.err) == 70 &&
	    format_proton.probe(kit_path("proton"), &kit.err) == 0 &&
	    format_proton.probe(kit_path(AT), &kit.err) == 92, "known");
	T(kit_open(&format_proton, "proton/ann@example.org", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "mail_20240101_120000", "one mailbox");
	T_SAME(kit_kept(), "m3.empty", "what no entry can hold");
	T_SAME(kit_told(), "F152 /labels.json+\n"
	    "M17 /m1.eml+ answered flagged [A/B] [Inbox] [L9] [Wörk]\nF154 /m1.metadata.json+\n"
	    "M17 /m2.eml+ seen draft forwarded\nF96 /m2.metadata.json+\nM17 /m3.eml+\n",
	    "what was said of each");
	kit_write(AT "labels.json", "[");
	T(kit_open(&format_proton, "proton/ann@example.org", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T(strstr(kit_told(), "[Inbox] [L1] [L2] [L9]") != NULL, "ids where no name is known");
}

int
main(void)
{
	gmvault();
	proton();
	gyb();
	kit_end();
	return t_done();
}
