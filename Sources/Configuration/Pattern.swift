/// A regular expression in the syntax of Go's `regexp`, matched in time linear in the length of the text.
///
/// It runs all alternatives side by side and never goes back, so no pattern can hang the program.
///
/// Source: RE2 syntax, as `oc-mirror` compiles `blockedImages`; R. Cox, "Regular Expression Matching Can Be Simple
/// And Fast".
struct Pattern: Sendable {
  /// One step of the program that a pattern becomes.
  enum Step: Sendable {
    /// Takes one scalar of the set.
    case take(ScalarSet)
    /// Goes on only at such a place.
    case check(PatternSyntax.Place)
    /// Goes on at one place and at the other.
    case fork(Int, Int)
    case jump(Int)
    case accept
  }

  /// Why a pattern is refused: a clause that goes after "the pattern".
  struct Invalid: Error {
    let reason: String
  }

  /// The longest pattern, in bytes; also the bound of the parser's nesting.
  static let maxBytes = 1024
  // Counted repetitions multiply; a real pattern has a few hundred steps.
  private static let maxSteps = 20_000

  private let program: [Step]

  /// Compiles a pattern.
  ///
  /// - Throws: For what Go's `regexp` refuses too, for Unicode classes, and for patterns that are too large.
  init(_ text: String) throws(Invalid) {
    guard text.utf8.count <= Self.maxBytes else { throw Invalid(reason: "is longer than \(Self.maxBytes) bytes") }
    var compiler = Compiler()
    try compiler.append(PatternSyntax.parse(text))
    program = compiler.program + [.accept]
  }

  /// Whether the pattern matches any part of `text`.
  func matches(in text: String) -> Bool {
    let scalars = Array(text.unicodeScalars)
    var current = Threads(count: program.count)
    var next = Threads(count: program.count)
    for position in 0...scalars.count {
      // A match may begin anywhere.
      if follow(0, &current, scalars, position) { return true }
      guard position < scalars.count else { break }
      next.removeAll()
      for index in current.taking {
        guard case .take(let set) = program[index], set.contains(scalars[position]) else { continue }
        if follow(index + 1, &next, scalars, position + 1) { return true }
      }
      swap(&current, &next)
    }
    return false
  }

  /// Adds all steps that can be reached from `start` without taking a scalar.
  ///
  /// - Returns: Whether the end of the program is among them.
  private func follow(_ start: Int, _ threads: inout Threads, _ scalars: [Unicode.Scalar], _ position: Int) -> Bool {
    var pending = [start]
    while let index = pending.popLast() {
      guard threads.visit(index) else { continue }
      switch program[index] {
      case .take: threads.taking.append(index)
      case .check(let place): if place.isAt(position, in: scalars) { pending.append(index + 1) }
      case .fork(let one, let other): pending += [other, one]
      case .jump(let target): pending.append(target)
      case .accept: return true
      }
    }
    return false
  }

  /// The steps that wait for a scalar at one position, and those that were reached on the way.
  private struct Threads {
    var taking: [Int] = []
    private var visited: [Int]
    private var generation = 1

    init(count: Int) { visited = Array(repeating: 0, count: count) }

    mutating func removeAll() {
      taking.removeAll(keepingCapacity: true)
      generation += 1
    }

    mutating func visit(_ index: Int) -> Bool {
      defer { visited[index] = generation }
      return visited[index] != generation
    }
  }

  private struct Compiler {
    var program: [Step] = []
    // Counted apart from the program, because repeated nothing makes no steps.
    private var visits = 0

    mutating func append(_ node: PatternSyntax.Node) throws(Invalid) {
      visits += 1
      guard visits <= maxSteps else { throw Invalid(reason: "becomes too large with its repetitions") }
      switch node {
      case .set(let set): program.append(.take(set))
      case .place(let place): program.append(.check(place))
      case .sequence(let nodes): for node in nodes { try append(node) }
      case .choice(let nodes): try appendChoice(nodes)
      case .repeated(let node, let least, let most):
        for _ in 0..<least { try append(node) }
        if let most { try appendOptional(node, times: most - least) } else { try appendLoop(node) }
      }
    }

    private mutating func appendChoice(_ nodes: [PatternSyntax.Node]) throws(Invalid) {
      var ends: [Int] = []
      for node in nodes.dropLast() {
        let fork = program.count
        program.append(.accept)
        try append(node)
        ends.append(program.count)
        program.append(.accept)
        program[fork] = .fork(fork + 1, program.count)
      }
      if let last = nodes.last { try append(last) }
      for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func appendLoop(_ node: PatternSyntax.Node) throws(Invalid) {
      let fork = program.count
      program.append(.accept)
      try append(node)
      program.append(.jump(fork))
      program[fork] = .fork(fork + 1, program.count)
    }

    private mutating func appendOptional(_ node: PatternSyntax.Node, times: Int) throws(Invalid) {
      var forks: [Int] = []
      for _ in 0..<times {
        forks.append(program.count)
        program.append(.accept)
        try append(node)
      }
      for fork in forks { program[fork] = .fork(fork + 1, program.count) }
    }
  }
}
