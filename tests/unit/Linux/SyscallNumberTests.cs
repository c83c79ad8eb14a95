using System.Reflection;
using System.Text.RegularExpressions;
using Runtime.Linux;
using Unit.Tests.Architecture;

namespace Unit.Tests.Linux;

/// <summary>The numbers of all system calls, on both machines, are those of the kernel's headers.</summary>
public sealed partial class SyscallNumberTests
{
    // asm-generic/unistd.h is arm64's table; x86_64 names its own.
    private const string X64Header = "#include <asm/unistd_64.h>\n";
    private const string Arm64Header = "#define __BITS_PER_LONG 64\n#define __ARCH_WANT_SET_GET_RLIMIT\n#define __ARCH_WANT_NEW_STAT\n#define __ARCH_WANT_SYS_CLONE3\n#include <asm-generic/unistd.h>\n";

    [Fact]
    public void Numbers_of_x86_64_are_the_headers() => Check(X64Header, n => n.X64);

    [Fact]
    public void Numbers_of_arm64_are_the_headers() => Check(Arm64Header, n => n.Arm64);

    [Fact]
    public void Every_number_is_read_from_the_table()
    {
        Dictionary<string, (int X64, int Arm64)> table = Table();
        string[] members = typeof(SyscallNumber).GetMembers(BindingFlags.Public | BindingFlags.Static)
            .Where(m => m is PropertyInfo or FieldInfo)
            .Select(m => m.Name)
            .ToArray();
        Assert.True(members.Length > 80);
        Assert.Equal(members.Order(StringComparer.Ordinal), table.Keys.Order(StringComparer.Ordinal));
        bool x64 = System.Runtime.Intrinsics.X86.X86Base.IsSupported;
        foreach (PropertyInfo property in typeof(SyscallNumber).GetProperties(BindingFlags.Public | BindingFlags.Static))
        {
            Assert.Equal(x64 ? table[property.Name].X64 : table[property.Name].Arm64, property.GetValue(null));
        }
    }

    private static void Check(string header, Func<(int X64, int Arm64), int> number)
    {
        IEnumerable<string> assertions = Table().Select(n => $"_Static_assert(__NR_{n.Key} == {number(n.Value)}, \"{n.Key} is not {number(n.Value)}\");");
        Assert.Equal(string.Empty, CCompiler.Check(header + string.Join('\n', assertions) + "\n"));
    }

    private static Dictionary<string, (int X64, int Arm64)> Table()
    {
        var table = new Dictionary<string, (int, int)>();
        foreach (Match match in Line().Matches(Repository.Read("src/Runtime.Linux/Abi/Abi.SyscallNumbers.cs")))
        {
            int both = match.Groups["both"].Success ? Value(match.Groups["both"]) : -1;
            table.Add(match.Groups["name"].Value, both >= 0 ? (both, both) : (Value(match.Groups["x64"]), Value(match.Groups["arm64"])));
        }

        return table;
    }

    private static int Value(Group group) => int.Parse(group.Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"public (?:static|const) int (?<name>\w+) =>? (?:X64 \? (?<x64>\d+) : (?<arm64>\d+)|(?<both>\d+));")]
    private static partial Regex Line();
}
