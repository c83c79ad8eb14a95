// filter-child CALL[,CALL...] COMMAND...: runs a command; the first child process that it makes gets, before its first
// instruction, a seccomp filter that kills it at one of the named system calls. The filter outlives execve(2), so the
// program that the child executes must not make those calls either: exit-bare.c.
// Exit status: the command's; 2 for a failure of this program; 77 where it does not know the processor.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
    perror(what);
    exit(2);
}

static const struct { const char *name; unsigned number; } calls[] = {
    {"mmap", SYS_mmap}, {"munmap", SYS_munmap}, {"mremap", SYS_mremap}, {"mprotect", SYS_mprotect},
    {"madvise", SYS_madvise}, {"brk", SYS_brk}, {"futex", SYS_futex}, {"sched_yield", SYS_sched_yield},
    {"membarrier", SYS_membarrier}, {"rt_sigreturn", SYS_rt_sigreturn}, {"tgkill", SYS_tgkill}, {"setsid", SYS_setsid},
};

// One comparison a call; each jumps to the next or into the killing return.
static unsigned short compile(char *names, struct sock_filter *filter) {
    unsigned short n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        size_t i = 0;
        while (i < sizeof calls / sizeof *calls && strcmp(calls[i].name, name) != 0)
            i++;
        if (i == sizeof calls / sizeof *calls) {
            fprintf(stderr, "filter-child: unknown call %s\n", name);
            exit(2);
        }
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return n;
}

#ifdef __x86_64__
// The child stands behind the syscall instruction that made it: that instruction makes the call that sets the filter.
static void install(pid_t child, struct sock_filter *filter, unsigned short length) {
    struct user_regs_struct before, regs;
    if (ptrace(PTRACE_GETREGS, child, 0, &before) < 0)
        fail("PTRACE_GETREGS");
    regs = before;
    unsigned long at = (before.rsp - 4096) & ~15ul;
    struct sock_fprog program = {length, (struct sock_filter *)(at + sizeof program)};
    struct iovec ours[] = {{&program, sizeof program}, {filter, length * sizeof *filter}};
    struct iovec theirs = {(void *)at, ours[0].iov_len + ours[1].iov_len};
    if (process_vm_writev(child, ours, 2, &theirs, 1, 0) != (ssize_t)theirs.iov_len)
        fail("process_vm_writev");
    regs.rip -= 2;
    regs.orig_rax = -1;
    regs.rax = SYS_seccomp;
    regs.rdi = SECCOMP_SET_MODE_FILTER;
    regs.rsi = 0;
    regs.rdx = at;
    int status;
    if (ptrace(PTRACE_SETREGS, child, 0, &regs) < 0 || ptrace(PTRACE_SINGLESTEP, child, 0, 0) < 0 || waitpid(child, &status, __WALL) < 0
        || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP || ptrace(PTRACE_GETREGS, child, 0, &regs) < 0 || regs.rax != 0) {
        fprintf(stderr, "filter-child: seccomp(2) in the child: %lld\n", (long long)regs.rax);
        exit(2);
    }
    if (ptrace(PTRACE_SETREGS, child, 0, &before) < 0)
        fail("PTRACE_SETREGS");
}
#endif

int main(int argc, char **argv) {
#ifdef __x86_64__
    if (argc < 3)
        return 2;
    struct sock_filter filter[64];
    unsigned short length = compile(argv[1], filter);
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    int status;
    if (waitpid(pid, &status, __WALL) < 0 || ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL) < 0)
        fail("PTRACE_SETOPTIONS");
    for (int signal = 0;;) {
        if (ptrace(PTRACE_CONT, pid, 0, signal) < 0 || waitpid(pid, &status, __WALL) < 0)
            fail("PTRACE_CONT");
        if (!WIFSTOPPED(status))
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (status >> 16)
            break;
        signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    }
    unsigned long child;
    int first;
    if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) < 0 || waitpid((pid_t)child, &first, __WALL) < 0)
        fail("PTRACE_GETEVENTMSG");
    install((pid_t)child, filter, length);
    ptrace(PTRACE_DETACH, (pid_t)child, 0, 0);
    ptrace(PTRACE_DETACH, pid, 0, 0);
    if (waitpid(pid, &status, 0) < 0)
        fail("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
#else
    (void)compile;
    return 77;
#endif
}
