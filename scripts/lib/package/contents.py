#!/usr/bin/env python3
"""Tells where the files of a portable directory come from.

usage: contents.py licences TREE FOLDER               copies the licence texts of the packages whose files are carried
       contents.py spdx TREE FILE VERSION COMMIT      writes an SPDX 2.3 list of files and packages
"""

import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

OWN = ("libexec/sealift", "sealift", "bin/gpgv")


def query(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def sources():
    """The installed files by their digest: where a carried file was copied from."""
    owners = {}
    multiarch = query("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    for folder in (f"/lib/{multiarch}", f"/usr/lib/{multiarch}", "/usr/bin"):
        for path in pathlib.Path(folder).iterdir():
            if path.is_file() and (path.name == "gpgv" or ".so" in path.name):
                owners.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return owners


def owner(path):
    """The package that holds a file; /lib is /usr/lib, and either may be what the package says."""
    real = path.resolve()
    for name in (real, pathlib.Path(str(real).removeprefix("/usr"))):
        found = subprocess.run(["dpkg-query", "-S", str(name)], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    raise SystemExit(f"error: no package holds {path}")


def carried(tree):
    """(path in the tree, digest, package or None) of each file that is carried."""
    known = sources()
    for path in sorted([*tree.glob("lib/*"), tree / "libexec/gpgv", *(tree / name for name in OWN)]):
        name = str(path.relative_to(tree))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if name not in OWN and digest not in known:
            raise SystemExit(f"error: no installed file is {name}")
        yield name, digest, None if name in OWN else owner(known[digest])


def licences(tree, folder):
    # The program holds code of these: libarchive, and Swift's libraries, whose text the toolchain has.
    packages = {package for _, _, package in carried(tree) if package} | {"libarchive13"}
    for package in sorted(packages):
        target = pathlib.Path(folder) / package
        target.mkdir(parents=True)
        shutil.copyfile(f"/usr/share/doc/{package}/copyright", target / "copyright")
    swift = shutil.which("swift")
    text = pathlib.Path(swift).resolve().parent.parent / "share/swift/LICENSE.txt" if swift else None
    if text and text.exists():
        (pathlib.Path(folder) / "swift").mkdir()
        shutil.copyfile(text, pathlib.Path(folder) / "swift/LICENSE.txt")


def spdx(tree, output, version, commit):
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = "SPDXRef-sealift"
    packages = [{
        "SPDXID": root, "name": "sealift", "versionInfo": version, "downloadLocation": "NOASSERTION",
        "sourceInfo": f"commit {commit}", "filesAnalyzed": False}]
    files, relations = [], [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": root}]
    seen = set()
    for number, (name, digest, package) in enumerate(carried(tree)):
        identifier = f"SPDXRef-file-{number}"
        files.append({
            "SPDXID": identifier, "fileName": f"./{name}",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]})
        holder = f"SPDXRef-{package}".replace("+", "-plus") if package else root
        if package and package not in seen:
            seen.add(package)
            packages.append({
                "SPDXID": holder, "name": package, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                "versionInfo": query("dpkg-query", "-W", "-f", "${Version}", package),
                "supplier": "Organization: Debian"})
            relations.append({"spdxElementId": root, "relationshipType": "CONTAINS", "relatedSpdxElement": holder})
        relations.append({"spdxElementId": holder, "relationshipType": "CONTAINS", "relatedSpdxElement": identifier})
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"sealift-{version}",
        "documentNamespace": f"urn:sealift:{version}:{commit}",
        "creationInfo": {"created": created, "creators": ["Tool: scripts/package"]},
        "packages": packages, "files": files, "relationships": relations}
    pathlib.Path(output).write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    kind, tree, *rest = sys.argv[1:]
    {"licences": licences, "spdx": spdx}[kind](pathlib.Path(tree), *rest)
