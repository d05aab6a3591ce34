# SPDX-License-Identifier: MIT
"""Rows of bench.py over a network: SFTP and an object store, servers of
tests/targets on the loopback.  restic speaks Swift's own interface to the
same object store, for it signs uploads to S3 in a way that this store does
not know."""
import os
import subprocess

TARGETS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'targets')


def script(name, *words):
    """What it printed, or None where its server is not installed."""
    with open(os.devnull, 'rb') as nothing:
        done = subprocess.run([os.path.join(TARGETS, name)] + list(words), stdin=nothing,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode == 77:
        print('left out: ' + done.stderr.decode().strip())
        return None
    done.check_returncode()
    return done.stdout.decode().strip()


class Sftp:
    name = 'SFTP'

    def __init__(self, bench):
        self.bench, self.dir = bench, bench.path('sshd')
        self.port = script('sshd.sh', 'start', self.dir)

    def ready(self):
        if not self.port:
            return False
        # Programs find people's homes in the user database too.
        self.config = os.path.join(self.dir, 'ssh_config')
        ssh = os.path.join(self.bench.path('user'), '.ssh')
        os.makedirs(ssh, exist_ok=True)
        with open(os.path.join(self.dir, 'host.pub'), encoding='ascii') as f:
            key = ' '.join(f.read().split()[:2])
        with open(os.path.join(ssh, 'known_hosts'), 'w', encoding='ascii') as f:
            f.write('[127.0.0.1]:%s %s\n' % (self.port, key))
        text = ('Host bench\n\tHostName 127.0.0.1\n\tPort %s\n\tIdentityFile %s/client\n'
                '\tUserKnownHostsFile %s/known_hosts\n' % (self.port, self.dir, ssh))
        for path in (self.config, os.path.join(ssh, 'config')):
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
        return True

    def ours(self, name):
        return 'sftp://bench%s/%s' % (self.dir, name), {}

    def restic(self, name):
        return ['-r', 'sftp:bench:%s/%s' % (self.dir, name), '-o',
                'sftp.command=ssh -F %s -o BatchMode=yes bench -s sftp' % self.config], {}

    def stop(self):
        script('sshd.sh', 'stop', self.dir)


class ObjectStore:
    name = 'an object store'

    def __init__(self, bench):
        self.dir = bench.path('swift')
        self.endpoint = script('swift.sh', 'start', self.dir)

    def ready(self):
        return bool(self.endpoint)

    def ours(self, name):
        script('swift.sh', 'bucket', self.dir, name)
        return 's3://%s/archive?endpoint=%s' % (name, self.endpoint), {
            'AWS_ACCESS_KEY_ID': 'test:tester', 'AWS_SECRET_ACCESS_KEY': 'testing'}

    def restic(self, name):
        return ['-r', 'swift:%s:/' % name], {
            'ST_AUTH': self.endpoint + '/auth/v1.0', 'ST_USER': 'test:tester', 'ST_KEY': 'testing'}

    def stop(self):
        script('swift.sh', 'stop', self.dir)


def first(bench, run, server):
    """First backups, in turn; the URL of our last one and its environment."""
    runs = {program: [] for program in bench.savers() if program != 'borg'}
    for _ in range(bench.options.runs):
        for program in runs:
            name = os.path.basename(bench.new_path('remote-' + program))
            if program == 'mailcask':
                url, env = server.ours(name)
                env = dict(bench.env, **env)
                bench.ours('init', '--quiet', url, data=name, env=env)
                runs[program].append(bench.ours('backup', '--quiet', '--home', bench.home,
                                                '--archive', url, data=name, env=env))
            else:
                words, theirs = server.restic(name)
                theirs = dict(bench.env, **theirs)
                run(['restic', '-q'] + words + ['init'], theirs)
                runs[program].append(run(['restic', '-q'] + words + ['backup', bench.home], theirs))
    bench.compare('first backup to ' + server.name, runs, ('0.8', '0.6'))
    return url, env


def measure(bench, run):
    for kind in (Sftp, ObjectStore):
        server = kind(bench)
        if not server.ready():
            continue
        try:
            url, env = first(bench, run, server)
            fresh = bench.ours('list', '--archive', url, env=env,
                               data=os.path.basename(bench.new_path('machine')))
            bench.row('list on a new machine, from ' + server.name, (fresh.wall,),
                      bounds=('5', '3'))
        finally:
            server.stop()
