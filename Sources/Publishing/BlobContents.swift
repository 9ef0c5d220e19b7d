internal import Diagnostics
internal import OCI
internal import Synchronization
internal import SystemIO

/// A small blob in memory, whose digest was checked when it came there.
struct ProvenBytes: BlobContent {
  let descriptor: Descriptor
  let bytes: [UInt8]

  func open() -> any BlobReader { Reader(bytes) }

  private final class Reader: BlobReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let count = min(buffer.count, rest.count)
      rest.prefix(count).withUnsafeBytes { buffer.copyMemory(from: $0) }
      rest = rest.dropFirst(count)
      return count
    }
  }
}

/// A blob in a file of this run, whose digest was computed while it was written.
struct WrittenBlob: BlobContent {
  let descriptor: Descriptor
  let file: File

  func open() -> any BlobReader { Reader(self) }

  private final class Reader: BlobReader {
    private let blob: WrittenBlob
    private var position = 0

    init(_ blob: WrittenBlob) { self.blob = blob }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(blob.descriptor.size - position))
      let count = try blob.file.read(into: rest, at: position)
      position += count
      return count
    }
  }
}

/// A blob whose reading shows as progress; what a retry reads again does not count twice.
struct ReportedContent: BlobContent {
  let content: any BlobContent
  let reporter: any Reporter
  let progress = Progress()

  var descriptor: Descriptor { content.descriptor }

  func open() throws -> any BlobReader {
    Reader(try content.open(), progress, reporter)
  }

  /// How many bytes were reported.
  final class Progress: Sendable {
    private let bytes = Atomic<Int>(0)

    var reported: Int { bytes.load(ordering: .relaxed) }

    /// Notes that reading has come to `position`, and gives what is new.
    func advance(to position: Int) -> Int {
      let before = bytes.load(ordering: .relaxed)
      guard position > before else { return 0 }
      bytes.store(position, ordering: .relaxed)
      return position - before
    }
  }

  private final class Reader: BlobReader {
    private let reader: any BlobReader
    private let progress: Progress
    private let reporter: any Reporter
    private var position = 0

    init(_ reader: any BlobReader, _ progress: Progress, _ reporter: any Reporter) {
      self.reader = reader
      self.progress = progress
      self.reporter = reporter
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
      let count = try reader.read(into: buffer)
      position += count
      let new = progress.advance(to: position)
      if new > 0 { reporter.report(.advanced(bytes: new)) }
      return count
    }
  }
}
