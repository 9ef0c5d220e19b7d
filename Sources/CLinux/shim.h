#pragma once
#include <gnu/libc-version.h>
#include <malloc.h>
#include <sys/auxv.h>
#include <sys/vfs.h>

// The headers declare it only to who asks for GNU extensions.
extern int pipe2(int ends[2], int flags);
// Takes a posix_spawn_file_actions_t.
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int first);

// The path by which the kernel, or the dynamic linker that was called by name, has found the program.
static inline const char *sealift_program_path(void) { return (const char *)getauxval(AT_EXECFN); }
