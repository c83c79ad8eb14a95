// keyring: prints the description of the caller's session keyring, keyctl(2).
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEYCTL_DESCRIBE 6
#define KEY_SPEC_SESSION_KEYRING -3

int main(void) {
    char text[256];
    long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text);
    if (length < 0) {
        perror("keyctl");
        return 1;
    }
    puts(text);
    return 0;
}
