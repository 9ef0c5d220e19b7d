#pragma once
#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call, and curl's own type check macros
// stand in the way of typed wrappers.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_share_setopt

typedef size_t (*sealift_curl_transfer)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode sealift_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sealift_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sealift_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sealift_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sealift_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode sealift_curl_set_transfer(CURL *handle, CURLoption option, sealift_curl_transfer function) {
  return curl_easy_setopt(handle, option, function);
}
static inline CURLcode sealift_curl_set_seek(CURL *handle, curl_seek_callback function) {
  return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, function);
}
static inline CURLcode sealift_curl_set_progress(CURL *handle, curl_xferinfo_callback function) {
  return curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
}
static inline CURLcode sealift_curl_set_tls_context(CURL *handle, curl_ssl_ctx_callback function, void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, function);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, context) : code;
}
static inline CURLSHcode sealift_curl_share(CURLSH *share, curl_lock_data what) {
  return curl_share_setopt(share, CURLSHOPT_SHARE, what);
}
static inline CURLSHcode sealift_curl_share_lock(
    CURLSH *share, curl_lock_function lock, curl_unlock_function unlock, void *context) {
  CURLSHcode code = curl_share_setopt(share, CURLSHOPT_LOCKFUNC, lock);
  if (code == CURLSHE_OK) code = curl_share_setopt(share, CURLSHOPT_UNLOCKFUNC, unlock);
  return code == CURLSHE_OK ? curl_share_setopt(share, CURLSHOPT_USERDATA, context) : code;
}
static inline CURLcode sealift_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(handle, info, value);
}
static inline curl_version_info_data *sealift_curl_version(void) { return curl_version_info(CURLVERSION_NOW); }
