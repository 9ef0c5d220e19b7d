internal import CCurl
internal import COpenSSL
internal import Diagnostics

/// One easy handle of libcurl, which keeps its connections from request to request.
///
/// Threads: one at a time; the owner may change.
final class CurlHandle: @unchecked Sendable {
  // Not shared: a handle is taken out of its transport's list for the length of one request.
  private let handle: UnsafeMutableRawPointer
  // libcurl writes the reason of a failure here.
  private let reason: UnsafeMutablePointer<CChar>
  // Must outlive the handle.
  private let share: CurlShare

  // libcurl asks for one initialisation before any thread uses it.
  static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  static var failure: SealiftError {
    SealiftError(.internal, "libcurl cannot start", nextStep: "check the libcurl4 package")
  }

  /// What libcurl does TLS by: `OpenSSL/3.0.19`.
  static let tls = sealift_curl_version()?.pointee.ssl_version.map { String(cString: $0) } ?? "nothing"

  /// The path of the system's CAs, as libcurl was built.
  static let systemAuthorities: String? = sealift_curl_version()?.pointee.cainfo.map { String(cString: $0) }

  /// The directory in which libcurl looks for CAs by their names' hashes, as it was built.
  static let authorityDirectory: String? = sealift_curl_version()?.pointee.capath.map { String(cString: $0) }

  init(_ share: CurlShare) throws(SealiftError) {
    guard Self.isReady, let handle = curl_easy_init() else { throw Self.failure }
    self.handle = handle
    self.share = share
    reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
    reason.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    sealift_curl_set_pointer(handle, CURLOPT_SHARE, share.share)
  }

  deinit {
    curl_easy_cleanup(handle)
    reason.deallocate()
  }

  /// Forgets all options, but not the connections.
  func reset() {
    curl_easy_reset(handle)
    sealift_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, reason)
    set(CURLOPT_NOSIGNAL, 1)
  }

  func set(_ option: CURLoption, _ value: Int) { sealift_curl_set_long(handle, option, value) }

  func setOffset(_ option: CURLoption, _ value: Int) { sealift_curl_set_offset(handle, option, curl_off_t(value)) }

  func set(_ option: CURLoption, _ value: String) { sealift_curl_set_string(handle, option, value) }

  func set(_ option: CURLoption, _ lines: borrowing HeaderLines) { sealift_curl_set_list(handle, option, lines.list) }

  /// Sets whom TLS trusts; it must live until `perform` returns.
  ///
  /// - Throws: `configuration` if libcurl does TLS by something else than the OpenSSL that made it.
  func set(_ trust: TrustStore) throws(SealiftError) {
    guard Self.tls.hasPrefix("OpenSSL/\(OPENSSL_version_major()).") else {
      throw SealiftError(
        .configuration, "libcurl does TLS by \(Self.tls), and not by OpenSSL \(OPENSSL_version_major())",
        nextStep: "install the libcurl4 package")
    }
    sealift_curl_set_string(handle, CURLOPT_CAINFO, nil)
    sealift_curl_set_string(handle, CURLOPT_CAPATH, nil)
    sealift_curl_set_tls_context(
      handle,
      { _, context, store in
        SSL_CTX_set1_cert_store(OpaquePointer(context), OpaquePointer(store))
        return CURLE_OK
      }, UnsafeMutableRawPointer(trust.store))
  }

  /// Sets the callbacks, which find `exchange` again; it must live until `perform` returns.
  func set(_ exchange: Exchange) {
    let context = Unmanaged.passUnretained(exchange).toOpaque()
    sealift_curl_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      Exchange.of(context).takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    sealift_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      Exchange.of(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    sealift_curl_set_transfer(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
      Exchange.of(context).giveBody(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    }
    sealift_curl_set_seek(handle) { context, offset, origin in
      Exchange.of(context).rewindBody(to: Int(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK
    }
    sealift_curl_set_progress(handle) { context, _, received, _, sent in
      Exchange.of(context).mayGoOn(received: Int(received), sent: Int(sent)) ? 0 : 1
    }
    for option in [
      CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_XFERINFODATA,
    ] {
      sealift_curl_set_pointer(handle, option, context)
    }
    set(CURLOPT_NOPROGRESS, 0)
  }

  /// Sends the request and waits for the end of the answer.
  func perform() -> CURLcode {
    reason[0] = 0
    return curl_easy_perform(handle)
  }

  /// How many seconds passed between the last request and the first byte of its answer; `nil` if libcurl does not say.
  var answerSeconds: Double? {
    let passed = number(CURLINFO_STARTTRANSFER_TIME_T) - number(CURLINFO_PRETRANSFER_TIME_T)
    return passed > 0 ? Double(passed) / 1_000_000 : nil
  }

  /// What libcurl says about the last failure; it names hosts and files, never a URL's query.
  var failureReason: String { String(cString: reason) }

  /// The seconds of a `Retry-After` header, if the last answer had one.
  var retryAfter: Int? {
    let seconds = number(CURLINFO_RETRY_AFTER)
    return seconds > 0 ? seconds : nil
  }

  private func number(_ info: CURLINFO) -> Int {
    var number: curl_off_t = 0
    return sealift_curl_get_offset(handle, info, &number) == CURLE_OK ? Int(number) : 0
  }
}

/// A list of header lines in libcurl's form.
struct HeaderLines: ~Copyable {
  fileprivate let list: UnsafeMutablePointer<curl_slist>?

  init(_ lines: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    self.list = list
  }

  deinit { curl_slist_free_all(list) }
}
