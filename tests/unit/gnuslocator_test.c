/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
settings(void)
{
	const struct location *l;

	kit_write("home/.gnus.el", "(setq user-full-name \"Ann\" message-directory \"~/Post/\")\n"
	    "(setq gnus-secondary-select-methods '((nnml \"\")\n"
	    "  (nnfolder \"archive\" (nnfolder-directory \"~/MailF\") (my-nnml-directory \"~/no\"))\n"
	    "  (nnmaildir \"m\" (directory \"/home/ann/dirs\"))))\n(setq nnml-directory)\n"
	    "(setq nnmbox-mbox-file \"~/mbox.gnus\")\n");
	kit_write("home/.newsrc.eld", "x");
	kit_write("home/Post/mail/misc/1", MESSAGE);
	kit_write("home/Post/active", "mail.misc 1 1 y\n");
	kit_write("home/MailF/archive", SEPARATOR MESSAGE);
	kit_write("home/no/1", MESSAGE);
	kit_write("home/mbox.gnus", SEPARATOR MESSAGE);
	kit_maildir("home/dirs/box");
	kit_find(&locate_gnus);
	l = kit_expect("home/Post", "gnus", "~/Post", "mh", "gnus");
	T(l && strcmp(l->settings, kit_path("home")) == 0, "where .newsrc.eld is");
	kit_expect("home/MailF", "gnus", "~/MailF", "mbox", "plain");
	kit_expect("home/mbox.gnus", "gnus", "~/mbox.gnus", "mbox", "plain");
	kit_expect("home/dirs", "gnus", "~/dirs", "maildir", "fs");
	T(kit.found.n == 4, "%zu locations", kit.found.n);
	T(strcmp(kit_role(&kit.found.items[0], "home/.newsrc.eld"), "flags") == 0, "flags");
}

static void
without(void)
{
	kit_write("none/Mail/mail/misc/1", MESSAGE);
	kit_write("none/.emacs", "(setq inhibit-startup-screen t)\n");
	kit_find_in(&locate_gnus, kit_home("none"));
	T(kit.found.n == 0, "no Gnus");
	kit_write("none/.newsrc.eld", "x");
	kit_find_in(&locate_gnus, kit_home("none"));
	kit_expect("none/Mail", "gnus", "~/Mail", "mh", "gnus");
	kit_write("odd/.gnus", "nnml-directory\nnnml-directory \"\n(nnmaildir (directory \"");
	kit_find_in(&locate_gnus, kit_home("odd"));
	T(kit.found.n == 0, "cut settings");
}

int
main(void)
{
	settings();
	without();
	return kit_done();
}
