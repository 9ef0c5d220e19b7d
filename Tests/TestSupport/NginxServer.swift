internal import Diagnostics
internal import SystemIO

/// A real `nginx` on the loopback address in front of another server.
public final class NginxServer: Sendable {
  /// Whether the program is installed.
  public static let isInstalled = RunningProcess.find("nginx") != nil

  /// `127.0.0.1:port`.
  public let address: String
  private let directory: TemporaryDirectory
  private let process: RunningProcess

  /// Starts a server and waits until it listens.
  ///
  /// - Parameters:
  ///   - upstream: `host:port` that requests are passed to.
  ///   - tls: The certificate and key to serve TLS with; HTTP/2 is offered there.
  ///   - settings: Further lines of the `server` block.
  public init(before upstream: String, tls: (certificate: String, key: String)? = nil, settings: String = "") throws {
    let directory = try TemporaryDirectory()
    self.directory = directory
    let port: Int
    (port, process) = try RunningProcess.atFreePort { port in
      let text = Self.configuration(at: port, before: upstream, tls: tls, settings: settings, in: directory.path)
      try FileSystem.write(Array(text.utf8), to: directory("nginx.conf"))
      let process = try RunningProcess(
        "nginx", ["-c", directory("nginx.conf"), "-e", directory("log")], log: directory("out"))
      // Written once it listens.
      try process.wait { _ in FileSystem.exists(directory("pid")) ? () : nil }
      return process
    }
    address = "127.0.0.1:\(port)"
  }

  private static func configuration(
    at port: Int, before upstream: String, tls: (certificate: String, key: String)?, settings: String, in path: String
  ) -> String {
    let secure = tls.map { "ssl_certificate \($0.certificate); ssl_certificate_key \($0.key);" } ?? ""
    return """
      daemon off;
      user root;
      pid \(path)/pid;
      error_log \(path)/log;
      worker_processes 1;
      events {}
      http {
        access_log \(path)/access;
        client_body_temp_path \(path)/body;
        proxy_temp_path \(path)/proxy;
        fastcgi_temp_path \(path)/fastcgi;
        uwsgi_temp_path \(path)/uwsgi;
        scgi_temp_path \(path)/scgi;
        server {
          listen 127.0.0.1:\(port) \(tls == nil ? "" : "ssl http2");
          \(secure)
          \(settings)
          location / {
            proxy_pass http://\(upstream);
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
          }
        }
      }
      """
  }

  /// One line per request.
  public var accessLog: String {
    String(decoding: (try? FileSystem.read(directory("access"), limit: 64 << 20)) ?? [], as: UTF8.self)
  }
}
