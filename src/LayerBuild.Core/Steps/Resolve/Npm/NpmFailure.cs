using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerBuild.Files;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>Why npm failed, in its own words, without paths of this run, log files, stacks and credentials.</summary>
/// <param name="Code">npm's: <c>E404</c>, <c>ERESOLVE</c>; empty when it gave none.</param>
/// <param name="Words">One line.</param>
internal sealed record NpmFailure(string Code, string Words)
{
    private const int Longest = 800;

    /// <summary>Of the npm that failed.</summary>
    public string NpmVersion { get; init; } = "";

    /// <summary>What npm says when package.json and the lock file disagree: <c>Missing: …</c> and <c>Invalid: …</c>.</summary>
    public IReadOnlyList<string> Disagreements { get; init; } = [];

    /// <summary>Whether the lock file does not fit package.json.</summary>
    public bool IsOutOfSync => Code == "EUSAGE" && (Disagreements.Count > 0 || Words.Contains("in sync", StringComparison.Ordinal));

    public static NpmFailure OutOfSync(IReadOnlyList<string> disagreements) => new("EUSAGE", "") { Disagreements = disagreements };

    /// <param name="folder">Full path that npm ran in; it does not appear in the words.</param>
    public static NpmFailure Read(ChildProcessResult result, string folder)
    {
        if (FindError(result.Output) is { } error)
        {
            using (error)
            {
                JsonElement root = error.RootElement.GetProperty("error");
                string code = Text(root, "code");
                string summary = Text(root, "summary");
                // npm appends the help of the command to errors of usage.
                int help = summary.IndexOf("\n\nClean install a project", StringComparison.Ordinal);
                summary = help < 0 ? summary : summary[..help];
                return new NpmFailure(code, Clean($"{summary}\n{Text(root, "detail")}", folder))
                {
                    Disagreements =
                    [
                        .. summary.Split('\n', StringSplitOptions.TrimEntries).Where(l =>
                            l.StartsWith("Missing: ", StringComparison.Ordinal) || l.StartsWith("Invalid: ", StringComparison.Ordinal)),
                    ],
                };
            }
        }

        string words = Clean(string.Join('\n', result.Error.Split('\n').Select(l => Prefix.Replace(l, ""))), folder);
        return new NpmFailure("", words.Length > 0 ? words : string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {result.ExitCode}."));
    }

    /// <summary>The object that <c>--json</c> makes of an error; older versions write other lines around it.</summary>
    private static JsonDocument? FindError(string output)
    {
        for (int start = output.IndexOf('{', StringComparison.Ordinal); start >= 0; start = output.IndexOf("\n{", start + 1, StringComparison.Ordinal))
        {
            int end = output.LastIndexOf('}');
            if (end < start)
            {
                return null;
            }

            try
            {
                JsonDocument document = JsonDocument.Parse(output.AsMemory(start, end - start + 1));
                if (document.RootElement.FindObject("error") is not null)
                {
                    return document;
                }

                document.Dispose();
            }
            catch (JsonException)
            {
                // Not the object: look at the next line that begins with one.
            }
        }

        return null;
    }

    /// <summary>git's errors have a number for a code.</summary>
    private static string Text(JsonElement element, string property) => element.FindText(property)
        ?? (element.Find(property) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : "");

    private static string Clean(string words, string folder)
    {
        IEnumerable<string> lines = words.ReplaceLineEndings("\n").Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && !Noise.IsMatch(l));
        string text = string.Join(' ', lines);
        text = text.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace(folder, ".", StringComparison.Ordinal);
        text = Redaction.OfWords(text);
        text = Escape.Replace(text, "");
        return text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), " …");
    }

    // Stacks, log files, hints that say nothing of this failure.
    private static Regex Noise { get; } = new(@"^at .*[(:]|_logs[/\\]|^A complete log of this run|^For a full report see|^In most cases you or one of|^Note that you can also install|^tarball, folder, http url|^This is related to npm not being able to find|^See: 'npm help config'|^errno:?|^While resolving: undefined@undefined");

    private static Regex Prefix { get; } = new(@"^npm (?:error|ERR!) ?");

    private static Regex Escape { get; } = new(@"\x1b\[[0-9;]*m");
}
