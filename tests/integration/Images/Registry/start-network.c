/* Starts a network process as cctl-images does, says its pid and then what it said, and waits to be killed. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int sockets[2];
    char parent[16], said = '?';
    if (argc != 2 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return 1;
    snprintf(parent, sizeof parent, "%d", getpid());
    pid_t child = fork();
    if (child == 0) {
        dup2(sockets[1], 0);
        execl(argv[1], "cctl-images", "network-process", parent, "65534", "65534", (char *)NULL);
        _exit(127);
    }
    close(sockets[1]);
    if (read(sockets[0], &said, 1) != 1)
        return 1;
    printf("%d %c\n", child, said);
    fflush(stdout);
    /* Another holds the socket open for a while: its end is not what ends the child. */
    if (fork() == 0) {
        close(0);
        close(1);
        close(2);
        sleep(10);
        _exit(0);
    }
    pause();
    return 0;
}
