internal import BundleFormat
public import Content
internal import Diagnostics
internal import JSON
public import SystemIO

/// What a report is written as.
public enum ReportFormat: String, CaseIterable, Sendable {
  /// A page for people.
  case html
  /// A bill of materials in SPDX 2.3.
  case spdx
  /// A bill of materials in CycloneDX 1.6.
  case cyclonedx
  /// A statement on where the bundle comes from, to be signed.
  case inToto = "in-toto"
}

/// What was written of a bundle.
public struct WrittenReport: Sendable {
  /// The id of the bundle.
  public let bundle: String
  /// The bytes of the report.
  public let bytes: Int
}

/// Writes a report on a bundle, of which the head alone is read: it follows from that, and from nothing else.
///
/// - Parameters:
///   - bundle: The path, or `-` for standard input.
///   - format: What it is written as.
///   - since: For a page: the path of an earlier bundle, or of a receipt.
///   - output: Where it goes.
///   - trust: Whom to trust.
///   - environment: Says where short-lived files lie.
/// - Throws: As `AuditedHead`; `usage` if the bundle would be overwritten; `storage`.
public func report(
  _ bundle: String, as format: ReportFormat, since: String?, to output: OutputFile, trust: TrustOptions,
  environment: [String: String]
) throws -> WrittenReport {
  let file = try BundlePlaces(bundle).open(trust, SilentReporter())
  if try file.hasName(output.path) { throw wouldReplace(bundle) }
  let earlier = try since.map { try (BundlePlaces($0).open(trust, SilentReporter()), $0) }
  if let earlier, try earlier.0.hasName(output.path) { throw wouldReplace(earlier.1) }
  let head = try AuditedHead(file, trust: trust, environment: environment)
  let bytes = try head.report(format) {
    try earlier.map { try BundleDiff(DiffSide($0, path: $1, trust: trust, environment: environment), .bundle(head)) }
  }
  try output.write(bytes)
  return WrittenReport(bundle: head.contents.id, bytes: bytes.count)
}

private func wouldReplace(_ input: String) -> SealiftError {
  SealiftError(.usage, "the report would take the place of \(input)", nextStep: "name another file with -o")
}

extension AuditedHead {
  /// The bytes of a report.
  func report(_ format: ReportFormat, since: () throws -> BundleDiff? = { nil }) throws -> [UInt8] {
    switch format {
    case .html: try ReportPage(self, since: try since()).bytes()
    case .spdx: JSONWriter.printable(try SPDXDocument.bytes(of: self)) + [0x0A]
    case .cyclonedx: JSONWriter.printable(try CycloneDXDocument.bytes(of: self)) + [0x0A]
    case .inToto: JSONWriter.printable(ProvenanceStatement.bytes(of: self)) + [0x0A]
    }
  }
}
