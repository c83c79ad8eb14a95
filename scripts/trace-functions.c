// Prints the functions of a program that a command executes, in the order of their first calls, one symbol a line.
//   trace-functions EXECUTABLE SYMBOLS COMMAND [ARGUMENT...]
// SYMBOLS: `nm` of EXECUTABLE, which must be linked at a fixed address. Every process of the command that executes
// EXECUTABLE is traced, through clone and execve: each function begins with a breakpoint that goes at its first hit.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct function {
    uint64_t address;
    char *name;
    uint8_t byte;
    int seen;
};

static struct function *functions;
static size_t count;
static uint64_t start, length;
static uint8_t *patched;

static int by_address(const void *left, const void *right)
{
    uint64_t a = ((const struct function *)left)->address, b = ((const struct function *)right)->address;
    return a < b ? -1 : a > b;
}

static void read_symbols(const char *file)
{
    FILE *symbols = fopen(file, "re");
    char line[16384], name[16384], type;
    uint64_t address;
    if (!symbols)
        err(1, "%s", file);
    while (fgets(line, sizeof line, symbols)) {
        if (sscanf(line, "%lx %c %16383s", &address, &type, name) != 3 || !strchr("tTwWi", type))
            continue;
        functions = realloc(functions, (count + 1) * sizeof *functions);
        functions[count++] = (struct function){ .address = address, .name = strdup(name) };
    }
    fclose(symbols);
    if (!count)
        errx(1, "%s names no function", file);
    qsort(functions, count, sizeof *functions, by_address);
    start = functions[0].address;
    length = functions[count - 1].address + 1 - start;
}

static struct function *find(uint64_t address)
{
    struct function key = { .address = address };
    struct function *found = bsearch(&key, functions, count, sizeof *functions, by_address);
    while (found && found > functions && found[-1].address == address)
        found--;
    return found;
}

// The same file, also where it is executed from another mount.
static int executes(pid_t pid, const struct stat *wanted)
{
    char link[64];
    struct stat file;
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    return stat(link, &file) == 0 && file.st_ino == wanted->st_ino && file.st_size == wanted->st_size;
}

static int open_memory(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    return open(path, O_RDWR | O_CLOEXEC);
}

static void set_breakpoints(pid_t pid)
{
    int memory = open_memory(pid);
    if (memory < 0)
        return;
    if (!patched) {
        patched = malloc(length);
        if (pread(memory, patched, length, (off_t)start) != (ssize_t)length)
            err(1, "read of the code");
        for (size_t i = 0; i < count; i++)
            functions[i].byte = patched[functions[i].address - start];
    }
    for (size_t i = 0; i < count; i++)
        patched[functions[i].address - start] = functions[i].seen ? functions[i].byte : 0xcc;
    if (pwrite(memory, patched, length, (off_t)start) != (ssize_t)length)
        err(1, "write of the breakpoints");
    close(memory);
}

// Whether the stop was one of ours; another thread may have met the same breakpoint.
static int pass_breakpoint(pid_t pid, FILE *out)
{
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0)
        return 0;
    struct function *function = find(registers.rip - 1);
    if (!function)
        return 0;
    int memory = open_memory(pid);
    if (memory < 0 || pwrite(memory, &function->byte, 1, (off_t)function->address) != 1)
        err(1, "write of %s", function->name);
    close(memory);
    registers.rip--;
    ptrace(PTRACE_SETREGS, pid, 0, &registers);
    for (struct function *same = function; same < functions + count && same->address == function->address; same++) {
        if (!same->seen)
            fprintf(out, "%s\n", same->name);
        same->seen = 1;
    }
    return 1;
}

int main(int argc, char **argv)
{
    struct stat executable;
    FILE *out = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
    if (argc < 4)
        errx(2, "usage: trace-functions EXECUTABLE SYMBOLS COMMAND [ARGUMENT...]");
    if (stat(argv[1], &executable) != 0)
        err(1, "%s", argv[1]);
    read_symbols(argv[2]);
    // The command's own output is not ours.
    dup2(2, 1);
    pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[3], argv + 3);
        err(127, "%s", argv[3]);
    }

    int status = 0, exit_status = 1;
    waitpid(first, &status, 0);
    ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, first, 0, 0);
    for (;;) {
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0 && errno == ECHILD)
            break;
        if (pid < 0)
            err(1, "waitpid");
        if (!WIFSTOPPED(status)) {
            if (pid == first)
                exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
            continue;
        }
        int signal = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_EXEC && executes(pid, &executable))
            set_breakpoints(pid);
        if (event != 0 || (signal == SIGTRAP && pass_breakpoint(pid, out)) || signal == SIGSTOP)
            signal = 0;
        ptrace(PTRACE_CONT, pid, 0, signal);
    }
    fclose(out);
    return exit_status;
}
