/* SPDX-License-Identifier: MIT */
/*
 * What thunderbird.py has Thunderbird do, in privileged JavaScript.  Each
 * call sends this whole file in front of the one line to run.
 */
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const STORES = {
  mbox: "@mozilla.org/msgstore/berkeleystore;1",
  maildir: "@mozilla.org/msgstore/maildirstore;1",
};

/* A promise and the listener that keeps it, whoever asks for which kind. */
function waiting(what) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const end = status =>
    Components.isSuccessCode(status) ? resolve() : reject(new Error(`${what}: 0x${status.toString(16)}`));
  const listener = {
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
    OnStartRunningUrl() {},
    OnStopRunningUrl(url, status) { end(status); },
    onStartCopy() {},
    onProgress() {},
    setMessageKey() {},
    getMessageId() { return null; },
    onStopCopy(status) { end(status); },
  };
  return { promise, listener };
}

function serverOf(user) {
  return MailServices.accounts.allServers.find(s => s.username == user);
}

function rootOf(user) {
  return (user ? serverOf(user) : MailServices.accounts.localFoldersServer).rootFolder;
}

/* names: as the person sees them. */
function folderOf(user, names) {
  return names.reduce((folder, name) => {
    const found = folder.subFolders.find(f => f.localizedName == name || f.name == name);
    if (!found) {
      throw new Error(`no folder ${name} in ${folder.subFolders.map(f => f.name)}`);
    }
    return found;
  }, rootOf(user));
}

function addAccount(type, user, port, store) {
  const server = MailServices.accounts.createIncomingServer(user, "127.0.0.1", type);
  server.port = port;
  server.socketType = Ci.nsMsgSocketType.plain;
  server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  server.password = "secret";
  server.setStringValue("storeContractID", STORES[store]);
  server.doBiff = false;
  server.loginAtStartUp = false;
  if (type == "pop3") {
    server.QueryInterface(Ci.nsIPop3IncomingServer).leaveMessagesOnServer = true;
  }
  const account = MailServices.accounts.createAccount();
  const identity = MailServices.accounts.createIdentity();
  identity.email = `${user}@example.org`;
  account.addIdentity(identity);
  account.incomingServer = server;
}

/* A restart forgets the passwords, which were never saved. */
function login(users) {
  for (const user of users) {
    serverOf(user).password = "secret";
  }
}

async function fetchPop(user) {
  const { promise, listener } = waiting("POP3");
  const server = serverOf(user);
  MailServices.pop3.GetNewMail(null, listener, server.rootFolder.getFolderWithFlags(
    Ci.nsMsgFolderFlags.Inbox) ?? server.rootMsgFolder, server);
  await promise;
}

async function discover(user, count) {
  const server = serverOf(user);
  server.performExpand(null);
  for (let i = 0; i < 300 && server.rootFolder.descendants.length < count; i++) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return server.rootFolder.descendants.map(f => f.name);
}

function isOffline(folder) {
  return [...folder.messages].every(h => h.flags & Ci.nsMsgMessageFlags.Offline);
}

