using System.CommandLine;
using Cctl.Cli;

namespace Cctl.Commands.Images;

/// <summary><c>login</c> and <c>logout</c>: who one is at a registry.</summary>
internal static class LoginCommand
{
    internal static CctlCommand CreateLogin()
    {
        Argument<string?> host = Host();
        Option<string?> user = Globals.Text("--username", "NAME", "the user (default: asked for)", "-u");
        Option<bool> standardInput = Globals.Flag("--password-stdin", "read the password from standard input");
        Option<bool> insecure = ImageArguments.Insecure();
        var command = new CctlCommand("login", "log in to a registry", "cctl login registry.example.com\ncat token | cctl login -u ci --password-stdin registry.example.com")
        {
            Details = "The login is kept where docker and podman keep theirs, which are read too, with their helpers.",
        };
        command.Arguments.Add(host);
        foreach (Option option in (Option[])[user, standardInput, insecure])
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            ImagesHelper helper = new ImagesHelper("login", "").Value("username", parsed.GetValue(user)).Flag("password-stdin", parsed.GetValue(standardInput)).Flag("insecure", parsed.GetValue(insecure));
            return parsed.GetValue(host) is { } name ? helper.Become(name) : helper.Become();
        });
        return command;
    }

    internal static CctlCommand CreateLogout()
    {
        Argument<string?> host = Host();
        var command = new CctlCommand("logout", "forget a login", "cctl logout registry.example.com");
        command.Arguments.Add(host);
        command.SetAction(parsed => parsed.GetValue(host) is { } name ? new ImagesHelper("logout", "").Become(name) : new ImagesHelper("logout", "").Become());
        return command;
    }

    private static Argument<string?> Host() => new("REGISTRY") { Description = "HOST[:PORT] (default: Docker Hub)", Arity = ArgumentArity.ZeroOrOne };
}
