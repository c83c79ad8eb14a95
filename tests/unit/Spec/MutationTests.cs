using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using OciSpec;

namespace Unit.Tests.Spec;

/// <summary>Whatever happens to a valid document, reading and checking it ends in a document or in a ConfigException.</summary>
public class MutationTests
{
    private static readonly string[] Tokens =
    [
        "null", "true", "-1", "0", "1e999", "99999999999999999999", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[[[", "{\"a\":", ",", ":", "\"",
        "4294967295", "-9223372036854775808", "18446744073709551615", "\"..\"", "\"/\"", "\"a\\nb\"",
    ];

    private static readonly string[] Strings =
        ["", "/", "..", "a\nb", "=", "-", "1-", "9999999999", ":", "pid", "user", "SCMP_ACT_NOTIFY", "\u0001\ud83d\ude00", "%d", new('x', 100_000)];

    private static readonly long[] Numbers =
        [0, 1, -1, 5, 7, 100, 1024, 4095, 4096, 65535, 65536, 999_999_999, int.MaxValue, uint.MaxValue, uint.MaxValue - 1, long.MaxValue, long.MinValue];

    [Fact]
    public void Random_bytes_in_a_document_never_break_the_reader()
        => Prop.ForAll(Seeds, seed => Survives(Bytes(new System.Random(seed)))).QuickCheckThrowOnFailureWith(3000);

    [Fact]
    public void Random_tokens_in_a_document_never_break_the_reader_or_a_check()
        => Prop.ForAll(Seeds, seed => Survives(TokensIn(new System.Random(seed)))).QuickCheckThrowOnFailureWith(3000);

    [Fact]
    public void Random_values_of_the_right_type_never_break_a_check()
    {
        int checkedConfigs = 0;
        Prop.ForAll(Seeds, seed => Survives(ValuesIn(new System.Random(seed)), () => checkedConfigs++)).QuickCheckThrowOnFailureWith(3000);
        Assert.True(checkedConfigs > 1500, $"only {checkedConfigs} of 3000 documents came as far as the checks");
    }

    [Fact]
    public void Random_truncation_never_breaks_the_reader()
        => Prop.ForAll(Seeds, seed => Survives(Encoding.UTF8.GetBytes(Samples.Full)[..new System.Random(seed).Next(Samples.Full.Length)])).QuickCheckThrowOnFailureWith(500);

    [Fact]
    public void Any_text_survives_being_written_and_read()
        => Prop.ForAll<string[]>(texts =>
        {
            List<string> args = [.. texts.Select(t => WellFormed(t ?? ""))];
            var process = new ProcessSpec { Args = args };
            return ConfigFile.ParseProcess(ConfigFile.Write(process)).Args!.SequenceEqual(args)
                && ConfigFile.ParseProcess(ConfigFile.Write(process, indented: true)).Args!.SequenceEqual(args);
        }).QuickCheckThrowOnFailureWith(1000);

    [Fact]
    public void Any_number_survives_being_written_and_read()
        => Prop.ForAll<DoNotSize<long>, DoNotSize<ulong>>((signed, unsigned) =>
        {
            var resources = new LinuxResources { Memory = new LinuxMemory { Limit = signed.Item }, Cpu = new LinuxCpu { Shares = unsigned.Item } };
            LinuxResources read = ConfigFile.ParseResources(ConfigFile.Write(resources));
            return read.Memory!.Limit == signed.Item && read.Cpu!.Shares == unsigned.Item;
        }).QuickCheckThrowOnFailureWith(1000);

    /// <summary>FsCheck's own integers are small, and a seed should be any.</summary>
    private static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue).ToArbitrary();

    private static bool Survives(byte[] utf8, Action? parsed = null)
    {
        try
        {
            RuntimeConfig config = ConfigFile.Parse(utf8);
            parsed?.Invoke();
            foreach (ConfigProblem problem in ConfigValidator.Collect(config))
            {
                Assert.DoesNotContain(problem.ToString(), char.IsControl);
            }

            ConfigFile.Parse(ConfigFile.Write(config));
            ConfigValidator.Validate(config);
        }
        catch (ConfigException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
        }

        return true;
    }

    private static byte[] Bytes(System.Random random)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(Samples.Full);
        for (int i = random.Next(1, 8); i > 0; i--)
        {
            utf8[random.Next(utf8.Length)] = (byte)random.Next(256);
        }

        return utf8;
    }

    /// <summary>Puts tokens in the place of values (or of anything that stands between two of the characters around values).</summary>
    private static byte[] TokensIn(System.Random random)
    {
        string text = Samples.Full;
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            int start = text.IndexOfAny([':', '[', ','], random.Next(text.Length));
            int end = start < 0 ? -1 : text.IndexOfAny([',', ']', '}'], start + 1);
            if (end > 0)
            {
                text = string.Concat(text.AsSpan(0, start + 1), " ", Tokens[random.Next(Tokens.Length)], text.AsSpan(end));
            }
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static byte[] ValuesIn(System.Random random)
    {
        JsonNode root = JsonNode.Parse(Samples.Full)!;
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            JsonValue[] leaves = [.. Leaves(root)];
            JsonValue leaf = leaves[random.Next(leaves.Length)];
            leaf.ReplaceWith(leaf.GetValueKind() switch
            {
                JsonValueKind.String => JsonValue.Create(Strings[random.Next(Strings.Length)]),
                JsonValueKind.Number => JsonValue.Create(Numbers[random.Next(Numbers.Length)]),
                _ => JsonValue.Create(random.Next(2) == 0),
            });
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static IEnumerable<JsonValue> Leaves(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(e => Leaves(e.Value)),
        JsonArray list => list.SelectMany(Leaves),
        JsonValue value => [value],
        _ => [],
    };

    private static string WellFormed(string text)
        => Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(text)).Replace("\0", "", StringComparison.Ordinal);
}

file static class QuickCheck
{
    public static void QuickCheckThrowOnFailureWith(this Property property, int tests)
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(tests), property);
}
