using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Runtime.Linux;

namespace Unit.Tests.Linux;

/// <summary>Every constant and struct of the kernel's interface is what the C headers say. Nothing can be left out: all of Abi is read by reflection, and the structs of Tmds.LibC that are used from the assemblies.</summary>
public sealed class AbiTests
{
    [Fact]
    public void Every_constant_has_the_headers_value()
    {
        (string Name, ulong Value)[] constants = Constants().Where(c => !KernelNames.Newer.ContainsKey(c.Name)).ToArray();
        Assert.True(constants.Length > 150, $"only {constants.Length} constants found");
        Check(constants.Where(c => !KernelNames.InLibc.Contains(c.Name)).Select(Assertion), libc: false);
        Check(constants.Where(c => KernelNames.InLibc.Contains(c.Name)).Select(Assertion), libc: true);
    }

    [Fact]
    public void A_constant_that_is_newer_than_the_headers_has_its_commits_value()
    {
        Dictionary<string, ulong> constants = Constants().ToDictionary(c => c.Name, c => c.Value);
        foreach ((string name, (ulong value, string commit)) in KernelNames.Newer)
        {
            Assert.True(constants.TryGetValue(name, out ulong ours), $"{name} is in the table, and no constant of Abi any more");
            Assert.True(value == ours, $"{name} is {ours}, and {value} by {commit}");
        }

        Check(KernelNames.Newer.Select(n => $"#ifdef {n.Key}\n{Assertion((n.Key, n.Value.Value))}\n#endif"), libc: false);
    }

    [Fact]
    public void Every_struct_has_the_headers_size_and_offsets()
    {
        Type[] structs = typeof(Abi).GetNestedTypes().Where(t => t is { IsValueType: true, IsEnum: false }).Concat(PackageMembers.Structs).ToArray();
        Assert.True(structs.Length > 20, $"only {structs.Length} structs found");
        Check(structs.Where(s => !KernelNames.StructsInLibc.Contains(s.Name)).SelectMany(Assertions), libc: false);
        Check(structs.Where(s => KernelNames.StructsInLibc.Contains(s.Name)).SelectMany(Assertions), libc: true);
    }

    [Fact]
    public void Constants_are_taken_from_Abi_alone() => Assert.Empty(PackageMembers.Constants);

    [Fact]
    public void A_wrong_value_is_noticed()
    {
        Assert.Contains("O_CREAT", CCompiler.Check(Source(["_Static_assert(O_CREAT == 1, \"O_CREAT\");"], libc: false)), StringComparison.Ordinal);
        Assert.Contains("NO_SUCH_CONSTANT", CCompiler.Check(Source([Assertion(("NO_SUCH_CONSTANT", 1))], libc: false)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MessageIo", "offsetof(struct msghdr, msg_iov)", true)]
    [InlineData("MessageControl", "offsetof(struct msghdr, msg_control)", true)]
    [InlineData("StatfsSize", "sizeof(struct statfs)", false)]
    [InlineData("StatxMode", "offsetof(struct statx, stx_mode)", false)]
    [InlineData("StatxInode", "offsetof(struct statx, stx_ino)", false)]
    [InlineData("StatxMount", "offsetof(struct statx, stx_mnt_id)", false)]
    [InlineData("StatxDevice", "offsetof(struct statx, stx_rdev_major)", false)]
    [InlineData("MountAttrSize", "sizeof(struct mount_attr)", false)]
    [InlineData("OpenHowSize", "sizeof(struct open_how)", false)]
    public void An_offset_that_launch_plans_use_is_the_headers(string constant, string expression, bool libc)
    {
        FieldInfo field = typeof(Runtime.Namespaces.Builder.LaunchPlanBuilder).Assembly.GetType("Runtime.Namespaces.Builder.Parts.LaunchPart")!.GetField(constant, BindingFlags.NonPublic | BindingFlags.Static)!;
        int value = (int)field.GetRawConstantValue()!;
        Check([$"_Static_assert({expression} == {value}, \"{constant} is not {value}\");"], libc);
    }

    [Fact]
    public void Every_error_number_has_the_headers_value() =>
        Check(Enum.GetValues<Errno>().Where(e => e != Errno.OK).Select(e => Assertion((e.ToString(), (ulong)e))), libc: false, "asm/errno.h");

    private static void Check(IEnumerable<string> assertions, bool libc, params string[] headers) =>
        Assert.Equal(string.Empty, CCompiler.Check(Source(assertions, libc, headers)));

    private static string Source(IEnumerable<string> assertions, bool libc, params string[] headers)
    {
        var source = new StringBuilder("#define _GNU_SOURCE\n");
        foreach (string header in (libc ? KernelNames.LibcHeaders : KernelNames.KernelHeaders).Concat(headers))
        {
            source.Append("#include <").Append(header).Append(">\n");
        }

        return source.AppendJoin('\n', assertions).Append('\n').ToString();
    }

    private static string Assertion((string Name, ulong Value) constant)
    {
        string expression = KernelNames.Expressions.GetValueOrDefault(constant.Name, constant.Name);
        return $"_Static_assert((unsigned long long)(long long)({expression}) == {constant.Value}ull || (unsigned long long)(unsigned int)({expression}) == {constant.Value}ull, \"{constant.Name} is not {constant.Value}\");";
    }

    private static IEnumerable<string> Assertions(Type type)
    {
        string name = KernelNames.Structs.GetValueOrDefault(type.Name, "struct " + type.Name);
        yield return $"_Static_assert(sizeof({name}) == {Marshal.SizeOf(type)}, \"{type.Name} is not {Marshal.SizeOf(type)} bytes long\");";
        bool ours = type.DeclaringType == typeof(Abi); // whose private fields are only space
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance | (ours ? default : BindingFlags.NonPublic)))
        {
            string? cField = KernelNames.Fields.GetValueOrDefault((type.Name, field.Name), PackageMembers.CName(field));
            if (cField is not null)
            {
                nint offset = Marshal.OffsetOf(type, field.Name);
                yield return $"_Static_assert(offsetof({name}, {cField}) == {offset}, \"{type.Name}.{field.Name} is not at {offset}\");";
            }
        }
    }

    /// <summary>All constants; those that differ between machines are properties, with this machine's value.</summary>
    private static IEnumerable<(string Name, ulong Value)> Constants()
    {
        foreach (FieldInfo field in typeof(Abi).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            yield return (field.Name, Number(field.IsLiteral ? field.GetRawConstantValue()! : field.GetValue(null)!));
        }

        foreach (PropertyInfo property in typeof(Abi).GetProperties(BindingFlags.Public | BindingFlags.Static))
        {
            yield return (property.Name, Number(property.GetValue(null)!));
        }
    }

    private static ulong Number(object value) => value is ulong large ? large : unchecked((ulong)Convert.ToInt64(value, null));
}