/* Every message of a folder, kept for offline use. */
async function fetchFolder(folder, count) {
  for (let i = 0; i < 100 && folder.getTotalMessages(false) < count; i++) {
    const update = waiting(`update ${folder.name}`);
    folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, update.listener);
    await update.promise;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  folder.setFlag(Ci.nsMsgFolderFlags.Offline);
  for (let i = 0; i < 20 && !isOffline(folder); i++) {
    const download = waiting(`download ${folder.name}`);
    folder.downloadAllForOffline(download.listener, null);
    await download.promise;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  if (folder.getTotalMessages(false) != count || !isOffline(folder)) {
    throw new Error(`${folder.name}: ${folder.getTotalMessages(false)} of ${count}`);
  }
}

/* counts: [[folder names, how many messages], ...] */
async function fetchImap(user, counts) {
  for (const [names, count] of counts) {
    await fetchFolder(folderOf(user, names), count);
  }
}

function makeFolder(user, names) {
  const parent = folderOf(user, names.slice(0, -1));
  parent.QueryInterface(Ci.nsIMsgLocalMailFolder).createLocalSubfolder(names.at(-1));
}

/* Those whose subject begins with one of the numbers. */
function pick(folder, numbers) {
  const wanted = new Set(numbers);
  return [...folder.messages].filter(h => wanted.has(parseInt(h.mime2DecodedSubject)));
}

async function transfer(from, to, numbers, isMove) {
  const { promise, listener } = waiting("copy");
  const folder = folderOf(...from);
  MailServices.copy.copyMessages(folder, pick(folder, numbers), folderOf(...to), isMove, listener,
    null, false);
  await promise;
}

async function remove(where, numbers) {
  const { promise, listener } = waiting("delete");
  const folder = folderOf(...where);
  folder.deleteMessages(pick(folder, numbers), null, false, false, listener, false);
  await promise;
}

function mark(where, numbers, what) {
  const folder = folderOf(...where);
  const headers = pick(folder, numbers);
  if (what == "read" || what == "unread") {
    folder.markMessagesRead(headers, what == "read");
  } else if (what == "starred") {
    folder.markMessagesFlagged(headers, true);
  } else if (what == "replied") {
    headers.forEach(h => folder.addMessageDispositionState(h, Ci.nsIMsgFolder.nsMsgDispositionState_Replied));
  } else if (what == "forwarded") {
    headers.forEach(h => folder.addMessageDispositionState(h, Ci.nsIMsgFolder.nsMsgDispositionState_Forwarded));
  } else {
    folder.addKeywordsToMessages(headers, what);
  }
  return headers.length;
}

function addTag(name) {
  MailServices.tags.addTag(name, "#CC0000", "");
  return MailServices.tags.getKeyForTag(name);
}

async function compact(where) {
  const { promise, listener } = waiting("compact");
  folderOf(...where).compact(listener, null);
  await promise;
}

function rename(where, name) {
  folderOf(...where).rename(name, null);
}

async function raw(folder, header) {
  const uri = folder.getUriForMsg(header);
  const { promise, resolve } = Promise.withResolvers();
  const chunks = [];
  const listener = {
    QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    onStartRequest() {},
    onDataAvailable(request, stream, offset, count) {
      const binary = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
      binary.setInputStream(stream);
      chunks.push(binary.readBytes(count));
    },
    onStopRequest(request, status) { resolve(status); },
  };
  try {
    MailServices.messageServiceFromURI(uri).streamMessage(uri, listener, null, null, false, "", false);
  } catch (error) {
    throw new Error(`${uri} in ${folder.name}: ${error}`);
  }
  setTimeout(() => resolve(Cr.NS_ERROR_NET_TIMEOUT), 20000);
  const status = await promise;
  if (!Components.isSuccessCode(status)) {
    throw new Error(`${uri}: 0x${status.toString(16)}`);
  }
  return btoa(chunks.join(""));
}

function flagsOf(header) {
  const names = { Read: "seen", Replied: "answered", Marked: "flagged", Forwarded: "forwarded",
                  IMAPDeleted: "deleted" };
  return Object.keys(names).filter(n => header.flags & Ci.nsMsgMessageFlags[n]).map(n => names[n]);
}

/* The keys of its tags, and their names as they are shown. */
function tagsOf(header) {
  const names = new Map(MailServices.tags.getAllTags().map(tag => [tag.key, tag.tag]));
  const keys = header.getStringProperty("keywords").split(" ").filter(k => k);
  return keys.concat(keys.filter(k => names.has(k)).map(k => names.get(k)));
}

/* The first contact of a session replaces the folders it knew by those of the server. */
async function settle(user) {
  serverOf(user).performExpand(null);
  await new Promise(resolve => setTimeout(resolve, 2000));
}

/* All that one account holds: its folders, and their messages. */
async function dump(user) {
  const out = [];
  for (const folder of rootOf(user).descendants) {
    if (folder.flags & Ci.nsMsgFolderFlags.Virtual) {
      continue;
    }
    const names = [];
    for (let f = folder; !f.isServer; f = f.parent) {
      names.unshift(f.name);
    }
    const messages = [];
    if (!folder.noSelect) {
      for (const header of folder.messages) {
        messages.push({
          flags: flagsOf(header),
          tags: tagsOf(header),
          raw: await raw(folder, header),
        });
      }
    }
    out.push({ names, messages, noSelect: folder.noSelect, path: folder.filePath.path });
  }
  return out;
}
