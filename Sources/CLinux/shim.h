// Linux functions that glibc's headers show only under _GNU_SOURCE, which Swift's view of glibc
// does not define.
#pragma once
#include <pthread.h>

extern int pthread_setname_np(pthread_t thread, const char *name);
extern int setns(int fd, int nstype);
extern int unshare(int flags);
