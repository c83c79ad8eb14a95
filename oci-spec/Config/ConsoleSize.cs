namespace OciSpec;

/// <summary>Size of the terminal (config.md, process, <c>consoleSize</c>; TIOCSWINSZ in ioctl_tty(2) takes 16 bits of each).</summary>
[OciDocument]
public sealed class ConsoleSize
{
    /// <summary><c>height</c>, required: rows of characters.</summary>
    public ulong? Height { get; set; }

    /// <summary><c>width</c>, required: columns of characters.</summary>
    public ulong? Width { get; set; }
}
