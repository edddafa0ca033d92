using System.Text;
using System.Text.RegularExpressions;

namespace LayerBuild.Diagnostics;

/// <summary>Holds the messages that docs/diagnostics quotes to the texts of the source.</summary>
public sealed partial class QuotedMessageTests
{
    /// <summary>What pip, .NET, the system and advisories say in a quoted message.</summary>
    private static readonly string[] SaidByOthers =
    [
        "Expected end or semicolon (after name and no valid", "is an invalid start of a property name", "No space left on device", "no such option: ",
        "ERROR: Could not find a version that satisfies the requirement", "Insufficiently Protected Credentials in Requests",
    ];

    /// <summary>In characters: shorter runs of words may be the value of a variable.</summary>
    private const int LongestUnknown = 20;

    [Fact]
    public void Every_message_that_a_page_quotes_is_one_that_the_source_has()
    {
        string[] texts = SourceTexts();
        string[] quotes =
        [
            .. Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "docs", "diagnostics"), "*.md").Order(StringComparer.Ordinal)
                .SelectMany(File.ReadLines).Select(line => Quote().Match(line)).Where(m => m.Success).Select(m => m.Value),
        ];

        Assert.NotEmpty(quotes);
        Assert.Empty(quotes.SelectMany(quote => Unknown(quote, texts).Select(words => $"No message says: {words.Trim()} ({quote[..15]})")));
    }

    [Theory]
    [InlineData("error LB9001: Layer 'one': it is empty: its folder /a has no files. Give it files.", 0)]
    [InlineData("error LB9001: Layer 'one': it is remarkably empty: its folder /a has no files whatsoever. Give it files.", 2)]
    [InlineData("error LB9001: Layer 'one': it is em... folder /a has no files. Give it files.", 0)]
    public void A_word_that_differs_shows(string quote, int unknown)
    {
        string[] texts = ConstantParts("""log.Error("LB9001", $"Layer '{Of("a", $"{b}")}': it is empty: {c ? '"' : "none"} its folder {folder} has no files. Give it files.");""");

        Assert.Equal(unknown, Unknown(quote, texts).Count());
    }

    /// <summary>The runs of plain words in a quote that no text of the source accounts for.</summary>
    private static IEnumerable<string> Unknown(string quote, string[] texts)
    {
        string message = Quote().Match(quote).Groups[1].Value;
        char[] left = message.ToCharArray();
        foreach (string text in texts.Concat(SaidByOthers))
        {
            for (int at = message.IndexOf(text, StringComparison.Ordinal); at >= 0; at = message.IndexOf(text, at + 1, StringComparison.Ordinal))
            {
                left.AsSpan(at, text.Length).Clear();
            }
        }

        // Where a page cuts a message short, a text may be cut too.
        foreach (Match cut in Cut().Matches(message))
        {
            for (int length = cut.Index; length > 0; length--)
            {
                if (texts.Any(text => text.AsSpan().StartsWith(message.AsSpan(cut.Index - length, length))))
                {
                    left.AsSpan(cut.Index - length, length).Clear();
                    break;
                }
            }

            int end = cut.Index + cut.Length;
            for (int length = message.Length - end; length > 0; length--)
            {
                if (texts.Any(text => text.AsSpan().EndsWith(message.AsSpan(end, length))))
                {
                    left.AsSpan(end, length).Clear();
                    break;
                }
            }
        }

        left.AsSpan(0, Subject().Match(message).Length).Clear();
        return Variable().Split(new string(left)).Where(run => run.Trim().Length >= LongestUnknown);
    }

    private static string[] SourceTexts()
    {
        string source = Path.Combine(RepositoryRoot.Path, "src");
        string built = $"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}";
        return
        [
            .. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains(built, StringComparison.Ordinal))
                .SelectMany(file => ConstantParts(File.ReadAllText(file)))
                .Concat(Directory.EnumerateFiles(source, "systems.json", SearchOption.AllDirectories).Take(1).SelectMany(file => ConstantParts(File.ReadAllText(file))))
                .Distinct(),
        ];
    }

    /// <summary>The string literals of C# (or JSON), cut where an interpolated one has a hole; no raw ones.</summary>
    private static string[] ConstantParts(string code)
    {
        var parts = new List<string>();
        int at = 0;
        while (at < code.Length)
        {
            at = Skip(code, at, parts);
        }

        return [.. parts.Where(part => part.Trim().Length >= 6)];
    }

    /// <summary>Steps over one comment, literal or other character.</summary>
    private static int Skip(string code, int at, List<string> parts)
    {
        if (Comment().Match(code, at) is { Success: true } comment)
        {
            return at + comment.Length;
        }

        if (RawText().Match(code, at) is { Success: true } raw)
        {
            return at + raw.Length;
        }

        return code[at] == '"' ? SkipText(code, at, parts) : at + 1;
    }

    private static int SkipText(string code, int quote, List<string> parts)
    {
        string prefix = code[Math.Max(0, quote - 2)..quote];
        bool interpolated = prefix.EndsWith('$') || prefix is "$@";
        bool verbatim = prefix.EndsWith('@') || prefix is "@$";
        var part = new StringBuilder();
        int at = quote + 1;
        for (; at < code.Length && code[at] is var c && !(c == '"' && !(verbatim && Next(code, at) == '"')); at++)
        {
            if ((c == '\\' && !verbatim) || (c == '"') || (interpolated && c is '{' or '}' && Next(code, at) == c))
            {
                part.Append(code[++at]);
            }
            else if (interpolated && c == '{')
            {
                parts.Add(part.ToString());
                part.Clear();
                at++;
                for (int depth = 1; depth > 0 && at < code.Length;)
                {
                    depth += code[at] == '{' ? 1 : code[at] == '}' ? -1 : 0;
                    at = depth > 0 ? Skip(code, at, parts) : at;
                }
            }
            else
            {
                part.Append(c);
            }
        }

        parts.Add(part.ToString());
        return at + 1;
    }

    private static char Next(string code, int at) => at + 1 < code.Length ? code[at + 1] : '\0';

    [GeneratedRegex(@"(?:error|warning) LB[0-9]{4}: (.*)")]
    private static partial Regex Quote();

    [GeneratedRegex("^(?:Layer|Function) '[^']*': ")]
    private static partial Regex Subject();

    [GeneratedRegex(@"\(?\.\.\.\)?")]
    private static partial Regex Cut();

    [GeneratedRegex(@"\0+|'[^']*'|[^\s\0]*[\d/=_\\-][^\s\0]*|\(?\.\.\.\)?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\G(?://[^\n]*|'(?:\\[^\n']+|[^\\\n])')")]
    private static partial Regex Comment();

    [GeneratedRegex("\\G\"\"\"+.*?\"\"\"+", RegexOptions.Singleline)]
    private static partial Regex RawText();
}
