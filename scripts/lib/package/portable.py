"""The portable directory: it needs a kernel, and nothing else of the system."""

import tarfile

import oci_layout as oci

from . import carried, facts, texts

START = """\
Sealift, for any Linux of this architecture whose kernel is 4.18 or later. It needs /proc, and nothing else.

  ./sealift help              lists the commands; share/man has their manual pages
  ./sealift inspect BUNDLE    shows what a bundle carries

The directory can lie anywhere; a link to `sealift` puts it on the PATH. Where "Permission denied" is the answer, its file
system is mounted so that no program can be run from it (noexec): copy the directory to another one. What it carries comes
under the terms in share/licenses.
"""


def make(program, work, swift):
    """Makes it in a folder for work; returns it and the packages that what it carries is of."""
    facts.strip(program, work / "program/sealift")
    beside = lay_down(work / "program/sealift", work)
    directory = work / "portable"
    beside.rename(directory)
    # What was there spoke of a bundle that the directory lies beside.
    (directory / "SHA256SUMS").unlink()
    (directory / "START-HERE.txt").write_text(START)
    (directory / "oc-sealift").symlink_to("sealift")
    found = carried.packages(directory, swift)
    texts.add(directory / "sealift", directory / "share")
    carried.add_licences(found, directory / "share/licenses")
    return directory, found


def lay_down(program, work):
    """What the program leaves beside a bundle; that of an image without a layer will do."""
    layout = oci.Layout(work / "nothing")
    config = layout.add({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}, oci.OCI_CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": oci.OCI_MANIFEST, "config": config, "layers": []}
    layout.list(layout.add(manifest, oci.OCI_MANIFEST), "nothing:1")
    layout.finish()
    bundle = work / "nothing.tar.zst"
    facts.output(program, "pack", "--quiet", "--image", f"oci:{layout.folder}", "--unsigned", "--include-self", "-o", bundle)
    return work / "nothing.sealift"


def archive(directory, path, now):
    """The directory as `STEM.tar.zst`, below a directory of that name."""
    plain = path.with_suffix("")
    write_tar(directory, plain, now.stem, now.epoch)
    # With any number of threads but none, the bytes are the same.
    facts.output("zstd", "-q", "-f", "-19", "-T2", "--rm", plain, "-o", path)
    return path


def write_tar(directory, path, prefix, epoch, others=()):
    """An archive in which nothing is of this machine; `others` are empty directories (name, mode) that stand before."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as output:
        for name, mode in others:
            header = tarfile.TarInfo(name)
            header.type, header.mode, header.mtime = tarfile.DIRTYPE, mode, epoch
            output.addfile(header)
        for member in [directory, *sorted(directory.rglob("*"))]:
            header = output.gettarinfo(member, f"{prefix}/{member.relative_to(directory)}".removesuffix("/."))
            header.uid = header.gid = 0
            header.uname = header.gname = ""
            header.mtime = epoch
            header.mode = 0o777 if header.issym() else 0o755 if header.mode & 0o100 else 0o644
            # Two files with one content are two files.
            if header.islnk():
                header.type, header.linkname, header.size = tarfile.REGTYPE, "", member.stat().st_size
            with open(member, "rb") if header.isreg() else open("/dev/null", "rb") as content:
                output.addfile(header, content)
