/* SPDX-License-Identifier: MIT */
#include "backends/clients/clients.h"
#include "tests/unit/homekit.h"

#define PROFILES "home/Library/Group Containers/UBF8T346G9.Office/Outlook/Outlook 15 Profiles/"
#define IDENTITIES "home/Documents/Microsoft User Data/Office 2011 Identities/"
#define MAILMATE "home/Library/Application Support/MailMate/"

int
main(void)
{
	const struct location *l;

	kit_write(PROFILES "Main Profile/Data/Message Sources/1/x.olk15MsgSource", "x");
	kit_write(PROFILES "Main Profile/Data/Outlook.sqlite", "x");
	kit_write(PROFILES "Exchange/Data/Messages/1/x.olk15Message", "x");
	kit_write(PROFILES "Empty/x", "x");
	kit_write(IDENTITIES "Main Identity/Data Records/Message Sources/0T/x.olk14MsgSource", "x");
	kit_write(MAILMATE "Messages.noindex/IMAP/ann%40x.org@imap.x.org/INBOX.mailbox/Messages/1.eml",
	    MESSAGE);
	kit_write(MAILMATE "Sources.plist", "x");
	kit_find(&locate_outlook_mac);
	T(kit.found.n == 4, "%zu locations", kit.found.n);
	l = kit_expect(PROFILES "Main Profile/Data/Message Sources", "outlook-mac", "Main Profile", "olk",
	    "plain");
	T(strcmp(kit_role(l, PROFILES "Main Profile"), "store") == 0 && l != NULL && !l->running,
	    "kept whole");
	l = kit_expect(PROFILES "Exchange", "outlook-mac", "Exchange", "olk15", "plain");
	T(l != NULL && !l->supported, "without sources");
	kit_expect(IDENTITIES "Main Identity/Data Records/Message Sources", "outlook-mac",
	    "Main Identity", "olk", "plain");
	l = kit_expect(MAILMATE "Messages.noindex/IMAP/ann%40x.org@imap.x.org", "mailmate",
	    "ann@x.org@imap.x.org", "mailmate", "plain");
	T(l != NULL && l->kind == LOCATION_IMAP_CACHE &&
	    strcmp(kit_role(l, MAILMATE "Sources.plist"), "settings") == 0, "settings");
	return kit_done();
}
