/* SPDX-License-Identifier: MIT */
#include "backends/targets/sshlink.h"

#include <errno.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/targets/remote.h"
#include "core/base/file.h"
#include "core/base/library.h"
#include "core/base/mem.h"
#include "core/base/path.h"

static struct {
	LIBRARY_POINTER(ssh_channel_free);
	LIBRARY_POINTER(ssh_channel_is_eof);
	LIBRARY_POINTER(ssh_channel_new);
	LIBRARY_POINTER(ssh_channel_open_session);
	LIBRARY_POINTER(ssh_channel_read_timeout);
	LIBRARY_POINTER(ssh_channel_request_sftp);
	LIBRARY_POINTER(ssh_channel_write);
	LIBRARY_POINTER(ssh_clean_pubkey_hash);
	LIBRARY_POINTER(ssh_connect);
	LIBRARY_POINTER(ssh_disconnect);
	LIBRARY_POINTER(ssh_free);
	LIBRARY_POINTER(ssh_get_error);
	LIBRARY_POINTER(ssh_get_fingerprint_hash);
	LIBRARY_POINTER(ssh_get_publickey_hash);
	LIBRARY_POINTER(ssh_get_server_publickey);
	LIBRARY_POINTER(ssh_key_free);
	LIBRARY_POINTER(ssh_new);
	LIBRARY_POINTER(ssh_options_get);
	LIBRARY_POINTER(ssh_options_get_port);
	LIBRARY_POINTER(ssh_options_parse_config);
	LIBRARY_POINTER(ssh_options_set);
	LIBRARY_POINTER(ssh_session_is_known_server);
	LIBRARY_POINTER(ssh_string_free_char);
	LIBRARY_POINTER(ssh_userauth_none);
	LIBRARY_POINTER(ssh_userauth_publickey_auto);
} libssh;

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(libssh, ssh_channel_free),
	LIBRARY_FUNCTION(libssh, ssh_channel_is_eof),
	LIBRARY_FUNCTION(libssh, ssh_channel_new),
	LIBRARY_FUNCTION(libssh, ssh_channel_open_session),
	LIBRARY_FUNCTION(libssh, ssh_channel_read_timeout),
	LIBRARY_FUNCTION(libssh, ssh_channel_request_sftp),
	LIBRARY_FUNCTION(libssh, ssh_channel_write),
	LIBRARY_FUNCTION(libssh, ssh_clean_pubkey_hash),
	LIBRARY_FUNCTION(libssh, ssh_connect),
	LIBRARY_FUNCTION(libssh, ssh_disconnect),
	LIBRARY_FUNCTION(libssh, ssh_free),
	LIBRARY_FUNCTION(libssh, ssh_get_error),
	LIBRARY_FUNCTION(libssh, ssh_get_fingerprint_hash),
	LIBRARY_FUNCTION(libssh, ssh_get_publickey_hash),
	LIBRARY_FUNCTION(libssh, ssh_get_server_publickey),
	LIBRARY_FUNCTION(libssh, ssh_key_free),
	LIBRARY_FUNCTION(libssh, ssh_new),
	LIBRARY_FUNCTION(libssh, ssh_options_get),
	LIBRARY_FUNCTION(libssh, ssh_options_get_port),
	LIBRARY_FUNCTION(libssh, ssh_options_parse_config),
	LIBRARY_FUNCTION(libssh, ssh_options_set),
	LIBRARY_FUNCTION(libssh, ssh_session_is_known_server),
	LIBRARY_FUNCTION(libssh, ssh_string_free_char),
	LIBRARY_FUNCTION(libssh, ssh_userauth_none),
	LIBRARY_FUNCTION(libssh, ssh_userauth_publickey_auto),
	{ NULL, NULL }
};

static struct library library = { "libssh.so.4", "libssh-4", functions, false };

