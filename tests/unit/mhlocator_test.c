/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

int
main(void)
{
	const struct location *l;

	kit_write("home/.mh_profile", "Editor: vi\npath:  Post \nUnseen-Sequence: unseen\n");
	kit_write("home/Post/inbox/1", MESSAGE);
	kit_write("home/Post/inbox/12", MESSAGE);
	kit_write("home/Post/inbox/.mh_sequences", "unseen: 12\n");
	kit_write("home/Post/context", "Current-Folder: inbox\n");
	kit_write("home/Post/old.mbox", SEPARATOR MESSAGE);
	kit_find(&locate_mh);
	l = kit_expect("home/Post", "mh", "~/Post", "mh", "plain");
	T(strcmp(kit_role(l, "home/Post/context"), "flags") == 0, "context is kept");
	T(strcmp(kit_role(l, "home/.mh_profile"), "settings") == 0, "the profile is kept");
	T(kit.found.n == 1, "%zu locations", kit.found.n);

	/* Without a profile the usual directories, if they look like it. */
	kit_write("guess/Mail/misc/1", SEPARATOR MESSAGE);
	kit_write("guess/mail/2019", SEPARATOR MESSAGE);
	kit_write("guess/mail/12345", SEPARATOR MESSAGE "\n" SEPARATOR MESSAGE);
	kit_find_in(&locate_mh, kit_home("guess"));
	kit_expect("guess/Mail", "mh", "~/Mail", "mh", "plain");
	T(kit.found.n == 1, "an mbox of a year is no MH message");

	kit_write("empty/Mail/inbox/.overview", "");
	kit_find_in(&locate_mh, kit_home("empty"));
	kit_expect("empty/Mail", "mh", "~/Mail", "mh", "plain");

	kit_write("no/Mail/letters/1", "just numbers\n");
	kit_write("no/.mh_profile", "Path: nowhere\n");
	kit_find_in(&locate_mh, kit_home("no"));
	T(kit.found.n == 0, "text in files with numbers is no MH");

	kit_write("wide/.mh_profile", "Path: .\n");
	kit_write("wide/inbox/1", MESSAGE);
	kit_find_in(&locate_mh, kit_home("wide"));
	T(kit.found.n == 0, "a whole home is no mailbox");

	/* Maildirs at the top: MH folders beside them stand for themselves. */
	kit_maildir("mix/Mail/box");
	kit_write("mix/Mail/folder/1", MESSAGE);
	kit_write("mix/Mail/folder/sub/1", MESSAGE);
	kit_find_in(&locate_mh, kit_home("mix"));
	kit_expect("mix/Mail/folder", "mh", "~/Mail/folder", "mh", "plain");
	T(kit.found.n == 1, "%zu locations", kit.found.n);
	return kit_done();
}
