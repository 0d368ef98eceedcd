// libcurl sets and reads options through variadic functions, which Swift does not import: one typed
// wrapper for each kind of argument.
#pragma once
#include <curl/curl.h>

static inline CURLcode swfs_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode swfs_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode swfs_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode swfs_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode swfs_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}
// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION have this shape.
typedef size_t (*swfs_curl_receiver)(char *bytes, size_t size, size_t count, void *user);
static inline CURLcode swfs_curl_set_receiver(CURL *easy, CURLoption option,
                                              swfs_curl_receiver value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode swfs_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode swfs_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
// CURLMsg keeps the result in a union.
static inline CURLcode swfs_curl_message_result(const CURLMsg *message) {
  return message->data.result;
}