#define ssh_channel_free libssh.ssh_channel_free
#define ssh_channel_is_eof libssh.ssh_channel_is_eof
#define ssh_channel_new libssh.ssh_channel_new
#define ssh_channel_open_session libssh.ssh_channel_open_session
#define ssh_channel_read_timeout libssh.ssh_channel_read_timeout
#define ssh_channel_request_sftp libssh.ssh_channel_request_sftp
#define ssh_channel_write libssh.ssh_channel_write
#define ssh_clean_pubkey_hash libssh.ssh_clean_pubkey_hash
#define ssh_connect libssh.ssh_connect
#define ssh_disconnect libssh.ssh_disconnect
#define ssh_free libssh.ssh_free
#define ssh_get_error libssh.ssh_get_error
#define ssh_get_fingerprint_hash libssh.ssh_get_fingerprint_hash
#define ssh_get_publickey_hash libssh.ssh_get_publickey_hash
#define ssh_get_server_publickey libssh.ssh_get_server_publickey
#define ssh_key_free libssh.ssh_key_free
#define ssh_new libssh.ssh_new
#define ssh_options_get libssh.ssh_options_get
#define ssh_options_get_port libssh.ssh_options_get_port
#define ssh_options_parse_config libssh.ssh_options_parse_config
#define ssh_options_set libssh.ssh_options_set
#define ssh_session_is_known_server libssh.ssh_session_is_known_server
#define ssh_string_free_char libssh.ssh_string_free_char
#define ssh_userauth_none libssh.ssh_userauth_none
#define ssh_userauth_publickey_auto libssh.ssh_userauth_publickey_auto

#define HANDSHAKE_SECONDS 20            /* for keys to be agreed on */
#define WRITE_STEP ((size_t)256 * 1024)

struct sshlink {
	ssh_session session;
	ssh_channel channel;
};

/* What libssh says, and what to do is said by the caller. */
static int
fail_ssh(struct sshlink *l, struct error *err, const char *what)
{
	return fail(err, ERR_UNREACHABLE, "%s: %s", what, ssh_get_error(l->session));
}

static int
configure(struct sshlink *l, const char *user, const char *host, unsigned port, struct arena *a,
    struct error *err)
{
	const char *home = remote_variable("HOME"), *directory;
	long seconds = HANDSHAKE_SECONDS;
	int level = SSH_LOG_NOLOG;

	ssh_options_set(l->session, SSH_OPTIONS_LOG_VERBOSITY, &level);
	if (ssh_options_set(l->session, SSH_OPTIONS_HOST, host) < 0)
		return fail(err, ERR_USAGE, "%s: not a host's name", host);
	/* What the URL says goes before what the configuration says: libssh
	 * keeps an option that is set. */
	if (user != NULL && ssh_options_set(l->session, SSH_OPTIONS_USER, user) < 0)
		return fail(err, ERR_USAGE, "%s: not a user's name", user);
	if (port != 0)
		ssh_options_set(l->session, SSH_OPTIONS_PORT, &port);
	if (home != NULL) {
		directory = path_join(a, home, ".ssh");
		ssh_options_set(l->session, SSH_OPTIONS_SSH_DIR, directory);
		/* One that is not there is none. */
		ssh_options_parse_config(l->session, path_join(a, directory, "config"));
	}
	ssh_options_parse_config(l->session, "/etc/ssh/ssh_config");
	if (user != NULL)
		ssh_options_set(l->session, SSH_OPTIONS_USER, user);
	if (port != 0)
		ssh_options_set(l->session, SSH_OPTIONS_PORT, &port);
	ssh_options_set(l->session, SSH_OPTIONS_TIMEOUT, &seconds);
	return 0;
}

/* A socket that is connected, or -1 with errno. */
static int
connect_to(const struct addrinfo *a, unsigned ms)
{
	struct pollfd p = { .fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, a->ai_protocol), .events = POLLOUT };
	int number = 0, flags;
	socklen_t n = sizeof(number);

	if (p.fd < 0)
		return -1;
	if (connect(p.fd, a->ai_addr, a->ai_addrlen) < 0 && errno != EINPROGRESS)
		number = errno;
	else if (poll(&p, 1, (int)ms) <= 0)
		number = ETIMEDOUT;
	else if (getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &number, &n) < 0)
		number = errno;
	flags = fcntl(p.fd, F_GETFL);
	if (number == 0 && (flags < 0 || fcntl(p.fd, F_SETFL, flags & ~O_NONBLOCK) < 0))
		number = errno;
	if (number == 0)
		return p.fd;
	close(p.fd);
	errno = number;
	return -1;
}

