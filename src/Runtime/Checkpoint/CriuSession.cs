using System.Text;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using static Runtime.Linux.Abi;

namespace Runtime.Checkpoint;

/// <summary>
/// One conversation with <c>criu swrk</c>: criu as a child that is told what to do over a socket, and says over it what
/// it has reached (criu.org, "RPC"). Disposing waits for its end.
/// </summary>
internal sealed class CriuSession : IDisposable
{
    /// <summary>The first descriptor that criu has beside the standard streams and its socket.</summary>
    public const int FirstExtraFd = 4;

    private const int LongestMessage = 1 << 20;
    private readonly Fd _socket;
    private readonly LaunchedProcess _process;

    private CriuSession(Fd socket, LaunchedProcess process)
    {
        _socket = socket;
        _process = process;
    }

    /// <summary>criu's process id.</summary>
    public int Pid => _process.Pid;

    /// <summary>Starts criu.</summary>
    /// <param name="cgroup">The cgroup that it starts in, and with it what it restores; null for the runtime's.</param>
    /// <param name="quiet">Whether its standard error leads nowhere: what it says there is in its log, too.</param>
    /// <param name="noNewPrivileges">Whether what it restores may gain no privileges: criu 3.17 forgets it, and cannot take it from its children.</param>
    /// <param name="keyring">The name of the session keyring that it, and what it restores, has for its own; null for the runtime's.</param>
    /// <param name="extraFds">Descriptors that it has from <see cref="FirstExtraFd"/> up; they stay the caller's.</param>
    /// <exception cref="ContainerException">There is no criu.</exception>
    public static CriuSession Start(Fd? cgroup, bool quiet, bool noNewPrivileges, string? keyring, List<int> extraFds)
    {
        string path = FindProgram();
        (Fd own, Fd crius) = Sys.SocketPair(SOCK_SEQPACKET);
        using (crius)
        {
            try
            {
                LaunchedProcess process = CompanionProcess.Start(
                    new CompanionProgram
                    {
                        Path = path,
                        Arguments = ["criu", "swrk", "3"],
                        Environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                        Fds = [crius.Number, .. extraFds],
                        Quiet = quiet,
                        NoNewPrivileges = noNewPrivileges,
                        SessionKeyring = keyring,
                    },
                    cgroup);
                return new CriuSession(own, process);
            }
            catch
            {
                own.Dispose();
                throw;
            }
        }
    }

    /// <summary>Sends the request and takes its answer; in between, notifications.</summary>
    /// <param name="request">The request.</param>
    /// <param name="notified">Told what was reached, with the pid and the descriptor that came with it (which it then owns); an exception makes criu give up.</param>
    /// <returns>The answer; null where criu ended without one.</returns>
    public CriuReply? Ask(CriuRequest request, Action<string, int, Fd?> notified)
    {
        if (Sys.TrySend(_socket.Number, request.Encode()) != Errno.OK)
        {
            return null;
        }

        byte[] buffer = new byte[LongestMessage];
        while (Sys.TryReceiveFd(_socket.Number, buffer, out int length, out Fd? fd) == Errno.OK && length > 0)
        {
            CriuReply reply = CriuReply.Decode(buffer.AsSpan(0, length));
            if (reply.Type != CriuRequestType.Notify)
            {
                fd?.Dispose();
                return reply;
            }

            bool done = false;
            try
            {
                notified(reply.Script, reply.Pid, fd);
                done = true;
            }
            finally
            {
                Acknowledge(done);
            }
        }

        return null;
    }

    /// <summary>Closes the conversation and waits for criu's end.</summary>
    public void Dispose()
    {
        // criu may wait for more (after a pre-dump it does): it is told that no more comes, and has its last word.
        const int SHUT_WR = 1;
        Sys.Raw(SyscallNumber.shutdown, _socket.Number, SHUT_WR);
        byte[] rest = new byte[4096];
        while (Sys.TryReceiveFd(_socket.Number, rest, out int length, out Fd? fd) == Errno.OK && length > 0)
        {
            fd?.Dispose();
        }

        _socket.Dispose();
        Sys.TryWaitPidfd(_process.Pidfd.Number, WEXITED, out _);
        _process.Dispose();
    }

    private void Acknowledge(bool success)
    {
        var answer = new ProtobufWriter();
        answer.Number(1, (int)CriuRequestType.Notify);
        // Required, so written where it is false too: notify_success, field 3 of criu_req.
        answer.Number(3, success ? 1 : 0);
        Sys.TrySend(_socket.Number, answer.ToArray());
    }

    private static string FindProgram()
    {
        string directories = Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path
            ? path
            : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        foreach (string directory in directories.Split(':'))
        {
            string candidate = directory + "/criu";
            if (directory.StartsWith('/') && Sys.TryAccess(AT_FDCWD, candidate, X_OK, 0) == Errno.OK)
            {
                return candidate;
            }
        }

        throw new ContainerException("checkpoint and restore need the criu program, which is not in PATH: install it (Debian: apt-get install criu)");
    }
}
