#include "CLauncher.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

// What lies at DIRECTORY/NAME or DIRECTORY/bin/NAME runs DIRECTORY/libexec/NAME by DIRECTORY/lib/LINKER. All of it is in one
// section, which is copied out of the program: it calls no library and refers to nothing outside. Texts are assembler, as
// the compiler would put them elsewhere.

#define SECTION "sealift_launcher"
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define LINKER "ld-linux-x86-64.so.2"
#define ENTER "xor %ebp, %ebp; mov %rsp, %rdi; and $-16, %rsp; call sealift_launch; hlt"
#elif defined(__aarch64__)
#define LINKER "ld-linux-aarch64.so.1"
#define ENTER "mov x29, #0; mov x0, sp; and x1, x0, #-16; mov sp, x1; bl sealift_launch; brk #1"
#else
#error "the launcher has no entry for this architecture"
#endif

#define NEXT "\\n  next: "
#define TEXT(name, text) ".hidden sealift_" #name "; sealift_" #name ": .asciz \"" text "\"\n"

__asm__(".pushsection " SECTION ",\"ax\",@progbits\n"
        ".balign 16; .hidden sealift_enter; sealift_enter: " ENTER "\n"
        TEXT(linker, "/lib/" LINKER)
        TEXT(library_path, "--library-path")
        TEXT(inhibit_cache, "--inhibit-cache")
        TEXT(argv0, "--argv0")
        TEXT(lib, "/lib")
        TEXT(libexec, "/libexec/")
        TEXT(slash, "/")
        TEXT(above, "/..")
        TEXT(nothing, "")
        TEXT(hidden, "?")
        TEXT(proc, "/proc/self/exe")
        TEXT(error, "error: ")
        TEXT(unknown, ": it cannot be found out where this program lies" NEXT "start it by its path\\n")
        TEXT(alone, ": its libraries do not lie beside it" NEXT "copy the whole directory that it came in\\n")
        TEXT(separator, ": no library is found below a directory with ':', ';' or '$' in its name"
                        NEXT "copy the directory elsewhere\\n")
        TEXT(refused, ": the system does not run it" NEXT
                      "copy the directory to a disk that is not mounted 'noexec', and `chmod +x` this file\\n")
        ".balign 16\n.popsection");

#pragma GCC visibility push(hidden)
extern const char sealift_enter[], sealift_linker[], sealift_library_path[], sealift_inhibit_cache[], sealift_argv0[],
    sealift_lib[], sealift_libexec[], sealift_slash[], sealift_above[], sealift_nothing[], sealift_hidden[],
    sealift_proc[], sealift_error[], sealift_unknown[], sealift_alone[], sealift_separator[], sealift_refused[];
// The linker gives them to each section whose name is one of C.
extern const unsigned char __start_sealift_launcher[], __stop_sealift_launcher[];
#pragma GCC visibility pop

INLINE long ask(long number, long first, long second, long third, long fourth) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = fourth;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = first;
  register long x1 __asm__("x1") = second;
  register long x2 __asm__("x2") = third;
  register long x3 __asm__("x3") = fourth;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#endif
}

// A path. One that is longer is cut: no file has its name.
struct path {
  long count;
  char bytes[2 * PATH_MAX];
};

INLINE void append(struct path *path, const char *text) {
  while (*text && path->count < (long)sizeof path->bytes - 1) path->bytes[path->count++] = *text++;
  path->bytes[path->count] = 0;
}

INLINE void join(struct path *path, const char *first, const char *second) {
  path->count = 0;
  append(path, first);
  append(path, second);
}

// How many bytes of an absolute path stand before its last name.
INLINE long before_name(const struct path *path) {
  long count = path->count;
  while (count > 0 && path->bytes[count - 1] != '/') count--;
  return count;
}

INLINE void cut(struct path *path, long count) {
  path->count = count < 0 ? 0 : count;
  path->bytes[path->count] = 0;
}

INLINE void say(const char *text) {
  long count = 0;
  while (text[count]) count++;
  ask(SYS_write, STDERR_FILENO, (long)text, count, 0);
}

// Says a path, without what a terminal would obey.
INLINE void name(const char *path) {
  for (; *path; path++) {
    int obeyed = (unsigned char)*path < ' ' || *path == 0x7F;
    ask(SYS_write, STDERR_FILENO, (long)(obeyed ? sealift_hidden : path), 1, 0);
  }
}

