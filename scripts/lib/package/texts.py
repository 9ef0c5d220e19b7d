"""Manual pages and completions: what the program says of itself, where systems look for it."""

import gzip
import re

from . import facts

# A system's own directory for the completions of zsh is not that of what packages bring.
ZSH = "zsh/site-functions"
ZSH_OF_DEBIAN = "zsh/vendor-completions"


def add(program, share, compressed=False, zsh=ZSH):
    """Adds both to a directory `share`."""
    for title, page in manuals(program):
        path = share / "man/man1" / f"{title}.1"
        if compressed:
            facts.write(path.with_name(f"{path.name}.gz"), gzip.compress(page.encode(), 9, mtime=0))
        else:
            facts.write(path, page)
    page = next((share / "man/man1").glob("sealift.1*"))
    facts.link(page.with_name(f"oc-{page.name}"), page.name)
    bash = share / "bash-completion/completions"
    facts.write(bash / "sealift", facts.output(program, "completion", "bash"))
    # It is looked for by the name of the command.
    facts.link(bash / "oc-sealift", "sealift")
    facts.write(share / zsh / "_sealift", facts.output(program, "completion", "zsh"))
    facts.write(share / "fish/vendor_completions.d/sealift.fish", facts.output(program, "completion", "fish"))


def manuals(program):
    """The (title, source) of each page, the program's own first."""
    yield "sealift", facts.output(program, "help", "--man")
    for command in re.findall(r"^## sealift (.+)$", facts.output(program, "help", "--markdown"), re.MULTILINE):
        yield f"sealift-{command.replace(' ', '-')}", facts.output(program, "help", "--man", *command.split())
