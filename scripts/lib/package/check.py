"""Installs, uses and removes each kind of file in bare systems; `scripts/package --check` is the way to call it."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import oci_layout as oci
from harden.world import make_layout

from . import facts, roots
from .roots import Root

NOBODY = 65534
# The oldest one whose packages are still to be had; for it the program itself is too new.
OWN, OLD = "bookworm", "bullseye"


class Check:
    def __init__(self, output, cache, repository, work):
        self.output, self.cache, self.repository, self.work = output, cache, repository, work
        self.wrong = 0

    def file(self, pattern):
        return next(self.output.glob(pattern))

    def job(self, name):
        """An empty folder for work, with images to pack."""
        folder = self.work / "jobs" / name
        make_layout(folder / "images")
        return folder

    def copy(self, root, name):
        """A root like another one, to be changed."""
        path = self.work / name
        facts.output("cp", "-a", "--reflink=auto", root, path)
        # Name servers, for what fetches packages there.
        shutil.copy("/etc/resolv.conf", path / "etc/resolv.conf")
        return Root(path, self.job(name))

    def unpacked(self, root, place):
        """The portable directory, unpacked in a root."""
        (root.path / place).mkdir(parents=True)
        facts.output("tar", "--zstd", "-xf", self.file("*.tar.zst"), "--strip-components=1", "-C", root.path / place)
        return f"/{place}/sealift"

    def judge(self, what, action):
        try:
            action()
            print(f"right  {what}", flush=True)
        except (RuntimeError, OSError, StopIteration, subprocess.CalledProcessError) as failure:
            self.wrong += 1
            print(f"wrong  {what}: {failure}", flush=True)


def use(root, sealift, user=0, options="rw"):
    """The main job: what is packed there is what is unpacked there."""
    def run(*words):
        return root.run(sealift, *words, user=user, options=options)
    output = f"/job/{user}-{options}"
    (root.job / output[5:]).mkdir(mode=0o777)
    (root.job / output[5:]).chmod(0o777)
    expect("commit", run("version"))
    expect("key id", run("keygen", "--out", f"{output}/signer"))
    trusted = (f"{output}/a.tar.zst", "--trust", f"{output}/signer.pub")
    run("pack", "--image", "oci:/job/images", "--key", f"{output}/signer.key", "-o", f"{output}/a.tar.zst")
    expect("3 images", run("inspect", *trusted))
    run("verify", *trusted)
    run("unpack", trusted[0], f"oci:{output}/unpacked", *trusted[1:])
    digests = [sorted(entry["digest"] for _, entry in oci.named_images(root.job / folder))
               for folder in ("images", f"{output[5:]}/unpacked")]
    if digests[0] != digests[1]:
        raise RuntimeError("the images that were unpacked are others")


def expect(text, said):
    if text not in said:
        raise RuntimeError(f"'{text}' is not in what was printed: {said.strip()}")


def compare(before, after):
    """Nothing is left, and nothing is gone."""
    different = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if different:
        raise RuntimeError(f"not as before: {', '.join(different[:10])}")


def debian_package(check):
    root = check.copy(roots.bootstrap(OWN, check.cache), "deb")
    shutil.copy(check.file("*.deb"), root.job / "sealift.deb")
    root.run("apt-get", "update", "-qq")
    before = root.files()
    root.run("apt-get", "install", "-qq", "-y", "--no-install-recommends", "/job/sealift.deb")
    use(root, "/usr/bin/sealift")
    expect("usage: oc sealift", root.run("/usr/bin/oc-sealift", "help"))
    root.run("apt-get", "purge", "-qq", "-y", "--autoremove", facts.NAME)
    compare(before, root.files())


def redhat_package(check):
    root = check.copy(roots.bootstrap(OLD, check.cache), "rpm")
    before = root.files()
    # Where RHEL has its records; Debian has them in the home directory.
    rpm = ("rpm", "--root", root.path, "--dbpath", "/var/lib/rpm")
    facts.output(*rpm, "--install", check.file("*.rpm"))
    facts.output(*rpm, "--verify", facts.NAME)
    use(root, "/usr/bin/sealift")
    use(root, "/usr/bin/sealift", NOBODY, "ro")
    expect("usage: oc sealift", root.run("/usr/bin/oc-sealift", "help"))
    expect("gpgv (GnuPG)", root.run("/opt/sealift/bin/gpgv", "--version"))
    facts.output(*rpm, "--erase", facts.NAME)
    compare(before, root.files())


def directory(check, root):
    sealift = check.unpacked(root, "media/a place")
    use(root, sealift)
    use(root, sealift, NOBODY, "ro")
    expect("gpgv (GnuPG)", root.run("/media/a place/bin/gpgv", "--version"))


def our_image(check):
    """Our own commands carry the image as any other, and then it runs."""
    job = check.job("image")
    layout = job / "layout"
    layout.mkdir()
    facts.output("tar", "-xf", check.file("*.oci.tar"), "-C", layout)
    (name, manifest), = oci.named_images(layout)
    root = Root(check.work / "image", job)
    carrier = check.unpacked(root, "carrier")
    root.run(carrier, "pack", "--image", f"oci:/job/layout:{name}", "--unsigned", "-o", "/job/self.tar.zst")
    root.run(carrier, "unpack", "/job/self.tar.zst", "oci:/job/again", "--allow-unsigned")
    if [entry["digest"] for _, entry in oci.named_images(job / "again")] != [manifest["digest"]]:
        raise RuntimeError("the image has another digest once it was carried")
    print(f"       its digest is {manifest['digest']}")
    _, (config, layer) = oci.children(layout, manifest)
    facts.output("tar", "-xzf", oci.blob_path(layout, layer), "-C", root.path)
    told = json.loads(oci.blob_path(layout, config).read_bytes())["config"]
    use(root, told["Entrypoint"][0], int(told["User"].split(":")[0]), "ro")


# Where both generations of cgroups are mounted, the program that podman starts refuses; here it sees one.
PODMAN = """
umount --recursive --lazy /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit
podman="podman --root $0/root --runroot $0/run --storage-driver vfs --cgroup-manager cgroupfs"
image=$($podman load --quiet --input "$1") || exit
job=$2
run() {
  $podman run --rm --cgroups disabled --network none --read-only --ulimit nofile=1024:1024 --ulimit nproc=1000:1000 \\
    --volume "$job:/work" "${image##* }" "$@"
}
run version && run keygen --out signer && run pack --image oci:images --key signer.key -o a.tar.zst &&
  run verify a.tar.zst --trust signer.pub
