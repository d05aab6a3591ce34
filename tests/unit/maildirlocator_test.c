/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
the_usual_ones(void)
{
	kit_maildir("home/Maildir");
	kit_maildir("home/Maildir/.Sent");
	kit_maildir("home/.maildir");
	kit_maildir("home/.maildir/Work");
	kit_maildir("home/.mail/gmail/INBOX");
	kit_maildir("home/.mail/gmail/Archive/2019");
	kit_maildir("home/.mail/work");
	kit_maildir("home/.mail/work/.Sent");
	kit_maildir("home/.local/share/mail/a");
	kit_directory("home/Mail/not/cur");
	kit_find(&locate_maildir);
	kit_expect("home/Maildir", "maildir", "~/Maildir", "maildir", "maildir++");
	kit_expect("home/.maildir", "maildir", "~/.maildir", "maildir", "fs");
	kit_expect("home/.mail/gmail", "maildir", "~/.mail/gmail", "maildir", "fs");
	kit_expect("home/.mail/work", "maildir", "~/.mail/work", "maildir", "maildir++");
	kit_expect("home/.local/share/mail", "maildir", "~/.local/share/mail", "maildir", "fs");
	T(kit.found.n == 5, "%zu locations", kit.found.n);
}

static void
the_environment(void)
{
	struct environment env = { .home = kit_path("own"), .user = "ann" };

	kit_maildir("own/Maildir");
	kit_maildir("store");
	env.maildir = kit_path("store");
	env.data_home = kit_path("data");
	kit_maildir("data/mail/a");
	vec_clear(&kit.homes);
	T(homes_own(&env, &kit.arena, &kit.homes, &kit.err) == 0, "own home");
	kit_maildir("own/wide/a");
	kit_find_in(&locate_maildir, &kit.homes.items[0]);
	kit_expect("store", "maildir", kit_path("store"), "maildir", "maildir++");
	kit_expect("own/Maildir", "maildir", "~/Maildir", "maildir", "maildir++");
	kit_expect("data/mail", "maildir", kit_path("data/mail"), "maildir", "fs");
	kit.homes.items[0].maildir = kit_path("own");
	kit_find_in(&locate_maildir, &kit.homes.items[0]);
	T(kit_at("own") == NULL && kit_at("own/wide") == NULL, "a whole home is no mailbox");
}

/* What another locator has named below is not listed again with the whole. */
static void
known_below(void)
{
	struct location *known;
	const struct home *home = kit_home("known");

	kit_maildir("known/.mail/one");
	kit_maildir("known/.mail/two");
	error_clear(&kit.err);
	vec_clear(&kit.found);
	known = vec_push(&kit.found);
	*known = (struct location){ .path = kit_path("known/.mail/one"), .format = "maildir" };
	T(locate_maildir.find(home, &kit.arena, &kit.found, &kit.err) == 0, "%s", kit.err.text);
	T(kit_at("known/.mail") == NULL, "the whole is not a location");
	kit_expect("known/.mail/two", "maildir", "~/.mail/two", "maildir", "maildir++");
}

/* A tree that is another client's already, with an mbox in it as well. */
static void
known_as_a_whole(void)
{
	const struct home *home;

	kit_maildir("whole/mail/one");
	kit_maildir("whole/mail/two");
	kit_write("whole/mail/box", SEPARATOR MESSAGE);
	error_clear(&kit.err);
	vec_clear(&kit.found);
	home = kit_home("whole");
	*vec_push(&kit.found) = (struct location){ .path = kit_path("whole/mail"), .format = "maildir" };
	*vec_push(&kit.found) = (struct location){ .path = kit_path("whole/mail/box"), .format = "mbox" };
	T(locate_maildir.find(home, &kit.arena, &kit.found, &kit.err) == 0, "%s", kit.err.text);
	T(kit_at("whole/mail/one") == NULL && kit_at("whole/mail/two") == NULL,
	    "its Maildirs are not locations of their own");
}

static void
unreadable(void)
{
	const struct location *l;

	kit_maildir("locked/Maildir");
	kit_maildir("locked/.mail/a");
	T(chmod(kit_path("locked/.mail"), 0) == 0, "chmod");
	kit_find_in(&locate_maildir, kit_home("locked"));
	kit_expect("locked/Maildir", "maildir", "~/Maildir", "maildir", "maildir++");
	l = kit_at("locked/.mail");
	T(getuid() == 0 || (l != NULL && !l->supported), "what may not be read is named");
	T(chmod(kit_path("locked/.mail"), 0700) == 0, "chmod");
}

int
main(void)
{
	kit_directory("known");
	the_usual_ones();
	the_environment();
	known_below();
	known_as_a_whole();
	unreadable();
	return kit_done();
}
