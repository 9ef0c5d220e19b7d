"""Comparisons and guards turned round, one at a time: some test must fail.

All mutants are compiled at once, in a copy of the tree: each condition goes through a function that turns it round if
the environment names its number. So a mutant costs a run of its tests, and no build.
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

# Where mutants are, and the test modules that must notice them.
SUBJECTS = (
    ("Sources/BundleFormat/**/*.swift", "BundleFormatTests"),
    ("Sources/Tar/*.swift", "TarTests|BundleFormatTests"),
    ("Sources/Zstd/*.swift", "ZstdTests|BundleFormatTests"),
    ("Sources/Signing/*.swift", "SigningTests|BundleFormatTests"),
    ("Sources/Release/GPGV*.swift", "ReleaseTests|OperationsTests"),
    ("Sources/Release/OpenPGP*.swift", "ReleaseTests"),
    ("Sources/Release/ReleaseKey.swift", "ReleaseTests"),
    ("Sources/Release/ReleaseSignature.swift", "ReleaseTests|OperationsTests"),
    ("Sources/Release/SignedIdentity.swift", "ReleaseTests"),
    ("Sources/HTTPTransport/RedirectPolicy.swift", "HTTPTransportTests|RegistryTests"),
    ("Sources/HTTPTransport/NetworkAddress.swift", "HTTPTransportTests|RegistryTests"),
    ("Sources/Registry/RedirectPolicy*.swift", "RegistryTests"),
    ("Sources/Registry/Authenticator.swift", "RegistryTests"),
)
# A mutant that makes its tests hang is noticed.
PATIENCE = 900
SWITCH = """
internal import Glibc

/// The number of the condition that is turned round.
private let turnedRound = getenv("SEALIFT_MUTANT").flatMap { Int(String(cString: $0)) }

