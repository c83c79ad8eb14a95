// memlock COMMAND...: runs a command to which setting RLIMIT_MEMLOCK succeeds without being done, by a seccomp filter that
// its descendants have, too. crun gives up where it may not raise that limit, which since Linux 5.11 does not count what
// crun raises it for, the program of the cgroup's devices.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS_ALLOW(value, distance) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (distance))

int main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        LOAD(nr),
        UNLESS_ALLOW(SYS_prlimit64, 5),
        LOAD(args[1]),
        UNLESS_ALLOW(RLIMIT_MEMLOCK, 3),
        LOAD(args[2]), // the low half of the new limit's address: null asks for the old one
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
    if (argc < 2) {
        fprintf(stderr, "usage: memlock COMMAND...\n");
        return 2;
    }
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fprintf(stderr, "memlock: %s\n", strerror(errno));
        return 1;
    }
    execvp(argv[1], argv + 1);
    fprintf(stderr, "memlock: %s: %s\n", argv[1], strerror(errno));
    return 127;
}
