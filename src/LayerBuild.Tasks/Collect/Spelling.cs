namespace LayerBuild.Collect;

/// <summary>Whether a word is likely meant to be another.</summary>
internal static class Spelling
{
    /// <summary>Equal but for case and separators, or one or two letters apart (by length).</summary>
    public static bool IsClose(string written, string meant)
    {
        string a = Plain(written);
        string b = Plain(meant);
        return a == b || (Math.Min(a.Length, b.Length) > 3 && Distance(a, b) <= (Math.Min(a.Length, b.Length) > 7 ? 2 : 1));
    }

    private static string Plain(string word) => string.Concat(word.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    /// <summary>Levenshtein distance.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
