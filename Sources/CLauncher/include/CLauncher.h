#pragma once

// A program without libraries, which starts another one with the dynamic linker and the libraries that lie beside it.
// Sealift holds it as bytes, and writes them to a file of its own.

// Its bytes. They run at each address whose last twelve bits are those of this one.
const unsigned char *sealift_launcher_bytes(void);
// How many they are.
unsigned long sealift_launcher_count(void);
// Which of them runs first.
unsigned long sealift_launcher_entry(void);
// The name of the dynamic linker.
const char *sealift_launcher_linker(void);
