using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>pip's own words, made fit for a message.</summary>
internal static class PipWords
{
    /// <summary>Without colours, paths of this run, credentials, and the patch level that stands for all.</summary>
    public static string Clean(string words, PipRun run)
    {
        string text = Escape.Replace(words, "");
        text = Redaction.OfWords(text);
        text = FromLine.Replace(text, "");
        text = Caret.Replace(text, "");
        text = text.Replace("pip_driver.py: error: ", "", StringComparison.Ordinal);
        text = text.Replace(run.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        return text.Replace(run.Target.NewestPatch, run.Target.Python.ToString(), StringComparison.Ordinal);
    }

    /// <summary>What the connection failed of, without the wrappings that urllib3 puts around it and the addresses of objects.</summary>
    private static string Innermost(string reason)
    {
        string text = OneLine.Of(reason);
        if (CausedBy.Match(text) is { Success: true } cause)
        {
            text = cause.Groups[1].Value;
        }

        return Address.Replace(text, "").Trim('\'', '"', '.', ' ');
    }

    /// <summary>Says which indexes did not answer as they should.</summary>
    /// <param name="project">Of whom; null for all.</param>
    public static void AppendUnreachable(StringBuilder text, PipFailure failure, string? project)
    {
        foreach (PipUnreachable place in failure.Unreachable
            .Where(u => project is null || u.Url.Contains($"/{project}/", StringComparison.Ordinal) || u.Status != 404)
            .DistinctBy(u => u.Url)
            .Take(3))
        {
            text.Append(place.Status is { } status
                ? string.Create(CultureInfo.InvariantCulture, $" {place.Url} answered {status}.")
                : $" {place.Url} could not be reached: {Innermost(place.Reason)}.");
        }
    }

    private static Regex Escape { get; } = new(@"\x1b\[[0-9;]*m");

    // Of the flat file that pip was given: the diagnostic has the user's file and line.
    private static Regex FromLine { get; } = new(@" \(from (line \d+ of [^)]*|-[rc] \S+ \(line \d+\))\)");

    // A line of the text again, and below it the marks that point into it.
    private static Regex Caret { get; } = new(@"\n[^\n]*\n\s*[~^]+\s*$");

    private static Regex CausedBy { get; } = new(@"\(Caused by \w+\((.*)\)\)$");

    // In newer versions a name of the connection without an address follows.
    private static Regex Address { get; } = new(@"<[^<>]* at 0x[0-9a-f]+>:? ?|\bHTTPS?Connection\(host='[^']*', port=\d+\): ");
}
