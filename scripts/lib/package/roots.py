"""Root directories of bare systems, and how programs are run in them."""

import os
import pathlib
import shutil
import subprocess

from . import facts

# The mounts go with the shell. What is worked on lies in `job`, also where nothing else can be written.
SCRIPT = """
mount --bind "$0" "$0" && mount -o "remount,bind,$1" "$0" && mount -t proc proc "$0/proc" &&
mount --bind "$2" "$0/job" && mount --bind "$2/tmp" "$0/tmp" && mount --bind /dev/null "$0/dev/null" && shift 2 &&
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/job DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
"""
# What package managers remember, and not what they have installed.
RECORDS = ("var/lib/dpkg", "var/lib/apt", "var/lib/rpm", "var/cache", "var/log", "etc/ld.so.cache", "etc/resolv.conf",
           "var/lib/systemd")


class Root:
    def __init__(self, path, job):
        self.path, self.job = pathlib.Path(path), pathlib.Path(job)
        for name in ("dev", "job", "proc", "tmp"):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        (self.path / "dev/null").touch()
        (self.job / "tmp").mkdir(parents=True, exist_ok=True)
        for open_to_all in (self.job, self.job / "tmp"):
            open_to_all.chmod(0o1777)

    def run(self, *words, user=0, options="rw"):
        """Runs a program there; returns what it prints, errors too. `options` are those of mounting the root."""
        change = ["chroot", f"--userspec={user}:{user}", self.path]
        ended = subprocess.run(
            [*map(str, ["unshare", "--mount", "sh", "-c", SCRIPT, self.path, options, self.job, *change, *words])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if ended.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {ended.returncode}: {ended.stdout.strip()[-2000:]}")
        return ended.stdout

    def files(self):
        """What is there, but for the records of package managers: path -> kind, rights and size."""
        found = {}
        for parent, folders, names in os.walk(self.path):
            inside = pathlib.Path(parent).relative_to(self.path)
            folders[:] = [name for name in folders if str(inside / name) not in RECORDS]
            for name in folders + names:
                state = os.lstat(pathlib.Path(parent, name))
                if str(inside / name) not in RECORDS:
                    found[str(inside / name)] = state.st_mode, 0 if name in folders else state.st_size
        return found


def bootstrap(suite, roots):
    """A minimal Debian of that name, which is fetched once."""
    path, partial = roots / suite, roots / f"{suite}.partial"
    if not path.exists():
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        # What it mounts goes with it.
        facts.output("unshare", "--mount", "debootstrap", "--variant=minbase", suite, partial)
        partial.rename(path)
    return path


def musl(path):
    """A system with busybox and another C library."""
    facts.write(path / "bin/busybox", pathlib.Path("/bin/busybox").read_bytes())
    (path / "bin/busybox").chmod(0o755)
    (path / "bin/sh").symlink_to("busybox")
    for file in facts.output("dpkg-query", "--listfiles", "musl").split():
        if file.startswith("/lib/") and os.path.isfile(file):
            (path / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, path / file[1:])
    return path
