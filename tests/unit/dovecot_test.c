/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
usual_places(void)
{
	kit_write("home/mdbox/storage/m.1", "x");
	kit_directory("home/mdbox/mailboxes/INBOX/dbox-Mails");
	kit_write("home/mail/mailboxes/INBOX/dbox-Mails/u.1", "x");
	kit_directory("home/sdbox");
	kit_write("home/.dovecot.sieve", "keep;");
	kit_find(&locate_dovecot);
	kit_expect("home/mdbox", "dovecot", "~/mdbox", "mdbox", "plain");
	kit_expect("home/mail", "dovecot", "~/mail", "sdbox", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
	T(strcmp(kit_role(&kit.found.items[0], "home/.dovecot.sieve"), "filters") == 0, "filters");
}

/* Its settings, on a mounted disk. */
static void
settings(void)
{
	kit_write("disk/etc/passwd", "ann:x:1000:1000::/home/ann:/bin/sh\n");
	kit_write("disk/etc/dovecot/dovecot.conf",
	    "# comment\n!include conf.d/*.conf\n!include_try local.conf\nprotocols = imap\n"
	    "!include dovecot.conf\n");
	kit_write("disk/etc/dovecot/conf.d/10-mail.conf",
	    "mail_location = mdbox:~/store/%u:ALT=/alt/%u\n"
	    "namespace archive {\n  location = maildir:%h/Old:LAYOUT=fs\n}\n"
	    "namespace shared {\n  location = sdbox:/srv/%d/%n\n}\n");
	kit_write("disk/etc/dovecot/local.conf",
	    "mail_driver = sdbox\nmail_path = /srv/mail/%{user}\n");
	kit_directory("disk/home/ann/store/ann/mailboxes");
	kit_write("disk/home/ann/store/ann/storage/m.1", "x");
	kit_maildir("disk/home/ann/Old/box");
	kit_directory("disk/srv/mail/ann/mailboxes/INBOX/dbox-Mails");
	kit_find_in(&locate_dovecot, kit_home("disk/home/ann"));
	kit_expect("disk/home/ann/store/ann", "dovecot", "~/store/ann", "mdbox", "plain");
	kit_expect("disk/home/ann/Old", "dovecot", "~/Old", "maildir", "fs");
	kit_expect("disk/srv/mail/ann", "dovecot", kit_path("disk/srv/mail/ann"), "sdbox", "plain");
	T(kit.found.n == 3, "%zu locations", kit.found.n);
}

int
main(void)
{
	usual_places();
	settings();
	return kit_done();
}
