#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time mailcask beside other programs and print ratios measured in one run.

  bench.py MAILCASK [--home DIR] [--generator PROGRAM] [--messages N] [--runs N]

--home names a home directory full of mail, which is copied before it is used;
--generator names a program that makes one (called with --out DIR --messages N,
and later with --append K and --touch-flags K).  Without either a small home of
invented mail is made.  restic, borg, notmuch and mu are measured where they are
installed; what is missing is left out.  Absolute times are this machine's: quote
the ratios.
"""
import argparse, mailbox, os, random, resource, shutil, statistics, subprocess, sys, tempfile, time

WORDS = ('harbour invoice meeting Monday the of and please find attached minutes report budget '
         'ship crane north regards thank you tomorrow draft contract signed pier customs').split()


def run(command, env=None, cwd=None):
    """Wall seconds, peak KiB, standard output; stops when the command fails."""
    started = time.monotonic()
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    out = process.stdout.read()
    err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit('bench: %s: %s' % (' '.join(command), err.decode(errors='replace')[-500:]))
    return wall, usage.ru_maxrss, out


def size_of(directory):
    total = 0
    for root, _, files in os.walk(directory):
        total += sum(os.path.getsize(os.path.join(root, name)) for name in files)
    return total


def invent(home, messages):
    """A Maildir and an mbox of invented mail, one message in ten with an attachment."""
    rng = random.Random(1)
    box = mailbox.Maildir(os.path.join(home, 'Maildir'))
    mbox = mailbox.mbox(os.path.join(home, 'mbox'))
    files = [rng.randbytes(rng.randrange(2000, 200000)) for _ in range(max(4, messages // 60))]
    for number in range(messages):
        from email.message import EmailMessage
        message = EmailMessage()
        message['From'] = 'anna%d@example.org' % rng.randrange(50)
        message['To'] = 'pat@example.org'
        message['Subject'] = ' '.join(rng.choices(WORDS, k=4))
        message['Date'] = 'Mon, 02 Mar 2020 %02d:%02d:00 +0000' % (number % 24, number % 60)
        message['Message-ID'] = '<%d@bench.example.org>' % number
        message.set_content('\n'.join(' '.join(rng.choices(WORDS, k=12))
                                      for _ in range(rng.randrange(5, 60))) + '\n')
        if number % 10 == 0:
            message.add_attachment(rng.choice(files), maintype='application',
                                   subtype='octet-stream', filename='file%d.bin' % number)
        (box if number % 3 else mbox).add(message)
    mbox.flush()


class Bench:
    def __init__(self, arguments):
        self.mailcask = os.path.abspath(arguments.mailcask)
        self.work = tempfile.mkdtemp(prefix='mailcask-bench.', dir=arguments.directory)
        self.home = os.path.join(self.work, 'home')
        self.generator = arguments.generator
        self.runs = arguments.runs
        self.peak = 0
        self.rows = []
        if arguments.home:
            shutil.copytree(arguments.home, self.home, symlinks=True)
        elif self.generator:
            command = [self.generator, '--out', self.home, '--messages', str(arguments.messages)]
            run(command + arguments.generator_options.split())
        else:
            os.mkdir(self.home)
            invent(self.home, min(arguments.messages, 3000))
        self.env = dict(os.environ, HOME=self.home, RESTIC_PASSWORD='bench',
                        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK='yes',
                        BORG_BASE_DIR=os.path.join(self.work, 'borg-base'),
                        XDG_CACHE_HOME=os.path.join(self.work, 'cache'))

    def row(self, what, ours, theirs, peer, unit='s'):
        if theirs is None:
            print('%-58s %10.3f %s' % (what, ours, unit))
        else:
            print('%-58s %10.3f %10.3f %s  ratio %.3f to %s' % (what, ours, theirs, unit,
                                                               ours / theirs, peer))
        sys.stdout.flush()

    def ours(self, *words, data='data'):
        command = [self.mailcask, words[0], '--data', os.path.join(self.work, data)]
        wall, peak, out = run(command + list(words[1:]), self.env)
        self.peak = max(self.peak, peak)
        return wall, out

    def restic(self, *words):
        return run(['restic', '-q', '-r', os.path.join(self.work, 'restic')] + list(words),
                   self.env)[0]

    def touch(self, append, flags):
        for option, count in (('--append', append), ('--touch-flags', flags)):
            run([self.generator, '--out', self.home, option, str(count)])

    def measure(self):
        restic = shutil.which('restic')
        home = ('--home', self.home)
        run(['find', self.home, '-type', 'f', '-exec', 'cat', '{}', '+'])
        first, theirs = [], []
        for n in range(self.runs):
            shutil.rmtree(os.path.join(self.work, 'data'), ignore_errors=True)
            shutil.rmtree(os.path.join(self.work, 'restic'), ignore_errors=True)
            first.append(self.ours('backup', *home)[0])
            if restic:
                self.restic('init')
                theirs.append(self.restic('backup', self.home))
        peer = statistics.median(theirs) if restic else None
        self.row('first backup, search index included', statistics.median(first), peer, 'restic')
        if shutil.which('notmuch'):
            config = os.path.join(self.work, 'notmuch.conf')
            tree = self.maildir()
            with open(config, 'w') as f:
                f.write('[database]\npath=%s\n[user]\nname=x\nprimary_email=x@example.org\n'
                        '[new]\ntags=\n' % tree)
            env = dict(self.env, NOTMUCH_CONFIG=config)
            notmuch = run(['notmuch', 'new', '--quiet'], env)[0]
            self.row('first backup, search index included', statistics.median(first), notmuch,
                     'notmuch new')
        archive = os.path.join(self.work, 'data', 'archive')
        size = size_of(archive)
        self.row('archive size', size / 1e6,
                 size_of(os.path.join(self.work, 'restic')) / 1e6 if restic else None, 'restic',
                 'MB')
        self.nights(home, restic)
        self.restore(restic)
        self.search()
        self.row('peak memory of any command', self.peak / 1024, None, None, 'MiB')

    def nights(self, home, restic):
        mine = statistics.median(self.ours('backup', *home)[0] for _ in range(5))
        theirs = None
        if restic:
            theirs = statistics.median(self.restic('backup', self.home) for _ in range(3))
        self.row('next night, nothing changed', mine, theirs, 'restic')
        if not self.generator:
            return
        archive, repository = (os.path.join(self.work, d) for d in ('data/archive', 'restic'))
        mine, theirs, grown, grew = [], [], [], []
        for _ in range(3):
            self.touch(50, 200)
            before = size_of(archive), size_of(repository) if restic else 0
            mine.append(self.ours('backup', *home)[0])
            if restic:
                theirs.append(self.restic('backup', self.home))
                grew.append(size_of(repository) - before[1])
            grown.append(size_of(archive) - before[0])
        median = statistics.median
        self.row('next night, 50 new messages and 200 flags changed', median(mine),
                 median(theirs) if restic else None, 'restic')
        self.row('growth of the archive that night', median(grown) / 1e6,
                 median(grew) / 1e6 if restic else None, 'restic', 'MB')

    def restore(self, restic):
        mine, theirs = [], []
        for n in range(self.runs):
            shutil.rmtree(os.path.join(self.work, 'out'), ignore_errors=True)
            mine.append(self.ours('restore', '--to', os.path.join(self.work, 'out'))[0])
            if restic:
                shutil.rmtree(os.path.join(self.work, 'out2'), ignore_errors=True)
                theirs.append(self.restic('restore', 'latest', '--target',
                                          os.path.join(self.work, 'out2')))
        self.row('restore everything', statistics.median(mine),
                 statistics.median(theirs) if restic else None, 'restic')
        for store in ('.thunderbird', 'Maildir', 'mbox'):
            if os.path.exists(os.path.join(self.home, store)):
                run(['diff', '-r', '-x', 'parent.lock', os.path.join(self.home, store),
                     os.path.join(self.work, 'out', store)])
                print('%-58s identical' % ('  %s restored' % store))

    def maildir(self):
        """The mailboxes as Maildir, for the indexers that read nothing else."""
        tree = os.path.join(self.work, 'as-maildir')
        if not os.path.exists(tree):
            self.ours('restore', '--to', tree, '--format', 'maildir')
        return tree

    def search(self):
        queries = (('two common words', ['please', 'report'], ['please', 'report']),
                   ('subject', ['subject:report'], ['subject:report']),
                   ('sender and years', ['from:pat', 'date:2016..2018'],
                    ['from:pat', 'date:2016..2018']),
                   ('phrase', ['"please find attached"'], ['"please find attached"']))
        peers = []
        tree = self.maildir()
        if shutil.which('notmuch'):
            env = dict(self.env, NOTMUCH_CONFIG=os.path.join(self.work, 'notmuch.conf'))
            peers.append(('notmuch', ['notmuch', 'search', '--output=messages'], env))
        if shutil.which('mu'):
            muhome = os.path.join(self.work, 'mu')
            env = dict(self.env)
            run(['mu', 'init', '--muhome', muhome, '--maildir', tree], env)
            run(['mu', 'index', '-q', '--muhome', muhome], env)
            peers.append(('mu', ['mu', 'find', '--muhome', muhome, '--fields', 'i'], env))
        for name, words, other in queries:
            mine = statistics.median(self.ours('search', *words)[0] for _ in range(9))
            best = None
            for peer, command, env in peers:
                wall = statistics.median(self.quick(command + other, env) for _ in range(9))
                if best is None or wall < best[0]:
                    best = wall, peer
            self.row('search: ' + name, mine * 1000, best[0] * 1000 if best else None,
                     best[1] if best else None, 'ms')

    @staticmethod
    def quick(command, env):
        started = time.monotonic()
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)
        return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('mailcask')
    parser.add_argument('--home')
    parser.add_argument('--generator')
    parser.add_argument('--generator-options', default='')
    parser.add_argument('--messages', type=int, default=60000)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--directory', help='where to work (default: the temporary directory)')
    parser.add_argument('--keep', action='store_true', help='leave the working directory')
    bench = Bench(parser.parse_args())
    try:
        bench.measure()
    finally:
        if '--keep' not in sys.argv:
            shutil.rmtree(bench.work, ignore_errors=True)


if __name__ == '__main__':
    main()
