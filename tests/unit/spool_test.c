/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

/* A disk with a user database, a spool and a home. */
static struct home *
a_system(const char *root)
{
	kit_write(arena_format(&kit.arena, "%s/etc/passwd", root),
	    "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
	kit_directory(arena_format(&kit.arena, "%s/home/ann", root));
	return kit_home(arena_format(&kit.arena, "%s/home/ann", root));
}

static void
the_system_spool(void)
{
	const struct location *l;
	struct home *home = a_system("sys");

	T(strcmp(home->user, "ann") == 0 && strcmp(home->root, kit_path("sys")) == 0,
	    "the user of the home is looked up on its own disk");
	kit_write("sys/var/mail/ann", SEPARATOR MESSAGE);
	kit_write("sys/var/mail/bob", SEPARATOR MESSAGE);
	kit_directory("sys/var/spool");
	kit_link("../mail", "sys/var/spool/mail");
	kit_write("sys/home/ann/.procmailrc", "MAILDIR=$HOME/Mail\n");
	kit_find_in(&locate_spool, home);
	l = kit_expect("sys/var/mail/ann", "spool", "ann", "mbox", "plain");
	T(l && l->kind == LOCATION_SPOOL, "a spool");
	T(strcmp(kit_role(l, "sys/home/ann/.procmailrc"), "filters") == 0, "rules are kept");
	T(kit.found.n == 1, "once, and nobody else's: %zu", kit.found.n);

	kit_write("sys/var/mail/ann", "");
	kit_find_in(&locate_spool, home);
	kit_expect("sys/var/mail/ann", "spool", "ann", "mbox", "plain");

	kit_write("sys/var/mail/ann", "nothing that is mail\n");
	kit_find_in(&locate_spool, home);
	kit_expect("sys/var/mail/ann", "spool", "ann", "mbox", "plain");

	T(unlink(kit_path("sys/var/mail/ann")) == 0, "unlink");
	kit_maildir("sys/var/mail/ann");
	kit_find_in(&locate_spool, home);
	kit_expect("sys/var/mail/ann", "spool", "ann", "maildir", "maildir++");

	home->user = "../../box";
	kit_write("sys/box", SEPARATOR MESSAGE);
	kit_find_in(&locate_spool, home);
	T(kit.found.n == 0, "a user's name is no path");
}

static void
the_environment(void)
{
	struct environment env = { .home = kit_path("own"), .user = "no-such-user" };

	kit_write("own/elsewhere", SEPARATOR MESSAGE);
	env.mail = kit_path("own/elsewhere");
	vec_clear(&kit.homes);
	T(homes_own(&env, &kit.arena, &kit.homes, &kit.err) == 0, "own home");
	kit_find_in(&locate_spool, &kit.homes.items[0]);
	kit_expect("own/elsewhere", "spool", "no-such-user", "mbox", "plain");
	kit_find_in(&locate_spool, kit_home("own"));
	T(kit_at("own/elsewhere") == NULL, "MAIL is not another person's");
}

static void
in_the_home(void)
{
	const struct location *l;

	kit_write("home/mbox", "");
	kit_write("home/Mailbox", SEPARATOR MESSAGE);
	kit_write("home/mail/in", SEPARATOR MESSAGE);
	kit_write("home/mail/lists/2019", SEPARATOR MESSAGE);
	kit_write("home/mail/old.mbx", "*mbx*\r\n0000000000000000\r\n");
	kit_write("home/mail/mixed/.mixmeta", "S0\n");
	kit_write("home/mail/RMAIL", "BABYL OPTIONS: -*- rmail -*-\n");
	kit_write("home/Mail/inbox/1", MESSAGE);
	kit_write("home/var/mail/carl", SEPARATOR MESSAGE);
	kit_write("home/sent", "no mail at all\n");
	kit_write("home/postponed", "From time to time I write.\nSo what\n");
	kit_find(&locate_spool);
	kit_expect("home/mbox", "spool", "~/mbox", "mbox", "plain");
	kit_expect("home/Mailbox", "spool", "~/Mailbox", "mbox", "plain");
	kit_expect("home/mail", "spool", "~/mail", "mbox", "plain");
	l = kit_expect("home/mail/old.mbx", "spool", "~/mail/old.mbx", "mbx", "plain");
	T(l && l->supported, "mbx is read");
	l = kit_expect("home/mail/mixed", "spool", "~/mail/mixed", "mix", "plain");
	T(l && l->supported, "mix is read");
	l = kit_expect("home/mail/RMAIL", "spool", "~/mail/RMAIL", "babyl", "plain");
	T(l && l->supported, "Babyl is read");
	l = kit_expect("home/var/mail/carl", "spool", "carl", "mbox", "plain");
	T(l && l->kind == LOCATION_SPOOL, "a spool copied with its home");
	T(kit_at("home/Mail") == NULL, "MH is not ours");
	T(kit_at("home/sent") == NULL && kit_at("home/postponed") == NULL, "text is no mailbox");
	T(kit.found.n == 7, "%zu locations", kit.found.n);
}

/* In a directory of another kind each mbox stands for itself. */
static void
mixed_directories(void)
{
	kit_maildir("mix/Mail/box");
	kit_write("mix/Mail/old", SEPARATOR MESSAGE);
	kit_write("mix/mail/inbox/1", MESSAGE);
	kit_write("mix/mail/Incoming", SEPARATOR MESSAGE);
	kit_find_in(&locate_spool, kit_home("mix"));
	kit_expect("mix/Mail/old", "spool", "~/Mail/old", "mbox", "plain");
	kit_expect("mix/mail/Incoming", "spool", "~/mail/Incoming", "mbox", "plain");
	T(kit.found.n == 2, "%zu locations", kit.found.n);
}

/* Files among mail that begin with something else. */
static void
odd_files(void)
{
	const struct location *l;

	kit_write("odd/mail/torn", "rubbish of a crash\n\n" SEPARATOR MESSAGE);
	kit_write("odd/mail/notes", "no mail\n");
	kit_find_in(&locate_spool, kit_home("odd"));
	kit_expect("odd/mail", "spool", "~/mail", "mbox", "plain");
	T(kit.found.n == 1, "%zu locations: the reader keeps what else is there", kit.found.n);

	kit_write("odd/mail/torn", "rubbish of a crash\n");
	kit_find_in(&locate_spool, kit_home("odd"));
	l = kit_expect("odd/mail", "spool", "~/mail", "unknown", "plain");
	T(l && !l->supported && kit.found.n == 1, "no mail: said, and kept as it lies");
	T(unlink(kit_path("odd/mail/torn")) == 0, "unlink");
	kit_find_in(&locate_spool, kit_home("odd"));
	l = kit_expect("odd/mail/notes", "spool", "~/mail/notes", "unknown", "plain");
	T(l && !l->supported && kit.found.n == 1, "one file is named itself");

	kit_write("odd/mail/old.mbx", "*mbx*\r\n0000000000000000\r\n");
	kit_find_in(&locate_spool, kit_home("odd"));
	l = kit_expect("odd/mail/old.mbx", "spool", "~/mail/old.mbx", "mbx", "plain");
	T(kit.found.n == 1 && strcmp(kit_role(l, "odd/mail/notes"), "other") == 0,
	    "kept beside the mail that was found");
}

int
main(void)
{
	the_system_spool();
	the_environment();
	in_the_home();
	mixed_directories();
	odd_files();
	return kit_done();
}
