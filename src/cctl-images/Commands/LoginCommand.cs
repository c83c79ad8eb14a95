using CctlImages.Credentials;
using CctlImages.Network;
using CctlImages.Registry;
using Runtime.Images;
using Runtime.Images.References;

namespace CctlImages.Commands;

/// <summary><c>login</c> and <c>logout</c>: who one is at a registry.</summary>
internal static class LoginCommand
{
    /// <summary>Keeps a user and password, when the registry takes them.</summary>
    internal static int Login(Request request)
    {
        string host = HostOf(request);
        string user = request.Find("username") ?? (request.Has("password-stdin") ? throw new ImageException("--password-stdin goes with --username") : PasswordPrompt.FromTerminal("Username: ", hidden: false));
        string password = request.Has("password-stdin") ? PasswordPrompt.FromStandardInput() : PasswordPrompt.FromTerminal("Password: ", hidden: true);
        RegistrySettings settings = RegistrySettings.Load(request.Has("insecure") ? [host] : []);
        using (NetworkProcess network = NetworkProcess.Start(settings))
        {
            network.CheckLogin(host, user, password);
        }

        settings.Credentials.Login(host, user, password);
        Console.Out.WriteLine($"Login succeeded: {settings.Credentials.LoginPath} has it, as anybody can read who can read that file");
        return 0;
    }

    /// <summary>Forgets what is known of a registry.</summary>
    internal static int Logout(Request request)
    {
        string host = HostOf(request);
        IReadOnlyList<string> changed = RegistrySettings.Load([]).Credentials.Logout(host);
        Console.Out.WriteLine(changed.Count > 0 ? $"Removed the login for {host} from {string.Join(", ", changed)}" : $"Not logged in to {host}");
        return 0;
    }

    private static string HostOf(Request request) =>
        request.Operands.Length == 0 ? ImageReference.DefaultHost : ImageReference.Parse(request.Operands[0].TrimEnd('/') + "/x").Host;
}
