using System.Diagnostics;

namespace Unit.Tests.Linux;

/// <summary>The machine's C compiler and the kernel's headers: what the ABI tests compare with.</summary>
internal static class CCompiler
{
    /// <summary>Checks the syntax and static assertions of a C file; what the compiler says, or nothing.</summary>
    public static string Check(string source)
    {
        if (!File.Exists("/usr/bin/gcc") || !File.Exists("/usr/include/linux/mount.h"))
        {
            Assert.Skip("gcc and the kernel's headers are not installed: run scripts/install-build");
        }

        using var compiler = Process.Start(new ProcessStartInfo("/usr/bin/gcc", ["-x", "c", "-std=gnu11", "-fsyntax-only", "-fmax-errors=40", "-w", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = compiler.StandardError.ReadToEndAsync();
        compiler.StandardInput.Write(source);
        compiler.StandardInput.Close();
        string said = errors.GetAwaiter().GetResult();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? string.Empty : said;
    }
}
