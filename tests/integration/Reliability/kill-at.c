// kill-at WHO N COMMAND...: runs a command and kills it with SIGKILL at the entry of a system call, before the call happens.
//   runtime N  at the Nth call of the command itself
//   guest N    when its first child process stands before its Nth call: the command is killed, the child goes on by itself
//   child N    the child is killed there, the command goes on
// Exit status: 0 when the signal was sent; 3 when there were less than N calls (of the child: before its execve, or before it waits for `start`), and the
// command then ended with 0; 4 when it ended otherwise; 2 for a failure of this program. Only calls are counted, not the
// time they take: the same N is the same place in every run, as far as the command does the same.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum who { RUNTIME, GUEST, CHILD };

static void fail(const char *what) {
    perror(what);
    exit(2);
}

// Waits for a stop or the end of one process; the end is returned as it is, a stop as the status.
static int wait_for(pid_t pid) {
    int status;
    while (waitpid(pid, &status, __WALL) < 0)
        if (errno != EINTR)
            fail("waitpid");
    return status;
}

static int ended(int status) {
    return WIFEXITED(status) || WIFSIGNALED(status);
}

static int finish(int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 3 : 4;
}

// Goes on with a process to its next stop at a call or event, delivering other signals on the way.
static int next(pid_t pid, int request) {
    long signal = 0;
    for (;;) {
        if (ptrace(request, pid, 0, signal) < 0 && errno != ESRCH)
            fail("ptrace");
        int status = wait_for(pid);
        if (ended(status))
            return status;
        int stop = WSTOPSIG(status);
        if (stop == (SIGTRAP | 0x80) || status >> 16)
            return status;
        signal = stop == SIGSTOP || stop == SIGTRAP ? 0 : stop;
    }
}

enum { WAITS = 1 << 20 };

// The number of the call that a process is about to make; -1 when it stops for something else.
static long entry(pid_t pid) {
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) < 0 || info.op != 1 /* PTRACE_SYSCALL_INFO_ENTRY */)
        return -1;
    // A child that waits for `start` polls its socket and its signals, for as long as it takes.
    if (info.entry.nr == SYS_ppoll && info.entry.args[1] == 2 && info.entry.args[2] == 0)
        return WAITS;
    return (long)info.entry.nr;
}

static int kill_runtime_at(pid_t pid, long n) {
    long calls = 0;
    for (;;) {
        int status = next(pid, PTRACE_SYSCALL);
        if (ended(status))
            return finish(status);
        if (!(status >> 16) && entry(pid) >= 0 && ++calls == n) {
            kill(pid, SIGKILL);
            wait_for(pid);
            return 0;
        }
    }
}

// Lets the command run until it makes its first child process, which is then stopped too; 0 when it ends without.
static pid_t first_child(pid_t pid, int *status) {
    for (;;) {
        *status = next(pid, PTRACE_CONT);
        if (ended(*status))
            return 0;
        int event = *status >> 16;
        if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
            unsigned long child;
            if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) < 0)
                fail("PTRACE_GETEVENTMSG");
            return (pid_t)child;
        }
    }
}

static int at_child(enum who who, pid_t pid, long n) {
    int status;
    pid_t child = first_child(pid, &status);
    if (child == 0)
        return finish(status);
    wait_for(child); // its first stop
    // The command goes on beside it: the two talk to each other.
    ptrace(PTRACE_DETACH, pid, 0, 0);
    long calls = 0;
    for (;;) {
        status = next(child, PTRACE_SYSCALL);
        if (ended(status) || status >> 16 == PTRACE_EVENT_EXEC)
            break;
        long call = status >> 16 ? -1 : entry(child);
        if (call < 0)
            continue;
        if (++calls < n) {
            if (call == SYS_accept4 || call == WAITS)
                break; // it waits for `start`, which does not come
            continue;
        }
        kill(who == GUEST ? pid : child, SIGKILL);
        if (who == GUEST) {
            wait_for(pid);
            ptrace(PTRACE_DETACH, child, 0, 0);
        } else {
            wait_for(child);
            wait_for(pid);
        }
        return 0;
    }
    if (!ended(status))
        ptrace(PTRACE_DETACH, child, 0, 0);
    return finish(wait_for(pid));
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    enum who who = strcmp(argv[1], "runtime") == 0 ? RUNTIME : strcmp(argv[1], "guest") == 0 ? GUEST : CHILD;
    long n = atol(argv[2]);
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[3], argv + 3);
        _exit(127);
    }
    wait_for(pid);
    long options = PTRACE_O_TRACESYSGOOD | (who == RUNTIME ? 0 : PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC);
    if (ptrace(PTRACE_SETOPTIONS, pid, 0, options) < 0)
        fail("PTRACE_SETOPTIONS");
    return who == RUNTIME ? kill_runtime_at(pid, n) : at_child(who, pid, n);
}
