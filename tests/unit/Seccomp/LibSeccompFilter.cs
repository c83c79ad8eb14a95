using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OciSpec;
using Runtime.Linux;

namespace Unit.Tests.Seccomp;

/// <summary>The filter that a runtime with libseccomp loads for a profile.</summary>
internal static class LibSeccompFilter
{
    private static readonly string[] _operators =
        ["", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    /// <summary>Architecture tokens of seccomp.h.</summary>
    internal static uint Token(string architecture) => architecture switch
    {
        "SCMP_ARCH_X86_64" => 0xC000003E,
        "SCMP_ARCH_X86" => 0x40000003,
        "SCMP_ARCH_X32" => 0x4000003E,
        "SCMP_ARCH_AARCH64" => 0xC00000B7,
        "SCMP_ARCH_ARM" => 0x40000028,
        _ => throw new ArgumentException(architecture),
    };

    /// <summary>The program, or null where the library refuses a rule that contradicts another.</summary>
    internal static Abi.sock_filter[]? Build(LinuxSeccomp profile, string native)
    {
        uint defaultAction = Action(profile.DefaultAction!, profile.DefaultErrnoRet);
        nint context = LibSeccomp.seccomp_init(defaultAction);
        Assert.NotEqual(0, context);
        try
        {
            foreach (string architecture in Architectures(profile, native))
            {
                int added = LibSeccomp.seccomp_arch_add(context, Token(architecture));
                Assert.True(added is 0 or -17, $"seccomp_arch_add({architecture}): {added}"); // EEXIST
            }

            uint host = LibSeccomp.seccomp_arch_native();
            if (!Architectures(profile, native).Any(a => Token(a) == host))
            {
                Assert.Equal(0, LibSeccomp.seccomp_arch_remove(context, host));
            }

            foreach (LinuxSyscall rule in profile.Syscalls ?? [])
            {
                if (!AddRule(context, rule, defaultAction))
                {
                    return null;
                }
            }

            return Export(context);
        }
        finally
        {
            LibSeccomp.seccomp_release(context);
        }
    }

    internal static IEnumerable<string> Architectures(LinuxSeccomp profile, string native) =>
        (profile.Architectures ?? []).Prepend(native).Distinct();

    /// <summary>SCMP_ACT_* of seccomp.h: what a filter returns.</summary>
    internal static uint Action(string name, uint? errno) => name switch
    {
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => 0,
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_TRAP" => 0x00030000,
        "SCMP_ACT_ERRNO" => 0x00050000 | (errno ?? 1),
        "SCMP_ACT_TRACE" => 0x7FF00000 | (errno ?? 1),
        "SCMP_ACT_LOG" => 0x7FFC0000,
        "SCMP_ACT_ALLOW" => 0x7FFF0000,
        "SCMP_ACT_NOTIFY" => 0x7FC00000,
        _ => throw new ArgumentException(name),
    };

    private static bool AddRule(nint context, LinuxSyscall rule, uint defaultAction)
    {
        uint action = Action(rule.Action!, rule.ErrnoRet);
        if (action == defaultAction)
        {
            return true;
        }

        LibSeccomp.Comparison[] conditions = [.. (rule.Args ?? []).Select(Comparison)];
        // An argument that is named twice: the library takes one condition an argument, so runtimes add a rule for each.
        LibSeccomp.Comparison[][] sets = conditions.DistinctBy(c => c.Argument).Count() == conditions.Length
            ? [conditions]
            : [.. conditions.Select(c => new[] { c })];
        foreach (string name in rule.Names!)
        {
            int number = LibSeccomp.seccomp_syscall_resolve_name(name);
            for (int i = 0; number != LibSeccomp.Unknown && i < sets.Length; i++)
            {
                int added = LibSeccomp.seccomp_rule_add_array(context, action, number, (uint)sets[i].Length, sets[i]);
                if (added != 0)
                {
                    Assert.True(added is -17 or -14, $"seccomp_rule_add_array({name}): {added}"); // EEXIST, or EFAULT for what the transaction made of it
                    return false;
                }
            }
        }

        return true;
    }

    private static LibSeccomp.Comparison Comparison(LinuxSeccompArg arg) => new()
    {
        Argument = arg.Index!.Value,
        Operator = Array.IndexOf(_operators, arg.Op),
        A = arg.Value!.Value,
        B = arg.ValueTwo ?? 0,
    };

    private static Abi.sock_filter[] Export(nint context)
    {
        using var memory = new SafeFileHandle(LibSeccomp.memfd_create("bpf", 0), ownsHandle: true);
        Assert.Equal(0, LibSeccomp.seccomp_export_bpf(context, (int)memory.DangerousGetHandle()));
        byte[] bytes = new byte[RandomAccess.GetLength(memory)];
        Assert.Equal(bytes.Length, RandomAccess.Read(memory, bytes, 0));
        return MemoryMarshal.Cast<byte, Abi.sock_filter>(bytes).ToArray();
    }
}
