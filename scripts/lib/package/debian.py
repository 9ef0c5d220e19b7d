"""The package for Debian and what is made of it: the program, with the system's own libraries."""

import os

from . import facts, texts


def make(program, directory, work, now):
    """Makes the package; returns its path."""
    # `dpkg-shlibdeps` knows a package by its place below `debian`.
    tree = work / "debian" / facts.NAME
    (tree / "DEBIAN").mkdir(parents=True)
    facts.strip(program, tree / "usr/bin/sealift")
    facts.link(tree / "usr/bin/oc-sealift", "sealift")
    # The portable program says the same.
    texts.add(directory / "sealift", tree / "usr/share", compressed=True, zsh=texts.ZSH_OF_DEBIAN)
    facts.write(tree / "usr/share/doc/sealift/copyright", terms(directory))
    facts.write(tree / "DEBIAN/control", control(tree, work, now))
    path = work / f"{facts.NAME}_{now.version}_{now.architecture}.deb"
    facts.output("dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", tree, path)
    return path


def control(tree, work, now):
    size = sum(file.lstat().st_size for file in tree.rglob("*") if file.is_file())
    fields = {
        "Package": facts.NAME, "Version": now.version, "Architecture": now.architecture, "Maintainer": facts.MAINTAINER,
        "Installed-Size": -(-size // 1024), "Depends": f"{libraries(tree, work)}, gpgv", "Recommends": "ca-certificates",
        "Section": "utils", "Priority": "optional", "Description": "\n ".join([facts.SUMMARY, *facts.DESCRIPTION])}
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def libraries(tree, work):
    """The packages of the libraries, and from which version on they have what the program asks of them."""
    facts.write(work / "debian/control", f"Source: {facts.NAME}\n")
    said = facts.output("dpkg-shlibdeps", "-O", tree / "usr/bin/sealift", cwd=work, env={**os.environ, "LC_ALL": "C"})
    return said.strip().removeprefix("shlibs:Depends=")


def terms(directory):
    """Those of Sealift, and of the libraries of Swift, which are in the program; Debian has the licence that these name."""
    _, _, exception = (directory / "share/licenses/swift/copyright").read_text().partition("## Runtime Library Exception")
    return (f"Sealift: {facts.LICENSE}. No licence is given.\n\nThe program contains runtime libraries of Swift, copyright "
            "Apple Inc. and the Swift\nproject authors. They are under the Apache License, Version 2.0,\n"
            f"/usr/share/common-licenses/Apache-2.0, with this:\n\n## Runtime Library Exception{exception}")
