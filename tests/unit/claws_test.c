/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/un.h>

#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

static void
claws(void)
{
	const struct location *l;

	kit_write("home/.claws-mail/folderlist.xml",
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<folderlist>\n"
	    "    <folder type=\"mh\" name=\"Mail &amp; more\" path=\"Mail\" sort=\"0\">\n"
	    "        <folderitem type=\"inbox\" name=\"inbox\" path=\"inbox\" />\n    </folder>\n"
	    "    <folder type=\"imap\" name=\"Work\" account_id=\"2\" />\n"
	    "    <folder type=\"mailmbox\" name=\"Boxes\" path=\"boxes\" />\n"
	    "    <folder type=\"maildir\" name=\"Dirs\" path=\"dirs\" />\n"
	    "    <folder type=\"mh\" name=\"Moved\" path=\"/home/old/Documents/Post\" />\n"
	    "    <folder type=\"mh\" name=\"Gone\" path=\"gone\" />\n</folderlist>\n");
	kit_write("home/.claws-mail/accountrc",
	    "[Account: 1]\naccount_name=Work\nreceive_server=imap.example.org\nuser_id=ann\n"
	    "signature_path=~/work.sig\n\n[Account: 2]\naccount_name=Other\n");
	kit_write("home/.claws-mail/clawsrc", "[Common]\n");
	kit_write("home/.claws-mail/matcherrc", "x");
	kit_write("home/.claws-mail/addrbook/addrbook--index.xml", "<x/>");
	kit_write("home/.claws-mail/passwordstorerc", "secret");
	kit_write("home/.claws-mail/imapcache/imap.example.org/ann/INBOX/7", MESSAGE);
	kit_write("home/.claws-mail/imapcache/old.example.org/bob/INBOX/1", MESSAGE);
	kit_write("home/.claws-mail/newscache/news.example.org/group/1", MESSAGE);
	kit_write("home/.claws-mail/RSSyl/Blog/1", MESSAGE);
	kit_write("home/.claws-mail/tempfolder/processing-1/3", MESSAGE);
	kit_write("home/work.sig", "Ann\n");
	kit_write("home/Mail/inbox/1", MESSAGE);
	kit_write("home/boxes/in", SEPARATOR MESSAGE);
	kit_maildir("home/dirs/a");
	kit_directory("home/Documents/Post");
	kit_find(&locate_claws);
	l = kit_expect("home/Mail", "claws-mail", "Mail & more", "mh", "claws");
	T(l && strcmp(l->settings, kit_path("home/.claws-mail")) == 0, "settings");
	T(l && !l->running, "not running");
	T(strcmp(kit_role(l, "home/.claws-mail/matcherrc"), "filters") == 0, "filters");
	T(strcmp(kit_role(l, "home/.claws-mail/addrbook"), "addresses") == 0, "addresses");
	T(strcmp(kit_role(l, "home/work.sig"), "signature") == 0, "signature");
	T(kit_role(l, "home/.claws-mail/passwordstorerc")[0] == '\0', "no passwords");
	kit_expect("home/boxes", "claws-mail", "Boxes", "mbox", "plain");
	kit_expect("home/dirs", "claws-mail", "Dirs", "maildir", "fs");
	kit_expect("home/Documents/Post", "claws-mail", "Moved", "mh", "claws");
	l = kit_expect("home/.claws-mail/imapcache/imap.example.org/ann", "claws-mail", "Work", "mh",
	    "claws");
	T(l && l->kind == LOCATION_IMAP_CACHE, "imap");
	kit_expect("home/.claws-mail/imapcache/old.example.org/bob", "claws-mail",
	    "bob@old.example.org", "mh", "claws");
	l = kit_expect("home/.claws-mail/newscache/news.example.org", "claws-mail",
	    "news.example.org", "mh", "claws");
	T(l && l->kind == LOCATION_NEWS, "news");
	l = kit_expect("home/.claws-mail/RSSyl", "claws-mail", "RSSyl", "mh", "claws");
	T(l && l->kind == LOCATION_FEED, "feeds");
	kit_expect("home/.claws-mail/tempfolder", "claws-mail", "tempfolder", "mh", "claws");
	T(kit.found.n == 9, "%zu locations", kit.found.n);
}

/* In a sandbox, and on Windows, relative paths count from beside the settings. */
static void
elsewhere(void)
{
	const struct location *l;

#define FLATPAK "flat/.var/app/org.claws_mail.Claws-Mail"
	kit_write(FLATPAK "/.claws-mail/folderlist.xml", "<folder type='mh' path='Mail'/>");
	kit_directory(FLATPAK "/Mail");
	kit_find_in(&locate_claws, kit_home("flat"));
	kit_expect(FLATPAK "/Mail", "claws-mail", "Mailbox", "mh", "claws");

	kit_directory("win/Windows/System32/config");
	kit_write("win/Users/Ann/AppData/Roaming/Sylpheed/folderlist.xml",
	    "<folder type=\"mh\" name=\"M\" path=\"Mail\"/>"
	    "<folder type=\"mh\" name=\"N\" path=\"D:\\Mail\"/>"
	    "<folder type=\"mh\" name=\"O\" path=\"c:\\users\\ann\\documents\\post\"/>");
	kit_directory("win/Users/Ann/AppData/Roaming/Sylpheed/Mailboxes/Mail");
	kit_directory("win/Users/Ann/Documents/Post");
	kit_find_in(&locate_claws, kit_home("win/Users/Ann"));
	kit_expect("win/Users/Ann/AppData/Roaming/Sylpheed/Mailboxes/Mail", "sylpheed", "M", "mh",
	    "sylpheed");
	kit_expect("win/Users/Ann/Documents/Post", "sylpheed", "O", "mh", "sylpheed");
	l = kit_expect("D:\\Mail", "sylpheed", "N", "mh", "plain");
	T(l && !l->supported && strstr(l->reason, "another volume") != NULL, "another volume is named");
}

static bool
sylpheed_runs(void)
{
	const struct location *l;

	kit_find_in(&locate_claws, kit_home("syl"));
	l = kit_expect("syl/Mail", "sylpheed", "Mail", "mh", "sylpheed");
	return l && l->running;
}

static void
sylpheed_running(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[sizeof(address.sun_path)];
	int fd;

	kit_write("syl/.sylpheed-2.0/folderlist.xml", "<folder type=\"mh\" name=\"Mail\" path=\"Mail\"/>");
	kit_directory("syl/Mail");
	T(!sylpheed_runs(), "not running");
	/* In a relative path of the test's directory: names of sockets are short. */
	snprintf(name, sizeof(name), "%.80s/sylpheed-%u", t_directory(), (unsigned)getuid());
	memcpy(address.sun_path, name, sizeof(name));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		printf("no socket can be bound at %s: running is not tried\n", name);
	} else if (access("/proc/net/unix", R_OK) == 0) {
		T(sylpheed_runs(), "a bound socket");
	}
	close(fd);
	T(!sylpheed_runs(), "a socket left behind");
}

int
main(void)
{
	claws();
	elsewhere();
	sylpheed_running();
	kit_write("bad/.claws-mail/folderlist.xml",
	    "<folder path=\"\"><folder type=\"mh\" path=\".\"><folder type=\"mh\" path=\"../..\"");
	kit_find_in(&locate_claws, kit_home("bad"));
	T(kit.found.n == 0, "what holds the whole home is no mailbox");
	return kit_done();
}
