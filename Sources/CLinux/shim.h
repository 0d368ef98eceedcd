// Linux functions that glibc's headers show only under _GNU_SOURCE, which Swift's view of glibc
// does not define.
#pragma once
#include <pthread.h>
#include <spawn.h>

#include "crc32c.h"

extern int pthread_setname_np(pthread_t thread, const char *name);
extern int setns(int fd, int nstype);
extern int unshare(int flags);

#include <stddef.h>
#include <sys/types.h>

extern int renameat2(int oldfd, const char *oldpath, int newfd, const char *newpath,
                     unsigned int flags);
extern ssize_t copy_file_range(int infd, off_t *inoffset, int outfd, off_t *outoffset, size_t length,
                               unsigned int flags);
extern int fallocate(int fd, int mode, off_t offset, off_t length);

// <sys/xattr.h> is in no module of Swift's glibc.
extern int setxattr(const char *path, const char *name, const void *value, size_t size, int flags);
extern int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);
extern int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
extern ssize_t getxattr(const char *path, const char *name, void *value, size_t size);
extern ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size);
extern ssize_t listxattr(const char *path, char *list, size_t size);
extern int removexattr(const char *path, const char *name);

// Flags that differ between architectures or are macros with casts.
#if defined(__aarch64__) || defined(__arm__)
enum { SWFS_O_DIRECT = 0200000, SWFS_O_TMPFILE = 020040000 };
#else
enum { SWFS_O_DIRECT = 040000, SWFS_O_TMPFILE = 020200000 };
#endif

extern int posix_spawn_file_actions_addchdir_np(
    posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(
    posix_spawn_file_actions_t *actions, int from);
