#pragma once
#include <sys/vfs.h>

// The headers declare it only to who asks for GNU extensions.
extern int pipe2(int ends[2], int flags);
