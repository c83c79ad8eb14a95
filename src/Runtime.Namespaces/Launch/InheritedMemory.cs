using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Runtime.Linux;
using Runtime.Namespaces.Plan;
using static Runtime.Linux.Abi;

namespace Runtime.Namespaces.Launch;

/// <summary>
/// What of the runtime's memory a child gets no copy of. A process that a guest can trace must not have the caller's
/// environment, the host's paths and other containers' configs in its memory, and clone3(2) is the faster for each page
/// less. The child has the executable, the plan, one or two pages with its thread-local variables (errno), and its stack.
/// </summary>
// SAFETY: nothing here is dereferenced but the plan's context and what execve(2) put above the stack, which stays mapped for
// the life of the process; the addresses given to madvise(2) only decide what a child gets no copy of.
internal static unsafe class InheritedMemory
{
    private const int StaleStack = 32768;

    // More than the kernel maps of itself around its code.
    private const nint KernelMappings = 65536;

    // More than the C library has of a thread's own data behind its address.
    private const nint ThreadBlock = 512;

    /// <summary>
    /// Called before a plan runs, by the thread that clones. The runtime itself keeps everything: MADV_DONTFORK is about
    /// children only. That a range has gaps (ENOMEM) is as it should be.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Withhold(LaunchPlan plan)
    {
        StackArea area = StackArea.Of(Startup.Arguments);
        ChildContext* context = plan.Context;
        context->StackEnd = area.End;
        context->CommandLine = area.CommandLine;
        context->CommandLineLength = area.CommandLineLength;
        if (area.End is null)
        {
            return; // not the executable, but a test in a process of other people's
        }

        byte here = 0;
        nint page = area.PageSize;
        nint heapEnd = Up(Sys.HeapEnd(), page);
        nint thread = Up(Sys.ThreadData() + ThreadBlock, page);
        if (thread < heapEnd)
        {
            Sys.TryMadvise(thread, heapEnd - thread, MADV_DONTFORK);
        }

        // All mappings lie between the heap and the stack.
        WithholdMappings(heapEnd, Down((nint)(&here), page) - Up(StaleStack, page), Down(area.KernelCode, page));
        Sys.TryMadvise((nint)context, (nint)plan.Length, MADV_DOFORK);
        if (context->Report is not null)
        {
            Sys.TryMadvise((nint)context->Report, page, MADV_DOFORK);
        }

        ClearStaleStack();
    }

    private static void WithholdMappings(nint start, nint end, nint kernelCode)
    {
        if (Sys.TryMadvise(start, end - start, MADV_DONTFORK) is Errno.OK or Errno.ENOMEM)
        {
            return;
        }

        // The kernel's own mappings may be sealed (CONFIG_MSEAL_SYSTEM_MAPPINGS, Linux 6.15): then what is around them.
        nint before = kernelCode > start && kernelCode < end ? kernelCode - KernelMappings : end;
        Sys.TryMadvise(start, before - start, MADV_DONTFORK);
        if (before < end)
        {
            Sys.TryMadvise(kernelCode + KernelMappings, end - kernelCode - KernelMappings, MADV_DONTFORK);
        }
    }

    /// <summary>What earlier calls of the runtime left below this frame; the child's own calls come to lie there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ClearStaleStack()
    {
        byte* stale = stackalloc byte[StaleStack];
        new Span<byte>(stale, StaleStack).Clear();
        Keep(stale);
    }

    // So that the compiler cannot leave out what nobody reads.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(byte* stale) => Volatile.Write(ref *stale, 0);

    private static nint Up(nint address, nint page) => (address + page - 1) & -page;

    private static nint Down(nint address, nint page) => address & -page;

    /// <summary>What the kernel put on the stack at execve(2): arguments, environment, auxiliary vector, and their strings.</summary>
    private readonly struct StackArea
    {
        /// <summary>The end of the last string; null where the arguments are not known.</summary>
        public byte* End { get; private init; }

        /// <summary>The first argument, which the others follow.</summary>
        public byte* CommandLine { get; private init; }

        /// <summary>The length of all arguments.</summary>
        public long CommandLineLength { get; private init; }

        /// <summary>Where the kernel's code is mapped (vdso(7)), or 0.</summary>
        public nint KernelCode { get; private init; }

        /// <summary>The size of a page.</summary>
        public nint PageSize { get; private init; }

        public static StackArea Of(nint arguments)
        {
            if (arguments == 0)
            {
                return default;
            }

            byte** strings = (byte**)arguments;
            int count = 0;
            while (strings[count] is not null)
            {
                count++;
            }

            byte* lastArgument = count == 0 ? null : strings[count - 1];
            int at = count + 1;
            while (strings[at] is not null)
            {
                at++;
            }

            nint* vector = (nint*)(strings + at + 1);
            byte* name = null;
            nint code = 0;
            nint page = 4096;
            for (; vector[0] != AT_NULL; vector += 2)
            {
                name = vector[0] == AT_EXECFN ? (byte*)vector[1] : name;
                code = vector[0] == AT_SYSINFO_EHDR ? vector[1] : code;
                page = vector[0] == AT_PAGESZ ? vector[1] : page;
            }

            return name is null || lastArgument is null ? default : new StackArea
            {
                // The name of the executable is the last string of all.
                End = name + Length(name) + 1,
                CommandLine = strings[0],
                CommandLineLength = lastArgument + Length(lastArgument) + 1 - strings[0],
                KernelCode = code,
                PageSize = page,
            };
        }

        private static long Length(byte* text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text).Length;
    }
}