INLINE _Noreturn void stop(const char *path, const char *problem, int status) {
  say(sealift_error);
  name(path);
  say(problem);
  ask(SYS_exit_group, status, 0, 0, 0);
  __builtin_unreachable();
}

// Whether a path is a link, and to what.
INLINE int is_link(const struct path *path, struct path *target) {
  long count = ask(SYS_readlinkat, AT_FDCWD, (long)path->bytes, (long)target->bytes, PATH_MAX - 1);
  cut(target, count);
  return count > 0;
}

INLINE int is_there(const char *path) { return ask(SYS_faccessat, AT_FDCWD, (long)path, F_OK, 0) == 0; }

// Where this program lies, absolute and without a link for its last name.
INLINE void find(struct path *found, const char *started) {
  struct path target;
  found->count = 0;
  if (*started != '/') {
    // The count holds the zero at the end; what is outside of the root has no slash at its beginning.
    long count = ask(SYS_getcwd, (long)found->bytes, PATH_MAX, 0, 0);
    if (count < 2 || found->bytes[0] != '/') stop(started, sealift_unknown, 66);
    cut(found, count - 1);
    append(found, sealift_slash);
  }
  append(found, started);
  for (int links = 0; links < 40 && is_link(found, &target); links++) {
    cut(found, target.bytes[0] == '/' ? 0 : before_name(found));
    append(found, target.bytes);
  }
}

// Source: System V ABI, "Process Initialization": the number of arguments, they, the environment, the auxiliary vector.
__attribute__((section(SECTION), used, noinline, visibility("hidden"), no_builtin, no_stack_protector, noreturn))
void sealift_launch(char **stack) {
  long count = (long)stack[0];
  char **words = stack + 1, **environment = words + count + 1, **end = environment;
  while (*end) end++;
  // Where the kernel does not say how it was asked, its own file system may know.
  const char *started = sealift_proc;
  for (const Elf64_auxv_t *fact = (const Elf64_auxv_t *)(end + 1); fact->a_type != AT_NULL; fact++)
    if (fact->a_type == AT_EXECFN) started = (const char *)fact->a_un.a_val;

  struct path self, directory, linker, library, program;
  find(&self, started);
  const char *last = self.bytes + before_name(&self);
  join(&directory, self.bytes, sealift_nothing);
  cut(&directory, before_name(&self) - 1);
  join(&linker, directory.bytes, sealift_linker);
  if (!is_there(linker.bytes)) {
    append(&directory, sealift_above);
    join(&linker, directory.bytes, sealift_linker);
    if (!is_there(linker.bytes)) stop(self.bytes, sealift_alone, 66);
  }
  // The dynamic linker takes a list of directories, with variables in it.
  for (const char *byte = directory.bytes; *byte; byte++)
    if (*byte == ':' || *byte == ';' || *byte == '$') stop(directory.bytes, sealift_separator, 64);
  join(&library, directory.bytes, sealift_lib);
  join(&program, directory.bytes, sealift_libexec);
  append(&program, last);

  const char *run[count + 9];
  long next = 0;
  run[next++] = linker.bytes;
  // What the system has in its cache was made for another C library.
  run[next++] = sealift_inhibit_cache;
  run[next++] = sealift_library_path;
  run[next++] = library.bytes;
  run[next++] = sealift_argv0;
  run[next++] = count > 0 ? words[0] : last;
  run[next++] = program.bytes;
  for (long index = 1; index < count; index++) run[next++] = words[index];
  run[next] = 0;
  ask(SYS_execve, (long)linker.bytes, (long)run, (long)environment, 0);
  stop(linker.bytes, sealift_refused, 74);
}

const unsigned char *sealift_launcher_bytes(void) { return __start_sealift_launcher; }
unsigned long sealift_launcher_count(void) {
  return (unsigned long)(__stop_sealift_launcher - __start_sealift_launcher);
}
unsigned long sealift_launcher_entry(void) {
  return (unsigned long)((const unsigned char *)sealift_enter - __start_sealift_launcher);
}
const char *sealift_launcher_linker(void) { return LINKER; }
