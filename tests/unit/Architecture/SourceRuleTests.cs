using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Unit.Tests.Architecture;

/// <summary>Rules that hold for the whole source tree.</summary>
public sealed partial class SourceRuleTests
{
    private const int LongestFile = 600;
    private const int LongestFunction = 60;

    private static IEnumerable<string> Sources => Repository.Files("oci-spec", "*.cs").Concat(Repository.Files("src", "*.cs")).Concat(Repository.Files("tests", "*.cs"));

    private static IEnumerable<string> ChildSources => Repository.Files("src/Runtime.Namespaces/Child", "*.cs");

    [Fact]
    public void No_file_is_longer_than_600_lines()
    {
        string[] tooLong = Sources.Where(f => !CSharpFile.IsGenerated(f)).Where(f => File.ReadLines(Path.Combine(Repository.Root, f)).Count() > LongestFile).ToArray();
        Assert.Empty(tooLong);
    }

    /// <summary>From its name's line to its end, without comment and attributes before it. One switch expression is a table.</summary>
    [Fact]
    public void No_function_is_longer_than_60_lines()
    {
        var tooLong = new List<string>();
        foreach (CSharpFile file in CSharpFile.All)
        {
            foreach (SyntaxNode function in file.Functions())
            {
                SyntaxToken first = function.ChildTokens().First(t => t.IsKind(SyntaxKind.IdentifierToken) || t.IsKeyword());
                int lines = file.Lines(first, function.GetLastToken());
                if (lines > LongestFunction && !function.ChildNodes().OfType<ArrowExpressionClauseSyntax>().Any(a => a.Expression is SwitchExpressionSyntax))
                {
                    tooLong.Add($"{file.Place(first)}: {lines} lines");
                }
            }
        }

        Assert.Empty(tooLong);
    }

    /// <summary>.NET's generator opens /dev/urandom, which a chroot may lack: a launch takes its names from <c>RandomName</c>.</summary>
    [Fact]
    public void Random_names_need_no_device()
    {
        string[] directories = ["src/Runtime", "src/Runtime.Cgroups", "src/Runtime.Images", "src/Runtime.Linux", "src/Runtime.Namespaces", "src/cctl"];
        Assert.DoesNotContain(directories.SelectMany(d => Repository.Files(d, "*.cs")), f => !f.EndsWith("/RandomName.cs", StringComparison.Ordinal) && Repository.Read(f).Contains("Guid.NewGuid", StringComparison.Ordinal));
    }

    /// <summary>See <see cref="UnsafeCode"/> for who has to.</summary>
    [Fact]
    public void Every_function_that_uses_pointers_says_why_it_is_safe()
    {
        var missing = new List<string>();
        foreach (CSharpFile file in CSharpFile.All)
        {
            missing.AddRange(file.Functions().Where(f => UnsafeCode.UsesPointers(f) && !UnsafeCode.SaysWhy(f)).Select(f => file.Place(f)));
        }

        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("byte F(byte* p) => *p;", true)]
    [InlineData("int F(S* p) { return p->Field; }", true)]
    [InlineData("void F() { int x = 0; G((nint)(&x)); }", true)]
    [InlineData("void F(byte[] b) { fixed (byte* p = b) { G(p); } }", true)]
    [InlineData("void F() { int* p = stackalloc int[2]; }", true)]
    [InlineData("int P => *_p;", true)]
    [InlineData("int P { get { return *_p; } }", true)]
    [InlineData("void F() { Span<byte> p = stackalloc byte[2]; int x = sizeof(S) & 3; }", false)]
    [InlineData("void F(byte* p) => G(p, 3);", false)]
    public void What_uses_pointers_is_known(string member, bool uses)
    {
        SyntaxNode root = SyntaxFactory.ParseCompilationUnit($"unsafe class C {{ {member} }}");
        SyntaxNode function = root.DescendantNodes().First(n => n is MethodDeclarationSyntax or AccessorDeclarationSyntax or PropertyDeclarationSyntax { ExpressionBody: not null });
        Assert.Equal(uses, UnsafeCode.UsesPointers(function));
        Assert.False(UnsafeCode.SaysWhy(function));
        Assert.True(UnsafeCode.SaysWhy(SyntaxFactory.ParseCompilationUnit($"class C {{\n// SAFETY: the pointer is the caller's.\n{member} }}").DescendantNodes().First(n => n.IsKind(function.Kind()))));
        Assert.False(UnsafeCode.SaysWhy(SyntaxFactory.ParseCompilationUnit($"class C {{\n// SAFETY:\n{member} }}").DescendantNodes().First(n => n.IsKind(function.Kind()))));
    }

