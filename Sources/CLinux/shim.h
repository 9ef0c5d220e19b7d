#pragma once
#include <malloc.h>
#include <sys/vfs.h>

// The headers declare it only to who asks for GNU extensions.
extern int pipe2(int ends[2], int flags);
// Takes a posix_spawn_file_actions_t.
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int first);
