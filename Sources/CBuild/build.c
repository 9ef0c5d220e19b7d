#include "CBuild.h"

const char *sealift_commit(void) { return SEALIFT_COMMIT; }
const char *sealift_commit_date(void) { return SEALIFT_COMMIT_DATE; }