/*
 * Reach the machine before libssh does, whose one time limit is for the
 * connection and for all that follows: a machine that is not there has to be
 * known for that soon, and one that is has all the time it needs.  Where a
 * program makes the connection (ProxyCommand, ProxyJump) it is left to libssh.
 */
static int
reach(struct sshlink *l, struct error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL, *a;
	char *host = NULL, *proxy = NULL, service[16];
	unsigned port = 22;
	int fd = -1, rc;

	if (ssh_options_get(l->session, SSH_OPTIONS_PROXYCOMMAND, &proxy) == SSH_OK) {
		ssh_string_free_char(proxy);
		return 0;
	}
	ssh_options_get_port(l->session, &port);
	snprintf(service, sizeof(service), "%u", port);
	if (ssh_options_get(l->session, SSH_OPTIONS_HOST, &host) != SSH_OK)
		return fail(err, ERR_USAGE, "no host is named");
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc != 0) {
		fail(err, ERR_UNREACHABLE, "%s: %s", host, gai_strerror(rc));
	} else {
		for (a = list; a != NULL && fd < 0; a = a->ai_next)
			fd = connect_to(a, remote_connect_ms());
		if (fd < 0)
			fail_errno(err, "%s: connect", host);
		err->code = ERR_UNREACHABLE;
		freeaddrinfo(list);
	}
	ssh_string_free_char(host);
	if (fd < 0)
		return -1;
	/* The session's from here on. */
	ssh_options_set(l->session, SSH_OPTIONS_FD, &fd);
	return 0;
}

static void
add_fingerprint(struct sshlink *l, struct buf *out)
{
	ssh_key key = NULL;
	unsigned char *hash = NULL;
	char *text = NULL;
	size_t n;

	if (ssh_get_server_publickey(l->session, &key) == SSH_OK &&
	    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == 0)
		text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	buf_add_string(out, text != NULL ? text : "unknown");
	ssh_string_free_char(text);
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
}

/* "-p 2222 " where the port is not ssh's. */
static const char *
port_option(struct sshlink *l, struct arena *a, const char *option)
{
	unsigned port = 22;

	ssh_options_get_port(l->session, &port);
	return port == 22 ? "" : arena_format(a, "%s %u ", option, port);
}

static int
check_host(struct sshlink *l, const char *host, struct arena *a, struct error *err)
{
	struct buf print = BUF_EMPTY;
	int rc = -1;

	add_fingerprint(l, &print);
	switch (ssh_session_is_known_server(l->session)) {
	case SSH_KNOWN_HOSTS_OK:
		rc = 0;
		break;
	case SSH_KNOWN_HOSTS_CHANGED:
	case SSH_KNOWN_HOSTS_OTHER:
		fail(err, ERR_UNREACHABLE, "%s: the host key has changed to %s: either the machine "
		    "was set up anew, or somebody stands between; nothing was sent. If you know "
		    "that the new key is right, \"ssh-keygen -R %s\" forgets the old one and "
		    "\"ssh %s%s\" takes the new", host, buf_text(&print), host,
		    port_option(l, a, "-p"), host);
		break;
	case SSH_KNOWN_HOSTS_UNKNOWN:
	case SSH_KNOWN_HOSTS_NOT_FOUND:
		fail(err, ERR_UNREACHABLE, "%s: the host key %s is not in ~/.ssh/known_hosts; "
		    "log in once with \"ssh %s%s\", compare the fingerprint, and accept it", host,
		    buf_text(&print), port_option(l, a, "-p"), host);
		break;
	default:
		fail(err, ERR_UNREACHABLE, "%s: ~/.ssh/known_hosts cannot be read: %s", host,
		    ssh_get_error(l->session));
	}
	buf_free(&print);
	return rc;
}