    [Fact]
    public void Only_the_child_uses_the_childs_system_calls()
    {
        string[] users = Sources
            .Where(f => f.StartsWith("src/", StringComparison.Ordinal) && !f.StartsWith("src/Runtime.Namespaces/Child/", StringComparison.Ordinal))
            .Where(f => Repository.Read(f).Contains("ChildSyscall", StringComparison.Ordinal))
            .ToArray();
        Assert.Empty(users);
    }

    /// <summary>0755, 0700, 0600, 0644, 0777 and 0666 in hexadecimal or decimal, which no reader knows for modes.</summary>
    [Fact]
    public void Modes_are_written_in_threes_of_bits()
    {
        string[] found = [.. Sources.Where(f => !f.StartsWith("tests/", StringComparison.Ordinal) && !f.StartsWith("src/Runtime.Linux/Abi/", StringComparison.Ordinal) && !CSharpFile.IsGenerated(f))
            .Where(f => HexadecimalMode().IsMatch(Comments().Replace(Repository.Read(f), string.Empty)))];
        Assert.Empty(found);
    }

    /// <summary>The plan is a function of its inputs: every fact of the host is in them (Resolution).</summary>
    [Theory]
    [InlineData(@"\bSys\.")]
    [InlineData(@"\b(File|Directory|Path|FileInfo|DirectoryInfo)\.")]
    [InlineData(@"\b(Environment|Startup|DateTime|Stopwatch|Random|Guid)\.")]
    [InlineData(@"\busing System\.(IO|Diagnostics)\b")]
    public void The_plan_builder_asks_neither_the_host_nor_the_clock_nor_the_environment(string forbidden)
    {
        string[] found = [.. Repository.Files("src/Runtime.Namespaces/Builder", "*.cs").Where(f => Regex.IsMatch(Comments().Replace(Repository.Read(f), string.Empty), forbidden))];
        Assert.Empty(found);
    }

    /// <summary>Between clone3(2) and execve(2) there is no .NET runtime. The published machine code is tested as well, in the integration tests.</summary>
    [Theory]
    [InlineData(@"\bSys\.")]
    [InlineData(@"\bMarshal\b")]
    [InlineData(@"\bnew\s+\w+\s*\[")]
    [InlineData(@"\b(throw|try|catch|finally|lock|async|await|foreach|yield|stackalloc\s+byte\[[a-z])\b")]
    [InlineData(@"\b(List|Dictionary|Span|ReadOnlySpan|Func|Action|Task|Thread|Console|Environment|String|StringBuilder)\b[<.(]")]
    [InlineData(@"\bDllImport|LibraryImport\b")]
    [InlineData("\\$\"")]
    public void The_childs_code_has_nothing_that_needs_the_NET_runtime(string forbidden)
    {
        var found = new List<string>();
        foreach (string file in ChildSources)
        {
            string code = Comments().Replace(Repository.Read(file), string.Empty);
            if (Regex.IsMatch(code, forbidden))
            {
                found.Add(file);
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public void Every_class_that_the_child_runs_is_named_so()
    {
        string[] classes = ChildSources.SelectMany(f => Classes().Matches(Repository.Read(f)).Select(m => m.Groups[1].Value)).Where(c => !c.EndsWith("Attribute", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(classes);
        Assert.All(classes, c => Assert.StartsWith("Child", c, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"///?[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"\b0x1(ed|c0|80|a4|ff|b6)\b|[Mm]ode\w* & ~?0xfff|\b(493|448|384|420|438)\b", RegexOptions.IgnoreCase)]
    private static partial Regex HexadecimalMode();

    [GeneratedRegex(@"\bclass (\w+)")]
    private static partial Regex Classes();
}
