using System.Runtime.CompilerServices;
using Runtime;
using Runtime.Images;
using Runtime.Linux;

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
        _arguments.Add("--");
        _arguments.AddRange(operands);
        string own = Path.GetDirectoryName(Sys.TryReadLinkAt(Abi.AT_FDCWD, "/proc/self/exe")) ?? "/";
        string[] places = [$"{own}/{Program}", $"{Path.GetDirectoryName(own)}/libexec/cctl/{Program}"];
        foreach (string place in places)
        {
            if (_ownsFiles && OwnUserNamespace.IsNeeded && Sys.TryAccess(Abi.AT_FDCWD, place, Abi.X_OK, 0) == Errno.OK)
            {
                _arguments.Insert(2, "--user-xattrs=");
                return OwnUserNamespace.Run(place, _arguments);
            }

            Errno errno = Sys.TryExecve(place, _arguments);
            if (errno != Errno.ENOENT)
            {
                throw new ImageException($"execve {place}: {errno.Name()}");
            }
        }

        throw new ImageException($"{Program} is missing, which fetches and stores images: it belongs at {places[0]} or {places[1]}: install it beside cctl (make build && make install)");
    }
}