@inline(never) func mutant(_ number: Int, _ condition: Bool) -> Bool { number == turnedRound ? !condition : condition }
"""
COMPARISON = re.compile(r" (==|!=|<|>|<=|>=) ")
BINDING = re.compile(r"^\s*(let|var|case|#available)\b")


def run(tally, repository, generator, deadline, only=None):
    copy = pathlib.Path(repository) / ".cache" / "mutants"
    mutants = prepare(pathlib.Path(repository), copy)
    for filters in sorted({filters for _, filters in mutants.values()}):
        if test(copy, filters, None) != 0:
            raise RuntimeError(f"the tests {filters} fail without a mutant, too")
    numbers = sorted(mutants) if only is None else [number for number in sorted(mutants) if only in mutants[number][0]]
    generator.shuffle(numbers)
    for number in numbers:
        if time.monotonic() > deadline:
            break
        place, filters = mutants[number]
        tally.judge("survives" if test(copy, filters, number) == 0 else None, place)


def test(copy, filters, number):
    environment = {**os.environ, "SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": str(2 * os.cpu_count())}
    if number is not None:
        environment["SEALIFT_MUTANT"] = str(number)
    words = ["swift", "test", "--skip-build", "--disable-xctest", "--filter", f"^({filters})\\."]
    try:
        return subprocess.run(words, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE).returncode
    except subprocess.TimeoutExpired:
        return None


def prepare(repository, copy):
    """Makes the copy and builds it; returns number -> (place, tests)."""
    copy.mkdir(parents=True, exist_ok=True)
    for name in ("Sources", "Tests", "formats", "scripts"):
        sync(repository / name, copy / name)
    wanted = "|".join(filters for _, filters in SUBJECTS).split("|")
    manifest = (repository / "Package.swift").read_text()
    kept = ", ".join(f'"{name}"' for name in sorted(set(wanted)))
    manifest += f"\npackage.targets.removeAll {{ $0.isTest && ![{kept}].contains($0.name) }}\n"
    write(copy / "Package.swift", manifest)
    mutants, number = {}, 0
    for pattern, filters in SUBJECTS:
        for path in sorted(copy.glob(pattern)):
            text, places, number = mutate(path.read_text(), number)
            write(path, text)
            name = path.relative_to(copy)
            mutants |= {key: (f"{name}:{line}: {condition}", filters) for key, line, condition in places}
            if places:
                write(path.parents[len(name.parts) - 3] / "Mutant.swift", SWITCH)
    built = subprocess.run(["swift", "build", "--build-tests"], cwd=copy, capture_output=True, text=True)
    if built.returncode != 0:
        raise RuntimeError(f"the mutants cannot be built: {built.stdout[-3000:]}{built.stderr[-1000:]}")
    return mutants


def sync(source, target):
    """Copies a tree; files that are the same keep their time, so that little is built again."""
    shutil.rmtree(target.with_suffix(".old"), ignore_errors=True)
    if target.exists():
        target.rename(target.with_suffix(".old"))
    shutil.copytree(source, target, symlinks=True)
    shutil.rmtree(target.with_suffix(".old"), ignore_errors=True)


def write(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def mutate(text, number):
    """Lets each condition go through the switch: the text, what can be turned round as (number, line, condition)."""
    edits = []
    code = blanked(text)
    for keyword in re.finditer(r"\b(guard|if|while|for [^\n{]* where)\s", code):
        # `#if`, `.if`, and a `while` after `repeat {}` are something else.
        if code[max(0, keyword.start() - 1)] in "#.`":
            continue
        for start, end in clauses(code, keyword.end()):
            if not BINDING.match(code[start:end]):
                edits += operands(code, start, end)
    for keyword in re.finditer(r"\breturn\s+(?=[^\n]* (==|!=|<|>|<=|>=) )([^\n{}]*)\n", code):
        if " ? " not in keyword[2]:
            edits += operands(code, keyword.start(2), keyword.end(2))
    places = []
    for start, end in sorted(set(edits), reverse=True):
        places.append((start, end))
    numbered = [(number + index, span) for index, span in enumerate(reversed(places))]
    for key, (start, end) in reversed(numbered):
        text = f"{text[:start]}mutant({key}, {text[start:end]}){text[end:]}"
    found = [(key, code.count("\n", 0, start) + 1, " ".join(code[start:end].split())) for key, (start, end) in numbered]
    return text, found, number + len(numbered)


def blanked(text):
    """The text with the same length and no comments and strings, which may hold anything."""
    pattern = r'//[^\n]*|/\*.*?\*/|#*"""(?:.*?)"""#*|#"(?:[^"\n]|"(?!#))*"#|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", "_", match[0]), text, flags=re.DOTALL)


def clauses(code, position):
    """The spans between the commas of a condition, up to its `{` or `else`."""
    depth, start = 0, position
    for index in range(position, len(code)):
        character = code[index]
        if depth == 0 and (code.startswith("else", index) and code[index - 1].isspace() or is_body(code, index)):
            yield start, index
            return
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                return
        elif character == "," and depth == 0:
            yield start, index
            start = index + 1


def is_body(code, index):
    """Whether the brace opens a body, and no closure: a closure follows a name, and a body begins a line or ends one."""
    return code[index] == "{" and code[index - 1].isspace() and (
        code[index + 1] == "\n" or not re.match(r"\{[^{}\n]*\}[ ]*[,)&|=!<>.]", code[index:]))


def operands(code, start, end):
    """The spans of the operands of `&&` and `||` in a condition that have no ternary and no assignment."""
    depth, begin = 0, start
    for index in range(start, end + 1):
        if index == end or depth == 0 and code[index:index + 2] in ("&&", "||"):
            span = trimmed(code, begin, index)
            if span and code[slice(*span)] != "true" and not re.search(r" (\?|=|\?\?) ", code[slice(*span)]):
                yield span
            begin = index + 2
        elif code[index] in "([{":
            depth += 1
        elif code[index] in ")]}":
            depth -= 1


def trimmed(code, start, end):
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
