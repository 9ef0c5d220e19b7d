#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

// Swift imports no macros with casts.
static const unsigned int sealift_file_type_mask = AE_IFMT;
static const unsigned int sealift_regular_file = AE_IFREG;
static const unsigned int sealift_directory = AE_IFDIR;
static const unsigned int sealift_symbolic_link = AE_IFLNK;

// archive_set_error is variadic; Swift cannot call it.
static inline void sealift_archive_set_error(struct archive *archive, const char *message) {
  archive_set_error(archive, EIO, "%s", message);
}
