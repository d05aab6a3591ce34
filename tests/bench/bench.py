#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Time mailcask beside other programs and print ratios measured in one run.

  make bench                          a small home of invented mail, a few minutes
  make bench BENCH='--generator PROGRAM --messages 60000'
  make bench BENCH='--home DIR'

where the mail comes from:
  (nothing)            invented: a Maildir and a Thunderbird profile, a tenth with
                       attachments, each sent about three times; --messages says how many (3000)
  --generator PROGRAM  a program that makes a home: it is called with --out DIR
                       --messages N, with --little-duplication and --seed 5 for the
                       second home, later with --append K and --touch-flags K
  --home DIR           a home full of mail, which is copied, with DIR.perf-state.json
                       if there is one.  With --generator as well, that program
                       changes the copy from night to night; without, those rows
                       are left out
how:
  --runs N             pairs of runs of what takes long: first backup, nights with new
                       mail, restore (3)
  --without A,B        programs not to measure, though they are installed; an index by
                       notmuch or mu takes minutes where mailcask takes seconds
  --directory DIR      where to work (default: the temporary directory).  Wants about
                       ten times the size of the home
  --keep               leave the working directory there
  --remote-only        only the rows over a network

restic, borg, notmuch and mu are measured where they are installed.  Programs that are
compared run in turn, so that a busy machine is busy for both; the figure is the median.
Each row gives seconds, the other's seconds, their ratio and in brackets the ratio of
processor time, which other work on the machine disturbs less.  Quote ratios: absolute
times are this machine's.
"""
import argparse
import mailbox
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage

sys.dont_write_bytecode = True         # beside the sources
import remote  # noqa: E402

WORDS = ('harbour invoice meeting Monday the of and please find attached minutes report budget '
         'ship crane north regards thank you tomorrow draft contract signed pier customs').split()
SHORT_RUNS = 9          # of what takes milliseconds
QUERIES = (             # the same words for all three programs
    ('two common words', ['please', 'report']),
    ('subject', ['subject:report']),
    ('sender and years', ['from:example.org', 'date:2016..2018']),
    ('phrase', ['"thank you"']),
)


class Run:
    """A command that ended well: wall and processor seconds, peak MiB, its output."""

    def __init__(self, command, env=None, cwd=None, fine=(0,)):
        started = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(command, env=env, cwd=cwd, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            self.out = out.read()
            if process.returncode not in fine:
                sys.exit('bench: %s: %s' % (' '.join(command), err.read()[-500:].decode('utf-8', 'replace')))
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024


def size_of(directory):
    total = 0
    for root, _, files in os.walk(directory):
        total += sum(os.path.getsize(os.path.join(root, name)) for name in files)
    return total / 1e6


class Invented:
    """A home of invented mail, and what happens to it between two nights."""

    def __init__(self, home, messages, little_duplication=False, seed=1):
        self.rng = random.Random(seed)
        self.number = 0
        self.little_duplication = little_duplication
        self.files = [self.file() for _ in range(max(4, messages // 30))]
        profile = os.path.join(home, '.thunderbird', 'bench.default')
        self.mbox = os.path.join(profile, 'Mail', 'Local Folders', 'Inbox')
        os.makedirs(os.path.dirname(self.mbox))
        with open(os.path.join(home, '.thunderbird', 'profiles.ini'), 'w', encoding='ascii') as f:
            f.write('[Profile0]\nName=default\nIsRelative=1\nPath=bench.default\nDefault=1\n')
        open(os.path.join(profile, 'prefs.js'), 'wb').close()
        maildir = mailbox.Maildir(os.path.join(home, 'Maildir'))
        for n in range(messages):
            if n % 3:
                maildir.add(self.message().as_bytes())
            else:
                self.append(1)

    def file(self):
        """Half text, half noise: about as a document presses."""
        noise = self.rng.randbytes(self.rng.randrange(1000, 100000))
        return noise + ' '.join(self.rng.choices(WORDS, k=len(noise) // 7)).encode()

    def message(self):
        message = EmailMessage()
        message['From'] = 'anna%d@example.org' % self.rng.randrange(50)
        message['To'] = 'pat@example.org'
        message['Subject'] = ' '.join(self.rng.choices(WORDS, k=4))
        message['Date'] = 'Mon, 02 Mar %d %02d:%02d:00 +0000' % (
            2015 + self.number % 8, self.number % 24, self.number % 60)
        message['Message-ID'] = '<%d@bench.example.org>' % self.number
        message.set_content('\n'.join(
            ' '.join(self.rng.choices(WORDS, k=11)) + ' %x' % self.rng.randrange(1 << 32)
            for _ in range(self.rng.randrange(5, 60))) + '\n')
        if self.number % 10 == 0:
            data = self.file() if self.little_duplication else self.rng.choice(self.files)
            message.add_attachment(data, maintype='application', subtype='octet-stream',
                                   filename='file%d.bin' % self.number)
        self.number += 1
        return message

    def append(self, count):
        with open(self.mbox, 'ab') as out:
            for _ in range(count):
                out.write(b'From - Mon Mar  2 10:00:00 2020\nX-Mozilla-Status: 0000\n'
                          b'X-Mozilla-Status2: 00000000\n' + self.message().as_bytes() + b'\n')

    def touch_flags(self, count):
        with open(self.mbox, 'r+b') as box:
            at, offsets = 0, []
            for line in box:
                if line == b'X-Mozilla-Status: 0000\n':
                    offsets.append(at + len(line) - 5)
                at += len(line)
            for offset in self.rng.sample(offsets, min(count, len(offsets))):
                box.seek(offset)
                box.write(b'0001')


def halve(home):
    """Delete about half of the mail, as a person would: later messages of an mbox, every
    second file of other folders."""
    for root, _, files in os.walk(home):
        for number, name in enumerate(sorted(files)):
            path = os.path.join(root, name)
            with open(path, 'rb') as f:
                is_mbox = f.read(5) == b'From '
            if os.path.basename(root) in ('cur', 'new') or name.isdigit():
                if number % 2:
                    os.remove(path)
            elif is_mbox:
                with open(path, 'r+b') as f:
                    f.seek(os.path.getsize(path) // 2)
                    at = f.read().find(b'\nFrom ')
                    if at >= 0:
                        f.truncate(os.path.getsize(path) // 2 + at + 1)


class Generated:
    """The same from a program of its own; without one the home stays as it is."""

    def __init__(self, program, home):
        self.program, self.home = program, home

    def append(self, count):
        Run([self.program, '--out', self.home, '--append', str(count)])

    def touch_flags(self, count):
        Run([self.program, '--out', self.home, '--touch-flags', str(count)])


class Bench:
    def __init__(self, options):
        self.options = options
        self.mailcask = os.path.abspath(options.mailcask)
        self.work = tempfile.mkdtemp(prefix='mailcask-bench.', dir=options.directory)
        self.home = self.path('home')
        self.peaks = {}
        self.fresh = 0
        without = options.without.split(',')
        self.has = {name: shutil.which(name) is not None and name not in without
                    for name in ('restic', 'borg', 'notmuch', 'mu')}
        self.env = dict(os.environ, HOME=self.path('user'), RESTIC_PASSWORD='bench',
                        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK='yes',
                        BORG_RELOCATED_REPO_ACCESS_IS_OK='yes',
                        BORG_BASE_DIR=self.path('borg-base'), XDG_CACHE_HOME=self.path('cache'),
                        NOTMUCH_CONFIG=self.path('notmuch.conf'))
        os.mkdir(self.path('user'))

    def path(self, name):
        return os.path.join(self.work, name)

    def new_path(self, name):
        """One that never stood there: the system is slow to make files anew."""
        self.fresh += 1
        return self.path('%s%d' % (name, self.fresh))

    def make_home(self):
        o = self.options
        if o.home:
            shutil.copytree(o.home, self.home, symlinks=True)
            if os.path.exists(o.home + '.perf-state.json'):
                shutil.copy(o.home + '.perf-state.json', self.home + '.perf-state.json')
        elif o.generator:
            Run([o.generator, '--out', self.home, '--messages', str(o.messages or 60000)])
        else:
            return Invented(self.home, o.messages or 3000)
        return Generated(o.generator, self.home) if o.generator else None

    # ---- The programs ----

    def ours(self, *words, data='data', env=None):
        command = [self.mailcask, words[0], '--data', self.path(data)]
        run = Run(command + list(words[1:]), env or self.env, fine=(0, 3))
        name = words[0] + (' --read-data' if '--read-data' in words else '')
        self.peaks[name] = max(self.peaks.get(name, 0), run.peak)
        return run

    def backup(self, program, home, repository):
        if program == 'mailcask':
            return self.ours('backup', '--quiet', '--home', home, data=repository)
        if program == 'restic':
            return Run(['restic', '-q', '-r', self.path(repository), 'backup', home], self.env)
        return Run(['borg', 'create', '-C', 'zstd,3', self.path(repository) + '::{now:%s%f}', home],
                   self.env)

    def restore(self, program, repository):
        to = self.new_path('out')
        if program == 'mailcask':
            return self.ours('restore', '--quiet', '--to', to, data=repository), to
        if program == 'restic':
            return Run(['restic', '-q', '-r', self.path(repository), 'restore', 'latest',
                        '--target', to], self.env), to
        os.mkdir(to)
        archive = Run(['borg', 'list', '--short', '--last', '1', self.path(repository)], self.env)
        return Run(['borg', 'extract', self.path(repository) + '::' + archive.out.decode().strip()],
                   self.env, cwd=to), to

    def repository(self, program):
        """A new and empty one; ours makes itself."""
        name = os.path.basename(self.new_path(program))
        if program == 'restic':
            Run(['restic', '-q', '-r', self.path(name), 'init'], self.env)
        elif program == 'borg':
            Run(['borg', 'init', '-e', 'none', self.path(name)], self.env)
        return name

    def stored(self, program, repository):
        return size_of(self.path(os.path.join(repository, 'archive')
                                 if program == 'mailcask' else repository))

    # ---- The table ----

    def row(self, what, ours, theirs=None, peer='', unit='s', bounds=None):
        line = '%-46s %9.3f' % (what, ours[0])
        if theirs:
            line += ' %9.3f %-3s %-8s ratio %.3f' % (theirs[0], unit, peer, ours[0] / theirs[0])
            if len(ours) > 1:
                line += ' (%.3f)' % (ours[1] / theirs[1])
        else:
            line += ' %9s %-3s' % ('', unit)
        print(line + ('   at most %s, aim %s' % bounds if bounds else ''), flush=True)

    def compare(self, what, runs, bounds):
        """runs: program → its Runs."""
        median = {p: (statistics.median(r.wall for r in rs), statistics.median(r.cpu for r in rs))
                  for p, rs in runs.items() if rs}
        peers = [p for p in median if p != 'mailcask']
        for peer in peers:
            self.row(what, median['mailcask'], median[peer], peer,
                     bounds=bounds if peer == 'restic' else None)
        if not peers:
            self.row(what, median['mailcask'])

    def savers(self):
        return ['mailcask'] + [p for p in ('restic', 'borg') if self.has[p]]

    def sizes(self, what, repositories, bounds):
        sizes = {p: self.stored(p, r) for p, r in repositories.items()}
        for peer in [p for p in sizes if p != 'mailcask'] or [None]:
            self.row(what, (sizes['mailcask'],), peer and (sizes[peer],), peer, 'MB',
                     bounds if peer == 'restic' else None)

    def first(self):
        runs = {p: [] for p in self.savers()}
        repositories = {}
        # Into the system's cache.
        Run(['find', self.home, '-type', 'f', '-exec', 'cksum', '{}', '+'])
        for _ in range(self.options.runs):
            for program in runs:
                repositories[program] = self.repository(program)
                runs[program].append(self.backup(program, self.home, repositories[program]))
        self.compare('first backup, search index included', runs, ('1.0', '0.6'))
        self.sizes('archive size', repositories, ('0.60', '0.50'))
        self.first_runs = runs['mailcask']
        return repositories

    def encrypted(self):
        """In turn with plain ones; then what reads it, for the memory."""
        runs = {'encrypted': [], 'plain': []}
        for _ in range(self.options.runs):
            name = os.path.basename(self.new_path('mailcask'))
            key = self.path(name + '.key')
            self.ours('init', '--quiet', '--encrypt', '--identity', key, data=name)
            runs['encrypted'].append(self.backup('mailcask', self.home, name))
            plain = self.repository('mailcask')
            runs['plain'].append(self.backup('mailcask', self.home, plain))
            shutil.rmtree(self.path(plain))
        ours, theirs = [(statistics.median(r.wall for r in rs), statistics.median(r.cpu for r in rs))
                        for rs in runs.values()]
        self.row('first backup, encrypted against plain', ours, theirs, 'plain',
                 bounds=('1.15', '1.05'))
        self.ours('check', '--read-data', '--identity', key, data=name)
        self.ours('restore', '--quiet', '--identity', key, '--to', self.new_path('out'), data=name)

    def little_duplication(self):
        o, home = self.options, self.path('little')
        if o.generator:
            Run([o.generator, '--out', home, '--messages', str((o.messages or 60000) // 3),
                 '--little-duplication', '--seed', '5'])
        elif o.home:
            return
        else:
            Invented(home, (o.messages or 3000) // 3, True, 5)
        repositories = {p: self.repository(p) for p in self.savers()}
        for program, repository in repositories.items():
            self.backup(program, home, repository)
        self.sizes('archive size, little duplication', repositories, ('0.75', '0.66'))

    def nights(self, repositories, changes):
        runs = {p: [self.backup(p, self.home, r) for _ in range(3 if p != 'mailcask' else SHORT_RUNS)]
                for p, r in repositories.items()}
        self.compare('next night, nothing changed', runs, ('0.10', '0.03'))
        if changes is None:
            return
        runs = {p: [] for p in repositories}
        grown = {p: [] for p in repositories}
        for _ in range(self.options.runs):
            changes.append(50)
            changes.touch_flags(200)
            for program, repository in repositories.items():
                before = self.stored(program, repository)
                runs[program].append(self.backup(program, self.home, repository))
                grown[program].append(self.stored(program, repository) - before)
        self.compare('next night, 50 new messages, 200 flags', runs, ('0.30', '0.10'))
        median = statistics.median
        for peer in [p for p in grown if p != 'mailcask'] or [None]:
            self.row('growth of the archive that night', (median(grown['mailcask']),),
                     peer and (median(grown[peer]),), peer, 'MB', ('2 MB', '0.8 MB'))

    def restores(self, repositories):
        runs = {p: [] for p in repositories}
        for _ in range(self.options.runs):
            for program, repository in repositories.items():
                run, to = self.restore(program, repository)
                runs[program].append(run)
                if program == 'mailcask':
                    self.same(to)
        self.compare('restore everything', runs, ('1.0', '0.5'))

    def same(self, restored):
        """Every store that was given back is what lies in the home."""
        for name in os.listdir(restored):
            Run(['diff', '-r', '-x', 'parent.lock', os.path.join(self.home, name),
                 os.path.join(restored, name)])

    def prunes(self):
        """Two nights of all of it, two of half of it, and the first two are dropped."""
        home = self.path('halved')
        shutil.copytree(self.home, home, symlinks=True)
        runs = {p: [] for p in self.savers() if p != 'borg'}
        grown = {p: self.repository(p) for p in runs}
        for night in range(4):
            if night == 2:
                halve(home)
            for program, repository in grown.items():
                if program == 'mailcask':
                    self.ours('backup', '--quiet', '--home', home, '--alarm-percent', '0', data=repository)
                else:
                    self.backup(program, home, repository)
        if 'restic' in grown:
            Run(['restic', '-q', '-r', self.path(grown['restic']), 'forget', '--keep-last', '2'], self.env)
        self.ours('forget', '--quiet', '--keep-last', '2', '--drop-messages', data=grown['mailcask'])
        repositories = {}
        for _ in range(self.options.runs):
            for program in runs:
                if program in repositories:
                    shutil.rmtree(self.path(repositories[program]))
                to = self.new_path(program)
                shutil.copytree(self.path(grown[program]), to)
                repositories[program] = os.path.basename(to)
                runs[program].append(
                    self.ours('prune', '--quiet', data=repositories[program]) if program == 'mailcask'
                    else Run(['restic', '-q', '-r', to, 'prune'], self.env))
        self.compare('prune, half of the snapshots dropped', runs, ('0.5', '0.25'))
        self.sizes('archive size after it', repositories, ('0.60', '0.50'))
        self.ours('check', '--read-data', data=repositories['mailcask'])

    # ---- The indexers ----

    def index(self, repository):
        """As Maildir, for they read nothing else.  The searches to measure:
        program → the words in front of a query."""
        tree = self.path('as-maildir')
        searchers = {'mailcask': [self.mailcask, 'search', '--data', self.path(repository)]}
        if not self.has['notmuch'] and not self.has['mu']:
            return searchers
        self.ours('restore', '--quiet', '--to', tree, '--format', 'maildir', data=repository)
        if self.has['notmuch']:
            with open(self.path('notmuch.conf'), 'w', encoding='utf-8') as f:
                f.write('[database]\npath=%s\n[user]\nname=x\nprimary_email=x@example.org\n'
                        '[new]\ntags=\n' % tree)
            run = Run(['notmuch', 'new', '--quiet'], self.env)
            median = statistics.median
            self.row('first backup against notmuch new',
                     (median(r.wall for r in self.first_runs), median(r.cpu for r in self.first_runs)),
                     (run.wall, run.cpu), 'notmuch', bounds=('0.08', '0.03'))
            searchers['notmuch'] = ['notmuch', 'search', '--output=messages']
        if self.has['mu']:
            mu_home = '--muhome=' + self.path('mu')
            Run(['mu', 'init', mu_home, '--maildir=' + tree], self.env)
            Run(['mu', 'index', '-q', mu_home], self.env)
            searchers['mu'] = ['mu', 'find', mu_home, '--skip-dups', '--fields=i']
        return searchers

    def search(self, searchers):
        for name, query in QUERIES:
            walls, counts = {}, {}
            for program, command in searchers.items():
                # mu leaves with 2 and 4 where there is nothing to find.
                runs = [Run(command + query, self.env, fine=(0, 1, 2, 4)) for _ in range(SHORT_RUNS)]
                walls[program] = statistics.median(r.wall for r in runs) * 1000
                counts[program] = self.count(program, query, runs[-1], searchers)
                if program == 'mailcask':
                    self.peaks['search'] = max([self.peaks.get('search', 0)] + [r.peak for r in runs])
            peer = min((p for p in walls if p != 'mailcask'), key=walls.get, default=None)
            self.row('search: ' + name, (walls['mailcask'],), peer and (walls[peer],), peer, 'ms',
                     ('1.0', '0.5'))
            print('    messages found: ' + ', '.join('%s %d' % c for c in counts.items()))
            most, least = max(counts.values()), min(counts.values())
            if most - least > most * 0.2 + 10:
                print('    these are not near each other: the row compares different work')

    def count(self, program, query, run, searchers):
        if program == 'mailcask':
            run = Run(searchers['mailcask'] + ['--json'] + query, self.env, fine=(0, 1))
        return run.out.count(b'\n')

    def measure(self):
        changes = self.make_home()
        print('%-46s %9s %9s' % ('', 'mailcask', 'other'))
        if self.options.remote_only:
            remote.measure(self, Run)
            return
        repositories = self.first()
        self.encrypted()
        self.little_duplication()
        self.nights(repositories, changes)
        self.restores(repositories)
        self.prunes()
        self.ours('check', data=repositories['mailcask'])
        self.ours('check', '--read-data', data=repositories['mailcask'])
        self.ours('list', data=repositories['mailcask'])
        remote.measure(self, Run)
        self.search(self.index(repositories['mailcask']))
        # A command's peak counts from before it took this script's place.
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for name, peak in sorted(self.peaks.items(), key=lambda item: -item[1]):
            self.row('peak memory of ' + name + (', or less' if peak <= floor else ''), (peak,),
                     unit='MiB', bounds=('160', '96'))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('mailcask')
    parser.add_argument('--home')
    parser.add_argument('--generator')
    parser.add_argument('--messages', type=int)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--without', default='')
    parser.add_argument('--directory')
    parser.add_argument('--keep', action='store_true')
    parser.add_argument('--remote-only', action='store_true')
    bench = Bench(parser.parse_args())
    try:
        bench.measure()
    finally:
        if not bench.options.keep:
            shutil.rmtree(bench.work, ignore_errors=True)


if __name__ == '__main__':
    main()
