internal import CCurl
internal import Diagnostics
internal import Glibc

/// What all handles of a transport know together: the addresses of hosts, and TLS sessions to resume. Connections are
/// not among it: libcurl cannot share those between threads.
///
/// Threads: any.
final class CurlShare: @unchecked Sendable {
  // libcurl locks what it changes, with a lock for each kind of data.
  let share: UnsafeMutableRawPointer
  private let locks: UnsafeMutablePointer<pthread_mutex_t>
  private static let kinds = Int(CURL_LOCK_DATA_LAST.rawValue)

  init() throws(SealiftError) {
    guard CurlHandle.isReady, let share = curl_share_init() else { throw CurlHandle.failure }
    self.share = share
    locks = .allocate(capacity: Self.kinds)
    for kind in 0..<Self.kinds { pthread_mutex_init(locks + kind, nil) }
    sealift_curl_share_lock(
      share, { _, kind, _, locks in pthread_mutex_lock(CurlShare.lock(kind, of: locks)) },
      { _, kind, locks in pthread_mutex_unlock(CurlShare.lock(kind, of: locks)) }, locks)
    for kind in [CURL_LOCK_DATA_DNS, CURL_LOCK_DATA_SSL_SESSION] { sealift_curl_share(share, kind) }
  }

  deinit {
    curl_share_cleanup(share)
    for kind in 0..<Self.kinds { pthread_mutex_destroy(locks + kind) }
    locks.deallocate()
  }

  private static func lock(
    _ kind: curl_lock_data, of locks: UnsafeMutableRawPointer?
  ) -> UnsafeMutablePointer<pthread_mutex_t> {
    guard let locks else { preconditionFailure("libcurl lost its locks") }
    return locks.assumingMemoryBound(to: pthread_mutex_t.self) + Int(kind.rawValue)
  }
}
