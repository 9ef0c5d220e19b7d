"""Swift text in which each condition goes through a switch that can turn it round."""

import re

SWITCH = """
internal import Glibc

/// The number of the condition that is turned round.
private let turnedRound = getenv("SEALIFT_MUTANT").flatMap { Int(String(cString: $0)) }
/// Where the numbers of the conditions that are met are written.
private let log = getenv("SEALIFT_MUTANTS_MET").map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644) }
private nonisolated(unsafe) let met = UnsafeMutablePointer<Bool>.allocate(capacity: 1 << 16)
private let isReady: Bool = {
  met.initialize(repeating: false, count: 1 << 16)
  return true
}()

@inline(never) func mutant(_ number: Int, _ condition: Bool) -> Bool {
  if let log, isReady, !met[number] {
    met[number] = true
    let line = "\\(number)\\n"
    _ = write(log, line, line.utf8.count)
  }
  return number == turnedRound ? !condition : condition
}
"""
COMPARISON = r" (?:==|!=|<|>|<=|>=) "
BINDING = re.compile(r"(let|var|case|#available)\b")
# What an operand ends at, where no bracket is open.
LEFT_END = re.compile(r"(?:&&|\|\||[,({\[\n]| [?:=] |: |\b(?:return|in|where|guard|if|while|else|case|try)\s)$")
RIGHT_END = re.compile(r"&&|\|\||[,)}\]\n;]| [?:] | else\b")
# Types are compared there, or an operator is declared.
DECLARATION = re.compile(r"\b(func|extension|protocol|struct|enum|associatedtype|typealias)\b|^\s*#")


def rewrite(text, number):
    """The text with a switch at each condition, what can be turned round as (number, line, condition), the next number."""
    code = blanked(text)
    ranges = list(clauses(code))
    spans = sorted({span for start, end in ranges for span in operands(code, start, end)} | set(operators(code, ranges)))
    spans = [span for span in spans if not any(overlaps(span, other) for other in spans)]
    marks = []
    for key, (start, end) in enumerate(spans, number):
        # Where several begin or end, the shorter one is inside.
        marks += [(start, 1, start - end, f"mutant({key}, "), (end, 0, -start, ")")]
    for place, _, _, mark in sorted(marks, reverse=True):
        text = f"{text[:place]}{mark}{text[place:]}"
    found = [(key, code.count("\n", 0, start) + 1, start, end) for key, (start, end) in enumerate(spans, number)]
    return text, found, number + len(spans)


def overlaps(one, other):
    return one[0] < other[0] < one[1] < other[1] or other[0] < one[0] < other[1] < one[1]


def blanked(text):
    """The text with the same length and no comments and strings, which may hold anything."""
    pattern = r'//[^\n]*|/\*.*?\*/|#*"""(?:.*?)"""#*|#"(?:[^"\n]|"(?!#))*"#|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", "_", match[0]), text, flags=re.DOTALL)


def operators(code, ranges):
    """The spans of all comparisons, and of what `&&` and `||` join."""
    for match in re.finditer(rf"{COMPARISON}|&&|\|\|", code):
        line = code[code.rfind("\n", 0, match.start()) + 1:match.start()]
        if DECLARATION.search(line) or " where " in line and not re.search(r"\bfor\b", line):
            continue
        limit = min((end for start, end in ranges if start <= match.start() < end), default=len(code))
        # An operator may begin a line.
        before = len(code[:match.start()].rstrip())
        start, end = leftward(code, before), rightward(code, match.end(), limit)
        for span in [(start, match.start()), (match.end(), end)] if "&" in match[0] or "|" in match[0] else [(start, end)]:
            yield from operand(code, *span)


def leftward(code, position):
    depth = 0
    for index in range(position, 0, -1):
        character = code[index - 1]
        if character in ")]}":
            depth += 1
        elif depth > 0:
            depth -= character in "([{"
        elif LEFT_END.search(code, max(0, index - 8), index):
            return index
    return 0


def rightward(code, position, limit):
    depth = 0
    for index in range(position, limit):
        if depth == 0 and RIGHT_END.match(code, index):
            return index
        depth += code[index] in "([{"
        depth -= code[index] in ")]}"
    return limit


def clauses(code):
    """The spans between the commas of what `guard`, `if`, `while` and `for … where` ask."""
    for keyword in re.finditer(r"\b(guard|if|while|for [^\n{]* where)\s", code):
        # `#if` and `.if` are something else.
        if code[max(0, keyword.start() - 1)] not in "#.`":
            yield from clauses_at(code, keyword.end())


def clauses_at(code, position):
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
    """The spans of what `&&` and `||` join in a condition."""
    depth, begin = 0, start
    for index in range(start, end + 1):
        if index == end or depth == 0 and code[index:index + 2] in ("&&", "||"):
            yield from operand(code, begin, index)
            begin = index + 2
        elif code[index] in "([{":
            depth += 1
        elif code[index] in ")]}":
            depth -= 1


def operand(code, start, end):
    """The span without the space around it, if it is one that can be turned round."""
    while start < end and code[start].isspace():
        start += 1
    while end > start and code[end - 1].isspace():
        end -= 1
    # What `try` stands before stays behind it.
    start += len(re.match(r"(?:try )?", code[start:end])[0])
    words = code[start:end]
    if words and words != "true" and not BINDING.match(words) and not has_assignment(words):
        yield start, end


def has_assignment(words):
    """Whether something is assigned or chosen outside of brackets: the parts of such a text are turned round alone."""
    while (flat := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", words)) != words:
        words = flat
    return re.search(r" (\?|=|\?\?) ", words) is not None
