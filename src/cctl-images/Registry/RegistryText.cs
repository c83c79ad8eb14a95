using OciSpec;
using OciSpec.Image;
using Runtime.Linux;

namespace CctlImages.Registry;

/// <summary>What registries say, for one line of a terminal: bounded, and nothing in it that a terminal would obey.</summary>
internal static class RegistryText
{
    private const int LongestQuote = 200;
    private const int LongestMessage = 600;
    private const int MostErrors = 3;

    /// <summary>A stranger's text in quotation marks.</summary>
    public static string Quote(string text) => $"\"{Safe(text, LongestQuote)}\"";

    /// <summary>A stranger's text.</summary>
    public static string Safe(string text, int longest = LongestMessage)
    {
        string cut = text.Length > longest ? text[..longest] : text;
        return SafeText.Of(cut) + (cut.Length < text.Length ? "…" : "");
    }

    /// <summary>The errors that the body of an answer lists, <c>CODE: message; …</c>; empty where it is no such document.</summary>
    public static string ErrorsOf(ReadOnlySpan<byte> body)
    {
        List<RegistryError>? errors;
        try
        {
            errors = ImageFile.ParseErrors(body).Errors;
        }
        catch (ConfigException)
        {
            return "";
        }

        if (errors is null || errors.Count == 0)
        {
            return "";
        }

        string shown = string.Join("; ", errors.Take(MostErrors).Select(One));
        return errors.Count > MostErrors ? $"{shown}; and {errors.Count - MostErrors} more" : shown;
    }

    private static string One(RegistryError error)
    {
        string code = Safe(error.Code ?? "", 64);
        string message = Safe(error.Message ?? "", LongestQuote);
        return code.Length == 0 ? message : message.Length == 0 ? code : $"{code}: {message}";
    }
}
