using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Runtime.Linux;

namespace CctlImages.Network;

/// <summary>
/// The network process: this program under an internal first word. Descriptor 0 is a SOCK_SEQPACKET socket; each message on it brings
/// a socket of its own for one request.
/// </summary>
internal static class NetworkMain
{
    /// <summary>The first step's first word; behind it the parent's pid, user and group.</summary>
    public const string Word = "network-process";

    /// <summary>The second step's first word; behind it the parent's pid.</summary>
    public const string ConfinedWord = "network-process-confined";

    /// <summary>What the child says when it is ready.</summary>
    public const byte Ready = (byte)'R';

    private const int ControlSocket = 0;

    /// <summary>Runs it.</summary>
    /// <returns>The exit status: 0 when the parent is done.</returns>
    public static int Run(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case [Word, var parent, var user, var group]:
                    Confinement.DropAndExecute(["cctl-images", ConfinedWord, parent], Number(user), Number(group), Variable("SSL_CERT_FILE"), Variable("SSL_CERT_DIR"));
                    return 1;
                case [ConfinedWord, var parent]:
                    Confinement.Seal((int)Number(parent));
                    Confinement.Verify();
                    break;
                default:
                    return 1;
            }
        }
        catch (Exception e) when (e is ConfinementException or IOException or UnauthorizedAccessException or FormatException)
        {
            Sys.TrySend(ControlSocket, Encoding.UTF8.GetBytes("F" + e.Message));
            return 1;
        }

        return Sys.TrySend(ControlSocket, [Ready]) == Errno.OK ? Serve() : 1;
    }

    private static int Serve()
    {
        using var server = new RequestServer();
        byte[] message = new byte[1];
        while (Sys.TryReceiveFd(ControlSocket, message, out int length, out Fd? connection) == Errno.OK && length > 0)
        {
            if (connection is not null)
            {
                var socket = new Socket(new SafeSocketHandle(connection.Release(), ownsHandle: true));
                _ = Task.Run(() => server.ServeAsync(new NetworkStream(socket, ownsSocket: true)));
            }
        }

        return 0;
    }

    private static uint Number(string text) => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
}
