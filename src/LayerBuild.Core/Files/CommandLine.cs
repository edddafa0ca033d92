using System.Text;

namespace LayerBuild.Files;

/// <summary>Splits words as a shell does: white space separates, quotes and (outside Windows) backslashes keep together.</summary>
internal static class CommandLine
{
    public static IReadOnlyList<string> Split(string? text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool started = false;
        char quote = '\0';
        string line = text ?? "";
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else if (c == '\\' && quote == '"' && i + 1 < line.Length && line[i + 1] is '"' or '\\')
                {
                    word.Append(line[++i]);
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                started = true;
            }
            else if (c == '\\' && !OperatingSystem.IsWindows() && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                started = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                if (started || word.Length > 0)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    started = false;
                }
            }
            else
            {
                word.Append(c);
            }
        }

        if (started || word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
