using Runtime.Images;

namespace CctlImages.Commands;

/// <summary>What <c>cctl</c> asks for: <c>COMMAND --name=value … -- OPERAND…</c>. Whatever a person typed wrong, cctl has refused already.</summary>
internal sealed class Request
{
    private readonly Dictionary<string, List<string>> _options = [];

    private Request(string command, string[] operands)
    {
        Command = command;
        Operands = operands;
    }

    /// <summary>The command.</summary>
    internal string Command { get; }

    /// <summary>Its arguments.</summary>
    internal string[] Operands { get; }

    /// <summary>Whether only results are printed.</summary>
    internal bool Quiet => Has("quiet");

    /// <summary>Reads a request; null where it is none.</summary>
    internal static Request? Parse(string[] args)
    {
        int end = Array.IndexOf(args, "--");
        if (end < 1 || args[0].StartsWith('-'))
        {
            return null;
        }

        var request = new Request(args[0], args[(end + 1)..]);
        foreach (string word in args[1..end])
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (!word.StartsWith("--", StringComparison.Ordinal) || equals < 3)
            {
                return null;
            }

            string name = word[2..equals];
            if (!request._options.TryGetValue(name, out List<string>? values))
            {
                request._options[name] = values = [];
            }

            values.Add(word[(equals + 1)..]);
        }

        return request;
    }

    /// <summary>Whether an option is there.</summary>
    internal bool Has(string name) => _options.ContainsKey(name);

    /// <summary>An option's last value; null where it is not there.</summary>
    internal string? Find(string name) => _options.TryGetValue(name, out List<string>? values) ? values[^1] : null;

    /// <summary>An option's last value.</summary>
    /// <exception cref="ImageException">It is missing.</exception>
    internal string Get(string name) => Find(name) ?? throw new ImageException($"internal error: cctl-images {Command} without --{name}: cctl and cctl-images are of different versions");

    /// <summary>All values of an option.</summary>
    internal IReadOnlyList<string> All(string name) => _options.TryGetValue(name, out List<string>? values) ? values : [];
}
