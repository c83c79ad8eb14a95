namespace OciSpec;

public ref partial struct JsonInput
{
    private const int LongestName = 64;

    /// <summary>
    /// Unknown properties are skipped (config.md, "Extensibility"); what differs from a known one by a letter or two is
    /// more likely a mistake, and its value would silently have no effect.
    /// </summary>
    private void NoteMisspelt(string document)
    {
        if (_reader.ValueSpan.Length > LongestName || _reader.ValueIsEscaped)
        {
            return;
        }

        string name = _reader.GetString()!;
        var known = new List<string>();
        foreach (DocumentProperty property in JsonDocuments.Properties())
        {
            if (property.Document == document)
            {
                known.Add(property.Name);
            }
        }

        // A short word is near to many: only its plural is meant for sure.
        if ((NearestName.Find(name, known, NearestName.Slip(name)) ?? known.Find(k => k == name + "s")) is string near)
        {
            (_misspelt ??= []).Add(new ConfigProblem("misspelt", JsonPointer.At(_utf8, _reader.TokenStartIndex), $"there is no such property, and it has no effect: did you mean {near}?", true));
        }
    }
}
