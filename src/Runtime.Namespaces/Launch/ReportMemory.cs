using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Plan;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// A page that the child shares with the runtime, and `start` reads as a file: where the failure of execve(2) stands when the
/// guest's filter refuses every call that could send it.
/// </summary>
// SAFETY: Message is one mapped page, unmapped by Dispose, which nothing outlives: the file has a whole page, so that no access
// faults. Whoever shares it may write anything: it is read as numbers only.
public sealed unsafe class ReportMemory : IDisposable
{
    private const nuint Bytes = 4096;

    private readonly Fd _file;

    private ReportMemory(Fd file)
    {
        _file = file;
        Message = (ControlMessage*)Sys.MmapShared(file.Number, Bytes);
    }

    internal int File => _file.Number;

    internal ControlMessage* Message { get; }

    /// <summary>The failure, or null.</summary>
    internal ControlMessage? Failure => Message->Kind == ControlKind.Failure ? *Message : null;

    /// <summary>Makes the page.</summary>
    public static ReportMemory Make()
    {
        Fd file = Sys.MemfdCreate("report");
        try
        {
            Errno errno = Sys.TryFtruncate(file.Number, (long)Bytes);
            return errno == Errno.OK ? new ReportMemory(file) : throw new SyscallException($"ftruncate({file.Number}, {Bytes})", errno);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The failure that such a file holds, or null; closes it.</summary>
    public static ControlMessage? Read(Fd file)
    {
        using (file)
        {
            // Read, not mapped: what another process sent may be cut off, where a mapping faults, or have nothing to read yet.
            return Sys.PollIn(file.Number, 0)
                && FileText.TryReadAll(file.Number, out byte[] bytes, (int)Bytes) == Errno.OK
                && MemoryMarshal.TryRead(bytes, out ControlMessage message)
                && message.Kind == ControlKind.Failure ? message : null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sys.Munmap((byte*)Message, Bytes);
        _file.Dispose();
    }
}
