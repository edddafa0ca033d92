namespace LayerBuild.Formats.Python;

/// <summary>Names of Python distributions (name normalization specification, PEP 503).</summary>
internal static class DistributionName
{
    /// <summary>Lower case, runs of <c>-</c>, <c>_</c> and <c>.</c> as one <c>-</c>. A name that is so already is returned itself.</summary>
    public static string Normalize(string name)
    {
        int end = 0;
        while (end < name.Length && (IsSeparator(name[end]) ? name[end] == '-' && (end == 0 || name[end - 1] != '-') : char.ToLowerInvariant(name[end]) == name[end]))
        {
            end++;
        }

        if (end == name.Length)
        {
            return name;
        }

        Span<char> normal = name.Length <= 256 ? stackalloc char[name.Length] : new char[name.Length];
        name.AsSpan(0, end).CopyTo(normal);
        int length = end;
        for (int i = end; i < name.Length; i++)
        {
            if (!IsSeparator(name[i]))
            {
                normal[length++] = char.ToLowerInvariant(name[i]);
            }
            else if (i == 0 || !IsSeparator(name[i - 1]))
            {
                normal[length++] = '-';
            }
        }

        return normal[..length].ToString();
    }

    private static bool IsSeparator(char c) => c is '-' or '_' or '.';
}
