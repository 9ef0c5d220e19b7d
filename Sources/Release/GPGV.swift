public import Diagnostics
internal import SystemIO

/// The program `gpgv`, which checks OpenPGP signatures.
public struct GPGV: Sendable {
  /// The Debian package that holds it; others call it `gnupg2`.
  public static let package = "gpgv"

  // It takes milliseconds.
  private static let patience: Duration = .seconds(60)

  private let program: InstalledProgram
  private let temporaryDirectory: String

  /// Looks for the program: on the system, and then beside this one.
  ///
  /// - Parameter environment: `PATH` of it counts, and `TMPDIR`.
  /// - Returns: `nil` if it is not there.
  public init?(environment: [String: String]) {
    // The system's comes first, as it is kept up to date.
    let installed = InstalledProgram("gpgv", environment: environment)
    guard let program = installed ?? PortableDirectory.program("gpgv") else { return nil }
    self.program = program
    temporaryDirectory = FileSystem.temporaryDirectory(environment)
  }

  /// The error where it is needed and not installed.
  public static var missing: SealiftError {
    SealiftError(
      .configuration, "release signatures cannot be checked: gpgv is not installed",
      nextStep: "install it: `apt-get install \(package)`, or `dnf install gnupg2`")
  }

  /// What it says of one message.
  struct Answer {
    /// Its status lines.
    let status: GPGVStatus
    /// The exit status.
    let code: Int
    /// The text that the message holds, signed or not.
    let text: [UInt8]
  }

  /// Checks a message against keys; blocks.
  ///
  /// - Returns: `nil` if the text within is larger than `limit`.
  /// - Throws: `storage`, or `internal` if the program hangs.
  func check(_ message: [UInt8], with keys: [ReleaseKey], limit: Int) throws(SealiftError) -> Answer? {
    let directory = try PrivateDirectory(in: temporaryDirectory)
    let home = directory.path
    try FileSystem.write(keys.flatMap(\.bytes), to: "\(home)/keys.gpg", permissions: 0o600)
    // No name like x.sig: gpgv would look for a file x.
    try FileSystem.write(message, to: "\(home)/message", permissions: 0o600)
    // Its words for people, which quote the message, go nowhere: nothing in them must look like a status line.
    let arguments = [
      "--homedir", home, "--keyring", "\(home)/keys.gpg", "--status-fd", "2", "--logger-fd", "0", "--output", "-", "--",
      "\(home)/message",
    ]
    let outcome = try program.run(
      arguments, environment: ["GNUPGHOME": home, "LC_ALL": "C"], limit: limit, patience: Self.patience)
    switch outcome {
    case .ended(let output):
      return Answer(status: GPGVStatus(output.errors), code: output.status, text: output.output)
    case .wroteTooMuch: return nil
    case .tookTooLong:
      throw SealiftError(
        .internal, "\(program.path) did not end within \(Self.patience)", nextStep: "run it by hand with --version")
    }
  }
}
