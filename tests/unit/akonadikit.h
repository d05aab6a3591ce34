/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_AKONADIKIT_H
#define TESTS_UNIT_AKONADIKIT_H

/* The tables of akonadidb.xml that matter, and a few accounts: 1 lies in
 * files, 2 on a server. */
static const char *const akonadi_sql =
    "CREATE TABLE ResourceTable (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE CollectionTable (id INTEGER PRIMARY KEY, remoteId TEXT, name TEXT, "
    "parentId BIGINT, resourceId BIGINT, isVirtual TINYINT DEFAULT 0);"
    "CREATE TABLE MimeTypeTable (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE CollectionMimeTypeRelation (Collection_id BIGINT, MimeType_id BIGINT);"
    "CREATE TABLE PimItemTable (id INTEGER PRIMARY KEY, rev INTEGER DEFAULT 0, remoteId TEXT, "
    "collectionId BIGINT, mimeTypeId BIGINT, datetime TIMESTAMP, size BIGINT);"
    "CREATE TABLE PartTypeTable (id INTEGER PRIMARY KEY, name TEXT, ns TEXT);"
    "CREATE TABLE PartTable (id INTEGER PRIMARY KEY, pimItemId BIGINT, partTypeId BIGINT, "
    "data BLOB, datasize BIGINT, version INTEGER DEFAULT 0, storage TINYINT DEFAULT 0);"
    "CREATE TABLE FlagTable (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE PimItemFlagRelation (PimItem_id BIGINT, Flag_id BIGINT);"
    "CREATE TABLE TagTable (id INTEGER PRIMARY KEY, gid TEXT);"
    "CREATE TABLE PimItemTagRelation (PimItem_id BIGINT, Tag_id BIGINT);"
    "INSERT INTO ResourceTable VALUES (1, 'akonadi_maildir_resource_0'),"
    " (2, 'akonadi_imap_resource_0'), (3, 'akonadi_search_resource');"
    "INSERT INTO MimeTypeTable VALUES (1, 'message/rfc822'), (2, 'text/calendar');"
    "INSERT INTO CollectionTable VALUES (1, '/x', 'Local', NULL, 1, 0),"
    " (2, 'inbox', 'inbox', 1, 1, 0), (3, 'imap://ann', 'ann@example.org', 0, 2, 0),"
    " (4, '/INBOX', 'INBOX', 3, 2, 0), (5, '/Büro', 'Büro', 4, 2, 0),"
    " (6, '/Dates', 'Dates', 3, 2, 0), (7, NULL, 'Search', NULL, 3, 1);"
    "INSERT INTO CollectionMimeTypeRelation VALUES (2, 1), (4, 1), (5, 1), (6, 2), (7, 1);"
    "INSERT INTO PartTypeTable VALUES (1, 'RFC822', 'PLD'), (2, 'HEAD', 'PLD'),"
    " (3, 'ENVELOPE', 'PLD');"
    "INSERT INTO FlagTable VALUES (1, '\\SEEN'), (2, '\\FLAGGED'), (3, '$TODO'),"
    " (4, '$ATTACHMENT'), (5, '\\ANSWERED');"
    "INSERT INTO TagTable VALUES (1, 'wichtig ü');"
    "INSERT INTO PimItemTable VALUES (1, 0, '1795.R34.vm', 2, 1, '2026-11-23T10:00:00.123', 9),"
    " (2, 0, '17', 4, 1, '2026-11-23T10:00:00', 9), (103, 0, '18', 4, 1, '2026-11-23 10:00:01', 9),"
    " (4, 0, '19', 4, 1, NULL, 9), (5, 0, 'date', 6, 2, NULL, 9);"
    "INSERT INTO PartTable (pimItemId, partTypeId, data, datasize, storage) VALUES"
    " (1, 1, 'Subject: a' || char(10, 10) || 'x', 13, 0),"
    " (2, 2, 'Subject: b', 10, 0), (2, 1, CAST('Subject: b' || char(10, 10, 0) || 'x' AS BLOB), 14, 0),"
    " (103, 1, CAST('1234_r2' AS BLOB), 25, 1), (4, 2, 'Subject: only a head', 20, 0),"
    " (5, 1, 'BEGIN:VCALENDAR', 15, 0);"
    "INSERT INTO PimItemFlagRelation VALUES (1, 3), (1, 5), (2, 1), (2, 2), (2, 4), (103, 1);"
    "INSERT INTO PimItemTagRelation VALUES (1, 1), (103, 1);";

#endif