/* Keys of the agent, then those of the configuration, then the default ones. */
static int
log_in(struct sshlink *l, const char *host, struct error *err)
{
	char *user = NULL;
	int rc = ssh_userauth_none(l->session, NULL);

	if (rc != SSH_AUTH_SUCCESS && rc != SSH_AUTH_ERROR)
		rc = ssh_userauth_publickey_auto(l->session, NULL, NULL);
	if (rc == SSH_AUTH_SUCCESS)
		return 0;
	if (rc == SSH_AUTH_ERROR)
		return fail_ssh(l, err, host);
	ssh_options_get(l->session, SSH_OPTIONS_USER, &user);
	fail(err, ERR_UNREACHABLE, "%s: it takes none of the keys for %s; the agent (ssh-add) or "
	    "a key without passphrase in ~/.ssh must open it, as \"ssh -o BatchMode=yes %s\" shows",
	    host, user != NULL ? user : "this user", host);
	ssh_string_free_char(user);
	return -1;
}

int
sshlink_open(const char *user, const char *host, unsigned port, struct sshlink **out,
    bool *again, struct error *err)
{
	struct sshlink *l = mem_alloc(sizeof(*l));
	struct arena a = ARENA_EMPTY;
	long seconds = REMOTE_SILENCE_MS / 1000;
	int rc = -1;

	*again = false;
	if (library_load(&library, err) < 0)
		goto out;
	l->session = ssh_new();
	if (l->session == NULL) {
		fail(err, ERR_SYSTEM, "libssh does not start");
		goto out;
	}
	if (configure(l, user, host, port, &a, err) < 0)
		goto out;
	*again = true;
	if (reach(l, err) < 0)
		goto out;
	if (ssh_connect(l->session) != SSH_OK) {
		fail_ssh(l, err, host);
		goto out;
	}
	*again = false;
	ssh_options_set(l->session, SSH_OPTIONS_TIMEOUT, &seconds);
	if (check_host(l, host, &a, err) < 0 || log_in(l, host, err) < 0)
		goto out;
	l->channel = ssh_channel_new(l->session);
	if (l->channel == NULL || ssh_channel_open_session(l->channel) != SSH_OK ||
	    ssh_channel_request_sftp(l->channel) != SSH_OK) {
		fail(err, ERR_UNREACHABLE, "%s: the machine offers no SFTP: %s", host,
		    ssh_get_error(l->session));
		goto out;
	}
	rc = 0;

out:
	arena_free(&a);
	if (rc < 0)
		sshlink_close(l);
	else
		*out = l;
	return rc;
}

int
sshlink_write(struct sshlink *l, struct slice s, struct error *err)
{
	size_t n;
	int done;

	while (s.n > 0) {
		n = s.n < WRITE_STEP ? s.n : WRITE_STEP;
		done = ssh_channel_write(l->channel, s.p, (uint32_t)n);
		if (done <= 0)
			return fail_ssh(l, err, "the line broke");
		s = slice_from(s, (size_t)done);
	}
	return 0;
}

int
sshlink_read(struct sshlink *l, void *p, size_t n, struct error *err)
{
	unsigned char *at = p;
	int got;

	while (n > 0) {
		got = ssh_channel_read_timeout(l->channel, at, (uint32_t)n, 0,
		    (int)REMOTE_SILENCE_MS);
		if (got < 0)
			return fail_ssh(l, err, "the line broke");
		if (got == 0)
			return fail(err, ERR_UNREACHABLE, ssh_channel_is_eof(l->channel) ?
			    "the other side hung up" : "no answer for a minute");
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

void
sshlink_close(struct sshlink *l)
{
	if (l == NULL)
		return;
	if (l->channel != NULL)
		ssh_channel_free(l->channel);
	if (l->session != NULL) {
		ssh_disconnect(l->session);
		ssh_free(l->session);
	}
	mem_free(l);
}
