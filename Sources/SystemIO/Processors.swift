internal import Glibc

/// The processors that this process can use.
public enum Processors {
  // More would cost memory, and no disk or network keeps them busy.
  private static let maximum = 8

  /// Their number, 1 to 8.
  public static var count: Int { min(maximum, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
