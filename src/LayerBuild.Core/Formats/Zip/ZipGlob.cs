using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Formats.Zip;

/// <summary>
/// A pattern on zip paths: <c>*</c> and <c>?</c> within a part, <c>**</c> over parts, <c>[a-z]</c> and <c>[!a-z]</c>.
/// Without a slash it fits a name at any depth; a pattern that fits a folder fits all that is in it.
/// </summary>
internal sealed class ZipGlob
{
    private readonly Regex _regex;

    public ZipGlob(string pattern)
    {
        string text = pattern.Trim().Replace('\\', '/');
        bool folderOnly = text.EndsWith('/');
        text = text.TrimEnd('/');
        bool anyDepth = !text.Contains('/', StringComparison.Ordinal);
        text = text.TrimStart('/');
        if (text.StartsWith("./", StringComparison.Ordinal))
        {
            text = text[2..];
        }

        var regex = new StringBuilder(anyDepth ? @"\A(?:.*/)?" : @"\A");
        AppendParts(regex, text);
        regex.Append(folderOnly ? "/" : @"(?:/|\z)");
        // Patterns are the user's: matching takes time linear in the path, whatever they wrote.
        _regex = new Regex(regex.ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    public bool IsMatch(string path) => _regex.IsMatch(path);

    private static void AppendParts(StringBuilder regex, string glob)
    {
        for (int i = 0; i < glob.Length; i++)
        {
            char c = glob[i];
            switch (c)
            {
                case '*' when i + 1 < glob.Length && glob[i + 1] == '*':
                    i++;
                    if (i + 1 < glob.Length && glob[i + 1] == '/')
                    {
                        i++;
                        regex.Append("(?:.*/)?");
                    }
                    else
                    {
                        regex.Append(".*");
                    }

                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '[' when glob.IndexOf(']', Math.Min(i + 2, glob.Length)) is > 0 and int end && IsSet(glob[(i + 1)..end]):
                    bool not = glob[i + 1] is '!' or '^';
                    regex.Append(not ? "[^/" : "[").Append(EscapeSet(glob[(i + (not ? 2 : 1))..end])).Append(']');
                    i = end;
                    break;
                default:
                    regex.Append(Regex.Escape(c.ToString()));
                    break;
            }
        }
    }

    private static bool IsSet(string set) => set.TrimStart('!', '^').Length > 0 && !set.Contains('/', StringComparison.Ordinal);

    private static string EscapeSet(string set)
    {
        var escaped = new StringBuilder();
        for (int i = 0; i < set.Length; i++)
        {
            char from = set[i];
            char to = from;
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                to = set[i + 2];
                i += 2;
            }

            if (from <= to)
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)from:x4}-\\u{(int)to:x4}");
            }
        }

        // Only ranges that go backwards: nothing fits. No path holds a null.
        return escaped.Length > 0 ? escaped.ToString() : "\\0";
    }
}
