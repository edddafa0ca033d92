namespace LayerBuild.Collect;

/// <summary>Finds the word that a misspelt one was likely meant to be.</summary>
internal static class Spelling
{
    /// <summary>
    /// The closest of the words that are equal but for case and separators, or one or two letters apart (by length); null
    /// when none is.
    /// </summary>
    public static string? Closest(string written, IEnumerable<string> words)
    {
        string plain = Plain(written);
        return words
            .Select(word => (Word: word, Plain: Plain(word)))
            .Select(w => (w.Word, Distance: Distance(plain, w.Plain), Allowed: Allowed(Math.Min(plain.Length, w.Plain.Length))))
            .Where(w => w.Distance <= w.Allowed)
            .OrderBy(w => w.Distance)
            .Select(w => w.Word)
            .FirstOrDefault();
    }

    private static int Allowed(int length) => length switch
    {
        > 7 => 2,
        > 3 => 1,
        _ => 0,
    };

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
