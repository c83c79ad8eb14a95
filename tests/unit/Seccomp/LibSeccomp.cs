using System.Runtime.InteropServices;

namespace Unit.Tests.Seccomp;

/// <summary>libseccomp, the oracle; seccomp.h of Debian's libseccomp-dev.</summary>
internal static partial class LibSeccomp
{
    private const string Library = "libseccomp.so.2";

    /// <summary>__NR_SCMP_ERROR: a name that the library does not know.</summary>
    internal const int Unknown = -1;

    [LibraryImport(Library)]
    internal static partial nint seccomp_init(uint action);

    [LibraryImport(Library)]
    internal static partial void seccomp_release(nint context);

    [LibraryImport(Library)]
    internal static partial int seccomp_arch_add(nint context, uint token);

    [LibraryImport(Library)]
    internal static partial int seccomp_arch_remove(nint context, uint token);

    [LibraryImport(Library)]
    internal static partial uint seccomp_arch_native();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int seccomp_syscall_resolve_name(string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int seccomp_syscall_resolve_name_arch(uint token, string name);

    [LibraryImport(Library)]
    internal static partial int seccomp_rule_add_array(nint context, uint action, int number, uint count, [In] Comparison[] conditions);

    [LibraryImport(Library)]
    internal static partial int seccomp_export_bpf(nint context, int fd);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    /// <summary>struct scmp_arg_cmp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Comparison
    {
        internal uint Argument;
        internal int Operator;
        internal ulong A;
        internal ulong B;
    }

    /// <summary>Skips a test where the library is missing; in CI scripts/install-test has installed it.</summary>
    internal static void Require()
    {
        if (NativeLibrary.TryLoad(Library, out nint handle))
        {
            NativeLibrary.Free(handle);
            return;
        }

        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", $"{Library} (package libseccomp2) is not installed");
        Assert.Fail($"{Library} is not installed: scripts/install-test host");
    }
}
