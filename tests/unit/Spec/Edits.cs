using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OciSpec;

namespace Unit.Tests.Spec;

/// <summary>The full sample with one value changed.</summary>
internal static class Edits
{
    /// <summary>Sets the value at a JSON pointer ("-" appends to an array; a null text removes it).</summary>
    public static string Apply(string document, string pointer, string? json)
    {
        JsonNode root = JsonNode.Parse(document)!;
        string[] parts = [.. pointer[1..].Split('/').Select(p => p.Replace("~1", "/").Replace("~0", "~"))];
        JsonNode parent = root;
        foreach (string part in parts[..^1])
        {
            parent = parent is JsonArray list ? list[int.Parse(part)]! : parent[part]!;
        }

        JsonNode? value = json is null ? null : JsonNode.Parse(json);
        switch (parent)
        {
            case JsonArray array when parts[^1] == "-":
                array.Add(value);
                break;
            case JsonArray array:
                array[int.Parse(parts[^1])] = value;
                break;
            case JsonObject map when json is null:
                map.Remove(parts[^1]);
                break;
            default:
                parent[parts[^1]] = value;
                break;
        }

        return root.ToJsonString(new JsonSerializerOptions { MaxDepth = 128 });
    }

    /// <summary>The full sample with some values changed: pointer, JSON text, pointer, JSON text …</summary>
    public static RuntimeConfig Config(params string?[] edits)
    {
        string text = Samples.Full;
        for (int i = 0; i < edits.Length; i += 2)
        {
            text = Apply(text, edits[i]!, edits[i + 1]);
        }

        return ConfigFile.Parse(Encoding.UTF8.GetBytes(text));
    }
}
