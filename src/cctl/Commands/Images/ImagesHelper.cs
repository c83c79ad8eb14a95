using System.Runtime.CompilerServices;
using Runtime.Images;
using Runtime.Linux;
using Runtime.Namespaces.Launch;
using Runtime;

namespace Cctl.Commands.Images;

/// <summary>
/// Hands a command over to <c>cctl-images</c>, which has what a launch must not carry: TLS, compression, digests. It takes this
/// process's place, so that signals and the exit status are its own.
/// </summary>
internal sealed class ImagesHelper
{
    private const string Program = "cctl-images";

    private readonly List<string> _arguments;
    private readonly bool _ownsFiles;

    /// <summary>Prepares a request.</summary>
    /// <param name="command">What is to be done.</param>
    /// <param name="store">The store; empty where the command is about none.</param>
    internal ImagesHelper(string command, string store)
    {
        _ownsFiles = store.Length > 0;
        _arguments = [Program, command, "--store=" + store];
        if (RuntimeLog.Level == LogLevel.Debug)
        {
            Flag("debug", true);
        }
    }

    /// <summary>Adds an option without a value, where it is given.</summary>
    internal ImagesHelper Flag(string name, bool given)
    {
        if (given)
        {
            _arguments.Add($"--{name}=");
        }

        return this;
    }

    /// <summary>Adds an option, where it is given.</summary>
    internal ImagesHelper Value(string name, string? value)
    {
        if (value is not null)
        {
            _arguments.Add($"--{name}={value}");
        }

        return this;
    }

    /// <summary>Adds an option once for each value.</summary>
    internal ImagesHelper Values(string name, string[]? values)
    {
        foreach (string value in values ?? [])
        {
            Value(name, value);
        }

        return this;
    }

    /// <summary>Becomes the helper; an ordinary user's works in a user namespace, and is waited for.</summary>
    /// <returns>The helper's exit status, where it did not take this process's place.</returns>
    /// <exception cref="ImageException">The helper is missing or cannot be executed.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int Become(params ReadOnlySpan<string> operands)
    {
        string program = Find(operands);
        if (_ownsFiles && OwnUserNamespace.IsNeeded)
        {
            return OwnUserNamespace.Run(program, _arguments);
        }

        Errno errno = Sys.TryExecve(program, _arguments);
        throw new ImageException($"execve {program}: {errno.Name()}");
    }

    /// <summary>Runs the helper, and waits for its end.</summary>
    /// <returns>Its exit status.</returns>
    /// <exception cref="ImageException">The helper is missing.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal int Run(params ReadOnlySpan<string> operands)
    {
        string program = Find(operands);
        return _ownsFiles && OwnUserNamespace.IsNeeded ? OwnUserNamespace.Run(program, _arguments) : CompanionProcess.RunToEnd(program, _arguments);
    }

    /// <summary>
    /// Where this executable lies. One that was started again from its sealed copy lies at the root of a mount of its own: then by the
    /// name that it was called by, as a shell finds it.
    /// </summary>
    private static string OwnPath()
    {
        string own = Sys.TryReadLinkAt(Abi.AT_FDCWD, "/proc/self/exe") ?? "/";
        if (Path.GetDirectoryName(own) is not ("/" or null))
        {
            return own;
        }

        string called = (FileText.TryReadString(Abi.AT_FDCWD, "/proc/self/cmdline") ?? string.Empty).Split('\0')[0];
        string[] directories = called.Contains('/') ? [""] : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':');
        string? found = Array.Find(directories, d => Sys.TryAccess(Abi.AT_FDCWD, Path.Combine(d, called), Abi.X_OK, 0) == Errno.OK);
        return found is null ? own : Path.GetFullPath(Path.Combine(found, called));
    }

    private string Find(ReadOnlySpan<string> operands)
    {
        if (_ownsFiles && OwnUserNamespace.IsNeeded)
        {
            _arguments.Insert(2, "--user-xattrs=");
        }

        _arguments.Add("--");
        _arguments.AddRange(operands);
        string own = Path.GetDirectoryName(OwnPath()) ?? "/";
        string[] places = [$"{own}/{Program}", $"{Path.GetDirectoryName(own)}/libexec/cctl/{Program}"];
        return Array.Find(places, p => Sys.TryAccess(Abi.AT_FDCWD, p, Abi.X_OK, 0) == Errno.OK)
            ?? throw new ImageException($"{Program} is missing, which fetches and stores images: it belongs at {places[0]} or {places[1]}: install it beside cctl (make build && make install)");
    }
}
