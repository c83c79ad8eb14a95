// look: what a process inside can see of the others in its pid namespace. It reads /look.txt, goes round /proc until
// /look.stop is there, and prints each finding once:
//   fd KIND TARGET         a descriptor that is a directory, a regular file (a namespace, too) or a device but null and terminals
//   escape PATH            /look.txt's file of the host, opened by way of a descriptor, a working directory or a root
//   cwd DEV:INODE, root DEV:INODE
//   environ|cmdline|mem|maps NAME      where a text of /look.txt was found
// The last line says how much there was to see: end PROCESSES ENVIRONS FD-LISTS MEMORIES
// A line of /look.txt: LETTERS<tab>NAME<tab>TEXT; the letters say where to look for it (e, c, m), x is the host's file.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct { char letters[8], name[64], text[512]; } needles[16];
static int needle_count, mem_wanted;
static const char *escape_to;
static char *findings[4096];
static int finding_count;
static char seen[4][4194304];
static int counts[4];
static char buffer[1 << 20];

static void found(const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (int i = 0; i < finding_count; i++)
        if (strcmp(findings[i], line) == 0) return;
    if (finding_count == 4096) return;
    findings[finding_count++] = strdup(line);
    puts(line);
    fflush(stdout);
}

static void saw(int what, int pid) {
    if (pid < 4194304 && !seen[what][pid]) {
        seen[what][pid] = 1;
        counts[what]++;
    }
}

static void search(char letter, const char *where, const char *text, size_t length) {
    for (int i = 0; i < needle_count; i++)
        if (strchr(needles[i].letters, letter) && memmem(text, length, needles[i].text, strlen(needles[i].text)))
            found("%s %s", where, needles[i].name);
}

static ssize_t slurp(int pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    ssize_t total = 0, length;
    while (total < (ssize_t)sizeof buffer && (length = read(fd, buffer + total, sizeof buffer - total)) > 0) total += length;
    close(fd);
    return total;
}

static void try_escape(const char *link) {
    if (!escape_to) return;
    static const char *climbs[] = {"", "/..", "/../..", "/../../../../../../../../.."};
    for (int i = 0; i < 4; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s%s%s", link, climbs[i], escape_to);
        int fd = open(path, O_RDONLY);
        if (fd < 0) continue;
        found("escape %s", strchr(link + 6, '/'));
        close(fd);
    }
}

static void look_at_fds(int pid) {
    char path[512], target[512];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    if (!directory) return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        saw(2, pid);
        snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        struct stat status;
        if (length < 0 || stat(path, &status) < 0) continue;
        target[length] = 0;
        if (strncmp(target, "anon_inode:", 11) == 0 || strncmp(target, "pidfd:", 6) == 0 || strncmp(target, "/memfd:", 7) == 0) continue;
        if (S_ISDIR(status.st_mode)) found("fd directory %s", target);
        else if (S_ISREG(status.st_mode)) found("fd file %s", target);
        else if (S_ISBLK(status.st_mode)) found("fd block %s", target);
        else if (S_ISCHR(status.st_mode) && status.st_rdev != makedev(1, 3) && major(status.st_rdev) != 5 && major(status.st_rdev) < 136) found("fd device %s", target);
        try_escape(path);
    }
    closedir(directory);
}

static void look_at_place(int pid, const char *name) {
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    if (stat(path, &status) < 0) return;
    found("%s %lu:%lu", name, (unsigned long)status.st_dev, (unsigned long)status.st_ino);
    try_escape(path);
}

static void look_at_memory(int pid) {
    static char maps[1 << 20];
    ssize_t length = slurp(pid, "maps");
    if (length <= 0) return;
    search('m', "maps", buffer, length);
    memcpy(maps, buffer, length < (ssize_t)sizeof maps ? length : (ssize_t)sizeof maps - 1);
    maps[length < (ssize_t)sizeof maps ? length : (ssize_t)sizeof maps - 1] = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0) return;
    for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long first, end;
        char mode;
        if (sscanf(line, "%lx-%lx %c", &first, &end, &mode) != 3 || mode != 'r') continue;
        while (first < end) {
            size_t size = end - first < sizeof buffer ? end - first : sizeof buffer;
            ssize_t got = pread(fd, buffer, size, (off_t)first);
            if (got <= 0) break;
            saw(3, pid);
            search('m', "mem", buffer, got);
            first += (size_t)got == size && size == sizeof buffer ? got - 4096 : got; // what lies across two pieces is found, too
        }
    }
    close(fd);
}

static void look_at(int pid) {
    saw(0, pid);
    ssize_t length = slurp(pid, "cmdline");
    if (length > 0) search('c', "cmdline", buffer, length);
    length = slurp(pid, "environ");
    if (length >= 0) saw(1, pid);
    if (length > 0) search('e', "environ", buffer, length);
    look_at_fds(pid);
    look_at_place(pid, "cwd");
    look_at_place(pid, "root");
    if (mem_wanted) look_at_memory(pid);
}

static void read_needles(void) {
    FILE *file = fopen("/look.txt", "r");
    while (file && needle_count < 16 && fscanf(file, "%7[^\t]\t%63[^\t]\t%511[^\n]\n", needles[needle_count].letters, needles[needle_count].name, needles[needle_count].text) == 3) {
        if (strchr(needles[needle_count].letters, 'x')) escape_to = needles[needle_count].text;
        if (strchr(needles[needle_count].letters, 'm')) mem_wanted = 1;
        needle_count++;
    }
    if (file) fclose(file);
}

int main(void) {
    read_needles();
    puts("looking");
    fflush(stdout);
    int rounds = 0, stop;
    do {
        stop = access("/look.stop", F_OK) == 0; // one round after it
        DIR *proc = opendir("/proc");
        for (struct dirent *entry; proc && (entry = readdir(proc));) {
            int pid = atoi(entry->d_name);
            if (pid > 0 && pid != getpid()) look_at(pid);
        }
        if (proc) closedir(proc);
        rounds++;
    } while (!stop);
    printf("end %d %d %d %d\n", counts[0], counts[1], counts[2], counts[3]);
    return 0;
}
