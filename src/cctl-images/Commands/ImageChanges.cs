using System.Text.Json;
using OciSpec;
using OciSpec.Image;
using Runtime.Images;

namespace CctlImages.Commands;

/// <summary>What a container of an image runs as, by instructions of a Dockerfile, as <c>docker import --change</c> takes them.</summary>
internal static class ImageChanges
{
    private const string Known = "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME and WORKDIR";

    /// <summary>Carries out the instructions.</summary>
    /// <exception cref="ImageException">One is not known, or lacks what it needs.</exception>
    internal static ContainerDefaults Apply(IReadOnlyList<string> changes)
    {
        var defaults = new ContainerDefaults();
        foreach (string change in changes)
        {
            string[] words = change.Trim().Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length != 2)
            {
                throw new ImageException($"--change \"{change}\": an instruction and its value, as CMD [\"sh\"]: {Known}");
            }

            Apply(defaults, words[0].ToUpperInvariant(), words[1], change);
        }

        return defaults;
    }

    private static void Apply(ContainerDefaults defaults, string instruction, string value, string change)
    {
        switch (instruction)
        {
            case "CMD":
                defaults.Cmd = Command(value);
                break;
            case "ENTRYPOINT":
                defaults.Entrypoint = Command(value);
                break;
            case "ENV":
                (defaults.Env ??= []).Add(Pair(value, change, out _));
                break;
            case "LABEL":
                Pair(value, change, out (string Name, string Value) label);
                (defaults.Labels ??= [])[label.Name] = label.Value;
                break;
            case "EXPOSE":
                foreach (string port in value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    (defaults.ExposedPorts ??= [])[port.Contains('/', StringComparison.Ordinal) ? port : port + "/tcp"] = new RawSection("{}"u8.ToArray());
                }

                break;
            case "VOLUME":
                foreach (string path in value.StartsWith('[') ? Command(value) : [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
                {
                    (defaults.Volumes ??= [])[path] = new RawSection("{}"u8.ToArray());
                }

                break;
            case "USER":
                defaults.User = value;
                break;
            case "WORKDIR":
                defaults.WorkingDir = value.StartsWith('/') ? value : throw new ImageException($"--change \"{change}\": the directory is not an absolute path");
                break;
            case "STOPSIGNAL":
                defaults.StopSignal = value;
                break;
            default:
                throw new ImageException($"--change \"{change}\": {instruction} is not one of {Known}");
        }
    }

    private static List<string> Command(string value)
    {
        if (!value.StartsWith('['))
        {
            return ["/bin/sh", "-c", value];
        }

        try
        {
            using var parsed = JsonDocument.Parse(value);
            return [.. parsed.RootElement.EnumerateArray().Select(e => e.GetString() ?? throw new JsonException())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ImageException($"--change: {value} is not a list of strings: [\"word\", …]");
        }
    }

    private static string Pair(string value, string change, out (string Name, string Value) pair)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw new ImageException($"--change \"{change}\": NAME=VALUE is missing");
        }

        pair = (value[..equals], value[(equals + 1)..].Trim('"'));
        return $"{pair.Name}={pair.Value}";
    }
}
