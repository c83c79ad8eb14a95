using Runtime.Linux;
using static Runtime.Linux.Abi;

namespace Cctl.Streams;

/// <summary>Standard streams that lead elsewhere, until this is disposed of.</summary>
internal sealed class MovedStreams : IDisposable
{
    private readonly List<(int Stream, Fd Own)> _moved = [];

    /// <summary>Has streams read from, or write to, the null device.</summary>
    internal static MovedStreams ToNull(params ReadOnlySpan<int> streams)
    {
        using Fd nothing = Sys.OpenAt(AT_FDCWD, "/dev/null", O_RDWR);
        var moved = new MovedStreams();
        foreach (int stream in streams)
        {
            moved.Move(stream, nothing.Number);
        }

        return moved;
    }

    /// <summary>Has one stream lead to where another does.</summary>
    internal static MovedStreams To(int stream, int other)
    {
        var moved = new MovedStreams();
        moved.Move(stream, other);
        return moved;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((int stream, Fd own) in _moved)
        {
            Sys.Raw(SyscallNumber.dup3, own.Number, stream, 0);
            own.Dispose();
        }

        _moved.Clear();
    }

    private void Move(int stream, int to)
    {
        _moved.Add((stream, Sys.Duplicate(stream)));
        Sys.Raw(SyscallNumber.dup3, to, stream, 0);
    }
}
