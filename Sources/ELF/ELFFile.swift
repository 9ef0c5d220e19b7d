public import Diagnostics

/// What a program or a shared library of Linux says of itself: what it is called, and what it needs to run.
///
/// Source: System V Application Binary Interface, "ELF Header", "Program Header", "Dynamic Section".
public struct ELFFile: Sendable, Equatable {
  /// The path of the dynamic linker that starts it; `nil` for a library or a static program.
  public let interpreter: String?
  /// The name by which others need it; `nil` for a program.
  public let soname: String?
  /// The names of the libraries that it needs itself.
  public let needed: [String]

  /// Whether bytes begin as such a file does.
  public static func isOne(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: All of it.
  ///   - source: Its name, for messages.
  /// - Throws: `configuration` if it is none for 64 bits, or contradicts itself.
  public init(_ bytes: [UInt8], source: String) throws(SealiftError) {
    let image = try ELFImage(bytes, source: source)
    let dynamic = try image.dynamicSection()
    func texts(_ tag: Int) throws(SealiftError) -> [String] {
      var texts: [String] = []
      for entry in dynamic where entry.tag == tag { texts.append(try image.text(entry.value, in: dynamic)) }
      return texts
    }
    interpreter = try image.interpreter()
    soname = try texts(ELFImage.Tag.soname).first
    needed = try texts(ELFImage.Tag.needed)
  }
}