"""


def run_by_podman(check, job):
    Root(check.work / "nothing", job)  # so that everybody can write there
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", PODMAN, check.work / "podman", check.file("*.oci.tar"), job],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode != 0:
        raise RuntimeError(ended.stdout.strip())
    expect("key id", ended.stdout)


def again(check):
    """A clone in another directory makes the same bytes."""
    clone, output = check.work / "another clone", check.work / "again"
    facts.output("git", "clone", "--quiet", check.repository, clone)
    subprocess.run([clone / "scripts/package", "--output", output], check=True, stdout=subprocess.DEVNULL)
    if (check.output / "SHA256SUMS").read_bytes() != (output / "SHA256SUMS").read_bytes():
        facts_of = [dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
                    for folder in (check.output, output)]
        raise RuntimeError(f"other bytes: {[name for name in facts_of[0] if facts_of[0][name] != facts_of[1].get(name)]}")


def main():
    output, cache, repository = map(pathlib.Path, sys.argv[1:])
    if os.geteuid() != 0:
        sys.exit("error: bare systems are mounted and entered, which root may; run it as root")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        check = Check(output, cache, repository, work)
        check.judge("the directory where there is nothing at all", lambda: directory(check, Root(work / "empty", check.job("e"))))
        check.judge("the directory on musl", lambda: directory(check, Root(roots.musl(work / "musl"), check.job("m"))))
        check.judge("the directory on an older system", lambda: directory(check, check.copy(roots.bootstrap(OLD, check.cache), "old")))
        check.judge("the image, carried by ourselves and run from its layer", lambda: our_image(check))
        check.judge("the image run by podman", lambda: run_by_podman(check, check.job("podman")))
        check.judge("the package for RHEL, installed and removed", lambda: redhat_package(check))
        check.judge("the package for Debian, installed and removed", lambda: debian_package(check))
        check.judge("the same bytes from another directory", lambda: again(check))
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
