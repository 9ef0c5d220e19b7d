"""Whose the files are that travel along: the packages of this system that have brought them, and their licences."""

import pathlib
import re
import subprocess
from dataclasses import dataclass

from . import facts

COMMON = pathlib.Path("/usr/share/common-licenses")


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    source: str
    source_version: str
    copyright: str
    # Whether it is in the program itself.
    is_static: bool = False
    is_debian: bool = True


def packages(directory, swift):
    """The packages of all files in a portable directory, by name.

    Swift's libraries and what is used of libarchive are in the program itself.
    """
    files = [file for file in sorted((directory / "lib").iterdir())] + [directory / "libexec/gpgv"]
    owners = {owner(file): False for file in files}
    owners[owner(pathlib.Path(facts.output("pkg-config", "--variable=libdir", "libarchive").strip(), "libarchive.a"))] = True
    return sorted([debian(name, is_static) for name, is_static in owners.items()] + [toolchain(swift)],
                  key=lambda package: package.name)


def owner(carried):
    """The package that has brought a file of the same name and content."""
    found = facts.output("dpkg-query", "--search", f"*/{carried.name}")
    for package, path in re.findall(r"^([^,\s]+): (/.*)$", found, re.MULTILINE):
        if pathlib.Path(path).is_file() and pathlib.Path(path).read_bytes() == carried.read_bytes():
            return package
    raise RuntimeError(f"{carried.name} travels along, and no package of this system has brought it")


def debian(package, is_static):
    fields = "${Package}\t${Version}\t${source:Package}\t${source:Version}"
    name, version, source, source_version = facts.output("dpkg-query", "--show", f"--showformat={fields}", package).split("\t")
    terms = pathlib.Path("/usr/share/doc", name, "copyright")
    if not terms.exists():
        raise RuntimeError(f"{terms} is not there, and says under which terms {name} may travel")
    return Package(name, version, source, source_version, terms.read_text(errors="replace"), is_static)


def toolchain(swift):
    version = re.search(r"Swift version (\S+)", facts.output(swift, "--version", stderr=subprocess.DEVNULL))[1]
    terms = pathlib.Path(swift).resolve().parent.parent / "share/swift/LICENSE.txt"
    return Package("swift", version, "swift", version, terms.read_text(), is_static=True, is_debian=False)


def add_licences(found, directory):
    """Writes the terms of each package, and the licences that they name without their text."""
    for package in found:
        facts.write(directory / package.name / "copyright", package.copyright)
    for name in sorted({name for package in found for name in common(package.copyright)}):
        facts.write(directory / "common-licenses" / name, (COMMON / name).read_bytes())


def common(terms):
    names = (name.rstrip(".") for name in re.findall(rf"{COMMON}/([\w.-]+)", terms))
    return [name for name in names if (COMMON / name).is_file()]
