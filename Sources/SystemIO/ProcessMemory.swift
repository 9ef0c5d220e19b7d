internal import CLinux

/// The memory of this process.
public enum ProcessMemory {
  /// Makes the allocator give memory back soon, at the start of the program.
  ///
  /// By default glibc keeps a heap for each thread and lets freed blocks of up to 32 MiB stay: measured on a bundle of
  /// 100,000 blobs, that is a third of the memory.
  public static func keepSmall() {
    let largeBlock: CInt = 1 << 20
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, largeBlock)
    mallopt(M_TRIM_THRESHOLD, largeBlock)
  }
}
