/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/un.h>

#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define CONFIG "home/.config/"
#define DATA "home/.local/share/"

static void
accounts(void)
{
	const struct location *l;

	kit_write(CONFIG "akonadi_maildir_resource_0rc",
	    "[General]\nPath[$e]=$HOME/.local/share/local-mail/\nTopLevelIsContainer=true\n");
	kit_write(CONFIG "akonadi/agent_config_akonadi_maildir_resource_0",
	    "[Agent]\nName=Local\\sFolders\n");
	kit_write(CONFIG "akonadi_maildir_resource_1rc",
	    "[General]\nPath=/home/old/Maildir\nTopLevelIsContainer=false\n");
	kit_write(CONFIG "akonadi_mixedmaildir_resource_0rc",
	    "[General]\nPath[$e]=${HOME}/old mail\n");
	kit_write(CONFIG "akonadi_mbox_resource_0rc",
	    "[General]\nDisplayName=Archive\nPath[$e]=$HOME/archive.mbox\n");
	kit_write(CONFIG "akonadi_imap_resource_0rc", "[network]\nImapServer=imap.example.org\n");
	kit_write(CONFIG "akonadi_mbox_resource_1rc", "[General]\nPath[$e]=$NOTHING\n");
	kit_write(CONFIG "kmail2rc", "x");
	kit_write(DATA "contacts/1.vcf", "x");
	kit_write(DATA "akonadi/akonadi.db", "x");
	kit_maildir(DATA "local-mail/inbox");
	kit_maildir("home/Maildir");
	kit_directory("home/old mail");
	kit_write("home/archive.mbox", SEPARATOR MESSAGE);
	kit_find(&locate_kmail);
	l = kit_expect(DATA "local-mail", "kmail", "Local Folders", "maildir", "kmail");
	T(l && strcmp(l->settings, kit_path(DATA "akonadi")) == 0 && !l->running, "its database");
	kit_expect("home/Maildir", "kmail", "Maildir", "maildir", "kmail-folder");
	kit_expect("home/old mail", "kmail", "old mail", "maildir", "kmail");
	kit_expect("home/archive.mbox", "kmail", "Archive", "mbox", "plain");
	l = kit_expect(DATA "akonadi/akonadi.db", "kmail", "Akonadi", "akonadi", "sqlite");
	T(l && l->kind == LOCATION_IMAP_CACHE, "what came from servers");
	T(kit.found.n == 5, "%zu locations", kit.found.n);
	l = &kit.found.items[0];
	T(strcmp(kit_role(l, CONFIG "kmail2rc"), "settings") == 0, "settings");
	T(strcmp(kit_role(l, DATA "contacts"), "addresses") == 0, "addresses");
	T(strcmp(kit_role(l, CONFIG "akonadi_imap_resource_0rc"), "settings") == 0, "all resources");
}

static void
others(void)
{
	const struct location *l;

	kit_directory("mysql/.local/share/akonadi/db_data/akonadi");
	kit_find_in(&locate_kmail, kit_home("mysql"));
	l = kit_expect("mysql/.local/share/akonadi/db_data", "kmail", "Akonadi", "akonadi", "plain");
	T(l && !l->supported && strstr(l->reason, "MySQL") != NULL, "said so");

	kit_maildir("kde/.kde/share/apps/kmail/mail/inbox");
	kit_write("kde/.kde/share/config/kmailrc", "x");
	kit_maildir("kde/.kde/share/apps/kmail/dimap/.123.directory/INBOX");
	kit_maildir("kde/.var/app/org.kde.kontact/data/local-mail/inbox");
	kit_write("kde/.var/app/org.kde.kontact/data/akonadi/instance/flatpak/akonadi.db", "x");
	kit_find_in(&locate_kmail, kit_home("kde"));
	l = kit_expect("kde/.kde/share/apps/kmail/mail", "kmail", "Local Folders", "maildir", "kmail");
	T(strcmp(kit_role(l, "kde/.kde/share/config/kmailrc"), "settings") == 0, "settings");
	kit_expect("kde/.kde/share/apps/kmail/dimap/.123.directory", "kmail", ".123.directory",
	    "maildir", "kmail");
	l = kit_expect("kde/.var/app/org.kde.kontact/data/local-mail", "kmail", "Local Folders",
	    "maildir", "kmail");
	T(l && strcmp(l->settings, kit_path("kde/.var/app/org.kde.kontact/data/akonadi/instance/"
	    "flatpak")) == 0, "the database of an instance");
	kit_expect("kde/.var/app/org.kde.kontact/data/akonadi/instance/flatpak/akonadi.db", "kmail",
	    "Akonadi", "akonadi", "sqlite");
	T(kit.found.n == 4, "%zu locations", kit.found.n);
}

/* The link of old versions leads to where the socket is bound. */
static void
running(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = kit_path(DATA "akonadi/socket-here/akonadiserver-cmd.socket");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	kit_directory(DATA "akonadi/socket-here");
	memcpy(address.sun_path, path, strlen(path) < sizeof(address.sun_path) ? strlen(path) : 0);
	if (fd < 0 || address.sun_path[0] == '\0' ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		printf("no socket can be bound at %s: running is not tried\n", path);
	else if (access("/proc/net/unix", R_OK) == 0) {
		kit_find(&locate_kmail);
		T(kit.found.items[0].running, "a bound socket");
		close(fd);
		fd = -1;
		kit_find(&locate_kmail);
		T(!kit.found.items[0].running, "one left behind");
	}
	if (fd >= 0)
		close(fd);
}

int
main(void)
{
	accounts();
	others();
	running();
	return kit_done();
}
