using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Unit.Tests.Architecture;

namespace Unit.Tests.Fuzzing;

/// <summary>
/// Whatever a stranger writes, a parser returns or throws what it declares, in bounded time and memory. A short run from the same
/// seed each time is part of the tests; `make fuzz` runs for FUZZ_SECONDS from a new one and leaves what it finds in
/// tests/unit/Fuzzing/Found, where it is an input of every later run.
/// </summary>
public sealed class FuzzTests
{
    private const string Found = "tests/unit/Fuzzing/Found";
    private const int MostKept = 2000;
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);
    private static readonly FuzzTarget[] s_targets = [.. FuzzTargets.All.Where(t => Environment.GetEnvironmentVariable("FUZZ_TARGET") is null or "" || t.Name == Environment.GetEnvironmentVariable("FUZZ_TARGET"))];
    private static readonly double? s_seconds = double.TryParse(Environment.GetEnvironmentVariable("FUZZ_SECONDS"), CultureInfo.InvariantCulture, out double seconds) ? seconds : null;

    public static TheoryData<string> Targets => [.. s_targets.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_parser_returns_or_throws_what_it_declares(string name)
    {
        FuzzTarget target = FuzzTargets.All.Single(t => t.Name == name);
        TimeSpan time = s_seconds is double total ? TimeSpan.FromSeconds(total / s_targets.Length) : s_short;
        int seed = s_seconds is null ? 1 : Environment.TickCount;
        var ways = new HashSet<string>(StringComparer.Ordinal);
        var corpus = new List<byte[]>(target.Seeds);
        foreach (byte[] input in target.Seeds)
        {
            Require(target, input, ways);
        }

        var mutator = new Mutator(new Random(seed), corpus, target.Words);
        long start = Stopwatch.GetTimestamp();
        long runs = 0;
        for (; Stopwatch.GetElapsedTime(start) < time; runs++)
        {
            byte[] input = mutator.Next();
            if (Require(target, input, ways) && corpus.Count < MostKept)
            {
                corpus.Add(input);
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{name}: {runs} inputs, {ways.Count} ways, seed {seed}");
    }

    [Fact]
    public void What_was_found_stays_mended()
    {
        foreach (string file in Repository.Files(Found, "*.bin"))
        {
            FuzzTarget target = FuzzTargets.All.Single(t => t.Name == Path.GetFileName(Path.GetDirectoryName(file)));
            Assert.Null(target.Try(File.ReadAllBytes(Path.Combine(Repository.Root, file)), out _));
        }
    }

    // True for an input that took a way that none has taken before.
    private static bool Require(FuzzTarget target, byte[] input, HashSet<string> ways)
    {
        if (target.Try(input, out string way) is string problem)
        {
            string kept = Keep(target, input);
            Assert.Fail($"{target.Name}: {kept}: {problem}");
        }

        return ways.Count < 100_000 && ways.Add(way);
    }

    private static string Keep(FuzzTarget target, byte[] input)
    {
        if (s_seconds is null)
        {
            return Convert.ToBase64String(input);
        }

        string file = $"{Found}/{target.Name}/{Convert.ToHexStringLower(SHA256.HashData(input))[..16]}.bin";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Repository.Root, file))!);
        File.WriteAllBytes(Path.Combine(Repository.Root, file), input);
        return file;
    }
}
