/// Files of the repository that tests read.
public enum Repository {
  /// The absolute path of a file, given relative to the repository.
  public static func path(_ name: String, of file: String = #filePath) -> String {
    // This file is Tests/TestSupport/Repository.swift.
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/" + name
  }
}
