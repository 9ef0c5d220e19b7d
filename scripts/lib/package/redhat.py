"""The package for RHEL and what is made of it: the portable directory, and links where systems look for programs."""

import shutil

from . import facts

SHELLS = ("bash-completion", "fish", "zsh")
# From oldest to newest, all read this.
PAYLOAD = "w6.xzdio"
SETTINGS = {
    "_buildhost": "localhost", "use_source_date_epoch_as_buildtime": 1, "clamp_mtime_to_source_date_epoch": 1,
    "_build_id_links": "none", "debug_package": "%{nil}", "__os_install_post": "%{nil}", "_binary_payload": PAYLOAD,
    "_rpmfilename": "package.rpm", "_source_filedigest_algorithm": 8, "_binary_filedigest_algorithm": 8}


def make(directory, work, now):
    """Makes the package; returns its path."""
    folder = work / "redhat"
    tree = folder / "tree"
    shutil.copytree(directory, tree / "opt/sealift", symlinks=True)
    for name in ("sealift", "oc-sealift"):
        facts.link(tree / "usr/bin" / name, "../../opt/sealift/sealift")
    for text in below(directory / "share", "man", *SHELLS):
        facts.link(tree / "usr/share" / text, f"{'../' * (len(text.parts) + 1)}opt/sealift/share/{text}")
    facts.output("chmod", "-R", "u=rwX,go=rX", tree)
    facts.write(folder / "sealift.spec", specification(tree, now))
    settings = {**SETTINGS, "_topdir": folder, "_rpmdir": folder, "_tmppath": folder}
    defined = [word for name, value in settings.items() for word in ("--define", f"{name} {value}")]
    facts.output("rpmbuild", "-bb", "--quiet", "--target", now.machine, *defined, folder / "sealift.spec")
    path = work / f"{facts.NAME}-{now.version}-1.{now.machine}.rpm"
    return (folder / "package.rpm").rename(path)


def below(share, *names):
    return sorted(file.relative_to(share) for name in names for file in (share / name).rglob("*") if not file.is_dir())


def specification(tree, now):
    # A directory that a bare system may lack goes with the package, unless something else is in it then.
    shared = [path for shell in SHELLS for path in [tree / "usr/share" / shell, *(tree / "usr/share" / shell).rglob("*")]
              if path.is_dir()]
    links = [path for path in (tree / "usr").rglob("*") if path.is_symlink()]
    description = "\n".join(facts.DESCRIPTION)
    files = "\n".join(["/opt/sealift", *(f"%dir /{path.relative_to(tree)}" for path in sorted(shared)),
                       *(f"/{path.relative_to(tree)}" for path in sorted(links))])
    return f"""Name: {facts.NAME}
Version: {now.version}
Release: 1
Summary: {facts.SUMMARY}
License: {facts.LICENSE}
AutoReqProv: no

%description
{description}

%install
cp -a {tree}/. %{{buildroot}}

%files
%defattr(-,root,root,-)
{files}
"""
