internal import CArchive
internal import CBuild
internal import CCurl
internal import CLinux
internal import COpenSSL
internal import CISAL
internal import CPCRE2
internal import CSQLite
internal import CYAML
internal import CZlib
internal import CZstd

/// What this program was made of.
enum BuildFacts {
  /// The commit, with `-modified` behind it if files differed; `nil` if the build was not told.
  static let commit = known(sealift_commit())

  /// The date of the commit.
  static let date = known(sealift_commit_date())

  /// The libraries that it runs with, and their versions, by name.
  static let libraries: [(name: String, version: String)] = [
    ("glibc", text(gnu_get_libc_version())),
    ("libarchive", lastWord(archive_version_string())),
    ("libcrypto", text(OpenSSL_version(OPENSSL_VERSION_STRING))),
    ("libcurl", sealift_curl_version().map { text($0.pointee.version) } ?? "unknown"),
    // The library does not tell: this is what the program was built with.
    ("libisal", "\(ISAL_MAJOR_VERSION).\(ISAL_MINOR_VERSION).\(ISAL_PATCH_VERSION)"),
    ("libyaml", text(yaml_get_version_string())),
    ("libz", text(zlibVersion())),
    ("libzstd", text(ZSTD_versionString())),
    ("pcre2", pcre2),
    ("sqlite", text(sqlite3_libversion())),
  ]

  // "libarchive 3.6.2"
  private static func lastWord(_ words: UnsafePointer<CChar>?) -> String {
    text(words).split(separator: " ").last.map(String.init) ?? "unknown"
  }

  private static func text(_ words: UnsafePointer<CChar>?) -> String { words.map { String(cString: $0) } ?? "unknown" }

  private static func known(_ words: UnsafePointer<CChar>?) -> String? {
    words.flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
  }

  /// As "10.42", without the date.
  ///
  /// Source: pcre2_config(3): with no place given, the answer is how large it must be.
  private static var pcre2: String {
    let size = Int(max(1, pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), nil)))
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { place in
      place.initialize(repeating: 0)
      pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), place.baseAddress)
      return text(place.baseAddress).split(separator: " ").first.map(String.init) ?? "unknown"
    }
  }
}
