namespace LayerBuild.Formats.Python;

/// <summary>
/// The header of an e-mail-like file, as METADATA (core metadata) and WHEEL are: fields in order, up to the first empty
/// line; values trimmed, continued lines joined by line feeds. Case does not matter in names.
/// </summary>
internal sealed class MetadataFields
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    private MetadataFields()
    {
    }

    public static MetadataFields Read(string text)
    {
        var read = new MetadataFields();
        List<KeyValuePair<string, string>> fields = read._fields;
        foreach (ReadOnlySpan<char> line in text.AsSpan().TrimStart('\uFEFF').EnumerateLines())
        {
            if (line.IsEmpty)
            {
                break;
            }

            if (line[0] is ' ' or '\t')
            {
                if (fields.Count > 0)
                {
                    fields[^1] = new(fields[^1].Key, $"{fields[^1].Value}\n{line.Trim()}");
                }
            }
            else if (line.IndexOf(':') is var colon and > 0)
            {
                fields.Add(new(line[..colon].Trim().ToString(), line[(colon + 1)..].Trim().ToString()));
            }
        }

        return read;
    }

    /// <summary>The values of a field that may be there several times.</summary>
    public IEnumerable<string> All(string name) => _fields.Where(f => f.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(f => f.Value);

    /// <summary>The value of a field that is one line; null when it is missing or empty.</summary>
    public string? Line(string name) => All(name).FirstOrDefault() is { } value && value.Split('\n')[0] is { Length: > 0 } line ? line : null;
}
