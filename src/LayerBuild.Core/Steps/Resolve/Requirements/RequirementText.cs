using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Steps.Resolve.Requirements;

/// <summary>The text of a requirement file (pip's requirements file format) as logical lines.</summary>
internal static class RequirementText
{
    /// <summary>By its byte order mark, else as UTF-8, else as Latin-1.</summary>
    public static string Decode(byte[] bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <summary>Joins continued lines and drops comments, in pip's way; a line is numbered by its first physical one.</summary>
    public static IEnumerable<(string Text, int Line)> LogicalLines(string content)
    {
        string[] physical = content.ReplaceLineEndings("\n").Split('\n');
        var joined = new StringBuilder();
        int first = 0;
        for (int i = 0; i < physical.Length; i++)
        {
            string line = physical[i];
            bool comment = Comment.IsMatch(line);
            if (first == 0)
            {
                first = i + 1;
            }

            if (line.EndsWith('\\') && !comment)
            {
                joined.Append(line.Trim('\\'));
                if (i + 1 < physical.Length)
                {
                    continue;
                }
            }
            else
            {
                joined.Append(comment ? " " + line : line);
            }

            string text = Comment.Replace(joined.ToString(), "").Trim();
            if (text.Length > 0)
            {
                yield return (text, first);
            }

            joined.Clear();
            first = 0;
        }
    }

    private static Regex Comment { get; } = new(@"(^|\s+)#.*$");
}
