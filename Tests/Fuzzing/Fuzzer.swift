import Diagnostics
import Glibc
import SystemIO
import TestSupport

/// The parser that libFuzzer gives its inputs to: the one that `SEALIFT_PARSER` names.
private let chosen: Parser = {
  let name = RunningProcess.environment("SEALIFT_PARSER") ?? ""
  guard let parser = Parser.all.first(where: { $0.name == name }) else {
    print(Parser.all.map(\.name).joined(separator: "\n"))
    exit(name.isEmpty ? 0 : 64)
  }
  return parser
}()

/// Writes what is well-formed into the directory that `SEALIFT_SEEDS` names, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?,
  _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  let parser = chosen
  guard let directory = RunningProcess.environment("SEALIFT_SEEDS") else { return 0 }
  do {
    for (number, sample) in try parser.samples().enumerated() {
      try FileSystem.write(sample, to: "\(directory)/\(number)")
    }
    exit(0)
  } catch {
    print("a sample of \(parser.name) is refused: \(error)")
    exit(1)
  }
}

/// Reads one input: an error of ours or a value, and never more.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    try chosen.read(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch let error as SealiftError {
    precondition(!error.problem.isEmpty && !error.nextStep.isEmpty, "an error that says nothing")
  } catch {
    preconditionFailure("an error that nobody expects: \(error)")
  }
  return 0
}
