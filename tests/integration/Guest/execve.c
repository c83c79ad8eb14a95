// execve NAME [stay]: writes what this process has right after its execve to /result/NAME, by sections. With `stay` it then waits,
// and writes /result/NAME.2 once /result/again is there.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

static FILE *out;

static void section(const char *name) { fprintf(out, "\n[%s]\n", name); }

// A file as it is; a NUL becomes a line's end.
static void file(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(out, "%s: %s\n", path, strerror(errno));
        return;
    }
    static char text[65536];
    ssize_t length;
    while ((length = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < length; i++) fputc(text[i] ? text[i] : '\n', out);
    close(fd);
}

static void link_target(const char *path, const char *name) {
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    fprintf(out, "%s %s\n", name, length < 0 ? strerror(errno) : target);
}

static void descriptors(int own) {
    section("descriptors");
    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fd == own) continue;
        char path[64], name[64];
        struct stat status;
        fstat(fd, &status);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        snprintf(name, sizeof name, "%d type %o mode %o access %o close-on-exec %d", fd, status.st_mode & S_IFMT, S_ISCHR(status.st_mode) ? status.st_mode & 07777 : 0, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH), fcntl(fd, F_GETFD));
        link_target(path, name);
    }
}

static void attributes(void) {
    section("attributes");
    fprintf(out, "dumpable %d\nkeepcaps %d\nsecurebits %d\nno-new-privs %d\n", prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    int value = -1;
    prctl(PR_GET_PDEATHSIG, &value);
    fprintf(out, "death signal %d\n", value);
    prctl(PR_GET_CHILD_SUBREAPER, &value);
    fprintf(out, "subreaper %d\nthp-disable %d\ntimer slack %d\n", value, prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), prctl(PR_GET_TIMERSLACK));
    fprintf(out, "policy %d\nnice %d\nio priority %ld\n", sched_getscheduler(0), getpriority(PRIO_PROCESS, 0), syscall(SYS_ioprio_get, 1, 0));
    fprintf(out, "first %d\nparent %d\ngroup %d\nsession %d\n", getpid() == 1, getppid(), getpgrp() == getpid(), getsid(0) == getpid());
    mode_t mask = umask(0);
    umask(mask);
    fprintf(out, "secure %lu\numask %o\n", getauxval(AT_SECURE), mask);
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    fprintf(out, "terminal %s\n", terminal < 0 ? strerror(errno) : tcgetpgrp(terminal) == getpgrp() ? "in the foreground" : "in the background");
    if (terminal >= 0) close(terminal);
    struct utsname names;
    uname(&names);
    fprintf(out, "host %s\ndomain %s\n", names.nodename, names.domainname);
    char text[256] = "";
    long length = syscall(SYS_keyctl, 6, -3, text, sizeof text);
    fprintf(out, "keyring %s\n", length < 0 ? strerror(errno) : text);
    fprintf(out, "unshare %s\n", unshare(CLONE_NEWUTS) == 0 ? "allowed" : strerror(errno)); // the last: it changes a namespace
}

static void devices(void) {
    section("devices");
    struct dirent **entries;
    int count = scandir("/dev", &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        struct stat status;
        char path[300];
        snprintf(path, sizeof path, "/dev/%s", entries[i]->d_name);
        if (entries[i]->d_name[0] == '.' || lstat(path, &status) < 0) continue;
        fprintf(out, "%s %o %u:%u %u:%u\n", path, status.st_mode, status.st_uid, status.st_gid, major(status.st_rdev), minor(status.st_rdev));
    }
}

static void dump(const char *name) {
    char path[256], done[256];
    snprintf(path, sizeof path, "/result/.%s", name);
    snprintf(done, sizeof done, "/result/%s", name);
    out = fopen(path, "we");
    if (!out) _exit(3);
    descriptors(fileno(out));
    section("environment"), file("/proc/self/environ");
    section("command"), file("/proc/self/cmdline"), file("/proc/self/comm");
    section("status"), file("/proc/self/status");
    section("limits"), file("/proc/self/limits");
    section("mounts"), file("/proc/self/mountinfo");
    section("namespaces");
    static const char *kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts"};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        link_target(path, kinds[i]);
    }
    section("maps"), file("/proc/self/uid_map"), file("/proc/self/gid_map"), file("/proc/self/setgroups"), file("/proc/self/timens_offsets");
    section("place"), link_target("/proc/self/cwd", "cwd"), link_target("/proc/self/root", "root"), link_target("/proc/self/exe", "exe");
    section("lsm"), file("/proc/self/attr/current"), file("/proc/self/attr/exec");
    section("kernel"), file("/proc/self/oom_score_adj"), file("/proc/self/cgroup"), file("/proc/self/personality"), file("/proc/self/coredump_filter"), file("/proc/self/loginuid");
    devices();
    attributes();
    fclose(out);
    snprintf(path, sizeof path, "/result/.%s", name);
    if (rename(path, done) < 0) _exit(4);
}

int main(int argc, char **argv) {
    dump(argv[1]);
    if (argc > 2) {
        while (access("/result/again", F_OK) < 0) usleep(10000);
        char second[64];
        snprintf(second, sizeof second, "%s.2", argv[1]);
        dump(second);
        for (;;) pause();
    }
    return 0;
}
