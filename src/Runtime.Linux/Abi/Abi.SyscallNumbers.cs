using System.Runtime.Intrinsics.X86;

namespace Runtime.Linux;

/// <summary>
/// System call numbers of the machine this runs on. x86_64 has its own table, arm64 the generic one
/// (asm-generic/unistd.h); from 424 on both agree. See syscalls(2).
/// </summary>
public static class SyscallNumber
{
    // X86Base.IsSupported is a compile-time constant in NativeAOT: the other table vanishes.
    private static bool X64 => X86Base.IsSupported;

    /// <summary>read(2).</summary>
    public static int read => X64 ? 0 : 63;

    /// <summary>write(2).</summary>
    public static int write => X64 ? 1 : 64;

    /// <summary>close(2).</summary>
    public static int close => X64 ? 3 : 57;

    /// <summary>lseek(2).</summary>
    public static int lseek => X64 ? 8 : 62;

    /// <summary>mmap(2).</summary>
    public static int mmap => X64 ? 9 : 222;

    /// <summary>munmap(2).</summary>
    public static int munmap => X64 ? 11 : 215;

    /// <summary>brk(2).</summary>
    public static int brk => X64 ? 12 : 214;

    /// <summary>madvise(2).</summary>
    public static int madvise => X64 ? 28 : 233;

    /// <summary>clone(2).</summary>
    public static int clone => X64 ? 56 : 220;

    /// <summary>rt_sigaction(2).</summary>
    public static int rt_sigaction => X64 ? 13 : 134;

    /// <summary>rt_sigprocmask(2).</summary>
    public static int rt_sigprocmask => X64 ? 14 : 135;

    /// <summary>ioctl(2).</summary>
    public static int ioctl => X64 ? 16 : 29;

    /// <summary>sendfile(2).</summary>
    public static int sendfile => X64 ? 40 : 71;

    /// <summary>socket(2).</summary>
    public static int socket => X64 ? 41 : 198;

    /// <summary>connect(2).</summary>
    public static int connect => X64 ? 42 : 203;

    /// <summary>sendto(2).</summary>
    public static int sendto => X64 ? 44 : 206;

    /// <summary>recvfrom(2).</summary>
    public static int recvfrom => X64 ? 45 : 207;

    /// <summary>sendmsg(2).</summary>
    public static int sendmsg => X64 ? 46 : 211;

    /// <summary>recvmsg(2).</summary>
    public static int recvmsg => X64 ? 47 : 212;

    /// <summary>shutdown(2).</summary>
    public static int shutdown => X64 ? 48 : 210;

    /// <summary>bind(2).</summary>
    public static int bind => X64 ? 49 : 200;

    /// <summary>listen(2).</summary>
    public static int listen => X64 ? 50 : 201;

    /// <summary>socketpair(2).</summary>
    public static int socketpair => X64 ? 53 : 199;

    /// <summary>setsockopt(2).</summary>
    public static int setsockopt => X64 ? 54 : 208;

    /// <summary>getsockopt(2).</summary>
    public static int getsockopt => X64 ? 55 : 209;

    /// <summary>execve(2).</summary>
    public static int execve => X64 ? 59 : 221;

    /// <summary>wait4(2).</summary>
    public static int wait4 => X64 ? 61 : 260;

    /// <summary>kill(2).</summary>
    public static int kill => X64 ? 62 : 129;

    /// <summary>fcntl(2).</summary>
    public static int fcntl => X64 ? 72 : 25;

    /// <summary>flock(2).</summary>
    public static int flock => X64 ? 73 : 32;

    /// <summary>fsync(2).</summary>
    public static int fsync => X64 ? 74 : 82;

    /// <summary>ftruncate(2).</summary>
    public static int ftruncate => X64 ? 77 : 46;

    /// <summary>getcwd(2).</summary>
    public static int getcwd => X64 ? 79 : 17;

    /// <summary>chdir(2).</summary>
    public static int chdir => X64 ? 80 : 49;

    /// <summary>fchdir(2).</summary>
    public static int fchdir => X64 ? 81 : 50;

    /// <summary>fchmod(2).</summary>
    public static int fchmod => X64 ? 91 : 52;

    /// <summary>fchown(2).</summary>
    public static int fchown => X64 ? 93 : 55;

    /// <summary>umask(2).</summary>
    public static int umask => X64 ? 95 : 166;

    /// <summary>getuid(2).</summary>
    public static int getuid => X64 ? 102 : 174;

