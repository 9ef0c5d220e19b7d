#pragma once

// The commit that was built, and its date, as scripts/lib/build.sh tells; empty for other builds.
const char *sealift_commit(void);
const char *sealift_commit_date(void);
