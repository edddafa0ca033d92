using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>pip's own words, made fit for a message.</summary>
internal static class PipWords
{
    /// <summary>Without colours, paths of this run, notices, credentials, and the patch level that stands for all.</summary>
    public static string Clean(string words, PipRun run)
    {
        string text = Escape.Replace(words, "");
        text = Redaction.OfWords(text);
        text = FromLine.Replace(text, "");
        text = Caret.Replace(text, "");
        text = text.Replace("pip_driver.py: error: ", "", StringComparison.Ordinal);
        text = text.Replace(run.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        text = Temporary.Replace(text, "");
        text = Notice.Replace(text, "");
        return text.Replace(run.Target.NewestPatch, run.Target.Python.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What the connection failed of, without the wrappings that urllib3 puts around it and the addresses of objects.</summary>
    public static string Innermost(string reason)
    {
        string text = OneLine.Of(reason);
        if (CausedBy.Match(text) is { Success: true } cause)
        {
            text = cause.Groups[1].Value;
        }

        return Address.Replace(text, "").Trim('\'', '"', '.', ' ');
    }

    private static Regex Escape { get; } = new(@"\x1b\[[0-9;]*m");

    // Of the flat file that pip was given: the diagnostic has the user's file and line.
    private static Regex FromLine { get; } = new(@" \(from (line \d+ of [^)]*|-[rc] \S+ \(line \d+\))\)");

    // Folders that pip makes for one run, with the packages of a build's environment in them.
    private static Regex Temporary { get; } = new(@"[^\s'""(=]*[/\\]pip-(?:[a-z]+-)+[A-Za-z0-9_]{8}(?:[/\\](?:overlay|normal)[/\\][^\s'""]*?site-packages)?[/\\]?");

    private static Regex Notice { get; } = new(@"^\s*\[notice\][^\n]*\n?", RegexOptions.Multiline);

    // A line of the text again, and below it the marks that point into it.
    private static Regex Caret { get; } = new(@"\n[^\n]*\n\s*[~^]+\s*$");

    private static Regex CausedBy { get; } = new(@"\(Caused by \w+\((.*)\)\)$");

    // In newer versions a name of the connection without an address follows.
    private static Regex Address { get; } = new(@"<[^<>]* at 0x[0-9a-f]+>:? ?|\bHTTPS?Connection\(host='[^']*', port=\d+\): ");
}
