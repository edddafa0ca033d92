namespace LayerBuild.Formats.Python;

/// <summary>The header of a METADATA file: fields in order, values trimmed, continued lines joined by line feeds.</summary>
internal static class MetadataFields
{
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string metadata)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (ReadOnlySpan<char> line in metadata.AsSpan().TrimStart('\uFEFF').EnumerateLines())
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
                fields.Add(new(line[..colon].ToString(), line[(colon + 1)..].Trim().ToString()));
            }
        }

        return fields;
    }
}
