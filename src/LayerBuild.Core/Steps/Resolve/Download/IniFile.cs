namespace LayerBuild.Steps.Resolve.Download;

/// <summary>The configuration files of pip, as Python's configparser reads them: sections of names and values, which may go on in indented lines.</summary>
internal static class IniFile
{
    /// <returns>Section, name (lower case) and value, in the file's order; what is no such line is passed over.</returns>
    public static IEnumerable<(string Section, string Name, string Value)> Read(string text)
    {
        string section = "";
        string? name = null;
        List<string> values = [];
        foreach (string line in text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] is '#' or ';')
            {
                continue;
            }

            if (char.IsWhiteSpace(line[0]) && name is not null)
            {
                values.Add(trimmed);
                continue;
            }

            if (name is not null)
            {
                yield return (section, name, string.Join('\n', values));
                name = null;
            }

            if (trimmed[0] == '[' && trimmed.IndexOf(']', StringComparison.Ordinal) is > 0 and int end)
            {
                section = trimmed[1..end];
                continue;
            }

            int separator = trimmed.AsSpan().IndexOfAny('=', ':');
            if (separator > 0)
            {
                name = trimmed[..separator].TrimEnd().ToLowerInvariant();
                values = [trimmed[(separator + 1)..].Trim()];
            }
        }

        if (name is not null)
        {
            yield return (section, name, string.Join('\n', values));
        }
    }
}
