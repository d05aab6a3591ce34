/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_FORMATS_FORMATS_H
#define BACKENDS_FORMATS_FORMATS_H

#include "core/port/format.h"

/*
 * Every format, one line each.  A location's layout says how folders lie in
 * it; where the word is none of these, open() finds out by looking:
 *
 *	mbox     "plain"      one file (.gz and .zst too), or a directory tree of them
 *	         "mozilla"    a Thunderbird account: Inbox, Inbox.msf, Inbox.sbd/
 *	maildir  "maildir++"  folders are ".A.B" beside cur, new and tmp
 *	         "fs"         folders are directories in directories, or lie in
 *	                      ".A.directory" beside A (KMail)
 *	         "mozilla"    a Thunderbird account of the maildir type
 *	         "evolution"  maildir++, with folders.db in settings
 *	         "kmail", "kmail-folder"  see kmail.h; akonadi.db in settings
 *	mh       "plain"      .mh_sequences holds the flags
 *	         "claws"      .claws_mark does; tagsrc and tagsdb lie in settings
 *	         "sylpheed"   .sylpheed_mark does
 *	         "gnus"       .newsrc.eld in settings does
 *	eml      "plain"      one file, or a directory tree of .eml and mbox files and Maildirs
 *	emlx     "plain"      Apple Mail's: see emlxtree.h; one file, or any
 *	                      directory of them
 *	olk      "plain"      Outlook for Mac's message sources: see olk.c
 *	mailmate "plain"      A.mailbox/Messages/1.eml, a mailbox in it A.mailbox/B.mailbox
 *	gyb, gmvault, proton "plain"  exports of a server's mailbox: see exporttree.h
 *	pst      "plain"      an Outlook data file: .pst, .ost
 *	dbx      "plain"      a folder of Outlook Express (.dbx, its version 4: .mbx), or
 *	                      the directory of an identity with all of them
 *	         "cp1251" …   the same: names in Folders.dbx are in that code page
 *	msg      "plain"      one of Outlook's .msg files, or winmail.dat, or a
 *	                      directory tree of them, and of what eml reads
 *	archive  "plain"      a .zip, .tar, .tar.gz, .tar.zst … of such a tree
 *	evolution "imap", "pop", "1.x"  see evolution.c
 *	akonadi  "sqlite"     Akonadi's database, for what lies nowhere else
 *	geary    "sqlite"     geary.db of one account
 *	mbx      "plain"      one file of c-client's: mbx, mtx, tenex
 *	babyl    "plain"      one file of Rmail's
 *	mix      "plain"      one directory of c-client's
 *	sdbox, mdbox "plain"  a user's mail of Dovecot's
 *	tbb      "plain"      a directory of The Bat!, or one of its .TBB files
 *	pegasus  "plain"      a mail directory of Pegasus Mail, or one .PMM file
 *	becky    "plain"      a mailbox of Becky!, or one .bmf file
 *	eudora   "plain"      a mail directory of Eudora, or one of its mbox files
 *	em-client "plain"     an account of eM Client
 *	incredimail "plain"   a Message Store of IncrediMail
 *	mbs      "plain"      an account of Opera Mail
 *	foxmail  "plain"      an account of Foxmail up to version 6, or one .BOX file
 */
extern const struct format_ops format_mbox;
extern const struct format_ops format_maildir;
extern const struct format_ops format_mh;
extern const struct format_ops format_eml;
extern const struct format_ops format_archive;
extern const struct format_ops format_evolution;
extern const struct format_ops format_akonadi;
extern const struct format_ops format_geary;
extern const struct format_ops format_mbx;
extern const struct format_ops format_mix;
extern const struct format_ops format_babyl;
extern const struct format_ops format_sdbox;
extern const struct format_ops format_mdbox;
extern const struct format_ops format_pst;
extern const struct format_ops format_msg;
extern const struct format_ops format_dbx;
extern const struct format_ops format_emlx;
extern const struct format_ops format_mailmate;
extern const struct format_ops format_olk;
extern const struct format_ops format_gyb;
extern const struct format_ops format_gmvault;
extern const struct format_ops format_proton;
extern const struct format_ops format_tbb;
extern const struct format_ops format_pegasus;
extern const struct format_ops format_becky;
extern const struct format_ops format_foxmail;
extern const struct format_ops format_eudora;
extern const struct format_ops format_mbs;
extern const struct format_ops format_emclient;
extern const struct format_ops format_incredimail;

/*
 *	mbox     A/B.mbox; mboxrd quoting; flags in Status and X-Status
 *	maildir  Maildir++, names in modified UTF-7 as Dovecot and Courier read
 *	         them; INBOX is the directory itself
 *	evolution, kmail  Maildirs as these lay them out: see maildirwriter.c
 *	mh       A/B/1; flags in .mh_sequences
 *	eml      A/B/2026-11-23 subject.eml; flags have no place there
 *	emlx     A/B.mbox/Messages/1.emlx; flags in its property list
 */
extern const struct writer_ops writer_mbox;
extern const struct writer_ops writer_maildir;
extern const struct writer_ops writer_evolution;
extern const struct writer_ops writer_kmail;
extern const struct writer_ops writer_mh;
extern const struct writer_ops writer_eml;
extern const struct writer_ops writer_emlx;

/* Put the tree below directory into a new .zip, .tar, .tar.gz, .tgz or
 * .tar.zst, told from the suffix of out_path (anything else is ERR_USAGE).
 * Names are sorted, owners left out: the same tree gives the same bytes.
 * ERR_EXISTS rather than replacing a file; a half-written one is removed. */
int archive_write_tree(const char *directory, const char *out_path, struct error *err);
/* Would archive_write_tree() know that suffix? */
bool archive_can_write(const char *out_path);

#endif
