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
  let file = try File.input(bundle)
  if try file.hasName(output.path) { throw wouldReplace(bundle) }
  // A pipe is opened once: who writes into it sees it closed.
  if let since, try FileSystem.isRegularFile(since), try File(since, .read).hasName(output.path) {
    throw wouldReplace(since)
  }
  let head = try AuditedHead(file, trust: trust, environment: environment)
  let bytes = try head.report(format) {
    try since.map { try BundleDiff(DiffSide($0, trust: trust, environment: environment), .bundle(head)) }
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
