// fill-keys COMMAND...: uses up the user's quota of keys, keyrings(7), in a session keyring of its own, and executes the
// command in it. The kernel takes the keys back when the last process of that session has ended.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEYCTL_JOIN_SESSION_KEYRING 1
#define KEY_SPEC_SESSION_KEYRING -3

int main(int argc, char **argv) {
    if (argc < 2 || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "callers") < 0) return perror("keyctl"), 1;
    for (int i = 0; i < 100000; i++) {
        char name[16];
        snprintf(name, sizeof name, "of-caller-%d", i);
        if (syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_SESSION_KEYRING) < 0) {
            if (errno != EDQUOT) return perror("add_key"), 1;
            execvp(argv[1], argv + 1);
            return perror(argv[1]), 1;
        }
    }
    fputs("the quota has no end\n", stderr);
    return 1;
}