    /// <summary>getgid(2).</summary>
    public static int getgid => X64 ? 104 : 176;

    /// <summary>geteuid(2).</summary>
    public static int geteuid => X64 ? 107 : 175;

    /// <summary>getegid(2).</summary>
    public static int getegid => X64 ? 108 : 177;

    /// <summary>setsid(2).</summary>
    public static int setsid => X64 ? 112 : 157;

    /// <summary>setgroups(2).</summary>
    public static int setgroups => X64 ? 116 : 159;

    /// <summary>getgroups(2).</summary>
    public static int getgroups => X64 ? 115 : 158;

    /// <summary>setresuid(2).</summary>
    public static int setresuid => X64 ? 117 : 147;

    /// <summary>setresgid(2).</summary>
    public static int setresgid => X64 ? 119 : 149;

    /// <summary>capget(2).</summary>
    public static int capget => X64 ? 125 : 90;

    /// <summary>capset(2).</summary>
    public static int capset => X64 ? 126 : 91;

    /// <summary>personality(2).</summary>
    public static int personality => X64 ? 135 : 92;

    /// <summary>fstatfs(2).</summary>
    public static int fstatfs => X64 ? 138 : 44;

    /// <summary>sched_setscheduler(2).</summary>
    public static int sched_setscheduler => X64 ? 144 : 119;

    /// <summary>pivot_root(2).</summary>
    public static int pivot_root => X64 ? 155 : 41;

    /// <summary>prctl(2).</summary>
    public static int prctl => X64 ? 157 : 167;

    /// <summary>chroot(2).</summary>
    public static int chroot => X64 ? 161 : 51;

    /// <summary>mount(2).</summary>
    public static int mount => X64 ? 165 : 40;

    /// <summary>umount2(2).</summary>
    public static int umount2 => X64 ? 166 : 39;

    /// <summary>sethostname(2).</summary>
    public static int sethostname => X64 ? 170 : 161;

    /// <summary>setdomainname(2).</summary>
    public static int setdomainname => X64 ? 171 : 162;

    /// <summary>gettid(2).</summary>
    public static int gettid => X64 ? 186 : 178;

    /// <summary>getrandom(2), Linux 3.17.</summary>
    public static int getrandom => X64 ? 318 : 278;

    /// <summary>getpid(2).</summary>
    public static int getpid => X64 ? 39 : 172;

    /// <summary>getppid(2).</summary>
    public static int getppid => X64 ? 110 : 173;

    /// <summary>sched_setaffinity(2).</summary>
    public static int sched_setaffinity => X64 ? 203 : 122;

    /// <summary>sched_getaffinity(2).</summary>
    public static int sched_getaffinity => X64 ? 204 : 123;

    /// <summary>getdents64(2).</summary>
    public static int getdents64 => X64 ? 217 : 61;

    /// <summary>exit_group(2).</summary>
    public static int exit_group => X64 ? 231 : 94;

    /// <summary>set_mempolicy(2).</summary>
    public static int set_mempolicy => X64 ? 238 : 237;

    /// <summary>waitid(2).</summary>
    public static int waitid => X64 ? 247 : 95;

    /// <summary>add_key(2).</summary>
    public static int add_key => X64 ? 248 : 217;

    /// <summary>keyctl(2).</summary>
    public static int keyctl => X64 ? 250 : 219;

    /// <summary>ioprio_set(2).</summary>
    public static int ioprio_set => X64 ? 251 : 30;

    /// <summary>inotify_add_watch(2).</summary>
    public static int inotify_add_watch => X64 ? 254 : 27;

    /// <summary>openat(2).</summary>
    public static int openat => X64 ? 257 : 56;

    /// <summary>mkdirat(2).</summary>
    public static int mkdirat => X64 ? 258 : 34;

    /// <summary>mknodat(2).</summary>
    public static int mknodat => X64 ? 259 : 33;

    /// <summary>fchownat(2).</summary>
    public static int fchownat => X64 ? 260 : 54;

    /// <summary>unlinkat(2).</summary>
    public static int unlinkat => X64 ? 263 : 35;

    /// <summary>renameat2(2).</summary>
    public static int renameat2 => X64 ? 316 : 276;

    /// <summary>symlinkat(2).</summary>
    public static int symlinkat => X64 ? 266 : 36;

    /// <summary>linkat(2).</summary>
    public static int linkat => X64 ? 265 : 37;

    /// <summary>utimensat(2).</summary>
    public static int utimensat => X64 ? 280 : 88;

