/// A failure that Sealift reports to the person who ran it.
///
/// Source: the codes are the exit codes of `formats/exit-codes.md`.
public struct SealiftError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is, as a script sees it: the exit code of the program.
  public struct Code: Sendable, Hashable, RawRepresentable {
    /// The exit code, 1 to 125.
    public let rawValue: Int32

    /// Makes a code from an exit code.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// All is done but for what was asked for and is missing, as the user allowed.
    public static let incomplete = Code(rawValue: 2)
    /// The command line is wrong.
    public static let usage = Code(rawValue: 64)
    /// A bundle or a layout is damaged, or is not what its index says.
    public static let corrupt = Code(rawValue: 65)
    /// A file, an image or a tag that was asked for does not exist.
    public static let notFound = Code(rawValue: 66)
    /// A registry or a proxy cannot be reached, or gave up half-way.
    public static let network = Code(rawValue: 69)
    /// A defect in Sealift itself.
    public static let `internal` = Code(rawValue: 70)
    /// A disk is full, read-only, or failed.
    public static let storage = Code(rawValue: 74)
    /// Another run holds the file, or the run must be started again to go on.
    public static let again = Code(rawValue: 75)
    /// A registry sent something that the specification does not allow.
    public static let `protocol` = Code(rawValue: 76)
    /// A registry refused the credentials, or asked for some.
    public static let denied = Code(rawValue: 77)
    /// The configuration file or a manifest list asks for something that is not possible.
    public static let configuration = Code(rawValue: 78)
    /// A signature is missing, wrong, or made by a key that is not trusted.
    public static let untrusted = Code(rawValue: 79)
    /// What a bundle rests on is not at the target, nor at hand.
    public static let baseMissing = Code(rawValue: 80)
    /// A bundle is damaged beyond what its parity repairs.
    public static let beyondRepair = Code(rawValue: 81)
  }

  /// What kind of failure it is.
  public let code: Code
  /// What failed, naming the file, image or byte offset: one sentence without a full stop.
  public let problem: String
  /// What to do next, as a command or an action; never empty.
  public let nextStep: String
  /// Whether the same request may well succeed a little later; the basis of retries.
  public let isTransient: Bool
  /// What failed too, for the user to mend in one go; the same command names it.
  public private(set) var further: [SealiftError] = []

  /// - Parameters:
  ///   - code: The kind, which becomes the exit code.
  ///   - problem: One sentence without a full stop. Text from outside needs no escaping here: it is done on output.
  ///   - nextStep: A command or an action.
  ///   - isTransient: Whether a retry may help.
  public init(_ code: Code, _ problem: String, nextStep: String, isTransient: Bool = false) {
    self.code = code
    self.problem = problem.withoutUserInfoInURLs
    self.nextStep = nextStep.withoutUserInfoInURLs
    self.isTransient = isTransient
  }

  /// The same failure, followed by others.
  public func followed(by others: [SealiftError]) -> SealiftError {
    var error = self
    error.further += others
    return error
  }

  /// The same failure, which tells of which thing it is; whether it is transient stays.
  public func about(_ thing: String) -> SealiftError { reworded("\(thing): \(problem)") }

  /// The same failure in other words; its code, whether it is transient and what failed too stay.
  public func reworded(_ problem: String? = nil, nextStep: String? = nil) -> SealiftError {
    SealiftError(code, problem ?? self.problem, nextStep: nextStep ?? self.nextStep, isTransient: isTransient)
      .followed(by: further)
  }

  /// The two lines that a person reads of each failure, safe for a terminal.
  public var description: String {
    ([self] + further).map { "error: \($0.problem.printable)\n  next: \($0.nextStep.printable)" }
      .joined(separator: "\n")
  }
}
