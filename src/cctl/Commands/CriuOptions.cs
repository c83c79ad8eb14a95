using System.CommandLine;
using System.Globalization;
using Cctl.Cli;
using Runtime;
using Runtime.Checkpoint;
using Runtime.Linux;

namespace Cctl.Commands;

/// <summary>The options that <c>checkpoint</c> and <c>restore</c> share, named as go-runc sends them.</summary>
internal sealed class CriuOptions
{
    private readonly Option<string?> _imagePath = Globals.Text("--image-path", "DIR", "directory of the images (default: checkpoint, in the working directory)");
    private readonly Option<string?> _workPath = Globals.Text("--work-path", "DIR", "directory of criu's log (default: that of the images)");
    private readonly Option<bool> _tcpEstablished = Globals.Flag("--tcp-established", "keep established TCP connections");
    private readonly Option<bool> _tcpClose = Globals.Flag("--tcp-close", "restore without established TCP connections: they read as closed");
    private readonly Option<bool> _extUnixSk = Globals.Flag("--ext-unix-sk", "allow unix sockets whose other end is outside of the container");
    private readonly Option<bool> _shellJob = Globals.Flag("--shell-job", "allow a terminal, or a session, that is outside of the container");
    private readonly Option<bool> _fileLocks = Globals.Flag("--file-locks", "keep file locks");
    private readonly Option<bool> _lazyPages = Globals.Flag("--lazy-pages", "leave memory where it is until it is touched: criu lazy-pages serves it");
    private readonly Option<bool> _autoDedup = Globals.Flag("--auto-dedup", "empty earlier images where later ones replace them");
    private readonly Option<string?> _cgroups = Globals.Text("--manage-cgroups-mode", "ignore|none|props|soft|full|strict", "cgroups that the guest made itself: how criu treats them (default: soft)");
    private readonly Option<string[]> _emptyNs = Globals.List("--empty-ns", "NAMESPACE", "restore this namespace without its content: network");

    /// <summary>The options themselves.</summary>
    internal IEnumerable<Option> All =>
        [_imagePath, _workPath, _tcpEstablished, _tcpClose, _extUnixSk, _shellJob, _fileLocks, _lazyPages, _autoDedup, _cgroups, _emptyNs];

    /// <summary>The images' directory.</summary>
    internal string ImagePath(ParseResult parsed) => parsed.GetValue(_imagePath) is { Length: > 0 } path ? path : "checkpoint";

    /// <summary>The log's directory, or null.</summary>
    internal string? WorkPath(ParseResult parsed) => parsed.GetValue(_workPath) is { Length: > 0 } path ? path : null;

    /// <summary>What the words asked for.</summary>
    internal CriuSwitches Read(ParseResult parsed) => new()
    {
        TcpEstablished = parsed.GetValue(_tcpEstablished),
        TcpClose = parsed.GetValue(_tcpClose),
        ExternalUnixSockets = parsed.GetValue(_extUnixSk),
        ShellJob = parsed.GetValue(_shellJob),
        FileLocks = parsed.GetValue(_fileLocks),
        LazyPages = parsed.GetValue(_lazyPages),
        AutoDedup = parsed.GetValue(_autoDedup),
        Cgroups = Mode(parsed.GetValue(_cgroups)),
        EmptyNamespaces = Empty(parsed.GetValue(_emptyNs) ?? []),
    };

    /// <summary>ADDRESS:PORT of a page server.</summary>
    internal static (string Address, int Port) PageServer(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? (text[..colon].Trim('[', ']'), port)
            : throw new ContainerException($"--page-server {text}: not ADDRESS:PORT");
    }

    private static CgroupsMode Mode(string? name) => name switch
    {
        null or "" or "soft" => CgroupsMode.Soft,
        "ignore" => CgroupsMode.Ignore,
        "none" => CgroupsMode.None,
        "props" => CgroupsMode.Props,
        "full" => CgroupsMode.Full,
        "strict" => CgroupsMode.Strict,
        _ => throw new ContainerException($"--manage-cgroups-mode {name}: not one of ignore, none, props, soft, full, strict"),
    };

    private static uint Empty(string[] names)
    {
        ulong flags = 0;
        foreach (string name in names)
        {
            flags |= name == "network" ? Abi.CLONE_NEWNET : throw new ContainerException($"--empty-ns {name}: criu can leave only network empty");
        }

        return (uint)flags;
    }
}
