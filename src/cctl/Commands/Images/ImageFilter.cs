using System.IO.Enumeration;
using Runtime.Images;
using Runtime.Images.References;
using Runtime.Images.Store;

namespace Cctl.Commands.Images;

/// <summary>Which images <c>images --filter</c> shows: all filters must take one, but of several of a kind any.</summary>
internal sealed class ImageFilter
{
    private readonly List<string> _references = [];
    private readonly List<(string Key, string? Value)> _labels = [];
    private bool? _dangling;

    /// <summary>Reads the filters.</summary>
    /// <exception cref="ImageException">One is not known.</exception>
    internal ImageFilter(IEnumerable<string> filters)
    {
        foreach (string filter in filters)
        {
            int equals = filter.IndexOf('=', StringComparison.Ordinal);
            string value = equals < 0 ? "" : filter[(equals + 1)..];
            switch (equals < 0 ? filter : filter[..equals])
            {
                case "reference" when value.Length > 0:
                    _references.Add(value);
                    break;
                case "label" when value.Length > 0:
                    int second = value.IndexOf('=', StringComparison.Ordinal);
                    _labels.Add(second < 0 ? (value, null) : (value[..second], value[(second + 1)..]));
                    break;
                case "dangling" when value is "true" or "1" or "false" or "0":
                    _dangling = value is "true" or "1";
                    break;
                default:
                    throw new ImageException($"--filter {filter}: not one of dangling=true|false, reference=NAME, label=KEY[=VALUE]");
            }
        }
    }

    /// <summary>Whether it is shown.</summary>
    internal bool Takes(StoredImage image, ImageReference? name) =>
        (_dangling is null || _dangling == name is null)
        && (_references.Count == 0 || (name is not null && _references.Exists(r => Fits(r, name))))
        && _labels.TrueForAll(l => image.Config.Config?.Labels is { } labels && labels.TryGetValue(l.Key, out string? value) && (l.Value is null || l.Value == value));

    private static bool Fits(string pattern, ImageReference name) =>
        new[] { name.FamiliarName, name.Name, name.Familiar, name.ToString() }.Any(n => FileSystemName.MatchesSimpleExpression(pattern, n, ignoreCase: false));
}
