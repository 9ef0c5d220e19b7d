"""What all kinds of files say of Sealift."""

import json
import os
import pathlib
import subprocess
import textwrap
from dataclasses import dataclass
from datetime import datetime, timezone

NAME = "sealift"
SUMMARY = "Carries OpenShift releases, operators, images and files across an air gap"
DESCRIPTION = textwrap.wrap(
    "Sealift packs OpenShift releases, operators, images, charts and files into one signed, zstd-compressed "
    "archive, and unpacks it on the other side of an air gap, proven, into a registry.", 76)
# The project has not said yet.
LICENSE = "NOASSERTION"
MAINTAINER = "The maintainers of Sealift <maintainers@sealift.invalid>"
# What each world calls the machine.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Facts:
    version: str
    commit: str
    epoch: int
    machine: str

    @property
    def architecture(self):
        """As Debian and OCI call it."""
        return ARCHITECTURES[self.machine]

    @property
    def stem(self):
        return f"{NAME}-{self.version}-linux-{self.machine}"

    @property
    def time(self):
        return datetime.fromtimestamp(self.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def of(program):
    """Asks the program itself; the time is the commit's."""
    said = json.loads(output(program, "version", "--json"))
    if said["commit"] is None:
        raise RuntimeError(f"{program} does not know of which commit it is")
    return Facts(said["version"], said["commit"], int(os.environ["SOURCE_DATE_EPOCH"]), os.uname().machine)


def output(*words, **options):
    """What a program prints."""
    return subprocess.run(list(map(str, words)), check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def write(path, content):
    """Writes a file, text or bytes, and makes its directory."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def strip(source, target):
    """Copies a program without what only debuggers and compilers read: paths of the machine that built it are in that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    output("strip", "--remove-section=.note.gnu.build-id", "--remove-section=.swift_modhash", "-o", target, source)
