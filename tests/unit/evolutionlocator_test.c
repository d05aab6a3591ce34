/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define CONFIG "home/.config/evolution/"
#define DATA "home/.local/share/evolution/"
#define CACHE "home/.cache/evolution/"

static void
source(const char *directory, const char *uid, const char *name, const char *backend,
    const char *more)
{
	kit_write(arena_format(&kit.arena, "%ssources/%s.source", directory, uid),
	    arena_format(&kit.arena, "\n[Data Source]\nDisplayName=%s\nDisplayName[de]=Anders\n"
	    "Enabled=true\n\n[Mail Account]\nBackendName=%s\n%s", name, backend, more));
}

static void
accounts(void)
{
	const struct location *l;

	source(CONFIG, "imap-1", "Work ü", "imapx", "[Authentication]\nHost=imap.example.org\n");
	source(CONFIG, "pop-1", "Old post", "pop", "");
	source(CONFIG, "dirs-1", "Dirs", "maildir",
	    "\n[Maildir Backend]\nPath=/home/somebody/Documents/dirs\n");
	source(CONFIG, "spool-1", "Spool", "spool", "\n[Spool Backend]\nPath=box\n");
	source(CONFIG, "whole-1", "Whole", "mbox", "\n[Mbox Backend]\nPath=.\n");
	source(CONFIG, "search", "Search", "vfolder", "");
	kit_write(CONFIG "sources/book.source", "[Data Source]\nDisplayName=Book\n[Address Book]\n");
	kit_write(CONFIG "mail/filters.xml", "<x/>");
	kit_write(DATA "mail/local/..maildir++", "maildir++ 1");
	kit_directory(DATA "mail/local/cur");
	kit_write(DATA "mail/pop-1/cache/00/1", MESSAGE);
	kit_write(DATA "mail/dirs-1/folders.db", "x");
	kit_write(DATA "addressbook/system/contacts.db", "x");
	kit_write(CACHE "mail/imap-1/folders/INBOX/cur/00/1", MESSAGE);
	kit_directory(CACHE "mail/gone-1/folders");
	kit_maildir("home/Documents/dirs");
	kit_write("home/box", SEPARATOR MESSAGE);
	kit_find(&locate_evolution);
	l = kit_expect(CACHE "mail/imap-1", "evolution", "Work ü", "evolution", "imap");
	T(l && l->kind == LOCATION_IMAP_CACHE && !l->running, "a cache");
	l = kit_expect(DATA "mail/pop-1", "evolution", "Old post", "evolution", "pop");
	T(l && l->kind == LOCATION_POP, "what POP fetched");
	kit_expect(DATA "mail/local", "evolution", "On This Computer", "maildir", "evolution");
	l = kit_expect("home/Documents/dirs", "evolution", "Dirs", "maildir", "evolution");
	T(l && strcmp(l->settings, kit_path(DATA "mail/dirs-1")) == 0, "where its index is");
	kit_expect("home/box", "evolution", "Spool", "mbox", "plain");
	kit_expect(CACHE "mail/gone-1", "evolution", "gone-1", "evolution", "imap");
	T(kit.found.n == 6, "%zu locations", kit.found.n);
	l = &kit.found.items[0];
	T(strcmp(kit_role(l, CONFIG "mail/filters.xml"), "filters") == 0, "filters");
	T(strcmp(kit_role(l, CONFIG "sources"), "settings") == 0, "settings");
	T(strcmp(kit_role(l, DATA "addressbook/system/contacts.db"), "addresses") == 0, "addresses");
}

static void
running(void)
{
	kit_write(CONFIG ".running", "");
	kit_find(&locate_evolution);
	T(kit.found.items[0].running, "an old version");
	kit_write(CONFIG ".running", arena_format(&kit.arena, "%d\n", (int)getpid()));
	kit_find(&locate_evolution);
	T(kit.found.items[0].running, "a process that is there");
	kit_write(CONFIG ".running", "2147483646\n");
	kit_find(&locate_evolution);
	T(!kit.found.items[0].running, "one that is gone");
}

static void
elsewhere(void)
{
#define FLATPAK "flat/.var/app/org.gnome.Evolution/"
	source(FLATPAK "config/evolution/", "i", "Box", "imapx", "");
	kit_directory(FLATPAK "cache/evolution/mail/i/folders");
	kit_directory(FLATPAK "data/evolution/mail/local/cur");
	kit_write("flat/.evolution/mail/local/Inbox", SEPARATOR MESSAGE);
	kit_directory("flat/.evolution/mail/imap/ann@example.org/folders");
	kit_write("flat/evolution/local/Inbox/mbox", SEPARATOR MESSAGE);
	kit_find_in(&locate_evolution, kit_home("flat"));
	kit_expect(FLATPAK "cache/evolution/mail/i", "evolution", "Box", "evolution", "imap");
	kit_expect(FLATPAK "data/evolution/mail/local", "evolution", "On This Computer", "maildir",
	    "evolution");
	kit_expect("flat/.evolution/mail/local", "evolution", "On This Computer", "mbox", "plain");
	kit_expect("flat/.evolution/mail/imap/ann@example.org", "evolution", "ann@example.org",
	    "evolution", "imap");
	kit_expect("flat/evolution/local", "evolution", "Local Folders", "evolution", "1.x");
	T(kit.found.n == 5, "%zu locations", kit.found.n);
}

int
main(void)
{
	accounts();
	running();
	elsewhere();
	kit_directory("none");
	kit_find_in(&locate_evolution, kit_home("none"));
	T(kit.found.n == 0, "nothing");
	return kit_done();
}
