/* Lets calls of the system fail, and the clock jump, as the environment says.
 *
 * Built and preloaded by `faulty_system.py`. Read at each call, so that a process which was forked
 * ready-made can still be told:
 *
 *   SHIM_CALLS  names of calls that count, with commas: open write fsync rename mkdir unlink thread
 *   SHIM_BELOW  the folder below which they count (threads count everywhere)
 *   SHIM_NTH    number of the call that fails, from 1; none fails without it
 *   SHIM_ERRNO  what it fails with
 *   SHIM_LASTS  set: all later ones fail too, as on a full disk
 *   SHIM_JUMP_S seconds by which the clock is wrong from the call of that number on, which succeeds
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;

/* How many calls have counted in this process. */
long shim_calls(void) { return atomic_load(&calls); }

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

static int is_named(const char *call) {
    const char *names = getenv("SHIM_CALLS");
    size_t length = strlen(call);
    while (names && *names) {
        size_t until = strcspn(names, ",");
        if (until == length && !strncmp(names, call, length))
            return 1;
        names += until + (names[until] == ',');
    }
    return 0;
}

static int is_below(const char *path) {
    const char *folder = getenv("SHIM_BELOW");
    if (!folder)
        return 0;
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

/* Counts a call; returns 0 if it is to be made, else sets errno. */
static int count(void) {
    const char *nth = getenv("SHIM_NTH"), *number = getenv("SHIM_ERRNO");
    long this = atomic_fetch_add(&calls, 1) + 1;
    if (!nth || !number)
        return 0;
    if (this != atol(nth) && !(getenv("SHIM_LASTS") && this > atol(nth)))
        return 0;
    errno = atoi(number);
    return -1;
}

static int fails_at(const char *call, int folder, const char *path) {
    if (!is_named(call) || !path)
        return 0;
    if (*path == '/' || folder == AT_FDCWD)
        return is_below(path) ? count() : 0;
    char link[64], whole[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, sizeof whole - 1);
    if (length < 0)
        return 0;
    whole[length] = 0;
    return is_below(whole) ? count() : 0;
}

static int fails_on(const char *call, int file) { return fails_at(call, file, ""); }

#define MODE                                                                                       \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE
    return fails_at("open", AT_FDCWD, path) ? -1 : REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE
    return fails_at("open", AT_FDCWD, path) ? -1 : REAL(open64)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE
    return fails_at("open", folder, path) ? -1 : REAL(openat)(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE
    return fails_at("open", folder, path) ? -1 : REAL(openat64)(folder, path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t size) {
    return fails_on("write", file) ? -1 : REAL(write)(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
    return fails_on("write", file) ? -1 : REAL(pwrite)(file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    return fails_on("write", file) ? -1 : REAL(pwrite64)(file, bytes, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int number) {
    return fails_on("write", file) ? -1 : REAL(writev)(file, parts, number);
}

int fsync(int file) { return fails_on("fsync", file) ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return fails_on("fsync", file) ? -1 : REAL(fdatasync)(file); }

int rename(const char *source, const char *target) {
    return fails_at("rename", AT_FDCWD, source) ? -1 : REAL(rename)(source, target);
}

int mkdir(const char *path, mode_t mode) {
    return fails_at("mkdir", AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode);
}

int unlink(const char *path) {
    return fails_at("unlink", AT_FDCWD, path) ? -1 : REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
    return fails_at("unlink", folder, path) ? -1 : REAL(unlinkat)(folder, path, flags);
}

int rmdir(const char *path) {
    return fails_at("unlink", AT_FDCWD, path) ? -1 : REAL(rmdir)(path);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with) {
    if (is_named("thread") && count())
        return errno;
    return REAL(pthread_create)(thread, how, run, with);
}

/* Seconds by which the clock is wrong now. */
static long jump_s(void) {
    const char *seconds = getenv("SHIM_JUMP_S"), *nth = getenv("SHIM_NTH");
    return seconds && nth && atomic_load(&calls) >= atol(nth) ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = REAL(clock_gettime)(clock, now);
    if (!result && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += jump_s();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = REAL(gettimeofday)(now, zone);
    if (!result)
        now->tv_sec += jump_s();
    return result;
}

time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}
