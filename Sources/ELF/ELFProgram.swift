/// The file of a program that needs no libraries.
public enum ELFProgram {
  // Where such programs begin in memory by tradition; a multiple of each size of pages.
  private static let base = 0x40_0000
  private static let largestPage = 0x1_0000
  // That of the file, and of two segments.
  private static let headers = 64 + 2 * 56

  #if arch(x86_64)
    private static let machine = 62
  #elseif arch(arm64)
    private static let machine = 183
  #endif

  /// Makes the file, for the machine that this runs on.
  ///
  /// Source: System V Application Binary Interface, "ELF Header", "Program Header"; elf(5), `PT_GNU_STACK`.
  ///
  /// - Parameters:
  ///   - code: What runs, with what it reads; nothing is written to it.
  ///   - entry: Which of its bytes runs first.
  ///   - offset: The last twelve bits of the address that it is to have.
  public static func file(_ code: [UInt8], entry: Int, offset: Int) -> [UInt8] {
    let start = offset < headers ? offset + 0x1000 : offset
    let end = start + code.count
    var file: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func put(_ values: [(value: Int, bytes: Int)]) {
      for (value, bytes) in values { file += (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
    put([
      (2, 2), (machine, 2), (1, 4), (base + start + entry, 8), (64, 8), (0, 8), (0, 4), (64, 2), (56, 2), (2, 2),
      (0, 6),
    ])
    // All of the file is loaded, to be read and run.
    put([(1, 4), (5, 4), (0, 8), (base, 8), (base, 8), (end, 8), (end, 8), (largestPage, 8)])
    // Without this the stack, and with some kernels all memory, could be run.
    put([(0x6474_E551, 4), (6, 4), (0, 8), (0, 8), (0, 8), (0, 8), (0, 8), (16, 8)])
    return file + [UInt8](repeating: 0, count: start - file.count) + code
  }
}