    /// <summary>syncfs(2).</summary>
    public static int syncfs => X64 ? 306 : 267;

    /// <summary>lsetxattr(2).</summary>
    public static int lsetxattr => X64 ? 189 : 6;

    /// <summary>readlinkat(2).</summary>
    public static int readlinkat => X64 ? 267 : 78;

    /// <summary>fchmodat(2).</summary>
    public static int fchmodat => X64 ? 268 : 53;

    /// <summary>faccessat2(2).</summary>
    public static int faccessat2 => 439;

    /// <summary>ppoll(2).</summary>
    public static int ppoll => X64 ? 271 : 73;

    /// <summary>unshare(2).</summary>
    public static int unshare => X64 ? 272 : 97;

    /// <summary>accept4(2).</summary>
    public static int accept4 => X64 ? 288 : 242;

    /// <summary>signalfd4(2).</summary>
    public static int signalfd4 => X64 ? 289 : 74;

    /// <summary>epoll_create1(2).</summary>
    public static int epoll_create1 => X64 ? 291 : 20;

    /// <summary>dup3(2).</summary>
    public static int dup3 => X64 ? 292 : 24;

    /// <summary>pipe2(2).</summary>
    public static int pipe2 => X64 ? 293 : 59;

    /// <summary>inotify_init1(2).</summary>
    public static int inotify_init1 => X64 ? 294 : 26;

    /// <summary>prlimit64(2).</summary>
    public static int prlimit64 => X64 ? 302 : 261;

    /// <summary>setns(2).</summary>
    public static int setns => X64 ? 308 : 268;

    /// <summary>sched_setattr(2).</summary>
    public static int sched_setattr => X64 ? 314 : 274;

    /// <summary>seccomp(2).</summary>
    public static int seccomp => X64 ? 317 : 277;

    /// <summary>memfd_create(2).</summary>
    public static int memfd_create => X64 ? 319 : 279;

    /// <summary>bpf(2).</summary>
    public static int bpf => X64 ? 321 : 280;

    /// <summary>execveat(2).</summary>
    public static int execveat => X64 ? 322 : 281;

    /// <summary>statx(2).</summary>
    public static int statx => X64 ? 332 : 291;

    /// <summary>pidfd_send_signal(2), Linux 5.1.</summary>
    public const int pidfd_send_signal = 424;

    /// <summary>open_tree(2), Linux 5.2.</summary>
    public const int open_tree = 428;

    /// <summary>move_mount(2), Linux 5.2.</summary>
    public const int move_mount = 429;

    /// <summary>fsopen(2), Linux 5.2.</summary>
    public const int fsopen = 430;

    /// <summary>fsconfig(2), Linux 5.2.</summary>
    public const int fsconfig = 431;

    /// <summary>fsmount(2), Linux 5.2.</summary>
    public const int fsmount = 432;

    /// <summary>fspick(2), Linux 5.2.</summary>
    public const int fspick = 433;

    /// <summary>pidfd_open(2), Linux 5.3.</summary>
    public const int pidfd_open = 434;

    /// <summary>clone3(2), Linux 5.3.</summary>
    public const int clone3 = 435;

    /// <summary>close_range(2), Linux 5.9.</summary>
    public const int close_range = 436;

    /// <summary>openat2(2), Linux 5.6.</summary>
    public const int openat2 = 437;

    /// <summary>pidfd_getfd(2), Linux 5.6.</summary>
    public const int pidfd_getfd = 438;

    /// <summary>mount_setattr(2), Linux 5.12.</summary>
    public const int mount_setattr = 442;

    /// <summary>landlock_create_ruleset(2), Linux 5.13.</summary>
    public const int landlock_create_ruleset = 444;

    /// <summary>landlock_add_rule(2), Linux 5.13.</summary>
    public const int landlock_add_rule = 445;

    /// <summary>landlock_restrict_self(2), Linux 5.13.</summary>
    public const int landlock_restrict_self = 446;

    /// <summary>fsetxattr(2).</summary>
    public static int fsetxattr => X64 ? 190 : 7;

    /// <summary>fgetxattr(2).</summary>
    public static int fgetxattr => X64 ? 193 : 10;

    /// <summary>flistxattr(2).</summary>
    public static int flistxattr => X64 ? 196 : 13;

    /// <summary>setfsuid(2).</summary>
    public static int setfsuid => X64 ? 122 : 151;

    /// <summary>setfsgid(2).</summary>
    public static int setfsgid => X64 ? 123 : 152;
}
