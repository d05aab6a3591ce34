/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define COUNTED "23-Nov-2026 11:43:24 +0000,43;000000000001\n" MESSAGE

static void
collections(void)
{
	const struct location *l;

	kit_write("home/.pinerc", "# comment\npersonal-name=Ann\ninbox-path=\"#driver.mbx/INBOX.mbx\"\n"
	    "folder-collections=mail/[],\n\t\"Two words\" other mail/[*],\n"
	    "\tWork {imap.example.org}mail/[]\n"
	    "incoming-folders=\"In coming\" in/work,\n  Far {host}INBOX\n"
	    "default-fcc=\nread-message-folder=~/read-mail\npostponed-folder=postponed-msgs\n"
	    "address-book=Book .addressbook, Other books/b\nsignature-file=sig.txt\n");
	kit_write("home/.addressbook", "ann\n");
	kit_write("home/books/b", "bob\n");
	kit_write("home/sig.txt", "Ann\n");
	kit_write("home/.pine-passfile", "secret");
	kit_write("home/INBOX.mbx", "*mbx*\r\n");
	kit_write("home/mail/sent-mail", SEPARATOR MESSAGE);
	kit_write("home/mail/counted", COUNTED);
	kit_write("home/mail/mixed/.mixmeta", "S1\r\n");
	kit_write("home/mail/mh/1", MESSAGE);
	kit_write("home/mail/mh/.mh_sequences", "");
	kit_write("home/in/work", SEPARATOR MESSAGE);
	kit_write("home/read-mail", SEPARATOR MESSAGE);
	kit_find(&locate_alpine);
	kit_expect("home/INBOX.mbx", "alpine", "~/INBOX.mbx", "mbx", "plain");
	kit_expect("home/mail/counted", "alpine", "~/mail/counted", "mbx", "plain");
	kit_expect("home/mail/mixed", "alpine", "~/mail/mixed", "mix", "plain");
	kit_expect("home/in/work", "alpine", "~/in/work", "mbox", "plain");
	kit_expect("home/read-mail", "alpine", "~/read-mail", "mbox", "plain");
	l = kit_at("home/mail");
	T(l && strcmp(l->format, "mh") == 0, "MH takes the directory");
	kit_expect("home/mail/sent-mail", "alpine", "~/mail/sent-mail", "mbox", "plain");
	T(kit.found.n == 7, "%zu locations", kit.found.n);
	l = &kit.found.items[0];
	T(!l->running && strcmp(l->settings, kit_path("home/.pinerc")) == 0, "settings");
	T(strcmp(kit_role(l, "home/.pinerc"), "settings") == 0, "kept");
	T(strcmp(kit_role(l, "home/.addressbook"), "addresses") == 0 &&
	    strcmp(kit_role(l, "home/books/b"), "addresses") == 0, "addresses");
	T(strcmp(kit_role(l, "home/sig.txt"), "signature") == 0, "signature");
	T(kit_role(l, "home/.pine-passfile")[0] == '\0', "no passwords");
}

static void
defaults(void)
{
	kit_write("plain/.pinerc", "inbox-path=inbox\nmail-directory=\nfolder-collections=\n");
	kit_write("plain/mail/saved-messages", SEPARATOR MESSAGE);
	kit_find_in(&locate_alpine, kit_home("plain"));
	kit_expect("plain/mail", "alpine", "~/mail", "mbox", "plain");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
	kit_write("other/mail/saved-messages", SEPARATOR MESSAGE);
	kit_find_in(&locate_alpine, kit_home("other"));
	T(kit.found.n == 0, "not without its settings");
	kit_write("wild/.pinerc", "folder-collections=./[],../../[],\n \"\n,\",,=\nincoming-folders=\"");
	kit_find_in(&locate_alpine, kit_home("wild"));
	T(kit.found.n == 0, "what holds the whole home is no mailbox");
}

int
main(void)
{
	collections();
	defaults();
	return kit_done();
}
