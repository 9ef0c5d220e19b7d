internal import Glibc

/// Real release and catalog files, which are not part of the repository.
public enum Corpus {
  /// The directory; `nil` where the variable `SEALIFT_CORPUS` names none.
  public static let directory = getenv("SEALIFT_CORPUS").flatMap { String(validatingCString: $0) }

  /// Whether it is there: a condition of tests.
  public static var isPresent: Bool { directory != nil }

  /// Why a test is skipped.
  public static let reason = "SEALIFT_CORPUS names no directory with real files"

  /// The path of a file.
  public static func path(_ name: String) -> String { "\(directory ?? "")/\(name)" }
}
