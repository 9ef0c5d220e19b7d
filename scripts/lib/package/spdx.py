"""What is inside, as an SPDX 2.3 document.

Source: SPDX Specification 2.3, sections 6 (document), 7 (packages), 10 (licences), 11 (relationships).
"""

import hashlib
import json
import re

from . import facts

DISTRIBUTION = "debian"


def make(packages, archive, work, now):
    """Describes the archive of the portable directory; returns the path of the document."""
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": now.stem,
        "documentNamespace": f"https://spdx.org/spdxdocs/{now.stem}-{now.commit}",
        "creationInfo": {"created": now.time, "creators": ["Tool: scripts/package"]},
        "packages": [ours(archive, now), *(entry(package, now) for package in packages)],
        "hasExtractedLicensingInfos": [terms(package) for package in packages],
        "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", identifier(facts.NAME)),
                          *(relation(identifier(facts.NAME), link(package), identifier(package.name)) for package in packages)]}
    path = work / f"{now.stem}.spdx.json"
    facts.write(path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    return path


def ours(archive, now):
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return {**package_of(facts.NAME, now.version, facts.LICENSE), "packageFileName": archive.name,
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}], "sourceInfo": f"commit {now.commit}"}


def entry(package, now):
    described = package_of(package.name, package.version, reference(package.name))
    if not package.is_debian:
        return described
    locator = f"pkg:deb/{DISTRIBUTION}/{package.name}@{package.version}?arch={now.architecture}"
    return {
        **described, "sourceInfo": f"built from the source package {package.source} {package.source_version}",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": locator.replace("+", "%2B").replace("~", "%7E")}]}


def package_of(name, version, licence):
    return {"SPDXID": identifier(name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": licence,
            "copyrightText": "NOASSERTION"}


def terms(package):
    """A package's own words: their short names in Debian are not those of SPDX."""
    return {"licenseId": reference(package.name), "name": f"the terms of {package.name}", "extractedText": package.copyright}


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def link(package):
    return "STATIC_LINK" if package.is_static else "CONTAINS"


def identifier(name):
    return f"SPDXRef-{plain(name)}"


def reference(name):
    return f"LicenseRef-{plain(name)}"


def plain(name):
    return re.sub(r"[^A-Za-z0-9.-]", "-", name)
