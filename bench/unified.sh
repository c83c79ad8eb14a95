# Sourced by a benchmark, in the repository's folder: the script goes on in a private mount namespace that has cgroup v2 alone
# on /sys/fs/cgroup, as on a unified host. crun cannot run where nobody may raise the limit of locked memory: there a
# filter answers that call, to all runtimes alike. Where the script sets unfiltered, crun is left out instead.
if [ "${CCTL_BENCH_INSIDE:-}" != 1 ]; then
    filter=()
    if [ -z "${unfiltered:-}" ] && ! prlimit --memlock=unlimited true 2>/dev/null; then
        echo "this machine forbids what crun begins with, raising RLIMIT_MEMLOCK: a seccomp filter answers that call, for all of them"
        mkdir -p out/bench
        gcc -O1 -Wall -Wextra -Werror -o out/bench/memlock bench/memlock.c
        filter=(out/bench/memlock)
    fi
    CCTL_BENCH_INSIDE=1 exec "${filter[@]}" unshare --mount --propagation private "bench/${0##*/}" "$@"
fi
mount -t cgroup2 cgroup2 /sys/fs/cgroup
