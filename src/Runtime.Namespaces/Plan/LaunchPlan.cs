using System.Runtime.InteropServices;
using Runtime.Linux;

namespace Runtime.Namespaces.Plan;

/// <summary>
/// A launch, ready to run: operations, slots and blob in memory that the garbage collector does not know, so that the
/// child needs nothing of the .NET runtime to read them.
/// </summary>
// SAFETY: every access goes through Context, which is null once the block is unmapped; slots come from the PlanWriter that made
// the block, and so lie in it.
public sealed unsafe class LaunchPlan : IDisposable
{
    private ChildContext* _context;

    internal LaunchPlan(ReadOnlySpan<Operation> operations, ReadOnlySpan<byte> blob, ReadOnlySpan<(int At, int Target)> addresses, int slots, int childStart)
    {
        ChildStart = childStart;
        Count = operations.Length;
        int operationBytes = operations.Length * sizeof(Operation);
        int slotBytes = slots * sizeof(long);
        Length = (nuint)(sizeof(ChildContext) + operationBytes + slotBytes + blob.Length + 8);
        // SAFETY: one block, unmapped in Dispose; the parts follow one another, each a multiple of 8 bytes long. Pages of its
        // own: the child gets them and nothing else of what was allocated (InheritedMemory).
        byte* block = Sys.MmapAnonymous(Length);
        _context = (ChildContext*)block;
        _context->HookOutput = -1;
        _context->Operations = (Operation*)(block + sizeof(ChildContext));
        _context->Count = operations.Length;
        _context->BlobLength = blob.Length;
        _context->Slots = (long*)(block + sizeof(ChildContext) + operationBytes);
        _context->Blob = block + sizeof(ChildContext) + operationBytes + slotBytes;
        MemoryMarshal.AsBytes(operations).CopyTo(new Span<byte>(_context->Operations, operationBytes));
        new Span<long>(_context->Slots, slots).Fill(-1);
        blob.CopyTo(new Span<byte>(_context->Blob, blob.Length));
        foreach ((int at, int target) in addresses)
        {
            *(nint*)(_context->Blob + at) = (nint)(_context->Blob + target);
        }
    }

    /// <summary>The bytes of memory that the plan takes.</summary>
    internal nuint Length { get; }

    /// <summary>The number of operations.</summary>
    public int Count { get; }

    /// <summary>The first operation that the child runs; those before it are the runtime's, before clone3(2).</summary>
    public int ChildStart { get; }

    /// <summary>Where each operation comes from; only in a plan that was written to be described.</summary>
    internal IReadOnlyList<Origin>? Origins { get; init; }

    /// <summary>What lies in the blob, by its offset; only in a plan that was written to be described.</summary>
    internal SortedDictionary<int, PlanPart>? Parts { get; init; }

    internal ChildContext* Context => _context is not null ? _context : throw new ObjectDisposedException(nameof(LaunchPlan));

    /// <summary>The operation that failed before clone3(2).</summary>
    internal int FailedOperation => Context->FailedOperation;

    /// <summary>Its errno.</summary>
    internal int FailedErrno => Context->FailedErrno;

    /// <summary>The file that takes what hooks write, see <see cref="Plan.HookOutput"/>; it stays the caller's.</summary>
    internal int HookOutput
    {
        set => Context->HookOutput = value;
    }

    /// <summary>What a hook that failed in this process wrote last; empty where it wrote nothing.</summary>
    internal string HookSaid => Plan.HookOutput.LastLine(new ReadOnlySpan<byte>(Context->HookText, Context->HookTextLength));

    /// <summary>The content of a slot.</summary>
    public long this[Slot slot]
    {
        get => Context->Slots[slot.Index];
        set => Context->Slots[slot.Index] = value;
    }

    /// <summary>One operation, for listings and tests.</summary>
    public Operation Operation(int index) => Context->Operations[index];

    /// <summary>Frees the plan's memory.</summary>
    public void Dispose()
    {
        if (_context is not null)
        {
            Sys.Munmap((byte*)_context, Length);
            _context = null;
        }
    }
}
