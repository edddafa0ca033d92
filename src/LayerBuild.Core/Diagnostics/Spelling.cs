namespace LayerBuild.Diagnostics;

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

    /// <summary>Levenshtein distance, in which two neighbours that changed places are one mistake.</summary>
    private static int Distance(string a, string b)
    {
        int[] before = [];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            (before, last) = (last, row);
        }

        return last[b.Length];
    }
}
